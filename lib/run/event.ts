import type { Peer, Progress } from '../database/activity.ts';
import type { ErrorCode } from '../errors.ts';
import type { EngineName } from '../ledger/engine.ts';
import type { Op } from '../plan/plan.ts';
import type { StepEvent } from '../plan/step-event.ts';

/** An embedded database of the configuration that the environment wins over. */
export interface PassedOver {
  /** The variables that name the other one: `DATABASE_URL`. */
  readonly by: readonly string[];
  /** `pglite:.updown/dev` */
  readonly embedded: string;
}

/** Everything a run can tell while it works: a closed union that text, JSON and callers' callbacks all consume. */
export type Event =
  | RunEvent
  | {
      readonly kind: 'connected';
      readonly server: string;
      readonly engine: EngineName;
      /** Its url, without a password. */
      readonly database: string;
      readonly databaseName: string;
      /** What of the environment names it, where that wins over an embedded database of the configuration. */
      readonly over?: PassedOver | undefined;
    }
  /** A command that reads is about to ask this database, which the environment names. */
  | { readonly kind: 'passed-over'; readonly database: string; readonly over: PassedOver }
  /** A review begins: where it runs what, and which database it only reads. */
  | { readonly kind: 'measuring'; readonly scratch: string; readonly database?: string | undefined }
  /** Files are run on throwaway databases, to see what they leave. */
  | { readonly kind: 'verifying'; readonly scratch: string }
  /** SQL is found and tried: what is done now. */
  | { readonly kind: 'generating'; readonly message: string }
  /** The digest is that of what is left to do. */
  | { readonly kind: 'planned'; readonly steps: number; readonly digest: string }
  | StepEvent
  /** The step was started by a run before this one, and goes on behind what that recorded. */
  | { readonly kind: 'step-resume'; readonly id: string; readonly recorded: number; readonly statements: number }
  | { readonly kind: 'notice'; readonly severity: string; readonly message: string; readonly code: string }
  | { readonly kind: 'warning'; readonly message: string }
  /** Ours waits for a lock that this one holds. Told when it begins, and again from time to time. */
  | ({ readonly kind: 'blocked' } & Peer)
  /** Ours has its lock, or gave up; how long it waited for it. */
  | { readonly kind: 'unblocked'; readonly pid: number; readonly milliseconds: number }
  /** How far an index build is. */
  | ({ readonly kind: 'building'; readonly pid: number } & Progress)
  /** How far other long work is: VACUUM, CLUSTER, ANALYZE, COPY. */
  | ({ readonly kind: 'working'; readonly pid: number } & Progress)
  /** The run pauses outside any transaction before it tries again. */
  | {
      readonly kind: 'waiting';
      readonly reason: string;
      readonly attempt: number;
      readonly holder?: Peer | undefined;
      readonly leftMilliseconds: number;
    };

/** How a run as a whole goes: what upgrade, downgrade, stamp and reset do. */
export type RunEvent =
  | { readonly kind: 'run-start'; readonly command: Command; readonly project: string; readonly database: string }
  | {
      readonly kind: 'run-end';
      readonly milliseconds: number;
      /** Each revision that was changed, in order. */
      readonly steps: readonly { readonly op: Op; readonly id: string }[];
      readonly heads: readonly string[];
    }
  | {
      readonly kind: 'run-fail';
      readonly milliseconds: number;
      /** Each revision that was changed before, in order. */
      readonly steps: readonly { readonly op: Op; readonly id: string }[];
      readonly code: ErrorCode;
      readonly sqlstate?: string | undefined;
    };

export type Command = 'upgrade' | 'downgrade' | 'stamp';

export type Emit = (event: Event) => void;
