import { SQL } from '../database/question.ts';
import type { Session } from '../database/session.ts';
import type { Snapshot } from './snapshot.ts';

export interface LockWatch {
  /** Stops watching and returns every lock that was seen, also those that were waited for. */
  stop(): Promise<Snapshot['locks']>;
}

/** Polls the locks of another backend. */
export function watchLocks(session: Session, pid: number): LockWatch {
  const seen = new Map<string, Snapshot['locks'][number]>();
  // Without a transaction around it: what is held for less than a round trip may be missed.
  const { text, values } =
    SQL`SELECT DISTINCT relation::pg_catalog.int8::pg_catalog.text AS oid, mode FROM pg_catalog.pg_locks
 WHERE locktype OPERATOR(pg_catalog.=) 'relation' AND relation OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
   AND pid OPERATOR(pg_catalog.=) ${pid}::pg_catalog.int4`;
  let watching = true;
  const done = (async () => {
    while (watching) {
      const rows = await session.bind(text, values);
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
