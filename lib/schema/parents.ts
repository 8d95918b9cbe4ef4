import type { Name } from './name.ts';
import type { ForeignTable, Table } from './relation.ts';
import { isSame } from './same.ts';
import type { Schema } from './schema.ts';

type Heir = Pick<Table | ForeignTable, 'inherits' | 'partition'>;

/** The names of what a table inherits, or is a partition of. */
export function parentNames({ inherits, partition }: Heir): readonly Name[] {
  return partition === null ? inherits : [partition.of];
}

/** Those of them that the schema has, in their order. */
export function parentsOf(
  table: Heir,
  { tables, foreignTables }: Pick<Schema, 'tables' | 'foreignTables'>,
): readonly (Table | ForeignTable)[] {
  const all = [...tables, ...foreignTables];
  return parentNames(table).flatMap((name) => all.filter((one) => isSame(one.name, name)));
}
