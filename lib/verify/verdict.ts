import type { Change } from '../schema/change.ts';
import type { FileFailure } from './file.ts';
import type { RowsVerdict } from './rows.ts';

/** What was found of one revision on its way up, down and up again. */
export interface RevisionVerdict {
  readonly id: string;
  readonly name: string;
  /** `skipped`: nobody could say, for want of an extension or of what is below it. */
  readonly up: 'ok' | 'failed' | 'skipped';
  /** `missing`: down.sql is empty where up.sql is not, or there is none; `skipped`: up.sql failed, or as above. */
  readonly down: 'ok' | 'failed' | 'missing' | 'irreversible' | 'skipped';
  /** up.sql behind down.sql. */
  readonly again: 'ok' | 'failed' | 'skipped';
  /** What the schema lacks or has too much behind down.sql, against the one in front of up.sql. */
  readonly differences: readonly Change[];
  /** The same behind the second up.sql, against the one behind the first. */
  readonly repeated: readonly Change[];
  /** The first file that failed, and why. */
  readonly failure?: (FileFailure & { readonly op: 'up' | 'down' | 'again' }) | undefined;
  /** What became of a row in every table; undefined where that was not tried. */
  readonly rows?: RowsVerdict | undefined;
  /** Extensions that scratch does not have: this revision makes them, or fails where it stands on what they make. It is not verified. */
  readonly lacks?: readonly string[] | undefined;
  /** Revisions below it whose up.sql fails, where this one fails for want of something. It is not verified. */
  readonly above?: readonly string[] | undefined;
  /** What did not run below may have made this before up.sql, or otherwise: nobody could say whether down.sql brings it back. */
  readonly doubtful?: readonly Change[] | undefined;
}

/** What all differences have in common, where it is less than a schema that is another one. */
export type Only = 'column order' | 'grants' | 'comments';

/** Undefined where there are none, or of several kinds. */
export function onlyOf(changes: readonly Change[]): Only | undefined {
  const kinds = new Set(changes.map(({ kind }) => slight.find(([pattern]) => pattern.test(kind))?.[1]));
  return kinds.size === 1 ? [...kinds][0] : undefined;
}

const slight: readonly (readonly [RegExp, Only])[] = [
  [/-column-order$/, 'column order'],
  [/-(grants|owner-lacks)$|^default-privileges-/, 'grants'],
  [/-comment$/, 'comments'],
];

/** Whether down.sql brings back what was there: a column that was dropped and added again stands last, which nobody can change. */
export function isRestored({ down, differences }: RevisionVerdict): boolean {
  return down === 'ok' && (differences.length === 0 || onlyOf(differences) === 'column order');
}

export function isJudged({ lacks, above }: RevisionVerdict): boolean {
  return lacks === undefined && above === undefined;
}

/** Whether nothing is to be corrected. */
export function isSound(verdict: RevisionVerdict): boolean {
  const { up, down, again, repeated, rows } = verdict;
  if (up === 'failed' || !isJudged(verdict)) return false;
  if (down === 'irreversible') return true;
  const isSame = repeated.length === 0 || onlyOf(repeated) === 'column order';
  return isRestored(verdict) && again === 'ok' && isSame && !(rows?.lost ?? []).some(({ by }) => by === 'down');
}
