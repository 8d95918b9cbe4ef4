import { createServer, type Server, type Socket } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { awaitHeads, type Event, type UpdownError, upgrade } from '../../lib/index.ts';
import { updown } from '../support/cli.ts';
import { withProject, writeProject } from '../support/project.ts';
import { readEvents, whileHeld, withTrial } from './broken.ts';

const table = { id: 'a1', up: 'CREATE TABLE t (n integer);\nCREATE TABLE u (n integer);\n' };
/** Longer than any test may take: what ends at all was not ended by it. */
const hour = '-- updown: lock-timeout=1h\n';

/** What waits for somebody who holds `t`, each for an hour. */
const waiting: Readonly<Record<string, { up: string; held?: string; heads?: string }>> = {
  'the first statement': { up: `${hour}ALTER TABLE t ADD COLUMN x integer;\n` },
  'a statement behind others': { up: `${hour}CREATE TABLE v ();\nSELECT pg_sleep(0.3);\nDROP TABLE t;\n` },
  'rows of another': { up: `${hour}UPDATE t SET n = 1;\n`, held: 'UPDATE t SET n = 2' },
  'a block': { up: `${hour}DO $$ BEGIN LOCK TABLE t; END $$;\n` },
  'an advisory lock': { up: 'SELECT pg_advisory_xact_lock(7);\n', held: 'SELECT pg_advisory_xact_lock(7)' },
  'no lock timeout at all': { up: '-- updown: lock-timeout=0\nALTER TABLE t ADD COLUMN x integer;\n' },
  'a statement outside a transaction': { up: `-- updown: no-transaction\n${hour}CREATE TABLE v ();\nVACUUM FULL t;\n` },
  'one of those that travel with their entry': {
    up: `-- updown: no-transaction\n${hour}VACUUM u;\nALTER TABLE t ADD COLUMN x integer;\n`,
  },
};
for (const [what, { up, held = 'LOCK TABLE t' }] of Object.entries(waiting)) {
  test(`--wait ends also what waits for a lock: ${what}`, () =>
    withTrial([table, { id: 'b1', up }], async (trial) => {
      await trial.upgrade({ target: 'a1' });
      await trial.database.query('INSERT INTO t VALUES (1)');
      await whileHeld(trial.database.url, held, async (_, pid) => {
        const { error } = await trial.upgrade({ wait: 1_000 });
        assert.equal([error?.code, error?.sqlstate], ['busy', '55P03'], error?.message);
        assert.match(error!.message, /^A lock could not be acquired in \d s: canceling statement due to lock timeout$/);
        assert.match(error!.hint!, `SELECT pg_terminate_backend(${pid});`);
      });
      assert.is((await trial.upgrade({ wait: 60_000 })).error, undefined);
      assert.match(await readEvents(trial.database), /up$/);
    }));
}

test('what works is not ended by --wait, nor is a build that waits for older transactions', () =>
  withTrial(
    [
      table,
      { id: 'b1', up: 'SELECT pg_sleep(1.5);\n' },
      { id: 'c1', up: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY i ON t (n);\n' },
    ],
    async (trial) => {
      await trial.upgrade({ target: 'a1' });
      await whileHeld(trial.database.url, 'LOCK TABLE t IN ROW EXCLUSIVE MODE', async (release) => {
        setTimeout(release, 3_000);
        const { error } = await trial.upgrade({ wait: 500 });
        assert.is(error, undefined, error?.message);
      });
    },
  ));

test('each step that is done gives the next one its time; the first to be ended leaves those before it', () =>
  withTrial(
    [table, { id: 'b1', up: 'SELECT pg_sleep(1.2);\n' }, { id: 'c1', up: `${hour}LOCK TABLE t;\n` }, { id: 'd1' }],
    async (trial) => {
      await trial.upgrade({ target: 'a1' });
      await whileHeld(trial.database.url, 'LOCK TABLE t', async (release) => {
        assert.is((await trial.upgrade({ wait: 1_000 })).error?.code, 'busy');
        assert.is(await trial.database.query('SELECT updown.heads() AS at').then(([row]) => row?.at), 'b1');
        setTimeout(release, 1_000);
        assert.is((await trial.upgrade({ wait: 60_000 })).error, undefined);
      });
      assert.is(await trial.database.query('SELECT updown.heads() AS at').then(([row]) => row?.at), 'd1');
    },
  ));

test('a lock timeout that is shorter is kept, and tried again; without --wait each has its own', () =>
  withTrial([table, { id: 'b1', up: '-- updown: lock-timeout=1200ms\nLOCK TABLE t;\n' }], async (trial) => {
    await trial.upgrade({ target: 'a1' });
    await whileHeld(trial.database.url, 'LOCK TABLE t', async (release) => {
      const tries: Event[] = [];
      const emit = (event: Event) => void (event.kind === 'waiting' && tries.push(event) === 1 && void release());
      assert.is((await trial.upgrade({ wait: 30_000, emit })).error, undefined);
      assert.is(tries.length, 1);
    });
  }));

test('the command line says it alike', () =>
  withTrial([table, { id: 'b1', up: `${hour}LOCK TABLE t;\n` }], async (trial) => {
    await trial.upgrade({ target: 'a1' });
    await whileHeld(trial.database.url, 'LOCK TABLE t', async () => {
      const { status, stderr } = await updown(['upgrade', '--url', trial.database.url, '--wait', '2'], {
        cwd: trial.cwd,
      });
      assert.is(status, 5, stderr);
      assert.match(stderr, 'error (busy): A lock could not be acquired in 2 s');
    });
  }));

/** Takes connections, and says nothing. */
async function withSilence(count: number, body: (ports: readonly number[]) => Promise<void>): Promise<void> {
  const sockets: Socket[] = [];
  const servers: Server[] = [];
  for (let n = 0; n < count; n++) {
    const server = createServer((socket) => sockets.push(socket.on('error', () => {})));
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    servers.push(server);
  }
  try {
    await body(servers.map((server) => (server.address() as { port: number }).port));
  } finally {
    for (const socket of sockets) socket.destroy();
    for (const server of servers) server.close();
  }
}

test('a server that is silent is waited for as long, however many hosts there are', () =>
  withProject({}, (cwd) =>
    withSilence(3, async (ports) => {
      await writeProject(cwd, [{ id: 'a1' }]);
      const hosts = ports.map((port) => `127.0.0.1:${port}`).join(',');
      const options = { cwd, env: {}, url: `postgres://u@${hosts}/d?connect_timeout=600` };
      for (const command of [
        () => upgrade({ ...options, wait: 4_000, awaitsServer: true }),
        () => awaitHeads({ ...options, wait: 4_000 }),
      ]) {
        const started = performance.now();
        const error: UpdownError = await command().then(
          () => assert.unreachable(),
          (caught) => caught,
        );
        assert.is(error.code, 'connection', error.message);
        // Three hosts one behind the other would take 12 s.
        const taken = performance.now() - started;
        assert.ok(taken < 10_000, `${taken} ms`);
      }
    }),
  ));

test.run();
