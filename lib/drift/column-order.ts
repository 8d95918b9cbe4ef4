import { freeName } from '../schema/free-name.ts';
import type { Name } from '../schema/name.ts';
import type { Column, ForeignTable, Table } from '../schema/relation.ts';
import { isSame } from '../schema/same.ts';
import type { Schema } from '../schema/schema.ts';

type Tables = Pick<Schema, 'tables' | 'foreignTables'>;

/** How a table is made that inherits columns which it does not have in front, in the order of its parents, as CREATE TABLE puts them. */
export type Order =
  /** It defines all of them itself: ALTER TABLE ... INHERIT takes it as it is. */
  | { readonly kind: 'own' }
  /**
   * Some are from above alone. It is made as the heir of an empty table that gets them one by one, and is made the heir of its parents with
   * them: a column stays one from above as long as some table is.
   */
  | { readonly kind: 'stand-in'; readonly standIn: Name }
  /** A column is computed of one that stands behind it, which no column can be that is added. */
  | { readonly kind: 'lost' };

/** Undefined where CREATE TABLE makes that order. */
export function orderOf(table: Table | ForeignTable, schema: Tables): Order | undefined {
  const { inherits, columns, constraints, partition, name } = table;
  if (inherits.length === 0 || partition !== null) return undefined;
  const above = parentsOf(table, schema).flatMap((parent) => parent.columns);
  const isAbove = (column: Column) => above.some((one) => one.name === column.name);
  const own = columns.filter((column) => !isAbove(column));
  const made = new Set([...above, ...own].map((column) => column.name));
  if ([...made].join('\0') === columns.map((column) => column.name).join('\0')) return undefined;
  const isOwn = ({ inheritance }: { readonly inheritance: string }) => inheritance !== 'inherited';
  if (columns.every(isOwn) && constraints.every(isOwn)) return { kind: 'own' };
  if (columns.some((column, index) => mayName(column, columns.slice(index + 1)))) return { kind: 'lost' };
  const taken = new Set([...schema.tables, ...schema.foreignTables].map((one) => one.name.name));
  return { kind: 'stand-in', standIn: { schema: name.schema, name: freeName(name.name, '_parent', taken) } };
}

/** What it inherits, or is a partition of. */
export function parentsOf(
  { inherits, partition }: Pick<Table, 'inherits' | 'partition'>,
  { tables, foreignTables }: Tables,
): readonly (Table | ForeignTable)[] {
  return (partition === null ? inherits : [partition.of]).flatMap((name) =>
    [...tables, ...foreignTables].filter((one) => isSame(one.name, name)),
  );
}

function mayName({ generated }: Column, others: readonly Column[]): boolean {
  return generated !== null && others.some(({ name }) => generated.expression.includes(name));
}
