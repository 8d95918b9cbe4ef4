import type { Change } from './change.ts';

/** What one statement did to relations that are older than its revision. Nobody else uses relations that the revision itself creates. */
export interface Effects {
  /** The strongest lock held on each relation, from ROW SHARE up, without system catalogs. Sorted by mode, strongest first, then by name. */
  readonly locks: readonly Lock[];
  /** Tables and indexes whose files were rewritten. TRUNCATE does not count, since it writes no rows. */
  readonly rewrites: readonly string[];
  /** Tables that were scanned sequentially. */
  readonly scans: readonly string[];
  /** Indexes that were built on older tables. An index that reuses the file of another one does not count. */
  readonly builds: readonly Build[];
  readonly changes: readonly Change[];
  /** Rows that were written in scratch, which has only the rows that the history has inserted. */
  readonly rows: readonly Rows[];
  /** Indexes and constraints that this statement left INVALID or NOT VALID. */
  readonly unproven: readonly string[];
}

/** PostgreSQL's table-level lock modes, weakest first: https://www.postgresql.org/docs/current/explicit-locking.html */
export const lockModes = [
  'ACCESS SHARE',
  'ROW SHARE',
  'ROW EXCLUSIVE',
  'SHARE UPDATE EXCLUSIVE',
  'SHARE',
  'SHARE ROW EXCLUSIVE',
  'EXCLUSIVE',
  'ACCESS EXCLUSIVE',
] as const;

export type LockMode = (typeof lockModes)[number];

export interface Lock {
  /** As SQL names it from an empty search path: `public.orders`. */
  readonly relation: string;
  readonly kind: RelationKind;
  /** The table of an index. */
  readonly table?: string | undefined;
  readonly mode: LockMode;
  /** The 1-based number of the statement of this step that took the lock. It is smaller than this statement's own for a lock that was held already. */
  readonly since: number;
  /**
   * It was not seen, but is documented: either for a statement that runs outside a transaction, or, from the catalogs, for the first row of
   * a table that is empty in scratch.
   */
  readonly stated?: true | undefined;
  /** It was seen by a second session that polls pg_locks and is not documented, so that the next run may miss it. */
  readonly watched?: true;
}

export type RelationKind =
  | 'table'
  | 'partitioned table'
  | 'index'
  | 'view'
  | 'materialized view'
  | 'sequence'
  | 'foreign table'
  | 'composite type';

export interface Build {
  readonly index: string;
  readonly table: string;
  readonly method: string;
  readonly unique: boolean;
  /** The number of its key columns and expressions, without those of INCLUDE. */
  readonly keys: number;
  readonly concurrently: boolean;
  /** The `CREATE INDEX` statement that creates it. */
  readonly definition?: string | undefined;
}

export interface Rows {
  readonly relation: string;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly truncated: boolean;
}

/** The values of pg_class.relkind that a snapshot has. */
export type Relkind = 'r' | 'p' | 'i' | 'I' | 'v' | 'm' | 'S' | 'f' | 'c';

export const relationKinds: Readonly<Record<Relkind, RelationKind>> = {
  r: 'table',
  p: 'partitioned table',
  i: 'index',
  I: 'index',
  v: 'view',
  m: 'materialized view',
  S: 'sequence',
  f: 'foreign table',
  c: 'composite type',
};
