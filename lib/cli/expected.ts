import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UpdownError } from '../errors.ts';
import { type Reviewed, readReviewed } from '../plan/reviewed.ts';
import type { Call } from './action.ts';

/** A digest; or the script, the folder of scripts or the plan that was reviewed. */
export function readExpected(call: Call, text: string): string | Reviewed {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  const path = resolve(call.options.cwd ?? '.', text);
  const files = listFiles(path);
  return files.length === 0 ? text : readReviewed(files.map((file) => readText(file, text)).join('\n'), text);
}

/** The file itself, or a folder's scripts in the order of their names. */
export function listFiles(path: string): readonly string[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory() !== true) return found === undefined ? [] : [path];
  const names = readdirSync(path).filter((name) => name.endsWith('.sql'));
  return names.sort().map((name) => join(path, name));
}

export function readText(file: string, shown: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UpdownError('usage', `"${shown}" can't be read (${(error as NodeJS.ErrnoException).code})`, {
      hint: 'Check the path and its permissions.',
    });
  }
}
