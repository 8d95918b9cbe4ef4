import postgres from 'postgres';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runHere } from '../support/console.ts';
import { cleanEnvironment, runProcess } from '../support/process.ts';
import { needsPsql } from '../support/run.ts';
import { runScript } from '../support/script.ts';
import { commandsIn, type Desk, withDesk } from './desk.ts';

const revisions = [
  { id: 'a1' },
  {
    id: 'b1',
    up: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY i ON t_a1 (id);\n',
    down: '-- updown: no-transaction\nDROP INDEX CONCURRENTLY i;\n',
  },
];

/** A role that may make tables in public, and nothing in the database. */
interface Role {
  readonly quoted: string;
  readonly url: string;
}

async function withRole({ database }: Desk, name: string, body: (role: Role) => Promise<void>): Promise<void> {
  const full = `${database.name} ${name}`;
  const quoted = `"${full.replaceAll('"', '""')}"`;
  const url = new URL(database.url);
  [url.username, url.password] = [full, 'secret'];
  await database.query(
    `CREATE ROLE ${quoted} LOGIN PASSWORD 'secret'; GRANT ALL ON SCHEMA public TO ${quoted}; REVOKE TEMP ON DATABASE ${database.name} FROM PUBLIC`,
  );
  try {
    await body({ quoted, url: url.href });
  } finally {
    await database.query(`DROP OWNED BY ${quoted} CASCADE; DROP ROLE ${quoted}`);
  }
}

interface Refusal {
  readonly message: string;
  readonly hint: string;
}

/** Upgrades to a1 as that role; undefined where it went through. */
type Way = (desk: Desk, role: Role, schema: string) => Promise<Refusal | undefined>;

const ways: Readonly<Record<string, Way>> = {
  'a run': async (desk, { url }, schema) => {
    const { stdout } = await desk.run(`upgrade a1 --json --url ${url}${optionOf(schema)}`);
    return JSON.parse(stdout).error;
  },
  'a script for psql': async (desk, { url }, schema) => {
    const { stdout } = await desk.does(`upgrade a1 --sql${optionOf(schema)}`);
    const { status, stderr } = await runScript(url, stdout);
    return status === 0 ? undefined : { message: stderr, hint: /HINT: +(.*)/.exec(stderr)?.[1] ?? '' };
  },
  'a plain script': async (desk, { url }, schema) => {
    const { stdout } = await desk.does(`upgrade a1 --sql --flavor plain${optionOf(schema)}`);
    const client = postgres(url, { max: 1, onnotice: () => {} });
    try {
      await client.unsafe(stdout).simple();
      return undefined;
    } catch (error) {
      const { message, hint = '' } = error as postgres.PostgresError;
      return { message, hint };
    } finally {
      await client.end();
    }
  },
};

/** Each of them in turn, where not all of them are tried. */
function wayOf(n: number): readonly [string, Way] {
  return Object.entries(ways)[n % 3]!;
}

function optionOf(schema: string): string {
  return schema === 'updown' ? '' : ` --ledger-schema ${schema}`;
}

/** How the schema may have been made beforehand, so that the role needs nothing of the database. */
const made: Readonly<Record<string, (role: string, schema: string) => string>> = {
  'owned by the role': (role, schema) => `CREATE SCHEMA ${schema} AUTHORIZATION ${role}`,
  'granted to the role': (role, schema) =>
    `CREATE SCHEMA ${schema}; GRANT USAGE, CREATE ON SCHEMA ${schema} TO ${role}`,
  'granted to all': (_, schema) => `CREATE SCHEMA ${schema}; GRANT ALL ON SCHEMA ${schema} TO PUBLIC`,
  'granted to a role that it is a member of': (role, schema) =>
    `CREATE SCHEMA ${schema}; GRANT ALL ON SCHEMA ${schema} TO pg_monitor; GRANT pg_monitor TO ${role}`,
};

needsPsql(test, 'in a schema that was made beforehand a role without CREATE on the database goes up and down', () =>
  withDesk(revisions, (desk) =>
    withRole(desk, 'deploy', async (role) => {
      for (const [n, [how, sql]] of Object.entries(made).entries()) {
        for (const [way, upgrade] of n === 0 ? Object.entries(ways) : [wayOf(n)]) {
          for (const schema of how === 'owned by the role' ? ['updown', 'ledger'] : ['updown']) {
            await desk.database.query(sql(role.quoted, schema));
            assert.is(await upgrade(desk, role, schema), undefined, `${way}, ${how}`);
            const rest = `--url ${role.url}${optionOf(schema)}`;
            await desk.does(`upgrade ${rest}`);
            await desk.does(`status --exit-code ${rest}`);
            await desk.does(`downgrade base --yes ${rest}`);
            await desk.does(`stamp b1 --force ${rest}`);
            await desk.database.query(`DROP SCHEMA ${schema} CASCADE; REVOKE pg_monitor FROM ${role.quoted}`);
          }
        }
      }
    }),
  ),
);

/** What of the rights is missing, and what the server refuses for that. */
const lacking: Readonly<Record<string, { readonly sql: (role: string) => string; readonly names: RegExp }>> = {
  'CREATE on the database': { sql: () => 'SELECT 1', names: /permission denied for database/ },
  'all on the schema': { sql: () => 'CREATE SCHEMA updown', names: /permission denied for schema/ },
  'CREATE on the schema': {
    sql: (role) => `CREATE SCHEMA updown; GRANT USAGE ON SCHEMA updown TO ${role}`,
    names: /permission denied for schema/,
  },
  'all on a ledger': { sql: () => '', names: /permission denied for schema/ },
  'INSERT on a ledger': {
    sql: (role) => `GRANT USAGE ON SCHEMA updown TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA updown TO ${role}`,
    names: /permission denied for table/,
  },
};
for (const name of ['deploy', 'Deploy Bot', 'O\'Neil "DBA" $HOME']) {
  needsPsql(test, `without a right the way on is named, and leads on word by word: role ${name}`, () =>
    withDesk(revisions, (desk) =>
      withRole(desk, name, async (role) => {
        for (const [n, [what, { sql, names }]] of Object.entries(lacking).entries()) {
          for (const [way, upgrade] of name === 'deploy' ? Object.entries(ways) : [wayOf(n)]) {
            if (what.endsWith('ledger'))
              for (const target of ['a1', 'base']) await desk.does(`stamp ${target} --force`);
            if (sql(role.quoted) !== '') await desk.database.query(sql(role.quoted));
            const refused = await upgrade(desk, role, 'updown');
            const said = `${way}, ${what}: ${refused?.message}\n${refused?.hint}`;
            assert.match(refused?.message ?? '', names, said);
            const command = commandsIn(refused?.hint ?? '').find((one) => one.includes('--bootstrap'));
            assert.ok(command, said);
            await obeyInShell(desk, command);
            assert.is(await upgrade(desk, role, 'updown'), undefined, said);
            await desk.database.query('DROP SCHEMA updown CASCADE; DROP TABLE t_a1');
          }
        }
      }),
    ),
  );
}

/** The words as a shell reads them; the script as who may do so. */
async function obeyInShell(desk: Desk, command: string): Promise<void> {
  const { stdout: words } = await runProcess('sh', ['-c', `printf '%s\\n' ${command}`], { env: cleanEnvironment() });
  const { stdout } = await runHere(words.trimEnd().split('\n'), { cwd: desk.folder, env: {} });
  const { status, stderr } = await runScript(desk.database.url, stdout);
  assert.is(status, 0, `${command}\n${stderr}`);
}

needsPsql(test, 'where the schema of the ledger was named on the command line, the way on names it, too', () =>
  withDesk(revisions, (desk) =>
    withRole(desk, 'deploy', async (role) => {
      for (const [way, upgrade] of Object.entries(ways)) {
        const refused = await upgrade(desk, role, 'other');
        const command = commandsIn(refused?.hint ?? '').find((one) => one.includes('--bootstrap'));
        assert.ok(command, `${way}: ${refused?.message}`);
        await obeyInShell(desk, command);
        assert.is(await upgrade(desk, role, 'other'), undefined, way);
        await desk.database.query('DROP SCHEMA other CASCADE; DROP TABLE t_a1');
      }
    }),
  ),
);

test.run();
