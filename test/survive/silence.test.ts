import { existsSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareUpgrade, upgrade } from '../../lib/index.ts';
import { psql } from '../support/database.ts';
import { withProject, writeProject } from '../support/project.ts';
import { needs, needsPsql } from '../support/run.ts';
import { print } from '../support/script.ts';
import { startServer } from '../support/server.ts';
import { settled } from '../support/until.ts';
import { type Trial, untilBackend, withTrial } from './broken.ts';

const names = ['tcp_keepalives_idle', 'tcp_keepalives_interval', 'tcp_keepalives_count', 'tcp_user_timeout'];
const read = names.map((name) => `current_setting('${name}')`).join(` || ' ' || `);
const revisions = [
  { id: 'a1', up: 'CREATE TABLE seen (n serial, what text);\n' },
  { id: 'b1', up: `-- updown: no-transaction\nINSERT INTO seen (what) SELECT ${read};\nVACUUM seen;\n` },
];
const probing = '30 10 3 60000';

async function readSeen({ database }: Trial): Promise<unknown> {
  return (await database.query('SELECT what FROM seen ORDER BY n')).map(({ what }) => what);
}

test('F9: of a client that works outside a transaction the server asks after half a minute whether it is there', () =>
  withTrial(revisions, async (trial) => {
    assert.is((await trial.upgrade()).error, undefined);
    assert.equal(await readSeen(trial), [probing]);
  }));

needsPsql(test, 'F9: so it does of a psql that runs the script', () =>
  withTrial(revisions, async (trial) => {
    const script = print(await prepareUpgrade({ cwd: trial.cwd, env: {} }));
    const { status, stderr } = await psql(trial.database.url, ['-q', '-f', '-'], { stdin: script });
    assert.is(status, 0, stderr);
    assert.equal(await readSeen(trial), [probing]);
  }),
);

test('F9: what the project pins goes before', () =>
  withTrial(revisions, async (trial) => {
    await trial.configure({ settings: { tcp_keepalives_idle: '7' } });
    assert.is((await trial.upgrade()).error, undefined);
    assert.equal(await readSeen(trial), [probing.replace('30', '7')]);
  }));

test('F9: a unix socket and the embedded server take it, and have nobody to ask', async () => {
  const server = await startServer();
  try {
    await withTrial(
      revisions,
      async (trial) => {
        const { username, password, pathname, port } = new URL(trial.database.url);
        const host = encodeURIComponent(server.socketFolder);
        const url = `postgres://${username}:${password}@/${pathname.slice(1)}?host=${host}&port=${port}`;
        await upgrade({ cwd: trial.cwd, env: {}, url });
        assert.equal(await readSeen(trial), ['0 0 0 0']);
      },
      { server: server.url },
    );
  } finally {
    await server.stop();
  }
  await withProject({}, async (cwd) => {
    await writeProject(cwd, revisions);
    const { heads } = await upgrade({ cwd, env: {}, url: 'pglite:data' });
    assert.equal(heads, ['b1']);
  });
});

test('F9: a watcher that gets no answer keeps no run from ending, nor from being interrupted', () =>
  withTrial([{ id: 'a1', up: 'SELECT pg_sleep(2);\n' }, { id: 'b1' }], async ({ cwd, database: { url, query } }) => {
    const running = upgrade({ cwd, env: {}, url });
    const watches = "datname = current_database() AND query LIKE '%pg_blocking_pids%' AND pid <> pg_backend_pid()";
    await untilBackend(query, watches);
    const [watcher] = await query(`SELECT pid FROM pg_stat_activity WHERE ${watches}`);
    const pid = Number(watcher?.pid);
    process.kill(pid, 'SIGSTOP');
    try {
      // The watcher stays stopped until the run has ended.
      assert.equal((await settled('the run ends', running)).heads, ['b1']);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  }));

const sockets = '/proc/net/tcp';
needs(
  test,
  'F9: the kernel’s timer on the server’s end of the line runs for that long, not for two hours',
  () =>
    withTrial(
      [{ id: 'a1', up: '-- updown: no-transaction\nSELECT pg_sleep(1);\n' }],
      async ({ cwd, database: { url, query } }) => {
        const port = Number(new URL(url).port);
        const running = upgrade({ cwd, env: {}, url });
        const own = "datname = current_database() AND wait_event = 'PgSleep'";
        await untilBackend(query, own);
        // Other tests have lines to this server, too.
        const [line] = await query(`SELECT client_port FROM pg_stat_activity WHERE ${own}`);
        const seconds = readTimers(port).get(Number(line?.client_port));
        await running;
        assert.ok(seconds !== undefined && seconds > 20 && seconds <= 30, String(seconds));
      },
    ),
  existsSync(sockets) ? undefined : `there is no ${sockets}`,
);

/** Seconds until the keepalive of each connection of this port, by the port at the other end. */
function readTimers(port: number): ReadonlyMap<number, number> {
  const timers = new Map<number, number>();
  const portOf = (address = '') => Number.parseInt(address.split(':')[1] ?? '', 16);
  for (const line of readFileSync(sockets, 'utf8').split('\n').slice(1)) {
    const [, local, remote, , , timer] = line.trim().split(/\s+/);
    const [kind, ticks = ''] = (timer ?? '').split(':');
    if (kind === '02' && portOf(local) === port) timers.set(portOf(remote), Number.parseInt(ticks, 16) / 100);
  }
  return timers;
}

test.run();
