import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareStamp, stamp, type UpdownError } from '../../lib/index.ts';
import { needsPsql } from '../support/run.ts';
import { print, runScript } from '../support/script.ts';
import { breakOff, type Ended, readEvents, type Trial, untilBackend, whileHeld, withTrial } from './broken.ts';

const snapshot = 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT 1';
const revisions = [
  { id: 'a1', up: 'CREATE TABLE t (n integer);\n' },
  { id: 'b1', up: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY t_n ON t (n);\n' },
];

/** Hands over a run in the middle of `b1`, and what brings it to its end. */
function whileBuilding(body: (trial: Trial, pid: number, end: () => Promise<Ended>) => Promise<void>): Promise<void> {
  return withTrial(revisions, async (trial) => {
    const { url, query } = trial.database;
    await trial.upgrade({ target: 'a1' });
    await whileHeld(url, snapshot, async (release) => {
      const running = trial.upgrade();
      const [backend] = await untilBackend(query, "datname = current_database() AND wait_event_type = 'Lock'");
      await body(trial, Number(backend!.pid), async () => {
        await release();
        return await running;
      });
    });
  });
}

/** A run of `b1` was ended by an operator and left it unfinished. */
function whereBroken(body: (trial: Trial) => Promise<void>): Promise<void> {
  return withTrial(revisions, async (trial) => {
    await trial.upgrade({ target: 'a1' });
    assert.is((await breakOff(trial.database, snapshot, () => trial.upgrade())).error?.code, 'connection');
    await body(trial);
  });
}

const at = ({ cwd, database: { url } }: Trial): { cwd: string; env: Record<string, never>; url: string } => ({
  cwd,
  env: {},
  url,
});

for (const target of ['base', 'a1', 'b1']) {
  test(`F28: a stamp of ${target} waits for who works on b1 outside a transaction, and names them`, () =>
    whileBuilding(async (trial, pid, end) => {
      const refused = await stamp({ ...at(trial), targets: [target], wait: 300 }).catch((error: unknown) => error);
      const error = refused as UpdownError;
      assert.equal([error.code, error.exitStatus], ['busy', 5], error.message);
      assert.match(error.message, `Pid ${pid} works on up of b1, outside a transaction`);
      assert.match(error.hint!, `SELECT pg_terminate_backend(${pid});`);
      assert.is(await readEvents(trial.database), 'start 0');
      assert.is((await end()).error, undefined);
      assert.is(await readEvents(trial.database), 'start 0, progress 1, up');
    }));

  test(`a stamp of ${target} settles what a run that is gone left unfinished`, () =>
    whereBroken(async (trial) => {
      await stamp({ ...at(trial), targets: [target] });
      assert.equal(await trial.database.query('SELECT FROM updown.unfinished'), []);
      assert.is(await readEvents(trial.database), `start 0, ${target === 'b1' ? 'stamp' : 'unstamp'}`);
    }));
}

for (const target of ['base', 'b1']) {
  needsPsql(test, `the script of a stamp of ${target} is refused while a run works on b1 outside a transaction`, () =>
    whileBuilding(async (trial, pid, end) => {
      const script = print(await prepareStamp({ ...at(trial), targets: [target], from: 'a1' }));
      const { status, stderr } = await runScript(trial.database.url, script);
      assert.is(status, 3, stderr);
      assert.match(stderr, `pid ${pid} works on up of b1, outside a transaction`);
      assert.match(stderr, `SELECT pg_catalog.pg_terminate_backend(${pid});`);
      assert.is(await readEvents(trial.database), 'start 0');
      assert.is((await end()).error, undefined);
      assert.is(await readEvents(trial.database), 'start 0, progress 1, up');
    }),
  );
}

needsPsql(test, 'the script of a stamp settles what a run that is gone left unfinished', () =>
  whereBroken(async (trial) => {
    const script = print(await prepareStamp({ ...at(trial), targets: ['b1'], from: 'a1' }));
    const { status, stderr } = await runScript(trial.database.url, script);
    assert.is(status, 0, stderr);
    assert.is(await readEvents(trial.database), 'start 0, stamp');
  }),
);

test.run();
