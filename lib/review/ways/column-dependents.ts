import { quoteIdent } from '../../sql/quote.ts';
import type { ColumnDependent } from '../advice-facts.ts';
import { schemaOf } from '../facts/names.ts';
import { renameConstraint, renameIndex, useIndex } from './actions.ts';
import { renameIn } from './column.ts';
import type { Swap } from './column-beside.ts';
import { freeName } from './free-name.ts';
import { proveLater, proveNotNull } from './not-null.ts';
import type { Way } from './way.ts';
import { after, outsideTransaction } from './way.ts';

/** What is built and proven on the new column while the old one is still in use. */
export function hangOn(swap: Swap): Way {
  const { statement, table, fresh, column, dependents } = swap;
  const indexes = dependents.filter(({ kind }) => kind === 'index');
  return [
    outsideTransaction(...indexes.map((index) => buildAgain(swap, index))),
    ...(column.notNull ? after('then:', proveNotNull(statement, table, [fresh])) : []),
    ...dependents.flatMap((dependent) =>
      dependent.kind === 'check' || dependent.kind === 'foreign key' ? constrainFresh(swap, dependent) : [],
    ),
  ];
}

/** One that nobody has proven yet stays so. */
function constrainFresh(swap: Swap, dependent: ColumnDependent): Way {
  const way = proveLater(
    dependent.table,
    besideName(swap, dependent),
    onFresh(swap, dependent).replace(/ NOT VALID$/, ''),
  );
  return after('then:', dependent.definition.endsWith(' NOT VALID') ? way.slice(0, 1) : way);
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
  if (kind === 'check' || kind === 'foreign key') return [renameConstraint(table, again, quoteIdent(name))];
  if (kind !== 'index') return [useIndex(table, quoteIdent(name), kind, again, definition)];
  const isOwned = owned === true && all.some((one) => one.kind !== 'index' && one.name === name);
  return isOwned ? [] : [renameIndex(`${schemaOf(table)}${again}`, quoteIdent(name))];
}
