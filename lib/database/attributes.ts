import type { Candidate, SessionAttributes } from '../libpq/target.ts';
import type { Failure } from './failure.ts';
import type { Session } from './session.ts';

/**
 * Asks the server itself: what poolers report at the login may be old, and before version 14 nothing is reported. A hot
 * standby is read-only whatever its settings say (F36).
 */
export async function findMismatch(
  session: Session,
  wanted: Exclude<SessionAttributes, 'any' | 'prefer-standby'>,
  candidate: Candidate,
  milliseconds: number,
): Promise<Failure | undefined> {
  const rows = await session.send(question, milliseconds > 0 ? { deadlineMilliseconds: milliseconds } : {});
  const [[recovery] = [], [mode] = []] = rows;
  const standby = recovery?.standby === 't';
  const readOnly = standby || mode?.transaction_read_only === 'on';
  const fits = { 'read-write': !readOnly, 'read-only': readOnly, primary: !standby, standby };
  if (fits[wanted]) return undefined;
  return {
    candidate,
    code: 'read-only',
    message: standby ? 'a standby' : readOnly ? 'read-only' : 'a primary that takes writes',
    hint: `target_session_attrs=${wanted} asks for another server. Name that one, alone or in the list of hosts.`,
    isPassing: true,
  };
}

const question = 'SELECT pg_catalog.pg_is_in_recovery() AS standby; SHOW transaction_read_only';
