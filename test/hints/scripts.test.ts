import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import postgres from 'postgres';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Outcome } from '../support/process.ts';
import { needsPsql } from '../support/run.ts';
import { type RunOptions, runScript } from '../support/script.ts';
import { until } from '../support/until.ts';
import { commandsIn, type Desk, withDesk } from './desk.ts';
import { isSaid } from './scan.ts';

const three = [{ id: 'a1' }, { id: 'b1' }, { id: 'c1' }];
const bare = (sql: string) => `-- updown: no-transaction\n${sql}`;

/** Of a script that stopped. */
function hintIn({ status, stderr }: Outcome, says: string): string {
  assert.is(status, 3, stderr);
  const hint = /^.*HINT: +(.*)$/m.exec(stderr)?.[1] ?? '';
  assert.ok(isSaid(hint, says), `${hint}\n${stderr}`);
  return hint;
}

async function emit(desk: Desk, command = 'upgrade --sql'): Promise<string> {
  return (await desk.does(command)).stdout;
}

async function passes(desk: Desk, script: string, options: RunOptions = {}): Promise<void> {
  const { status, stderr } = await runScript(desk.database.url, script, options);
  assert.is(status, 0, stderr);
}

test('where strings would be read otherwise, a client sets that they are not, before it sends the script', () =>
  withDesk([{ id: 'a1' }], async (desk) => {
    const script = await emit(desk, 'upgrade --sql --flavor plain');
    const client = postgres(desk.database.url, {
      max: 1,
      onnotice: () => {},
      connection: { standard_conforming_strings: 'off' },
    });
    const error = await client
      .unsafe(script)
      .simple()
      .catch((thrown: unknown) => thrown);
    const hint = (error as { readonly hint?: string }).hint ?? '';
    const says = 'Nothing was changed. ROLLBACK; SET standard_conforming_strings = on; then run this again.';
    assert.ok(isSaid(hint, says), String(error));
    await client.unsafe(/ROLLBACK; SET [^;]*;/.exec(hint)?.[0] ?? '').simple();
    await client.unsafe(script).simple();
    await client.end();
    await desk.does('status --exit-code');
  }));

needsPsql(test, 'a script with the line ends of Windows is written with those of Unix', () =>
  withDesk(three, async (desk) => {
    const script = await emit(desk);
    const windows = script.replaceAll('\n', '\r\n');
    hintIn(
      await runScript(desk.database.url, windows),
      'Nothing was changed. Write it with LF: dos2unix, or "*.sql text eol=lf" in .gitattributes.',
    );
    await passes(desk, windows.replaceAll('\r\n', '\n'));
  }),
);

function readText({ folder }: Desk, name: string): Promise<string> {
  return readFile(join(folder, name), 'utf8');
}

for (const [flavor, stop] of [
  ['psql', []],
  ['plain', ['-v', 'ON_ERROR_STOP=1']],
] as const)
  needsPsql(test, `a ${flavor} script with a step outside a transaction is not advised to be one`, () =>
    withDesk([{ id: 'a1' }, { id: 'b1', up: '-- updown: no-transaction\nVACUUM t_a1;\n' }], async (desk) => {
      await desk.does(`upgrade --sql --flavor ${flavor} --output out${flavor === 'plain' ? '' : '.sql'}`);
      const script = await readText(desk, flavor === 'plain' ? 'out/01_step_1.sql' : 'out.sql');
      const args = ['-1', ...stop];
      hintIn(
        await runScript(desk.database.url, script, { args }),
        "Nothing was changed. Run the script outside of a transaction: it has a step that can't be in one.",
      );
      assert.is((await runScript(desk.database.url, script, { args: stop })).status, 0);
    }),
  );

needsPsql(test, 'plain files whose session is gone name the psql script that goes on, and it does', () =>
  withDesk(
    [
      { id: 'a1' },
      { id: 'b1', up: '-- updown: no-transaction\nCREATE TEMP TABLE w (n integer);\nVACUUM t_a1;\nVACUUM t_a1;\n' },
    ],
    async (desk) => {
      await desk.does('upgrade a1');
      await desk.does('upgrade --sql --flavor plain --from a1 --output out');
      const send = async (name: string) =>
        runScript(desk.database.url, await readText(desk, `out/${name}.sql`), { args: ['-v', 'ON_ERROR_STOP=1'] });
      assert.is((await send('01_step_1_b1_statement_1')).status, 0);
      const { stderr } = await send('03_step_1_b1_record_2');
      const told = /: a psql script of it and -v (updown_resume_at=2)/.exec(stderr)?.[1];
      assert.ok(told, stderr);
      await desk.does('upgrade --sql --from a1 --output b1.sql');
      const outcome = await runScript(desk.database.url, await readText(desk, 'b1.sql'), { args: ['-v', told] });
      assert.is(outcome.status, 0, outcome.stderr);
    },
  ),
);

needsPsql(test, 'a session that has set its role connects as it, or pins it', () =>
  withDesk(three, async (desk) => {
    const { query, name, url } = desk.database;
    await query(
      `CREATE ROLE owner_${name} LOGIN PASSWORD 'x'; GRANT ALL ON DATABASE ${name} TO owner_${name}; GRANT ALL ON SCHEMA public TO owner_${name}`,
    );
    try {
      const script = await emit(desk);
      const asRole = `SET ROLE owner_${name};\n`;
      hintIn(
        await runScript(url, `${asRole}${script}`),
        'Nothing was changed. Connect as that role, or pin it: "settings": {"role": ...} in updown.json.',
      );
      const own = new URL(url);
      [own.username, own.password] = [`owner_${name}`, 'x'];
      const { status, stderr } = await runScript(own.href, await emit(desk, 'upgrade a1 --sql'));
      assert.is(status, 0, stderr);
      await desk.put('updown.json', `{ "settings": { "role": "owner_${name}" } }`);
      await passes(desk, await emit(desk));
      const [row] = await query("SELECT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE relname = 't_c1'");
      assert.is(row?.owner, `owner_${name}`);
    } finally {
      await query(`DROP OWNED BY owner_${name} CASCADE; DROP ROLE owner_${name}`);
    }
  }),
);

needsPsql(test, 'a session that is read-only: the setting is on the role or the database, and taken off there', () =>
  withDesk(three, async (desk) => {
    const { query, name } = desk.database;
    const script = await emit(desk);
    await query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    hintIn(
      await runScript(desk.database.url, script),
      'Connect with a role that may write, or lift the setting on the role or the database.',
    );
    await query(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
    await passes(desk, script);
  }),
);

needsPsql(test, 'psql -1 around a script: outside of a transaction, or emitted as one', () =>
  withDesk(three, async (desk) => {
    const script = await emit(desk);
    const hint = hintIn(
      await runScript(desk.database.url, script, { args: ['-1'] }),
      'Nothing was changed. Run the script outside of a transaction; …',
    );
    const option = /--one-transaction/.exec(hint)?.[0];
    const joined = await emit(desk, `upgrade a1 --sql ${option}`);
    await passes(desk, joined);
    await passes(desk, script);
  }),
);

needsPsql(test, 'a plain script within a transaction: outside of it, or emitted for psql as one', () =>
  withDesk(three, async (desk) => {
    const script = await emit(desk, 'upgrade --sql --flavor plain');
    const hint = hintIn(
      await runScript(desk.database.url, script, { args: ['-1', '-v', 'ON_ERROR_STOP=1'] }),
      'Nothing was changed. Run the script outside of a transaction; for one transaction over all of it, emit it for psql with --one-transaction.',
    );
    await passes(desk, await emit(desk, `upgrade a1 --sql ${/--one-transaction/.exec(hint)?.[0]}`));
    await passes(desk, await emit(desk, 'upgrade a1:head --sql --flavor plain'), { args: ['-v', 'ON_ERROR_STOP=1'] });
    await desk.does('status --exit-code');
  }),
);

needsPsql(test, 'a script that starts elsewhere is emitted from where the database stands, by status', () =>
  withDesk(three, async (desk) => {
    const script = await emit(desk, 'upgrade b1:head --sql');
    const hint = hintIn(
      await runScript(desk.database.url, script),
      'Nothing was changed. Emit a script from where the database stands: updown status.',
    );
    const [command] = commandsIn(hint);
    const { stdout } = await desk.does(command!);
    assert.match(stdout, /base|nothing/i);
    await passes(desk, await emit(desk, 'upgrade --sql --from-database'));
    await desk.does('status --exit-code');
  }),
);

needsPsql(test, 'what broke off outside a transaction is finished first, as status says', () =>
  withDesk(
    [{ id: 'a1' }, { id: 'b1', up: bare('CREATE TABLE b ();\nSELECT 1 / 0;\n') }, { id: 'c1' }],
    async (desk) => {
      await desk.fails('upgrade', 'sql');
      await desk.rewrite([{ id: 'a1' }, { id: 'b1', up: bare('CREATE TABLE b ();\nSELECT 1;\n') }, { id: 'c1' }]);
      const other = await emit(desk, 'upgrade b1:c1 --sql');
      hintIn(
        await runScript(desk.database.url, other),
        'Nothing was changed. Finish that one first: updown status says how.',
      );
      await desk.obeys(await desk.next());
      await passes(desk, other);
      await desk.does('status --exit-code');
    },
  ),
);

needsPsql(test, 'a revision that was applied from other SQL: restored, or recorded as it is; then emitted again', () =>
  withDesk(three, async (desk) => {
    const edited = 'CREATE TABLE "t_a1" (id bigint);\n';
    await desk.does('upgrade a1');
    const original = await desk.read('a1');
    await desk.write('a1', edited);
    const says =
      'Nothing was changed. Restore its up.sql from git, or, if the edit changes nothing that matters, record it: updown stamp --only …; then emit this script again.';
    const hint = hintIn(await runScript(desk.database.url, await emit(desk)), says);
    await desk.write('a1', original);
    await passes(desk, await emit(desk, 'upgrade b1 --sql'));
    await desk.write('a1', edited);
    await desk.obeys(hint);
    await passes(desk, await emit(desk));
    await desk.does('status --exit-code');
  }),
);

needsPsql(test, 'where other files made what stands: status says which, and what to do', () =>
  withDesk(three, async (desk) => {
    await desk.does('upgrade a1');
    await desk.write('a1', 'CREATE TABLE "t_a1" (id bigint);\n');
    const script = await emit(desk, 'upgrade a1:head --sql');
    const hint = hintIn(
      await runScript(desk.database.url, script),
      'Nothing was changed. updown status says which, and what to do; then emit this script again.',
    );
    assert.match(hint, 'updown status');
    await desk.obeys(await desk.next());
    await passes(desk, await emit(desk, 'upgrade a1:head --sql'));
    await desk.does('status --exit-code');
  }),
);

needsPsql(test, 'a role to grant to is created, or another one named', () =>
  withDesk(three, async (desk) => {
    const role = `app_${desk.database.name}`;
    const script = await emit(desk, `upgrade --sql --bootstrap --grant-to ${role}`);
    hintIn(await runScript(desk.database.url, script), 'Nothing was changed. Create it, or name another one.');
    await passes(desk, await emit(desk, 'upgrade --sql --bootstrap --grant-to pg_monitor'));
    await desk.database.query(`CREATE ROLE ${role}`);
    await passes(desk, script);
    await desk.database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  }),
);

needsPsql(test, 'files of a split script are run in their order, and those of a step outside a transaction, too', () =>
  withDesk(
    [
      { id: 'a1' },
      { id: 'b1', up: bare('CREATE INDEX CONCURRENTLY ON t_a1 (id);\n'), down: 'SELECT 1;\n' },
      { id: 'c1' },
    ],
    async (desk) => {
      const { readdir, readFile } = await import('node:fs/promises');
      for (const [options, says] of [
        ['--split', 'Nothing was changed. Run the files before it first.'],
        ['--flavor plain', 'Run the file before this one first.'],
      ] as const) {
        await desk.does(`upgrade --sql ${options} --output ${options.slice(2, 7)}`);
        const folder = `${desk.folder}/${options.slice(2, 7)}`;
        const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
        const texts = await Promise.all(names.map((name) => readFile(`${folder}/${name}`, 'utf8')));
        const args = { args: ['-v', 'ON_ERROR_STOP=1'] };
        for (const text of texts.slice(1, 3).reverse()) {
          const { stderr } = await runScript(desk.database.url, text, args);
          if (options === '--split') assert.ok(isSaid(stderr, says), stderr);
        }
        for (const text of texts) await passes(desk, text, args);
        await desk.does('status --exit-code');
        await desk.does('downgrade base --yes');
      }
    },
  ),
);

/** The script waits in front of its nth step while somebody else is at work. */
async function waitingAt(desk: Desk, script: string, nth: number, work: () => Promise<unknown>): Promise<Outcome> {
  const waits = script.replace(new RegExp(`^(?=-- ${nth}/)`, 'm'), 'SELECT pg_sleep(2.5);\n');
  assert.is.not(waits, script);
  const running = runScript(desk.database.url, waits, { args: ['-v', 'ON_ERROR_STOP=1'] });
  await until('the script sleeps', async () => {
    const rows = await desk.database.query(
      "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()",
    );
    return rows.length > 0;
  });
  await work();
  return running;
}

needsPsql(test, 'a script that others overtake is emitted from where the database stands', () =>
  withDesk([{ id: 'a1' }, { id: 'b1' }, { id: 'c1' }, { id: 'x1', parents: ['a1'] }], async (desk) => {
    const overtaken = async (nth: number, target: string, says: string, flavor = '') => {
      const emitted = await emit(desk, `upgrade c1 --sql --from-database${flavor}`);
      hintIn(await waitingAt(desk, emitted, nth, () => desk.does(`upgrade ${target}`)), says);
      await desk.does('status');
      await passes(desk, await emit(desk, `upgrade c1 --sql --from-database${flavor}`));
      await desk.does('downgrade base --yes');
    };
    await overtaken(
      1,
      'b1',
      'Nothing of this step was done. Emit a script from where the database stands: updown status.',
    );
    await overtaken(
      2,
      'x1',
      'Nothing was changed. Run the script from its first failure on, or emit one from where the database stands: updown status.',
      ' --flavor plain',
    );
    await desk.does('upgrade a1');
    const moved = 'Nothing was changed. Emit a script from where the database stands: updown status.';
    await overtaken(1, 'x1', moved, ' --flavor plain');
  }),
);

needsPsql(test, 'a client that sets savepoints by itself is told to turn them off', () =>
  withDesk(three, async (desk) => {
    const script = await emit(desk, 'upgrade --sql --flavor plain');
    const says = 'Turn them off (ON_ERROR_ROLLBACK, autosave, savepoints), and go on from this step.';
    const { stderr } = await runScript(desk.database.url, script, { args: ['-v', 'ON_ERROR_ROLLBACK=on'] });
    assert.ok(isSaid(/HINT: +(.*)/.exec(stderr)?.[1] ?? '', says), stderr);
    assert.is((await desk.database.query("SELECT FROM pg_class WHERE relname = 't_a1'")).length, 0);
    await passes(desk, script, { args: ['-v', 'ON_ERROR_ROLLBACK=off', '-v', 'ON_ERROR_STOP=1'] });
    await desk.does('status --exit-code');
  }),
);

needsPsql(test, 'a session with a temporary table, and one that replicates: as the hint says', () =>
  withDesk([{ id: 'a1' }, { id: 'b1', up: bare('SELECT 1;\n'), down: 'SELECT 1;\n' }], async (desk) => {
    await desk.does('upgrade a1');
    const script = await emit(desk);
    const temporary = 'CREATE TEMP TABLE t_a1 ();\n';
    const hint = hintIn(
      await runScript(desk.database.url, `${temporary}${script}`),
      'Use a session of its own, or DISCARD TEMP first.',
    );
    await passes(desk, `${temporary}${/DISCARD TEMP/.exec(hint)?.[0]};\n${script}`);
    await desk.does('downgrade a1 --yes');
    const { query, name } = desk.database;
    await query(`ALTER DATABASE ${name} SET session_replication_role = replica`);
    hintIn(
      await runScript(desk.database.url, script),
      'They have to be origin, off and on: look at the client, ALTER ROLE and ALTER DATABASE.',
    );
    await query(`ALTER DATABASE ${name} RESET session_replication_role`);
    await passes(desk, script);
  }),
);

test.run();
