import { findPassword, readPassfile } from './passfile.ts';
import { type Candidate, candidatesOf, type ServerTarget, type SessionAttributes } from './target.ts';

export interface Candidates {
  readonly candidates: readonly Candidate[];
  /** Why the password file was not read. */
  readonly warning?: string | undefined;
}

/** The hosts of a target in their order; each may have a password of its own in the password file. */
export async function findCandidates(target: ServerTarget): Promise<Candidates> {
  const candidates = candidatesOf(target);
  if (target.password !== undefined) return { candidates };
  const { text, warning } = await readPassfile(target.passfile);
  return {
    candidates: candidates.map((candidate) => {
      const password = findPassword(text, candidate);
      return password === undefined ? candidate : { ...candidate, password, passwordFile: target.passfile };
    }),
    warning,
  };
}

/** As libpq: where a standby is preferred all hosts are asked for one, and then any will do. */
export function passesOf({ sessionAttributes, hosts }: ServerTarget): readonly SessionAttributes[] {
  if (sessionAttributes !== 'prefer-standby') return [sessionAttributes];
  return hosts.length === 1 ? ['any'] : ['standby', 'any'];
}
