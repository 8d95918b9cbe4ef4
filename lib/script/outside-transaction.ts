import { lex } from '../sql/lexer.ts';
import { quoteIdent, quoteLiteral } from '../sql/quote.ts';
import type { Statement } from '../sql/source.ts';
import {
  type Block,
  type BlockBody,
  begin,
  commit,
  joinCommands,
  type OutsideStatement,
  type OutsideTransaction,
  resetAll,
} from './block.ts';
import { compileNotes, type Notes, printProgress, printStart, printTakeOver } from './entries.ts';
import { printGenerate, printProbe } from './progress-probe.ts';
import {
  askAside,
  followRole,
  keepPath,
  keepRole,
  lookAs,
  pathOfRole,
  type Around as RoleAround,
  roleSetting,
  standAside,
  takeBack,
} from './role.ts';
import { type Pins, pinFile, printOwnPins, printPins, printRole } from './settings.ts';
import { commandsIn, printLeave, resetRole, type StepInput, settleConstraints } from './step.ts';

/**
 * A step outside a transaction: an entry before it starts, each statement with an entry of its own, an entry when all is done. What can run
 * in a transaction travels with its entry in one, so it happens exactly once; what can't is sent alone, recorded next, and, where a run
 * broke off in between, looked for.
 */
export function compileOutside(input: StepInput): OutsideTransaction {
  const { source, statements } = input.inspected;
  const pins = pinFile(input.pins, source.directives);
  const session = new Map([...keepAlive, ...pins]);
  // A build waits for older transactions, and a timeout there leaves an INVALID index (F23). VACUUM FULL would hold up everybody (F22).
  if (source.directives.lockTimeout === undefined && statements.some(isConcurrent)) session.set('lock_timeout', '0');
  const roles = followRole(statements, pins);
  const notes = compileNotes(input);
  const looking = lookAs(pins);
  const start = `${begin}${printStart(input, looking, notes)}${commit}`;
  const leave = [...resetRole, printPin(input), printResume(input, statements.length), printLeave(input)];
  const aside = standAside(roles.last);
  const end = `${begin}${aside}${joinCommands(leave)}${commit}`;
  const settings: Block = {
    kind: 'settings',
    text: printPins(session, 'SET', input.ledger.schema) + printRole(session, 'SET'),
  };
  const limit = statements.findIndex(({ text }) => lockSetting.test(text));
  const around = {
    notes,
    looking,
    lockTimeout: pins.get('lock_timeout') ?? '0',
    ownLimit: limit === -1 ? statements.length : limit,
    roles: roles.each,
    settings,
  };
  return {
    kind: 'outside',
    start: { kind: 'transaction', text: start },
    position: { kind: 'position', text: printPosition(input) },
    settings,
    statements: statements.map((statement, index) => compileStatement(input, statement, index, around)),
    end: { kind: 'transaction', text: end, aside: aside.length },
  };
}

/**
 * A step is claimed for as long as its backend lives. Of a client that vanished behind a silent network (F9) the server would hear nothing
 * for some two hours; so it asks, and hangs up within about a minute. Without an effect on a unix socket.
 */
const keepAlive: Pins = new Map([
  ['tcp_keepalives_idle', '30'],
  ['tcp_keepalives_interval', '10'],
  ['tcp_keepalives_count', '3'],
  ['tcp_user_timeout', '60s'],
]);

function isConcurrent({ index, trace }: Statement): boolean {
  return index !== undefined || trace?.kind === 'detach';
}

/** How the session of such a file stands: its lock timeout, and what makes its role before each statement, and behind the last. */
interface Around {
  readonly notes: Notes;
  /** What the file's role finds by its names, where the step begins. */
  readonly looking: readonly string[];
  readonly lockTimeout: string;
  /** Behind this statement, the first being 0, the file's own lock timeout stands. */
  readonly ownLimit: number;
  readonly roles: readonly RoleAround[];
  readonly settings: Block;
}

function compileStatement(input: StepInput, statement: Statement, index: number, around: Around): OutsideStatement {
  const { notes, looking } = around;
  const own: Compiled = {
    number: index + 1,
    takeOver: `${begin}${printTakeOver(input, looking, index, notes)}${commit}`,
    progress: printProgress(input, statement, index, notes),
    ...sliceOf(input, index),
  };
  if (!statement.session && statement.transactional && !statement.mayCommit)
    return compileRecorded(input, statement, own, around);
  // What RESET ALL goes back to is what the step pinned, not what this session happened to begin with.
  const again = resetAll.test(statement.text) ? around.settings : undefined;
  const parts = { again, record: compileRecord(input, own, around) };
  if (!statement.session) return { ...compileAlone(input, statement, own, around), ...parts };
  const { number, takeOver, text } = own;
  const block: Block = { kind: 'settings', text, body: bodyOf(input, statement, own) };
  const until = replacedBy(input.inspected.statements, index);
  return { kind: 'setting', number, takeOver, block, until, ...parts };
}

/** What is sent for a statement, however it is sent. */
interface Compiled {
  readonly number: number;
  readonly takeOver: string;
  /** Its entry. */
  readonly progress: string;
  /** Its own characters, and where in the file they start. */
  readonly text: string;
  readonly from: number;
}

/** Where a statement stands in its block: behind `head`. */
function bodyOf(
  { inspected }: StepInput,
  statement: Statement,
  { text, from, number }: Compiled,
  head = '',
): BlockBody {
  return {
    source: inspected.source,
    at: head.length,
    from,
    length: text.length - 2,
    statements: [statement],
    commandsBefore: commandsIn(head),
    first: number,
  };
}

function roleAround({ roles }: Around, { number }: Compiled): RoleAround {
  return roles[number - 1] as RoleAround;
}

/** With its entry, in one transaction. */
function compileRecorded(input: StepInput, statement: Statement, own: Compiled, around: Around): OutsideStatement {
  const { number, takeOver, text, progress } = own;
  const { before: force, behind } = roleAround(around, own);
  // Where the file has set its own, that stands.
  const isOwn = number > around.ownLimit + 1;
  const wait = isOwn ? '' : `SET LOCAL lock_timeout = ${quoteLiteral(around.lockTimeout)};\n`;
  const aside = standAside(force, force.isHidden ? keepRole : '');
  const head = `${begin}${aside}${wait}${printResume(input, number - 1)}${takeBack(force)}`;
  const block: Block = {
    kind: 'transaction',
    number,
    text: `${head}${text}${settleConstraints}${standAside(behind, keepPath)}${progress}COMMIT;\n`,
    aside: aside.length,
    body: bodyOf(input, statement, own, head),
  };
  return { kind: 'recorded', number, takeOver, block };
}

/** Sent alone, and looked for where a run broke off behind it. */
function compileAlone(
  input: StepInput,
  statement: Statement,
  own: Compiled,
  around: Around,
): Omit<Extract<OutsideStatement, { kind: 'alone' }>, 'again' | 'record'> {
  const { number, takeOver, text } = own;
  const { before: force, behind } = roleAround(around, own);
  const repair = printGenerate(input, statement, number);
  const probe = printProbe(input, statement, number);
  return {
    kind: 'alone',
    number,
    takeOver,
    repair: repair && askAside({ ...repair, number }, force),
    probe: probe && askAside({ ...probe, number }, force),
    aside: standAside(behind, pathOfRole),
    block: { kind: 'statement', number, text, body: bodyOf(input, statement, own) },
  };
}

/** The entry of a statement that was sent alone. */
function compileRecord(input: StepInput, own: Compiled, around: Around): Block {
  const { number, progress } = own;
  const aside = standAside(roleAround(around, own).behind, keepPath);
  return {
    kind: 'transaction',
    number,
    text: `${begin}${aside}${printResume(input, number - 1)}${progress}COMMIT;\n`,
    aside: aside.length,
  };
}

const lockSetting = /^(SET|RESET)\s+(SESSION\s+)?lock_timeout\b/i;

/** Behind which statement another role stands than the one that this statement sets. */
function replacedBy(statements: readonly Statement[], index: number): number | undefined {
  if (!/^(SET|RESET)\s+((SESSION|LOCAL)\s+)?ROLE\b/i.test(statements[index]?.text ?? '')) return undefined;
  const next = statements.findIndex(({ text }, other) => other > index && roleSetting.test(text));
  return next === -1 ? undefined : next + 1;
}

/** The file's own characters up to the end of the statement, comments before it included; and where in the file they start. */
function sliceOf({ inspected }: StepInput, index: number): { readonly text: string; readonly from: number } {
  const { source, statements } = inspected;
  const statement = statements[index] as Statement;
  const before = statements[index - 1];
  const start = before === undefined ? 0 : endOf(source.text, before);
  const slice = source.text.slice(start, statement.end);
  const blank = /^\s*\n/.exec(slice)?.[0].length ?? 0;
  return { text: `${slice.slice(blank)};\n`, from: start + blank };
}

/** One past the semicolon; a comment in front of it may hold others. */
function endOf(text: string, { end }: Statement): number {
  for (const token of lex(text.slice(end))) if (token.kind !== 'comment') return end + token.end;
  return text.length;
}

function printPosition({ op, id, ledger }: StepInput): string {
  return `SELECT ${quoteIdent(ledger.schema)}.recorded(${quoteLiteral(op)}, ${quoteLiteral(id)}) AS updown_at`;
}

/** What the file has set in the session is not how the ledger is written. */
function printPin({ ledger, inspected }: StepInput): string {
  return `CALL ${quoteIdent(ledger.schema)}.pin(${quoteLiteral(printOwnPins(inspected.source.directives))});\n`;
}

function printResume({ op, id, ledger }: StepInput, done: number): string {
  return `CALL ${quoteIdent(ledger.schema)}.resume(${quoteLiteral(op)}, ${quoteLiteral(id)}, ${done});\n`;
}
