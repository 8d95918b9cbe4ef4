import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { upgrade } from '../../lib/index.ts';
import { cleanEnvironment, runProcess } from '../support/process.ts';
import { sourceLoader } from '../support/source-loader.ts';
import { type Trial, withTrial } from './broken.ts';

const revisions = [
  { id: 'a1', up: 'CREATE TABLE t (n integer);\nINSERT INTO t SELECT generate_series(1, 100);\n' },
  {
    id: 'b1',
    up: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY ON t (n);\nINSERT INTO t VALUES (0);\nVACUUM t;\n',
  },
  { id: 'c1', up: 'UPDATE t SET n = n + 1;\n' },
];

async function assertOnce({ database: { query } }: Trial): Promise<void> {
  const done = await query("SELECT revision FROM updown.journal WHERE event = 'up' ORDER BY seq");
  assert.equal(
    done.map(({ revision }) => revision),
    ['a1', 'b1', 'c1'],
  );
  assert.equal(await query('SELECT count(*)::int AS count, min(n), max(n) FROM t'), [{ count: 101, min: 1, max: 101 }]);
  assert.equal(await query("SELECT indisvalid FROM pg_index WHERE indrelid = 't'::regclass"), [{ indisvalid: true }]);
}

test('F19: many instances in one process may call upgrade at once', () =>
  withTrial(revisions, async (trial) => {
    const options = { cwd: trial.cwd, env: {}, url: trial.database.url };
    const results = await Promise.all(Array.from({ length: 12 }, () => upgrade(options)));
    assert.equal(
      results.map(({ heads }) => heads),
      results.map(() => ['c1']),
    );
    const ran = results.flatMap(({ steps }) => steps.map(({ id }) => id));
    assert.equal(ran.sort(), ['a1', 'b1', 'c1']);
    await assertOnce(trial);
  }));

test('F19: so may many processes, as the pods of an application do when they start', () =>
  withTrial(revisions, async (trial) => {
    const script = `import { upgrade } from ${JSON.stringify(findLibrary())};
const { heads, steps } = await upgrade({ cwd: ${JSON.stringify(trial.cwd)}, url: ${JSON.stringify(trial.database.url)} });
console.log(JSON.stringify([heads, steps.length]));`;
    const args = [...sourceLoader(), '--input-type=module', '--eval', script];
    const pods = await Promise.all(
      Array.from({ length: 5 }, () => runProcess(process.execPath, args, { env: cleanEnvironment() })),
    );
    for (const { status, stderr } of pods) assert.equal([status, stderr], [0, '']);
    const results = pods.map(({ stdout }) => JSON.parse(stdout) as [readonly string[], number]);
    assert.ok(results.every(([heads]) => heads.join() === 'c1'));
    assert.is(
      results.reduce((sum, [, steps]) => sum + steps, 0),
      3,
    );
    await assertOnce(trial);
  }));

/** As an application gets it: built where a test run has built it. */
function findLibrary(): string {
  const built = join(dirname(process.env.UPDOWN_TEST_CLI ?? ''), '../lib/index.js');
  const source = fileURLToPath(new URL('../../lib/index.ts', import.meta.url));
  return pathToFileURL(process.env.UPDOWN_TEST_CLI && existsSync(built) ? built : source).href;
}

test('F5, F29: a connection of the caller’s own is refused, with the reason and the way', () =>
  withTrial(revisions, async (trial) => {
    const sql = () => assert.unreachable('it was used');
    for (const options of [{ sql }, { sql, url: trial.database.url }]) {
      const error: Record<string, unknown> = await upgrade({ cwd: trial.cwd, env: {}, ...options } as never).then(
        () => ({}),
        (failure) => failure,
      );
      assert.equal([error.code, error.exitStatus], ['usage', 2]);
      assert.match(
        String(error.message),
        "A connection of your own can't be used: when it drops, its driver reconnects in silence",
      );
      assert.match(String(error.hint), 'upgrade({ url })');
    }
    assert.equal(await trial.database.query("SELECT to_regnamespace('updown') AS made"), [{ made: null }]);
    const promised = upgrade({ sql } as never);
    assert.instance(promised, Promise, 'it is rejected, not thrown');
    await promised.catch(() => {});
  }));

test.run();
