import {
  type ColumnRow,
  type ConstraintRow,
  columnKey,
  type IndexRelation,
  isIndex,
  type RelationRow,
  type Snapshot,
} from './snapshot.ts';

type Snapshots = Readonly<Record<'before' | 'after', Snapshot>>;

/**
 * Finds what the server itself rebuilt under its old name, by the new oid. A change of type rebuilds the indexes and constraints on the
 * column, and REINDEX CONCURRENTLY an index. What a statement drops and creates again in another form is a different object.
 */
export function findRebuiltIndexes({ before, after }: Snapshots): ReadonlyMap<number, RelationRow> {
  const indexes = [...before.relations.values()].filter(isIndex);
  const gone = new Map(indexes.filter(({ oid }) => !after.relations.has(oid)).map((row) => [row.name, row]));
  const retyped = new Set(retypedIn({ before, after }).map(({ relation }) => relation));
  return pair([...after.relations.values()].filter(isIndex), (now) => {
    const then = before.relations.has(now.oid) ? undefined : gone.get(now.name);
    if (then === undefined || then.index.table !== now.index.table) return undefined;
    return retyped.has(now.index.table) || isSameIndex(then, now) ? then : undefined;
  });
}

export function findRebuiltConstraints({ before, after }: Snapshots): ReadonlyMap<number, ConstraintRow> {
  const keyOf = ({ name, relation, domain }: ConstraintRow) => JSON.stringify([name, relation, domain]);
  const gone = new Map(
    [...before.constraints.values()].filter(({ oid }) => !after.constraints.has(oid)).map((row) => [keyOf(row), row]),
  );
  const retyped = new Set(retypedIn({ before, after }).map(({ relation, number }) => columnKey(relation, number)));
  const isRetyped = ({ relation, references, columns, referenced }: ConstraintRow) =>
    columns.some((number) => retyped.has(columnKey(relation, number))) ||
    referenced.some((number) => retyped.has(columnKey(references, number)));
  return pair([...after.constraints.values()], (now) => {
    const then = before.constraints.has(now.oid) ? undefined : gone.get(keyOf(now));
    if (then === undefined || then.kind !== now.kind) return undefined;
    return isRetyped(now) || isSameConstraint(then, now) ? then : undefined;
  });
}

function pair<T extends { readonly oid: number }>(
  rows: readonly T[],
  find: (row: T) => T | undefined,
): ReadonlyMap<number, T> {
  return new Map(
    rows.flatMap((row) => {
      const then = find(row);
      return then === undefined ? [] : [[row.oid, then] as const];
    }),
  );
}

/** Columns with another type, or with another generation expression, which has the same consequences. */
function retypedIn({ before, after }: Snapshots): readonly ColumnRow[] {
  return [...after.columns].flatMap(([key, now]) => {
    const then = before.columns.get(key);
    if (then === undefined) return [];
    const isComputed = now.generated !== '' && now.expression !== then.expression;
    return now.type !== then.type || isComputed ? [now] : [];
  });
}

function isSameIndex(then: IndexRelation, now: IndexRelation): boolean {
  const shapeOf = ({ index, options, parents }: IndexRelation) =>
    JSON.stringify([index.method, index.unique, index.shape, options, parents]);
  return shapeOf(then) === shapeOf(now);
}

function isSameConstraint(then: ConstraintRow, now: ConstraintRow): boolean {
  const shapeOf = (row: ConstraintRow) => {
    const { columns, references, referenced, onDelete, onUpdate, shape, deferrable, initiallyDeferred, enforced } = row;
    const settings = [deferrable, initiallyDeferred, enforced];
    return JSON.stringify([columns, references, referenced, onDelete, onUpdate, settings, shape]);
  };
  return shapeOf(then) === shapeOf(now);
}
