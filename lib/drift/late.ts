import type { Change, Whole } from '../schema/change.ts';
import { type Node, nodeOf, nodeOfDefault, nodeOfDefinition, nodeOfDomainDefault } from '../schema/dependencies.ts';
import type { Kind } from '../schema/kind.ts';
import type { Name } from '../schema/name.ts';
import type { Column, ForeignTable, MaterializedView, Table, View } from '../schema/relation.ts';
import type { Schema } from '../schema/schema.ts';
import type { Domain } from '../schema/type.ts';
import { kindOf } from '../schema/word.ts';
import { columnsAlone, type LateKind, type LateKinds, type LatePart, listOnTable, listParts } from './late-parts.ts';

type Late = ReadonlySet<Node>;
type Relation = Table | ForeignTable | View | MaterializedView;

/** An object that is made, without the parts that are written later. */
export function withoutLate(change: Change, late: Late): Change {
  const kind = kindOf(change);
  if (late.size === 0 || !('value' in change) || !isLateKind(kind)) return change;
  const without = rests[kind] as (value: unknown, late: Late) => unknown;
  return { ...change, value: without(change.value, late) } as Change;
}

/** Those parts, one by one. */
export function listLate(change: Change, late: Late, expected: Schema): readonly LatePart[] {
  return listOf(change, expected).filter(({ node }) => late.has(node));
}

/** The same of an object that is dropped, with what goes with a table that is. */
export function listCuts(change: Change, cuts: Late, live: Schema): readonly LatePart[] {
  const onTable = change.kind === 'table-added' ? listOnTable(change.value) : [];
  return [...listOf(change, live), ...onTable].filter(({ node }) => cuts.has(node));
}

function listOf(change: Change, schema: Schema): readonly LatePart[] {
  const kind = kindOf(change);
  return 'value' in change && isLateKind(kind) ? listParts(kind, change.value as LateKinds[LateKind], schema) : [];
}

function isLateKind(kind: Kind): kind is LateKind {
  return kind in rests;
}

/** What is made at first. */
const rests: { readonly [K in LateKind]: (value: LateKinds[K], late: Late) => LateKinds[K] } = {
  table: (value, late) => {
    const own = withoutIndexes('table', value, late);
    const kept = new Set(own.indexes.map(({ name }) => `index ${name}`));
    const isKept = !value.replicaIdentity.startsWith('index ') || kept.has(value.replicaIdentity);
    const columns = withoutColumns('table', own, late);
    return { ...columns, replicaIdentity: isKept ? value.replicaIdentity : 'default' };
  },
  'foreign-table': (value, late) => withoutRules('foreign-table', withoutColumns('foreign-table', value, late), late),
  view: (value, late) => {
    const own = withoutRules('view', { ...value, columns: withoutDefaults(value, late) }, late);
    return late.has(nodeOfDefinition(value.name)) ? columnsAlone(own) : own;
  },
  'materialized-view': (value, late) => withoutIndexes('materialized-view', value, late),
  domain: (value: Domain, late) => ({
    ...value,
    default: late.has(nodeOfDomainDefault(value.name)) ? null : value.default,
    constraints: without('constraint', 'domain', value, value.constraints, late),
  }),
};

function without<T extends { readonly name: string }>(
  part: Kind,
  kind: Whole['kind'],
  { name }: { readonly name: Name },
  values: readonly T[],
  late: Late,
): readonly T[] {
  return values.filter((one) => !late.has(nodeOf(part, one.name, { kind, name } as Whole)));
}

function withoutDefaults({ name, columns }: Pick<Relation, 'name' | 'columns'>, late: Late): readonly Column[] {
  return columns.map((column) =>
    column.generated === null && late.has(nodeOfDefault(name, column.name)) ? { ...column, default: null } : column,
  );
}

function withoutColumns<T extends Table | ForeignTable>(kind: Whole['kind'], value: T, late: Late): T {
  const constraints = without('constraint', kind, value, value.constraints, late);
  return { ...value, columns: withoutDefaults(value, late), constraints };
}

function withoutIndexes<T extends Table | MaterializedView>(kind: Whole['kind'], value: T, late: Late): T {
  return { ...value, indexes: without('index', kind, value, value.indexes, late) };
}

function withoutRules<T extends ForeignTable | View>(kind: Whole['kind'], value: T, late: Late): T {
  const triggers = without('trigger', kind, value, value.triggers, late);
  return { ...value, triggers, rules: without('rule', kind, value, value.rules, late) };
}
