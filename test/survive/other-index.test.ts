import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareUpgrade } from '../../lib/index.ts';
import { otherIndexes, printBuild, sameIndexes } from '../support/index-shapes.ts';
import { needsPsql } from '../support/run.ts';
import { lastLine, print, runScript } from '../support/script.ts';
import { readEvents, type Trial, withTrial } from './broken.ts';

/** Somebody's index stands there when the statement comes. */
async function withIndex(existing: string, build: string, body: (trial: Trial) => Promise<void>): Promise<void> {
  const up = 'CREATE TABLE t (n integer, m integer, s varchar);\n';
  await withTrial(
    [
      { id: 'a1', up },
      { id: 'b1', up: `-- updown: no-transaction\n${build};\n` },
    ],
    async (trial) => {
      assert.is((await trial.upgrade({ target: 'a1' })).error, undefined);
      await trial.database.query(existing);
      await body(trial);
    },
  );
}

for (const [what, existing, build] of otherIndexes) {
  test(`F24: IF NOT EXISTS does not take an index with ${what} for its own`, () =>
    withIndex(`CREATE ${existing}`, printBuild(build), async (trial) => {
      for (const n of [1, 2]) {
        const { error } = await trial.upgrade();
        assert.equal(
          [error?.code, error?.exitStatus, error?.sqlstate],
          ['sql', 1, 'UD008'],
          `try ${n}: ${error?.message}`,
        );
        assert.match(error!.message, /index i on t was there, and is another one: CREATE INDEX i ON public\.t USING/);
        assert.match(error!.hint!, 'DROP INDEX CONCURRENTLY');
      }
      await trial.database.query('ALTER INDEX i RENAME TO theirs');
      assert.is((await trial.upgrade()).error, undefined);
      assert.match(await readEvents(trial.database), /progress 1, up$/);
    }));
}

for (const [existing, build] of sameIndexes) {
  test(`IF NOT EXISTS finds what it would have made, and makes what is not there: ${build}`, () =>
    withIndex(`CREATE ${existing}`, printBuild(build), async (trial) => {
      assert.is((await trial.upgrade()).error, undefined);
      await trial.edit([
        { id: 'a1', up: 'CREATE TABLE t (n integer, m integer, s varchar);\n' },
        { id: 'b1', up: `-- updown: no-transaction\n${printBuild(build)};\n` },
        { id: 'c1', up: `-- updown: no-transaction\n${printBuild(build).replace(' i ', ' j ')};\n` },
      ]);
      const { error } = await trial.upgrade();
      assert.is(error, undefined, error?.message);
    }));
}

needsPsql(test, 'F24: IF NOT EXISTS in psql does not take another index for its own, either', () =>
  withIndex('CREATE INDEX i ON t (m)', printBuild('(n)'), async (trial) => {
    const script = print(await prepareUpgrade({ cwd: trial.cwd, env: {} }));
    for (const n of [1, 2]) {
      const { status, stderr } = await runScript(trial.database.url, script);
      assert.is(status, 3, `try ${n}: ${stderr}`);
      assert.match(stderr, 'index i on t was there, and is another one');
    }
    await trial.database.query('DROP INDEX i');
    const outcome = await runScript(trial.database.url, script);
    assert.is(outcome.status, 0, outcome.stderr);
    assert.is(lastLine(outcome), 'updown: done, the database is at b1');
  }),
);

test.run();
