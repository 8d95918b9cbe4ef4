import { lex, type Token } from '../../sql/lexer.ts';
import { quoteIdent, sanitizeLine } from '../../sql/quote.ts';
import type { ColumnDependent, ColumnNote, Counter } from '../advice-facts.ts';
import type { Change, ColumnFacts } from '../change.ts';
import type { MeasuredStatement } from '../measured.ts';
import { findNodes, parseLoosely } from '../parsed.ts';
import { batch, counterOf, createSequence, goOn, identify, keepBy, ofNewRow, renameIn } from './column.ts';
import { firedBehind, obstaclesToFill } from './firing.ts';
import { dropProof, freeName, nameLast, nameProof, proveLater, proveNotNull } from './not-null.ts';
import { inOwnRevision, inWindow, isIndirect, schemaOf, shortName } from './rule.ts';
import { childrenOf } from './tree.ts';

/** Two columns that stand beside each other for a while. */
interface Swap {
  readonly statement: MeasuredStatement;
  readonly table: string;
  readonly old: string;
  readonly fresh: string;
  /** As it is called when the old one is gone. */
  readonly name: string;
  readonly column: ColumnFacts;
  /** Its definitions speak of `name`, not yet of `fresh`. */
  readonly dependents: readonly ColumnDependent[];
  readonly children: readonly string[];
  /** Its function's name; the trigger is called after it. */
  readonly trigger: string;
  /** Of an identity column. */
  readonly counter: Counter | undefined;
  /** `CREATE STATISTICS …` */
  readonly statistics: readonly string[];
}

/** Another type by way of a second column, with all that hangs on the first. */
export function retype(statement: MeasuredStatement, change: Change): string {
  const { relation, column } = change;
  const table = relation!;
  const { name } = column!;
  const using = isIndirect(statement) ? undefined : usingOf(statement.text, name);
  const fresh = shortName(freeName(statement, quoteIdent(name), 'new'));
  const obstacles = [...obstaclesTo(statement, change, fresh), ...unsteady(statement, change, using)];
  if (obstacles.length > 0)
    return [
      `-- no column beside this one can take its place: ${obstacles.map(sanitizeLine).join(', ')}`,
      `${inWindow(`${table} is closed until the statement is done`)}:`,
      `${statement.text};`,
    ].join('\n');
  const swap = beside(statement, table, name, fresh, name, column!);
  const own = quoteIdent(fresh);
  const value = using === undefined ? `NEW.${quoteIdent(name)}` : ofNewRow(table, using);
  const from = using ?? quoteIdent(name);
  return [
    lastPlace(table),
    ...(isIndirect(statement) ? [`-- (where it says USING, that in the place of ${quoteIdent(name)})`] : []),
    `ALTER TABLE ${table} ADD COLUMN ${own} ${column!.type};`,
    ...keepBy(table, swap.trigger, [`NEW.${own} := ${value};`], swap.children),
    ...batch(
      statement,
      table,
      `${own} = ${from}`,
      `${own} IS NULL AND ${using === undefined ? from : `(${from})`} IS NOT NULL`,
    ),
    ...proveFilled(swap, using === undefined ? from : `(${from})`),
    ...hangOn(swap),
    '-- then, in one revision, when nothing reads the old one:',
    ...putInPlace(swap),
  ].join('\n');
}

/** Another name by way of a second column, which code may write to as well as to the first. */
export function rename(statement: MeasuredStatement, change: Change): string {
  const { relation, column, from = '', to = '' } = change;
  const obstacles = obstaclesTo(statement, change, to);
  if (obstacles.length > 0)
    return `-- no column beside this one can take its place: ${obstacles.map(sanitizeLine).join(', ')}\n-- first release code that knows both names; then:\n${statement.text};`;
  const table = relation!;
  const swap = beside(statement, table, from, to, to, column!);
  const [old, fresh] = [quoteIdent(from), quoteIdent(to)];
  const both = [
    `IF TG_OP = 'INSERT' AND NEW.${fresh} IS NOT NULL`,
    `  OR TG_OP = 'UPDATE' AND NEW.${fresh}::text IS DISTINCT FROM OLD.${fresh}::text`,
    `THEN NEW.${old} := NEW.${fresh};`,
    `ELSE NEW.${fresh} := NEW.${old}; END IF;`,
  ];
  return [
    lastPlace(table),
    `ALTER TABLE ${table} ADD COLUMN ${fresh} ${column!.type};`,
    ...keepBy(table, swap.trigger, both, swap.children),
    ...batch(statement, table, `${fresh} = ${old}`, `${fresh} IS NULL AND ${old} IS NOT NULL`),
    ...proveFilled(swap, old),
    ...hangOn(swap),
    '-- release code that uses it; then, in one revision, when nothing names the old one:',
    ...putInPlace(swap),
  ].join('\n');
}

function beside(
  statement: MeasuredStatement,
  table: string,
  old: string,
  fresh: string,
  name: string,
  column: ColumnFacts,
): Swap {
  const { adviceFacts } = statement;
  const dependents = (adviceFacts?.dependents ?? []).filter((one) => one.relation === table && one.column === name);
  const counter = counterOf(statement, table, column.name);
  const statistics = notesOn(adviceFacts?.statistics, table, column.name);
  const trigger = nameFill(statement, table, fresh);
  return {
    statement,
    trigger,
    table,
    old,
    fresh,
    name,
    column,
    dependents,
    children: childrenOf(statement, table),
    counter,
    statistics,
  };
}

function nameFill(statement: MeasuredStatement, table: string, fresh: string): string {
  return freeName(statement, table, fresh, 'fill');
}

function notesOn(notes: readonly ColumnNote[] = [], table: string, name: string): readonly string[] {
  return notes.filter(({ relation, column }) => relation === table && column === name).map(({ text }) => text);
}

/** What no column beside this one can take over: then there is no such way. */
function obstaclesTo(statement: MeasuredStatement, { relation, column }: Change, fresh: string): readonly string[] {
  const { adviceFacts } = statement;
  const isParent = adviceFacts?.children.some(({ of }) => of === relation) ?? false;
  // Those of partitions and children are made with their parent's, which is not to be had beside normal work.
  const dependents = (adviceFacts?.dependents ?? []).filter(
    (one) => one.relation === relation && one.column === column!.name,
  );
  return [
    ...notesOn(adviceFacts?.obstacles, relation!, column!.name),
    ...obstaclesToFill(statement, relation!),
    ...firedBehind(statement, relation!, nameLast(nameFill(statement, relation!, fresh))),
    ...(isParent
      ? [
          ...new Set(
            dependents.map(
              ({ kind, name }) => `${kind} ${quoteIdent(name)}, which its partitions and children have too`,
            ),
          ),
        ]
      : []),
  ];
}

const sessionDependent = /\b(timestamp|date|time|interval|money|bytea|real|double precision|xml|reg[a-z]+)\b/;
const volatile =
  /^(now|random|nextval|timeofday|current_setting|gen_random_uuid|(clock|statement|transaction)_timestamp|uuid_.*)$/;

/** What a trigger in somebody's session would make of the old value, where that may be another thing than the statement makes of it. */
function unsteady({ adviceFacts }: MeasuredStatement, change: Change, using: string | undefined): readonly string[] {
  const { relation, column, from = '', to = '' } = change;
  const asks = using !== undefined && [...findNodes(parseLoosely(`SELECT ${using}`) ?? [])].some(isUnsteady);
  const [conversion] = notesOn(adviceFacts?.conversions, relation!, column!.name);
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

/** Whoever says no columns is told of one that is somewhere else. */
function lastPlace(table: string): string {
  return `-- (the new column stands last: whoever inserts into ${table} or copies it without a list of columns must get one first)`;
}

/** That no batch was forgotten, before the old values are dropped. NOT NULL proves it as well. */
function proveFilled({ statement, table, fresh, column }: Swap, from: string): readonly string[] {
  if (column.notNull) return [];
  const test = `CHECK (${quoteIdent(fresh)} IS NOT NULL OR ${from} IS NULL)`;
  return ['-- then:', ...proveLater(table, nameProof(statement, table, [fresh]), test)];
}

/** What is built and proven on the new column while the old one is still in use. */
function hangOn(swap: Swap): readonly string[] {
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
  const [add, ...validate] = proveLater(
    dependent.table,
    besideName(swap, dependent),
    onFresh(swap, dependent).replace(/ NOT VALID$/, ''),
  );
  return dependent.definition.endsWith(' NOT VALID') ? ['-- then:', add!] : ['-- then:', add!, ...validate];
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

/** Short, as all of it is there. */
function putInPlace(swap: Swap): readonly string[] {
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

function nameAgain(swap: Swap, dependent: ColumnDependent, all: readonly ColumnDependent[]): readonly string[] {
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

/** What an `ALTER COLUMN … TYPE … USING` says behind USING, of this column. */
function usingOf(text: string, column: string): string | undefined {
  const tokens = [...lex(text)].filter(({ kind }) => kind !== 'comment');
  const word = (token: Token | undefined) =>
    token === undefined ? '' : text.slice(token.start, token.end).toLowerCase();
  const isColumn = (token: Token | undefined) => token !== undefined && nameIn(text, token) === column;
  let from: number | undefined;
  let isMeant = false;
  for (const index of outsideBrackets(tokens, word)) {
    const token = tokens[index]!;
    const said = word(token);
    if (from !== undefined && (said === ',' || said === ';')) return text.slice(from, token.start).trim();
    if (said === ',') isMeant = false;
    if (token.kind !== 'word') continue;
    if (said === 'type') isMeant = isColumn(tokens[index - (word(tokens[index - 1]) === 'data' ? 3 : 1)]);
    if (said === 'using' && isMeant) from ??= token.end;
  }
  return from === undefined ? undefined : text.slice(from).trim();
}

/** As the catalog has it. */
function nameIn(text: string, { kind, start, end }: Token): string {
  return kind === 'name' ? text.slice(start + 1, end - 1).replaceAll('""', '"') : text.slice(start, end).toLowerCase();
}

/** Where the tokens stand that no bracket encloses; the closing ones are among them. */
function outsideBrackets(tokens: readonly Token[], word: (token: Token) => string): readonly number[] {
  let depth = 0;
  return tokens.flatMap((token, index) => {
    const said = word(token);
    if (said === '(' || said === '[') depth += 1;
    if (said === ')' || said === ']') depth -= 1;
    return depth > 0 ? [] : [index];
  });
}
