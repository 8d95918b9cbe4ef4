import type { Session } from '../database/session.ts';
import type { Snapshot } from './snapshot.ts';
import { printPrepare, printSnapshot, readSnapshot } from './snapshot-queries.ts';

/** Takes snapshots, with prepared statements where that is possible. */
export interface SnapshotTaker {
  /** Takes one inside a transaction, with the counters of that transaction. */
  inside(newAbove: number): Promise<Snapshot>;
  /** Takes one outside a transaction, with the counters that all sessions have reported. */
  outside(newAbove: number): Promise<Snapshot>;
  /** Has to be called with each statement before it runs, since it may deallocate or define prepared statements. */
  beforeStatement(text: string): void;
  /** The cleaning at the end of a step, without DEALLOCATE ALL where only our own statements are prepared. */
  endOfStep(ending: string): string;
}

interface Server {
  readonly session: Session;
  /** The major version. */
  readonly major: number;
}

export function createSnapshotTaker({ session, major }: Server): SnapshotTaker {
  let state: 'none' | 'prepared' | 'avoided' = 'none';
  const take = async (counters: 'transaction' | 'reported', newAbove: number) => {
    if (state === 'none') {
      await session.send(`DEALLOCATE ALL;\n${printPrepare({ major })}`);
      state = 'prepared';
    }
    return readSnapshot(await session.send(printSnapshot({ major, counters }, newAbove, state === 'prepared')));
  };
  return {
    inside: (newAbove) => take('transaction', newAbove),
    outside: async (newAbove) => {
      // Sessions report their counters only now and then, unless they are told to do so at the end of this message.
      if (major >= 15) await session.send('SELECT pg_catalog.pg_stat_force_next_flush()');
      return take('reported', newAbove);
    },
    beforeStatement: (text) => {
      if (/\b(PREPARE|DEALLOCATE|DISCARD)\b/i.test(text)) state = 'avoided';
    },
    endOfStep: (ending) => {
      if (state === 'prepared') return ending.replace('DEALLOCATE ALL; ', '');
      state = 'none';
      return ending;
    },
  };
}
