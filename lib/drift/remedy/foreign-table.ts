import type { Column, ForeignTable } from '../../schema/relation.ts';
import { quoteIdent } from '../../sql/quote.ts';
import { orderOf } from '../column-order.ts';
import { addNotNull, notNullInside } from './column.ts';
import { drop, granted, withoutDefaults, writeForeignOptions } from './common.ts';
import { writeTableGrants } from './grants.ts';
import { alterInherited, dropDefaults, inherit, renderInOrder, writeParents } from './heir.ts';
import { writePartition } from './partition.ts';
import { addUnvalidated, isUnvalidated } from './unvalidated.ts';
import { again, cannot, type Remedies, run, type Subject } from './written.ts';

export const foreignTable: Remedies<'foreign-table'> = {
  drop,
  make: (of, value) =>
    Object.values(value.foreignOptions).includes('***')
      ? cannot('What a secret option holds is never read.')
      : run(...makeForeignTable(of, value), ...withoutDefaults(of, value)),
  alter: {
    ...granted,
    inherits: writeParents,
    grants: writeTableGrants,
    partition: writePartition,
    server: () => again,
    foreignOptions: ({ object }, wanted, there) => writeForeignOptions(`ALTER ${object}`, wanted, there),
  },
};

function makeForeignTable(subject: Subject<'foreign-table'>, value: ForeignTable): readonly string[] {
  const { sql, expected } = subject;
  const order = orderOf(value, expected);
  const isOwn = ({ inheritance }: { readonly inheritance: string }) =>
    value.partition !== null || inheritance !== 'inherited';
  const [columns, constraints] = [value.columns.filter(isOwn), value.constraints.filter(isOwn)];
  const of = { table: sql, alter: `ALTER FOREIGN TABLE ${sql}` };
  const own: ForeignTable = {
    ...value,
    inherits: order?.kind === 'own' ? [] : value.inherits,
    columns: columns.map((column): Column => ({ ...column, inheritance: 'local', notNull: notNullInside(column) })),
    constraints: constraints.filter((one) => !isUnvalidated(one)).map((one) => ({ ...one, inheritance: 'local' })),
  };
  return [
    ...renderInOrder('foreign-table', { order, value, own }),
    ...columns.flatMap((column) => addNotNull(of, column)),
    ...addUnvalidated({ sql }, constraints, 'FOREIGN TABLE'),
    ...(order === undefined ? dropDefaults(subject, value) : []),
    ...value.columns
      .filter((one) => !isOwn(one))
      .flatMap((column) => [...alterInherited(subject, value, column), ...addForeignOptions(of.alter, column)]),
    ...(order?.kind === 'own' ? inherit(of.alter, value) : []),
  ];
}

function addForeignOptions(alter: string, { name, foreignOptions }: Column): readonly string[] {
  if (Object.keys(foreignOptions).length === 0) return [];
  return writeForeignOptions(`${alter} ALTER COLUMN ${quoteIdent(name)}`, foreignOptions, {}).statements;
}
