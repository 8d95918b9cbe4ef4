import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TestRevision } from '../support/project.ts';
import { breakOff, cutBeforeRecord, readEvents, type Trial, untilBackend, whileHeld, withTrial } from './broken.ts';

const table = `CREATE TABLE t (n integer, s text, "K x" integer);
INSERT INTO t SELECT g, 's' || g, g FROM generate_series(1, 100) AS g;
`;
const snapshot = 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT 1';

/** A build outside a transaction as the only statement. */
function build(sql: string): readonly TestRevision[] {
  return [
    { id: 'a1', up: table },
    { id: 'b1', up: `-- updown: no-transaction\n${sql}` },
  ];
}

async function readIndexes({ database }: Trial): Promise<readonly string[]> {
  const rows = await database.query(`
    SELECT c.relname || CASE WHEN i.indisvalid AND i.indisready THEN '' ELSE ' INVALID' END AS words
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = 't'::regclass ORDER BY 1`);
  return rows.map(({ words }) => String(words));
}

/** The run ends before its statement, and before it goes on somebody else does this. */
async function meanwhile(trial: Trial, sql: string): Promise<void> {
  const onQuery = ({ text }: { text: string }): 'drop' | 'pass' =>
    /^(--.*\n|\s)*CREATE (UNIQUE )?INDEX CONC/.test(text) ? 'drop' : 'pass';
  assert.is((await trial.upgrade({}, { onQuery })).error?.code, 'connection');
  await trial.database.query(sql);
}

/** The statement runs, and the connection is lost before that is recorded. */
async function runsUnrecorded(trial: Trial): Promise<void> {
  assert.is((await trial.upgrade({}, cutBeforeRecord(1))).error?.code, 'connection');
}

async function asks(trial: Trial, index: string): Promise<void> {
  for (const n of [1, 2]) {
    const { error, sent } = await trial.upgrade();
    assert.equal([error?.code, error?.exitStatus], ['unfinished', 4], `try ${n}: ${error?.message}`);
    assert.match(error!.message, `index public.${index} may be what statement 1 of b1 has made`);
    assert.match(error!.hint!, '--resume-at 1 (it has not run) or --resume-at 2 (it has)');
    assert.equal(sent, []);
  }
}

async function succeeds(trial: Trial, resumeAt?: number): Promise<readonly string[]> {
  const { error, sent } = await trial.upgrade(resumeAt === undefined ? {} : { resumeAt });
  assert.is(error, undefined, `${error?.message}\n${error?.notes.join('\n')}`);
  return sent;
}

for (const columns of [
  '(s)',
  '(n, s)',
  '("K x")',
  '(n DESC)',
  '(n DESC NULLS LAST, s)',
  '(n ASC NULLS FIRST)',
  '(n) INCLUDE (s, "K x")',
]) {
  for (const [what, head] of [
    ['without a name', 'CREATE INDEX CONCURRENTLY ON t'],
    ['unique', 'CREATE UNIQUE INDEX CONCURRENTLY ON t'],
    ['with a name', 'CREATE INDEX CONCURRENTLY "one " ON t'],
  ] as const) {
    test(`F24: an index on ${columns} ${what} that ran but was not recorded is recognised by its definition`, () =>
      withTrial(build(`${head} ${columns}`), async (trial) => {
        await runsUnrecorded(trial);
        const before = await readIndexes(trial);
        assert.is(before.length, 1);
        assert.equal(await succeeds(trial), []);
        assert.equal(await readIndexes(trial), before);
      }));
  }
}

for (const definition of [
  'CREATE INDEX CONCURRENTLY ON t USING hash (s)',
  'CREATE UNIQUE INDEX CONCURRENTLY ON t (lower(s) DESC, n)',
  'CREATE INDEX CONCURRENTLY ON t (int4larger(n, n))',
  'CREATE INDEX CONCURRENTLY named ON t (lower(s)) WHERE n > 0',
  'CREATE INDEX CONCURRENTLY named ON t (((s)) text_pattern_ops) WITH (fillfactor = 70)',
]) {
  test(`F24: so is ${definition}`, () =>
    withTrial(build(definition), async (trial) => {
      await runsUnrecorded(trial);
      assert.equal(await succeeds(trial), []);
      assert.is((await readIndexes(trial)).length, 1);
    }));
}

test('a name that was taken when the index was made does not hide whose it is', () =>
  withTrial(build('CREATE INDEX CONCURRENTLY ON t (s)'), async (trial) => {
    await trial.edit([
      { id: 'a1', up: `${table}CREATE INDEX t_s_idx ON t (n);\n` },
      build('CREATE INDEX CONCURRENTLY ON t (s)')[1]!,
    ]);
    await runsUnrecorded(trial);
    assert.equal(await succeeds(trial), []);
    assert.equal(await readIndexes(trial), ['t_s_idx', 't_s_idx1']);
  }));

for (const [what, sql] of [
  ['of another column', 'CREATE INDEX theirs ON t (n)'],
  ['of a column more', 'CREATE INDEX theirs ON t (s, n)'],
  ['of that column and an included one', 'CREATE INDEX theirs ON t (s) INCLUDE (n)'],
  ['that is unique', 'CREATE UNIQUE INDEX theirs ON t (s)'],
  ['of another method', 'CREATE INDEX theirs ON t USING hash (s)'],
  ['of some of its rows', 'CREATE INDEX theirs ON t (s) WHERE n > 0'],
  ['of an expression', 'CREATE INDEX theirs ON t (lower(s))'],
] as const) {
  test(`F24: somebody else’s index ${what} is not taken for the one without a name`, () =>
    withTrial(build('CREATE INDEX CONCURRENTLY ON t (s)'), async (trial) => {
      await meanwhile(trial, sql);
      assert.equal(await succeeds(trial), ['CREATE INDEX CONCURRENTLY ON t (s)']);
      assert.equal(await readIndexes(trial), ['t_s_idx', 'theirs']);
      assert.is(await readEvents(trial.database), 'start 0, start 0, progress 1, up');
    }));
}

for (const [what, mine, theirs] of [
  ['a name of its own', 'CREATE INDEX CONCURRENTLY ON t (s)', 'CREATE INDEX theirs ON t (s)'],
  ['another operator class', 'CREATE INDEX CONCURRENTLY ON t (s)', 'CREATE INDEX theirs ON t (s text_pattern_ops)'],
  ['another order', 'CREATE INDEX CONCURRENTLY ON t (s DESC)', 'CREATE INDEX theirs ON t (s)'],
  ['an expression', 'CREATE INDEX CONCURRENTLY ON t (upper(s))', 'CREATE INDEX theirs ON t (lower(s))'],
  ['a condition', 'CREATE INDEX CONCURRENTLY ON t (s) WHERE n > 0', 'CREATE INDEX theirs ON t (s) WHERE n > 1'],
] as const) {
  test(`F24: of an index with ${what} that may be the one without a name or somebody else’s, a person says which`, () =>
    withTrial(build(mine), async (trial) => {
      await meanwhile(trial, theirs);
      await asks(trial, 'theirs');
      assert.equal(await succeeds(trial, 1), [mine]);
      assert.is((await readIndexes(trial)).length, 2);
      assert.match(await readEvents(trial.database), /^start 0(, start 0)*, progress 1, up$/);
    }));
}

test('F24: an index of an expression without a name is asked for where it was not recorded, and recorded then', () =>
  withTrial(build('CREATE INDEX CONCURRENTLY ON t ((s || n))'), async (trial) => {
    await runsUnrecorded(trial);
    await asks(trial, 't_expr_idx');
    assert.equal(await succeeds(trial, 2), []);
    assert.equal(await readIndexes(trial), ['t_expr_idx']);
    assert.match(await readEvents(trial.database), /^start 0(, start 0)*, start 1, up$/);
  }));

test('F24: what a person has said counts once: when the run breaks off again, it is asked again', () =>
  withTrial(build('CREATE INDEX CONCURRENTLY ON t ((s || n))'), async (trial) => {
    await meanwhile(trial, 'CREATE INDEX theirs ON t ((s || n))');
    await asks(trial, 'theirs');
    assert.is((await trial.upgrade({ resumeAt: 1 }, cutBeforeRecord(1))).error?.code, 'connection');
    const { error } = await trial.upgrade();
    assert.equal([error?.code, error?.exitStatus], ['unfinished', 4], error?.message);
    assert.equal(await succeeds(trial, 2), []);
    assert.equal(await readIndexes(trial), ['t_expr_idx', 'theirs']);
  }));

for (const [what, theirs] of [
  ['another column', 'CREATE INDEX named ON t (n)'],
  ['another order', 'CREATE INDEX named ON t (s DESC)'],
  ['fewer rows', 'CREATE INDEX named ON t (s) WHERE n > 0'],
] as const) {
  test(`F24: an index of that name with ${what} is not recorded as built`, () =>
    withTrial(build('CREATE INDEX CONCURRENTLY named ON t (s)'), async (trial) => {
      await meanwhile(trial, theirs);
      const { error } = await trial.upgrade();
      assert.is(error?.sqlstate, '42P07', error?.message);
      assert.is(await readEvents(trial.database), 'start 0, start 0, fail 1');
    }));
}

test('F24: an INVALID index that may be the run’s or somebody else’s is not dropped unasked, and not passed over', () =>
  withTrial(build('CREATE INDEX CONCURRENTLY ON t ((s || n))'), async (trial) => {
    await trial.upgrade({ target: 'a1' });
    await whileHeld(trial.database.url, snapshot, async () => {
      const running = trial.upgrade();
      const [backend] = await untilBackend(
        trial.database.query,
        "datname = current_database() AND wait_event_type = 'Lock'",
      );
      await trial.database.query(`SELECT pg_terminate_backend(${backend!.pid})`);
      await running;
    });
    for (const resumeAt of [undefined, 1, 2]) {
      const { error, sent } = await trial.upgrade(resumeAt === undefined ? {} : { resumeAt });
      assert.equal([error?.code, error?.exitStatus], ['unfinished', 4], error?.message);
      assert.match(error!.message, `index ${resumeAt === 2 ? '' : 'public.'}t_expr_idx is INVALID`);
      assert.match(error!.hint!, 'DROP INDEX CONCURRENTLY');
      assert.equal(sent, []);
    }
    await trial.database.query('DROP INDEX CONCURRENTLY t_expr_idx');
    assert.equal(await succeeds(trial), ['CREATE INDEX CONCURRENTLY ON t ((s || n))']);
    assert.equal(await readIndexes(trial), ['t_expr_idx']);
  }));

for (const [where, path, call] of [
  ['of the path', 'public', 'half(n)'],
  ['of a schema in the path', 'other, public', 'third(n)'],
] as const) {
  test(`F24: a broken off index over a function ${where} is known for the step's own, whatever path the ledger looks it up under`, () => {
    const functions = ['public.half', 'other.third'].map(
      (name) => `CREATE FUNCTION ${name}(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 / 2';\n`,
    );
    const revisions = build(`CREATE INDEX CONCURRENTLY ON t (${call})`);
    const made = `CREATE SCHEMA other;\n${functions.join('')}`;
    return withTrial([{ ...revisions[0]!, up: `${table}${made}` }, revisions[1]!], async (trial) => {
      await trial.configure({ settings: { search_path: path } });
      await trial.upgrade({ target: 'a1' });
      const broken = await breakOff(trial.database, snapshot, () => trial.upgrade());
      assert.is(broken.error?.code, 'connection');
      assert.match((await readIndexes(trial)).join(), 'INVALID');
      await succeeds(trial);
      assert.not.match((await readIndexes(trial)).join(), 'INVALID');
    });
  });
}

test.run();
