import type { LedgerState } from '../database/ledger-state.ts';
import { UpdownError } from '../errors.ts';
import type { Reviewed } from '../script/header.ts';
import { compareReviewed } from '../script/reviewed.ts';
import type { Script } from '../script/script.ts';
import { listSome } from '../words.ts';
import { wordReason } from './word-reason.ts';

/** Why the plan is not the one that was reviewed, as far as what is known of the ledger tells it. */
export function wordDifference(
  { applied, entries }: Pick<LedgerState, 'applied' | 'entries'>,
  script: Script,
  expected: string | Reviewed,
  reviewAgain: string,
): UpdownError {
  const digest = typeof expected === 'string' ? expected : expected.digest;
  const done = [...(entries ?? [])].filter(([, { script: plan }]) => plan === digest).map(([id]) => id);
  const differences = typeof expected === 'string' ? [] : compareReviewed(expected, script, new Set(applied.keys()));
  const notes = [
    ...differences.map(wordReason),
    ...(done.length === 0 ? [] : [`recorded under that digest already: ${listSome(done, 5)}`]),
  ];
  const told =
    typeof expected === 'string'
      ? 'A file, a setting or the state of the database is not what was reviewed; given the script or the plan instead of its digest, this says which.'
      : differences.length > 0
        ? 'The notes say what is not as it was reviewed.'
        : 'The steps and their files are the same: a setting of the project, or the SQL that what is applied was made from, is not what was reviewed.';
  const isIdle = script.steps.length === 0;
  const message = isIdle
    ? `Nothing is left to do here, and what was done last is not the plan with digest ${digest}`
    : `The plan has digest ${script.digest}, not ${digest}`;
  const next = isIdle
    ? 'Is it the right database, and the right target? To see where the database stands: updown status'
    : `Review again: ${reviewAgain}`;
  return new UpdownError('digest-differs', message, {
    hint: `${told} Nothing was sent. ${next}`,
    notes,
    subject: differences[0]?.revision,
  });
}
