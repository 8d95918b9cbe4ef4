import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { isUpdownError, UpdownError } from '../errors.ts';
import type { GivenFile } from '../script/compare.ts';
import { decodeUtf8 } from '../sql/utf8.ts';

/** What a folder of scripts has beside them. */
export const readme = 'README.md';

/** The file itself, or a folder's scripts in the order of their names, and its README. */
export function readScriptFiles(path: string, { cwd = '.' }: { readonly cwd?: string }): readonly GivenFile[] {
  return listFiles(resolve(cwd, path)).map((file) => ({ name: basename(file), text: readText(file, path) }));
}

function listFiles(path: string): readonly string[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory() !== true) return found === undefined ? [] : [path];
  const names = readdirSync(path);
  const scripts = names.filter((name) => name.endsWith('.sql')).sort();
  return [...scripts, ...names.filter((name) => name === readme && scripts.length > 0)].map((name) => join(path, name));
}

function readText(file: string, shown: string): string {
  try {
    return decodeUtf8(readFileSync(file), shown, 'input');
  } catch (error) {
    if (isUpdownError(error)) throw error;
    throw new UpdownError('usage', `"${shown}" can't be read (${(error as NodeJS.ErrnoException).code})`, {
      hint: 'Check the path and its permissions.',
    });
  }
}
