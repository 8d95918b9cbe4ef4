import { type Node, nodeOf } from '../schema/dependencies.ts';
import { keyOf, type Name } from '../schema/name.ts';
import type { Column, Constraint, Index, Table } from '../schema/relation.ts';
import { isSame } from '../schema/same.ts';
import type { Schema } from '../schema/schema.ts';
import type { Enum } from '../schema/type.ts';
import type { Landing } from './landing.ts';

/** One of the schemas on the way to the wanted one: a revision of its own makes each. */
export interface Rung {
  readonly kind: 'labels' | 'main' | 'indexes' | 'validation';
  readonly landing: Landing;
}

/**
 * The way from one schema to another in steps that each lock little: indexes of tables that are there are built outside a transaction, and
 * their new checks and foreign keys are validated behind the transaction that adds them.
 */
export function planLadder(
  there: Landing,
  wanted: Landing,
  { labelsApart = false }: { readonly labelsApart?: boolean } = {},
): readonly Rung[] {
  const needed = new Set([...wanted.dependencies.values()].flatMap((others) => [...others]));
  const fillable = withoutUnfilled(there.schema, wanted.schema);
  const unvalidated = withTables(fillable, there.schema, (table, old) => unvalidate(table, old, fillable));
  const unindexed = withTables(unvalidated, there.schema, (table, old) => unindex(table, old, needed));
  const rungs: readonly (readonly [Rung['kind'], Schema])[] = [
    ...(labelsApart ? ([['labels', withLabels(there.schema, wanted.schema)]] as const) : []),
    ['main', unindexed],
    ['indexes', unvalidated],
    ['validation', fillable],
  ];
  let last = there.schema;
  return rungs.flatMap(([kind, schema]) => {
    if (isSame(schema, last)) return [];
    last = schema;
    return [{ kind, landing: { schema, dependencies: wanted.dependencies } }];
  });
}

/** With a table beside the one that is there already. */
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

function unvalidate(table: Table, old: Table, { tables }: Schema): Table {
  const isAlone =
    table.partitionKey === null &&
    table.partition === null &&
    !tables.some(({ inherits, partition }) => [...inherits, partition?.of].some((name) => isSame(name, table.name)));
  if (!isAlone) return table;
  const known = new Map(old.constraints.map((one) => [one.name, one]));
  const isChecked = (one: Constraint) => {
    const before = known.get(one.name);
    const isNew = before === undefined || before.definition !== one.definition;
    const mayBeLater = one.type === 'check' || one.type === 'foreign key';
    return isNew && mayBeLater && one.validated && one.enforced && one.inheritance === 'local';
  };
  return {
    ...table,
    constraints: table.constraints.map((one) => (isChecked(one) ? { ...one, validated: false } : one)),
  };
}

function unindex(table: Table, old: Table, needed: ReadonlySet<Node>): Table {
  if (table.partitionKey !== null || table.persistence === 'temporary') return table;
  const known = new Set(old.indexes.map(({ name }) => name));
  const isLater = (index: Index) =>
    !known.has(index.name) &&
    isPlain(index) &&
    table.replicaIdentity !== `index ${index.name}` &&
    !needed.has(nodeOfIndex(table.name, index.name));
  const broken = new Set(old.indexes.filter(({ valid }) => !valid).map(({ name }) => name));
  return {
    ...table,
    indexes: table.indexes
      .filter((index) => !isLater(index))
      .map((index) => (broken.has(index.name) ? { ...index, valid: false } : index)),
  };
}

function isPlain({ constraint, parent, valid, clustered }: Index): boolean {
  return constraint === null && parent === null && valid && !clustered;
}

function nodeOfIndex(table: Name, index: string): Node {
  return nodeOf('index', index, { kind: 'table', name: table });
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
