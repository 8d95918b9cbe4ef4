import { describeName } from '../schema/describe-name.ts';
import type { ForeignTable, Table } from '../schema/relation.ts';
import type { Schema } from '../schema/schema.ts';
import { orderOf } from './column-order.ts';

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
    ...(orderOf(table, schema)?.kind === 'lost'
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
