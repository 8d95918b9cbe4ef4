import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { isUpdownError, UpdownError } from '../errors.ts';
import type { ScriptFile } from '../run/header.ts';
import { slicesOf } from '../sql/slices.ts';

/** A script as a file that was not there before: written beside and put in place whole. */
export function writeScript(file: string, pieces: Iterable<string>): void {
  placing(file, (beside) => {
    writeWhole(beside, pieces);
    putFile(beside, file);
  });
}

/** The same for a folder of files. */
export function writeScripts(folder: string, files: readonly ScriptFile[]): void {
  const place = folder.replace(/(?<=.)\/+$/, '');
  placing(place, (beside) => {
    mkdirSync(beside);
    for (const { name, pieces } of files) writeWhole(join(beside, name), pieces);
    // An empty folder would give way to it in silence.
    if (existsSync(place)) throw isThere(place);
    renameSync(beside, place);
  });
}

/** Before long work that would end in a file. */
export function refuseExisting(place: string): void {
  if (existsSync(place)) throw isThere(place);
}

function placing(place: string, body: (beside: string) => void): void {
  const beside = `${place}.${process.pid}.part`;
  refuseExisting(place);
  try {
    body(beside);
  } catch (error) {
    if (isUpdownError(error)) throw error;
    throw new UpdownError('unwritable', `"${place}" can't be written (${(error as NodeJS.ErrnoException).code})`, {
      hint: 'Nothing was left there. Check the path, its permissions and the space on the disk.',
    });
  } finally {
    rmSync(beside, { recursive: true, force: true });
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
function putFile(beside: string, file: string): void {
  try {
    linkSync(beside, file);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? '';
    if (reason === 'EEXIST' || existsSync(file)) throw isThere(file);
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(reason)) throw error;
    renameSync(beside, file);
  }
}

function isThere(place: string): UpdownError {
  return new UpdownError('exists', `"${place}" is there already`, {
    hint: 'Nothing was overwritten. Name another one, or remove it.',
  });
}
