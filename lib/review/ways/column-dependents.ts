import { quoteIdent } from '../../sql/quote.ts';
import { inOwnRevision } from '../advice/words.ts';
import type { ColumnDependent } from '../advice-facts.ts';
import { schemaOf } from '../facts/names.ts';
import { renameIn } from './column.ts';
import type { Swap } from './column-beside.ts';
import { freeName } from './free-name.ts';
import { proveLater, proveNotNull } from './not-null.ts';

/** What is built and proven on the new column while the old one is still in use. */
export function hangOn(swap: Swap): readonly string[] {
  const { statement, table, fresh, column, dependents } = swap;
  const indexes = dependents.filter(({ kind }) => kind === 'index');
  return [
    ...(indexes.length === 0 ? [] : [inOwnRevision(...indexes.map((index) => buildAgain(swap, index)))]),
    ...(column.notNull ? ['-- then:', ...proveNotNull(statement, table, [fresh])] : []),
    ...dependents.flatMap((dependent) =>
      dependent.kind === 'check' || dependent.kind === 'foreign key' ? constrainFresh(swap, dependent) : [],
    ),
  ];
}

/** One that nobody has proven yet stays so. */
function constrainFresh(swap: Swap, dependent: ColumnDependent): readonly string[] {
  const [add = '', ...validate] = proveLater(
    dependent.table,
    besideName(swap, dependent),
    onFresh(swap, dependent).replace(/ NOT VALID$/, ''),
  );
  return dependent.definition.endsWith(' NOT VALID') ? ['-- then:', add] : ['-- then:', add, ...validate];
}

function besideName({ statement }: Swap, { name }: ColumnDependent): string {
  return freeName(statement, quoteIdent(name), 'new');
}

function buildAgain(swap: Swap, dependent: ColumnDependent): string {
  const { head = '', rest = '' } =
    /^(?<head>CREATE (?:UNIQUE )?INDEX) (?:"(?:[^"]|"")*"|[^" ]+) (?<rest>ON .*)$/s.exec(dependent.definition)
      ?.groups ?? {};
  return `${head} CONCURRENTLY ${besideName(swap, dependent)} ${renameIn(rest, quoteIdent(swap.name), quoteIdent(swap.fresh))};`;
}

/** A foreign key names columns of two tables; only those of this one are meant. */
function onFresh({ table, name, fresh }: Swap, { kind, table: of, definition }: ColumnDependent): string {
  const put = (sql: string) => renameIn(sql, quoteIdent(name), quoteIdent(fresh));
  if (kind !== 'foreign key') return put(definition);
  const { own = '', words = '', target = '', rest = '' } = foreignKey.exec(definition)?.groups ?? {};
  const isTarget = words === ` REFERENCES ${table}`;
  // ON DELETE SET NULL may name columns of the table itself.
  return `${of === table ? put(own) : own}${words}${isTarget ? put(target) : target}${of === table ? put(rest) : rest}`;
}

/** As pg_get_constraintdef writes it: there may be brackets in quoted names. */
const names = `(?:"(?:[^"]|"")*"|[^"()])*`;

const foreignKey = new RegExp(
  String.raw`^(?<own>FOREIGN KEY \(${names}\))(?<words> REFERENCES ${names})(?<target>\(${names}\))(?<rest>.*)$`,
  's',
);

export function nameAgain(swap: Swap, dependent: ColumnDependent, all: readonly ColumnDependent[]): readonly string[] {
  const { kind, name, table, owned, definition } = dependent;
  const again = besideName(swap, dependent);
  if (kind === 'check' || kind === 'foreign key')
    return [`ALTER TABLE ${table} RENAME CONSTRAINT ${again} TO ${quoteIdent(name)};`];
  if (kind !== 'index') {
    const [timing = ''] = /( NOT)?( DEFERRABLE)?( INITIALLY DEFERRED)?$/.exec(definition) ?? [];
    return [
      `ALTER TABLE ${table} ADD CONSTRAINT ${quoteIdent(name)} ${kind.toUpperCase()} USING INDEX ${again}${timing};`,
    ];
  }
  const isOwned = owned === true && all.some((one) => one.kind !== 'index' && one.name === name);
  return isOwned ? [] : [`ALTER INDEX ${schemaOf(table)}${again} RENAME TO ${quoteIdent(name)};`];
}
