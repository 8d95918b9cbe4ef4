/** What is to happen, in words of the graph: no SQL, no database, cheap to test, print and compare. */
export type Op = 'up' | 'down' | 'stamp' | 'unstamp';

export interface Step {
  readonly op: Op;
  readonly id: string;
}

export interface Plan {
  readonly steps: readonly Step[];
  /** Heads applied before and after, in graph order. */
  readonly from: readonly string[];
  readonly to: readonly string[];
}
