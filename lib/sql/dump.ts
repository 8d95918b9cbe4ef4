import { lex } from './lexer.ts';
import { createSplitter, type Span } from './split.ts';

/**
 * A piece of a file of pg_dump that can be left out: what is for psql and its session, rows, entries of a schema, and what asks for another
 * database than an empty one: a DROP of what the file makes, and the schema public.
 */
export interface DumpPiece {
  readonly kind: 'psql' | 'rows' | 'counter' | 'large-object' | 'clean' | 'entry';
  readonly start: number;
  readonly end: number;
  /** Of rows, the table as it is written; of a counter, the sequence; of a large object, its number; of an entry, its schema. */
  readonly of: string;
}

/** Whether pg_dump has written it, as one of its first lines says. */
export function isDump(text: string): boolean {
  return /^(--[^\n]*\n|\s*\n)*(-- PostgreSQL database( cluster)? dump\b|\\restrict )/.test(text);
}

/** A name for another dump: the old one may be the only copy of its rows. */
export function nameNewDump(path: string): string {
  return path.replace(/(\.sql)?$/i, '-schema.sql');
}

/** Where the dump of a whole server begins. */
export function findServerDump(text: string): number | undefined {
  const at = text.search(/^-- PostgreSQL database cluster dump/m);
  return at === -1 ? undefined : at;
}

/** Where it goes on to another database, as with `pg_dump --create` and in a file of pg_dumpall. */
export function findConnect(text: string): number | undefined {
  for (let from = 0; from < text.length; ) {
    const { connect, next } = nextPiece(text, from);
    if (connect !== undefined) return connect;
    from = next;
  }
  return undefined;
}

/**
 * `\restrict` and `\unrestrict`, COPY with the rows behind it, INSERT, setval, large objects, which are data with a transaction around
 * them, and what `--clean` drops first: in a file as pg_dump writes it, where each statement begins a line.
 */
export function findDumpPieces(text: string): readonly DumpPiece[] {
  const pieces: DumpPiece[] = [];
  const firstEntry = findFirstEntry(text);
  for (let from = 0; from < text.length; ) {
    const { piece, next } = nextPiece(text, from, firstEntry);
    if (piece !== undefined) pieces.push(piece);
    from = next;
  }
  return pieces;
}

/** Where the first of its objects is made, which has a heading. What stands in front of it in the name of `--clean` has none. */
function findFirstEntry(text: string): number {
  const found = /^-- (?:Data for )?Name: .*; Type: /m.exec(text);
  return found?.index ?? 0;
}

/** The text with blanks in the place of these pieces, so that every line stays where it is. */
export function blankPieces(text: string, pieces: readonly DumpPiece[]): string {
  return cut(text, pieces, (piece) => piece.replaceAll(/[^\n]/g, ''));
}

/** The text without them. */
export function dropPieces(text: string, pieces: readonly DumpPiece[]): string {
  return cut(text, pieces, () => '');
}

function cut(text: string, pieces: readonly DumpPiece[], keep: (piece: string) => string): string {
  let at = 0;
  const kept = pieces.map(({ start, end }) => {
    const before = text.slice(at, start);
    at = end;
    return before + keep(text.slice(start, end));
  });
  return kept.join('') + text.slice(at);
}

/** What it sets for the session of psql, set for the transaction of a step. Without the pieces above it is SQL alone. */
export function setLocally(text: string): string {
  const splitter = createSplitter(text);
  const starts: number[] = [];
  for (const token of lex(text)) {
    const span = token.kind === 'comment' ? undefined : splitter.push(token);
    if (span !== undefined) starts.push(span.start);
  }
  return starts.toReversed().reduce((rest, start) => {
    const statement = rest.slice(start, start + 100);
    if (/^SET (?!(LOCAL|SESSION|ROLE|CONSTRAINTS|TRANSACTION)\b)[a-z_]+ = /.test(statement))
      return `${rest.slice(0, start)}SET LOCAL ${rest.slice(start + 4)}`;
    const path = /^SELECT pg_catalog\.set_config\('search_path', '', (?=false\);)/.exec(statement)?.[0];
    if (path === undefined) return rest;
    return `${rest.slice(0, start)}${path}true${rest.slice(start + path.length + 'false'.length)}`;
  }, text);
}

/** Up to the end of one, since what stands in rows is no SQL. */
function nextPiece(
  text: string,
  from: number,
  firstEntry = 0,
): { readonly piece?: DumpPiece; readonly connect?: number; readonly next: number } {
  const splitter = createSplitter(text);
  for (const token of lex(text, from)) {
    if (token.kind === 'comment') continue;
    if (token.kind === 'backslash') {
      const end = lineEnd(text, token.start);
      const isOwn = /^\\(un)?restrict /.test(text.slice(token.start, token.start + 12));
      const piece: DumpPiece = { kind: 'psql', start: token.start, end, of: '' };
      if (isOwn) return { piece, next: end };
      return text.startsWith('\\connect ', token.start) ? { connect: token.start, next: end } : { next: end };
    }
    const span = splitter.push(token);
    const piece = span && (pieceOf(text, span) ?? (span.start < firstEntry ? cleanOf(text, span) : undefined));
    if (piece !== undefined) return { piece, next: piece.end };
  }
  return { next: text.length };
}

function pieceOf(text: string, { start, stop }: Span): DumpPiece | undefined {
  const statement = text.slice(start, stop);
  // Every database has it.
  if (statement === 'CREATE SCHEMA public;') return { kind: 'clean', start, end: lineEnd(text, stop), of: '' };
  // An older server does not know all of the settings. A transaction is there for large objects alone.
  if (/^(SET [a-z_]+_timeout = 0|BEGIN|COMMIT);$/.test(statement))
    return { kind: 'psql', start, end: lineEnd(text, stop), of: '' };
  const [, copied] = /^COPY (.+?)(?: \(.*\))? FROM stdin[^;]*;$/s.exec(statement) ?? [];
  if (copied !== undefined) return { kind: 'rows', start, end: endOfRows(text, stop), of: copied };
  const [, inserted] = /^INSERT INTO ((?:"(?:[^"]|"")*"|[^\s("])+)/.exec(statement) ?? [];
  if (inserted !== undefined) return { kind: 'rows', start, end: lineEnd(text, stop), of: inserted };
  const [large, object = ''] = largeObject.exec(statement) ?? [];
  if (large !== undefined) return { kind: 'large-object', start, end: lineEnd(text, stop), of: object };
  const [, counted] = /^SELECT pg_catalog\.setval\('((?:[^']|'')*)'/.exec(statement) ?? [];
  return counted === undefined ? undefined : { kind: 'counter', start, end: lineEnd(text, stop), of: counted };
}

/** DROP, or ALTER with a DROP, DETACH and the like: all but what is set for the session. */
function cleanOf(text: string, { start, stop }: Span): DumpPiece | undefined {
  const isClean =
    /^(DROP|ALTER) /.test(text.slice(start, start + 6)) || text.startsWith('CREATE OR REPLACE VIEW ', start);
  return isClean ? { kind: 'clean', start, end: lineEnd(text, stop), of: '' } : undefined;
}

const largeObject =
  /^(?:SELECT pg_catalog\.(?:lo_create|lo_open|lo_close|lo_unlink|lowrite)\(|(?:ALTER|COMMENT ON|SECURITY LABEL (?:FOR \S+ )?ON|GRANT [A-Z, ]+ ON|REVOKE [A-Z, ]+ ON) LARGE OBJECT )'?(\d*)/;

function endOfRows(text: string, from: number): number {
  const end = text.indexOf('\n\\.', from);
  return end === -1 ? text.length : lineEnd(text, end + 1);
}

/** One past the line end. */
function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end + 1;
}
