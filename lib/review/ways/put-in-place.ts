import { quoteIdent } from '../../sql/quote.ts';
import { schemaOf } from '../facts/names.ts';
import {
  alterColumn,
  createSequence,
  drop,
  dropColumn,
  dropConstraint,
  dropTrigger,
  giveSequence,
  renameColumn,
} from './actions.ts';
import { goOn, identify } from './column.ts';
import { notesOn, type Swap } from './column-beside.ts';
import { nameAgain } from './column-dependents.ts';
import { nameBeside, nameLast } from './free-name.ts';
import { dropProof } from './not-null.ts';

/** Short, as all of it is there. */
export function putInPlace(swap: Swap): readonly string[] {
  const { statement, table, old, fresh, name, column, dependents, trigger } = swap;
  const own = quoteIdent(name);
  const pointing = dependents.filter(({ kind, table: of }) => kind === 'foreign key' && of !== table);
  return [
    ...[table, ...swap.children].map((one) => dropTrigger(nameLast(trigger), one)),
    drop('FUNCTION', `${schemaOf(table)}${trigger}()`),
    ...pointing.map((key) => dropConstraint(key.table, quoteIdent(key.name))),
    ...keepSequence(swap),
    // One that points to the column from its own table keeps it from being dropped.
    ...dependents.flatMap(({ kind, table: of, name: key }) =>
      kind === 'foreign key' && of === table ? [dropConstraint(table, quoteIdent(key))] : [],
    ),
    ...keepCount(swap),
    ...(column.notNull ? [] : [dropProof(statement, table, [fresh])]),
    dropColumn(table, quoteIdent(old)),
    ...(fresh === name ? [] : [renameColumn(table, quoteIdent(fresh), own)]),
    ...(column.notNull ? [alterColumn(table, own, 'SET NOT NULL'), dropProof(statement, table, [fresh])] : []),
    ...fillAgain(swap),
    ...dependents.flatMap((dependent) => nameAgain(swap, dependent, dependents)),
    ...swap.statistics.map((definition) => `${definition};`),
    ...notesOn(statement.adviceFacts?.belongings, table, column.name).map((text) => `${text};`),
  ];
}

/** It would go with the old column. */
function keepSequence({ table, fresh, column }: Swap): readonly string[] {
  const [, literal] = /^DEFAULT nextval\('(.*)'::regclass\)$/s.exec(column.value ?? '') ?? [];
  const sequence = literal?.replaceAll("''", "'");
  return sequence === undefined ? [] : [giveSequence(sequence, `${table}.${quoteIdent(fresh)}`)];
}

/** So does the sequence of an identity, which can't be given to another column: another one keeps its place. */
function keepCount(swap: Swap): readonly string[] {
  const { column, counter } = swap;
  if (counter === undefined) return [];
  const name = nameBeside(swap.statement, counter.sequence);
  return [createSequence(name, column.type, counter), goOn(name, counter.sequence)];
}

function fillAgain(swap: Swap): readonly string[] {
  const { statement, table, name, column, counter } = swap;
  if (counter !== undefined) return identify(table, column, counter, nameBeside(statement, counter.sequence));
  return column.value === undefined ? [] : [alterColumn(table, quoteIdent(name), `SET ${column.value}`)];
}
