import type { Change, ChangeOf } from './change.ts';
import { keyOf, type Name } from './name.ts';
import type { ForeignTable, Table } from './relation.ts';
import { isSame } from './same.ts';
import type { Schema } from './schema.ts';

/**
 * Leaves out what follows from another change of the same list, and what PostgreSQL does by itself with it: the index of a key that was
 * added, the sequence of a column, what partitions and heirs get from their parents. Something is always left of what was not equal.
 */
export function leaveOutImplied(changes: readonly Change[], before: Schema, after: Schema): readonly Change[] {
  const context: Context = { changes: indexChanges(changes), parents: parentsIn(before, after) };
  return changes.filter((change) => !isImplied(change, context));
}

interface Context {
  readonly changes: ReadonlyMap<string, Change>;
  /** Of each partition and heir, by its key: the tables it is a part of before or after. */
  readonly parents: ReadonlyMap<string, readonly Name[]>;
}

function isImplied(change: Change, context: Context): boolean {
  switch (change.kind) {
    case 'index-added':
    case 'index-dropped':
      return change.value.constraint !== null || isOfParent(change, change.value.parent?.name ?? null, context);
    case 'index-definition':
      return isOfKey(change, context);
    case 'index-parent':
      return isMoved(change, context);
    case 'sequence-added':
    case 'sequence-dropped':
      return isOfColumn(change, context);
    case 'sequence-owner':
      return followsTable(change, context);
    case 'sequence-owned-by':
      return isToldByIdentity(change, context);
    case 'constraint-added':
    case 'constraint-dropped':
      return isOfParent(change, change.value.parent, context) || isCheckAbove(change, context);
    case 'trigger-added':
    case 'trigger-dropped':
      return isOfParent(change, change.value.inherited ? change.name : null, context);
    case 'column-added':
    case 'column-dropped':
      return isInherited(change, context);
    case 'constraint-validated':
      return isToldByEnforced(change, context);
    case 'column-inheritance':
    case 'constraint-inheritance':
      return isMoved(change, context);
    default:
      return 'of' in change && 'before' in change && isSameAbove(change, context);
  }
}

type PartChange = Extract<Change, { readonly of: unknown }>;

function keyOfChange(kind: Change['kind'], name: string | object, of?: PartChange['of']): string {
  return keyOf({ kind, name: keyOf(name), of: of === undefined ? '' : keyOf(of.name) });
}

function indexChanges(changes: readonly Change[]): ReadonlyMap<string, Change> {
  return new Map(
    changes.map((change) => [keyOfChange(change.kind, change.name, 'of' in change ? change.of : undefined), change]),
  );
}

function parentsIn(...schemas: readonly Schema[]): ReadonlyMap<string, readonly Name[]> {
  const parents = new Map<string, readonly Name[]>();
  for (const { tables, foreignTables } of schemas) {
    for (const table of [...tables, ...foreignTables]) {
      const own = parentsOf(table);
      const key = keyOf(table.name);
      if (own.length > 0) parents.set(key, [...(parents.get(key) ?? []), ...own]);
    }
  }
  return parents;
}

function parentsOf({ inherits, partition }: Table | ForeignTable): readonly Name[] {
  return partition === null ? inherits : [partition.of];
}

/** The same change of what a parent of its table has. */
function above(change: PartChange, name: string, { changes, parents }: Context): readonly Change[] {
  const tables = parents.get(keyOf(change.of.name)) ?? [];
  return tables.flatMap((table) => {
    const found = changes.get(keyOfChange(change.kind, name, { kind: 'table', name: table }));
    return found === undefined ? [] : [found];
  });
}

/** Added to or dropped from a partition with what stands under `name` on its parent, or as it came to be a partition. */
function isOfParent(change: PartChange, name: string | null, context: Context): boolean {
  return name !== null && (above(change, name, context).length > 0 || isMoved(change, context));
}

/** A check that an heir has from its parent has the name it has there. */
function isCheckAbove(change: ChangeOf<'constraint-added' | 'constraint-dropped'>, context: Context): boolean {
  return change.value.type === 'check' && above(change, change.name, context).length > 0;
}

/** Whether its table has become a partition or an heir, or is one no more. */
function isMoved({ of }: PartChange, { changes }: Context): boolean {
  const kinds = ['table-partition', 'table-inherits', 'foreign-table-partition', 'foreign-table-inherits'] as const;
  return kinds.some((kind) => changes.has(keyOfChange(kind, of.name)));
}

function isInherited(change: ChangeOf<'column-added' | 'column-dropped'>, context: Context): boolean {
  return above(change, change.name, context).length > 0;
}

/** A parent's column was altered, and its heirs' with it. */
function isSameAbove(
  change: PartChange & { readonly before: unknown; readonly after: unknown },
  context: Context,
): boolean {
  return above(change, change.name, context).some(
    (other) => 'before' in other && isSame(other.before, change.before) && isSame(other.after, change.after),
  );
}

/** What is not enforced is not valid, and what is enforced again was validated. */
function isToldByEnforced(change: ChangeOf<'constraint-validated'>, { changes }: Context): boolean {
  const enforced = changes.get(keyOfChange('constraint-enforced', change.name, change.of));
  return enforced !== undefined && 'after' in enforced && enforced.after === change.after;
}

/** The definition of the index of a key is that of the key. */
function isOfKey(change: ChangeOf<'index-definition'>, { changes }: Context): boolean {
  return changes.has(keyOfChange('constraint-definition', change.name, change.of));
}

/** A sequence of an identity column comes and goes with the identity, another one of a column's own with the column. */
function isOfColumn({ kind, value }: ChangeOf<'sequence-added' | 'sequence-dropped'>, { changes }: Context): boolean {
  if (value.ownedBy === null) return false;
  const { table, column, identity } = value.ownedBy;
  const happened = kind === 'sequence-added' ? 'added' : 'dropped';
  const of = { kind: 'table', name: table } as const;
  return (
    changes.has(keyOfChange(`table-${happened}`, table)) ||
    changes.has(keyOfChange(`column-${happened}`, column, of)) ||
    (identity && changes.has(keyOfChange('column-identity', column, of)))
  );
}

/** A serial column that has become an identity column, or the other way, with a sequence of the same name. */
function isToldByIdentity({ before, after }: ChangeOf<'sequence-owned-by'>, { changes }: Context): boolean {
  if (before === null || after === null) return false;
  const column = changes.get(keyOfChange('column-identity', after.column, { kind: 'table', name: after.table }));
  return column !== undefined && isSame({ ...before, identity: after.identity }, after);
}

/** A sequence that belongs to a column has the owner of its table, which changes with it. */
function followsTable({ before, after }: ChangeOf<'sequence-owner'>, { changes }: Context): boolean {
  return [...changes.values()].some(
    (change) => change.kind === 'table-owner' && change.before === before && change.after === after,
  );
}
