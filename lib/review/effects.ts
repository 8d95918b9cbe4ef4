import type { Change } from './change.ts';

/** What one statement did to relations that were there before its revision began. Relations made by the revision itself are no news to anybody. */
export interface Effects {
  /** The strongest lock held on each, from ROW SHARE up, those of system catalogs left out. Strongest first, then by name. */
  readonly locks: readonly Lock[];
  /** Tables and indexes whose files were written anew. A TRUNCATE is none: it writes nothing. */
  readonly rewrites: readonly string[];
  /** Tables read from end to end. */
  readonly scans: readonly string[];
  /** Indexes built on tables that were there before; one that only reuses an old file is not among them. */
  readonly builds: readonly Build[];
  readonly changes: readonly Change[];
  /** Rows written in scratch, where only what the history itself inserted can be there. */
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
  /** For an index: its table. */
  readonly table?: string | undefined;
  readonly mode: LockMode;
  /** 1-based number of the statement of this step that took it so strongly; smaller than this statement's own where it was held already. */
  readonly since: number;
  /**
   * Not seen, but known: of a kind of statement that runs outside a transaction, which can only be watched from a second session; or from the
   * catalogs, of the first row that scratch has not.
   */
  readonly stated?: true | undefined;
  /** Only seen by a second session that looks again and again, and not known: the next run may miss it. */
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
  /** How many columns and expressions it is over; those that INCLUDE adds are not counted. */
  readonly keys: number;
  readonly concurrently: boolean;
  /** The `CREATE INDEX` that makes it. */
  readonly definition?: string | undefined;
}

export interface Rows {
  readonly relation: string;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly truncated: boolean;
}

/** pg_class.relkind of what is looked at. */
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
