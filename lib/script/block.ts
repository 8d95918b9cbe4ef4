import { freeTag } from '../sql/quote.ts';
import type { SqlSource, Statement } from '../sql/source.ts';

export const begin = 'BEGIN ISOLATION LEVEL READ COMMITTED;\n';
export const commit = 'COMMIT;\n';
/** Whatever a file left in the session ends with its step (F33): temporary tables, prepared statements, cursors, settings. */
export const cleaning: readonly string[] = [
  'CLOSE ALL',
  'DEALLOCATE ALL',
  'UNLISTEN *',
  'DISCARD TEMP',
  'DISCARD SEQUENCES',
  'RESET ALL',
];

/** How the text of a step stands in a transaction. */
export interface Frame {
  readonly open: string;
  readonly close: string;
}

/** Each in one of its own: what a run sends. */
export const alone: Frame = { open: begin, close: commit };
/** All in one that is open already: only a script can have it so. */
export const joined: Frame = { open: '', close: '' };

/** Commands of our own as one: psql sends each of a script by itself, and waits for its answer. Those of `first` are the same each time. */
export function joinCommands(commands: readonly string[], first: readonly string[] = []): string {
  const body = commands.map((command) => `  ${command}`).join('');
  const tag = freeTag('updown', body);
  const open = ['DO', tag, 'BEGIN', ...first.map((command) => command.trimEnd())].join(' ');
  // Of what stands around every file, each line counts.
  return `${open}\n${body.trimEnd()} END ${tag};\n`;
}

/** One text sent to the server as one message; printed in a script byte for byte. */
export interface Block {
  /**
   * `transaction` opens and commits its own transaction, so run settings may be put in front of it in the same message.
   * `settings` sets up the session around bare statements. `statement` must travel alone (25001).
   * `position` is a query whose column `updown_at` says how many statements are recorded; -1 where this run began the step. Asked behind
   * the start, when the step is ours: until then another run may have worked on it.
   * `generate` is a query whose rows are statements to send next, each alone; `probe` one whose column `updown_built` says that the
   * statement has run: both are asked only of a step that goes on, at this statement or one before it.
   */
  readonly kind: 'transaction' | 'settings' | 'statement' | 'position' | 'generate' | 'probe';
  readonly text: string;
  /** The same in parts, where a file stands in it whole: put together, a file of many megabytes would be there twice. */
  readonly parts?: readonly string[] | undefined;
  /** Which statement of the file it serves, 1-based: left out where the ledger has that one already. */
  readonly number?: number;
  /** Of a setting that another one takes the place of: the number of that statement. Once it is recorded, this one is not said again. */
  readonly until?: number;
  /** Where a file's SQL stands in `text`, for errors that point into the file. */
  readonly body?: BlockBody;
}

export const resetAll: RegExp = /^(RESET|DISCARD)\s+ALL\b/i;

export function partsOf({ text, parts }: Block): readonly string[] {
  return parts ?? [text];
}

/** Whether a file's own statement takes back all that was set, the run settings too. */
export function resetsAll({ body }: Block): boolean {
  return body?.statements.some(({ text }) => resetAll.test(text)) ?? false;
}

/** Whether it is needless once that many statements are recorded: its own is among them, or the one that takes its setting's place. */
export function isServed({ number, until }: Block, recorded: number): boolean {
  const last = number ?? until;
  return last !== undefined && last <= recorded;
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
