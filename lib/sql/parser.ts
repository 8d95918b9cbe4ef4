import { setFlagsFromString } from 'node:v8';
import type { Node, SqlError } from 'libpg-query';
import { UpdownError } from '../errors.ts';
import { type Located, offsetOfCodePoint, placeAt } from './locate.ts';
import { escapeCharacter, sanitizeLine } from './quote.ts';
import { type Excerpt, shorten } from './shorten.ts';

export type { Node };

/** A statement as PostgreSQL's parser cut it, in UTF-16 offsets: `stop` is its semicolon or the end of the text. */
export interface RawStatement {
  readonly node: Node;
  readonly start: number;
  readonly stop: number;
  /** Other rows of the statement before: it was too long for one tree. */
  readonly more?: boolean;
}

export interface Parser {
  readonly parse: typeof parse;
}

let library: typeof import('libpg-query') | undefined;

/** PostgreSQL 18's own grammar as WebAssembly: some 30 ms to load, so only a command that runs or emits something asks for it. */
export async function loadParser(): Promise<Parser> {
  const loaded = await import('libpg-query');
  // Optimizing the grammar takes 100 ms of CPU in every run and never pays: the baseline code parses 20,000 statements as fast.
  setFlagsFromString('--liftoff-only');
  try {
    await loaded.loadModule();
  } finally {
    setFlagsFromString('--no-liftoff-only');
  }
  library = loaded;
  return { parse };
}

/** A PL/pgSQL function, as the tree of its statements: each holds its SQL as text. */
export function parsePlpgsql(text: string): unknown {
  if (library === undefined) throw new UpdownError('internal', 'The SQL parser is asked before it is loaded');
  return library.parsePlPgSQLSync(text);
}

/** A word, number, constant or sign of a text as PostgreSQL's scanner reads it. */
export interface Word {
  readonly text: string;
  /** In UTF-16 offsets. */
  readonly start: number;
  readonly end: number;
  /** In bytes, as the parser's trees count. */
  readonly byte: number;
  /** A keyword, which stands without quotes. */
  readonly isBare: boolean;
  /** A string constant, with its quotes. */
  readonly isConstant: boolean;
}

/** Without comments. Throws where the text is not to be read. */
export function scan(text: string): readonly Word[] {
  if (library === undefined) throw new UpdownError('internal', 'The SQL parser is asked before it is loaded');
  const offsetOf = utf16Offsets(text);
  return library
    .scanSync(text)
    .tokens.filter(({ tokenName }) => !tokenName.endsWith('_COMMENT'))
    .map(({ start, end, text: word, keywordKind, tokenName }) => ({
      ...{ text: word, start: offsetOf(start), end: offsetOf(end), byte: start },
      isBare: keywordKind !== 0,
      isConstant: tokenName.endsWith('SCONST'),
    }));
}

/** The words of a text as PostgreSQL's scanner reads them, without comments. */
export function wordsIn(text: string): readonly string[] {
  if (library === undefined) throw new UpdownError('internal', 'The SQL parser is asked before it is loaded');
  return library
    .scanSync(text)
    .tokens.filter(({ tokenName }) => !tokenName.endsWith('_COMMENT'))
    .map((token) => token.text);
}

/**
 * `cuts` are offsets, rising, where a statement surely ended: a text of many megabytes is parsed in pieces between them, and a long statement
 * shortened.
 */
export function* parse(source: Located, cuts: readonly number[] = []): Generator<RawStatement, void, undefined> {
  for (const { from, to } of piecesOf(source.text, cuts)) {
    let more = false;
    for (const excerpt of shorten(source.text, from, to)) {
      for (const statement of parseExcerpt(source, excerpt)) yield more ? { ...statement, more } : statement;
      more = true;
    }
  }
}

/** The statements of a text that is in no file, such as the definition of a view. */
export function parseText(text: string): readonly Node[] {
  return Array.from(parse({ file: '', text })).flatMap(({ node, more }) => (more ? [] : [node]));
}

/** A tree takes a hundred times the size of its text. */
const pieceLength = 1 << 13;

/** What is longer than a piece is one by itself. */
function* piecesOf(text: string, cuts: readonly number[]): Generator<{ from: number; to: number }, void, undefined> {
  let from = 0;
  let last = 0;
  for (const cut of cuts) {
    if (cut - last > pieceLength && last > from) {
      yield { from, to: last };
      from = last;
    }
    if (cut - from >= pieceLength) {
      yield { from, to: cut };
      from = cut;
    }
    last = cut;
  }
  yield { from, to: text.length };
}

function parseExcerpt(source: Located, excerpt: Excerpt): readonly RawStatement[] {
  if (library === undefined) throw new UpdownError('internal', 'The SQL parser is asked before it is loaded');
  const { text, end } = excerpt;
  if (text === '') return [];
  const offsetOf = utf16Offsets(text);
  try {
    return (library.parseSync(text).stmts ?? []).flatMap(({ stmt, stmt_location = 0, stmt_len = 0 }) => {
      if (stmt === undefined) return [];
      const start = excerpt.offsetOf(offsetOf(stmt_location));
      const stop = stmt_len === 0 ? end : excerpt.offsetOf(offsetOf(stmt_location + stmt_len));
      return [{ node: excerpt.restore(stmt), start, stop }];
    });
  } catch (error) {
    if (library.hasSqlDetails(error)) throw syntaxError(source, excerpt, error);
    throw overwhelmed(source, excerpt.offsetOf(0), error);
  }
}

/** The parser counts bytes of UTF-8. The offsets asked for must rise, so that all of them cost one walk. */
function utf16Offsets(text: string): (byte: number) => number {
  if (Buffer.byteLength(text) === text.length) return (byte) => byte;
  let bytes = 0;
  let offset = 0;
  return (byte) => {
    while (bytes < byte) {
      const code = text.codePointAt(offset) ?? 0;
      bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
      offset += code < 0x10000 ? 1 : 2;
    }
    return offset;
  };
}

/** The position of an error, unlike a statement's, counts code points. */
function syntaxError(source: Located, excerpt: Excerpt, error: SqlError): UpdownError {
  const offset = excerpt.offsetOf(offsetOfCodePoint(excerpt.text, error.sqlDetails?.cursorPosition ?? 0));
  const message = sanitizeLine(error.message);
  const shown = message.length > 120 ? `${message.slice(0, 119)}…` : message;
  return new UpdownError('input', shown.charAt(0).toUpperCase() + shown.slice(1), {
    hint: hintAt(source.text, offset),
    place: placeAt(source, offset),
  });
}

function hintAt(text: string, offset: number): string {
  if (/^:[\w'"{]/.test(text.slice(offset, offset + 2))) return variableHint;
  // In quotes it is no fault: another one is.
  const [unseen] = /(?<=^[^ \t\n'"$/-]*)[\u00a0\u200b-\u200d\u2060]/.exec(text.slice(offset, offset + 200)) ?? [];
  return unseen === undefined
    ? newerHint
    : `Replace the invisible character ${escapeCharacter(unseen)} by a plain space.`;
}

const variableHint = 'If this is a psql variable, write its value out: the server does not replace variables.';
const newerHint =
  'Correct the SQL; or, if it is syntax of a server newer than PostgreSQL 18, put "-- updown: unparsed" at the head of the file.';

/** An expression nested thousands of levels deep ends the parser's stack, as it may the server's. */
function overwhelmed(source: Located, base: number, cause: unknown): UpdownError {
  return new UpdownError('input', 'The SQL is too deeply nested for the parser', {
    hint: 'Split the statement; or put "-- updown: unparsed" at the head of the file and let the server judge it.',
    place: placeAt(source, base),
    cause,
  });
}
