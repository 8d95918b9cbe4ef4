import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareDowngrade, prepareUpgrade, type Script, UpdownError, upgrade } from '../../lib/index.ts';
import { renderPlain } from '../../lib/script/plain.ts';
import { renderSplit } from '../../lib/script/split.ts';
import { readVersion } from '../../lib/version.ts';
import { withClient } from '../script/site.ts';
import { type Database, withDatabase } from '../support/database.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';
import { needsPsql } from '../support/run.ts';
import { print, readEvents, runScript } from '../support/script.ts';

interface Site {
  readonly cwd: string;
  readonly env: Record<string, never>;
  readonly url: string;
  readonly owner: string;
  readonly database: Database;
}

const tool = readVersion();

/**
 * Who connects may use the ledger, and is a member of the role that owns the tables, in a schema of its own; that role may not so much as
 * look into the ledger.
 */
async function withRoles(
  make: (owner: string) => { readonly revisions: readonly TestRevision[]; readonly config?: object },
  body: (site: Site) => Promise<void>,
): Promise<void> {
  await withDatabase(async (database) => {
    const { name, query } = database;
    const [owner, login] = [`owner_${name}`, `login_${name}`];
    await query(
      `CREATE ROLE ${owner}; CREATE ROLE ${login} LOGIN PASSWORD 'x' IN ROLE ${owner}; CREATE SCHEMA ${owner} AUTHORIZATION ${owner};
       GRANT CREATE ON DATABASE ${name} TO ${login}; CREATE SCHEMA ${login} AUTHORIZATION ${login}`,
    );
    const url = Object.assign(new URL(database.url), { username: login, password: 'x' }).href;
    const { revisions, config = {} } = make(owner);
    try {
      await withProject({}, async (cwd) => {
        await writeProject(cwd, revisions);
        await writeFile(join(cwd, 'updown.json'), JSON.stringify(config));
        await body({ cwd, env: {}, url, owner, database });
      });
    } finally {
      await query(`DROP OWNED BY ${owner}, ${login} CASCADE`);
      await query(`DROP ROLE ${owner}, ${login}`);
    }
  });
}

/** What went wrong, or nothing. */
type Way = (site: Site, make: (site: Site) => Promise<Script>) => Promise<string>;

const run: Way = async (site) => {
  const error = await upgrade(site).then(
    () => undefined,
    (failure: unknown) => failure,
  );
  if (error !== undefined && !(error instanceof UpdownError)) throw error;
  return error?.message ?? '';
};

const psql: Way = async (site, make) => (await runScript(site.url, print(await make(site)))).stderr;

const split: Way = async (site, make) => {
  for (const { name, pieces } of renderSplit(await make(site), { tool })) {
    const { status, stderr } =
      name === 'README.md' ? { status: 0, stderr: '' } : await runScript(site.url, text(pieces));
    if (status !== 0) return `${name}: ${stderr}`;
  }
  return '';
};

function text(pieces: Iterable<string>): string {
  return [...pieces].join('');
}

const ways = { run, psql, split };

/** The files one behind the other in one session. What fails once is mended, and sent again. */
async function sendPlain(url: string, script: Script, mend?: (failure: string) => Promise<void>): Promise<string> {
  let [failure, mended] = ['', false];
  await withClient(url, 'whole', async ({ send }) => {
    for (const { name, pieces } of renderPlain(script, { tool })) {
      if (!name.endsWith('.sql') || failure !== '') continue;
      let [error] = await send(text(pieces));
      if (error !== undefined && mend !== undefined && !mended) {
        mended = true;
        await mend(`${name}: ${error}`);
        [error] = await send(text(pieces));
      }
      if (error !== undefined) failure = `${name}: ${error}`;
    }
  });
  return failure;
}

async function ownersOf({ query }: Database): Promise<string> {
  const rows = await query(`
    SELECT c.relname || ' of ' || c.relowner::regrole || CASE WHEN i.indisvalid THEN '' ELSE ' INVALID' END AS words
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     WHERE c.relname LIKE 'h\\_%' ORDER BY 1`);
  return rows.map(({ words }) => words).join(', ');
}

const up = (site: Site) => prepareUpgrade({ cwd: site.cwd, env: site.env });

/** The step breaks off at a duplicate, and leaves an INVALID index. */
const table = 'CREATE TABLE h (id integer, n integer);\nINSERT INTO h VALUES (1, 1), (1, 2);\n';

/** Each way in which a file comes to run as another role. */
const roles: Readonly<Record<string, (owner: string) => { readonly role?: string; readonly says: string }>> = {
  'a pinned role': (owner) => ({ role: owner, says: '' }),
  'SET ROLE in the file': (owner) => ({ says: `SET ROLE ${owner};\n` }),
  'a SELECT that sets the role': (owner) => ({ says: `SELECT set_config('role', '${owner}', false);\n` }),
};

function broken(owner: string, kind: string, behind = '') {
  const { role, says } = roles[kind]!(owner);
  const set = role === undefined ? `SET LOCAL ROLE ${owner};\n` : '';
  const revisions: readonly TestRevision[] = [
    { id: 'h1', up: `${set}${table}` },
    {
      id: 'h2',
      up: `-- updown: no-transaction\n${says}CREATE UNIQUE INDEX CONCURRENTLY h_id ON h (id);\n${behind}`,
      down: `-- updown: no-transaction\n${says}DROP INDEX CONCURRENTLY h_id;\n`,
    },
  ];
  return { revisions, config: role === undefined ? {} : { settings: { role } } };
}

const duplicate = /could not create unique index/;
const behind = 'INSERT INTO h VALUES (9, 9);\nCREATE INDEX CONCURRENTLY IF NOT EXISTS h_n ON h (n);\n';

for (const kind of Object.keys(roles)) {
  for (const [way, go] of Object.entries(ways)) {
    needsPsql(
      test,
      `with ${kind}, a build that broke off goes on by ${way}, and each statement runs as that role`,
      () =>
        withRoles(
          (owner) => broken(owner, kind, behind),
          async (site) => {
            assert.match(await go(site, up), duplicate);
            assert.match(await ownersOf(site.database), 'h_id of owner_');
            await site.database.query(`DELETE FROM ${site.owner}.h WHERE n = 2`);
            assert.is(await go(site, up), '');
            assert.is(await ownersOf(site.database), `h_id of ${site.owner}, h_n of ${site.owner}`);
          },
        ),
    );
  }

  needsPsql(test, `with ${kind}, plain files record what has run, and take it back`, () =>
    withRoles(
      (owner) => broken(owner, kind, behind),
      async (site) => {
        const failure = await sendPlain(site.url, await up(site), async (message) => {
          assert.match(message, duplicate);
          await site.database.query(`DROP INDEX ${site.owner}.h_id; DELETE FROM ${site.owner}.h WHERE n = 2`);
        });
        assert.is(failure, '');
        assert.is(await ownersOf(site.database), `h_id of ${site.owner}, h_n of ${site.owner}`);
        const down = await prepareDowngrade({ cwd: site.cwd, env: site.env, from: 'h2', target: 'h1' });
        assert.is(await sendPlain(site.url, down), '');
        assert.match(await readEvents(site.database), /down h2$/);
      },
    ),
  );
}

for (const [way, go] of Object.entries(ways)) {
  needsPsql(test, `what sets the role out of sight, and what takes it back, holds for the file alone by ${way}`, () =>
    withRoles(
      (owner) => ({
        revisions: [
          {
            id: 'h1',
            up: `-- updown: no-transaction
DO $$ BEGIN SET ROLE ${owner}; END $$;
CREATE TABLE h (id integer, n integer);
CREATE INDEX CONCURRENTLY IF NOT EXISTS h_id ON h (id);
RESET ALL;
CREATE TABLE o (who text DEFAULT current_user);
DISCARD ALL;
SET LOCAL ROLE ${owner};
SELECT set_config('role', '${owner}', true);
CREATE TABLE w (who text DEFAULT current_user);
`,
          },
        ],
      }),
      async (site) => {
        assert.is(await go(site, up), '');
        const rows = await site.database.query(
          "SELECT relname || ' of ' || relowner::regrole AS words FROM pg_class WHERE relname IN ('h', 'o', 'w') ORDER BY 1",
        );
        const login = site.owner.replace('owner', 'login');
        assert.is(rows.map(({ words }) => words).join(', '), `h of ${site.owner}, o of ${site.owner}, w of ${login}`);
      },
    ),
  );

  needsPsql(
    test,
    `an index that IF NOT EXISTS finds is looked up for the pinned role, in a transaction by ${way}`,
    () =>
      withRoles(
        (owner) => ({
          revisions: [
            { id: 'h1', up: 'CREATE TABLE h (id integer, n integer);\nCREATE INDEX h_id ON h (n);\n' },
            { id: 'h2', up: 'CREATE INDEX IF NOT EXISTS h_id ON h (id);\n' },
          ],
          config: { settings: { role: owner } },
        }),
        async (site) => assert.match(await go(site, up), 'existed before, and differs'),
      ),
  );
}

test.run();
