import { wordMissing } from '../database/damage.ts';
import type { Server } from '../database/ledger-state.ts';
import type { SendError, ServerMessage } from '../database/session.ts';
import type { Place } from '../errors.ts';
import { UpdownError } from '../errors.ts';
import type { LedgerName } from '../ledger/name.ts';
import { codes, raised } from '../ledger/refusals.ts';
import { printGrants, sayBootstrap } from '../ledger/rights.ts';
import type { BlockBody } from '../script/block.ts';
import { settleConstraints } from '../script/step.ts';
import { offsetOfByte, offsetOfCodePoint, placeAt } from '../sql/locate.ts';
import type { Statement } from '../sql/source.ts';
import type { Broken } from './broken.ts';
import { type At, hintFor } from './hint.ts';

/** Words what stopped a run, with the place in the file where the cause stands. */
export function wordBroken(broken: Broken, ledger: LedgerName, server?: Pick<Server, 'user'>): UpdownError {
  const { fields, lost } = broken.error;
  if (fields === undefined || lost) return wordLost(broken.error);
  const place = placeOf(broken);
  if (fields.code === '42501' && place === undefined) return wordRights(broken, ledger, server);
  const missing = wordMissing(fields, ledger.schema);
  if (missing !== undefined) return missing;
  return hasBrokenLedger(broken) ? wordBrokenLedger(broken, ledger) : wordStatement(broken, fields, place);
}

/** What a statement of the file was refused for, or the ledger, which has a code of its own for that. */
function wordStatement(broken: Broken, fields: ServerMessage, place: Place | undefined): UpdownError {
  const own = codes[fields.code];
  const isOfSetting = place === undefined && badSetting.has(fields.code);
  const hint = isOfSetting ? mendSetting(fields.hint) : (hintFor(fields, atOf(broken)) ?? fields.hint);
  return new UpdownError(own ?? 'sql', fields.message, {
    hint: hint ?? nextStep(broken),
    place: own === undefined ? place : undefined,
    sqlstate: fields.code,
    notes: notesOf(broken),
    subject: broken.step && (broken.step.entries[0]?.id ?? ''),
    cause: broken.error,
  });
}

/** The same for a message that belongs to no step: the ledger was read, or written to. */
export function wordSend(error: SendError): UpdownError {
  const { fields, lost, fatal, timedOut } = error;
  if (timedOut) {
    return new UpdownError(
      'connection',
      'The server took the connection, and gave no answer while the ledger was read',
      {
        hint: 'See what the server is busy with, or whether something between it and updown lets nothing through; then run the command again.',
        cause: error,
      },
    );
  }
  if (fields === undefined || lost) {
    return new UpdownError(
      'connection',
      `The connection was lost while the ledger was read${fatal === undefined ? '' : `: ${fatal}`}${error.garbled ? ": what came back is not PostgreSQL's protocol" : ''}`,
      { hint: 'Run the command again: it starts from what the ledger says.', cause: error },
    );
  }
  return new UpdownError('sql', fields.message, {
    hint: hintFor(fields) ?? fields.hint ?? "The server's log may say more.",
    sqlstate: fields.code,
    cause: error,
  });
}

function wordLost(error: SendError): UpdownError {
  return new UpdownError('connection', error.message, {
    hint: 'Run `updown status`: the ledger says what stands.',
    cause: error,
  });
}

/** Outside the file, only what is pinned can raise these: no such setting, no such value. */
const badSetting: ReadonlySet<string> = new Set(['42704', '22023', '55P02']);

function mendSetting(server: string | undefined): string {
  return `Correct it in updown.json: "settings", "lockTimeout" or "statementTimeout".${server === undefined ? '' : ` ${server}`}`;
}

function nextStep({ step }: Broken): string {
  if (step === undefined) return "The ledger could not be made: see the server's log.";
  return step.transactional
    ? 'Correct the file, then run the command again: it goes on with this revision.'
    : 'Correct this statement, not those before it, which are recorded; then run the command again: it goes on here.';
}

/** No statement of a file lacked the right, so the ledger's own did (F37). */
function wordRights(broken: Broken, { schema }: LedgerName, server?: Pick<Server, 'user'>): UpdownError {
  const { step, error } = broken;
  const role = server?.user ?? '<role>';
  const hint = hasOtherRole(broken)
    ? `A function that the file calls has set another role, and the ledger is written as that one. Write SET ROLE in the file instead: the step leaves it while it writes.`
    : step === undefined
      ? (error.fields?.hint ?? `The role may not make the ledger, schema "${schema}". ${sayBootstrap(schema, role)}`)
      : `The role may not write the ledger. Ask its owner: ${printGrants(schema, role)} ${sayBootstrap(schema, role)}`;
  return new UpdownError('privilege', error.fields?.message ?? error.message, {
    hint,
    sqlstate: '42501',
    cause: error,
  });
}

const isNotThere: ReadonlySet<string> = new Set(['3F000', '42P01', '42703', '42883', '42809']);

/** The step has begun with the ledger, its file is through, and now something of the ledger is not there. */
function hasBrokenLedger(broken: Broken): boolean {
  const { block, error, prefix } = broken;
  if (block.body === undefined || !isNotThere.has(error.fields?.code ?? '') || placeOf(broken) !== undefined)
    return false;
  return indexOfNext(block.body, error, prefix) >= block.body.statements.length;
}

function wordBrokenLedger(broken: Broken, { schema }: LedgerName): UpdownError {
  const { step, error } = broken;
  return new UpdownError(
    'sql',
    `revision ${step?.entries[0]?.id} has dropped or altered the ledger in schema "${schema}"`,
    {
      hint: 'Remove that from the file: a revision must not truncate, delete from, update or drop what is in the schema of the ledger.',
      sqlstate: error.fields?.code,
      notes: error.fields && [`the server says: ${error.fields.message}`, ...notesOf(broken)],
      subject: step?.entries[0]?.id ?? '',
      cause: error,
    },
  );
}

/** Who connected has begun the step, and of what the file says of roles the step knows. */
function hasOtherRole({ step, block }: Broken): boolean {
  return step?.transactional === false && block !== step.blocks[0];
}

function notesOf(broken: Broken): readonly string[] {
  const { error, step } = broken;
  const { fields } = error;
  const named: readonly (readonly [string, string | undefined])[] = [
    ['revision', step === undefined ? undefined : `${step.entries[0]?.id} ${step.name}`],
    ['detail', fields?.detail],
    // Where a hint of our own has taken its place.
    ['the server says', fields === undefined || hintFor(fields) === undefined ? undefined : fields.hint],
    ['constraint', fields?.constraint_name],
    ...contextOf(broken).map((line) => ['in', line] as const),
    ['found', isAtEnd(broken) ? 'at the end of the file, where what is deferred is checked' : undefined],
    ['inner query', fields?.internalQuery],
  ];
  return named.flatMap(([name, text]) => (text === undefined ? [] : [`${name}: ${text}`]));
}

const mostContext = 6;
const longestLine = 200;

/** From the inside out. Of a long one, the queries go, which may have many lines, and the functions stay: they lead to the fault. */
function contextOf(broken: Broken): readonly string[] {
  const all = linesOf(broken.error);
  // The statement that called it may have several lines.
  const lines = isOurs(broken)
    ? all.slice(
        0,
        all.findLastIndex((line) => line.startsWith('SQL statement ')),
      )
    : all;
  const told = lines.length <= mostContext ? lines : lines.filter((line, n) => n === 0 || /PL\/\w+ |^SQL /.test(line));
  return told
    .slice(0, mostContext)
    .map((line) => (line.length > longestLine ? `${line.slice(0, longestLine)}…` : line));
}

function linesOf({ fields }: SendError): readonly string[] {
  return fields?.where?.split('\n').filter((line) => line.trim() !== '') ?? [];
}

/** What joins a step's own commands is a DO: the two outermost lines are the command and the DO's. */
function isOurs({ block: { kind, body }, error, prefix }: Broken): boolean {
  if (kind !== 'transaction' || !(linesOf(error).at(-1) ?? '').includes('inline_code_block')) return false;
  return body === undefined || body.statements[indexOfNext(body, error, prefix)] === undefined;
}

/** All statements of the file completed, and what settles the constraints next did not (F14). */
function isAtEnd(broken: Broken): boolean {
  const { block, error, prefix } = broken;
  const { kind, body } = block;
  if (kind !== 'transaction' || body === undefined || error.fields?.position !== undefined) return false;
  if (body.statements.length === 0 || indexOfNext(body, error, prefix) !== body.statements.length) return false;
  return !isOurs(broken) || (linesOf(error).at(-2) ?? '').includes(settleConstraints.trim().slice(0, -1));
}

function indexOfNext(body: BlockBody, { completed }: SendError, prefix: string): number {
  return completed.length - body.commandsBefore - (prefix === '' ? 0 : 1);
}

/** The server's own position where it gave one: it does for syntax and names, not for an error at run time. Else the statement that did not complete. */
function placeOf(broken: Broken): Place | undefined {
  const { block, error, prefix, inBytes } = broken;
  const { body } = block;
  const index = numberOfIndex(broken);
  if (index !== undefined) return placeOfNumber(broken, index);
  if (body === undefined || error.fields === undefined) return undefined;
  const { position } = error.fields;
  if (position !== undefined) {
    const offsetOf = inBytes ? offsetOfByte : offsetOfCodePoint;
    return placeOfOffset(body, offsetOf(prefix + block.text, position - 1) - prefix.length);
  }
  const odd = offsetOfUnknown(body, error);
  if (odd !== undefined) return placeAt(body.source, odd);
  const statement = statementOf(broken);
  if (statement === undefined) return undefined;
  const line = isOurs(broken) ? undefined : lineInBlock(body, statement, linesOf(error).at(-1));
  return placeAt(body.source, line ?? statement.start);
}

/** The one that did not complete. */
function statementOf(broken: Broken): Statement | undefined {
  const { body } = broken.block;
  if (body === undefined) return undefined;
  return isAtEnd(broken) ? body.statements.at(-1) : body.statements[indexOfNext(body, broken.error, broken.prefix)];
}

function atOf(broken: Broken): At {
  return {
    revision: broken.step?.entries[0]?.id,
    statement: isAtEnd(broken) ? undefined : statementOf(broken)?.text,
  };
}

/** An index is judged behind its statement: where that is recorded, or at the end of the transaction, which names the statement's number where an error names a column. */
function numberOfIndex({ block, error: { fields } }: Broken): number | undefined {
  if (fields?.code !== raised.invalidIndex) return undefined;
  return /^\d+$/.test(fields.column_name ?? '') ? Number(fields.column_name) : block.number;
}

function placeOfNumber({ step }: Broken, number: number): Place | undefined {
  for (const { body } of step?.blocks ?? []) {
    const statement = body?.statements[number - body.first];
    if (body !== undefined && statement !== undefined) return placeAt(body.source, statement.start);
  }
  return undefined;
}

function placeOfOffset(body: BlockBody, offset: number): Place | undefined {
  const within = offset - body.at;
  return within < 0 || within > body.length ? undefined : placeAt(body.source, body.from + within);
}

/** A message is converted as a whole before any of it runs: the server gives no position then, but the character's bytes. */
function offsetOfUnknown({ source, from, length }: BlockBody, { completed, fields }: SendError): number | undefined {
  if (fields?.code !== '22P05' || completed.length > 0) return undefined;
  const bytes = fields.message.match(/\b0x[0-9a-f]{2}\b/gi)?.map(Number) ?? [];
  const offset = bytes.length === 0 ? -1 : source.text.indexOf(Buffer.from(bytes).toString('utf8'), from);
  return offset === -1 || offset >= from + length ? undefined : offset;
}

/** `PL/pgSQL function inline_code_block line 5` counts from the line of the DO's opening dollar tag. */
function lineInBlock(body: BlockBody, statement: Statement, outermost = ''): number | undefined {
  const line = /inline_code_block line (\d+)/.exec(outermost)?.[1];
  if (line === undefined || !/^DO\b/i.test(statement.text)) return undefined;
  const tag = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$|'/.exec(statement.text);
  if (tag === null) return undefined;
  let at = statement.start + tag.index;
  for (let n = 1; n < Number(line); n++) {
    const next = body.source.text.indexOf('\n', at);
    if (next === -1 || next > statement.end) return undefined;
    at = next + 1;
  }
  const indent = /^[ \t]*/.exec(body.source.text.slice(at, at + 200))?.[0].length ?? 0;
  return Number(line) === 1 ? at : at + indent;
}
