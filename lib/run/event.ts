import type { Peer } from '../database/activity.ts';
import type { EngineName } from '../ledger/engine.ts';
import type { StepEvent } from '../plan/step-event.ts';

/** Everything a run can tell while it works: a closed union that text, JSON and callers' callbacks all consume. */
export type Event =
  | { readonly kind: 'connected'; readonly server: string; readonly engine: EngineName; readonly database: string }
  /** A review begins: where it runs what, and which database it only reads. */
  | { readonly kind: 'measuring'; readonly scratch: string; readonly database?: string | undefined }
  /** Files are run on throwaway databases, to see what they leave. */
  | { readonly kind: 'verifying'; readonly scratch: string }
  /** SQL is found and tried: what is done now. */
  | { readonly kind: 'generating'; readonly message: string }
  | { readonly kind: 'planned'; readonly steps: number }
  | StepEvent
  /** The step was started by a run before this one, and goes on behind what that recorded. */
  | { readonly kind: 'step-resume'; readonly id: string; readonly recorded: number; readonly statements: number }
  | { readonly kind: 'notice'; readonly severity: string; readonly message: string; readonly code: string }
  | { readonly kind: 'warning'; readonly message: string }
  /** Ours waits for a lock that this one holds. Told when it begins, and again from time to time. */
  | ({ readonly kind: 'blocked' } & Peer)
  /** How far an index build is. */
  | { readonly kind: 'building'; readonly pid: number; readonly words: string }
  /** How far other long work is: VACUUM, CLUSTER, ANALYZE, COPY. */
  | { readonly kind: 'working'; readonly pid: number; readonly words: string }
  /** The run pauses outside any transaction before it tries again. */
  | {
      readonly kind: 'waiting';
      readonly reason: string;
      readonly attempt: number;
      readonly holder?: Peer | undefined;
      readonly leftMilliseconds: number;
    };

export type Emit = (event: Event) => void;
