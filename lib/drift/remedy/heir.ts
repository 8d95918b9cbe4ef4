import type { Kinds } from '../../schema/kind.ts';
import type { Name } from '../../schema/name.ts';
import { parentsOf } from '../../schema/parents.ts';
import type { Column, Constraint, ForeignTable, Table } from '../../schema/relation.ts';
import { columnLine, columnStatements, constraintLine } from '../../schema/render/column.ts';
import { renderObject } from '../../schema/render/snapshot.ts';
import { isSame } from '../../schema/same.ts';
import { quoteIdent, quoteRelation } from '../../sql/quote.ts';
import type { Order } from '../column-order.ts';
import { addNotNull } from './column.ts';
import { run, type Subject, type Written } from './written.ts';

/** Its parents, added and taken away. */
export function writeParents(
  { object }: Pick<Subject<'table'>, 'object'>,
  wanted: readonly Name[],
  there: readonly Name[],
): Written {
  const minus = (all: readonly Name[], others: readonly Name[]) =>
    all.filter((one) => !others.some((other) => isSame(one, other)));
  const added = minus(wanted, there).map((parent) => `ALTER ${object} INHERIT ${quoteRelation(parent)};`);
  const removed = minus(there, wanted).map((parent) => `ALTER ${object} NO INHERIT ${quoteRelation(parent)};`);
  const why =
    'Its columns stay its own beside what it inherits: only a table that is made again has them from its parent alone.';
  return { ...run(...removed, ...added), ...(added.length === 0 ? {} : { why }) };
}

interface InOrder<T> {
  readonly order: Order | undefined;
  readonly value: T;
  readonly own: T;
}

/** CREATE, and what follows it; by a table that stands in for its parents where its columns could not stand in their order otherwise. */
export function renderInOrder<K extends 'table' | 'foreign-table'>(
  kind: K,
  { order, value, own }: InOrder<Kinds[K] & (Table | ForeignTable)>,
): readonly string[] {
  const render = (one: Kinds[K]) => renderObject(kind, one).filter((statement) => !statement.startsWith('--'));
  if (order?.kind !== 'stand-in') return render(own);
  const alter = `ALTER ${kind === 'table' ? 'TABLE' : 'FOREIGN TABLE'} ${quoteRelation(value.name)}`;
  const create = (parent: Name) => render({ ...own, columns: [], constraints: [], inherits: [parent] })[0] ?? '';
  return [...makeInOrder({ alter, value, own, create }, order.standIn), ...render(own).slice(1)];
}

interface Heir {
  /** `ALTER TABLE app.orders` */
  readonly alter: string;
  readonly value: Table | ForeignTable;
  /** What it defines itself, as CREATE would say it. */
  readonly own: { readonly columns: readonly Column[]; readonly constraints: readonly Constraint[] };
  /** CREATE without columns and constraints, as the heir of this table. */
  readonly create: (parent: Name) => string;
}

/**
 * A table with each column in its place, whether it has that from above or not. The empty table that stands in for its parents is dropped at
 * the end: a column stays one from above as long as some table is, and INHERIT takes it as it is.
 */
function makeInOrder({ alter, value, own, create }: Heir, standIn: Name): readonly string[] {
  const above = quoteRelation(standIn);
  const isFromAbove = ({ inheritance }: { readonly inheritance: string }) => inheritance !== 'local';
  const addColumn = (column: Column): readonly string[] => {
    const itself = own.columns.find(({ name }) => name === column.name);
    return [
      ...(itself === undefined ? [] : [`${alter} ADD COLUMN ${columnLine(itself, true)};`]),
      ...(isFromAbove(column) ? [`ALTER TABLE ${above} ADD COLUMN ${columnLine(fromAbove(column), true)};`] : []),
    ];
  };
  return [
    `CREATE TABLE ${above} ();`,
    create(standIn),
    ...value.columns.flatMap(addColumn),
    ...own.constraints.map((one) => `${alter} ADD ${constraintLine(one, true)};`),
    ...value.constraints
      .filter((one) => one.type === 'check' && isFromAbove(one))
      .map((one) => `ALTER TABLE ${above} ADD ${constraintLine(one, true)};`),
    ...inherit(alter, value),
    `${alter} NO INHERIT ${above};`,
    `DROP TABLE ${above};`,
  ];
}

function fromAbove(column: Column): Column {
  return { ...column, storage: null, identity: null, foreignOptions: {} };
}

export function inherit(alter: string, { inherits }: Pick<Table, 'inherits'>): readonly string[] {
  return inherits.map((parent) => `${alter} INHERIT ${quoteRelation(parent)};`);
}

/** A column of its own that says nothing of a default gets that of the one above. */
export function dropDefaults(
  { expected, sql }: Pick<Subject<'table'>, 'expected' | 'sql'>,
  table: Table | ForeignTable,
): readonly string[] {
  const above = parentsOf(table, expected).flatMap(({ columns }) => columns);
  const isGiven = ({ name }: Column) => above.some((one) => one.name === name && one.default !== null);
  return table.columns
    .filter((one) => one.inheritance === 'both' && one.default === null && one.generated === null && isGiven(one))
    .map(({ name }) => `ALTER TABLE ONLY ${sql} ALTER COLUMN ${quoteIdent(name)} DROP DEFAULT;`);
}

/** What a table has said itself of a column that it inherits. */
export function alterInherited(
  { expected, sql }: Pick<Subject<'table'>, 'expected' | 'sql'>,
  table: Table | ForeignTable,
  column: Column,
): readonly string[] {
  const [above] = parentsOf(table, expected).flatMap(({ columns }) =>
    columns.filter(({ name }) => name === column.name),
  );
  const alter = `ALTER TABLE ONLY ${sql}`;
  const set = `${alter} ALTER COLUMN ${quoteIdent(column.name)}`;
  const isOtherDefault = column.generated === null && column.default !== (above?.default ?? null);
  return [
    ...(isOtherDefault
      ? [`${set} ${column.default === null ? 'DROP DEFAULT' : `SET DEFAULT ${column.default}`};`]
      : []),
    ...(column.notNull !== null && above?.notNull === null ? [`${set} SET NOT NULL;`] : []),
    ...columnStatements(column, alter, sql).filter((statement) => !statement.startsWith('--')),
    ...addNotNull(
      { table: sql, alter },
      { ...column, notNull: column.notNull && { ...column.notNull, validated: true } },
    ),
  ];
}
