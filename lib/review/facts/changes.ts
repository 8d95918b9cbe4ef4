import type { Change, ColumnFacts, ConstraintFacts } from '../change.ts';
import type { MeasuredStatement } from '../measured.ts';
import { describeName } from '../object-name.ts';

/** A change of a column that is there behind it. */
export interface ColumnChange extends Change {
  readonly relation: string;
  readonly column: ColumnFacts;
}

/** Of a table, or of a domain: that has no relation. */
export interface ConstraintChange extends Change {
  readonly constraint: ConstraintFacts;
}

/** What a change of this kind, about a thing of this type, always has. */
export type ChangeOf<K extends Change['kind'], T extends string | undefined> = T extends 'column'
  ? K extends 'dropped'
    ? Change & { readonly relation: string }
    : ColumnChange
  : T extends 'constraint'
    ? ConstraintChange
    : Change;

export function changesOf<K extends Change['kind'], T extends string | undefined = undefined>(
  statement: MeasuredStatement,
  kind: K | readonly K[],
  type?: T,
): readonly ChangeOf<K, T>[] {
  const kinds: readonly Change['kind'][] = typeof kind === 'string' ? [kind] : kind;
  return statement.changes.filter(
    (change): change is ChangeOf<K, T> =>
      kinds.includes(change.kind) && (type === undefined || (change.type === type && isWhole(change))),
  );
}

function isWhole({ kind, type, relation, column, constraint }: Change): boolean {
  if (type === 'constraint') return constraint !== undefined;
  return type !== 'column' || (relation !== undefined && (kind === 'dropped' || column !== undefined));
}

/** Something is dropped, and something else made under the same name: by the statement, or by it and another one of its transaction. */
export function isReplaced(statement: MeasuredStatement, object: string): boolean {
  const { around } = statement;
  const has = (kind: Change['kind']) => changesOf(statement, kind).some((change) => change.object === object);
  return (
    (has('dropped') || around?.dropped.has(object) === true) && (has('created') || around?.created.has(object) === true)
  );
}

export function isColumnChange(change: Change): change is ColumnChange {
  return change.type === 'column' && change.relation !== undefined && change.column !== undefined;
}

/** `public.orders` of `table public.orders`. */
export function nameOf(change: Change): string {
  return describeName(change);
}
