import { lex } from '../../sql/lexer.ts';
import { quoteIdent, quoteLiteral, sanitizeLine } from '../../sql/quote.ts';
import { inWindow } from '../advice/words.ts';
import type { Counter } from '../advice-facts.ts';
import type { ColumnFacts, DomainFacts } from '../change.ts';
import { type ColumnChange, changesOf } from '../facts/changes.ts';
import { childrenOf, familyOf } from '../facts/family.ts';
import { schemaOf, shortName } from '../facts/names.ts';
import type { MeasuredStatement } from '../measured.ts';
import { fillQuietly, firedBehind, obstaclesToFill } from './firing.ts';
import { freeName, nameAfter, nameLast } from './free-name.ts';
import { proveLater, setNotNull } from './not-null.ts';

/** A new column as it comes out in the end, without writing the table anew. `opened`: NOT NULL is for somebody else to say. */
export function addColumn(statement: MeasuredStatement, change: ColumnChange, opened = false): readonly string[] {
  const { relation, column } = change;
  if (statement.rewrites.includes(relation)) return fillLater(statement, change, opened);
  const { name, type, notNull, value = '' } = column;
  const rest = `${notNull && !opened ? ' NOT NULL' : ''}${value === '' ? '' : ` ${value}`}`;
  return [`ALTER TABLE ${relation} ADD COLUMN ${quoteIdent(name)} ${type}${rest};`];
}

/** A column that is there at once, empty, and filled beside normal work. */
export function fillLater(
  statement: MeasuredStatement,
  { relation: table, column }: ColumnChange,
  opened = false,
): readonly string[] {
  const { name, type, value = '' } = column;
  const generated = generatedAs(value);
  const obstacles = obstaclesToColumn(statement, table, name, generated !== undefined);
  if (obstacles.length > 0)
    return [
      inWindow(
        `no batch fills ${table} as the statement does (${obstacles.map(sanitizeLine).join(', ')}), and it is closed until it is written anew`,
      ),
    ];
  const domain = statement.adviceFacts?.domains.find((one) => one.domain === type);
  const add = `ALTER TABLE ${table} ADD COLUMN ${quoteIdent(name)} ${domain?.type ?? type};`;
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
  { domain, closing }: { readonly domain: DomainFacts | undefined; readonly closing: readonly string[] },
): readonly string[] {
  const own = quoteIdent(name);
  const checks = domain === undefined ? [] : checkDomain(statement, table, name, domain);
  if (value === '') return [...ownSequence(statement, table, own, type, value), ...closing, ...checks];
  return [
    ...ownSequence(statement, table, own, type, value),
    `ALTER TABLE ${table} ALTER COLUMN ${own} SET ${value};`,
    ...batch(statement, table, `${own} = DEFAULT`, `${own} IS NULL`),
    ...(closing.length > 0 || domain !== undefined ? ['-- then:'] : []),
    ...closing,
    ...checks,
  ];
}

/**
 * Ten thousand rows at a time, in the order they stand in. Any table has a ctid, but its partitions and children have the same ones; and a row
 * may have changed meanwhile.
 */
export function batch(statement: MeasuredStatement, table: string, set: string, where: string): readonly string[] {
  const isParent = familyOf(statement, table).length > 1;
  const [place, those] = isParent
    ? ['tableoid, ctid', ['(tableoid, ctid) IN (', ')']]
    : ['ctid', ['ctid = ANY (ARRAY(', '))']];
  return fillQuietly(statement, table, [
    `UPDATE ${table} SET ${set} WHERE ${those[0]}`,
    `  SELECT ${place} FROM ${table} WHERE ${where} LIMIT 10000${those[1]}`,
    `  AND ${where};`,
  ]);
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
  return isNew ? [`CREATE SEQUENCE ${name} AS ${type} OWNED BY ${table}.${own};`] : [];
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
    `ALTER TABLE ${table} ALTER COLUMN ${quoteIdent(name)} ADD ${value}${words === '' ? '' : ` (${words})`};`,
    goOn(sequence, substitute),
    `DROP SEQUENCE ${substitute};`,
  ];
}

export function createSequence(name: string, { type }: ColumnFacts, { options }: Counter): string {
  return `CREATE SEQUENCE ${name} AS ${type}${options.map((option) => ` ${option}`).join('')}`;
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
  closing: readonly string[],
): readonly string[] {
  const { name } = column;
  const own = quoteIdent(name);
  const sequence = `${schemaOf(table)}${freeName(statement, table, name, 'fill')}`;
  return [
    `${createSequence(sequence, column, counter)} OWNED BY ${table}.${own};`,
    `ALTER TABLE ${table} ALTER COLUMN ${own} SET DEFAULT nextval(${quoteLiteral(sequence)});`,
    ...batch(statement, table, `${own} = DEFAULT`, `${own} IS NULL`),
    ...(closing.length === 0 ? [] : ['-- then:', ...closing]),
    '-- then, in one revision:',
    `ALTER TABLE ${table} ALTER COLUMN ${own} DROP DEFAULT;`,
    ...identify(table, column, counter, sequence),
  ];
}

/** No column can become a generated one later: a trigger does what it would. */
function keepFilled(statement: MeasuredStatement, table: string, name: string, expression: string): readonly string[] {
  const own = quoteIdent(name);
  return [
    ...keepBy(
      table,
      freeName(statement, table, name, 'fill'),
      [`NEW.${own} := ${ofNewRow(table, expression)};`],
      childrenOf(statement, table),
    ),
    ...batch(statement, table, `${own} = ${expression}`, `${own} IS NULL AND (${expression}) IS NOT NULL`),
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
  return [
    `CREATE FUNCTION ${schemaOf(table)}${name}() RETURNS trigger LANGUAGE plpgsql AS $$`,
    'BEGIN',
    ...body.map((line) => `  ${line}`),
    '  RETURN NEW;',
    'END $$;',
    ...[table, ...children].flatMap((one) => [
      `CREATE TRIGGER ${nameLast(name)} BEFORE INSERT OR UPDATE ON ${one}`,
      `  FOR EACH ROW EXECUTE FUNCTION ${schemaOf(table)}${name}();`,
    ]),
  ];
}

/** What the domain asks, asked of a column of the type under it. */
function checkDomain(
  statement: MeasuredStatement,
  table: string,
  name: string,
  { checks }: DomainFacts,
): readonly string[] {
  return checks.flatMap((check, index) => {
    const words = index === 0 ? [name, 'check'] : [name, `check${index}`];
    return proveLater(table, freeName(statement, table, ...words), renameIn(check, 'VALUE', quoteIdent(name)));
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
): readonly string[] {
  return changesOf(statement, 'created', 'column')
    .filter((change) => change.relation === relation && columns.includes(change.column.name))
    .flatMap((change) => addColumn(statement, change, opened));
}
