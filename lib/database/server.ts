import { findPassword, readPassfile } from '../libpq/passfile.ts';
import { type Candidate, candidatesOf, type ServerTarget, type SessionAttributes } from '../libpq/target.ts';
import { tryHost } from './attempt.ts';
import type { Failure } from './failure.ts';
import type { Session, SessionOptions } from './session.ts';

/** A session on the first of the hosts that will do. */
export async function openServer(target: ServerTarget, options: SessionOptions): Promise<Session> {
  const candidates = await findPasswords(target, options);
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

/** As libpq: where a standby is preferred all hosts are asked for one, and then any will do. */
function passesOf({ sessionAttributes, hosts }: ServerTarget): readonly SessionAttributes[] {
  if (sessionAttributes !== 'prefer-standby') return [sessionAttributes];
  return hosts.length === 1 ? ['any'] : ['standby', 'any'];
}

/** Each host may have a password of its own. */
async function findPasswords(target: ServerTarget, { onNotice }: SessionOptions): Promise<readonly Candidate[]> {
  const candidates = candidatesOf(target);
  if (target.password !== undefined) return candidates;
  const { text, warning } = await readPassfile(target.passfile);
  if (warning !== undefined) onNotice({ severity: 'WARNING', code: '01000', message: warning });
  return candidates.map((candidate) => {
    const password = findPassword(text, candidate);
    return password === undefined ? candidate : { ...candidate, password, passwordFile: target.passfile };
  });
}
