import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareUpgrade } from '../../lib/index.ts';
import { updown } from '../support/cli.ts';
import type { TestRevision } from '../support/project.ts';
import { needsPsql } from '../support/run.ts';
import { print, runScript } from '../support/script.ts';
import { cutBeforeRecord, readEvents, type Trial, withTrial } from './broken.ts';

const table = 'CREATE TABLE t (n integer);\nCREATE TABLE batch (n integer);\nINSERT INTO batch VALUES (1), (2);\n';
const build = 'CREATE INDEX CONCURRENTLY t_n ON t (n)';
const useOfIt = 'DELETE FROM batch';

/** A step whose first statement leaves something in its session, and is cut behind the second. */
function after(first: string, last = useOfIt): readonly TestRevision[] {
  return [
    { id: 'a1', up: table },
    { id: 'b1', up: `-- updown: no-transaction\n${first};\n${build};\n${last};\n` },
  ];
}

async function isCut(trial: Trial, statement = 2): Promise<void> {
  const { error } = await trial.upgrade({}, cutBeforeRecord(statement));
  assert.is(error?.code, 'connection', error?.message);
}

async function succeeds(trial: Trial, options?: Parameters<Trial['upgrade']>[0]): Promise<void> {
  const { error } = await trial.upgrade(options);
  assert.is(error, undefined, `${error?.message}\n${error?.notes.join('\n')}`);
}

/** How many rows it kept that no statement was meant for. */
async function countBatch({ database }: Trial): Promise<unknown> {
  return (await database.query('SELECT count(*)::int AS count FROM public.batch'))[0]?.count;
}

const states: readonly (readonly [what: string, first: string])[] = [
  ['temporary table batch', 'CREATE TEMP TABLE batch (n integer)'],
  ['temporary table batch', 'CREATE TABLE pg_temp.batch AS SELECT 1 AS n'],
  ['temporary table batch', 'SELECT 1 AS n INTO TEMP batch'],
  ['temporary table batch', "DO $$ BEGIN EXECUTE 'CREATE TEMP TABLE batch (id serial)'; END $$"],
  ['temporary view batch', 'CREATE TEMP VIEW batch AS SELECT 1 AS n'],
  ['temporary sequence batch', 'CREATE TEMP SEQUENCE batch'],
  ['temporary function f', 'CREATE FUNCTION pg_temp.f() RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$'],
  ['temporary type e', "CREATE TYPE pg_temp.e AS ENUM ('a')"],
  ['prepared statement p', 'PREPARE p AS SELECT 1'],
  ['cursor c', 'DECLARE c CURSOR WITH HOLD FOR SELECT 1'],
  ['advisory lock -7', 'SELECT pg_advisory_lock(-7)'],
  ['advisory lock (3, -4)', 'SELECT pg_advisory_lock(3, -4)'],
  ['what statement 1 has set', "DO $$ BEGIN PERFORM set_config('app.word', 'x', false); END $$"],
  ['what statement 1 has set', "DO $$ BEGIN SET work_mem = '5MB'; END $$"],
];
for (const [what, first] of states) {
  test(`F33: a step does not go on in another session without ${what} (${first})`, () =>
    withTrial(after(first), async (trial) => {
      await isCut(trial);
      for (const n of [1, 2]) {
        const { error, sent } = await trial.upgrade();
        assert.equal([error?.code, error?.exitStatus], ['unfinished', 4], `try ${n}: ${error?.message}`);
        assert.match(error!.message, 'cannot go on with up of b1 at statement 2 in another session');
        assert.ok(error!.message.endsWith(`gone with theirs (${what})`), error!.message);
        assert.match(error!.hint!, 'If no statement from there on needs it: --resume-at 2.');
        assert.equal(sent, []);
      }
      assert.is(await countBatch(trial), 2);
    }));
}

const harmless: readonly (readonly [what: string, first: string])[] = [
  ['a temporary table that was dropped', 'CREATE TEMP TABLE batch ();\nDROP TABLE pg_temp.batch'],
  [
    'a setting that ended with its statement',
    "DO $$ BEGIN PERFORM set_config('app.word', 'x', true); SET LOCAL work_mem = '5MB'; END $$",
  ],
  ['a setting that was taken back', "DO $$ BEGIN SET work_mem = '5MB'; END $$;\nRESET ALL"],
];
for (const [what, first] of harmless) {
  test(`F33: ${what} keeps no step from going on in another session`, () =>
    withTrial(after(first), async (trial) => {
      await isCut(trial, first.split(';\n').length + 1);
      await succeeds(trial);
      assert.is(await countBatch(trial), 0);
    }));
}

test('F33: where every statement has run, nothing that is gone with the session is missed', () =>
  withTrial(after('CREATE TEMP TABLE batch ()', 'DROP TABLE public.batch'), async (trial) => {
    const beforeEnd = {
      onQuery: ({ text }: { text: string }) =>
        (text.includes(".leave('up', 'b1'") ? 'drop' : 'pass') as 'drop' | 'pass',
    };
    assert.is((await trial.upgrade({}, beforeEnd)).error?.code, 'connection');
    await succeeds(trial);
    assert.is(await readEvents(trial.database), 'start 0, progress 1, progress 2, progress 3, start 3, up');
  }));

test('F33: a person says that nothing from there on needs what is gone, once', () =>
  withTrial(after('CREATE TEMP TABLE batch ()'), async (trial) => {
    await isCut(trial);
    const { error } = await trial.upgrade({ resumeAt: 2 }, cutBeforeRecord(3));
    assert.is(error?.code, 'connection', error?.message);
    await succeeds(trial);
    assert.is(await countBatch(trial), 0);
  }));

test('F33: a person has undone what was done, and the step begins again, from a file that may have changed', () =>
  withTrial(after('CREATE TEMP TABLE batch AS SELECT 1 AS n'), async (trial) => {
    await isCut(trial);
    await trial.database.query('DROP INDEX t_n');
    await trial.edit(after('CREATE TEMP TABLE batch AS SELECT 2 AS n'));
    const asked = await updown(['upgrade', '--url', trial.database.url, '--resume-at', '1'], { cwd: trial.cwd });
    assert.is(asked.status, 0, asked.stderr);
    assert.is(await countBatch(trial), 2);
    assert.is(await readEvents(trial.database), 'start 0, progress 1, start 0, progress 1, progress 2, progress 3, up');
  }));

test('F22, F33: a step that had to wait for a lock in the middle does not go on without what it had', () =>
  withTrial(after('CREATE TEMP TABLE batch ()', 'SELECT 1 / n FROM batch'), async (trial) => {
    await trial.edit(after('CREATE TEMP TABLE batch ()', "DO $$ BEGIN RAISE SQLSTATE '55P03'; END $$"));
    const { error } = await trial.upgrade();
    assert.equal([error?.code, error?.exitStatus], ['unfinished', 4], error?.message);
    assert.match(error!.message, 'at statement 3');
  }));

const saidAgain: readonly (readonly [what: string, first: string, shows: string])[] = [
  ['LOAD', "LOAD 'auto_explain'", "SELECT FROM pg_settings WHERE name LIKE 'auto_explain.%'"],
  ['LISTEN', 'LISTEN news', 'SELECT FROM pg_listening_channels()'],
  [
    'SELECT set_config',
    "SELECT set_config('app.word', 'kept', false)",
    "SELECT WHERE current_setting('app.word') = 'kept'",
  ],
];
for (const [what, first, shows] of saidAgain) {
  test(`F33: ${what} is said again when the step goes on behind it`, () =>
    withTrial(after(first, `DELETE FROM batch WHERE EXISTS (${shows})`), async (trial) => {
      await isCut(trial);
      await succeeds(trial);
      assert.is(await countBatch(trial), 0);
    }));
}

needsPsql(test, 'F33: psql, too, does not go on in another session without what the first one had', () =>
  withTrial(after('CREATE TEMP TABLE batch ()', 'SELECT 1 / count(*) FROM t;\nDELETE FROM batch'), async (trial) => {
    const script = print(await prepareUpgrade({ cwd: trial.cwd, env: {} }));
    assert.match((await runScript(trial.database.url, script)).stderr, 'division by zero');
    await trial.database.query('INSERT INTO t VALUES (1)');
    const { status, stderr } = await runScript(trial.database.url, script);
    assert.is(status, 3, stderr);
    assert.match(stderr, 'at statement 3 in another session');
    assert.match(stderr, 'gone with theirs (temporary table batch)');
    assert.match(stderr, 'updown stamp');
    assert.is(await countBatch(trial), 2);
    await succeeds(trial, { resumeAt: 3 });
  }),
);

const leaves: readonly TestRevision[] = [
  { id: 'a1', up: table },
  {
    id: 'b1',
    up: `-- updown: no-transaction\nCREATE ROLE gone_by_then;\nSET ROLE gone_by_then;\nSELECT current_user;\nRESET ROLE;\nDROP ROLE gone_by_then;\n${build};\nINSERT INTO t VALUES (1);\n`,
  },
];

test('F31: a step goes on without a role that its file has left, and taken away, by then', () =>
  withTrial(leaves, async (trial) => {
    await isCut(trial, 6);
    await succeeds(trial);
    assert.equal(await trial.database.query('SELECT n FROM t'), [{ n: 1 }]);
  }));

needsPsql(test, 'F31: so it does where psql goes on', () =>
  withTrial(leaves, async (trial) => {
    const script = print(await prepareUpgrade({ cwd: trial.cwd, env: {} }));
    await isCut(trial, 6);
    const { status, stderr } = await runScript(trial.database.url, script);
    assert.is(status, 0, stderr);
    assert.equal(await trial.database.query('SELECT n FROM t'), [{ n: 1 }]);
  }),
);

test('begun again by hand, a step does not go past an index that it had half built', () =>
  withTrial(after('CREATE TEMP TABLE batch (n integer)'), async (trial) => {
    await isCut(trial, 2);
    await trial.database.query("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't_n'::regclass");
    const { error } = await trial.upgrade({ resumeAt: 1 });
    assert.match(error?.message ?? '', 'what up of b1 did is not undone: index t_n is INVALID');
    assert.match(error?.hint ?? '', 'DROP INDEX CONCURRENTLY');
    await trial.database.query('DROP INDEX t_n');
    await succeeds(trial, { resumeAt: 1 });
    assert.is(await countBatch(trial), 2);
  }));

test('REINDEX and CLUSTER of a partitioned table, which run in no transaction, have a place in a file without one', () =>
  withTrial(
    [
      {
        id: 'a1',
        up: 'CREATE TABLE p (n integer) PARTITION BY LIST (n);\nCREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);\nCREATE INDEX p_n ON p (n);\n',
      },
      { id: 'b1', up: '-- updown: no-transaction\nREINDEX TABLE p;\nREINDEX INDEX p_n;\n' },
    ],
    (trial) => succeeds(trial),
  ));

test.run();
