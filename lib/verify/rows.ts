import type { Row } from '../database/session.ts';
import type { Name } from '../schema/name.ts';
import type { Column, Table } from '../schema/relation.ts';
import type { Schema } from '../schema/schema.ts';
import type { Domain, Enum } from '../schema/type.ts';
import { quoteIdent, quoteLiteral, quoteRelation } from '../sql/quote.ts';
import { boundsOf } from './bounds.ts';

/** Rows, or values of a column, that are not there any more. */
export interface Lost {
  readonly table: string;
  /** Null where it is whole rows. */
  readonly column: string | null;
  readonly count: number;
}

/** What was there before up.sql, and is not there behind down.sql. */
export interface LostBetween extends Lost {
  /** Which of the two took it away: what up.sql drops, no down.sql can bring back. */
  readonly by: 'up' | 'down';
}

/** What becomes of a row in every table on the way up and down. */
export interface RowsVerdict {
  /** Of tables and columns that are there before up.sql and behind down.sql: what was in them before, and is not behind. */
  readonly lost: readonly LostBetween[];
  /** With what up.sql has made, and down.sql drops. */
  readonly dropped: readonly Lost[];
  /** Why a file fails where there are rows, though it does not where there are none: then nothing is known of them. */
  readonly failed?: string | undefined;
}

/** How many rows each table has, and how many values each of its columns that may be NULL. */
export type Counts = ReadonlyMap<string, Count>;

export interface Count {
  readonly rows: number;
  readonly values: ReadonlyMap<string, number>;
}

/** A message that puts a row in every table, as far as that can be: keys and triggers are off, checks are not. */
export function printFilling(schema: Schema, tables: readonly Table[]): string {
  const types = typesOf(schema);
  return inBlock(fillable(tables).map((table) => printAttempts(table, types, schema)));
}

/** The same where up.sql has run: what it has made is filled, tables and columns. */
export function printFillingOfNew(before: Schema, after: Schema, tables: readonly Table[]): string {
  const types = typesOf(after);
  const old = new Map(before.tables.map((table) => [quoteRelation(table.name), table]));
  const blocks = fillable(tables).flatMap((table) => {
    const then = old.get(quoteRelation(table.name));
    return then === undefined ? [printAttempts(table, types, after)] : printUpdates(table, then, types);
  });
  return inBlock(blocks);
}

/** Who is no superuser may not turn keys and triggers off: then some rows are refused. */
function inBlock(blocks: readonly string[]): string {
  if (blocks.length === 0) return '';
  const role = (value: string) =>
    `  BEGIN SET LOCAL session_replication_role = ${value}; EXCEPTION WHEN insufficient_privilege THEN NULL; END;\n`;
  return `DO $updown$ BEGIN\n${role('replica')}${blocks.join('')}${role('origin')}END $updown$;\n`;
}

function printUpdates(table: Table, then: Table, types: Types): readonly string[] {
  const known = new Set(then.columns.map(({ name }) => name));
  return table.columns
    .filter(({ name, generated, identity }) => !known.has(name) && generated === null && identity === null)
    .map(({ name, type }) => {
      const column = quoteIdent(name);
      const update = `UPDATE ONLY ${quoteRelation(table.name)} SET ${column} = ${sampleOf(type, types)} WHERE ${column} IS NULL;`;
      return nest([update]);
    });
}

/** What has rows of its own: a row of a partitioned table is one of a partition. */
function fillable(tables: readonly Table[]): readonly Table[] {
  return tables.filter(({ partitionKey }) => partitionKey === null);
}

/** The fullest row first: what a check refuses of it may pass where columns are left out. */
function printAttempts(table: Table, types: Types, { tables }: Schema): string {
  const bounds = boundsOf(table, tables);
  const own = table.columns.filter(
    (column) => column.generated === null && column.identity === null && !isCounted(column),
  );
  const least = own.filter(({ notNull, default: value }) => notNull !== null && value === null);
  const inBounds = least.concat(own.filter((column) => bounds.has(column.name) && !least.includes(column)));
  const value = ({ name, type }: Column) => bounds.get(name) ?? sampleOf(type, types);
  return nest([...new Set([own, inBounds].map((columns) => printInsert(table, columns, value)))]);
}

/** The first statement, or the next one where that fails. */
function nest([first, ...others]: readonly string[]): string {
  const otherwise = others.length === 0 ? 'NULL;' : `\n${nest(others)}`;
  return `  BEGIN ${first} EXCEPTION WHEN OTHERS THEN ${otherwise} END;\n`;
}

/** It takes its values from a sequence. */
function isCounted({ default: value }: Column): boolean {
  return value?.startsWith('nextval(') === true;
}

function printInsert({ name }: Table, columns: readonly Column[], toValue: (column: Column) => string): string {
  if (columns.length === 0) return `INSERT INTO ${quoteRelation(name)} DEFAULT VALUES;`;
  const list = columns.map((column) => quoteIdent(column.name)).join(', ');
  const values = columns.map(toValue).join(', ');
  return `INSERT INTO ${quoteRelation(name)} (${list}) VALUES (${values});`;
}

interface Types {
  readonly enums: ReadonlyMap<string, Enum>;
  readonly domains: ReadonlyMap<string, Domain>;
}

function typesOf({ enums, domains }: Schema): Types {
  const byName = <T extends { readonly name: Name }>(values: readonly T[]) =>
    new Map(values.map((value) => [quoteRelation(value.name), value]));
  return { enums: byName(enums), domains: byName(domains) };
}

/** By the first words of a type, as the server writes it. */
const samples: readonly (readonly [RegExp, string])[] = [
  [/\[\]$/, "'{}'"],
  // No number that a history's own rows would begin with.
  [/^(smallint|integer|bigint|numeric|real|double precision|money|oid)\b/, '7919'],
  [/^(text|character varying|character|name|bpchar)\b|^"char"|citext$/, "'x'"],
  [/^boolean/, 'true'],
  [/^(date|timestamp|time)\b/, "'2020-01-01 12:00:00+00'"],
  [/^interval/, "'1 day'"],
  [/^uuid/, "'00000000-0000-4000-8000-000000000001'"],
  [/^jsonb?\b/, "'{}'"],
  [/^bytea/, "'\\x00'"],
  [/^(inet|cidr)\b/, "'127.0.0.1'"],
  [/^macaddr/, "'08:00:2b:01:02:03'"],
  [/^bit\b/, "B'0'"],
  [/^tsvector|^hstore|^tsquery/, "''"],
  [/range\b/, "'empty'"],
  [/^xml/, "'<x/>'"],
  [/^point/, "'(0,0)'"],
];

function sampleOf(type: string, types: Types): string {
  const domain = types.domains.get(type);
  if (domain !== undefined) return sampleOf(domain.type, types);
  const label = types.enums.get(type)?.labels[0];
  if (label !== undefined) return quoteLiteral(label);
  return samples.find(([pattern]) => pattern.test(type))?.[1] ?? 'NULL';
}

/** One query over all of these tables; an empty text where there are none. */
export function printCounting(tables: readonly Table[]): string {
  const counts = tables.map((table, at) => {
    const columns = table.columns.map(({ name }) => `pg_catalog.count(${quoteIdent(name)})`).join(', ');
    return `SELECT ${at} AS at, pg_catalog.count(*)::text AS rows, ARRAY[${columns}]::pg_catalog.int8[]::text AS counts FROM ONLY ${quoteRelation(table.name)}`;
  });
  return counts.length === 0 ? '' : `${counts.join('\nUNION ALL ')};\n`;
}

export function readCounts(tables: readonly Table[], rows: readonly Row[]): Counts {
  return new Map(
    rows.flatMap((row) => {
      const table = tables[Number(row.at)];
      if (table === undefined) return [];
      const counts = (row.counts ?? '{}').slice(1, -1).split(',').map(Number);
      const values = new Map(table.columns.map(({ name }, index) => [name, counts[index] ?? 0]));
      return [[quoteRelation(table.name), { rows: Number(row.rows), values }] as const];
    }),
  );
}

interface Counted {
  /** In front of up.sql, behind it, and behind down.sql; each with our rows. */
  readonly before: Counts;
  readonly between: Counts;
  readonly behind: Counts;
}

export function findLost({ before, between, behind }: Counted): Pick<RowsVerdict, 'lost' | 'dropped'> {
  const lost = [...before].flatMap(([table, then]) => {
    const now = behind.get(table);
    return now === undefined ? [] : lostOf(table, then, between.get(table), now);
  });
  const dropped = [...between].flatMap(([table, count]) => {
    const then = before.get(table);
    if (then !== undefined) return droppedOf(table, count, then, behind.get(table));
    return behind.has(table) || count.rows === 0 ? [] : [{ table, column: null, count: count.rows }];
  });
  return { lost, dropped };
}

function lostOf(table: string, then: Count, between: Count | undefined, now: Count): readonly LostBetween[] {
  const takenBy = (was: number, stood: number | undefined) => ((stood ?? 0) < was ? 'up' : 'down');
  if (now.rows < then.rows)
    return [{ table, column: null, count: then.rows - now.rows, by: takenBy(then.rows, between?.rows) }];
  return [...now.values].flatMap(([column, values]) => {
    const was = then.values.get(column) ?? 0;
    return was > values ? [{ table, column, count: was - values, by: takenBy(was, between?.values.get(column)) }] : [];
  });
}

function droppedOf(table: string, between: Count, then: Count, now: Count | undefined): readonly Lost[] {
  return [...between.values].flatMap(([column, count]) =>
    count > 0 && !then.values.has(column) && !now?.values.has(column) ? [{ table, column, count }] : [],
  );
}
