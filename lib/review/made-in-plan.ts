import type { Change } from './change.ts';
import { describeObject } from './object-name.ts';
import { type ObjectRow, objectKey } from './object-row.ts';
import { type ColumnRow, columnKey, type RelationRow, type Snapshot } from './snapshot.ts';

/** Whether an object, or one of the same name that the plan has created again, existed before the plan. */
interface Knowledge {
  readonly relation: (row: RelationRow) => boolean;
  readonly column: (row: ColumnRow, table: string) => boolean;
  readonly object: (row: ObjectRow) => boolean;
}

const knowledge = new WeakMap<Snapshot, Knowledge>();

export function knows(origin: Snapshot): Knowledge {
  const known = knowledge.get(origin) ?? toKnowledge(origin);
  knowledge.set(origin, known);
  return known;
}

function toKnowledge({ relations, columns, objects }: Snapshot): Knowledge {
  const tables = new Set(Array.from(relations.values(), ({ name }) => name));
  const fields = new Set(
    Array.from(columns.values(), ({ relation, name }) => JSON.stringify([relations.get(relation)?.name, name])),
  );
  const names = new Set(Array.from(objects.values(), describeObject));
  return {
    relation: ({ oid, name }) => relations.has(oid) || tables.has(name),
    column: ({ relation, number, name }, table) =>
      columns.has(columnKey(relation, number)) || fields.has(JSON.stringify([table, name])),
    object: (row) => objects.has(objectKey(row.item.identity)) || names.has(describeObject(row)),
  };
}

export function ofPlan(isOld: boolean): (change: Change) => Change {
  return (change) => (isOld ? change : { ...change, madeInPlan: true });
}
