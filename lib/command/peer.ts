import type { Peer } from '../database/activity.ts';
import type { Session } from '../database/session.ts';

/** A backend, or whoever holds the lock of a ledger. */
export async function findPeer(session: Session, of: number | string): Promise<Peer | undefined> {
  const { findBackend, findHolder } = await import('../database/activity.ts');
  return typeof of === 'number' ? findBackend(session, of) : findHolder(session, of);
}

/** For an attempt that may have met one. */
export function found(peer: Peer | undefined): { peer?: Peer } {
  return peer === undefined ? {} : { peer };
}
