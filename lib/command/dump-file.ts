import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isUpdownError, UpdownError } from '../errors.ts';
import { refuseArchive } from '../sql/archive.ts';
import { isDump } from '../sql/dump.ts';
import { readText } from '../sql/read.ts';
import type { CommandOptions } from './context.ts';

export interface DumpFile {
  readonly content: Uint8Array;
  readonly text: string;
}

/** A file of SQL that pg_dump has written. Anything else is refused, with the command that makes such a file of it. */
export function readDumpFile(path: string, { cwd }: Pick<CommandOptions, 'cwd'>): DumpFile {
  const hint = 'Name a file that pg_dump --schema-only has written, or the url of a database.';
  const content = readDumpContent(path, cwd, hint);
  const text = readText(content, path);
  refuseForeign(path, text);
  return { content, text };
}

/** The bytes of a file that may hold any SQL, but is no archive. */
export function readDumpContent(path: string, cwd = '.', hint: string): Uint8Array {
  const place = resolve(cwd, path);
  try {
    const isFolder = statSync(place).isDirectory();
    const content = readFileSync(isFolder ? join(place, 'toc.dat') : place);
    refuseArchive(content, path, { isFolder });
    return content;
  } catch (error) {
    if (isUpdownError(error)) throw error;
    throw new UpdownError('usage', `"${path}" can't be read (${(error as NodeJS.ErrnoException).code})`, { hint });
  }
}

function refuseForeign(path: string, text: string): void {
  if (isDump(text)) return;
  if (/^(-- (MySQL|MariaDB) dump|\/\*M?!)/.test(text.trimStart()))
    throw new UpdownError('usage', `"${path}" is a dump of MySQL, which PostgreSQL can't run`, {
      hint: 'Nothing was written. Load it into a PostgreSQL database first, for instance with pgloader, and name the url of that database.',
    });
  throw new UpdownError('usage', `"${path}" is not a text that pg_dump has written`, {
    hint: 'Write one: pg_dump --schema-only -f schema.sql "<connection string>". SQL of your own goes into a revision: updown revision -m "baseline"',
  });
}
