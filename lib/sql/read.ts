import { createHash, hash } from 'node:crypto';
import { UpdownError } from '../errors.ts';
import { readDirectives } from './directive.ts';
import { lex } from './lexer.ts';
import { placeAt } from './locate.ts';
import { slicesOf } from './slices.ts';
import type { SqlSource } from './source.ts';
import { decodeUtf8 } from './utf8.ts';

/** Bytes, or the text they were read as, to the one text that is hashed, checked, sent and printed; what no reader could agree on is refused. */
export function readSql(content: Uint8Array | string, file: string): SqlSource {
  const text = readText(content, file);
  const source = { file, text };
  refuseNul(source);
  refuseMark(source);
  return { ...source, digest: digestOf(text), directives: readDirectives(source) };
}

/** The digest of a file's text, whatever else may be wrong with that. Throws `input` for what is not UTF-8. */
export function digestSql(content: Uint8Array | string, file: string): string {
  return digestOf(readText(content, file));
}

/** What neither a checkout nor an editor changes: without a BOM, line ends as LF. */
export function readText(content: Uint8Array | string, file: string): string {
  return normalize(dropMark(typeof content === 'string' ? content : decodeUtf8(content, file, 'input')));
}

/** Lets go of a BOM at the very start, as psql does (F51). */
function dropMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

/** A checkout's line ends are no part of what was reviewed (F46, F52). A lone carriage return is data. */
function normalize(text: string): string {
  return text.includes('\r\n') ? text.replaceAll('\r\n', '\n') : text;
}

function digestOf(text: string): string {
  if (text.length < 1 << 16) return hash('sha256', text);
  const digest = createHash('sha256');
  for (const slice of slicesOf(text)) digest.update(slice);
  return digest.digest('hex');
}

/** psql drops a NUL with the rest of its line and the line end: the next statement is skipped, exit 0 (F54). */
function refuseNul(source: Pick<SqlSource, 'file' | 'text'>): void {
  const offset = source.text.indexOf('\0');
  if (offset === -1) return;
  throw new UpdownError('input', 'The file holds a NUL byte', {
    hint: 'Delete that byte; PostgreSQL text cannot hold it.',
    place: placeAt(source, offset),
  });
}

/** The server takes a U+FEFF outside quotes for a letter (F51): two files were joined, or a word was pasted. */
function refuseMark(source: Pick<SqlSource, 'file' | 'text'>): void {
  if (!source.text.includes('\uFEFF')) return;
  for (const { kind, start, end } of lex(source.text)) {
    if (kind !== 'word' && kind !== 'variable') continue;
    const index = source.text.slice(start, end).indexOf('\uFEFF');
    if (index === -1) continue;
    throw new UpdownError('input', 'There is an invisible byte order mark (U+FEFF) between the statements', {
      hint: 'Delete it; it often comes from joining two files.',
      place: placeAt(source, start + index),
    });
  }
}
