import { readFile, stat } from 'node:fs/promises';
import type { Candidate } from './target.ts';

export interface Passfile {
  readonly text: string;
  /** Why it was not read. */
  readonly warning?: string | undefined;
}

/** `~/.pgpass`, or what stands for it. No file is no error. */
export async function readPassfile(path: string): Promise<Passfile> {
  try {
    const found = await stat(path);
    const isOpen = process.platform !== 'win32' && (found.mode & 0o077) !== 0;
    if (!found.isFile()) return ignored(path, 'it is no plain file');
    if (isOpen) return ignored(path, 'others may read it, make it chmod 600');
    return { text: await readFile(path, 'utf8') };
  } catch {
    return { text: '' };
  }
}

function ignored(path: string, reason: string): Passfile {
  return { text: '', warning: `Password file "${path}" was ignored: ${reason}` };
}

type Key = Pick<Candidate, 'host' | 'port' | 'database' | 'user'>;

const usualSocketFolders = ['/var/run/postgresql', '/run/postgresql', '/tmp'];

/** The first line whose four fields match, by libpq's rules; `*` matches anything. */
export function findPassword(file: string, key: Key): string | undefined {
  const host = usualSocketFolders.includes(key.host) ? 'localhost' : key.host;
  const wanted = [host, String(key.port), key.database, key.user];
  for (const line of file.split(/\r?\n/)) {
    const fields = line.startsWith('#') ? [] : splitFields(line);
    const matches = wanted.every(
      (value, at) => fields[at] === '*' || (fields[at] !== undefined && dropBackslashes(fields[at]) === value),
    );
    if (matches && fields[4] !== undefined) return dropBackslashes(fields[4]);
  }
  return undefined;
}

/** At colons that no backslash stands before. */
function splitFields(line: string): string[] {
  return Array.from(line.matchAll(/((?:[^:\\]|\\.?)*)(?::|$)/g), ([, field = '']) => field).slice(0, 5);
}

function dropBackslashes(field: string): string {
  return field.replace(/\\(.)/g, '$1');
}
