import type { ChildProcess } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type CliOutcome, updown } from '../support/cli.ts';
import { needs } from '../support/run.ts';
import { startServer } from '../support/server.ts';
import { fillDisk, noFullDisk, readEvents, type Trial, untilBackend, withTrial } from './broken.ts';

const sleeping = "datname = current_database() AND wait_event = 'PgSleep'";
/** Long enough for a signal to find it at work. */
const slow = [{ id: 'a1', up: 'CREATE TABLE t (n integer);\nSELECT pg_sleep(1.5);\nINSERT INTO t VALUES (1);\n' }];

/** The command line at work in the first revision: hands over its process, and what becomes of it. */
async function whileAtWork(
  { database, cwd }: Trial,
  body: (child: ChildProcess, outcome: Promise<CliOutcome>, pid: number) => Promise<void>,
  env: NodeJS.ProcessEnv = {},
): Promise<void> {
  let child: ChildProcess | undefined;
  const outcome = updown(['upgrade', '--url', database.url], { cwd, env, spawned: (process) => (child = process) });
  const [backend] = await untilBackend(database.query, sleeping);
  await body(child!, outcome, Number(backend!.pid));
}

test('F1, F2: of a run that is killed the server finishes the message it has; the next run waits for it and finds it applied', () =>
  withTrial(slow, async (trial) => {
    await whileAtWork(trial, async (child, outcome) => {
      child.kill('SIGKILL');
      assert.is((await outcome).signal, 'SIGKILL');
      assert.is((await trial.database.query(`SELECT FROM pg_stat_activity WHERE ${sleeping}`)).length, 1);
      const { error, ran } = await trial.upgrade();
      assert.equal([error, ran], [undefined, []]);
    });
    assert.is(await readEvents(trial.database, 'a1'), 'up');
    assert.equal(await trial.database.query('SELECT n FROM t'), [{ n: 1 }]);
  }));

test('F4: a backend that is terminated in a step ends the run with exit 1, and what it says is so', () =>
  withTrial(slow, async (trial) => {
    await whileAtWork(trial, async (_, outcome, pid) => {
      await trial.database.query(`SELECT pg_terminate_backend(${pid})`);
      const { status, stderr } = await outcome;
      assert.is(status, 1, stderr);
      assert.match(stderr, '57P01 terminating connection due to administrator command');
      assert.match(stderr, 'ledger: a1 is not applied, nothing of it is left');
      assert.match(stderr, 'Run the command again to go on');
    });
    assert.is((await trial.upgrade()).error, undefined);
  }));

test('F6: a connection is kept however long a run takes, whatever the driver’s variables say', () =>
  withTrial(
    [
      { id: 'a1', up: 'SELECT pg_sleep(1.5);\n' },
      { id: 'b1', up: '-- updown: no-transaction\nVACUUM;\nSELECT pg_sleep(1.2);\nVACUUM;\n' },
    ],
    async (trial) => {
      const env = { PGMAX_LIFETIME: '1', PGIDLE_TIMEOUT: '1', PGCONNECT_TIMEOUT: '2' };
      await whileAtWork(trial, async (_, outcome) => assert.is((await outcome).status, 0, (await outcome).stderr), env);
      const pids = await trial.database.query('SELECT DISTINCT backend_pid FROM updown.worker');
      assert.is(pids.length, 1);
    },
  ));

test('F7: a server that is shut down at once and started again leaves nothing of the step, and the next run goes on', async () => {
  const server = await startServer();
  try {
    await withTrial(
      slow,
      (trial) =>
        whileAtWork(trial, async (_, outcome) => {
          await server.restart('immediate');
          const { status, stderr } = await outcome;
          assert.is(status, 1, stderr);
          assert.match(stderr, 'The connection was lost');
          assert.match(stderr, /ledger: (a1 is not applied, nothing of it is left|could not be read)/);
          const again = await updown(['upgrade', '--url', trial.database.url], trial);
          assert.is(again.status, 0, again.stderr);
        }),
      { server: server.url },
    );
  } finally {
    await server.stop();
  }
});

test('F8: a run that is stopped in the middle of a step keeps nobody waiting longer than the step', () =>
  withTrial([...slow, { id: 'b1' }], async (trial) => {
    await whileAtWork(trial, async (child, outcome) => {
      child.kill('SIGSTOP');
      const { error, ran } = await trial.upgrade();
      assert.equal([error, ran], [undefined, ['b1']]);
      assert.equal(
        await trial.database.query(
          "SELECT FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'",
        ),
        [],
      );
      child.kill('SIGCONT');
      assert.is((await outcome).status, 0, (await outcome).stderr);
    });
    assert.is(await readEvents(trial.database, 'b1'), 'up');
  }));

test('F5, F11, F50, F70: the driver’s own transactions, reservations, streams and reconnects are used nowhere', async () => {
  const lib = fileURLToPath(new URL('../../lib', import.meta.url));
  const files = (await readdir(lib, { recursive: true })).filter((file) => file.endsWith('.ts'));
  const users = [];
  for (const file of files) {
    const text = await readFile(join(lib, file), 'utf8');
    if (/(import|from) ?\(?'postgres'/.test(text)) users.push(file);
  }
  assert.equal(users, [join('database', 'driver.ts')]);
  const driver = await readFile(join(lib, 'database', 'driver.ts'), 'utf8');
  assert.not.match(driver, /\.(reserve|begin|savepoint|writable|readable)\(/);
  assert.match(driver, 'max: 1,');
});

needs(
  test,
  'F12: a disk that is full leaves nothing, says that the step may be run again, and it is once there is room',
  async () => {
    const server = await startServer();
    try {
      await withTrial(
        [
          { id: 'a1', up: 'CREATE TABLE full_one (n integer);\n' },
          { id: 'b1', up: 'CREATE TABLE t ();\nINSERT INTO full_one SELECT generate_series(1, 10000);\n' },
        ],
        async (trial) => {
          assert.is((await trial.upgrade({ target: 'a1' })).error, undefined);
          await fillDisk(trial.database, server.dataFolder, 'full_one');
          const { error } = await trial.upgrade();
          assert.equal([error?.code, error?.exitStatus, error?.sqlstate], ['sql', 1, '53100'], error?.message);
          assert.match(error!.message, 'No space left on device');
          assert.match(error!.hint!, 'ran out of a resource. Correct that, then run the command again');
          assert.match(error!.notes.join('\n'), 'this one was rolled back and left nothing');
          assert.equal(await trial.database.query("SELECT to_regclass('t') AS t"), [{ t: null }]);
          assert.is(await readEvents(trial.database), 'fail');
          await trial.database.query('TRUNCATE full_one');
          assert.equal((await trial.upgrade()).ran, ['b1']);
        },
        { server: server.url },
      );
    } finally {
      await server.stop();
    }
  },
  noFullDisk,
);

test('F13: too many locks in one revision is told with what to raise; each revision has its own transaction', async () => {
  const server = await startServer({ settings: { max_locks_per_transaction: '10', max_connections: '20' } });
  const create = (n: number, name: string) =>
    `DO $$ BEGIN FOR i IN 1..${n} LOOP EXECUTE 'CREATE TABLE ${name}' || i || ' ()'; END LOOP; END $$;\n`;
  try {
    await withTrial(
      [
        { id: 'a1', up: create(200, 'a') },
        { id: 'b1', up: create(200, 'b') },
        { id: 'c1', up: create(20_000, 'c') },
      ],
      async (trial) => {
        const { error } = await trial.upgrade();
        assert.equal([error?.code, error?.sqlstate, error?.subject], ['sql', '53200', 'c1'], error?.message);
        assert.match([error!.hint, ...error!.notes].join('\n'), 'max_locks_per_transaction');
        assert.match(error!.notes.join('\n'), 'ledger: 2 of 3 steps done; this one was rolled back and left nothing');
      },
      { server: server.url },
    );
  } finally {
    await server.stop();
  }
});

test('F14: a deferred constraint that fails at COMMIT fails the step', () =>
  withTrial(
    [
      {
        id: 'a1',
        up: 'CREATE TABLE p (n integer PRIMARY KEY);\nCREATE TABLE c (n integer REFERENCES p DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO c VALUES (1);\n',
      },
    ],
    async (trial) => {
      const { error } = await trial.upgrade();
      assert.equal([error?.code, error?.sqlstate], ['sql', '23503'], error?.message);
      assert.is(await readEvents(trial.database, 'a1'), 'fail');
      assert.equal(await trial.database.query("SELECT to_regclass('c') AS c"), [{ c: null }]);
    },
  ));

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`F15: ${signal} cancels what runs, waits for the answer, and says what stands; exit 130`, () =>
    withTrial([{ id: 'a1', up: 'SELECT pg_sleep(60);\n' }], async (trial) => {
      await whileAtWork(trial, async (child, outcome) => {
        child.kill(signal);
        const { status, stderr } = await outcome;
        assert.is(status, 130, stderr);
        assert.match(stderr, 'Interrupted: what ran was cancelled');
        assert.match(stderr, 'ledger: 0 of 1 step done; this one was rolled back and left nothing');
      });
      assert.equal(await trial.database.query(`SELECT FROM pg_stat_activity WHERE ${sleeping}`), []);
    }));
}

test('F15: a second signal ends it at once, and says so', () =>
  withTrial([{ id: 'a1', up: 'SELECT pg_sleep(60);\n' }], async (trial) => {
    await whileAtWork(trial, async (child, outcome) => {
      child.kill('SIGINT');
      child.kill('SIGTERM');
      const { status, stderr } = await outcome;
      assert.is(status, 130, stderr);
      assert.match(
        stderr,
        "interrupted again: ends at once, without the server's answer; `updown status` shows where the database stands",
      );
    });
  }));

test.run();
