import { type Node, nodeOf } from '../schema/dependencies.ts';
import { parentsOf } from '../schema/parents.ts';
import type { Column, ForeignTable, Table } from '../schema/relation.ts';
import type { Schema } from '../schema/schema.ts';
import type { Entries } from './subject.ts';

/** Of each column those that partitions and heirs have from it: they are altered and dropped with it. */
export function heirsOf({ tables, foreignTables }: Schema): ReadonlyMap<Node, readonly Node[]> {
  const found = new Map<Node, Node[]>();
  for (const table of [...tables, ...foreignTables]) {
    const kind = 'indexes' in table ? 'table' : 'foreign-table';
    for (const parent of parentsOf(table, { tables, foreignTables }))
      for (const { name, inheritance } of table.columns) {
        const isAbove = parent.columns.some((one) => one.name === name);
        if (!isAbove || (inheritance === 'local' && table.partition === null)) continue;
        const node = nodeOf('column', name, {
          kind: 'indexes' in parent ? 'table' : 'foreign-table',
          name: parent.name,
        });
        found.set(node, [...(found.get(node) ?? []), nodeOf('column', name, { kind, name: table.name })]);
      }
  }
  return found;
}

/** Whether it is a column of a partition, or one that an heir has from above alone. */
export function isFromAbove(node: Node, entries: Entries): boolean {
  const entry = entries.get(node);
  if (entry?.kind !== 'column' || entry.of === undefined) return false;
  const table = entries.get(nodeOf(entry.of.kind, entry.of.name))?.value as Table | ForeignTable | undefined;
  return (entry.value as Column).inheritance === 'inherited' || (table?.partition ?? null) !== null;
}
