import { packItems, printCall } from '../sql/pack.ts';
import { printRegclass, quoteIdent, quoteLiteral, quoteRelation } from '../sql/quote.ts';
import type { Statement } from '../sql/source.ts';
import { keyOf, printIsThere, thingOf } from './progress-probe.ts';
import type { StepInput } from './step.ts';

/** What is there now of all that a file makes and takes away outside a transaction: noted with each entry, to tell later what has run. */
export interface Seen {
  /** All of it, as an expression. */
  readonly all: string;
  /** The same where an entry notes it, behind so many statements. */
  readonly behind: (done: number) => Noted;
}

/** An expression, and what has to be declared and done before it, as PL/pgSQL; both empty where it stands for itself. */
export interface Noted {
  readonly declares: readonly string[];
  readonly commands: readonly string[];
  readonly value: string;
}

/** So many things are named at each entry: what is printed for a file has to grow as the file does. */
const few = 8;

export function compileSeen({ id, ledger, inspected: { statements } }: StepInput): Seen {
  const s = quoteIdent(ledger.schema);
  const watched = statements.map(watchedOf);
  const [tables, things] = [findTables(watched), findThings(s, watched)];
  if (tables.length + things.length <= few) {
    const all = printSeen(s, printTables(tables), things);
    return { all, behind: () => ({ declares: [], commands: [], value: all }) };
  }
  return {
    all: printSeen(s, printTables(tables), [[`'tables'`, printOids(printTables(tables))], ...things]),
    behind: (done) => printKept(s, id, watched.slice(Math.max(done - 1, 0), done + 1)),
  };
}

/** What one statement is about. */
interface Watched {
  readonly statement: Statement;
  readonly table: string | undefined;
}

function watchedOf(statement: Statement): Watched {
  const { index } = statement;
  return { statement, table: index?.action === 'create' && index.table ? quoteRelation(index.table) : undefined };
}

/** Tables whose indexes the file changes. */
function findTables(watched: readonly Watched[]): readonly string[] {
  return [...new Set(watched.flatMap(({ table }) => table ?? []))].sort();
}

type Pair = readonly [key: string, value: string];

function findThings(s: string, watched: readonly Watched[]): readonly Pair[] {
  const things = watched.flatMap(({ statement }) => thingOf(statement) ?? []);
  return [...new Map(things.map((thing) => [quoteLiteral(keyOf(thing)), printIsThere(s, thing)]))];
}

function printTables(tables: readonly string[]): string {
  const packed = packItems(tables.map(printRegclass), '    ').trimStart();
  return `ARRAY[${packed.includes('\n') ? `\n    ${packed}` : packed}]::pg_catalog.regclass[]`;
}

function printOids(tables: string): string {
  return `pg_catalog.to_jsonb(\n    ${tables}::pg_catalog.oid[])`;
}

function printSeen(s: string, tables: string, pairs: readonly Pair[]): string {
  return joinSeen([printCall(`${s}.indexes_of`, [tables]), ...printPairs(pairs)]);
}

function joinSeen(parts: readonly string[]): string {
  const line = parts.join(' OPERATOR(pg_catalog.||) ');
  return line.length <= 100 ? line : parts.join('\n    OPERATOR(pg_catalog.||) ');
}

/** A function takes a hundred arguments. */
function printPairs(pairs: readonly Pair[]): readonly string[] {
  const parts = Array.from({ length: Math.ceil(pairs.length / 40) }, (_, part) =>
    pairs.slice(part * 40, part * 40 + 40),
  );
  return parts.map((part) => {
    const items = packItems(part.flat(), '    ').trimStart();
    const isLong = items.includes('\n') || items.length > 60;
    return `pg_catalog.jsonb_build_object(${isLong ? `\n    ${items}` : items})`;
  });
}

/**
 * Of many, each entry looks anew at every table, known by its number, and at what the statement and the next one are about; all else stays as
 * the entry before has it.
 */
function printKept(s: string, id: string, near: readonly Watched[]): Noted {
  const value = joinSeen([
    'was',
    `${s}.indexes_of(tables)`,
    ...printPairs([["'tables'", 'pg_catalog.to_jsonb(tables::pg_catalog.oid[])'], ...findThings(s, near)]),
  ]);
  return {
    declares: ['was pg_catalog.jsonb;', 'tables pg_catalog.regclass[];'],
    commands: [
      `SELECT coalesce(pg_catalog.max(u.detail::pg_catalog.text), '{}') INTO was
    FROM ${s}.unfinished u WHERE u.revision OPERATOR(pg_catalog.=) ${quoteLiteral(id)};\n`,
      `was := was OPERATOR(pg_catalog.-) '{told,resumes,session,settings}'::pg_catalog.text[];\n`,
      `tables := ARRAY(
    SELECT t::pg_catalog.oid FROM pg_catalog.jsonb_array_elements_text(was OPERATOR(pg_catalog.->) 'tables') AS t
    UNION SELECT t::pg_catalog.oid FROM pg_catalog.unnest(${printTables(findTables(near))}) AS t WHERE t IS NOT NULL);\n`,
    ],
    value,
  };
}
