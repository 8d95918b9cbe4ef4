import { freeTag } from '../sql/quote.ts';
import type { SqlSource, Statement } from '../sql/source.ts';

export const begin = 'BEGIN ISOLATION LEVEL READ COMMITTED;\n';
export const commit = 'COMMIT;\n';

/** Each step in a transaction of its own, as a run sends it; or all of a script in one, which is open already where a step begins. */
export type Transactions = 'each' | 'one';

/** What opens the transaction of a step. */
export function openOf(transactions: Transactions): string {
  return transactions === 'each' ? begin : '';
}

export function closeOf(transactions: Transactions): string {
  return transactions === 'each' ? commit : '';
}

/** Commands of our own as one: psql sends each of a script by itself, and waits for its answer. Those of `first` are the same each time. */
export function joinCommands(
  commands: readonly string[],
  first: readonly string[] = [],
  declares: readonly string[] = [],
): string {
  const body = commands.map((command) => `  ${command}`).join('');
  const tag = freeTag('updown', body);
  const open = [
    'DO',
    tag,
    ...(declares.length === 0 ? [] : ['DECLARE', ...declares]),
    'BEGIN',
    ...first.map((command) => command.trimEnd()),
  ].join(' ');
  // Of what stands around every file, each line counts.
  return `${open}\n${body.trimEnd()} END ${tag};\n`;
}

/** One text sent to the server as one message; printed in a script byte for byte. */
export interface Block {
  /**
   * `transaction` opens and commits its own transaction, so run settings may be put in front of it in the same message.
   * `settings` sets up the session around bare statements. `statement` must travel alone (25001).
   * `position`, `generate` and `probe` ask: see `OutsideTransaction`.
   */
  readonly kind: 'transaction' | 'settings' | 'statement' | 'position' | 'generate' | 'probe';
  readonly text: string;
  /** The same in parts, where a file stands in it whole: put together, a file of many megabytes would be there twice. */
  readonly parts?: readonly string[] | undefined;
  /** How many characters behind its BEGIN make it run as who connected, where another role may be in force. */
  readonly aside?: number | undefined;
  /** Which statement of the file it serves, 1-based. */
  readonly number?: number | undefined;
  /** Where a file's SQL stands in `text`, for errors that point into the file. */
  readonly body?: BlockBody | undefined;
}

/** How a step is sent: what it holds as one message, or statement by statement. */
export type StepBody = OneTransaction | OutsideTransaction;

export interface OneTransaction {
  readonly kind: 'transaction';
  readonly block: Block;
}

export interface OutsideTransaction {
  readonly kind: 'outside';
  /** Its entry: it begins, or goes on. */
  readonly start: Block;
  /**
   * A query whose column `updown_at` says how many statements are recorded; -1 where this run began the step. Asked behind the start, when
   * the step is ours: until then another run may have worked on it.
   */
  readonly position: Block;
  /** What the session has for as long as the step. */
  readonly settings: Block;
  readonly statements: readonly OutsideStatement[];
  /** The entry that all is done. */
  readonly end: Block;
}

/** One statement of the file with its entry. `takeOver` is what a client without conditions sends in front of it, or of its record, in the place of the start. */
export type OutsideStatement = SettingStatement | AloneStatement | RecordedStatement;

/** It sets up the session: a session that goes on behind it says it again. */
interface SettingStatement {
  readonly kind: 'setting';
  readonly number: number;
  readonly takeOver: string;
  readonly block: Block;
  /** The number of the statement that takes its place. Once that one is recorded, this one is not said again. */
  readonly until?: number | undefined;
  /** Behind a RESET ALL: the step's own settings once more. */
  readonly again?: Block | undefined;
  readonly record: Block;
}

/** It must travel alone, and is recorded next. */
interface AloneStatement {
  readonly kind: 'alone';
  readonly number: number;
  readonly takeOver: string;
  /** A query whose rows are statements to send next, each alone: asked only of a step that goes on, at this statement or one before it. */
  readonly repair?: Block | undefined;
  /** One whose column `updown_built` says that the statement has run; asked as `repair` is. */
  readonly probe?: Block | undefined;
  /** As commands of PL/pgSQL, what makes a look at its outcome run as who connected; left out where nobody else is in force. */
  readonly aside?: string | undefined;
  readonly block: Block;
  readonly again?: Block | undefined;
  readonly record: Block;
}

/** It travels with its entry in one transaction. */
interface RecordedStatement {
  readonly kind: 'recorded';
  readonly number: number;
  readonly takeOver: string;
  readonly block: Block;
}

/** What of a statement is sent where so many are recorded. */
export interface Due {
  /** Asked first: takes away what a broken off run has left, and finds whether the statement has run. */
  readonly looks: Pick<AloneStatement, 'repair' | 'probe'>;
  /** Left out where it has run. */
  readonly own: Block | undefined;
  readonly behind: readonly Block[];
}

/** `recorded`: how many statements are; -1 where no run worked on the step before. */
export function dueOf(statement: OutsideStatement, recorded: number): Due {
  const isDue = statement.number > recorded;
  if (statement.kind === 'recorded') return { looks: {}, own: isDue ? statement.block : undefined, behind: [] };
  const { kind, block, again, record } = statement;
  const isSent = kind === 'setting' ? isSaidAgain(statement, recorded) : isDue;
  return {
    // Of a step that goes on: an edit may have put others in front of the statement that a run broke off at.
    looks: kind === 'alone' && isDue && recorded >= 0 ? { repair: statement.repair, probe: statement.probe } : {},
    own: isSent ? block : undefined,
    behind: [again, isDue ? record : undefined].filter((one) => one !== undefined),
  };
}

/** All that a step may send, in order. */
export function listBlocks(body: StepBody): readonly Block[] {
  if (body.kind === 'transaction') return [body.block];
  return [body.start, body.position, body.settings, ...body.statements.flatMap(listStatementBlocks), body.end];
}

function listStatementBlocks(statement: OutsideStatement): readonly Block[] {
  if (statement.kind === 'recorded') return [statement.block];
  const { block, again, record } = statement;
  const looks = statement.kind === 'alone' ? [statement.repair, statement.probe] : [];
  return [...looks, block, again, record].filter((one) => one !== undefined);
}

/** The same step with other blocks in their places. */
export function mapBlocks(body: StepBody, change: (block: Block) => Block): StepBody {
  if (body.kind === 'transaction') return { ...body, block: change(body.block) };
  const statements = body.statements.map((statement) => ({ ...statement, block: change(statement.block) }));
  return { ...body, statements };
}

export const resetAll: RegExp = /^(RESET|DISCARD)\s+ALL\b/i;

/** Not by taking `text` out of the block: with parts, that puts the whole together. */
export function partsOf(block: Block): readonly string[] {
  return block.parts ?? [block.text];
}

/** Whether a file's own statement takes back all that was set, the run settings too. */
export function resetsAll({ body }: Block): boolean {
  return body?.statements.some(({ text }) => resetAll.test(text)) ?? false;
}

/** Whether a setting of the file's own has to be said to a session that goes on behind so many statements. */
export function isSaidAgain({ until }: { readonly until?: number | undefined }, recorded: number): boolean {
  return until === undefined || until > recorded;
}

export interface BlockBody {
  readonly source: SqlSource;
  /** UTF-16 offset in `text` at which the file's characters start, and the offset in the file they start from. */
  readonly at: number;
  readonly from: number;
  readonly length: number;
  /** The file's statements in this block, and how many commands complete before the first of them. */
  readonly statements: readonly Statement[];
  readonly commandsBefore: number;
  /** 1-based number of the first of them in the file. */
  readonly first: number;
}
