import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { findProgram } from './binaries.ts';
import { findFreePort } from './free-port.ts';
import type { Server } from './server.ts';
import { until } from './until.ts';

export interface Pooler {
  /** The superuser's address by way of the pooler, database `postgres`; any other database can be named too. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Debian keeps it where only root's PATH looks. */
export function findPooler(): string | undefined {
  return findProgram('pgbouncer', ['/usr/sbin']);
}

/** PgBouncer in transaction mode in front of a server, whose account and folder it uses. It ends with this process at the latest. */
export async function startPooler(server: Server): Promise<Pooler> {
  const program = findPooler();
  if (program === undefined) throw new Error('pgbouncer is not there; mark the test with needsPooler');
  const port = await findFreePort();
  const folder = join(server.socketFolder, `pooler-${port}`);
  const { uid, gid } = await stat(server.socketFolder);
  const account = process.getuid?.() === 0 ? { uid, gid } : {};
  const file = await configure(folder, new URL(server.url), port, { uid, gid });
  const child = spawn('sh', ['-c', guarded, 'pooler', program, file], {
    ...account,
    cwd: folder,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.stdin.end();
    await once(child, 'exit');
  };
  const url = new URL(server.url);
  url.port = String(port);
  await awaitListening(port);
  return { url: url.href, stop };
}

/** It goes when its standard input ends, which comes when this process does, however it ends. */
const guarded = '"$1" -q "$2" & cat > /dev/null; kill -TERM $!; wait';

async function configure(
  folder: string,
  { port: serverPort, username, password }: URL,
  port: number,
  { uid, gid }: { readonly uid: number; readonly gid: number },
): Promise<string> {
  const users = join(folder, 'users.txt');
  const file = join(folder, 'pgbouncer.ini');
  await mkdir(folder);
  await writeFile(users, `"${username}" "${decodeURIComponent(password)}"\n`, { mode: 0o600 });
  await writeFile(
    file,
    `[databases]
* = host=127.0.0.1 port=${serverPort}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = transaction
default_pool_size = 10
max_client_conn = 200
server_login_retry = 1
logfile = ${join(folder, 'pgbouncer.log')}
`,
  );
  for (const path of [folder, users, file]) await chown(path, uid, gid);
  return file;
}

async function awaitListening(port: number): Promise<void> {
  await until(`pgbouncer listens on port ${port}`, async () => {
    const socket = connect(port, '127.0.0.1');
    const open = await new Promise<boolean>((resolve) =>
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false)),
    );
    socket.destroy();
    return open;
  });
}
