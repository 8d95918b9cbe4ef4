import { lex } from '../../sql/lexer.ts';
import { quoteIdent, quoteLiteral, sanitizeLine } from '../../sql/quote.ts';
import { inWindow } from '../advice/words.ts';
import type { Counter } from '../advice-facts.ts';
import type { ColumnFacts, DomainFacts } from '../change.ts';
import { type ColumnChange, changesOf } from '../facts/changes.ts';
import { childrenOf, familyOf } from '../facts/family.ts';
import { schemaOf, shortName } from '../facts/names.ts';
import type { MeasuredStatement } from '../measured.ts';
import {
  addColumn,
  alterColumn,
  createSequence,
  createTrigger,
  createTriggerFunction,
  drop,
  writeSome,
} from './actions.ts';
import { fillQuietly, firedBehind, obstaclesToFill } from './firing.ts';
import { freeName, nameAfter, nameLast } from './free-name.ts';
import { proveLater, setNotNull } from './not-null.ts';
import type { Way, WayPart } from './way.ts';
import { after, run, under } from './way.ts';

/** A new column as it comes out in the end, without writing the table anew. `opened`: NOT NULL is for somebody else to say. */
export function columnWay(statement: MeasuredStatement, change: ColumnChange, opened = false): Way {
  const { relation, column } = change;
  if (statement.rewrites.includes(relation)) return fillLater(statement, change, opened);
  const { name, type, notNull, value = '' } = column;
  const rest = `${notNull && !opened ? ' NOT NULL' : ''}${value === '' ? '' : ` ${value}`}`;
  return [run(addColumn(relation, quoteIdent(name), `${type}${rest}`))];
}

/** A column that is there at once, empty, and filled beside normal work. */
export function fillLater(
  statement: MeasuredStatement,
  { relation: table, column }: ColumnChange,
  opened = false,
): Way {
  const { name, type, value = '' } = column;
  const generated = generatedAs(value);
  const obstacles = obstaclesToColumn(statement, table, name, generated !== undefined);
  if (obstacles.length > 0)
    return [
      run(
        inWindow(
          `no batch fills ${table} as the statement does (${obstacles.map(sanitizeLine).join(', ')}), and it is closed until it is rewritten`,
        ),
      ),
    ];
  const domain = statement.adviceFacts?.domains.find((one) => one.domain === type);
  const add = run(addColumn(table, quoteIdent(name), domain?.type ?? type));
  if (generated !== undefined) return [add, ...keepFilled(statement, table, name, generated)];
  const counter = counterOf(statement, table, name);
  // An identity can't be had before that.
  const isOpen = opened && counter === undefined;
  const closing = isOpen || !isClosed(column, domain) ? [] : setNotNull(statement, table, name);
  if (counter !== undefined) return [add, ...numberLater(statement, table, column, counter, closing)];
  return [add, ...giveDefault(statement, table, column, { domain, closing })];
}

function generatedAs(value: string): string | undefined {
  return /^GENERATED ALWAYS AS \((.*)\) STORED$/s.exec(value)?.[1];
}

/** What is generated is kept up to date by a trigger until it is there, and others may fire behind that. */
function obstaclesToColumn(
  statement: MeasuredStatement,
  table: string,
  name: string,
  isGenerated: boolean,
): readonly string[] {
  const trigger = nameLast(freeName(statement, table, name, 'fill'));
  return [...obstaclesToFill(statement, table), ...(isGenerated ? firedBehind(statement, table, trigger) : [])];
}

function isClosed({ notNull }: ColumnFacts, domain: DomainFacts | undefined): boolean {
  return notNull || domain?.notNull === true;
}

function giveDefault(
  statement: MeasuredStatement,
  table: string,
  { name, type, value = '' }: ColumnFacts,
  { domain, closing }: { readonly domain: DomainFacts | undefined; readonly closing: Way },
): Way {
  const own = quoteIdent(name);
  const checks = domain === undefined ? [] : checkDomain(statement, table, name, domain);
  if (value === '') return [...closing, ...checks];
  return [
    run(...ownSequence(statement, table, own, type, value), alterColumn(table, own, `SET ${value}`)),
    fill(statement, table, `${own} = DEFAULT`, `${own} IS NULL`),
    ...after('then:', [...closing, ...checks]),
  ];
}

/** Rows that are written as the statement would have written them. */
export function fill(statement: MeasuredStatement, table: string, set: string, where: string): WayPart {
  const isParent = familyOf(statement, table).length > 1;
  return fillQuietly(statement, table, writeSome(table, set, where, isParent));
}

function ownSequence(
  { changes }: MeasuredStatement,
  table: string,
  own: string,
  type: string,
  value: string,
): readonly string[] {
  const [, name] = /^DEFAULT nextval\('(.*)'::regclass\)$/.exec(value) ?? [];
  const isNew = changes.some(({ kind, object }) => kind === 'created' && object === `sequence ${name}`);
  return isNew && name !== undefined ? [createSequence(name, type, { owner: `${table}.${own}` })] : [];
}

export function counterOf({ adviceFacts }: MeasuredStatement, table: string, name: string): Counter | undefined {
  return adviceFacts?.counters.find(({ relation, column }) => relation === table && column === name);
}

/** An identity in the place of a sequence that stood in for it, and that tells where to go on. */
export function identify(
  table: string,
  { name, value = '' }: ColumnFacts,
  { sequence, options }: Counter,
  substitute: string,
): readonly string[] {
  const isUsual = sequence === `${schemaOf(table)}${nameAfter(table, name, 'seq')}`;
  const words = [...(isUsual ? [] : [`SEQUENCE NAME ${sequence}`]), ...options].join(' ');
  return [
    alterColumn(table, quoteIdent(name), `ADD ${value}${words === '' ? '' : ` (${words})`}`),
    goOn(sequence, substitute),
    drop('SEQUENCE', substitute),
  ];
}

/** The next number is the one that the other sequence would have given. */
export function goOn(sequence: string, from: string): string {
  return `SELECT setval(${quoteLiteral(sequence)}, last_value, is_called) FROM ${from};`;
}

/** An identity asks for NOT NULL, and that for a number in every row: until then a sequence of its own gives them. */
function numberLater(
  statement: MeasuredStatement,
  table: string,
  column: ColumnFacts,
  counter: Counter,
  closing: Way,
): Way {
  const { name } = column;
  const own = quoteIdent(name);
  const sequence = `${schemaOf(table)}${freeName(statement, table, name, 'fill')}`;
  return [
    run(
      createSequence(sequence, column.type, { options: counter.options, owner: `${table}.${own}` }),
      alterColumn(table, own, `SET DEFAULT nextval(${quoteLiteral(sequence)})`),
    ),
    fill(statement, table, `${own} = DEFAULT`, `${own} IS NULL`),
    ...after('then:', closing),
    under(
      'then, in one revision:',
      alterColumn(table, own, 'DROP DEFAULT'),
      ...identify(table, column, counter, sequence),
    ),
  ];
}

/** No column can become a generated one later: a trigger does what it would. */
function keepFilled(statement: MeasuredStatement, table: string, name: string, expression: string): Way {
  const own = quoteIdent(name);
  const body = [`NEW.${own} := ${ofNewRow(table, expression)};`];
  return [
    run(...keepBy(table, freeName(statement, table, name, 'fill'), body, childrenOf(statement, table))),
    fill(statement, table, `${own} = ${expression}`, `${own} IS NULL AND (${expression}) IS NOT NULL`),
  ];
}

/** An expression over the columns of the row that a trigger is about. */
export function ofNewRow(table: string, expression: string): string {
  return `(SELECT ${expression} FROM (SELECT NEW.*) AS ${quoteIdent(shortName(table))})`;
}

/** A trigger before each row, called after its function. */
export function keepBy(
  table: string,
  name: string,
  body: readonly string[],
  children: readonly string[] = [],
): readonly string[] {
  const own = `${schemaOf(table)}${name}`;
  return [
    ...createTriggerFunction(own, body),
    ...[table, ...children].flatMap((one) => createTrigger(nameLast(name), one, own)),
  ];
}

/** What the domain asks, asked of a column of the type under it. */
function checkDomain(statement: MeasuredStatement, table: string, name: string, { checks }: DomainFacts): Way {
  return checks.flatMap((check, index) => {
    const ending = index === 0 ? 'check' : (`check${index}` as const);
    return proveLater(table, freeName(statement, table, name, ending), renameIn(check, 'VALUE', quoteIdent(name)));
  });
}

/** Another name in the place of this one: in texts, strings, calls of functions and types it means something else. */
export function renameIn(sql: string, from: string, to: string): string {
  let out = '';
  let at = 0;
  for (const { kind, start, end } of lex(sql)) {
    const isName =
      (kind === 'word' || kind === 'name') &&
      sql.slice(start, end) === from &&
      !/^\s*\(/.test(sql.slice(end)) &&
      !/::\s*$/.test(sql.slice(0, start));
    out += sql.slice(at, start) + (isName ? to : sql.slice(start, end));
    at = end;
  }
  return out + sql.slice(at);
}

/** The columns that come with a constraint, without it. */
export function addFirst(
  statement: MeasuredStatement,
  relation: string,
  columns: readonly string[],
  opened = false,
): Way {
  return changesOf(statement, 'created', 'column')
    .filter((change) => change.relation === relation && columns.includes(change.column.name))
    .flatMap((change) => columnWay(statement, change, opened));
}
