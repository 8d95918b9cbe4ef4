import { quoteIdent } from '../../sql/quote.ts';
import type { ColumnDependent, Counter } from '../advice-facts.ts';
import { schemaOf } from '../facts/names.ts';
import { createSequence, goOn, identify } from './column.ts';
import { notesOn, type Swap } from './column-beside.ts';
import { nameAgain } from './column-dependents.ts';
import { freeName, nameLast } from './free-name.ts';
import { dropProof } from './not-null.ts';

/** Short, as all of it is there. */
export function putInPlace(swap: Swap): readonly string[] {
  const { statement, table, old, fresh, name, column, dependents, trigger } = swap;
  const own = quoteIdent(name);
  const pointing = dependents.filter(({ kind, table: of }) => kind === 'foreign key' && of !== table);
  return [
    ...[table, ...swap.children].map((one) => `DROP TRIGGER ${nameLast(trigger)} ON ${one};`),
    `DROP FUNCTION ${schemaOf(table)}${trigger}();`,
    ...pointing.map((key) => `ALTER TABLE ${key.table} DROP CONSTRAINT ${quoteIdent(key.name)};`),
    ...keepSequence(swap),
    ...dependents.flatMap((dependent) =>
      dependent.kind === 'foreign key' && dependent.table === table ? dropFirst(swap, dependent) : [],
    ),
    ...keepCount(swap),
    ...(column.notNull ? [] : [dropProof(statement, table, [fresh])]),
    `ALTER TABLE ${table} DROP COLUMN ${quoteIdent(old)};`,
    ...(fresh === name ? [] : [`ALTER TABLE ${table} RENAME COLUMN ${quoteIdent(fresh)} TO ${own};`]),
    ...(column.notNull
      ? [`ALTER TABLE ${table} ALTER COLUMN ${own} SET NOT NULL;`, dropProof(statement, table, [fresh])]
      : []),
    ...fillAgain(swap),
    ...dependents.flatMap((dependent) => nameAgain(swap, dependent, dependents)),
    ...swap.statistics.map((definition) => `${definition};`),
    ...notesOn(statement.adviceFacts?.belongings, table, column.name).map((text) => `${text};`),
  ];
}

/** One that points to the column from its own table keeps it from being dropped. */
function dropFirst({ table }: Swap, { name }: ColumnDependent): readonly string[] {
  return [`ALTER TABLE ${table} DROP CONSTRAINT ${quoteIdent(name)};`];
}

/** It would go with the old column. */
function keepSequence({ table, fresh, column }: Swap): readonly string[] {
  const [, literal] = /^DEFAULT nextval\('(.*)'::regclass\)$/s.exec(column.value ?? '') ?? [];
  const sequence = literal?.replaceAll("''", "'");
  return sequence === undefined ? [] : [`ALTER SEQUENCE ${sequence} OWNED BY ${table}.${quoteIdent(fresh)};`];
}

/** So does the sequence of an identity, which can't be given to another column: another one keeps its place. */
function keepCount(swap: Swap): readonly string[] {
  const { column, counter } = swap;
  if (counter === undefined) return [];
  const name = besideSequence(swap, counter);
  return [`${createSequence(name, column, counter)};`, goOn(name, counter.sequence)];
}

function besideSequence({ statement }: Swap, { sequence }: Counter): string {
  return `${schemaOf(sequence)}${freeName(statement, sequence, 'new')}`;
}

function fillAgain(swap: Swap): readonly string[] {
  const { table, name, column, counter } = swap;
  if (counter !== undefined) return identify(table, column, counter, besideSequence(swap, counter));
  return column.value === undefined
    ? []
    : [`ALTER TABLE ${table} ALTER COLUMN ${quoteIdent(name)} SET ${column.value};`];
}
