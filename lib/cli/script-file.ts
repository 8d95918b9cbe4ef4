import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { type ScriptFile, slicesOf, UpdownError } from '../index.ts';
import type { Call } from './action.ts';

/** Where something is to be written: `shown` is what the user wrote, `path` the absolute path. */
export interface OutputPlace {
  readonly shown: string;
  readonly path: string;
}

/** A relative path counts from the folder that the command was called in. */
export function findOutput({ options }: Pick<Call, 'options'>, shown: string): OutputPlace {
  return { shown, path: resolve(options.cwd ?? '.', shown) };
}

/** A script as a file that was not there before: written beside and put in place whole. */
export function writeScript(place: OutputPlace, pieces: Iterable<string>): void {
  if (isStream(place)) {
    sayingWhy(place, 'What was written there is not whole.', () => writeStream(place, pieces));
    return;
  }
  placing(place, (beside) => {
    writeWhole(beside, pieces);
    putFile(beside, place);
  });
}

/** The same for a folder of files. */
export function writeScripts(folder: OutputPlace, files: readonly ScriptFile[]): void {
  const place = { ...folder, shown: folder.shown.replace(/(?<=.)\/+$/, '') };
  placing(place, (beside) => {
    mkdirSync(beside);
    for (const { name, pieces } of files) writeWhole(join(beside, name), pieces);
    // An empty folder would give way to it in silence.
    refuseAny(place);
    renameSync(beside, place.path);
  });
}

/** Before long work that would end in a file. */
export function refuseExisting(place: OutputPlace): void {
  if (!isStream(place)) refuseAny(place);
}

function refuseAny({ path, shown }: OutputPlace): void {
  if (existsSync(path)) throw isThere(shown);
}

/** A device, a pipe, or an output of this process: there is nothing in it that would be lost. */
function isStream({ path }: OutputPlace): boolean {
  if (descriptorOf(path) !== undefined) return true;
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

function descriptorOf(path: string): number | undefined {
  const [, name = '', digits] = /^\/dev\/(stdout|stderr|fd\/(\d+))$/.exec(path) ?? [];
  if (digits !== undefined) return Number(digits);
  return { stdout: 1, stderr: 2 }[name];
}

function writeStream({ path }: OutputPlace, pieces: Iterable<string>): void {
  const own = descriptorOf(path);
  const handle = own ?? openSync(path, 'w');
  try {
    for (const piece of pieces) for (const slice of slicesOf(piece)) writeAll(handle, slice);
  } finally {
    if (own === undefined) closeSync(handle);
  }
}

/** A pipe that is full, and does not block, says so: its reader takes a moment. */
function writeAll(handle: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(handle, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

function placing(place: OutputPlace, body: (beside: string) => void): void {
  const beside = `${place.path}.${process.pid}.part`;
  refuseAny(place);
  try {
    sayingWhy(place, 'Nothing was left there.', () => body(beside));
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}

function sayingWhy({ shown }: OutputPlace, left: string, body: () => void): void {
  try {
    body();
  } catch (error) {
    if (error instanceof UpdownError) throw error;
    throw new UpdownError('unwritable', `"${shown}" can't be written (${(error as NodeJS.ErrnoException).code})`, {
      hint: `${left} Check the path, its permissions and the space on the disk.`,
    });
  }
}

function writeWhole(file: string, pieces: Iterable<string>): void {
  const handle = openSync(file, 'wx');
  try {
    for (const piece of pieces) for (const slice of slicesOf(piece)) writeSync(handle, slice);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** A link, unlike a rename, never takes the place of what somebody put there meanwhile. Not every file system has links. */
function putFile(beside: string, { path, shown }: OutputPlace): void {
  try {
    linkSync(beside, path);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? '';
    if (reason === 'EEXIST' || existsSync(path)) throw isThere(shown);
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(reason)) throw error;
    renameSync(beside, path);
  }
}

function isThere(shown: string): UpdownError {
  return new UpdownError('exists', `"${shown}" already exists`, {
    hint: 'Nothing was overwritten. Name another one, or remove it.',
  });
}
