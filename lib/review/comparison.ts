import type { Effects, LockMode } from './effects.ts';
import type { Meant } from './meant.ts';
import type { Snapshot } from './snapshot.ts';

export interface Comparison {
  /** As the step found the database: what is not in it, the revision made itself. */
  readonly base: Snapshot;
  /** As the plan found it: what is not in it, the plan made itself. */
  readonly origin: Snapshot;
  readonly before: Snapshot;
  readonly after: Snapshot;
  /** 1-based, in its step. */
  readonly number: number;
  readonly label: string;
  readonly text: string;
  /** What the statements before it took in the same transaction, by oid. */
  readonly held: ReadonlyMap<number, Held>;
  /** Modes that a second session saw, where the statement ran outside a transaction. */
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
  readonly meant: () => Meant;
}

/** What the facts for a statement's advice are found from. */
export interface FactInput extends Pick<Comparison, 'base' | 'before' | 'after'> {
  readonly text: string;
  readonly label: string;
  readonly effects: Effects;
  /** Tables that its queries read, those that look up a foreign key's rows among them, as often as they do. */
  readonly planned?: readonly string[];
}
