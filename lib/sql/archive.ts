import { UpdownError } from '../errors.ts';
import { quoteWord } from './quote.ts';

/** Where SQL is to be: an archive of pg_dump, or a compressed file, is refused with the command that writes SQL from it. */
export function refuseArchive(
  content: Uint8Array | string,
  path: string,
  { isFolder = false }: { readonly isFolder?: boolean } = {},
): void {
  const head = typeof content === 'string' ? content : Buffer.from(content.subarray(0, 1024)).toString('latin1');
  if (isFolder || isArchive(head)) {
    const to = `${path.replace(/\/+$/, '')}.sql`;
    throw notText(path, 'an archive of pg_dump', `pg_restore --schema-only -f ${quoteWord(to)} ${quoteWord(path)}`);
  }
  const format = compressed.find(({ magic }) => head.startsWith(magic));
  if (format === undefined) return;
  throw notText(path, 'a compressed file', `${format.command} ${quoteWord(path)} > ${quoteWord(nameUnpacked(path))}`);
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

/** A shell overwrites what it is told to write to: the name without the suffix may be taken. */
function nameUnpacked(path: string): string {
  return path.replace(/(\.sql)?(\.(gz|bz2|xz|zst|zip))?$/i, '-unpacked.sql');
}

function notText(path: string, what: string, command: string): UpdownError {
  return new UpdownError('usage', `"${path}" is ${what}, not SQL`, {
    hint: `Nothing was written. Convert it to SQL: ${command}`,
  });
}
