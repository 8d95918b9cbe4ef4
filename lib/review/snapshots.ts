import type { Session } from '../database/session.ts';
import { ceilingOf, highestOid, type Snapshot } from './snapshot.ts';
import {
  type Answers,
  movingParts,
  type Part,
  type ProbeOptions,
  printPrepare,
  printSnapshot,
  readAnswers,
  readWrites,
  restingParts,
  restsBetween,
  toSnapshot,
  type Writes,
  wholeParts,
} from './snapshot-queries.ts';

/**
 * Takes snapshots, with prepared statements where that is possible. The definition of an index or a constraint is read where that is not in
 * the snapshot before.
 */
export interface SnapshotTaker {
  /** Takes one inside a transaction, with the counters of that transaction. The one before is of the same transaction. */
  inside(before?: Snapshot): Promise<Snapshot>;
  /** Takes one outside a transaction, with the counters that all sessions have reported. */
  outside(before?: Snapshot): Promise<Snapshot>;
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

/** The last snapshot inside a transaction, and what its transaction had written by then. */
interface Last {
  readonly snapshot: Snapshot;
  readonly writes: Writes;
}

export function createSnapshotTaker({ session, major }: Server): SnapshotTaker {
  let state: 'none' | 'prepared' | 'avoided' = 'none';
  let last: Last | undefined;
  // A statement that stops counting for a while could write to a catalog unseen.
  let counts = true;
  const ask = async (counters: ProbeOptions['counters'], before: Snapshot | undefined, parts: readonly Part[]) => {
    if (state === 'none') {
      await session.send(`DEALLOCATE ALL;\n${printPrepare({ major })}`);
      state = 'prepared';
    }
    const newAbove = before === undefined ? highestOid : ceilingOf(before);
    const text = printSnapshot({ major, counters }, newAbove, state === 'prepared', parts);
    return readAnswers(await session.send(text), parts);
  };
  const askRest = async (before: Snapshot, { path, parts }: Answers): Promise<Answers> => {
    const rest = await ask('transaction', before, restingParts);
    return { path, parts: { ...parts, ...rest.parts } };
  };
  return {
    inside: async (before) => {
      const known = counts && before !== undefined && last?.snapshot === before ? last : undefined;
      const found = await ask('transaction', before, known === undefined ? [...wholeParts, 'writes'] : movingParts);
      const writes = readWrites(found);
      const rests = known !== undefined && restsBetween(known.writes, writes);
      const snapshot = rests
        ? toSnapshot(found, known.snapshot)
        : toSnapshot(known === undefined ? found : await askRest(known.snapshot, found));
      last = { snapshot, writes };
      return snapshot;
    },
    outside: async (before) => {
      // Sessions report their counters only now and then, unless they are told to do so at the end of this message.
      if (major >= 15) await session.send('SELECT pg_catalog.pg_stat_force_next_flush()');
      return toSnapshot(await ask('reported', before, wholeParts));
    },
    beforeStatement: (text) => {
      if (/\b(PREPARE|DEALLOCATE|DISCARD)\b/i.test(text)) state = 'avoided';
      if (/track_counts/i.test(text)) counts = false;
    },
    endOfStep: (ending) => {
      if (state === 'prepared') return ending.replace('DEALLOCATE ALL; ', '');
      state = 'none';
      return ending;
    },
  };
}
