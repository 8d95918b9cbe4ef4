import type { DropTargets } from './drop-targets.ts';
import type { Effects, LockMode } from './effects.ts';
import type { Snapshot } from './snapshot.ts';

export interface Comparison {
  /** The database before the step. What is not in it was created by the revision itself. */
  readonly base: Snapshot;
  /** The database before the plan. What is not in it was created by the plan itself. */
  readonly origin: Snapshot;
  readonly before: Snapshot;
  readonly after: Snapshot;
  /** The 1-based number of the statement in its step. */
  readonly number: number;
  readonly label: string;
  readonly text: string;
  /** Locks of earlier statements in the same transaction, by oid. */
  readonly held: ReadonlyMap<number, Held>;
  /** Locks that a second session saw, where the statement ran outside a transaction. */
  readonly seen?: Snapshot['locks'];
}

export interface Held {
  readonly mode: LockMode;
  readonly since: number;
  readonly stated?: true | undefined;
}

/** What the comparison of the catalogs needs. */
export interface CatalogComparison extends Pick<Comparison, 'base' | 'origin' | 'before' | 'after'> {
  /** Called only where something is gone, since it parses the statement. */
  readonly dropTargets: () => DropTargets;
}

/** What the facts for the advice on a statement are derived from. */
export interface FactInput extends Pick<Comparison, 'base' | 'before' | 'after'> {
  readonly text: string;
  readonly label: string;
  readonly effects: Effects;
  /** Tables that its queries read, once for each scan, those of foreign key checks among them. */
  readonly planned?: readonly string[];
}
