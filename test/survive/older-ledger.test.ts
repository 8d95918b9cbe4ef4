import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareBootstrap, prepareUpgrade, upgrade } from '../../lib/index.ts';
import { ledgerFormat } from '../../lib/ledger/name.ts';
import { renderBootstrap, renderPlainBootstrap } from '../../lib/script/bootstrap.ts';
import { updown } from '../support/cli.ts';
import { type Database, psql, withDatabase } from '../support/database.ts';
import { withProject, writeProject } from '../support/project.ts';
import { needsPsql } from '../support/run.ts';
import { lastLine, print, readEvents, runScript } from '../support/script.ts';

const revisions = [
  { id: 'a1', up: 'CREATE TABLE t (n integer);\n', down: 'DROP TABLE t;\n' },
  { id: 'b1', up: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY t_n ON t (n);\nSELECT 1;\n' },
  { id: 'c1', up: 'ALTER TABLE t ADD COLUMN c integer;\n' },
];

interface Older {
  readonly site: { readonly cwd: string; readonly env: Record<string, never>; readonly url: string };
  readonly database: Database;
  readonly role: string;
}

/** A database whose ledger is of an older format and says that a1 is applied; a role that did not make it migrates with it. */
async function withOlder(format: number, body: (older: Older) => Promise<void>): Promise<void> {
  const ledger = await readFile(new URL(`../fixtures/ledger/format-${format}.sql`, import.meta.url), 'utf8');
  await withProject({}, async (cwd) => {
    await writeProject(cwd, revisions, { project: 'test-abc123' });
    const digest = (await prepareUpgrade({ cwd, env: {} })).steps[0]!.entries[0]!.digest;
    await withDatabase(async (database) => {
      const role = `r_${database.name}`;
      await database.query(`SET updown.run = '{"channel": "run", "tool": "0"}';
        ${ledger.replace(/"project":"[^"]*"/, '"project":"test-abc123"')};
        CREATE TABLE t (n integer);
        INSERT INTO updown.journal (event, op, revision, digest, parents) VALUES ('up', 'up', 'a1', '${digest}', '{}');
        CREATE ROLE ${role} LOGIN PASSWORD 'r'; GRANT USAGE ON SCHEMA updown TO ${role}; GRANT CREATE ON SCHEMA public TO ${role};
        GRANT SELECT, INSERT ON updown.journal, updown.worker TO ${role}; GRANT SELECT ON updown.applied, updown.unfinished TO ${role};
        REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA updown FROM PUBLIC; GRANT EXECUTE ON ALL ROUTINES IN SCHEMA updown TO ${role};`);
      try {
        await body({ site: { cwd, env: {}, url: database.url }, database, role });
      } finally {
        await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
      }
    });
  });
}

async function formatOf({ query }: Database): Promise<unknown> {
  const [row] = await query(
    "SELECT array_agg(detail ->> 'format' ORDER BY seq) AS f FROM updown.journal WHERE event = 'header'",
  );
  return row?.f;
}

/** Whether a role can call and read all that was made anew, and everybody else can't. */
async function assertRights({ query }: Database, role: string): Promise<void> {
  const rows = await query(`SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'updown'::regnamespace
    AND (NOT has_function_privilege('${role}', p.oid, 'EXECUTE') OR EXISTS (SELECT FROM aclexplode(p.proacl) a WHERE a.grantee = 0))`);
  assert.equal(rows, []);
  const [row] = await query(`SELECT has_table_privilege('${role}', 'updown.lock_holders', 'SELECT') AS can`);
  assert.is(row?.can, true);
}

for (const format of [1, 2, 3]) {
  test(`format ${format}: a run brings the ledger of an older version up to date: entries and rights stay`, () =>
    withOlder(format, async ({ site, database, role }) => {
      const before = await updown(['status', '--url', site.url], { cwd: site.cwd });
      assert.is(before.status, 0, before.stderr);
      assert.match(before.stdout, /a1/);
      assert.equal(await formatOf(database), [`${format}`], 'reading writes nothing');
      await upgrade(site);
      assert.is(await readEvents(database), 'up a1, start b1, progress b1, progress b1, up b1, up c1');
      assert.equal(await formatOf(database), [`${format}`, `${ledgerFormat}`]);
      await assertRights(database, role);
      const [{ overloads } = {}] = await database.query(
        "SELECT count(*)::integer AS overloads FROM (SELECT proname FROM pg_proc WHERE pronamespace = 'updown'::regnamespace GROUP BY 1 HAVING count(*) > 1) AS twice",
      );
      assert.is(overloads, 0);
      await upgrade(site);
      assert.equal(await formatOf(database), [`${format}`, `${ledgerFormat}`]);
    }));

  test(`format ${format}: a step outside a transaction that an older version has begun is finished`, () =>
    withOlder(format, async ({ site, database }) => {
      await database.query(`INSERT INTO updown.journal (event, op, revision, digest, parents, statement, detail)
      VALUES ('start', 'up', 'b1', 'x', '{a1}', 0, '{"indexes": []}')`);
      await upgrade(site);
      assert.match(await readEvents(database), /up b1, up c1$/);
    }));

  test(`format ${format}: who does not own it is told who brings it up to date, and nothing has changed`, () =>
    withOlder(format, async ({ site, database, role }) => {
      const url = new URL(site.url);
      Object.assign(url, { username: role, password: 'r' });
      const { status, stderr } = await updown(['upgrade', '--url', url.href], { cwd: site.cwd });
      assert.is(status, 1);
      assert.match(stderr, `updown upgrade --sql --bootstrap --grant-to ${role}`);
      assert.equal(await formatOf(database), [`${format}`]);
    }));

  needsPsql(
    test,
    `format ${format}: a script is refused there and names the command; obeyed, it runs, and everything else does`,
    () =>
      withOlder(format, async ({ site, database, role }) => {
        for (const options of [{}, { from: 'a1' }]) {
          const refused = await runScript(site.url, print(await prepareUpgrade({ ...site, ...options })));
          assert.is(refused.status, 3, refused.stderr);
          assert.match(refused.stderr, 'UD010: the ledger in schema updown was made by another version of updown');
          assert.match(refused.stderr, 'Run the script of updown upgrade --sql --bootstrap first');
        }
        assert.equal(await formatOf(database), [`${format}`]);
        await updown(['upgrade', '--sql', '--bootstrap', '-o', 'bootstrap.sql'], { cwd: site.cwd });
        for (const n of [1, 2]) {
          const made = await psql(site.url, ['-v', 'ON_ERROR_STOP=1', '-f', join(site.cwd, 'bootstrap.sql')]);
          assert.is(made.status, 0, made.stderr);
          assert.equal(await formatOf(database), [`${format}`, `${ledgerFormat}`], `run ${n}`);
        }
        await assertRights(database, role);
        const outcome = await runScript(site.url, print(await prepareUpgrade({ ...site, from: 'a1' })));
        assert.is(lastLine(outcome), 'updown: done, the database is at c1', outcome.stderr);
      }),
  );

  test(`format ${format}: the same without psql`, () =>
    withOlder(format, async ({ site, database, role }) => {
      const text = renderPlainBootstrap(await prepareBootstrap(site), { tool: '0', grantTo: [role] });
      for (const n of [1, 2]) {
        await database.query(text);
        assert.equal(await formatOf(database), [`${format}`, `${ledgerFormat}`], `run ${n}`);
      }
      await assertRights(database, role);
      await upgrade(site);
    }));

  needsPsql(
    test,
    `format ${format}: a ledger that has lost what a script asks first is mended by that command, too`,
    () =>
      withOlder(format, async ({ site, database }) => {
        await upgrade({ ...site, target: 'a1' }).catch(() => {});
        await upgrade({ ...site, target: 'b1' });
        await database.query('DROP FUNCTION updown.check_plan(text)');
        const script = print(await prepareUpgrade({ ...site, from: 'b1' }));
        assert.is((await runScript(site.url, script)).status, 3);
        const made = await runScript(
          site.url,
          renderBootstrap(await prepareBootstrap(site), { tool: '0', grantTo: [] }),
        );
        assert.is(made.status, 0, made.stderr);
        const outcome = await runScript(site.url, script);
        assert.is(lastLine(outcome), 'updown: done, the database is at c1', outcome.stderr);
      }),
  );
}

test.run();
