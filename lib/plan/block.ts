import type { SqlSource, Statement } from '../sql/source.ts';

export const begin = 'BEGIN ISOLATION LEVEL READ COMMITTED;\n';
/** Whatever a file SET for the session ends with its step (F33). */
export const commit = 'RESET ALL;\nCOMMIT;\n';

/** One text sent to the server as one message; printed in a script byte for byte. */
export interface Block {
  /**
   * `transaction` opens and commits its own transaction, so run settings may be put in front of it in the same message.
   * `settings` pins the session around bare statements. `statement` must travel alone (25001).
   */
  readonly kind: 'transaction' | 'settings' | 'statement';
  readonly text: string;
  /** Where a file's SQL stands in `text`, for errors that point into the file. */
  readonly body?: BlockBody;
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
