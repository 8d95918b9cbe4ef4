import type { Peer } from '../database/activity.ts';
import type { Server } from '../database/ledger-state.ts';
import type { Broken } from '../run/broken.ts';
import type { Overridden } from '../script/overridden.ts';
import type { Script } from '../script/script.ts';

/** What became of one attempt: one look, one decision, one try. */
export interface Attempted {
  readonly script: Script;
  readonly done: number;
  readonly heads: readonly string[];
  /** Where there was nothing to do: what only the database knows. */
  readonly ahead?: readonly string[] | undefined;
  readonly broken?: Broken;
  /** Time was up while it waited for a lock. */
  readonly isOver?: true;
  /** Somebody else's work that this has to wait for. */
  readonly busy?: string;
  /** What the steps don't run with; left out where that was told before. */
  readonly overridden?: readonly Overridden[] | undefined;
  /** Who was in the way. */
  readonly peer?: Peer;
  /** The backend that ran it. */
  readonly pid?: number;
  /** Where, and as whom. */
  readonly server?: Server;
}
