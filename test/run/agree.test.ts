import { randomBytes } from 'node:crypto';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  downgrade,
  type Event,
  prepareDowngrade,
  prepareStamp,
  prepareUpgrade,
  type RunResult,
  type Script,
  stamp,
  upgrade,
} from '../../lib/index.ts';
import { type Database, withDatabase } from '../support/database.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';
import { needsPgDump } from '../support/run.ts';
import { sample } from '../support/sample.ts';
import { dumpAll, lastLine, print, readJournal, runScript } from '../support/script.ts';

interface Trial {
  readonly revisions: readonly TestRevision[];
  /** What `updown.json` holds. */
  readonly config?: object;
  /** Where to stop on the way down, and on the way up again. */
  readonly middle: string;
  /** Run on both databases first. */
  readonly prepare?: string;
}

type Trip = (pair: Pair, middle: string) => Promise<void>;

/** One project, and two databases that must stay equal: one is run by the program, one by psql. */
interface Pair {
  readonly folder: string;
  readonly schema: string;
  readonly run: Database;
  readonly psql: Database;
}

async function agree({ revisions, config, middle, prepare }: Trial, trip = roundTrip): Promise<void> {
  await withProject({ 'updown.json': JSON.stringify(config ?? {}) }, async (folder) => {
    await writeProject(folder, revisions);
    const { ledger } = (config ?? {}) as { ledger?: { schema: string } };
    await agreeIn(folder, ledger?.schema ?? 'updown', middle, trip, prepare);
  });
}

async function agreeIn(
  folder: string,
  schema: string,
  middle: string,
  trip: Trip,
  prepare = 'SELECT 1',
): Promise<void> {
  await withDatabase((run) =>
    withDatabase(async (psql) => {
      for (const database of [run, psql]) await database.query(prepare);
      await trip({ folder, schema, run, psql }, middle);
    }),
  );
}

/** Up, halfway down, up again, all the way down; then by stamps to the head, to the middle and to base. */
async function roundTrip(pair: Pair, middle: string): Promise<void> {
  const at = { cwd: pair.folder, env: {} };
  const there = { ...at, url: pair.run.url };
  const empty = await dumpAll(pair.run, pair.schema);

  const first = await prepareUpgrade(at);
  const head = first.plan.to.join(',');
  await both(pair, first, () => upgrade(there));
  const full = await dumpAll(pair.run, pair.schema);
  assert.is.not(full, empty);

  const down = await prepareDowngrade({ ...at, from: head, target: middle });
  await both(pair, down, () => downgrade({ ...there, target: middle }));
  const between = down.plan.to.join(',');
  await both(pair, await prepareUpgrade({ ...at, from: between }), () => upgrade(there));
  await both(pair, await prepareDowngrade({ ...at, from: head, target: 'base' }), () =>
    downgrade({ ...there, target: 'base' }),
  );
  const gone = await dumpAll(pair.run, pair.schema);

  await both(pair, await prepareStamp({ ...at, targets: ['heads'] }), () =>
    stamp({ ...there, targets: ['heads'], force: true }),
  );
  await both(pair, await prepareStamp({ ...at, targets: [middle], from: head }), () =>
    stamp({ ...there, targets: [middle], force: true }),
  );
  await both(pair, await prepareStamp({ ...at, targets: ['base'], from: middle }), () =>
    stamp({ ...there, targets: ['base'] }),
  );
  assert.is(await dumpAll(pair.run, pair.schema), gone, 'a stamp changed something');
}

/** SQL that fails unless the settings stand so. */
function standing(settings: Readonly<Record<string, string>>): string {
  const checks = Object.entries(settings).map(
    ([name, value]) => `ASSERT current_setting('${name}') = '${value}', current_setting('${name}');`,
  );
  return `DO $check$ BEGIN ${checks.join(' ')} END $check$;\n`;
}

const pinned = {
  lock_timeout: '2s',
  statement_timeout: '5min',
  search_path: 'app, "Odd Schema", public',
  timezone: 'Asia/Tokyo',
};

const complaint = /WARNING|ERROR|FATAL|psql: error|invalid|unrecognized/;

/** Does it on both sides and compares them; then once more, which must change nothing and say so. */
async function both(pair: Pair, script: Script, act: () => Promise<RunResult>): Promise<void> {
  const result = await act();
  assert.is(result.digest, script.digest, 'offline another plan was made');
  assert.ok(result.steps.length > 0);
  const heads = result.heads.length === 0 ? 'base' : result.heads.join(', ');
  const text = print(script);

  const outcome = await runScript(pair.psql.url, text);
  assert.is(outcome.status, 0, outcome.stderr);
  assert.not.match(outcome.stderr, complaint);
  assert.is(sortedHeads(lastLine(outcome)), sortedHeads(`updown: done, the database is at ${heads}`));
  const standing = await compare(pair);
  assert.equal((await act()).steps, []);

  const again = await runScript(pair.psql.url, text);
  assert.equal([again.status, again.stderr], [0, '']);
  assert.is(sortedHeads(lastLine(again)), sortedHeads(`updown: there was nothing to do, the database is at ${heads}`));
  assert.equal(await readJournal(pair.run, pair.schema), standing.journal);
  assert.equal(await readJournal(pair.psql, pair.schema), standing.journal);
  assert.is(await dumpAll(pair.psql, pair.schema), standing.dump);
}

/** Up, and halfway down. */
async function shortTrip(pair: Pair, middle: string): Promise<void> {
  const at = { cwd: pair.folder, env: {} };
  const there = { ...at, url: pair.run.url };
  const up = await prepareUpgrade(at);
  await both(pair, up, () => upgrade(there));
  await both(pair, await prepareDowngrade({ ...at, from: up.plan.to.join(','), target: middle }), () =>
    downgrade({ ...there, target: middle }),
  );
}

/** The two sides order several heads each in their own way. */
function sortedHeads(line: string): string {
  const [words = '', heads = ''] = line.split(' is at ');
  return `${words} is at ${heads.split(', ').sort().join(', ')}`;
}

async function compare({ run, psql, schema }: Pair): Promise<{ journal: unknown; dump: string }> {
  const [journal, other] = await Promise.all([psql, run].map((database) => readJournal(database, schema)));
  const [dump = '', twin] = await Promise.all([psql, run].map((database) => dumpAll(database, schema)));
  assert.equal(journal, other);
  assert.is(dump, twin);
  return { journal, dump };
}

needsPgDump(test, 'branches, a merge, several bases and a dependency', () =>
  agree({
    revisions: [
      { id: 'a1' },
      { id: 'b1', parents: ['a1'], labels: ['left'] },
      { id: 'c1', parents: ['a1'], dependsOn: ['b1'] },
      { id: 'b2', parents: ['b1'], time: '20240101_0000' },
      { id: 'd1', parents: ['b2', 'c1'], up: '-- joins them\n', down: '' },
      { id: 'e1', parents: ['d1'] },
      { id: 'x1', parents: ['e1'], dependsOn: ['b2'], time: '20230101_0000' },
    ],
    middle: 'a1',
  }),
);

needsPgDump(test, 'several bases and heads', () =>
  agree({
    revisions: [
      { id: 'm0' },
      { id: 'm1', parents: ['m0'] },
      { id: 'm2', parents: ['m1'] },
      { id: 'n0', parents: [], time: '20200101_0000', dependsOn: ['m0'] },
      { id: 'n1', parents: ['n0', 'm2'], up: '-- joins', down: '-- parts' },
    ],
    middle: 'm1',
  }),
);

needsPgDump(test, 'files outside a transaction, with several statements of all sorts', () =>
  agree({
    revisions: [
      {
        id: 'a1',
        up: "CREATE TABLE t (n int, s text);\nINSERT INTO t SELECT n, 'row ' || n FROM generate_series(1, 20) n;\nCREATE TYPE mood AS ENUM ('sad');\n",
        down: 'DROP TABLE t;\nDROP TYPE mood;\n',
      },
      {
        id: 'b1',
        up: `-- updown: no-transaction
-- updown: lock-timeout=3s
-- updown: statement-timeout=1min
-- One; two; three.
SET work_mem = '5MB';
CREATE INDEX CONCURRENTLY t_n ON t (n) -- a comment; with semicolons; before the end
;
;; /* nothing; here */ ;
ALTER TYPE mood ADD VALUE IF NOT EXISTS 'ok' /* ; */ ; ALTER TYPE mood ADD VALUE IF NOT EXISTS 'happy' AFTER 'ok'; INSERT INTO t
  VALUES (100, 'a;b' || $x$ ; $x$);
/* a /* nested; */ one; */ CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "T;n" ON public.t (s);
VACUUM t;
RESET work_mem;
RESET ALL;
INSERT INTO t VALUES (102, 'ünï\\');
DISCARD ALL;
DO $$ BEGIN INSERT INTO t VALUES (101, current_setting('statement_timeout')); END $$;
REINDEX INDEX CONCURRENTLY t_n;
CREATE TABLE u (m mood DEFAULT 'happy')
-- the end; without a semicolon`,
        down: `-- updown: no-transaction
DROP INDEX CONCURRENTLY "T;n";DROP INDEX CONCURRENTLY t_n;
DROP TABLE u; DELETE FROM t WHERE n >= 100;`,
      },
      {
        id: 'c1',
        up: '-- updown: no-transaction\n-- nothing at all',
        down: '-- updown: no-transaction\n-- nothing; either\n',
      },
      {
        id: 'd1',
        up: '-- updown: no-transaction\nINSERT INTO t VALUES (200)',
        down: '-- updown: no-transaction\n/**/DELETE FROM t WHERE n = 200',
      },
    ],
    middle: 'a1',
  }),
);

needsPgDump(test, 'functions with nested dollar quotes, BEGIN ATOMIC, rules, an enum, a partitioned table', () =>
  agree({
    revisions: [
      {
        id: 'a1',
        up: `CREATE TABLE t (n int PRIMARY KEY, s text);
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE FUNCTION outer_one() RETURNS text LANGUAGE plpgsql AS $outer$
DECLARE x text := $$a;b$$;
BEGIN
  EXECUTE $inner$ DO $$ BEGIN PERFORM 1; END $$; $inner$;
  RETURN x || '\\' || E'\\'' || 'COMMIT;' || CASE WHEN true THEN 'yes' END; -- $outer
END
$outer$;
CREATE OR REPLACE FUNCTION atom(a int) RETURNS int BEGIN ATOMIC SELECT CASE WHEN a > 0 THEN 1 ELSE 2 END; SELECT a + 1; END;
CREATE PROCEDURE put(k int) BEGIN ATOMIC INSERT INTO t VALUES (k, 'atomic'); END;
CREATE RULE r AS ON DELETE TO t DO ALSO (INSERT INTO t VALUES (-1); UPDATE t SET s = 'x' WHERE n = -1);
CALL put(7);
DO $do$ BEGIN EXECUTE 'INSERT INTO t VALUES (8, $q$it''s$q$)'; END $do$;
`,
        down: 'DROP TABLE t CASCADE; DROP TYPE mood; DROP FUNCTION outer_one(); DROP FUNCTION atom; DROP PROCEDURE IF EXISTS put(int);',
      },
      {
        id: 'b1',
        up: `CREATE TABLE p (at timestamptz NOT NULL, m mood) PARTITION BY RANGE (at);
CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
INSERT INTO p VALUES ('2025-01-15 12:00', 'ok');
CREATE VIEW v AS SELECT n, s FROM t;
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON t USING (s = current_user);
CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()`.replace(
          /CREATE TRIGGER.*/,
          'COMMENT ON TABLE t IS $c$it\'s; a "table" $1$c$',
        ),
        down: 'DROP VIEW v;\nDROP TABLE p;\nDROP POLICY own ON t;\nALTER TABLE t DISABLE ROW LEVEL SECURITY;\nCOMMENT ON TABLE t IS NULL;\n',
      },
    ],
    middle: 'a1',
  }),
);

needsPgDump(
  test,
  'CRLF, a byte order mark, no final newline, comments at the end, psql variables, other alphabets',
  () =>
    agree({
      revisions: [
        {
          id: 'a1',
          up: '\uFEFFCREATE TABLE "Größe" (\r\n  "naïve 𝔸" text DEFAULT \'one\r\ntwo\',\r\n  名前 text\r\n);\r\nINSERT INTO "Größe" VALUES (DEFAULT, \'日本 🐘\');\r\n-- the end; 終わり',
          down: 'DROP TABLE "Größe"\r\n-- end',
          message: 'it\'s `id` "quoted" \\q :name $HOME ünï',
        },
        {
          id: 'b1',
          up: "CREATE TABLE v (n int, a int[]);\nINSERT INTO v VALUES (2, '{1,2,3}');\nUPDATE v SET a = a[1:n];\nINSERT INTO v VALUES (3, NULL), (4, ARRAY[1]::int[])",
          down: ';;\nDROP TABLE v;;;--',
        },
        {
          id: 'c1',
          up: "CREATE TABLE w (s text DEFAULT 'a\\b' || E'\\\\n' || U&'d\\0061t', \"back\\slash\" text);;\n;INSERT INTO w VALUES ('\\', ':x :''y'' :\"z\" \\q')/* \\! */;",
          down: 'DROP TABLE w /* no newline; no semicolon */',
        },
        { id: 'd1', up: '-- only this', down: '/* only; that */' },
      ],
      middle: 'b1',
    }),
);

needsPgDump(
  test,
  'settings: a search_path, a setting of one’s own, timeouts; and files that change what they find',
  () =>
    agree({
      config: {
        settings: {
          search_path: 'App, "Odd Schema", public',
          'app.tenant': 'it\'s \\ "x"',
          timezone: 'Asia/Tokyo',
          datestyle: 'SQL, DMY',
          default_tablespace: '',
        },
        lockTimeout: '2s',
        statementTimeout: '5min',
      },
      prepare: 'CREATE SCHEMA app; CREATE SCHEMA "Odd Schema"; CREATE SCHEMA other',
      revisions: [
        {
          id: 'a1',
          up: `${standing(pinned)}CREATE TABLE t AS SELECT current_setting('app.tenant') AS tenant, current_setting('lock_timeout') AS lock,
  current_setting('statement_timeout') AS statement, current_setting('search_path') AS path, '05/06/2025 00:00'::timestamptz AS day;
SET search_path = other; SET timezone = 'Europe/Paris'; SET app.tenant = 'changed'; SET statement_timeout = '1s';
CREATE TABLE u (id int);`,
          down: 'DROP TABLE t; DROP TABLE other.u;',
        },
        {
          id: 'b1',
          up: `-- updown: lock-timeout=7s
-- updown: statement-timeout=0
${standing({ ...pinned, lock_timeout: '7s', statement_timeout: '0' })}CREATE TABLE v AS SELECT current_setting('app.tenant') AS tenant, current_setting('lock_timeout') AS lock,
  current_setting('statement_timeout') AS statement, current_setting('search_path') AS path, '05/06/2025 00:00'::timestamptz AS day;`,
          down: '-- updown: lock-timeout=100ms\nDROP TABLE v',
        },
        {
          id: 'c1',
          up: `-- updown: no-transaction
${standing({ ...pinned, lock_timeout: '2s' })}CREATE TABLE w (n int, s text);
INSERT INTO w VALUES (1, current_setting('app.tenant') || current_setting('lock_timeout') || current_setting('statement_timeout'));
SET search_path = other, app;
SET app.tenant = 'mine';
CREATE INDEX CONCURRENTLY w_n ON w (n);
${standing({ search_path: 'other, app', 'app.tenant': 'mine', timezone: 'Asia/Tokyo' })}INSERT INTO w VALUES (2, current_setting('app.tenant') || current_setting('search_path'));`,
          down: `-- updown: no-transaction
DROP INDEX CONCURRENTLY w_n;
DROP TABLE w;`,
        },
        {
          id: 'd1',
          up: `${standing(pinned)}CREATE TABLE x AS SELECT current_setting('app.tenant') AS tenant;`,
          down: 'DROP TABLE x;',
        },
      ],
      middle: 'b1',
    }),
);

needsPgDump(test, 'a role that may not touch the ledger, in and outside a transaction', async () => {
  const role = `role "${randomBytes(4).toString('hex')}`;
  const quoted = `"${role.replaceAll('"', '""')}"`;
  await withDatabase(({ query }) => query(`CREATE ROLE ${quoted}`).then(() => {}));
  try {
    await agree({
      config: { settings: { role, search_path: 'app' } },
      prepare: `CREATE SCHEMA app AUTHORIZATION ${quoted}`,
      revisions: [
        { id: 'a1' },
        {
          id: 'b1',
          up: '-- updown: no-transaction\nDO $$ BEGIN ASSERT current_user <> session_user; END $$;\nCREATE INDEX CONCURRENTLY i ON t_a1 (id);\nCREATE TABLE made (by_role text DEFAULT current_user);\nINSERT INTO made DEFAULT VALUES;',
          down: '-- updown: no-transaction\nDROP TABLE made;\nDROP INDEX CONCURRENTLY i;',
        },
        {
          id: 'b2',
          up: `-- updown: no-transaction
RESET ROLE;
DO $$ BEGIN ASSERT current_user = session_user; CREATE TABLE app.by_login_too (id int); END $$;
SET ROLE ${quoted};
DO $$ BEGIN ASSERT current_user <> session_user; END $$;
CREATE INDEX CONCURRENTLY j ON t_a1 (id);
CREATE TABLE by_role (id int);`,
          down: '-- updown: no-transaction\nDROP TABLE by_role;\nDROP INDEX CONCURRENTLY j;\nRESET ROLE;\nDROP TABLE app.by_login_too',
        },
        {
          id: 'c1',
          up: 'RESET ROLE;\nCREATE TABLE by_login (id int);\nSET ROLE pg_monitor;',
          down: 'RESET ROLE; DROP TABLE by_login;',
        },
      ],
      middle: 'a1',
    });
  } finally {
    await withDatabase(({ query }) => query(`DROP ROLE ${quoted}`).then(() => {}));
  }
});

for (const schema of sample(
  ['Led ger\'"x', 'журнал', 'a\\b', 'select', `${'n'.repeat(60)}é`.slice(0, 61), ':run 50% $$ $ledger$ -- /*'],
  3,
)) {
  needsPgDump(test, `a ledger in the schema ${schema}`, () =>
    agree(
      {
        config: { ledger: { schema } },
        revisions: [
          { id: 'a1' },
          {
            id: 'b1',
            up: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY i ON t_a1 (id);\nINSERT INTO t_a1 VALUES (1);',
            down: '-- updown: no-transaction\nDROP INDEX CONCURRENTLY i',
          },
          { id: 'C-3_x' },
        ],
        middle: 'a1',
      },
      shortTrip,
    ),
  );
}

needsPgDump(test, 'this repository’s own migrations', () =>
  withProject({}, async (folder) => {
    await cp(fileURLToPath(new URL('../../migrations', import.meta.url)), join(folder, 'migrations'), {
      recursive: true,
    });
    const warnings: Event[] = [];
    await prepareUpgrade({ cwd: folder, env: {}, emit: (event) => void warnings.push(event) });
    assert.equal(warnings, []);
    await agreeIn(folder, 'updown', 'fa8c2ae39b53', roundTrip);
  }),
);

test.run();
