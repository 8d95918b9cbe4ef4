import type { Change } from '../schema/change.ts';
import { diff } from '../schema/diff.ts';
import { mayDiffer } from '../schema/may-differ.ts';
import type { Schema } from '../schema/schema.ts';
import { wordChange } from '../schema/word.ts';
import type { IsIgnored } from './ignore.ts';
import { isDestructive, writeRemedy } from './remedy.ts';

/** One thing in a database that is not as the applied revisions make it. */
export interface DriftItem {
  readonly change: Change;
  /** `index orders_total of table app.orders was dropped`: what became of it in the database. */
  readonly message: string;
  /** `note`: it may differ where nothing is wrong. */
  readonly severity: 'drift' | 'note';
  /** SQL that takes the difference away, where it can be written; it is to be read before it is run. */
  readonly remedy: readonly string[];
  /** Whether that SQL takes away what is in there, too. */
  readonly destroys: boolean;
}

/** What a database has otherwise than the applied revisions make it. Both are to be comparable. */
export function findDrift(expected: Schema, live: Schema, isIgnored: IsIgnored): readonly DriftItem[] {
  return diff(expected, live)
    .filter((change) => !isIgnored(change))
    .map((change) => toItem(change, expected));
}

function toItem(change: Change, expected: Schema): DriftItem {
  const message = wordChange(change);
  if (mayDiffer(change)) return { change, message, severity: 'note', remedy: [], destroys: false };
  const remedy = writeRemedy(change, expected);
  return { change, message, severity: 'drift', remedy, destroys: isDestructive(change) };
}
