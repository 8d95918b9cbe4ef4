import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openSession } from '../../lib/database/open.ts';
import type { SessionOptions } from '../../lib/database/session.ts';
import { UpdownError } from '../../lib/errors.ts';
import { parseTarget } from '../../lib/libpq/parse.ts';
import { withDatabase } from '../support/database.ts';

const options: SessionOptions = { applicationName: 'connection-test', onNotice: () => {} };

async function refusal(
  url: string,
  extra: Partial<SessionOptions> = {},
  env: Record<string, string> = {},
): Promise<UpdownError> {
  try {
    const session = await openSession(parseTarget(url, env), { ...options, ...extra });
    await session.close();
  } catch (error) {
    assert.instance(error, UpdownError);
    const shown = inspect(error, { depth: null, showHidden: true }) + JSON.stringify(error);
    assert.not.match(shown, /s3cret/);
    assert.ok((error as UpdownError).hint);
    return error as UpdownError;
  }
  throw new Error('it connected');
}

async function withListener(
  onConnection: (socket: Socket) => void,
  body: (url: string, seen: { connections: number }) => Promise<void>,
): Promise<void> {
  const seen = { connections: 0 };
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    seen.connections++;
    sockets.push(socket.on('error', () => {}));
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await body(`postgres://u:s3cret@127.0.0.1:${(server.address() as AddressInfo).port}/d`, seen);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

test('a port nobody listens on', async () => {
  const error = await refusal('postgres://u:s3cret@127.0.0.1:1/d');
  assert.is(error.code, 'connection');
  assert.is(error.message, 'Cannot connect to postgres://u@127.0.0.1:1/d: connection refused');
  assert.match((await refusal('postgres://u:s3cret@localhost:1/d')).message, /connection refused/);
});

test('an unknown host', async () => {
  const error = await refusal('postgres://u:s3cret@no-such-host.invalid/d');
  assert.is(error.code, 'connection');
  assert.match(error.message, /no-such-host\.invalid.*(unknown|looked up)/);
});

test('a socket folder without a server', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'socket-'));
  assert.match((await refusal(`postgres://u:s3cret@/d?host=${folder}`)).message, /there is no server's socket in/);
  await rm(folder, { recursive: true });
});

test('F10: an endpoint that accepts and closes is tried once, not for ever', async () => {
  await withListener(
    (socket) => socket.end(),
    async (url, seen) => {
      const error = await refusal(`${url}?sslmode=disable`);
      assert.is(error.code, 'connection');
      assert.match(error.message, /closed the connection during the login/);
      assert.is(seen.connections, 1);
    },
  );
});

test('F10: also where it closes on the request for TLS', async () => {
  await withListener(
    (socket) => socket.once('data', () => socket.destroy()),
    async (url, seen) => {
      assert.match((await refusal(url)).message, /closed the connection/);
      assert.ok(seen.connections <= 2);
    },
  );
});

test('F10: also where it closes before anything is asked', async () => {
  for (const mode of ['disable', 'prefer', 'require']) {
    await withListener(
      (socket) => socket.end(),
      async (url) => {
        const error = await refusal(`${url}?sslmode=${mode}`, { connectTimeoutMilliseconds: 5000 });
        assert.match(error.message, /closed the connection/, mode);
      },
    );
  }
});

test('an endpoint that accepts and stays silent runs into the time limit', async () => {
  for (const mode of ['disable', 'prefer', 'require']) {
    await withListener(
      () => {},
      async (url) => {
        const error = await refusal(`${url}?sslmode=${mode}`, { connectTimeoutMilliseconds: 60 });
        assert.match(error.message, /no answer within 0\.06 s/);
      },
    );
  }
});

test('what is not PostgreSQL is told at once', async () => {
  await withListener(
    (socket) => socket.once('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')),
    async (url) => {
      assert.match((await refusal(`${url}?sslmode=disable`)).message, /not PostgreSQL/);
    },
  );
});

test('a login method that is not supported is told, not waited for', async () => {
  const gssapi = Buffer.from([82, 0, 0, 0, 8, 0, 0, 0, 7]);
  const log = console.error;
  console.error = () => {};
  await withListener(
    (socket) => socket.once('data', () => socket.write(gssapi)),
    async (url) => {
      assert.match((await refusal(`${url}?sslmode=disable`)).message, /login method that is not supported/);
    },
  ).finally(() => {
    console.error = log;
  });
});

test('a server that is starting up', async () => {
  const body = Buffer.from('SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0');
  const head = Buffer.from('E\0\0\0\0');
  head.writeUInt32BE(body.length + 4, 1);
  await withListener(
    (socket) => socket.once('data', () => socket.end(Buffer.concat([head, body]))),
    async (url) => {
      const error = await refusal(`${url}?sslmode=disable`);
      assert.equal([error.code, error.sqlstate], ['connection', '57P03']);
      assert.match(error.message, /starting up/);
      assert.match(error.hint ?? '', /again in a moment/);
    },
  );
});

test('F65: a wrong password, an unknown user and an unknown database show no password', async () => {
  await withDatabase(async ({ url }) => {
    const wrong = new URL(url);
    wrong.password = 's3cret';
    const error = await refusal(wrong.href);
    assert.equal([error.code, error.sqlstate], ['connection', '28P01']);
    assert.match(error.hint ?? '', /Check user and password/);

    wrong.password = '';
    assert.match((await refusal(wrong.href)).hint ?? '', /PGPASSWORD/);

    const missing = new URL(url);
    missing.pathname = '/no_such_database';
    const unknown = await refusal(missing.href);
    assert.is(unknown.sqlstate, '3D000');
    assert.match(unknown.hint ?? '', /createdb/);
    assert.not.ok(`${inspect(unknown)} ${unknown.message}`.includes(missing.password));
  });
});

test('a password comes from the environment given, never from the process', async () => {
  await withDatabase(async ({ url }) => {
    const bare = new URL(url);
    const password = bare.password;
    bare.password = '';
    process.env.PGPASSWORD = password;
    try {
      assert.is((await refusal(bare.href)).sqlstate, '28P01');
    } finally {
      delete process.env.PGPASSWORD;
    }
    const session = await openSession(parseTarget(bare.href, { PGPASSWORD: password }), options);
    await session.close();
  });
});

test('F36: target_session_attrs is checked by us, and its variable does not reach the driver', async () => {
  await withDatabase(async ({ url }) => {
    const standby = await refusal(`${url}?target_session_attrs=standby`);
    assert.is(standby.code, 'read-only');
    const writable = await openSession(parseTarget(`${url}?target_session_attrs=primary`, {}), options);
    await writable.close();
    process.env.PGTARGETSESSIONATTRS = 'standby';
    try {
      const session = await openSession(parseTarget(url, {}), options);
      assert.equal(await session.send('SELECT 1 AS a'), [[{ a: '1' }]]);
      await session.close();
      assert.is(process.env.PGTARGETSESSIONATTRS, 'standby');
    } finally {
      delete process.env.PGTARGETSESSIONATTRS;
    }
  });
});

test('start-up options and the application name of the url reach the server', async () => {
  await withDatabase(async ({ url }) => {
    const asked = `${url}?options=-c%20statement_timeout%3D77s&application_name=mine`;
    const session = await openSession(parseTarget(asked, {}), options);
    const [[row] = []] = await session.send(
      "SELECT current_setting('statement_timeout') AS t, current_setting('application_name') AS n",
    );
    assert.equal(row, { t: '77s', n: 'mine' });
    await session.close();
  });
});

test.run();
