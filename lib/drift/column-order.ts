import { freeName } from '../schema/free-name.ts';
import type { Name } from '../schema/name.ts';
import { parentsOf } from '../schema/parents.ts';
import type { Column, ForeignTable, Table } from '../schema/relation.ts';
import type { Schema } from '../schema/schema.ts';
import { lex } from '../sql/lexer.ts';
import { quoteIdent } from '../sql/quote.ts';

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

/** Whether the expression of a generated column has the name of one of these: as a word, or between quotes. */
function mayName({ generated }: Column, others: readonly Column[]): boolean {
  if (generated === null) return false;
  const { expression } = generated;
  const words = new Set(Array.from(lex(expression), ({ start, end }) => expression.slice(start, end)));
  return others.some(({ name }) => words.has(quoteIdent(name)) || words.has(name));
}
