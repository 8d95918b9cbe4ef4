import { quoteIdent, quoteRelation } from '../../sql/quote.ts';
import type { Column, Constraint } from '../relation.ts';
import { comment, foreignOptions, grantStatements, withOptions, words } from './words.ts';

/** As in CREATE TABLE. */
export function columnLine(column: Column, isPartition: boolean): string {
  const { name, type, collation, compression, storage, generated, default: value, notNull } = column;
  return words(
    `${quoteIdent(name)} ${type}`,
    storage !== null && `STORAGE ${storage.toUpperCase()}`,
    compression !== null && `COMPRESSION ${compression}`,
    collation !== null && `COLLATE ${quoteRelation(collation)}`,
    foreignOptions(column.foreignOptions),
    identityOf(column),
    generated !== null && `GENERATED ALWAYS AS (${generated.expression}) ${generated.kind.toUpperCase()}`,
    value !== null && `DEFAULT ${value}`,
    notNull !== null && words('NOT NULL', notNull.noInherit && 'NO INHERIT', !notNull.validated && 'NOT VALID'),
    isPartition ? '' : inherited(column.inheritance),
  );
}

function identityOf({ identity }: Column): string {
  return identity === null
    ? ''
    : `GENERATED ${identity.generated.toUpperCase()} AS IDENTITY (SEQUENCE NAME ${quoteRelation(identity.sequence)})`;
}

function inherited(inheritance: Column['inheritance']): string {
  return { local: '', inherited: '/* inherited */', both: '/* inherited, and of its own */' }[inheritance];
}

/** As in CREATE TABLE. */
export function constraintLine(constraint: Constraint, isPartition: boolean): string {
  const { name, definition, noInherit, deferrable, enforced, validated, firing, inheritance } = constraint;
  return words(
    `CONSTRAINT ${quoteIdent(name)} ${definition}`,
    noInherit && 'NO INHERIT',
    deferrable !== 'no' && 'DEFERRABLE',
    deferrable === 'initially deferred' && 'INITIALLY DEFERRED',
    !enforced && 'NOT ENFORCED',
    !validated && enforced && 'NOT VALID',
    !firing && '/* its triggers are disabled */',
    isPartition ? '' : inherited(inheritance),
  );
}

/** What CREATE TABLE can't say of a column. `alter` is `ALTER TABLE app.orders`, `table` what it is called in COMMENT and GRANT. */
export function columnStatements(column: Column, alter: string, table: string): readonly string[] {
  const name = quoteIdent(column.name);
  const set = withOptions(column.options, 'SET');
  return [
    ...(column.statisticsTarget === null
      ? []
      : [`${alter} ALTER COLUMN ${name} SET STATISTICS ${column.statisticsTarget};`]),
    ...(set === '' ? [] : [`${alter} ALTER COLUMN ${name} ${set};`]),
    ...comment(`COLUMN ${table}.${name}`, column.comment),
    ...(column.notNull?.comment ? [`-- NOT NULL of ${name}: ${JSON.stringify(column.notNull.comment)}`] : []),
    ...grantStatements(table, column.grants, (privilege) => `${privilege} (${name})`),
  ];
}
