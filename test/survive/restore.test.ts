import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stamp, status } from '../../lib/index.ts';
import { findProgram } from '../support/binaries.ts';
import { psql, untilTrue, withDatabase } from '../support/database.ts';
import { cleanEnvironment, runProcess } from '../support/process.ts';
import { needsBaseBackup, needsPgDump } from '../support/run.ts';
import { startServer } from '../support/server.ts';
import { readEvents, type Trial, withTrial } from './broken.ts';

const two = [{ id: 'a1' }, { id: 'b1' }];

async function backUp({ database }: Trial, ...args: readonly string[]): Promise<string> {
  const outcome = await runProcess(findProgram('pg_dump')!, ['-d', database.url, ...args], { env: cleanEnvironment() });
  assert.is(outcome.status, 0, outcome.stderr);
  return outcome.stdout;
}

async function restore(url: string, backup: string): Promise<void> {
  const { status, stderr } = await psql(url, ['-q', '-v', 'ON_ERROR_STOP=1'], { stdin: backup });
  assert.is(status, 0, stderr);
}

async function standsAt({ cwd }: Trial, url: string): Promise<readonly [heads: readonly string[], pending: number]> {
  const { heads, pending } = await status({ cwd, env: {}, url });
  return [heads.map(({ id }) => id), pending.length];
}

needsPgDump(test, 'F41: a database restored from an older backup stands where that stood, and goes on from there', () =>
  withTrial(two, async (trial) => {
    await trial.upgrade({ target: 'a1' });
    const backup = await backUp(trial);
    assert.equal((await trial.upgrade()).ran, ['b1']);
    await withDatabase(async (restored) => {
      await restore(restored.url, backup);
      assert.equal(await standsAt(trial, restored.url), [['a1'], 1]);
      const copy = { ...trial.at(restored.url), database: restored };
      assert.equal((await copy.upgrade()).ran, ['b1']);
      assert.equal(await standsAt(trial, restored.url), [['b1'], 0]);
      assert.is(await readEvents(restored, 'a1'), 'up');
      assert.is(await readEvents(restored, 'b1'), 'up');
      assert.equal(await copy.database.query('SELECT FROM t_b1'), []);
    });
  }),
);

needsPgDump(test, 'F41: a step that the backup caught half done is finished where it is restored', () =>
  withTrial(
    [{ id: 'a1' }, { id: 'b1', up: '-- updown: no-transaction\nCREATE TABLE one ();\nSELECT 1 / 0;\n' }],
    async (trial) => {
      assert.is((await trial.upgrade()).error?.sqlstate, '22012');
      const backup = await backUp(trial);
      await trial.edit([{ id: 'a1' }, { id: 'b1', up: '-- updown: no-transaction\nCREATE TABLE one ();\nVACUUM;\n' }]);
      await withDatabase(async (restored) => {
        await restore(restored.url, backup);
        // The pid is one of another server, and may well be somebody's here.
        await restored.query('UPDATE updown.worker SET backend_pid = pg_backend_pid()');
        assert.equal((await trial.at(restored.url).upgrade()).ran, ['b1']);
        assert.is(await readEvents(restored), 'start 0, progress 1, fail 2, start 1, progress 2, up');
      });
    },
  ),
);

needsPgDump(test, 'F41: a ledger older than the schema stops at what already exists, and stamp settles it', () =>
  withTrial(two, async (trial) => {
    await trial.upgrade({ target: 'a1' });
    const backup = await backUp(trial, '-n', 'updown');
    await trial.upgrade();
    await trial.database.query('DROP SCHEMA updown CASCADE');
    await restore(trial.database.url, backup);
    assert.equal(await standsAt(trial, trial.database.url), [['a1'], 1]);
    const { error } = await trial.upgrade();
    assert.equal([error?.code, error?.sqlstate], ['sql', '42P07'], error?.message);
    assert.match(error!.hint!, 'updown stamp');
    assert.equal(await standsAt(trial, trial.database.url), [['a1'], 1]);
    await stamp({ cwd: trial.cwd, env: {}, url: trial.database.url, targets: ['b1'] });
    assert.equal((await trial.upgrade()).ran, []);
  }),
);

needsPgDump(test, 'F41: a schema older than its ledger is brought back by a stamp and an upgrade', () =>
  withTrial(two, async (trial) => {
    await trial.upgrade({ target: 'a1' });
    const backup = await backUp(trial, '-n', 'public');
    await trial.upgrade();
    await trial.database.query('DROP SCHEMA public CASCADE');
    await restore(trial.database.url, backup);
    // Only the ledger says where a database stands: nothing else here could know.
    assert.equal((await trial.upgrade()).ran, []);
    await stamp({ cwd: trial.cwd, env: {}, url: trial.database.url, targets: ['a1'] });
    assert.equal((await trial.upgrade()).ran, ['b1']);
    assert.is(await readEvents(trial.database), 'up, unstamp, up');
  }),
);

needsBaseBackup(
  test,
  'F41: a copy that was promoted while it lagged stands where it stood, and goes on from there',
  async () => {
    const primary = await startServer({ settings: { max_wal_senders: '3' } });
    const standby = await startServer({ standbyOf: primary });
    try {
      await withTrial(
        two,
        async (trial) => {
          await trial.upgrade({ target: 'a1' });
          const copy = new URL(standby.url);
          copy.pathname = `/${trial.database.name}`;
          await untilTrue(copy.href, "to_regclass('t_a1') IS NOT NULL");
          await psql(standby.url, ['-c', "ALTER SYSTEM SET primary_conninfo = ''", '-c', 'SELECT pg_reload_conf()']);
          await untilTrue(standby.url, 'NOT EXISTS (SELECT FROM pg_stat_wal_receiver)');
          assert.equal((await trial.upgrade()).ran, ['b1']);
          assert.is((await trial.at(copy.href).upgrade()).error?.code, 'read-only');
          await psql(standby.url, ['-c', 'SELECT pg_promote()']);
          assert.equal(await standsAt(trial, copy.href), [['a1'], 1]);
          assert.equal((await trial.at(copy.href).upgrade()).ran, ['b1']);
          assert.equal(await standsAt(trial, copy.href), [['b1'], 0]);
        },
        { server: primary.url },
      );
    } finally {
      await standby.stop();
      await primary.stop();
    }
  },
);

test.run();
