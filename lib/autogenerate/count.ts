import { type Row, SendError, type Session } from '../database/session.ts';
import { ownReading } from '../ledger/setting.ts';
import type { Sequence, Table } from '../schema/relation.ts';
import type { Schema } from '../schema/schema.ts';
import { begin } from '../script/block.ts';
import { quoteIdent, quoteRelation } from '../sql/quote.ts';
import type { Site } from '../verify/file.ts';
import { type Counts, printCounting, readCounts } from '../verify/rows.ts';
import { printCounters, printFill, printPointing } from './fill.ts';

/** What is in a database: rows, values, and how far its sequences have counted. */
export interface Holdings {
  readonly counts: Counts;
  /** The next value, by what they count for: a column, or a name. */
  readonly counters: ReadonlyMap<string, bigint>;
}

/** What was there and is not any more; names as SQL writes them. */
export type Loss =
  | { readonly of: 'table'; readonly table: string; readonly what: 'rows' }
  | { readonly of: 'column'; readonly table: string; readonly column: string; readonly what: 'values' | 'counter' }
  /** Of a sequence that no column owns. */
  | { readonly of: 'sequence'; readonly sequence: string; readonly what: 'counter' };

/** Puts a row in every table but these, and lets rows refer to what new foreign keys ask for. */
export async function fill(
  { scratch }: Site,
  there: Schema,
  { wanted, without }: { readonly wanted: Schema; readonly without: ReadonlySet<string> },
): Promise<void> {
  const filling = `${printFill(there, wanted, without)}${printPointing(there, wanted)}`;
  if (filling !== '') await scratch.session.send(`${begin}${ownReading}${filling}COMMIT;\n`);
}

/** Undefined where this role may not read a table. */
export async function readHoldings({ scratch: { session } }: Site, schema: Schema): Promise<Holdings | undefined> {
  try {
    return { counts: await readAll(session, schema.tables), counters: await readCounters(session, schema) };
  } catch (error) {
    if (!(error instanceof SendError) || error.lost) throw error;
    return undefined;
  }
}

async function readAll(session: Session, tables: readonly Table[]): Promise<Counts> {
  if (tables.length === 0) return new Map();
  const sets = await session.send(`${ownReading}${printCounting(tables)}`);
  return readCounts(tables, (sets.at(-1) ?? []) as readonly Row[]);
}

async function readCounters(session: Session, { sequences }: Schema): Promise<ReadonlyMap<string, bigint>> {
  if (sequences.length === 0) return new Map();
  const sets = await session.send(`${ownReading}${printCounters(sequences)}`);
  const rows = (sets.at(-1) ?? []) as readonly Row[];
  return new Map(
    rows.flatMap((row) => {
      const sequence = sequences[Number(row.at)];
      return sequence === undefined ? [] : [[counterOf(sequence), BigInt(row.next ?? 0)] as const];
    }),
  );
}

function counterOf(sequence: Sequence): string {
  return nameOfLoss(counterLossOf(sequence));
}

/** What each name is called behind the renames, as SQL writes it. */
export interface NewNames {
  readonly oldTable: (table: string) => string;
  readonly table: (table: string) => string;
  readonly column: (table: string, column: string) => string;
  /** Of a sequence that no column owns. */
  readonly sequence: (sequence: string) => string;
}

export const sameNames: NewNames = {
  oldTable: (one) => one,
  table: (one) => one,
  column: (_, one) => one,
  sequence: (one) => one,
};

/** Of tables, columns and sequences that are there before and behind: what they held, and do not hold any more. */
export function findLosses(
  before: Holdings,
  behind: Holdings,
  { there, now, names }: { readonly there: Schema; readonly now: Schema; readonly names: NewNames },
): readonly Loss[] {
  const rows = [...before.counts].flatMap(([old, { rows: count, values }]): readonly Loss[] => {
    const table = names.table(old);
    const stands = behind.counts.get(table);
    if (stands === undefined) return [];
    if (stands.rows < count) return [{ of: 'table', table, what: 'rows' }];
    return [...values].flatMap(([column, held]) => {
      const own = names.column(old, column);
      const left = stands.values.get(own);
      return left !== undefined && left < held ? [{ of: 'column', table, column: own, what: 'values' } as const] : [];
    });
  });
  return [...rows, ...findStopped(before, behind, { there, now, names })];
}

function findStopped(
  before: Holdings,
  behind: Holdings,
  { there, now, names }: { readonly there: Schema; readonly now: Schema; readonly names: NewNames },
): readonly Loss[] {
  const counts = new Map(now.sequences.map((one) => [counterOf(one), one]));
  return there.sequences.flatMap((one): readonly Loss[] => {
    const value = before.counters.get(counterOf(one));
    const loss = renameLoss(counterLossOf(one), names);
    const key = nameOfLoss(loss);
    const stands = counts.get(key);
    if (value === undefined || stands === undefined) return [];
    const left = behind.counters.get(key);
    return left === undefined || isGiven(left, { ...one, next: value }, stands) ? [loss] : [];
  });
}

function counterLossOf({ name, ownedBy }: Sequence): Loss {
  return ownedBy === null
    ? { of: 'sequence', sequence: quoteRelation(name), what: 'counter' }
    : { of: 'column', table: quoteRelation(ownedBy.table), column: ownedBy.column, what: 'counter' };
}

/** The same loss of what has another name after the renames. */
export function renameLoss(loss: Loss, names: NewNames): Loss {
  switch (loss.of) {
    case 'table':
      return { ...loss, table: names.table(loss.table) };
    case 'column':
      return { ...loss, table: names.table(loss.table), column: names.column(loss.table, loss.column) };
    case 'sequence':
      return { ...loss, sequence: names.sequence(loss.sequence) };
  }
}

/** `app.orders`, `app.orders.total`, `app.orders_numbers` */
export function nameOfLoss(loss: Loss): string {
  switch (loss.of) {
    case 'table':
      return loss.table;
    case 'column':
      return `${loss.table}.${quoteIdent(loss.column)}`;
    case 'sequence':
      return loss.sequence;
  }
}

interface Counter extends Pick<Sequence, 'increment'> {
  readonly next: bigint;
}

/** Whether a sequence gave this value before. One that counts the other way from now on begins somewhere else. */
function isGiven(value: bigint, { next, increment }: Counter, now: Sequence): boolean {
  if (increment.startsWith('-') !== now.increment.startsWith('-')) return false;
  const last = next - BigInt(increment);
  return increment.startsWith('-') ? value >= last : value <= last;
}
