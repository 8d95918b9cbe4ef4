import type { Sequence, Table } from '../schema/relation.ts';
import { isSame } from '../schema/same.ts';
import type { Schema } from '../schema/schema.ts';
import type { Enum } from '../schema/type.ts';
import { quoteIdent, quoteLiteral, quoteRelation } from '../sql/quote.ts';
import { printFilling } from '../verify/rows.ts';

/** A message that puts a row in every table but these, as far as that can be, and lets the sequences count that no column takes values from. */
export function printFill(there: Schema, wanted: Schema, without: ReadonlySet<string>): string {
  const schema = { ...there, enums: there.enums.map((one) => withKeptFirst(one, wanted)) };
  const tables = schema.tables.filter(({ name }) => !without.has(quoteRelation(name)));
  const counting = schema.sequences
    .filter(({ ownedBy }) => ownedBy === null)
    .map(({ name }) => `PERFORM pg_catalog.nextval(${quoteLiteral(quoteRelation(name))});`);
  return `${inBlock(counting)}${printFilling(schema, tables)}`;
}

/** A row has a label that stays, if there is one. */
function withKeptFirst(one: Enum, { enums }: Schema): Enum {
  const kept = enums.find(({ name }) => isSame(name, one.name))?.labels ?? [];
  return { ...one, labels: one.labels.toSorted((a, b) => Number(kept.includes(b)) - Number(kept.includes(a))) };
}

/** Each by itself: what fails is left out. */
function inBlock(statements: readonly string[], before = '', behind = ''): string {
  if (statements.length === 0) return '';
  const each = statements.map((one) => `  BEGIN ${one} EXCEPTION WHEN OTHERS THEN NULL; END;\n`);
  return `DO $updown$ BEGIN\n${before}${each.join('')}${behind}END $updown$;\n`;
}

/** Rows refer to what a new foreign key asks for, where a row is there that they can refer to. */
export function printPointing(there: Schema, wanted: Schema): string {
  const old = new Map(there.tables.map((table) => [quoteRelation(table.name), table]));
  const updates = wanted.tables.flatMap(({ name, constraints }) =>
    constraints.flatMap(({ references, columns }) => {
      if (references === null) return [];
      const [own, other] = [old.get(quoteRelation(name)), old.get(quoteRelation(references.table))];
      if (own === undefined || other === undefined) return [];
      if (!hasColumns(own, columns) || !hasColumns(other, references.columns)) return [];
      const set = columns.map(
        (column, index) =>
          `${quoteIdent(column)} = (SELECT ${quoteIdent(references.columns[index] ?? '')} FROM ${quoteRelation(other.name)} LIMIT 1)`,
      );
      return [`UPDATE ${quoteRelation(name)} SET ${set.join(', ')};`];
    }),
  );
  const role = (value: string) =>
    `  BEGIN SET LOCAL session_replication_role = ${value}; EXCEPTION WHEN insufficient_privilege THEN NULL; END;\n`;
  // Twice: what is referred to may refer to others itself.
  return inBlock([...updates, ...updates], role('replica'), role('origin'));
}

/** One query over all of these; an empty text where there are none. */
export function printCounters(sequences: readonly Sequence[]): string {
  const each = sequences.map(
    ({ name, increment }, at) =>
      `SELECT ${at} AS at, (last_value + CASE WHEN is_called THEN ${increment} ELSE 0 END)::text AS next FROM ${quoteRelation(name)}`,
  );
  return each.length === 0 ? '' : `${each.join('\nUNION ALL ')};\n`;
}

function hasColumns({ columns }: Table, names: readonly string[]): boolean {
  return names.every((name) => columns.some((column) => column.name === name));
}
