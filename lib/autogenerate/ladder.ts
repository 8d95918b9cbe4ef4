import type { IsIgnored } from '../drift/ignore.ts';
import { findSetAside } from '../drift/plan.ts';
import { kindOfNode, type Node, nodeOf } from '../schema/dependencies.ts';
import { keyOf } from '../schema/name.ts';
import type { Column, Constraint, Table } from '../schema/relation.ts';
import { isSame } from '../schema/same.ts';
import type { Schema } from '../schema/schema.ts';
import type { Enum } from '../schema/type.ts';
import { toBuilds, unindex } from './builds.ts';
import { differencesOf, type Landing } from './landing.ts';
import type { Knowledge } from './learn.ts';
import { checkNotNull } from './not-null-check.ts';
import { keyOfChange } from './piece.ts';

/** One of the schemas on the way to the wanted one: a revision of its own makes each. */
export interface Rung {
  readonly kind: 'labels' | 'main' | 'indexes' | 'validation';
  readonly landing: Landing;
  /** Whether a constraint is dropped and made again in it, for the sake of another change. */
  readonly setsAside: boolean;
}

const nothingKnown = {
  labelsApart: false,
  refused: { up: new Map<string, string>(), down: new Map<string, string>() },
};

/**
 * The way from one schema to another in steps that each lock little: indexes and keys of tables that are there are built and dropped outside a
 * transaction, and their new checks and foreign keys are validated behind the transaction that adds them, as is what lets a column be NOT NULL.
 */
export function planLadder(
  there: Landing,
  wanted: Landing,
  isIgnored: IsIgnored,
  { labelsApart, refused: { up: refused } }: Pick<Knowledge, 'labelsApart' | 'refused'> = nothingKnown,
): readonly Rung[] {
  const fillable = withoutUnfilled(there.schema, wanted.schema);
  const changes = differencesOf({ ...wanted, schema: fillable }, there, isIgnored).filter(
    (change) => !refused.has(keyOfChange(change)),
  );
  const aside = findSetAside(changes, {
    ...{ expected: fillable, live: there.schema, isToldRenames: true },
    dependencies: { expected: wanted.dependencies, live: there.dependencies },
  });
  const unvalidated = withTables(fillable, there.schema, (table, old) =>
    isAlone(table, fillable) ? checkNotNull(unvalidate(table, old, { aside, refused }), old, refused) : table,
  );
  const builds = toBuilds(there, wanted);
  const unindexed = withTables(unvalidated, there.schema, (table, old) => unindex(table, old, builds));
  const rungs: readonly (readonly [Rung['kind'], Schema])[] = [
    ...(labelsApart ? ([['labels', withLabels(there.schema, wanted.schema)]] as const) : []),
    ['main', unindexed],
    ['indexes', unvalidated],
    ['validation', fillable],
  ];
  const setsAside = [...aside].some(isConstraint);
  let last = there.schema;
  return rungs.flatMap(([kind, schema]) => {
    if (isSame(schema, last)) return [];
    last = schema;
    return [{ kind, landing: { schema, dependencies: wanted.dependencies }, setsAside }];
  });
}

function isConstraint(node: Node): boolean {
  return kindOfNode(node) === 'constraint';
}

/** With a table beside the one that already exists. */
function withTables(schema: Schema, there: Schema, change: (table: Table, old: Table) => Table): Schema {
  const old = new Map(there.tables.map((table) => [keyOf(table.name), table]));
  return {
    ...schema,
    tables: schema.tables.map((table) => {
      const before = old.get(keyOf(table.name));
      return before === undefined ? table : change(table, before);
    }),
  };
}

/** A column that is new can't be NOT NULL while rows have no value for it: nobody but the author knows which they are to have. */
export function withoutUnfilled(there: Schema, wanted: Schema): Schema {
  const filled = new Set(
    wanted.domains.filter((one) => one.default !== null).map(({ name }) => `${name.schema}.${name.name}`),
  );
  const isFilled = (column: Column) =>
    column.default !== null || column.generated !== null || column.identity !== null || filled.has(column.type);
  return withTables(wanted, there, (table, old) => {
    const known = new Set(old.columns.map(({ name }) => name));
    const isUnfilled = (column: Column) => column.notNull !== null && !known.has(column.name) && !isFilled(column);
    if (!table.columns.some(isUnfilled)) return table;
    // A key makes its columns NOT NULL.
    const keyed = new Set(
      table.constraints.filter(({ type }) => type === 'primary key').flatMap(({ columns }) => columns),
    );
    return {
      ...table,
      columns: table.columns.map((column) =>
        isUnfilled(column) && !keyed.has(column.name) ? { ...column, notNull: null } : column,
      ),
    };
  });
}

/** Neither a partitioned table nor a partition, nor one that has heirs. */
function isAlone({ name, partitionKey, partition }: Table, { tables }: Schema): boolean {
  return (
    partitionKey === null &&
    partition === null &&
    !tables.some((one) => [...one.inherits, one.partition?.of].some((above) => isSame(above, name)))
  );
}

function unvalidate(
  table: Table,
  old: Table,
  { aside, refused }: { readonly aside: ReadonlySet<Node>; readonly refused: ReadonlyMap<string, string> },
): Table {
  const known = new Map(old.constraints.map((one) => [one.name, one]));
  const of = { kind: 'table', name: table.name } as const;
  const isOther = (after: string, { name, definition: before }: Constraint) =>
    before !== after && !refused.has(keyOfChange({ kind: 'constraint-definition', name, of, before, after }));
  const isChecked = (one: Constraint) => {
    const before = known.get(one.name);
    const isAside = aside.has(nodeOf('constraint', one.name, of));
    const isNew = before === undefined || isAside || isOther(before.definition, one);
    const mayBeLater = one.type === 'check' || one.type === 'foreign key';
    return isNew && mayBeLater && one.validated && one.enforced && one.inheritance === 'local';
  };
  return {
    ...table,
    constraints: table.constraints.map((one) => (isChecked(one) ? { ...one, validated: false } : one)),
  };
}

/** The labels that enum types are to have beside their own, for a revision before the one that uses them. */
function withLabels(there: Schema, wanted: Schema): Schema {
  const known = new Map(wanted.enums.map((one) => [keyOf(one.name), one]));
  const grow = (one: Enum): Enum => {
    const other = known.get(keyOf(one.name));
    return other !== undefined && one.labels.every((label) => other.labels.includes(label))
      ? { ...one, labels: other.labels }
      : one;
  };
  return { ...there, enums: there.enums.map(grow) };
}
