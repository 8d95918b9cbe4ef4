import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket, type TLSSocketOptions } from 'node:tls';
import { promisify } from 'node:util';

export interface Authority {
  /** `ca.crt`, `localhost.crt`, `elsewhere.crt`, `client.crt`, their `.key`s, and a `stranger.crt` of another authority. */
  path(name: string): string;
  pem(name: string): Promise<Buffer>;
}

export const openssl = (args: readonly string[]): Promise<unknown> => promisify(execFile)('openssl', args);

export async function withAuthority(body: (authority: Authority) => Promise<void>): Promise<void> {
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

export interface Front {
  readonly encrypted: number;
  readonly plain: number;
}

/** A server's front that speaks PostgreSQL's way into TLS, and behind it the real server. */
export async function withFront(
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
