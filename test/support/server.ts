import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { statfsSync } from 'node:fs';
import { appendFile, chown, cp, readFile, rm, writeFile } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { findBinaries } from './binaries.ts';
import { findFreePort } from './free-port.ts';
import { cleanEnvironment, type Outcome, runProcess } from './process.ts';

export { findBinaries } from './binaries.ts';

export interface ServerOptions {
  /** Lines for `postgresql.conf`, such as `{ max_prepared_transactions: '5' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Makes this server a streaming standby of that one; needs `pg_basebackup`. */
  readonly standbyOf?: Server;
  /** Where its programs are, if not where all tests have them from. */
  readonly programs?: string;
}

export interface Server {
  /** The superuser's address: TCP, password, database `postgres`. */
  readonly url: string;
  readonly dataFolder: string;
  /** The folder of the unix socket, which asks for the password too. */
  readonly socketFolder: string;
  readonly logFile: string;
  readonly binFolder: string;
  restart(mode: 'smart' | 'fast' | 'immediate'): Promise<void>;
  /** Stops at once and removes the folder. Happens by itself when this process ends, however it ends. */
  stop(): Promise<void>;
}

/** PostgreSQL refuses to run as root: whom it runs as instead. Empty for an ordinary user. */
type Account = { readonly uid: number; readonly gid: number } | Record<string, never>;

/** What every stage of a start needs to know. */
interface Site {
  readonly account: Account;
  readonly folder: string;
  readonly dataFolder: string;
  readonly logFile: string;
  readonly binFolder: string;
  readonly guard: ChildProcess;
}

let shared: Promise<string> | undefined;

/** The server of this test run; a test file that runs alone starts one, which ends with the process. */
export function serverUrl(): Promise<string> {
  const given = process.env.UPDOWN_TEST_SERVER;
  shared ??= given ? Promise.resolve(given) : startServer().then((server) => server.url);
  return shared;
}

export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const account = findAccount();
  const found = options.programs ?? findBinaries();
  const isClosed = !mayRun(found, account);
  const folder = makeFolder(account, isClosed);
  const guard = guardFolder(folder);
  const stop = (): Promise<void> => endGuard(guard);
  try {
    const binFolder = isClosed ? await copyBinaries(found, folder) : found;
    const dataFolder = join(folder, 'data');
    const site = { account, folder, binFolder, dataFolder, logFile: join(folder, 'server.log'), guard };
    const password = await (options.standbyOf ? copyPrimary(site, options.standbyOf) : initialise(site));
    const port = await startOnFreePort(site, options.settings ?? {});
    const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
    const restart: Server['restart'] = async (mode) => void (await control(site, ['restart', '-m', mode]));
    return { url, binFolder, dataFolder: site.dataFolder, socketFolder: folder, logFile: site.logFile, restart, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function findAccount(): Account {
  if (process.getuid?.() !== 0) return {};
  const account = ['postgres', 'nobody'].map(lookUpAccount).find((found) => found !== undefined);
  if (!account) throw new Error('PostgreSQL does not run as root, and there is neither a user "postgres" nor "nobody"');
  return account;
}

function lookUpAccount(name: string): Account | undefined {
  const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }));
  if (uid?.status !== 0 || gid?.status !== 0) return undefined;
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

/**
 * A folder the server's account can reach, with a path short enough for a unix socket (107 bytes on Linux). In memory where there is plenty:
 * every test makes and drops a database, and a slow disk would be what all of them wait for. Programs may not run from there.
 */
function makeFolder(account: Account, holdsPrograms: boolean): string {
  const places = [...(holdsPrograms ? [] : memoryPlaces()), tmpdir(), '/tmp', '/var/tmp'].filter(
    (place) => Buffer.byteLength(place) < 60,
  );
  for (const place of places) {
    const made = spawnSync('mktemp', ['-d', join(place, 'updown-test-XXXXXXXX')], { ...account, encoding: 'utf8' });
    if (made.status === 0) return made.stdout.trimEnd();
  }
  throw new Error(`The server's account can't make a folder in any of ${places.join(', ')}`);
}

/**
 * A process of its own session that waits for the end of its standard input, which comes when this process ends, be it by
 * an exit, a crash, Ctrl-C or SIGKILL, and whatever makes the data folder has ended too; then it stops the server, if there is
 * one, and removes the folder, again while a server that had no pid file yet still writes there. It waits for the pid file to go,
 * not for the process, which stays a zombie where pid 1 reaps nothing.
 */
export function guardFolder(folder: string): ChildProcess {
  const script = `
    trap '' INT TERM HUP
    cat > /dev/null
    tries=0
    while [ -e "$1" ] && [ $tries -lt 200 ]; do
      pid=$(head -n 1 "$1/data/postmaster.pid")
      # initdb's own backends write theirs with a minus.
      { [ "\${pid:-0}" -gt 0 ] && kill -QUIT "$pid"; } || rm -rf "$1"
      tries=$((tries + 1))
      sleep 0.05
    done
    rm -rf "$1"`;
  // Not the PATH of a test that has taken programs away.
  const guard = spawn('/bin/sh', ['-c', script, 'guard', folder], {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  (guard.stdin as unknown as { unref(): void }).unref();
  return guard;
}

async function endGuard(guard: ChildProcess): Promise<void> {
  if (guard.exitCode !== null || guard.signalCode !== null) return;
  guard.ref();
  guard.stdin!.end();
  await once(guard, 'exit');
}

/** A folder that is kept in memory: its free space is part of the machine's. Whoever names a place for temporary files gets that. */
function memoryPlaces(): readonly string[] {
  const place = '/dev/shm';
  if (process.env.TMPDIR !== undefined) return [];
  try {
    const { type, bavail, bsize } = statfsSync(place);
    return type === tmpfs && Math.min(bavail * bsize, freemem()) > plenty ? [place] : [];
  } catch {
    return [];
  }
}

const tmpfs = 0x01021994;
/** A server with its databases takes some 200 MB, and a run has a few of them. */
const plenty = 4 * 1024 ** 3;

/** A clone in a home folder is closed to the server's account. */
function mayRun(binFolder: string, account: Account): boolean {
  const tried = spawnSync(join(binFolder, 'initdb'), ['--version'], { ...account, cwd: '/' });
  if (tried.status === 0) return true;
  if (process.getuid?.() === 0) return false;
  throw new Error(`${join(binFolder, 'initdb')} does not run: ${tried.stderr ?? tried.error}`);
}

/** Of the npm package's binaries, for an account that can't reach them. */
async function copyBinaries(binFolder: string, folder: string): Promise<string> {
  const copy = join(folder, 'binaries');
  await cp(dirname(binFolder), copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, 'bin');
}

async function initialise(site: Site): Promise<string> {
  const password = randomBytes(12).toString('hex');
  const file = join(site.folder, 'password');
  await writeFile(file, password, { mode: 0o600 });
  if (site.account.uid !== undefined) await chown(file, site.account.uid, site.account.gid);
  const access = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${file}`];
  const locale = ['--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'];
  await make(site, 'initdb', ['-D', site.dataFolder, ...access, ...locale]);
  await rm(file);
  return password;
}

async function copyPrimary(site: Site, primary: Server): Promise<string> {
  const source = ['-d', primary.url, '-c', 'fast', '-X', 'stream', '--no-sync'];
  await make(site, 'pg_basebackup', [...source, '-D', site.dataFolder, '--write-recovery-conf']);
  return new URL(primary.url).password;
}

/** Between finding a free port and using it another process may take it. */
async function startOnFreePort(site: Site, settings: Readonly<Record<string, string>>): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort();
    await configure(site, { ...settings, port: String(port) });
    try {
      await control(site, ['start']);
      return port;
    } catch (error) {
      if (attempt === 3 || !(await readLog(site)).includes('Address already in use')) throw error;
    }
  }
}

/** The last line of a setting wins, so a second attempt and a standby's inherited file are overridden. */
async function configure(site: Site, settings: Readonly<Record<string, string>>): Promise<void> {
  const all = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: site.folder,
    fsync: 'off',
    // Each DROP DATABASE makes a checkpoint, behind which every page that changes would be written whole.
    full_page_writes: 'off',
    // All that is kept of the log lies in memory, too.
    max_wal_size: '256MB',
    shared_buffers: '32MB',
    max_connections: '200',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Tests look in pg_stat_activity for what a step's message holds, which begins with our own commands: by default it keeps 1 kB of it.
    track_activity_query_size: '64kB',
    ...settings,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`);
  await appendFile(join(site.dataFolder, 'postgresql.conf'), lines.join(''));
}

async function control(site: Site, args: readonly string[]): Promise<Outcome> {
  return await runAs(site, 'pg_ctl', [...args, '-w', '-t', '60', '-s', '-D', site.dataFolder, '-l', site.logFile]);
}

/** Makes the data folder, and holds the guard's input open: it may outlive this process, and must not write where the guard removes. */
async function make(site: Site, program: string, args: readonly string[]): Promise<Outcome> {
  return await runAs(site, program, args, site.guard.stdin!);
}

async function runAs(site: Site, program: string, args: readonly string[], holds?: Writable): Promise<Outcome> {
  // LC_ALL: messages in English, and no locale from outside that the server's libraries may lack.
  const env = cleanEnvironment({ LC_ALL: 'C' });
  const outcome = await runProcess(join(site.binFolder, program), args, {
    ...site.account,
    ...(holds && { holds }),
    env,
    cwd: site.folder,
  });
  if (outcome.status === 0) return outcome;
  throw new Error(`${program} failed: ${outcome.stderr}${outcome.stdout}${await readLog(site)}`);
}

async function readLog(site: Site): Promise<string> {
  return await readFile(site.logFile, 'utf8').catch(() => '');
}
