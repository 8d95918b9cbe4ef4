import type { Scratch } from './scratch.ts';
import type { Snapshot } from './snapshot.ts';
import { printPrepare, printSnapshot, readSnapshot } from './snapshot-queries.ts';

/** Takes snapshots, by prepared statements where it can: planning these queries takes five times as long as running them. */
export interface SnapshotTaker {
  /** Inside a transaction, whose own counters are asked. */
  inside(newAbove: number): Promise<Snapshot>;
  /** Outside of one, from the counters that all sessions report. */
  outside(newAbove: number): Promise<Snapshot>;
  /** Told of each statement before it runs: some take prepared statements away, or have names of their own. */
  beforeStatement(text: string): void;
  /** The end of a step, without what would cost us our prepared statements where the file had none. */
  endOfStep(ending: string): string;
}

export function createSnapshotTaker({ session, major }: Pick<Scratch, 'session' | 'major'>): SnapshotTaker {
  let state: 'none' | 'prepared' | 'avoided' = 'none';
  return {
    inside: async (newAbove) => {
      const options = { major, counters: 'transaction' } as const;
      if (state === 'none') await session.send(`DEALLOCATE ALL;\n${printPrepare(options)}`);
      if (state === 'none') state = 'prepared';
      return readSnapshot(await session.send(printSnapshot(options, newAbove, state === 'prepared')));
    },
    outside: async (newAbove) => {
      // They reach the view of all sessions now and then only, unless told to at the end of this message.
      if (major >= 15) await session.send('SELECT pg_catalog.pg_stat_force_next_flush()');
      return readSnapshot(await session.send(printSnapshot({ major, counters: 'reported' }, newAbove, false)));
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
