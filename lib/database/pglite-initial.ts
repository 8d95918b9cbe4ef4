import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';

/**
 * The folder of data as initdb leaves it, kept for the processes to come: initdb takes most of the time of an embedded server's start. It holds
 * no row of a user. What can't be read, is cut short or damaged is the same as missing, and what can't be written is left out.
 */
export async function readInitial(extensions: readonly string[]): Promise<Uint8Array | undefined> {
  try {
    const file = join(cacheFolder(), await nameOf(extensions));
    // Another user's file might hold another database.
    if ((await stat(file)).uid !== ownUser()) return undefined;
    return await unpack(await readFile(file));
  } catch {
    return undefined;
  }
}

/** In one piece, as long as the last four bytes say: some 40 MB, which take longer to put together than to unpack. */
async function unpack(packed: Buffer): Promise<Buffer> {
  const size = packed.readUInt32LE(packed.length - 4);
  return promisify(gunzip)(packed, { chunkSize: Math.min(Math.max(size, smallestChunk), largestChunk) });
}

/** What zlib takes as the size of a chunk; above the other one, the file is none of ours. */
const smallestChunk = 64;
const largestChunk = 256 * 1024 * 1024;

export async function keepInitial(extensions: readonly string[], data: Blob): Promise<void> {
  try {
    const [folder, name] = [cacheFolder(), await nameOf(extensions)];
    // One after the other: a recursive mkdir below /proc, where the home of a service may lie, does not end in Node 20.
    for (const one of [dirname(folder), folder]) await makeFolder(one);
    const unfinished = join(folder, `${name}.${randomBytes(6).toString('hex')}`);
    try {
      const packed = await promisify(gzip)(new Uint8Array(await data.arrayBuffer()), { level: 1 });
      await writeFile(unfinished, packed, { mode: 0o600 });
      // Whole or not at all, whoever else reads or writes it at the same time.
      await rename(unfinished, join(folder, name));
    } finally {
      await rm(unfinished, { force: true });
    }
    await sweep(folder, name);
  } catch {
    // A read-only or full disk, a home folder that is missing: the next start runs initdb again.
  }
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

/** `XDG_CACHE_HOME`, of which a relative path does not count, or what stands for it on this system. */
function cacheFolder(): string {
  const { XDG_CACHE_HOME: given, LOCALAPPDATA: local } = process.env;
  if (given && isAbsolute(given)) return join(given, 'updown');
  if (process.platform === 'win32') return join(local ?? join(homedir(), 'AppData', 'Local'), 'updown', 'cache');
  return join(homedir(), process.platform === 'darwin' ? join('Library', 'Caches') : '.cache', 'updown');
}

const prefix = 'embedded-';

/** The size of a segment of the write-ahead log, in MB: the first one is unpacked at each start, and is empty but for its head. */
export const walSegment = 1;

/** `embedded-0.5.16-wal1.tar.gz`: another version of the embedded server makes another folder. */
async function nameOf(extensions: readonly string[]): Promise<string> {
  const file = new URL('../package.json', import.meta.resolve('@electric-sql/pglite'));
  const { version }: { readonly version: string } = JSON.parse(await readFile(file, 'utf8'));
  const list = [...extensions].sort().join();
  const digest = createHash('sha256').update(list).digest('hex').slice(0, 12);
  return `${prefix}${version}-wal${walSegment}${list === '' ? '' : `-${digest}`}.tar.gz`;
}

/** Each is some 5 MB. */
const mostKept = 4;
const hour = 3_600_000;

/** Removes all but the newest ones, and what a process has left that was killed while it wrote. */
async function sweep(folder: string, made: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(prefix) && name !== made);
  const found = await Promise.all(
    names.map(async (name) => ({ name, age: Date.now() - (await stat(join(folder, name))).mtimeMs })),
  );
  const whole = found.filter(({ name }) => name.endsWith('.tar.gz')).sort((one, other) => one.age - other.age);
  const cut = found.filter(({ name, age }) => !name.endsWith('.tar.gz') && age > hour);
  for (const { name } of [...whole.slice(mostKept - 1), ...cut]) await rm(join(folder, name), { force: true });
}

/** Windows has no such owner of a file: `stat` says 0 there, and so does this. */
function ownUser(): number {
  return process.getuid?.() ?? 0;
}
