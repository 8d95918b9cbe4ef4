import type { Session } from '../database/session.ts';
import { ownPath } from '../ledger/setting.ts';
import type { Snapshot } from './snapshot.ts';

export interface LockWatch {
  /** Stops watching and returns every lock that was seen, also those that were waited for. */
  stop(): Promise<Snapshot['locks']>;
}

/** Polls the locks of another backend. A lock that is held for less than a round trip may be missed. */
export function watchLocks(session: Session, pid: number): LockWatch {
  const seen = new Map<string, Snapshot['locks'][number]>();
  let watching = true;
  const done = (async () => {
    while (watching) {
      const [rows = []] = await session.send(
        `SET LOCAL ${ownPath};\nSELECT DISTINCT relation::bigint::text AS oid, mode FROM pg_catalog.pg_locks WHERE locktype = 'relation' AND relation >= 16384 AND pid = ${pid}`,
      );
      for (const { oid, mode } of rows) seen.set(`${oid} ${mode}`, { oid: Number(oid), mode: mode ?? '' });
    }
  })();
  return {
    stop: async () => {
      watching = false;
      await done;
      return [...seen.values()];
    },
  };
}
