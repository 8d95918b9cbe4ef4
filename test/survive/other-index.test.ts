import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareUpgrade } from '../../lib/index.ts';
import { otherIndexes, printBuild, sameIndexes } from '../support/index-shapes.ts';
import { needsPsql } from '../support/run.ts';
import { sample } from '../support/sample.ts';
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

for (const [what, existing, build] of sample(otherIndexes, 2)) {
  test(`F24: IF NOT EXISTS does not take an index with ${what} for its own`, () =>
    withIndex(`CREATE ${existing}`, printBuild(build), async (trial) => {
      for (const n of [1, 2]) {
        const { error } = await trial.upgrade();
        assert.equal(
          [error?.code, error?.exitStatus, error?.sqlstate],
          ['sql', 1, 'UD008'],
          `try ${n}: ${error?.message}`,
        );
        assert.match(error!.message, /index i on t existed before, and differs: CREATE INDEX i ON public\.t USING/);
        assert.match(error!.hint!, 'or DROP INDEX CONCURRENTLY public.i; then run again.');
      }
      await trial.database.query('ALTER INDEX i RENAME TO theirs');
      assert.is((await trial.upgrade()).error, undefined);
      assert.match(await readEvents(trial.database), /progress 1, up$/);
    }));
}

const held: Readonly<Record<string, string>> = {
  'ALTER TABLE t ADD CONSTRAINT i PRIMARY KEY (m)': 'ALTER TABLE public.t DROP CONSTRAINT i',
  'ALTER TABLE t ADD CONSTRAINT i UNIQUE (m)': 'ALTER TABLE public.t DROP CONSTRAINT i',
  'ALTER TABLE t ADD CONSTRAINT i EXCLUDE (m WITH =)': 'ALTER TABLE public.t DROP CONSTRAINT i',
  'CREATE UNIQUE INDEX i ON t (m); CREATE TABLE child (m integer REFERENCES t (m))':
    'ALTER INDEX public.i RENAME TO <new name>',
  'ALTER TABLE t ADD CONSTRAINT i PRIMARY KEY (m); CREATE TABLE child (m integer REFERENCES t)':
    'ALTER INDEX public.i RENAME TO <new name>',
  'DROP TABLE t; CREATE TABLE t (n integer, m integer, s varchar) PARTITION BY LIST (n); CREATE INDEX i ON t (m)':
    'DROP INDEX public.i',
  'CREATE TABLE root (n integer, m integer, s varchar) PARTITION BY LIST (n); CREATE INDEX root_m ON root (m); CREATE INDEX i ON t (m); ALTER TABLE root ATTACH PARTITION t DEFAULT':
    'ALTER INDEX public.i RENAME TO <new name>',
  'CREATE TABLE root (n integer, m integer, s varchar) PARTITION BY LIST (n); ALTER TABLE root ADD UNIQUE (n, m); ALTER TABLE t ADD CONSTRAINT i UNIQUE (n, m); ALTER TABLE root ATTACH PARTITION t DEFAULT':
    'ALTER INDEX public.i RENAME TO <new name>',
};
for (const [existing, away] of sample(Object.entries(held), 2)) {
  for (const head of ['-- updown: no-transaction\n', '']) {
    const how = head === '' ? 'in a transaction' : 'outside a transaction';
    test(`the other index goes away as the hint says, ${how}: ${existing}`, () =>
      withIndex(existing, printBuild('(s)', ''), async (trial) => {
        await trial.edit([
          { id: 'a1', up: 'CREATE TABLE t (n integer, m integer, s varchar);\n' },
          { id: 'b1', up: `${head}${printBuild('(s)', '')};\n` },
        ]);
        const { error } = await trial.upgrade();
        assert.is(error?.sqlstate, 'UD008', error?.message);
        const [, command = ''] =
          /(?:, or |: )((?:DROP|ALTER) (?!.*, or )[^;]+); then run again\.$/.exec(error!.hint!) ?? [];
        assert.is(command, away, error!.hint);
        await trial.database.query(command.replace('<new name>', 'theirs'));
        const again = await trial.upgrade();
        assert.is(again.error, undefined, again.error?.message);
      }));
  }
}

for (const [existing, build] of sample(sameIndexes, 2)) {
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
      assert.match(stderr, 'index i on t existed before, and differs');
    }
    await trial.database.query('DROP INDEX i');
    const outcome = await runScript(trial.database.url, script);
    assert.is(outcome.status, 0, outcome.stderr);
    assert.is(lastLine(outcome), 'updown: done, the database is at b1');
  }),
);

test.run();
