import { closeSync, constants, fstatSync, openSync, readFileSync, readSync, realpathSync, statSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { type ErrorCode, isUpdownError, type Place, UpdownError } from '../errors.ts';
import { decodeUtf8 } from '../sql/utf8.ts';

/** The migrations folder, absolute, and as people know it. */
export interface Folder {
  readonly folder: string;
  readonly shownFolder: string;
}

/** Regular files only, and none that a link takes out of the migrations folder (F44). */
export function readSqlFile(place: Folder, path: string): Uint8Array | string {
  try {
    return readInside(place, path, readQuickly);
  } catch (cause) {
    throw unreadable(cause, `${place.shownFolder}/${path}`, 'manifest');
  }
}

/** The same, of the file that prepares scratch. */
export function readSetupFile(place: Folder, path: string, shown: string): Uint8Array | string {
  return readBelow(place, path, shown, { what: 'the setup of scratch', hints: setupHints });
}

/** The same, of what the schema is to be. */
export function readSchemaFile(place: Folder, path: string, shown: string): Uint8Array | string {
  return readBelow(place, path, shown, { what: 'the schema', hints: schemaHints });
}

/** It stands anywhere beside the configuration or below. */
function readBelow(
  place: Folder,
  path: string,
  shown: string,
  { what, hints: others }: { readonly what: string; readonly hints: Hints },
): Uint8Array | string {
  const root = resolve(place.folder);
  if (!resolve(root, path).startsWith(root + sep)) {
    throw new UpdownError('unsafe-path', `"${path}", ${what}, is outside of the project`, {
      hint: 'Put the file next to updown.json or below it: what is not in the project is not reviewed with it.',
    });
  }
  try {
    return readInside(place, relative(root, resolve(root, path)), readQuickly);
  } catch (cause) {
    throw unreadable(cause, shown, 'config', others);
  }
}

/** A name in the configuration may never have been that of a file. */
const setupHints: Hints = {
  ENOENT:
    'Make it, with what scratch needs before the history runs; or correct "setup" within "scratch" of updown.json, or take it out there.',
  ENOTDIR: 'A part of its path is a file: correct "setup" within "scratch" of updown.json.',
};

const schemaHints: Hints = {
  ENOENT: 'Make it, with the SQL of the whole schema; or correct "schema" of updown.json, or take it out there.',
  ENOTDIR: 'A part of its path is a file: correct "schema" of updown.json.',
};

/** Read as strictly as the SQL, since each revision that is added writes all of it again. Nothing, if there is none. */
export function readManifest(place: Folder, name: string): string | undefined {
  const shown = `${place.shownFolder}/${name}`;
  return ifThere(shown, 'manifest', () => decodeUtf8(readInside(place, name, readBytes), shown, 'manifest'));
}

/** Only what stands in the project counts: a link that leaves it, or whose folder does, has not been reviewed. Nothing, if there is none. */
export function readApprovalFile(place: Folder, path: string, shown: string): string | undefined {
  return ifThere(shown, 'input', () => {
    const bytes = readInside(place, path, readApprovalBytes);
    checkInside(place, `${place.folder}/${path}`, shown);
    return decodeUtf8(bytes, shown, 'input');
  });
}

/** Far more than a review of a thousand revisions finds. */
const mostOfApproval = 16 * 1024 * 1024;

const readApprovalBytes: Read<Uint8Array> = (file, flags, shown) => {
  const size = sizeOf(file);
  if (size <= mostOfApproval) return readBytes(file, flags, shown);
  throw new UpdownError(
    'input',
    `"${shown}" is not an approval: it has ${size} bytes, and one has ${mostOfApproval} at most`,
    {
      hint: 'Restore it from git; or take it away, and approve the plan again: updown approve',
    },
  );
};

/** Whatever it is: who reads it says what is wrong with it. */
function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** May be a link to anywhere, as where a platform mounts configuration. Nothing, if there is none. */
export function readConfig(file: string, shown: string): string | undefined {
  return ifThere(shown, 'config', () => withoutExcerpt(() => decodeUtf8(readBytes(file, 0, shown), shown, 'config')));
}

/** Throws for a path that links take out of the migrations folder. */
export function checkInside(place: Folder, path: string, shown: string, cause?: Place): void {
  let real: string;
  try {
    real = realpathSync(path);
  } catch (error) {
    throw unreadable(error, shown, 'manifest');
  }
  if (!real.startsWith(realpathSync(place.folder) + sep)) {
    throw new UpdownError('unsafe-path', `"${shown}" is a link that leaves ${place.shownFolder}`, {
      hint: `Put the file itself there: what is not in ${place.shownFolder} is not reviewed with it.`,
      place: cause,
    });
  }
}

type Hints = Readonly<Record<string, string>>;

const hints: Hints = {
  ENOENT: 'Restore it from git; or, if it was never there, write it.',
  EACCES: 'Check its permissions.',
};

export function unreadable(cause: unknown, shown: string, code: ErrorCode, others: Hints = {}): UpdownError {
  if (isUpdownError(cause)) return cause;
  const reason = (cause as NodeJS.ErrnoException).code;
  const words =
    reason === 'ENOENT' ? 'is missing' : reason === 'EACCES' ? 'may not be read' : `can't be read (${reason})`;
  const hint = others[reason ?? ''] ?? hints[reason ?? ''] ?? 'Check the path.';
  return new UpdownError(code, `"${shown}" ${words}`, { hint });
}

type Read<T> = (file: string, flags: number, shown: string) => T;

function readInside<T>(place: Folder, path: string, read: Read<T>): T {
  const shown = `${place.shownFolder}/${path}`;
  const file = `${place.folder}/${path}`;
  try {
    return read(file, constants.O_NOFOLLOW, shown);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ELOOP') throw cause;
  }
  // Of a link to nowhere, whoever reads knows what to say.
  realpathSync(file);
  checkInside(place, file, shown);
  return read(file, 0, shown);
}

function ifThere(shown: string, code: ErrorCode, read: () => string): string | undefined {
  try {
    return read();
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw unreadable(cause, shown, code);
  }
}

/** A url in the line may hold a password (F65): say where, not what. */
function withoutExcerpt<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!isUpdownError(error) || error.place === undefined) throw error;
    throw error.with({ place: { ...error.place, excerpt: undefined } });
  }
}

const readQuickly: Read<Uint8Array | string> = (file, flags, shown) =>
  readText(file, flags | plainFlags) ?? readBytes(file, flags, shown);

/** In one call, where it is a text as most are. What is empty may be no file at all, and behind U+FFFD other bytes may stand. */
function readText(file: string, flag: number): string | undefined {
  try {
    // The flag may be a number here as everywhere; the types know only letters.
    const text = readFileSync(file, { encoding: 'utf8', flag: flag as unknown as string });
    return text === '' || text.includes('\uFFFD') ? undefined : text;
  } catch {
    return undefined;
  }
}

// O_NONBLOCK: opening a FIFO must not wait for a writer.
const plainFlags = constants.O_RDONLY | constants.O_NONBLOCK;

function readBytes(file: string, flags: number, shown: string): Uint8Array {
  const handle = openSync(file, flags | plainFlags);
  try {
    const stat = fstatSync(handle);
    if (!stat.isFile())
      throw new UpdownError('unsafe-path', `"${shown}" is not a regular file`, {
        hint: 'Replace it by a plain text file.',
      });
    const bytes = Buffer.allocUnsafe(stat.size);
    const length = readSync(handle, bytes, 0, stat.size, 0);
    // A file that grows meanwhile, or one of /proc, is read the slow way.
    return length === stat.size && length > 0 ? bytes : readFileSync(handle);
  } finally {
    closeSync(handle);
  }
}
