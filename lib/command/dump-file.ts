import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isUpdownError, UpdownError } from '../errors.ts';
import { isDump } from '../sql/dump.ts';
import { quoteWord } from '../sql/quote.ts';
import { readText } from '../sql/read.ts';
import type { CommandOptions } from './context.ts';

export interface DumpFile {
  readonly content: Uint8Array;
  readonly text: string;
}

/** A file of SQL that pg_dump has written. Anything else is refused, with the command that makes such a file of it. */
export function readDumpFile(path: string, { cwd = '.' }: Pick<CommandOptions, 'cwd'>): DumpFile {
  const place = resolve(cwd, path);
  try {
    const isFolder = statSync(place).isDirectory();
    const content = readFileSync(isFolder ? join(place, 'toc.dat') : place);
    refuseBinary(path, content, isFolder);
    const text = readText(content, path);
    refuseForeign(path, text);
    return { content, text };
  } catch (error) {
    if (isUpdownError(error)) throw error;
    throw new UpdownError('usage', `"${path}" can't be read (${(error as NodeJS.ErrnoException).code})`, {
      hint: 'Name a file that pg_dump --schema-only has written, or the url of a database.',
    });
  }
}

function refuseBinary(path: string, content: Uint8Array, isFolder: boolean): void {
  const head = Buffer.from(content.subarray(0, 1024)).toString('latin1');
  if (isFolder || isArchive(head)) {
    const to = `${path.replace(/\/+$/, '')}.sql`;
    throw notText(path, 'an archive of pg_dump', `pg_restore --schema-only -f ${quoteWord(to)} ${quoteWord(path)}`);
  }
  const format = compressed.find(({ magic }) => head.startsWith(magic));
  if (format === undefined) return;
  throw notText(path, 'a compressed file', `${format.command} ${quoteWord(path)} > ${quoteWord(nameUnpacked(path))}`);
}

/** A shell overwrites what it is told to write to: the name without the suffix may be taken. */
function nameUnpacked(path: string): string {
  return path.replace(/(\.sql)?(\.(gz|bz2|xz|zst|zip))?$/i, '-unpacked.sql');
}

/** The format of `--format=custom`; a tar archive has `toc.dat` as its first member, which begins in the same way. */
function isArchive(head: string): boolean {
  return head.startsWith('PGDMP') || (head.startsWith('toc.dat\0') && head.startsWith('PGDMP', 512));
}

const compressed = [
  { magic: '\x1f\x8b', command: 'gzip -dc' },
  { magic: 'BZh', command: 'bzip2 -dc' },
  { magic: '\xfd7zXZ\0', command: 'xz -dc' },
  { magic: '\x28\xb5\x2f\xfd', command: 'zstd -dc' },
  { magic: 'PK\x03\x04', command: 'unzip -p' },
] as const;

function notText(path: string, what: string, command: string): UpdownError {
  return new UpdownError('usage', `"${path}" is ${what}, and no SQL`, {
    hint: `Nothing was written. Make SQL of it: ${command}`,
  });
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
