import { mkdir, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UpdownError } from '../errors.ts';

/** Keeps a second process off the folder by a file beside it that holds our pid. Resolves to what takes it away again. */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const file = `${folder}.lock`;
  await prepare(file);
  for (let attempt = 1; !(await create(file)); attempt++) {
    const holder = await readHolder(file);
    if (attempt > 3 || (holder !== undefined && isAlive(file, holder))) throw busy(folder, holder);
    // Empty it may be of this very moment, made and not yet written.
    if (holder === undefined && attempt === 1) await sleep(50);
    else await removeStale(file, holder);
  }
  held.add(file);
  return async () => {
    if (held.delete(file)) await rm(file, { force: true }).catch(() => {});
  };
}

/** Files this process holds: another of our own pid was left by an earlier container, where every first process is 1. */
const held = new Set<string>();

async function prepare(file: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
  } catch (error) {
    throw unwritable(file, error);
  }
}

async function create(file: string): Promise<boolean> {
  try {
    await writeFile(file, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw unwritable(file, error);
  }
}

async function readHolder(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return /^\d+\s*$/.test(text) ? Number(text) : undefined;
}

function isAlive(file: string, pid: number): boolean {
  if (pid === process.pid) return held.has(file);
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Renamed before it goes, so that of two that find it stale the slower one cannot take the quicker one's fresh lock away. */
async function removeStale(file: string, holder: number | undefined): Promise<void> {
  const aside = `${file}.${process.pid}`;
  try {
    await rename(file, aside);
    if ((await readHolder(aside)) === holder) await unlink(aside);
    else await rename(aside, file);
  } catch {
    // Somebody else took it away: the next attempt tells.
  }
}

function busy(folder: string, pid: number | undefined): UpdownError {
  const holder = pid === undefined ? 'another process' : `process ${pid}`;
  return new UpdownError('busy', `The embedded database "${folder}" is in use by ${holder}`, {
    hint: `Wait until it is done. If there is no such process of this program, remove "${folder}.lock".`,
  });
}

function unwritable(file: string, error: unknown): UpdownError {
  return new UpdownError('unwritable', `"${file}" cannot be written (${(error as NodeJS.ErrnoException).code})`, {
    hint: 'Name a folder in the pglite url next to which this user may create files.',
  });
}
