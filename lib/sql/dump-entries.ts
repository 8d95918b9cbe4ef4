import type { DumpPiece } from './dump.ts';
import { lex } from './lexer.ts';
import { createSplitter } from './split.ts';

/** What pg_dump says above each object: `-- Name: orders; Type: TABLE; Schema: app; Owner: -`. */
interface Heading {
  readonly name: string;
  readonly type: string;
  readonly schema: string;
}

/**
 * The entries of pg_dump that make a schema and what stands in it, in a text without rows. What pg_dump sets for the objects that follow stays.
 */
export function findEntriesOf(text: string, schema: string): readonly DumpPiece[] {
  const pieces: DumpPiece[] = [];
  const add = (start: number, stop: number) =>
    pieces.push({ kind: 'entry', start, end: skipBlankLines(text, stop), of: schema });
  const splitter = createSplitter(text);
  let isOwn = false;
  for (const token of lex(text)) {
    if (token.kind === 'comment') {
      const heading = readHeading(text.slice(token.start, token.end));
      if (heading === undefined) continue;
      isOwn = isOf(heading, schema);
      if (isOwn) add(startOfFrame(text, token.start), endOfFrame(text, token.end));
      continue;
    }
    const span = splitter.push(token);
    if (span !== undefined && isOwn && !/^SET /.test(text.slice(span.start, span.start + 4)))
      add(span.start, span.stop);
  }
  return pieces;
}

/** The headings of rows, counters and large objects, in a text without these. */
export function findDataHeadings(text: string): readonly DumpPiece[] {
  const pieces: DumpPiece[] = [];
  for (const token of lex(text)) {
    const heading = token.kind === 'comment' ? readHeading(text.slice(token.start, token.end)) : undefined;
    if (heading === undefined || !isOfData(heading)) continue;
    const end = skipBlankLines(text, endOfFrame(text, token.end));
    pieces.push({ kind: 'entry', start: startOfFrame(text, token.start), end, of: heading.schema });
  }
  return pieces;
}

/** Comments and privileges of a large object stand under their own types. */
function isOfData({ name, type, schema }: Heading): boolean {
  return (
    /^(TABLE DATA|SEQUENCE SET|BLOBS?( METADATA)?)$/.test(type) || (schema === '-' && /^LARGE OBJECTS? /.test(name))
  );
}

function readHeading(comment: string): Heading | undefined {
  const [, name, type, schema] =
    /^-- (?:Data for )?Name: (.*); Type: ([A-Z ]+); Schema: (.*); Owner: /.exec(comment) ?? [];
  return name === undefined || type === undefined || schema === undefined ? undefined : { name, type, schema };
}

function isOf({ name, type, schema: of }: Heading, schema: string): boolean {
  if (of !== '-') return of === schema;
  return (type === 'SCHEMA' && name === schema) || name === `SCHEMA ${schema}`;
}

/** A heading stands between two lines of `--`. */
function startOfFrame(text: string, at: number): number {
  return text.slice(0, at).endsWith('\n--\n') ? at - '--\n'.length : at;
}

function endOfFrame(text: string, at: number): number {
  return text.startsWith('\n--\n', at) ? at + '\n--\n'.length : at;
}

function skipBlankLines(text: string, from: number): number {
  let at = from;
  while (text[at] === '\n') at += 1;
  return at;
}
