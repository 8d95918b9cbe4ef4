import { findCandidates, passesOf } from '../libpq/candidates.ts';
import type { ServerTarget } from '../libpq/target.ts';
import { tryHost } from './attempt.ts';
import type { Failure } from './failure.ts';
import type { Session, SessionOptions } from './session.ts';

/** A session on the first of the hosts that will do. */
export async function openServer(target: ServerTarget, options: SessionOptions): Promise<Session> {
  const { candidates, warning } = await findCandidates(target);
  if (warning !== undefined) options.onNotice({ severity: 'WARNING', code: '01000', message: warning });
  let failures: Failure[] = [];
  for (const wanted of passesOf(target)) {
    failures = [];
    for (const candidate of candidates) {
      const outcome = await tryHost(candidate, wanted, options);
      if ('send' in outcome) return outcome;
      failures.push(outcome);
      if (!outcome.isPassing) throw await wordFailures(failures, target);
    }
  }
  throw await wordFailures(failures, target);
}

async function wordFailures(failures: readonly Failure[], target: ServerTarget): Promise<Error> {
  const { errorOf } = await import('./failure.ts');
  return errorOf(failures, target);
}
