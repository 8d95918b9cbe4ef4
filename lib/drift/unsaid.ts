import { describeName } from '../schema/describe-name.ts';
import type { Column, ForeignTable, Table } from '../schema/relation.ts';
import { isSame } from '../schema/same.ts';
import type { Schema } from '../schema/schema.ts';

/** What no SQL makes. */
export interface Unwritten {
  /** `subscription orders` */
  readonly subject: string;
  readonly why: string;
}

/** What the SQL that makes a table does not say of it, because none can. */
export function findUnsaid(schema: Schema): readonly Unwritten[] {
  return [...schema.tables, ...schema.foreignTables].flatMap((table) => [
    ...table.constraints
      .filter(({ firing }) => !firing)
      .map(({ name }) => unsaid(table, 'constraint', name, 'That its triggers are disabled is not written.')),
    ...('indexes' in table ? table.indexes : [])
      .filter(({ valid }) => !valid)
      .map(({ name }) => unsaid(table, 'index', name, 'It is INVALID, and is made valid.')),
    ...(table.partition?.detaching ? [whole(table, 'It is half detached, and is made a partition.')] : []),
    ...(hasOtherOrder(table, schema)
      ? [whole(table, 'Its columns stand in another order than its parents give.')]
      : []),
  ]);
}

function unsaid(table: Table | ForeignTable, kind: 'constraint' | 'index', name: string, why: string): Unwritten {
  return { subject: `${describeName(kind, name)} of ${whole(table, '').subject}`, why };
}

function whole(table: Table | ForeignTable, why: string): Unwritten {
  return { subject: describeName('indexes' in table ? 'table' : 'foreign-table', table.name), why };
}

/** What a table inherits stands in front, in the order of its parents. */
function hasOtherOrder({ inherits, columns, partition }: Table | ForeignTable, { tables }: Schema): boolean {
  if (inherits.length === 0 || partition !== null) return false;
  const above = inherits.flatMap((name) => tables.find((one) => isSame(one.name, name))?.columns ?? []);
  const isAbove = ({ name }: Column) => above.some((one) => one.name === name);
  const own = columns.filter((column) => !isAbove(column));
  const made = new Set([...above, ...own].map(({ name }) => name));
  return [...made].join('\0') !== columns.map(({ name }) => name).join('\0');
}
