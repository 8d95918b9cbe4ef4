import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket, type TLSSocketOptions } from 'node:tls';
import { promisify } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openSession } from '../../lib/database/session.ts';
import { parseTarget } from '../../lib/database/target.ts';
import type { UpdownError } from '../../lib/errors.ts';
import { withDatabase } from '../support/database.ts';

interface Authority {
  /** `ca.crt`, `localhost.crt`, `elsewhere.crt`, `client.crt`, their `.key`s, and a `stranger.crt` of another authority. */
  path(name: string): string;
  pem(name: string): Promise<Buffer>;
}

const openssl = (args: readonly string[]): Promise<unknown> => promisify(execFile)('openssl', args);

async function withAuthority(body: (authority: Authority) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'authority-'));
  const path = (name: string): string => join(folder, name);
  const ecKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const signed = (name: string): readonly string[] => [
    '-keyout',
    path(`${name}.key`),
    '-out',
    path(`${name}.crt`),
    '-subj',
    `/CN=${name}`,
  ];
  try {
    for (const name of ['ca', 'stranger']) await openssl(['req', '-x509', ...ecKey, ...signed(name)]);
    for (const name of ['localhost', 'elsewhere', 'client']) {
      await writeFile(path('san.cnf'), `subjectAltName=DNS:${name}`);
      await openssl(['req', ...ecKey, '-keyout', path(`${name}.key`), '-out', path('request'), '-subj', `/CN=${name}`]);
      const issue = ['-CA', path('ca.crt'), '-CAkey', path('ca.key'), '-CAcreateserial', '-extfile', path('san.cnf')];
      await openssl(['x509', '-req', '-days', '2', '-in', path('request'), '-out', path(`${name}.crt`), ...issue]);
    }
    await body({ path, pem: (name) => readFile(path(name)) });
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface Front {
  readonly encrypted: number;
  readonly plain: number;
}

/** A server's front that speaks PostgreSQL's way into TLS, and behind it the real server. */
async function withFront(
  upstream: string,
  options: TLSSocketOptions | undefined,
  body: (url: string, seen: Front) => Promise<void>,
): Promise<void> {
  const { hostname, port } = new URL(upstream);
  const seen = { encrypted: 0, plain: 0 };
  const sockets: Socket[] = [];
  const forward = (client: Socket): void => {
    const server = connect({ host: hostname, port: Number(port) });
    sockets.push(server.on('error', () => {}));
    client.on('error', () => {}).on('close', () => server.destroy());
    server.on('close', () => client.destroy());
    client.pipe(server).pipe(client);
  };
  const front = createServer((client) => {
    sockets.push(client.on('error', () => {}));
    client.once('data', (first: Buffer) => {
      if (first.length !== 8) {
        seen.plain++;
        client.pause().unshift(first);
        forward(client);
      } else if (options) {
        client.write('S');
        const secure = new TLSSocket(client, { ...options, isServer: true });
        secure.on('error', () => {}).once('secure', () => seen.encrypted++);
        forward(secure);
      } else {
        client.write('N');
        client.once('data', (startup: Buffer) => {
          seen.plain++;
          client.pause().unshift(startup);
          forward(client);
        });
      }
    });
  }).listen(0, 'localhost');
  await once(front, 'listening');
  const url = new URL(upstream);
  url.hostname = 'localhost';
  url.port = String((front.address() as AddressInfo).port);
  try {
    await body(url.href, seen);
  } finally {
    for (const socket of sockets) socket.destroy();
    front.close();
  }
}

/** `encrypted` or `plain` as the front saw it, or the error's message. */
async function outcome(url: string, seen: Front, query: string): Promise<string> {
  const before = { ...seen };
  try {
    const session = await openSession(parseTarget(`${url}?${query}`, {}), {
      applicationName: 'tls-test',
      onNotice: () => {},
    });
    assert.equal(await session.send('SELECT 1 AS a'), [[{ a: '1' }]]);
    assert.ok(session.backendPid > 0);
    await session.close();
    return seen.encrypted > before.encrypted ? 'encrypted' : 'plain';
  } catch (error) {
    assert.is((error as UpdownError).code, 'connection', String(error));
    return (error as UpdownError).message;
  }
}

test('each sslmode encrypts, verifies and falls back as libpq does', async () => {
  await withAuthority(async ({ path, pem }) => {
    await withDatabase(async (database) => {
      const certificateOf = async (name: string): Promise<TLSSocketOptions> => ({
        cert: await pem(`${name}.crt`),
        key: await pem(`${name}.key`),
      });

      await withFront(database.url, await certificateOf('localhost'), async (url, seen) => {
        for (const mode of ['prefer', 'require'])
          assert.is(await outcome(url, seen, `sslmode=${mode}`), 'encrypted', mode);
        for (const mode of ['disable', 'allow']) assert.is(await outcome(url, seen, `sslmode=${mode}`), 'plain', mode);
        for (const mode of ['require', 'verify-ca', 'verify-full']) {
          assert.is(await outcome(url, seen, `sslmode=${mode}&sslrootcert=${path('ca.crt')}`), 'encrypted', mode);
          assert.match(
            await outcome(url, seen, `sslmode=${mode}&sslrootcert=${path('stranger.crt')}`),
            /TLS failed/,
            mode,
          );
        }
        assert.match(await outcome(url, seen, 'sslmode=verify-full&sslrootcert=system'), /TLS failed/);
      });

      await withFront(database.url, await certificateOf('elsewhere'), async (url, seen) => {
        assert.is(await outcome(url, seen, `sslmode=verify-ca&sslrootcert=${path('ca.crt')}`), 'encrypted');
        assert.match(await outcome(url, seen, `sslmode=verify-full&sslrootcert=${path('ca.crt')}`), /TLS failed/);
      });

      await withFront(database.url, undefined, async (url, seen) => {
        assert.is(await outcome(url, seen, 'sslmode=prefer'), 'plain');
        assert.match(await outcome(url, seen, 'sslmode=require'), /does not offer TLS/);
      });
    });
  });
});

test('a client certificate is shown to the server, and a cancel goes through TLS too', async () => {
  await withAuthority(async ({ path, pem }) => {
    await withDatabase(async (database) => {
      const certificate = { cert: await pem('localhost.crt'), key: await pem('localhost.key') };
      const strict = { ...certificate, ca: await pem('ca.crt'), requestCert: true, rejectUnauthorized: true };
      await withFront(database.url, strict, async (url, seen) => {
        const own = `sslcert=${path('client.crt')}&sslkey=${path('client.key')}`;
        assert.is(await outcome(url, seen, `sslmode=require&${own}`), 'encrypted');

        const target = parseTarget(`${url}?sslmode=require&${own}`, {});
        const session = await openSession(target, { applicationName: 'tls-test', onNotice: () => {} });
        const sending = session.send('SELECT pg_sleep(30)').catch((error) => error.fields.code);
        const { query } = database;
        const running = `SELECT 1 FROM pg_stat_activity WHERE pid = ${session.backendPid} AND state = 'active'`;
        while ((await query(running)).length === 0);
        const before = seen.encrypted;
        await session.cancel();
        assert.is(await sending, '57014');
        assert.is(seen.encrypted, before + 1);
        await session.close();
      });
    });
  });
});

test('a certificate file that cannot be read is named', async () => {
  await withDatabase(async (database) => {
    await withFront(database.url, {}, async (url) => {
      const target = parseTarget(`${url}?sslmode=verify-ca&sslrootcert=/no/such.crt`, {});
      await openSession(target, { applicationName: 'tls-test', onNotice: () => {} }).then(
        () => assert.unreachable(),
        (error: UpdownError) => {
          assert.is(error.code, 'config');
          assert.match(error.message, /"\/no\/such\.crt" \(sslrootcert\)/);
        },
      );
    });
  });
});

test('text slipped in before the handshake is refused', async () => {
  await withDatabase(async (database) => {
    const front = createServer((client) =>
      client.on('error', () => {}).once('data', () => client.write('Sextra')),
    ).listen(0, 'localhost');
    await once(front, 'listening');
    const url = new URL(database.url);
    url.hostname = 'localhost';
    url.port = String((front.address() as AddressInfo).port);
    assert.match(await outcome(url.href, { encrypted: 0, plain: 0 }, 'sslmode=require'), /before the TLS handshake/);
    front.close();
  });
});

test.run();
