import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { chown, copyFile, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createBoundLogin } from '../../lib/database/channel-binding.ts';
import { openSession } from '../../lib/database/open.ts';
import type { UpdownError } from '../../lib/errors.ts';
import { parseTarget } from '../../lib/libpq/parse.ts';
import { psql, untilTrue } from '../support/database.ts';
import { type Server, startServer } from '../support/server.ts';
import { openssl, withAuthority, withFront } from '../support/tls.ts';

/** `in`, or why not. */
async function logIn(url: string, query: string): Promise<string> {
  try {
    const target = parseTarget(`${url}?${query}`, {});
    const session = await openSession(target, { applicationName: 'binding-test', onNotice: () => {} });
    assert.equal(await session.send('SELECT 1 AS a'), [[{ a: '1' }]]);
    await session.close();
    return 'in';
  } catch (error) {
    const { code, message, hint } = error as UpdownError;
    assert.is(code, 'connection', String(error));
    return `${message}\n${hint}`;
  }
}

async function withServer(body: (server: Server) => Promise<void>): Promise<void> {
  const server = await startServer();
  try {
    await body(server);
  } finally {
    await server.stop();
  }
}

/** The server shows this certificate to whoever comes from now on. */
async function show(server: Server, name: string, from: (name: string) => string): Promise<void> {
  const { uid, gid } = await stat(server.dataFolder);
  for (const kind of ['crt', 'key']) {
    const file = join(server.dataFolder, `${name}.${kind}`);
    await copyFile(from(`${name}.${kind}`), file);
    await chown(file, uid, gid);
  }
  const set = (setting: string, value: string) => ['-c', `ALTER SYSTEM SET ${setting} = '${value}'`];
  const settings = [
    ...set('ssl_cert_file', `${name}.crt`),
    ...set('ssl_key_file', `${name}.key`),
    ...set('ssl', 'on'),
    ...['-c', 'SELECT pg_reload_conf()'],
  ];
  const { status, stderr } = await psql(server.url, settings);
  assert.is(status, 0, stderr);
  await untilTrue(server.url, `current_setting('ssl') = 'on' AND current_setting('ssl_cert_file') = '${name}.crt'`);
}

/** In the middle, with a certificate of its own: it reads all, and passes all on. */
async function withMiddle(server: string, pem: { cert: Buffer; key: Buffer }, body: (url: string) => Promise<void>) {
  const { hostname, port } = new URL(server);
  const sockets: Socket[] = [];
  const kept = <T extends Socket>(socket: T): T => {
    sockets.push(socket.on('error', () => {}));
    return socket;
  };
  const relay = createServer(async (client) => {
    kept(client);
    const [request] = await once(client, 'data');
    const behind = kept(connect({ host: hostname, port: Number(port) }));
    behind.write(request);
    const [offer] = await once(behind, 'data');
    assert.is(offer.toString(), 'S');
    const far = kept(connectTls({ socket: behind, rejectUnauthorized: false }));
    client.write('S');
    const near = kept(new TLSSocket(client, { ...pem, isServer: true }));
    near.pipe(far).pipe(near);
    far.on('close', () => near.destroy());
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  try {
    const url = new URL(server);
    url.port = String((relay.address() as AddressInfo).port);
    await body(url.href);
  } finally {
    for (const socket of sockets) socket.destroy();
    relay.close();
  }
}

const required = 'channel_binding=require&sslmode=require';

test('channel_binding=require logs in, whatever the certificate is signed with, and as psql does', () =>
  withAuthority(({ path }) =>
    withServer(async (server) => {
      const kinds = {
        'rsa-sha1': ['-newkey', 'rsa:2048', '-sha1'],
        'rsa-sha384': ['-newkey', 'rsa:2048', '-sha384'],
        'rsa-pss': ['-newkey', 'rsa:2048', '-sha512', '-sigopt', 'rsa_padding_mode:pss'],
        'ecdsa-sha256': ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-sha256'],
        'ecdsa-sha512': ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp384r1', '-sha512'],
      };
      for (const [name, kind] of Object.entries(kinds)) {
        const files = ['-keyout', path(`${name}.key`), '-out', path(`${name}.crt`)];
        await openssl(['req', '-x509', '-nodes', '-days', '2', ...kind, ...files, '-subj', '/CN=localhost']);
        await show(server, name, path);
        const there = await psql(`${server.url}?${required}`, ['-Atc', 'SELECT 1']);
        assert.is(there.stdout, '1\n', `${name}: ${there.stderr}`);
        for (const query of [required, 'channel_binding=require&sslmode=prefer'])
          assert.is(await logIn(server.url, query), 'in', name);
      }
    }),
  ));

test('channel_binding=require finds out who stands in the middle, and what has no channel to bind to', () =>
  withAuthority(({ path, pem }) =>
    withServer(async (server) => {
      const front = { cert: await pem('localhost.crt'), key: await pem('localhost.key') };
      // TLS ends before the server, as with a load balancer.
      await withFront(server.url, front, async (url) => {
        assert.is(await logIn(url, 'sslmode=require'), 'in');
        assert.match(
          await logIn(url, required),
          /channel binding is required, and the server offers none\n.*channel_binding=prefer/,
        );
      });
      assert.match(await logIn(server.url, 'channel_binding=require'), /TLS failed: the server does not offer TLS/);

      await show(server, 'elsewhere', path);
      await withMiddle(server.url, front, async (url) => {
        assert.is(await logIn(url, 'sslmode=require'), 'in');
        assert.match(
          await logIn(url, required),
          /SCRAM channel binding check failed\nWhere the channel binding fails, something between here and the server ends TLS/,
        );
      });
      assert.is(await logIn(server.url, required), 'in');

      const wrong = new URL(server.url);
      wrong.password = 'wrong';
      assert.match(
        await logIn(wrong.href, required),
        /password authentication failed for user "postgres"\nCheck user and password/,
      );

      await psql(server.url, ['-c', "SET password_encryption = 'md5'", '-c', "CREATE USER old PASSWORD 'x'"]);
      const lines = ['hostssl all old 127.0.0.1/32 md5', 'hostssl all all 127.0.0.1/32 trust'];
      await writeFile(join(server.dataFolder, 'pg_hba.conf'), `${lines.join('\n')}\n`);
      await server.restart('fast');
      const old = new URL(server.url);
      [old.username, old.password] = ['old', 'x'];
      for (const url of [old.href, server.url]) assert.is(await logIn(url, 'sslmode=require'), 'in');
      assert.match(await logIn(old.href, required), /and the server asks for a login that knows no channel binding/);
      assert.match(await logIn(server.url, required), /and the server lets in without channel binding/);
    }),
  ));

test('a server that does not know the password is found out at each step', () =>
  withAuthority(async ({ pem }) => {
    const certificate = new X509Certificate(await pem('localhost.crt')).raw;
    const start = (bytes: Buffer | undefined = certificate) => createBoundLogin('secret', bytes, 'abc');
    const offer = 'SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0';
    assert.match(wordOf(start(), 0, ''), /the server lets in without channel binding/);
    assert.match(wordOf(start(), 5, 'salt'), /asks for a login that knows no channel binding/);
    assert.match(wordOf(start(), 10, 'SCRAM-SHA-256\0\0'), /the server offers none/);
    assert.match(wordOf(start(), 11, 'r=abcd,s=QUJD,i=4096'), /asks for a login that knows no channel binding/);

    const login = start();
    assert.is(wordOf(login, 10, offer), 'reply');
    for (const nonce of ['other', 'abc'])
      assert.match(wordOf(login, 11, `r=${nonce},s=QUJD,i=4096`), /did not go on with what it was told/);
    assert.is(wordOf(login, 11, 'r=abcdef,s=QUJD,i=4096'), 'reply');
    assert.match(wordOf(login, 12, 'v=QUJD'), /does not prove that it knows the password/);
    assert.match(wordOf(login, 12, `v=${Buffer.alloc(32).toString('base64')}`), /does not prove that it knows/);
    assert.match(wordOf(login, 0, ''), /the server lets in without channel binding/);
  }));

test('a certificate whose signature names no hash, and a connection without TLS, bind nothing', () =>
  withAuthority(async ({ path, pem }) => {
    const files = ['-keyout', path('ed.key'), '-out', path('ed.crt')];
    await openssl(['req', '-x509', '-nodes', '-days', '2', '-newkey', 'ed25519', ...files, '-subj', '/CN=ed']);
    const of = (bytes: Buffer | undefined) => wordOf(createBoundLogin('secret', bytes), 10, 'SCRAM-SHA-256-PLUS\0\0');
    assert.match(of(new X509Certificate(await pem('ed.crt')).raw), /has no hash to bind with/);
    assert.match(of(undefined), /there is no TLS on this connection/);
  }));

function wordOf(login: ReturnType<typeof createBoundLogin>, method: number, body: string): string {
  const step = login.answer(method, Buffer.from(body));
  return step.kind === 'refused' ? step.why : step.kind;
}

test.run();
