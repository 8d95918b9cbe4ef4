import type { ErrorCode, Place, UpdownError } from '../errors.ts';

/** What `check` may find, beside the errors of other commands. docs/ci.md tells of each. */
export const checkCodes = [
  'empty-down',
  'no-statement',
  'allow-unknown',
  'approval-outdated',
  'conflict',
  'removed',
  'inserted',
  'moved',
  'unsealed',
  'no-merge-base',
  'out-of-step',
] as const;

export type CheckCode = ErrorCode | (typeof checkCodes)[number];

/** Something that `check` has found. */
export interface CheckFinding {
  readonly code: CheckCode;
  /** A note is told, and is no reason to fail. */
  readonly severity: 'error' | 'note';
  readonly message: string;
  /** The revision it is about, where it is about one. */
  readonly revision?: string | undefined;
  readonly place?: Place | undefined;
  readonly notes?: readonly string[] | undefined;
  /** Statements that take it away. */
  readonly sql?: readonly string[] | undefined;
  /** What that SQL does to data, or why there is none. */
  readonly effect?: string | undefined;
  /** What to do next; of several findings one after another it may be the same. */
  readonly hint: string;
  /** It stays where nothing can be done about it, or need be. */
  readonly isLasting?: boolean | undefined;
}

/** What stops another command is a finding here. */
export function findingOf(error: UpdownError, others: Partial<CheckFinding> = {}): CheckFinding {
  const { code, message, subject, place, notes, hint = '' } = error;
  return { code, severity: 'error', message, revision: subject, place, notes, hint, ...others };
}
