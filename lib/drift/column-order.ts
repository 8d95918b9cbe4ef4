import type { Column, ForeignTable, Table } from '../schema/relation.ts';
import { isSame } from '../schema/same.ts';
import type { Schema } from '../schema/schema.ts';

/** CREATE TABLE puts what a table inherits first, in the order of its parents. */
export function hasOtherOrder(
  { inherits, columns, partition }: Table | ForeignTable,
  { tables }: Pick<Schema, 'tables'>,
): boolean {
  if (inherits.length === 0 || partition !== null) return false;
  const above = inherits.flatMap((name) => tables.find((one) => isSame(one.name, name))?.columns ?? []);
  const isAbove = ({ name }: Column) => above.some((one) => one.name === name);
  const own = columns.filter((column) => !isAbove(column));
  const made = new Set([...above, ...own].map(({ name }) => name));
  return [...made].join('\0') !== columns.map(({ name }) => name).join('\0');
}

/** Whether ALTER TABLE ... INHERIT makes it with its own order of columns: only where it defines itself all that it inherits. */
export function inheritsLater(table: Table, schema: Pick<Schema, 'tables'>): boolean {
  const isOwn = ({ inheritance }: { readonly inheritance: string }) => inheritance !== 'inherited';
  return hasOtherOrder(table, schema) && table.columns.every(isOwn) && table.constraints.every(isOwn);
}
