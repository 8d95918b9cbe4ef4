import type { Change, ChangeOf } from './change.ts';
import { keyOf, type Name } from './name.ts';
import { parentNames } from './parents.ts';
import { isSame } from './same.ts';
import type { Schema } from './schema.ts';

/**
 * Leaves out what follows from another change of the same list, and what PostgreSQL does by itself with it: the index of a key that was
 * added, the sequence of a column, what partitions and heirs get from their parents. Something is always left of what was not equal.
 */
export function leaveOutImplied(changes: readonly Change[], before: Schema, after: Schema): readonly Change[] {
  const owners = after.sequences.flatMap(({ name, ownedBy }) =>
    ownedBy === null ? [] : [[keyOf(name), ownedBy.table] as const],
  );
  const context: Context = {
    changes: indexChanges(changes),
    parents: parentsIn(before, after),
    partsAbove: partsAboveIn(after),
    owners: new Map(owners),
  };
  return changes.filter((change) => !isImplied(change, context));
}

interface Context {
  readonly changes: ReadonlyMap<string, Change>;
  /** Of each partition and heir, by its key: the tables it is a part of before or after. */
  readonly parents: ReadonlyMap<string, readonly Name[]>;
  /** Of each index, constraint and trigger of a partition that the partitioned table has brought: what it is called there. */
  readonly partsAbove: ReadonlyMap<string, string>;
  /** Of each sequence that belongs to a column, by its key: the table. */
  readonly owners: ReadonlyMap<string, Name>;
}

function isImplied(change: Change, context: Context): boolean {
  const rule: Rule<Change> | undefined = rules[change.kind] as Rule<Change> | undefined;
  return rule?.(change, context) ?? isSameAbove(change, context);
}

type Rule<C extends Change> = (change: C, context: Context) => boolean;

const rules: { readonly [K in Change['kind']]?: Rule<ChangeOf<K>> } = {
  'index-added': isPartOfIndex,
  'index-dropped': isPartOfIndex,
  'index-definition': (change, context) => isOfKey(change, context) || isAltered(change, context),
  'index-parent': (change, context) => isMoved(change, context) || isOfOther(change, context),
  'sequence-added': isOfColumn,
  'sequence-dropped': isOfColumn,
  'sequence-owner': followsTable,
  'sequence-owned-by': isToldByIdentity,
  'constraint-added': isPartOfConstraint,
  'constraint-dropped': isPartOfConstraint,
  'constraint-validated': (change, context) => isToldByEnforced(change, context) || isSameAbove(change, context),
  'constraint-definition': isAltered,
  'trigger-definition': isAltered,
  'trigger-added': isPartOfTrigger,
  'trigger-dropped': isPartOfTrigger,
  'column-added': isInherited,
  'column-dropped': isInherited,
  'column-inheritance': isMoved,
  'constraint-inheritance': isMoved,
};

/** What a partition has from above is what it is there, in words that name another table. */
function isAltered(change: PartChange, context: Context): boolean {
  const { changes, parents, partsAbove } = context;
  const name = partsAbove.get(keyOfPart(change.of.name, change.kind, change.name));
  if (name === undefined) return isSameAbove(change, context);
  if (above(change, name, context).length > 0) return true;
  const isNew = (table: Name) => changes.has(keyOfChange('index-added', name, { kind: 'table', name: table }));
  return change.kind === 'index-definition' && (parents.get(keyOf(change.of.name)) ?? []).some(isNew);
}

/** A part of an index of the partitioned table that was dropped, and of another one that was added. */
function isOfOther({ before, after, of }: ChangeOf<'index-parent'>, { changes, parents }: Context): boolean {
  if (before === null || after === null) return false;
  return (parents.get(keyOf(of.name)) ?? []).some((name) => {
    const table = { kind: 'table', name } as const;
    return (
      changes.has(keyOfChange('index-dropped', before.name, table)) &&
      changes.has(keyOfChange('index-added', after.name, table))
    );
  });
}

function partsAboveIn({ tables }: Schema): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { name: table, indexes, constraints, triggers } of tables) {
    for (const { name, parent } of indexes)
      if (parent !== null) found.set(keyOfPart(table, 'index-definition', name), parent.name);
    for (const { name, parent } of constraints)
      if (parent !== null) found.set(keyOfPart(table, 'constraint-definition', name), parent);
    for (const { name, inherited } of triggers)
      if (inherited) found.set(keyOfPart(table, 'trigger-definition', name), name);
  }
  return found;
}

function keyOfPart(table: object | string, kind: Change['kind'], name: string): string {
  return keyOf({ table: keyOf(table), kind, name });
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
      const own = parentNames(table);
      const key = keyOf(table.name);
      if (own.length > 0) parents.set(key, [...(parents.get(key) ?? []), ...own]);
    }
  }
  return parents;
}

/** The same change of what a parent of its table has. */
function above(change: PartChange, name: string, { changes, parents }: Context): readonly Change[] {
  const tables = parents.get(keyOf(change.of.name)) ?? [];
  return tables.flatMap((table) => {
    const found = changes.get(keyOfChange(change.kind, name, { kind: 'table', name: table }));
    return found === undefined ? [] : [found];
  });
}

type Part = Extract<PartChange, { readonly value: unknown }>;

/** What was added to or dropped from a parent at the same time. */
function valuesAbove<C extends Part>(change: C, name: string, context: Context): readonly C['value'][] {
  return above(change, name, context).flatMap((other) => ('value' in other ? [other.value as C['value']] : []));
}

/** Added to or dropped from a partition with what stands under `name` on its parent, or as it came to be a partition. */
function isOfParent(change: PartChange, name: string | null, context: Context): boolean {
  return name !== null && (above(change, name, context).length > 0 || isMoved(change, context));
}

/** The index of a key comes and goes with the key. */
function isPartOfIndex(change: ChangeOf<'index-added' | 'index-dropped'>, context: Context): boolean {
  return change.value.constraint !== null || isOfParent(change, change.value.parent?.name ?? null, context);
}

function isPartOfConstraint(change: ChangeOf<'constraint-added' | 'constraint-dropped'>, context: Context): boolean {
  return isOfParent(change, change.value.parent, context) || isCheckAbove(change, context);
}

/** One that a partition has from above, and that fires as it does there. */
function isPartOfTrigger(change: ChangeOf<'trigger-added' | 'trigger-dropped'>, context: Context): boolean {
  const { value, name } = change;
  if (!value.inherited) return false;
  return (
    isMoved(change, context) || valuesAbove(change, name, context).some(({ enabled }) => enabled === value.enabled)
  );
}

/** A check that an heir has from its parent is the same there, under the same name. */
function isCheckAbove(change: ChangeOf<'constraint-added' | 'constraint-dropped'>, context: Context): boolean {
  const { value, name } = change;
  return (
    value.type === 'check' &&
    valuesAbove(change, name, context).some((other) => isSame(value, { ...other, inheritance: value.inheritance }))
  );
}

/** Whether its table has become a partition or an heir, or is one no more. */
function isMoved({ of }: PartChange, { changes }: Context): boolean {
  const kinds = ['table-partition', 'table-inherits', 'foreign-table-partition', 'foreign-table-inherits'] as const;
  return kinds.some((kind) => changes.has(keyOfChange(kind, of.name)));
}

/** Not so one that has another default there: this is more than its parent says. Comments and privileges are not inherited. */
function isInherited(change: ChangeOf<'column-added' | 'column-dropped'>, context: Context): boolean {
  const { value, name } = change;
  return valuesAbove(change, name, context).some((other) => {
    const inherited = { ...other, inheritance: value.inheritance };
    return isSame(value, inherited) || isSame(value, { ...inherited, comment: null, grants: [] });
  });
}

/** A parent's column was altered, and its heirs' with it. */
function isSameAbove(change: Change, context: Context): boolean {
  if (!('of' in change) || !('before' in change)) return false;
  const { before, after } = change;
  return above(change, change.name, context).some(
    (other) => 'before' in other && isSame(other.before, before) && isSame(other.after, after),
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
function followsTable({ name, after }: ChangeOf<'sequence-owner'>, { changes, owners }: Context): boolean {
  const table = owners.get(keyOf(name));
  const change = table && changes.get(keyOfChange('table-owner', table));
  return change !== undefined && 'after' in change && change.after === after;
}
