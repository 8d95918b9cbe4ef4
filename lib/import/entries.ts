import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { UpdownError } from '../errors.ts';
import type { ForeignFile } from './foreign.ts';

/** A history's folder, opened once; every later access is checked against it. */
export interface ForeignHistory {
  /** Without symbolic links. */
  readonly root: string;
  /** As the caller named it, for messages. */
  readonly name: string;
}

export interface FolderEntry {
  readonly name: string;
  /** Relative to the history's folder, forward slashes. */
  readonly path: string;
  /** `away` is a link that leaves the history or leads nowhere; reading it is refused. */
  readonly kind: 'file' | 'folder' | 'away' | 'other';
}

export async function openHistory(folder: string): Promise<ForeignHistory> {
  try {
    const root = await realpath(folder);
    await readdir(root);
    return { root, name: folder };
  } catch (cause) {
    throw unreadable(folder, cause);
  }
}

/** What stands in a folder of the history, hidden entries left out, in the same order on every machine. */
export async function listEntries(history: ForeignHistory, folder?: FolderEntry): Promise<readonly FolderEntry[]> {
  if (folder && folder.kind !== 'folder') throw refuse(history, folder);
  const names = await readdir(join(history.root, folder?.path ?? '')).catch((cause: unknown) => {
    throw unreadable(folder?.path ?? history.name, cause);
  });
  const visible = names.filter((name) => !name.startsWith('.')).sort(compareText);
  return Promise.all(visible.map((name) => readEntry(history, folder ? `${folder.path}/${name}` : name, name)));
}

export async function readForeignFile(history: ForeignHistory, entry: FolderEntry): Promise<ForeignFile> {
  if (entry.kind !== 'file') throw refuse(history, entry);
  try {
    return { path: entry.path, bytes: await readFile(join(history.root, entry.path)) };
  } catch (cause) {
    throw unreadable(entry.path, cause);
  }
}

/** By code unit, unlike `localeCompare`: the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

async function readEntry(history: ForeignHistory, path: string, name: string): Promise<FolderEntry> {
  if (/\p{Cc}/u.test(name)) {
    throw new UpdownError('unsafe-path', `The name ${JSON.stringify(path)} has a control character`, {
      hint: 'Rename it, then import again.',
    });
  }
  const target = await realpath(join(history.root, path)).catch(() => undefined);
  if (target === undefined || !isInside(history.root, target)) return { name, path, kind: 'away' };
  const stats = await stat(target);
  return { name, path, kind: stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other' };
}

function isInside(root: string, target: string): boolean {
  return target.startsWith(root.endsWith(sep) ? root : root + sep);
}

// F44: such a link would bring into the project what the history does not hold.
function refuse(history: ForeignHistory, entry: FolderEntry): UpdownError {
  return new UpdownError('unsafe-path', `"${entry.path}" ${problems[entry.kind]} "${history.name}"`, {
    hint: 'Put the file or folder itself in its place, then import again.',
  });
}

const problems = {
  away: 'is a link that leads out of',
  other: 'is not a regular file or folder in',
  file: 'is a file where a folder belongs in',
  folder: 'is a folder where a file belongs in',
} as const;

function unreadable(path: string, cause: unknown): UpdownError {
  const code = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
  const problem = { ENOENT: 'does not exist', ENOTDIR: 'is not a folder' }[code] ?? `can't be read (${code})`;
  return new UpdownError('input', `"${path}" ${problem}`, {
    cause,
    hint: 'Give the folder that holds the migrations.',
  });
}
