import type { Op } from './plan.ts';

/** How steps go, told in the same way by a run and by a review. */
export type StepEvent =
  | {
      readonly kind: 'step-start';
      readonly op: Op;
      readonly id: string;
      readonly name: string;
      readonly position: number;
      readonly total: number;
      readonly statements: number;
      readonly transactional: boolean;
    }
  | {
      readonly kind: 'statement';
      readonly id: string;
      readonly position: number;
      readonly total: number;
      readonly label: string;
      readonly line: number;
    }
  | StatementEnd
  | StepEnd;

/** Only a run tells it: how a statement of a file ended. */
export interface StatementEnd extends LockWait {
  readonly kind: 'statement-end' | 'statement-fail';
  readonly id: string;
  readonly position: number;
  readonly total: number;
  readonly label: string;
  readonly line: number;
  /** How many it wrote or returned, as the server counts them; undefined where it counts none. */
  readonly rows?: number | undefined;
  /** Undefined where it was one of several in a message: the server answers once all of them are done. */
  readonly milliseconds?: number | undefined;
  readonly sqlstate?: string | undefined;
}

export interface StepEnd extends LockWait {
  readonly kind: 'step-end' | 'step-fail';
  readonly op: Op;
  readonly id: string;
  readonly milliseconds: number;
  readonly sqlstate?: string | undefined;
}

interface LockWait {
  /** How long of it was spent waiting for locks of others; only where there was such a wait. */
  readonly lockMilliseconds?: number | undefined;
}
