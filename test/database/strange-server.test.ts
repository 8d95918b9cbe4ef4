import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { status, type UpdownError } from '../../lib/index.ts';
import { withProject, writeProject } from '../support/project.ts';

function message(type: string, ...parts: readonly (string | number)[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'string') return Buffer.from(part);
      const number = Buffer.alloc(4);
      number.writeUInt32BE(part);
      return number;
    }),
  );
  const head = Buffer.alloc(5, type);
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const ready = Buffer.concat([message('R', 0), message('Z', 'I')]);
const scram = message('R', 10, 'SCRAM-SHA-256\0\0');

/** What each answers, message by message; after the last one it is silent. */
const servers: Readonly<Record<string, { readonly says: readonly (Buffer | string)[]; readonly error: RegExp }>> = {
  'garbage at the login': { says: ['HTTP/1.1 400 Bad Request\r\n\r\n'], error: /not PostgreSQL/ },
  'a login answer that is too short': { says: [message('R')], error: /not PostgreSQL/ },
  'a key that is too short': { says: [Buffer.concat([message('R', 0), message('K'), ready])], error: /not PostgreSQL/ },
  'a challenge that is none': { says: [scram, message('R', 11, 'x')], error: /not PostgreSQL/ },
  'a challenge of no rounds': { says: [scram, message('R', 11, 'r=a,s=AAAA,i=0')], error: /not PostgreSQL/ },
  'a challenge of too many rounds': {
    says: [scram, message('R', 11, 'r=a,s=AAAA,i=4294967295')],
    error: /not PostgreSQL/,
  },
  'garbage at the first query': { says: [ready, 'HTTP/1.1 400 Bad Request\r\n\r\n'], error: /protocol/ },
  'a length of 2 GB': { says: [ready, Buffer.from('D\x7f\xff\xff\xff..', 'latin1')], error: /protocol/ },
  'a length below its own': { says: [ready, Buffer.from('D\x00\x00\x00\x01..', 'latin1')], error: /protocol/ },
  'silence at the first query': { says: [ready], error: /gave no answer while the ledger was read/ },
};

test('a server that is strange ends a command with an error, and never with an exception or a hang', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [{ id: 'a1' }]);
    await Promise.all(
      Object.entries(servers).map(([name, { says, error }]) =>
        withServer(says, async (port) => {
          const url = `postgres://u:s3cret@127.0.0.1:${port}/d?sslmode=disable`;
          const thrown: UpdownError = await status({ cwd, url, env: {} }).then(
            () => assert.unreachable(name),
            (caught) => caught,
          );
          assert.is(thrown.code, 'connection', `${name}: ${thrown.stack}`);
          assert.match(thrown.message, error, name);
          assert.not.match(thrown.message, 's3cret');
        }),
      ),
    );
  }));

async function withServer(says: readonly (Buffer | string)[], body: (port: number) => Promise<void>): Promise<void> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    const left = [...says];
    sockets.push(socket.on('error', () => {}));
    socket.on('data', () => {
      const next = left.shift();
      if (next !== undefined) socket.write(next);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await body((server.address() as AddressInfo).port);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

test.run();
