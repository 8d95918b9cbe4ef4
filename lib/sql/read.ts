import { hash } from 'node:crypto';
import { UpdownError } from '../errors.ts';
import { readDirectives } from './directive.ts';
import { lex } from './lexer.ts';
import { placeAt } from './locate.ts';
import type { SqlSource } from './source.ts';

/** Bytes, or the text they were read as, to the one text that is hashed, checked, sent and printed; what no reader could agree on is refused. */
export function readSql(content: Uint8Array | string, file: string): SqlSource {
  const text = normalize(typeof content === 'string' ? dropMark(content) : decode(content, file));
  const source = { file, text };
  refuseNul(source);
  refuseMark(source);
  return { ...source, digest: digestOf(text), directives: readDirectives(source) };
}

/** Lets go of a BOM at the very start, as psql does (F51). */
const strict = new TextDecoder('utf-8', { fatal: true });

function dropMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return strict.decode(bytes);
  } catch {
    throw invalidUtf8(bytes, file);
  }
}

/** A checkout's line ends are no part of what was reviewed (F46, F52). A lone carriage return is data. */
function normalize(text: string): string {
  return text.includes('\r\n') ? text.replaceAll('\r\n', '\n') : text;
}

function digestOf(text: string): string {
  return hash('sha256', text);
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
    throw new UpdownError('input', 'An invisible byte order mark (U+FEFF) stands between the statements', {
      hint: 'Delete it; it often comes from joining two files.',
      place: placeAt(source, start + index),
    });
  }
}

function invalidUtf8(bytes: Uint8Array, file: string): UpdownError {
  const before = loose(bytes.subarray(0, provenBad(bytes) - 1), true);
  const offset = Buffer.byteLength(before);
  const byte = bytes[offset]?.toString(16).padStart(2, '0');
  return new UpdownError('input', `The file is not valid UTF-8: byte 0x${byte} at offset ${offset}`, {
    hint: isUtf16(bytes) ? 'It looks like UTF-16: save it as UTF-8.' : 'Save the file as UTF-8.',
    place: placeAt({ file, text: shown(loose(bytes, false)) }, shown(before).length),
  });
}

/** What is readable of the bytes; with `stream`, a character cut off at their end is left out. */
function loose(bytes: Uint8Array, stream: boolean): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes, { stream });
}

const shown = (text: string): string => normalize(text.replace(/^\uFEFF/, ''));

/** The length of the shortest prefix that no further bytes could make valid. */
function provenBad(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    if (couldBeginUtf8(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  return bad;
}

function couldBeginUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function isUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}
