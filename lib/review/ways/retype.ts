import { quoteIdent, sanitizeLine } from '../../sql/quote.ts';
import { noWayBeside } from '../advice/words.ts';
import type { ColumnChange } from '../facts/changes.ts';
import { shortName } from '../facts/names.ts';
import { isIndirect } from '../facts/text.ts';
import type { MeasuredStatement } from '../measured.ts';
import { findNodes, parseLoosely } from '../parsed.ts';
import { addColumn } from './actions.ts';
import { fill, keepBy, ofNewRow } from './column.ts';
import { beside, lastPlace, notesOn, obstaclesTo, proveFilled } from './column-beside.ts';
import { hangOn } from './column-dependents.ts';
import { freeName } from './free-name.ts';
import { putInPlace } from './put-in-place.ts';
import { usingOf } from './using.ts';
import type { Way } from './way.ts';
import { note, run, under } from './way.ts';

/** Another type by way of a second column, with all that hangs on the first. */
export function retype(statement: MeasuredStatement, change: ColumnChange): Way {
  const { relation: table, column } = change;
  const { name } = column;
  const using = isIndirect(statement) ? undefined : usingOf(statement.text, name);
  const fresh = shortName(freeName(statement, quoteIdent(name), 'new'));
  const obstacles = [...obstaclesTo(statement, change, fresh), ...unsteady(statement, change, using)];
  if (obstacles.length > 0)
    return [
      under(
        `no second column can take its place: ${obstacles.map(sanitizeLine).join(', ')}\n${noWayBeside(`${table} is closed until the statement is done`)}:`,
        `${statement.text};`,
      ),
    ];
  const swap = beside(statement, table, name, fresh, name, column);
  const own = quoteIdent(fresh);
  const value = using === undefined ? `NEW.${quoteIdent(name)}` : ofNewRow(table, using);
  const from = using ?? quoteIdent(name);
  return [
    run(
      lastPlace(table),
      ...(isIndirect(statement) ? [note(`where it says USING, that in the place of ${quoteIdent(name)}`)] : []),
      addColumn(table, own, column.type),
      ...keepBy(table, swap.trigger, [`NEW.${own} := ${value};`], swap.children),
    ),
    fill(
      statement,
      table,
      `${own} = ${from}`,
      `${own} IS NULL AND ${using === undefined ? from : `(${from})`} IS NOT NULL`,
    ),
    ...proveFilled(swap, using === undefined ? from : `(${from})`),
    ...hangOn(swap),
    under('then, in one revision, when nothing reads the old one:', ...putInPlace(swap)),
  ];
}

const sessionDependent = /\b(timestamp|date|time|interval|money|bytea|real|double precision|xml|reg[a-z]+)\b/;

const volatile =
  /^(now|random|nextval|timeofday|current_setting|gen_random_uuid|(clock|statement|transaction)_timestamp|uuid_.*)$/;

/** What a trigger in somebody's session would make of the old value, where that may be another thing than the statement makes of it. */
function unsteady(
  { adviceFacts }: MeasuredStatement,
  change: ColumnChange,
  using: string | undefined,
): readonly string[] {
  const { relation, column, from = '', to = '' } = change;
  const asks = using !== undefined && [...findNodes(parseLoosely(`SELECT ${using}`) ?? [])].some(isUnsteady);
  const [conversion] = notesOn(adviceFacts?.conversions, relation, column.name);
  const isConverted = conversion !== undefined && (sessionDependent.test(from) || sessionDependent.test(to));
  const isSettled = using !== undefined && /\bAT\s+TIME\s+ZONE\b/i.test(using);
  return asks || (isConverted && !isSettled)
    ? ["a value that depends on the session's settings, or on the moment"]
    : [];
}

function isUnsteady([kind, body]: readonly [string, unknown]): boolean {
  if (kind === 'SQLValueFunction') return true;
  const { funcname = [] } = (kind === 'FuncCall' ? body : {}) as {
    funcname?: readonly { String?: { sval?: string } }[];
  };
  return volatile.test(funcname.at(-1)?.String?.sval ?? '');
}
