import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { refuseEngine } from '../../lib/database/engine.ts';
import { openSession } from '../../lib/database/open.ts';
import { parseTarget } from '../../lib/libpq/parse.ts';

function refusalOf(host: string, parameters: ReadonlyMap<string, string> = new Map()): string | undefined {
  try {
    refuseEngine({ parameters }, host);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

test('engines that keep no step whole are known by what they say, or by where they are', () => {
  assert.match(
    refusalOf('db.example.org', new Map([['crdb_version', 'CockroachDB CCL v25.1']])) ?? '',
    /^This is CockroachDB,/,
  );
  assert.match(refusalOf('4abtx.dsql.us-east-1.on.aws') ?? '', /^This is Aurora DSQL,/);
  assert.match(refusalOf('4abtx.dsql-gamma.eu-west-2.on.aws') ?? '', /^This is Aurora DSQL,/);
  assert.match(refusalOf('spanner.googleapis.com') ?? '', /^This is Spanner,/);
  for (const host of [
    'dsql.example.org',
    '/var/run/dsql',
    'x.cluster-y.eu-west-1.rds.amazonaws.com',
    'ep-cool.aws.neon.tech',
    '::1',
  ])
    assert.is(refusalOf(host, new Map([['server_version', '15.20']])), undefined, host);
});

const message = (type: string, body: string | Buffer): Buffer => {
  const head = Buffer.from(`${type}\0\0\0\0`);
  head.writeInt32BE(Buffer.byteLength(body) + 4, 1);
  return Buffer.concat([head, Buffer.from(body)]);
};

test('what is refused has been sent no statement', async () => {
  const types: string[] = [];
  // A stand-in: there is no CockroachDB here. Its login is PostgreSQL's, with one parameter more.
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.on('data', (chunk) => types.push(String.fromCharCode(chunk[0] ?? 0)));
      const status = ['server_version\x0013.0.0\0', 'crdb_version\0CockroachDB CCL v25.1.0\0'].map((text) =>
        message('S', text),
      );
      socket.write(
        Buffer.concat([message('R', Buffer.alloc(4)), ...status, message('K', Buffer.alloc(8)), message('Z', 'I')]),
      );
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `postgres://root@127.0.0.1:${port}/defaultdb?sslmode=disable`;
  const error = await openSession(parseTarget(url, {}), { applicationName: 'test', onNotice: () => {} }).catch(
    (e) => e,
  );
  server.close();
  assert.is(error.code, 'config');
  assert.match(error.message, /^This is CockroachDB, /);
  assert.match(error.hint, /^Nothing was sent\./);
  assert.not.ok(types.includes('Q'), types.join());
});

test.run();
