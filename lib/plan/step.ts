import { lex } from '../sql/lexer.ts';
import { quoteIdent, quoteLiteral, textArray } from '../sql/quote.ts';
import type { IndexName, Inspected, Statement } from '../sql/source.ts';
import { type Block, type BlockBody, begin, commit } from './block.ts';
import type { LedgerName } from './ledger.ts';
import type { Material } from './material.ts';
import { type Pins, pinFile, printPins, printRole } from './pins.ts';

export interface StepInput {
  readonly op: 'up' | 'down';
  readonly id: string;
  readonly material: Material;
  readonly inspected: Inspected;
  readonly ledger: LedgerName;
  readonly pins: Pins;
}

/** A transactional step is one message: nothing can come between the lock, the guard, the file and its record (F1-F29). */
export function compileTransaction(input: StepInput): readonly Block[] {
  const { source, statements, terminated } = input.inspected;
  const pins = pinFile(input.pins, source.directives);
  const head = `${begin}${printPins(pins, 'SET LOCAL')}${printEnter(input)}${printRole(pins, 'SET LOCAL')}`;
  const title = `-- ${input.material.revision.folder}/${input.op}.sql\n`;
  const tail = `${resetRole}${printLeave(input)}${commit}`;
  const text = `${head}${title}${source.text}${joint(source.text, terminated)}${tail}`;
  const at = head.length + title.length;
  return [
    {
      kind: 'transaction',
      text,
      body: { source, at, from: 0, length: source.text.length, statements, commandsBefore: commandsIn(head), first: 1 },
    },
  ];
}

/**
 * A non-transactional step: an entry before it starts, each statement with an entry of its own, an entry when all is done. What can run
 * in a transaction travels with its entry in one; what can't is sent alone and recorded next.
 */
export function compileBare(input: StepInput): readonly Block[] {
  const { source, statements } = input.inspected;
  const pins = new Map(pinFile(input.pins, source.directives));
  // A build waits for older transactions, and a timeout there leaves an INVALID index (F23).
  const waiting = source.directives.lockTimeout ?? '0';
  const start = `${begin}${printPins(pins, 'SET LOCAL')}${printEnter(input)}${printRecord(input, 'start', 0)}COMMIT;\n`;
  const settings = printPins(new Map(pins).set('lock_timeout', waiting), 'SET') + printRole(pins, 'SET');
  const session = { lockTimeout: pins.get('lock_timeout') ?? '0', roles: followRole(statements, pins) };
  const end = `${begin}${printPins(pins, 'SET LOCAL')}${resetRole}${printResume(input, statements.length)}${printLeave(input)}${commit}`;
  return [
    { kind: 'transaction', text: start },
    { kind: 'settings', text: settings },
    ...statements.flatMap((statement, index) => compileStatement(input, statement, index, session)),
    { kind: 'transaction', text: end },
  ];
}

/** How a bare file's session stands: what makes its role before each statement, and behind the last. */
interface BareSession {
  readonly lockTimeout: string;
  readonly roles: readonly string[];
}

function compileStatement(
  input: StepInput,
  statement: Statement,
  index: number,
  { lockTimeout, roles }: BareSession,
): readonly Block[] {
  const { source, statements } = input.inspected;
  const from = index === 0 ? 0 : endOf(source.text, statements[index - 1] as Statement);
  const slice = `${source.text.slice(from, statement.end).replace(/^\s*\n/, '')};\n`;
  const skipped = statement.end - from - (slice.length - 2);
  const body = (at: number, commandsBefore: number): BlockBody => ({
    source,
    at,
    from: from + skipped,
    length: slice.length - 2,
    statements: [statement],
    commandsBefore,
    first: index + 1,
  });
  const resume = printResume(input, index);
  const progress = `${statement.index === undefined ? '' : printIndexCheck(input.ledger, statement.index)}${printRecord(input, 'progress', index + 1)}`;
  if (!statement.transactional || isSessionSetting(statement)) {
    const after = `${begin}${standAside(roles[index + 1])}${resume}${progress}COMMIT;\n`;
    return [
      { kind: 'statement', text: slice, body: body(0, 0) },
      { kind: 'transaction', text: after },
    ];
  }
  const role = roles[index] ?? '';
  const head = `${begin}SET LOCAL lock_timeout = ${quoteLiteral(lockTimeout)};\n${standAside(role)}${resume}${role}`;
  const tail = `${standAside(role)}CALL ${quoteIdent(input.ledger.schema)}.check_transaction(${quoteLiteral(input.id)});\n${progress}COMMIT;\n`;
  return [{ kind: 'transaction', text: `${head}${slice}${tail}`, body: body(head.length, commandsIn(head)) }];
}

/** As pinned, then as the file last said. Empty for who connected. */
function followRole(statements: readonly Statement[], pins: Pins): readonly string[] {
  const roles = [printRole(pins, 'SET LOCAL')];
  for (const { text } of statements) roles.push(roleSetting.test(text) ? `${text};\n` : (roles.at(-1) ?? ''));
  return roles;
}

const roleSetting = /^(SET|RESET)\s+((SESSION|LOCAL)\s+)?(ROLE|AUTHORIZATION)\b/i;

/** The ledger is written by who connected; the end of the transaction brings the role back. */
function standAside(role = ''): string {
  return role === '' ? '' : 'SET LOCAL ROLE NONE;\n';
}

/** SET in a non-transactional file is meant for the statements after it, so it must not end with a transaction. */
function isSessionSetting(statement: Statement): boolean {
  return /^(SET|RESET)\b/.test(statement.label);
}

// The file may have changed who it is (F31); the ledger is written by who connected.
const resetRole = 'RESET SESSION AUTHORIZATION;\nRESET ROLE;\n';

/** A last line that is a comment would swallow what follows, and a missing semicolon would glue to it (F59). */
function joint(text: string, terminated: boolean): string {
  return `${text === '' || text.endsWith('\n') ? '' : '\n'}${terminated ? '' : ';\n'}`;
}

/** One past the semicolon; a comment in front of it may hold others. */
function endOf(text: string, { end }: Statement): number {
  for (const token of lex(text.slice(end))) if (token.kind !== 'comment') return end + token.end;
  return text.length;
}

/** Each command of a block's own head completes with one tag. A setting's value may have several lines. */
function commandsIn(head: string): number {
  return head.split(';\n').length - 1;
}

function printEnter({ op, id, material, ledger }: StepInput): string {
  const needs = op === 'up' ? material.standsOn : [];
  const bars = op === 'up' ? [] : material.carries;
  return `CALL ${quoteIdent(ledger.schema)}.enter(${quoteLiteral(op)}, ${quoteLiteral(id)}, ${textArray(needs)}, ${textArray(bars)}, ${quoteLiteral(ledger.project)});\n`;
}

function printLeave({ op, id, material, inspected, ledger }: StepInput): string {
  return `CALL ${quoteIdent(ledger.schema)}.leave(${quoteLiteral(op)}, ${quoteLiteral(id)}, ${quoteLiteral(inspected.source.digest)}, ${textArray(material.standsOn)});\n`;
}

function printResume({ op, id, ledger }: StepInput, done: number): string {
  return `CALL ${quoteIdent(ledger.schema)}.resume(${quoteLiteral(op)}, ${quoteLiteral(id)}, ${done});\n`;
}

function printRecord(
  { op, id, material, inspected, ledger }: StepInput,
  event: 'start' | 'progress',
  statement: number,
): string {
  const digest = quoteLiteral(inspected.source.digest);
  return `CALL ${quoteIdent(ledger.schema)}.record(${quoteLiteral(event)}, ${quoteLiteral(op)}, ${quoteLiteral(id)}, ${digest}, ${textArray(material.standsOn)}, ${statement}, NULL);\n`;
}

function printIndexCheck(ledger: LedgerName, index: IndexName): string {
  if (index.action === 'drop' || index.table === undefined) return '';
  const { schema, name } = index.table;
  const relation = schema === undefined ? quoteIdent(name) : `${quoteIdent(schema)}.${quoteIdent(name)}`;
  const wanted = index.name === undefined ? 'NULL' : quoteLiteral(index.name);
  return `CALL ${quoteIdent(ledger.schema)}.check_index(${quoteLiteral(relation)}, ${wanted});\n`;
}
