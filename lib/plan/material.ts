import type { Revision } from '../graph/revision.ts';

/** What compiling needs to know of a revision, whichever way it goes. */
export interface Material {
  readonly revision: Revision;
  /** Parents and dependencies, as ids. */
  readonly standsOn: readonly string[];
  /** Children and dependents, as ids. */
  readonly carries: readonly string[];
  /** Digest of up.sql: what the ledger remembers of an applied revision. */
  readonly digest: string;
}
