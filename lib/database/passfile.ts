import { readFile, stat } from 'node:fs/promises';
import type { ServerTarget } from './target.ts';

export interface PassfileAnswer {
  readonly password?: string;
  readonly warning?: string;
}

/** Looks a password up in `~/.pgpass` by libpq's rules. No file, or no line that fits, is no error. */
export async function readPassfile(target: ServerTarget): Promise<PassfileAnswer> {
  try {
    const { mode } = await stat(target.passfile);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      return { warning: `Password file "${target.passfile}" was ignored: others may read it, make it chmod 600` };
    }
    const password = findPassword(await readFile(target.passfile, 'utf8'), target);
    return password === undefined ? {} : { password };
  } catch {
    return {};
  }
}

type Key = Pick<ServerTarget, 'host' | 'port' | 'database' | 'user'>;

const usualSocketFolders = ['/var/run/postgresql', '/run/postgresql', '/tmp'];

/** The first line whose four fields match; `*` matches anything. */
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
  return Array.from(line.matchAll(/((?:[^:\\]|\\.?)*)(?::|$)/g), (match) => match[1]!).slice(0, 5);
}

function dropBackslashes(field: string): string {
  return field.replace(/\\(.)/g, '$1');
}
