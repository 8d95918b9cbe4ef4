import { createRandom } from './random.ts';

/** What is done to the runners, their connections or the server. */
export type FaultKind = 'kill' | 'stop' | 'interrupt' | 'terminate' | 'cut' | 'lock' | 'restart';

/** Where a connection is cut: around a message of the client's, or around the server's answer to a COMMIT or to anything. */
export type CutPoint = 'before-message' | 'behind-message' | 'before-commit' | 'behind-commit' | 'in-answer';

export interface Fault {
  readonly kind: FaultKind;
  /** How long after the one before, in milliseconds. */
  readonly after: number;
  /** From 0 to 1: which of those it can hit. */
  readonly which: number;
  readonly cut: CutPoint;
  /** Whether the cut, or the termination, waits for a message that changes something, or takes any. */
  readonly atWork: boolean;
  /** How long a foreign lock is held. */
  readonly hold: number;
}

/** Faults without end. What a seed gives is the same each time; what a fault hits is decided by who runs at that moment. */
export function* scheduleFaults(seed: number, kinds: Readonly<Record<FaultKind, number>>): Generator<Fault> {
  const random = createRandom(seed);
  for (;;) {
    // Each fault draws as often, whatever its kind: another weight changes the kinds alone.
    yield {
      kind: random.weigh(kinds),
      after: random.between(100, 700),
      which: random.next(),
      cut: random.weigh(cutPoints),
      atWork: random.next() < 0.7,
      hold: random.between(300, 2500),
    };
  }
}

export const allKinds: Readonly<Record<FaultKind, number>> = {
  kill: 20,
  stop: 8,
  interrupt: 6,
  terminate: 20,
  cut: 24,
  lock: 10,
  restart: 8,
};

const cutPoints: Readonly<Record<CutPoint, number>> = {
  'before-message': 1,
  'behind-message': 2,
  'before-commit': 2,
  'behind-commit': 1,
  'in-answer': 1,
};
