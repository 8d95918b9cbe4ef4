import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { refuseForged } from '../command/verify-script.ts';
import { isUpdownError, UpdownError } from '../errors.ts';
import { type Reviewed, readReviewed } from '../plan/reviewed.ts';
import type { GivenFile } from '../run/compare.ts';
import { decodeUtf8 } from '../sql/utf8.ts';
import type { Call } from './action.ts';
import { usage } from './argv.ts';

/** A digest; or the script, the folder of scripts or the plan that was reviewed. */
export async function readExpected(call: Call): Promise<{ readonly expect?: string | Reviewed }> {
  const text = call.value('expect');
  return text === undefined ? {} : { expect: await read(call, text) };
}

async function read(call: Call, text: string): Promise<string | Reviewed> {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  const files = readFiles(call, text);
  const scripts = files.filter(({ name }) => name !== readme);
  if (scripts.length === 0) {
    if (!/[./\\]/.test(text)) return text;
    const hint = 'Name what --output or `updown plan --json` has written, or a digest.';
    throw usage(`There is no such file or folder, and it is no digest: "${text}"`, undefined, hint);
  }
  const reviewed = readReviewed(scripts.map((file) => file.text).join('\n'), text);
  // A plan in JSON has no form.
  if (reviewed.form !== undefined) await refuseForged({ ...call.options, files, name: text });
  return reviewed;
}

const readme = 'README.md';

/** The file itself, or a folder's scripts in the order of their names, and its README. */
export function readFiles(call: Call, name: string): readonly GivenFile[] {
  const path = resolve(call.options.cwd ?? '.', name);
  return listFiles(path).map((file) => ({ name: basename(file), text: readText(file, name) }));
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
