import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { downgrade, type Emit, prepareUpgrade, type RunResult, type UpdownError, upgrade } from '../../lib/index.ts';
import { type Trial, untilBackend, whileHeld, withTrial } from './broken.ts';

const revisions = [
  { id: 'a1', up: 'CREATE TABLE t (n integer);\n', down: 'DROP TABLE t;\n' },
  { id: 'b1', up: 'ALTER TABLE t ADD COLUMN b integer;\n', down: 'ALTER TABLE t DROP COLUMN b;\n' },
  { id: 'c1', labels: ['side'], up: 'ALTER TABLE t ADD COLUMN c integer;\n', down: 'ALTER TABLE t DROP COLUMN c;\n' },
  { id: 'd1', up: 'ALTER TABLE t ADD COLUMN d integer;\n', down: 'ALTER TABLE t DROP COLUMN d;\n' },
];

/** Two runs at once: one is in the middle of its step when the other one begins, and so the other waits for it. */
function whileOther(
  from: string,
  first: (trial: Trial) => Promise<unknown>,
  second: (trial: Trial, emit: Emit) => Promise<RunResult>,
  check: (trial: Trial, result: RunResult) => Promise<void>,
): Promise<void> {
  return withTrial(revisions, async (trial) => {
    await trial.upgrade({ target: from });
    const { url, query } = trial.database;
    const result = await whileHeld(url, 'LOCK TABLE t IN ACCESS SHARE MODE', async (release) => {
      const running = first(trial);
      await untilBackend(query, "datname = current_database() AND wait_event_type = 'Lock'");
      const waiting = second(trial, ({ kind }) => {
        if (kind === 'waiting') void release();
      });
      await Promise.all([running, waiting]);
      return waiting;
    });
    await check(trial, result);
  });
}

const at = ({
  cwd,
  database: { url },
}: Trial): { cwd: string; env: Record<string, never>; url: string; wait: number } => ({
  cwd,
  env: {},
  url,
  wait: 15_000,
});
const ran = ({ steps }: RunResult): readonly string[] => steps.map(({ id }) => id);
const heads = async ({ database }: Trial): Promise<unknown> =>
  (await database.query('SELECT updown.heads() AS heads'))[0]?.heads;

for (const [from, target, end] of [
  ['a1', '+1', 'b1'],
  ['c1', 'side@+1', 'd1'],
] as const) {
  test(`upgrade ${target} that waited for another one goes where it meant to go at first, and no further`, () =>
    whileOther(
      from,
      (trial) => upgrade({ ...at(trial), target }),
      (trial, emit) => upgrade({ ...at(trial), target, emit }),
      async (trial, result) => {
        assert.equal(ran(result), []);
        assert.is(await heads(trial), end);
      },
    ));
}

test('upgrade +2 that waited for a +1 does the one that is left', () =>
  whileOther(
    'a1',
    (trial) => upgrade({ ...at(trial), target: '+1' }),
    (trial, emit) => upgrade({ ...at(trial), target: '+2', emit }),
    async (trial, result) => {
      assert.equal(ran(result), ['c1']);
      assert.is(await heads(trial), 'c1');
    },
  ));

test('upgrade +1 --expect that waited for the same plan finds it done', () => {
  let expect = '';
  return whileOther(
    'a1',
    async (trial) => {
      expect = (await prepareUpgrade({ ...at(trial), target: '+1', fromDatabase: true })).digest;
      return upgrade({ ...at(trial), target: '+1', expect });
    },
    (trial, emit) => upgrade({ ...at(trial), target: '+1', expect, emit }),
    async (trial, result) => {
      assert.equal(ran(result), []);
      assert.is(await heads(trial), 'b1');
    },
  );
});

test('downgrade -1 that waited for another one reverts no more', () =>
  whileOther(
    'c1',
    (trial) => downgrade({ ...at(trial), target: '-1' }),
    (trial, emit) => downgrade({ ...at(trial), target: '-1', emit }),
    async (trial, result) => {
      assert.equal(ran(result), []);
      assert.is(await heads(trial), 'b1');
    },
  ));

test('what ends a run by a relative target names the target it meant', () =>
  withTrial(revisions, async (trial) => {
    await trial.upgrade({ target: 'a1' });
    await trial.edit(
      revisions.map((revision) => (revision.id === 'c1' ? { ...revision, up: 'SELECT 1/0;' } : revision)),
    );
    const { error } = await trial.upgrade({ target: '+2' });
    assert.is(error?.code, 'sql');
    assert.match(error!.hint!, '"+2" meant: updown upgrade c1');
    assert.is(await heads(trial), 'b1');
    await trial.edit(revisions);
    await upgrade({ ...at(trial), target: 'c1' });
    assert.is(await heads(trial), 'c1');
    const down = { ...revisions[1]!, down: 'SELECT 1/0;' };
    await trial.edit(revisions.map((revision) => (revision.id === 'b1' ? down : revision)));
    const failed = await downgrade({ ...at(trial), target: '-2' }).catch((e: UpdownError) => e);
    assert.match((failed as UpdownError).hint!, '"-2" meant: updown downgrade b1@a1');
    await trial.edit(revisions);
    await downgrade({ ...at(trial), target: 'b1@a1' });
    assert.is(await heads(trial), 'a1');
  }));

test.run();
