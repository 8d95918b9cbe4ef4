import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareUpgrade } from '../../lib/index.ts';
import type { Database } from '../support/database.ts';
import type { TestRevision } from '../support/project.ts';
import { needs, needsPsql } from '../support/run.ts';
import { lastLine, print, readEvents, runScript } from '../support/script.ts';
import { startServer } from '../support/server.ts';
import { breakOff, fillDisk, noFullDisk, withTrial } from '../survive/broken.ts';
import { everything, withSite } from './site.ts';

// What test/run/script.test.ts and test/survive do not do to a script that psql runs.

interface Kind {
  readonly before: string;
  readonly sql: string;
  /** What another session holds while the statement has to wait. */
  readonly hold: string;
  /** A query that gives one row, the same however often and wherever the statement was cut. */
  readonly outcome: string;
}

const table = 'CREATE TABLE t (n int);\nINSERT INTO t SELECT generate_series(1, 500);\n';
const writing = 'LOCK TABLE t IN ROW EXCLUSIVE MODE';
const indexes =
  "SELECT string_agg(c.relname || ' ' || i.indisvalid, ', ' ORDER BY 1) AS are FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = 't'::regclass";

const kinds: Readonly<Record<string, Kind>> = {
  'CREATE INDEX CONCURRENTLY': {
    before: table,
    sql: 'CREATE INDEX CONCURRENTLY i ON t (n)',
    hold: writing,
    outcome: indexes,
  },
  'CREATE UNIQUE INDEX CONCURRENTLY': {
    before: table,
    sql: 'CREATE UNIQUE INDEX CONCURRENTLY i ON t (n)',
    hold: writing,
    outcome: indexes,
  },
  'DROP INDEX CONCURRENTLY': {
    before: `${table}CREATE INDEX i ON t (n);`,
    sql: 'DROP INDEX CONCURRENTLY i',
    hold: writing,
    outcome: indexes,
  },
  'REINDEX INDEX CONCURRENTLY': {
    before: `${table}CREATE INDEX i ON t (n);`,
    sql: 'REINDEX INDEX CONCURRENTLY i',
    hold: writing,
    outcome: indexes,
  },
  'REINDEX TABLE CONCURRENTLY': {
    before: `${table}CREATE INDEX i ON t (n);`,
    sql: 'REINDEX TABLE CONCURRENTLY t',
    hold: writing,
    outcome: indexes,
  },
  'DETACH PARTITION CONCURRENTLY': {
    before: 'CREATE TABLE t (n int) PARTITION BY LIST (n); CREATE TABLE p PARTITION OF t FOR VALUES IN (1);',
    sql: 'ALTER TABLE t DETACH PARTITION p CONCURRENTLY',
    hold: writing,
    outcome: 'SELECT count(*)::int AS are FROM pg_inherits',
  },
  VACUUM: {
    before: table,
    sql: 'VACUUM (FREEZE) t',
    hold: 'LOCK TABLE t IN SHARE UPDATE EXCLUSIVE MODE',
    outcome: 'SELECT count(*)::int AS are FROM t',
  },
  'ALTER TYPE ADD VALUE': {
    before: "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE t (m mood);",
    sql: "ALTER TYPE mood ADD VALUE 'glad'",
    hold: "ALTER TYPE mood RENAME VALUE 'sad' TO 'sad'",
    outcome: "SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) AS are FROM pg_enum",
  },
};

function around({ before, sql }: Kind): readonly TestRevision[] {
  return [
    { id: 'a1', up: before },
    { id: 'b1', up: `-- updown: no-transaction\nCREATE TABLE one ();\n${sql};\nCREATE TABLE two ();` },
    { id: 'c1' },
  ];
}

/** psql dies with the script cut there. */
function cutAt(text: string, at: number): string {
  return text.slice(0, at);
}

for (const [name, kind] of Object.entries(kinds)) {
  needsPsql(test, `${name} in a script, cut before, during and after: run again it ends once, as if never cut`, () =>
    withTrial(around(kind), async ({ cwd, database: whole }) => {
      const text = print(await prepareUpgrade({ cwd, env: {} }));
      const statement = text.lastIndexOf(kind.sql);
      assert.is((await runScript(whole.url, text)).status, 0);
      const wanted = await whole.query(kind.outcome);
      const cuts: Readonly<Record<string, (database: Database) => Promise<unknown>>> = {
        before: ({ url }) => runScript(url, cutAt(text, statement)),
        after: ({ url }) => runScript(url, cutAt(text, statement + kind.sql.length + 2)),
        // An enum's value waits for nobody, and its statement runs in one transaction with its record.
        during: async (database) => {
          if (name === 'ALTER TYPE ADD VALUE') return;
          assert.is((await runScript(database.url, cutAt(text, statement))).status === 0, false);
          const outcome = await breakOff(database, kind.hold, () => runScript(database.url, text));
          assert.is(outcome.status, 2, outcome.stderr);
        },
      };
      for (const [where, cut] of Object.entries(cuts)) {
        await withTrial(around(kind), async ({ database }) => {
          await cut(database);
          await untilAlone(database);
          const again = await runScript(database.url, text);
          assert.is(again.status, 0, `${where}: ${again.stderr}`);
          assert.is(lastLine(again), 'updown: done, the database is at c1', where);
          assert.equal(await database.query(kind.outcome), wanted, where);
          const events = await readEvents(database);
          assert.is(events.match(/up b1/g)?.length, 1, where);
          assert.is(events.match(/progress b1/g)?.length, 3, `${where}: ${events}`);
        });
      }
    }),
  );
}

async function untilAlone({ query }: Database): Promise<void> {
  const others = "datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
  while ((await query(`SELECT FROM pg_stat_activity WHERE ${others}`)).length > 0) await sleep(10);
}

needsPsql(
  test,
  'a role that lacks a privilege in a middle step: exit 3, that step leaves nothing; granted, the script goes on',
  () =>
    withSite(
      [{ id: 'a1' }, { id: 'b1', up: 'CREATE TABLE half ();\nSELECT FROM secret.s;' }, { id: 'c1' }],
      async (site, database) => {
        const role = `${database.name}_role`;
        const url = new URL(site.url);
        [url.username, url.password] = [role, 'secret'];
        await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'; GRANT CREATE ON DATABASE ${database.name} TO ${role};
      GRANT CREATE ON SCHEMA public TO ${role}; CREATE SCHEMA secret; CREATE TABLE secret.s ()`);
        try {
          const text = print(await prepareUpgrade({ ...site, allowExisting: true }));
          const { status, stderr } = await runScript(url.href, text);
          assert.is(status, 3);
          assert.match(stderr, /permission denied for schema secret/);
          assert.is(await readEvents(database), 'up a1');
          assert.equal(await database.query("SELECT to_regclass('half') AS half"), [{ half: null }]);
          await database.query(`GRANT USAGE ON SCHEMA secret TO ${role}; GRANT SELECT ON secret.s TO ${role}`);
          assert.is(lastLine(await runScript(url.href, text)), 'updown: done, the database is at c1');
        } finally {
          await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
        }
      },
    ),
);

needsPsql(test, 'a role that may not write the ledger is refused in the first step, which leaves nothing', () =>
  withSite([{ id: 'a1' }, { id: 'b1' }], async (site, database) => {
    const role = `${database.name}_role`;
    const url = new URL(site.url);
    [url.username, url.password] = [role, 'secret'];
    const text = print(await prepareUpgrade({ ...site, from: 'a1' }));
    assert.is((await runScript(site.url, print(await prepareUpgrade({ ...site, target: 'a1' })))).status, 0);
    await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'; GRANT CREATE ON SCHEMA public TO ${role};
      GRANT USAGE ON SCHEMA updown TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA updown TO ${role}`);
    try {
      const before = await everything(database);
      const { status, stderr } = await runScript(url.href, text);
      assert.is(status, 3);
      assert.match(stderr, /permission denied for table journal/);
      assert.equal(await relationsOf(database), namesIn(before));
      assert.is(await readEvents(database), 'up a1');
    } finally {
      await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  }),
);

async function relationsOf(database: Database): Promise<unknown> {
  return namesIn(await everything(database));
}

function namesIn(found: unknown): readonly string[] {
  const [relations] = found as [readonly { readonly relname: string }[]];
  return relations.map(({ relname }) => relname);
}

needs(
  test,
  'a disk that is full in a step: exit 3, the step leaves nothing; with room again the same script goes on',
  async () => {
    const server = await startServer();
    try {
      await withTrial(
        [
          { id: 'a1', up: 'CREATE TABLE full_one (n integer);\n' },
          { id: 'b1', up: 'CREATE TABLE half ();\nINSERT INTO full_one SELECT generate_series(1, 10000);\n' },
        ],
        async ({ cwd, database }) => {
          const text = print(await prepareUpgrade({ cwd, env: {} }));
          const first = print(await prepareUpgrade({ cwd, env: {}, target: 'a1' }));
          assert.is((await runScript(database.url, first)).status, 0);
          await fillDisk(database, server.dataFolder, 'full_one');
          const { status, stderr } = await runScript(database.url, text);
          assert.is(status, 3, stderr);
          assert.match(stderr, /No space left on device/);
          assert.equal(await database.query("SELECT to_regclass('half') AS half"), [{ half: null }]);
          assert.is(await readEvents(database), 'up a1');
          await database.query('TRUNCATE full_one');
          assert.is(lastLine(await runScript(database.url, text)), 'updown: done, the database is at b1');
        },
        { server: server.url },
      );
    } finally {
      await server.stop();
    }
  },
  noFullDisk,
);

test.run();
