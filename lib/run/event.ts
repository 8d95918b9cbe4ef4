import type { Peer } from '../database/activity.ts';
import type { Op } from '../plan/plan.ts';

/** Everything a run can tell while it works: a closed union that text, JSON and callers' callbacks all consume. */
export type Event =
  | { readonly kind: 'connected'; readonly server: string; readonly database: string }
  | { readonly kind: 'planned'; readonly steps: number }
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
  /** The step was started by a run before this one, and goes on behind what that recorded. */
  | { readonly kind: 'step-resume'; readonly id: string; readonly recorded: number; readonly statements: number }
  | {
      readonly kind: 'statement';
      readonly id: string;
      readonly position: number;
      readonly total: number;
      readonly label: string;
      readonly line: number;
    }
  | { readonly kind: 'step-end'; readonly op: Op; readonly id: string; readonly milliseconds: number }
  | { readonly kind: 'step-fail'; readonly op: Op; readonly id: string; readonly milliseconds: number }
  | { readonly kind: 'notice'; readonly severity: string; readonly message: string; readonly code: string }
  | { readonly kind: 'warning'; readonly message: string }
  /** Ours waits for a lock that this one holds. Told when it begins, and again from time to time. */
  | ({ readonly kind: 'blocked' } & Peer)
  /** How far a concurrent index build is. */
  | { readonly kind: 'building'; readonly pid: number; readonly words: string }
  /** The run pauses outside any transaction before it tries again. */
  | {
      readonly kind: 'waiting';
      readonly reason: string;
      readonly attempt: number;
      readonly holder?: Peer;
      readonly leftMilliseconds: number;
    };

export type Emit = (event: Event) => void;
