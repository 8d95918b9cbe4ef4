import type { Name } from '../../schema/name.ts';
import type { Column, Constraint, ForeignTable, Table } from '../../schema/relation.ts';
import { columnLine, constraintLine } from '../../schema/render/column.ts';
import { quoteRelation } from '../../sql/quote.ts';

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
export function makeInOrder({ alter, value, own, create }: Heir, standIn: Name): readonly string[] {
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
