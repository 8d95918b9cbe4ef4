import { quoteIdent } from '../../sql/quote.ts';
import type { ColumnDependent } from '../advice-facts.ts';
import type { Change } from '../change.ts';
import type { Build } from '../effects.ts';
import type { MeasuredStatement } from '../measured.ts';
import { describeName } from '../object-name.ts';
import { type ColumnChange, changesOf } from './changes.ts';
import { familyOf } from './family.ts';
import { schemaOf, shortName } from './names.ts';

export function isCounted({ column }: Change): boolean {
  return /^GENERATED (ALWAYS|BY DEFAULT) AS IDENTITY$|^DEFAULT nextval\(/.test(column?.value ?? '');
}

/** Of a table with its partitions and children, itself first. */
export function rewritesOf(statement: MeasuredStatement, relation: string): readonly string[] {
  return familyOf(statement, relation).filter((name) => statement.rewrites.includes(name));
}

/** What hangs on the column, of the table and of all that inherit it, and stood before. */
export function dependentsOn(
  statement: MeasuredStatement,
  { relation, column }: ColumnChange,
): readonly ColumnDependent[] {
  const family = familyOf(statement, relation);
  const { partitionedIndexes = [], dependents = [] } = statement.adviceFacts ?? {};
  const made = new Set([
    ...changesOf(statement, 'created', 'index').map(describeName),
    ...changesOf(statement, 'created', 'constraint').flatMap(({ object, constraint }) => [
      object,
      constraint.index ?? '',
    ]),
    ...partitionedIndexes.flatMap(({ parts }) => parts.map(({ index }) => index)),
  ]);
  return dependents.filter(({ kind, name, table, column: of }) => {
    const isMade =
      kind === 'index'
        ? made.has(`${schemaOf(table)}${quoteIdent(name)}`)
        : made.has(`constraint ${quoteIdent(name)} on ${table}`);
    return of === column.name && family.includes(table) && !isMade;
  });
}

export function rebuiltFor(statement: MeasuredStatement, change: ColumnChange): readonly Build[] {
  const dependents = dependentsOn(statement, change);
  return statement.builds.filter(({ index, table }) =>
    dependents.some((one) => one.kind === 'index' && one.table === table && one.name === shortName(index)),
  );
}
