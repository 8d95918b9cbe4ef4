import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openSession } from '../../lib/database/open.ts';
import type { ServerMessage, Session } from '../../lib/database/session.ts';
import type { UpdownError } from '../../lib/errors.ts';
import { parseTarget } from '../../lib/libpq/parse.ts';
import type { Environment } from '../../lib/libpq/target.ts';
import { updown } from '../support/cli.ts';
import { psql, untilTrue, withDatabase } from '../support/database.ts';
import { withProject, writeProject } from '../support/project.ts';
import { needsBaseBackup } from '../support/run.ts';
import { type Server, startServer } from '../support/server.ts';

const notices: ServerMessage[] = [];

function open(text: string, env: Environment = {}, connectTimeoutMilliseconds?: number): Promise<Session> {
  return openSession(parseTarget(text, env), {
    applicationName: 'hosts-test',
    onNotice: (notice) => void notices.push(notice),
    ...(connectTimeoutMilliseconds && { connectTimeoutMilliseconds }),
  });
}

async function refusal(opening: Promise<Session>): Promise<UpdownError> {
  const session = await opening.catch((error: UpdownError) => error);
  if (!('send' in session)) return session;
  await session.close();
  throw new Error('it connected');
}

/** The port of the server that answered, as it says itself. */
async function portOf(opening: Promise<Session>): Promise<string> {
  const session = await opening;
  const [[row] = []] = await session.send('SELECT inet_server_port()::text AS port');
  await session.close();
  return row!.port!;
}

async function withListener(
  onConnection: (socket: Socket) => void,
  body: (port: string, seen: { connections: number }) => Promise<void>,
): Promise<void> {
  const seen = { connections: 0 };
  const sockets: Socket[] = [];
  const listener = createServer((socket) => {
    seen.connections++;
    sockets.push(socket.on('error', () => {}));
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  try {
    await body(String((listener.address() as AddressInfo).port), seen);
  } finally {
    for (const socket of sockets) socket.destroy();
    listener.close();
  }
}

/** A string for these ports of 127.0.0.1, with the rest of the url. */
function listOf(url: string, ports: readonly string[], more = ''): string {
  const { username, password, pathname } = new URL(url);
  const hosts = ports.map(() => '127.0.0.1').join();
  return `host=${hosts} port=${ports.join()} user=${username} password=${password} dbname=${pathname.slice(1)} sslmode=disable ${more}`;
}

const portIn = (url: string): string => new URL(url).port;

async function withPair(body: (primary: Server, standby: Server) => Promise<void>): Promise<void> {
  const primary = await startServer({ settings: { max_wal_senders: '3' } });
  try {
    const standby = await startServer({ standbyOf: primary });
    await body(primary, standby).finally(standby.stop);
  } finally {
    await primary.stop();
  }
}

async function replayed(primary: Server, standby: Server): Promise<void> {
  const { stdout } = await psql(primary.url, ['-Atc', 'SELECT pg_current_wal_flush_lsn()']);
  await untilTrue(standby.url, `pg_last_wal_replay_lsn() >= '${stdout.trim()}'`);
}

needsBaseBackup(test, 'F36: target_session_attrs finds the server that psql finds, and upgrade names it', async () => {
  await withPair(async (primary, standby) => {
    const [p, s] = [portIn(primary.url), portIn(standby.url)];
    const ours = async (list: string): Promise<string> => portOf(open(list)).catch((error) => error.code);
    const theirs = async (list: string): Promise<string> => {
      const { status, stdout } = await psql(list, ['-Atc', 'SELECT inet_server_port()']);
      return status === 0 ? stdout.trim() : 'read-only';
    };
    const compare = async (expected: Readonly<Record<string, readonly string[]>>, user: string): Promise<void> => {
      for (const [wanted, ports] of Object.entries(expected)) {
        for (const [at, hosts] of [[p, s], [s, p], [p], [s], [p, p]].entries()) {
          const list = listOf(primary.url, hosts, `user=${user} target_session_attrs=${wanted}`);
          assert.is(await ours(list), ports[at], `${wanted} of ${hosts}`);
          assert.is(await theirs(list), ports[at], `psql: ${wanted} of ${hosts}`);
        }
      }
    };
    const usual = {
      any: [p, s, p, s, p],
      'read-write': [p, p, p, 'read-only', p],
      'read-only': [s, s, 'read-only', s, 'read-only'],
      primary: [p, p, p, 'read-only', p],
      standby: [s, s, 'read-only', s, 'read-only'],
      'prefer-standby': [s, s, p, s, p],
    };
    await compare(usual, 'postgres');

    const made = `CREATE ROLE reader SUPERUSER LOGIN PASSWORD '${new URL(primary.url).password}'`;
    await psql(primary.url, ['-c', made, '-c', 'ALTER ROLE reader SET default_transaction_read_only = on']);
    await replayed(primary, standby);
    const none = 'read-only';
    await compare(
      {
        'read-write': [none, none, none, none, none],
        'read-only': [p, s, p, s, p],
        primary: [p, p, p, none, p],
      },
      'reader',
    );

    const error = await refusal(open(listOf(primary.url, [s, p], 'user=reader target_session_attrs=read-write')));
    assert.is(error.code, 'read-only');
    assert.match(error.message, /none of its 2 hosts/);
    assert.equal(error.notes, [`127.0.0.1:${s}: a standby`, `127.0.0.1:${p}: read-only`]);
    assert.match(error.hint ?? '', /target_session_attrs=read-write/);

    const session = await open(listOf(primary.url, [s, p], 'target_session_attrs=primary'));
    assert.is(session.address, `postgres://postgres@127.0.0.1:${p}/postgres`);
    await session.close();

    await withProject({}, async (cwd) => {
      await writeProject(cwd, [{ id: 'a1' }]);
      const list = listOf(primary.url, [s, p], 'target_session_attrs=read-write');
      const { status, stderr } = await updown(['upgrade', '--url', list], { cwd });
      assert.is(status, 0, stderr);
      assert.ok(stderr.includes(`127.0.0.1:${p}/postgres `), stderr);
    });
  });
});

test('a host that refuses, is unknown, closes, starts up or stays silent is passed over', async () => {
  const starting = Buffer.from('E\0\0\0\0SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0');
  starting.writeUInt32BE(starting.length - 1, 1);
  await withDatabase(async ({ url }) => {
    const good = portIn(url);
    assert.is(await portOf(open(listOf(url, ['1', good]))), good);
    const unknown = listOf(url, ['1', good]).replace('host=127.0.0.1', 'host=no-such-host.invalid');
    assert.is(await portOf(open(unknown)), good);
    const folder = await mkdtemp(join(tmpdir(), 'socket-'));
    assert.is(await portOf(open(listOf(url, ['1', good]).replace('host=127.0.0.1', `host=${folder}`))), good);
    await rm(folder, { recursive: true });
    for (const answer of [
      (socket: Socket) => socket.once('data', () => socket.destroy()),
      (socket: Socket) => socket.once('data', () => socket.end(starting)),
      () => {},
    ]) {
      await withListener(answer, async (port, seen) => {
        assert.is(await portOf(open(listOf(url, [port, good]), {}, 150)), good);
        assert.is(seen.connections, 1);
      });
    }
  });
});

test('each host has the whole time limit, and the error names all of them with the reason', async () => {
  await withListener(
    () => {},
    async (silent) => {
      const started = performance.now();
      const list = listOf('postgres://u:s3cret@h/d', [silent, '1', silent]);
      const error = await refusal(open(list, {}, 200));
      assert.ok(performance.now() - started >= 390);
      assert.is(error.code, 'connection');
      assert.match(error.message, /none of its 3 hosts will do/);
      assert.equal(error.notes, [
        `127.0.0.1:${silent}: no answer within 0.2 s`,
        '127.0.0.1:1: connection refused',
        `127.0.0.1:${silent}: no answer within 0.2 s`,
      ]);
      assert.not.match(JSON.stringify(error), /s3cret/);
    },
  );
});

test('a host that answers and refuses the login ends the search, as with libpq', async () => {
  await withDatabase(async ({ url }) => {
    await withListener(
      () => {},
      async (other, seen) => {
        const wrong = listOf(url, ['1', portIn(url), other]).replace(/password=\S*/, 'password=s3cret');
        const error = await refusal(open(wrong));
        assert.equal([error.code, error.sqlstate], ['connection', '28P01']);
        assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${portIn(url)}/.*password authentication failed`));
        assert.is(error.notes[0], '127.0.0.1:1: connection refused');
        assert.match(error.notes[1] ?? '', new RegExp(`^127\\.0\\.0\\.1:${other}: not tried`));
        assert.is(seen.connections, 0);
      },
    );
  });
});

test('TLS that fails, and what is not PostgreSQL, end the search too', async () => {
  await withDatabase(async ({ url }) => {
    const http = (socket: Socket): unknown => socket.once('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n'));
    await withListener(http, async (port) => {
      assert.match((await refusal(open(listOf(url, [port, portIn(url)])))).message, /not PostgreSQL/);
    });
    const plain = (socket: Socket): unknown => socket.once('data', () => socket.write('N'));
    await withListener(plain, async (port) => {
      const list = listOf(url, [port, portIn(url)], 'sslmode=require');
      assert.match((await refusal(open(list))).message, /does not offer TLS/);
    });
  });
});

test('each host has its own password in the password file', async () => {
  await withDatabase(async ({ url, name }) => {
    const folder = await mkdtemp(join(tmpdir(), 'passfile-'));
    const passfile = join(folder, 'pgpass');
    const good = portIn(url);
    const right = `127.0.0.1:${good}:${name}:postgres:${new URL(url).password}\n`;
    await writeFile(passfile, `127.0.0.1:1:*:*:s3cret\n${right}*:*:*:*:s3cret\n`, { mode: 0o600 });
    const list = listOf(url, ['1', good]).replace(/password=\S*/, '');
    assert.is(await portOf(open(list, { PGPASSFILE: passfile })), good);

    await writeFile(passfile, '*:*:*:*:s3cret\n');
    const error = await refusal(open(list, { PGPASSFILE: passfile }));
    assert.is(error.hint, `Check the password in "${passfile}".`);

    await writeFile(passfile, right);
    notices.length = 0;
    await refusal(open(list, { PGPASSFILE: folder }));
    assert.is(notices.length, 1, 'one warning, not one for each host');
    await rm(folder, { recursive: true });
  });
});

test('hostaddr is where it connects, host what it is called', async () => {
  await withDatabase(async ({ url, name }) => {
    const list = listOf(url, [portIn(url)], 'host=db.invalid hostaddr=127.0.0.1');
    const session = await open(list);
    assert.is(session.address, `postgres://postgres@db.invalid:${portIn(url)}/${name}?hostaddr=127.0.0.1`);
    const sending = session.send('SELECT pg_sleep(30)').catch((error) => error.fields.code);
    await setTimeout(100);
    await session.cancel();
    assert.is(await sending, '57014');
    await session.close();
  });
});

test('a cancel goes to the host that the session is on', async () => {
  await withDatabase(async ({ url }) => {
    const session = await open(listOf(url, ['1', portIn(url)]));
    const sending = session.send('SELECT pg_sleep(30)').catch((error) => error.fields.code);
    await setTimeout(100);
    await session.cancel();
    assert.is(await sending, '57014');
    await session.close();
  });
});

test.run();
