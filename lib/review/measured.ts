import type { Op } from '../plan/plan.ts';
import type { Parent } from './branch.ts';
import type { Builtin } from './builtins.ts';
import type { Snapshot } from './probe.ts';
import type { Survey } from './survey.ts';

/** A plan, run statement by statement on a throwaway database, with what each of them did. */
export interface Measurement {
  /** `PostgreSQL 18.3 (in-process)`: verdicts hold for that version. */
  readonly scratch: string;
  readonly steps: readonly MeasuredStep[];
  /** What the files did to the server of scratch, beyond their database. */
  readonly shared: readonly SharedEffect[];
  /** What of the history, and of what it stands on, could not be made on scratch: nothing, or all of it. */
  readonly missing: readonly Missing[];
  /** Scratch before the plan, where it is to be compared. */
  readonly start?: Snapshot | undefined;
  /** What of its server the plan uses. */
  readonly builtins?: readonly Builtin[] | undefined;
}

/**
 * A thing of the whole server: `role app`. It was made and dropped again, was there and was put back, or the statement
 * was left out. `changed` is what differs after a statement that commits by itself: nobody can tell whether the files did it, and it stays.
 */
export interface SharedEffect {
  readonly kind: 'made' | 'put back' | 'left out' | 'changed';
  readonly object: string;
}

/** A statement of the history that failed on scratch. */
export interface Missing {
  readonly id: string;
  readonly file: string;
  readonly line: number;
  readonly label: string;
  readonly code: string;
  readonly message: string;
  /** It needs what another one of these would have made. */
  readonly follows: boolean;
}

export interface MeasuredStep {
  readonly op: Op;
  readonly id: string;
  readonly name: string;
  /** `<folder>/up.sql`, relative to the working folder. */
  readonly file: string;
  readonly transactional: boolean;
  /** In force while it runs; `0` waits for ever. */
  readonly lockTimeout: string;
  /** What its file asks to be let pass. */
  readonly allow: readonly { readonly rule: string; readonly reason: string }[];
  readonly statements: readonly MeasuredStatement[];
  /** Left out where a statement failed. */
  readonly surveys?: Surveys | undefined;
}

export interface Surveys {
  /** As the plan found the database: what is not in it, nothing that runs can know. */
  readonly origin: Survey;
  /** As this step found it, and as it left it. */
  readonly found: Survey;
  readonly left: Survey;
}

export interface MeasuredStatement extends Effects {
  /** 1-based, in its file. */
  readonly number: number;
  /** 1-based line of the file it begins on. */
  readonly line: number;
  /** In words: `ALTER TABLE`. */
  readonly label: string;
  readonly text: string;
  readonly notices: readonly Notice[];
  readonly milliseconds: number;
  /** Foreign keys it made, also of new tables, that have no index behind them when the plan is done. */
  readonly unindexed: readonly UnindexedKey[];
  /** What has the name of the index that it would make, where the server skipped it for that: `table public.orders`. */
  readonly skippedFor?: string;
  /** Tables that it gave the name of another one, as they are when their step is done. */
  readonly swaps?: readonly Swap[] | undefined;
  /** Left out where it failed. */
  readonly grounds?: Grounds;
  /** Of the other statements in its transaction; only while it is judged. */
  readonly around?: Around;
  /** It failed: what stands after it was not measured. */
  readonly error?: Failure | undefined;
}

export interface Failure {
  readonly code: string;
  readonly message: string;
  /**
   * `limit`: it was still running when its time was over. `missing`: it needs what scratch lacks, and what stands after it was measured
   * without it. `server`: it changes what belongs to others on the scratch server.
   */
  readonly cause?: 'limit' | 'missing' | 'server';
}

/** What a safe way is written from, beyond what the statement did. */
export interface Grounds {
  /** lock_timeout behind the statement, which may have set it. */
  readonly lockTimeout: string;
  /** Partitions and children that were there before, where it touched a table that has some. */
  readonly branches: readonly ChildTable[];
  /** Partitions that it made, or made of tables. */
  readonly bounds: readonly Bound[];
  /** Tables that it read for more than its queries and the indexes that it built on them. */
  readonly reads: readonly string[];
  /** Tables that were there before and that a new foreign key points to, be it one of a new table. */
  readonly references: readonly string[];
  /** Indexes and constraints on the columns that it gave another type or name, as they are behind it. */
  readonly hangers: readonly Hanger[];
  /** Of the columns that it added: what their domains stand for and ask. */
  readonly domains: readonly DomainFacts[];
  /** Indexes of partitioned tables that it made. */
  readonly stems: readonly Stem[];
  /** Of the identity columns that it made, or gave another type or name. */
  readonly counters: readonly Counter[];
  /** Of the columns that it gave another type or name: what no column beside them can take over, in PostgreSQL's words. */
  readonly obstacles: readonly ColumnNote[];
  /** And the extended statistics on them, which would go with the old column: `CREATE STATISTICS …`. */
  readonly statistics: readonly ColumnNote[];
  /** What they, and what is built on them, have beside their definitions, as statements: comments, grants, settings. */
  readonly belongings: readonly ColumnNote[];
  /** Of those with another type: one whose value another session may read otherwise, as a time by its TimeZone. */
  readonly conversions: readonly ColumnNote[];
  /** Of tables that it locked: what an UPDATE of their rows sets off. */
  readonly writing: readonly Writing[];
  /** What was there before and is called as a safe way calls what it makes, without its schema. */
  readonly taken: readonly string[];
  /** Materialized views that nobody could read before it. */
  readonly unpopulated: readonly string[];
  /** Materialized views with an index by which CONCURRENTLY tells their rows apart. */
  readonly refreshable: readonly string[];
  /** And those that nobody can read behind it: WITH NO DATA. */
  readonly emptied: readonly string[];
  /** Of the tables that it gave another name. */
  readonly guards: readonly Guard[];
  /** Of tables whose rows it may have written: by which columns they can be told apart, best first. */
  readonly keys: readonly TableKeys[];
  /** Of the tables that an UPDATE or a DELETE writes: what makes a row's write more than its own matter. */
  readonly bonds: readonly TableBonds[];
  /** What its text asks that may look at any table: `function f`, `view public.seen`. */
  readonly asking: readonly string[];
}

/** The sequence of an identity column, as it is behind the statement. */
export interface Counter {
  readonly relation: string;
  readonly column: string;
  readonly sequence: string;
  /** As in CREATE SEQUENCE, where they are not what comes by itself: `START WITH 100`. */
  readonly options: readonly string[];
}

export interface ColumnNote {
  readonly relation: string;
  readonly column: string;
  readonly text: string;
}

/** Who may do what with a table. */
export interface Guard {
  /** As it was called. */
  readonly relation: string;
  readonly rowSecurity: boolean;
  /** They go on showing the table, whatever it is called. */
  readonly views: readonly string[];
  /** For a view under its old name: `GRANT SELECT ON public.orders TO app`, and whose it is. */
  readonly grants: readonly string[];
}

export interface Around {
  /** Objects that statements before it dropped, and that those behind it make. */
  readonly dropped: ReadonlySet<string>;
  readonly created: ReadonlySet<string>;
  /** Number of one that brings back what it takes away, or takes away what it brings back. */
  readonly partner: number | undefined;
}

/** A table that has the place of another one, by its name. */
export interface Swap {
  /** The name that stays. */
  readonly relation: string;
  /** How the other one is called now; left out where it is gone. */
  readonly old?: string | undefined;
  /** The step has made it. */
  readonly fresh: boolean;
  /** What the other one had, in words: `index public.orders_code`, `grants`. */
  readonly lacks: readonly string[];
}

/** What happens when rows of a table are written. */
export interface Writing {
  readonly relation: string;
  /** FORCE ROW LEVEL SECURITY: its owner may not see all rows. */
  readonly forced: boolean;
  /** ON UPDATE, quoted. */
  readonly rules: readonly string[];
  /** Triggers of the user's own; a partition's that come from its parent are left out. */
  readonly triggers: readonly Firing[];
}

export interface Firing {
  /** Quoted. */
  readonly name: string;
  readonly row: boolean;
  /** BEFORE. */
  readonly early: boolean;
  /** `INSERT UPDATE` */
  readonly events: string;
  /** Of UPDATE OF; none: whatever is updated. */
  readonly columns: readonly string[];
  /** As in pg_trigger.tgenabled, behind the statement. */
  readonly state: string;
  /** And before the step. */
  readonly before: string;
  /** The function, in the words of a Change: `function public.touch()`. */
  readonly calls: string;
}

export interface TableKeys {
  readonly relation: string;
  readonly columns: readonly { readonly name: string; readonly notNull: boolean }[];
}

export interface TableBonds {
  readonly relation: string;
  /** Tables whose rows its rows are, too. */
  readonly above: readonly string[];
  /** Columns that its triggers set, whatever the statement sets. */
  readonly assigned: readonly string[];
  readonly bonds: readonly Bond[];
}

/** Why rows must be written in one statement. */
export interface Bond {
  /** `UPDATE DELETE`; MOVE, where an UPDATE takes rows to another partition. */
  readonly events: string;
  /** Of an UPDATE: only where it sets one of these; none: in any case. */
  readonly columns: readonly string[];
  /** Only where it reads one of these. */
  readonly reads?: readonly string[];
  readonly why: string;
}

export interface ChildTable {
  readonly relation: string;
  readonly of: string;
  /** Of a partition, as in ATTACH PARTITION: `DEFAULT`. */
  readonly bound?: string | undefined;
  /** Has partitions itself. */
  readonly parts?: true | undefined;
}

export interface Bound extends ChildTable {
  readonly bound: string;
  /** What all of its rows have in common, as CHECK takes it; a DEFAULT partition that is alone has none. */
  readonly check?: string | undefined;
  /** It was made by this statement. */
  readonly fresh?: true | undefined;
  /** As behind PARTITION BY, where it has partitions itself. */
  readonly key?: string | undefined;
  /** What it has of its own beside its parent. */
  readonly own?: Own;
  /** What it got from its parent and had none of its own for. */
  readonly keys: readonly ConstraintFacts[];
}

export interface Own {
  readonly unlogged: boolean;
  /** As behind the columns in CREATE TABLE: `WITH (fillfactor='70')`. */
  readonly storage: readonly string[];
  /** As in ALTER TABLE: `ADD CONSTRAINT …`. */
  readonly actions: readonly string[];
}

export interface Hanger {
  /** The table of the column. */
  readonly relation: string;
  readonly column: string;
  readonly kind: 'index' | ConstraintFacts['kind'];
  readonly name: string;
  /** The table it belongs to: another one for a foreign key that points to the column. */
  readonly table: string;
  /** `CREATE INDEX …`, or as behind ADD CONSTRAINT. */
  readonly definition: string;
  /** Behind a constraint of the same name. */
  readonly owned?: true | undefined;
}

export interface DomainFacts {
  readonly domain: string;
  /** The type under it. */
  readonly type: string;
  readonly notNull: boolean;
  /** `CHECK ((VALUE > 0))` */
  readonly checks: readonly string[];
}

/** An index of a partitioned table: it has no rows, but an index of each partition. */
export interface Stem {
  readonly index: string;
  readonly table: string;
  readonly definition: string;
  /** Behind a constraint. */
  readonly owned?: true | undefined;
  readonly parts: readonly { readonly index: string; readonly table: string }[];
}

/** A change of the referenced row reads the whole referring table to find what refers to it. */
export interface UnindexedKey {
  readonly constraint: string;
  readonly relation: string;
  readonly columns: readonly string[];
  readonly references: string;
  /** Its table was made by the same revision: nobody waits for an index on it. */
  readonly fresh: boolean;
}

export interface Notice {
  readonly severity: string;
  readonly code: string;
  readonly message: string;
}

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

/** A difference in the catalogs. `object` is the thing in SQL's own words: `column public.orders.total`, `index public.orders_pkey`. */
export interface Change {
  readonly kind:
    | 'created'
    | 'dropped'
    | 'renamed'
    | 'type'
    | 'not-null'
    | 'nullable'
    | 'default'
    | 'validated'
    | 'invalid'
    | 'enum-value'
    | 'enum-value-renamed'
    | 'trigger'
    | 'owner'
    | 'privileges'
    | 'definition'
    | 'replaced';
  readonly object: string;
  /** `table`, `column`, `index`, `constraint`, `view`, `function`, `type`, `schema` ... */
  readonly type: string;
  /** The relation it belongs to, where there is one that was there before. */
  readonly relation?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Dropped with something else (CASCADE, or as a part of it), not named by the statement. */
  readonly cascaded?: true | undefined;
  /** It was made by the same plan: nothing that runs knows it. */
  readonly madeInPlan?: true | undefined;
  /** Of a function: the type of what it returns. */
  readonly result?: string | undefined;
  /** Of a value of an enum: the one before it. */
  readonly behind?: string | undefined;
  readonly column?: ColumnFacts;
  readonly constraint?: ConstraintFacts;
  /** Of a domain that was made. */
  readonly domain?: Omit<DomainFacts, 'domain'>;
  /** Of a relation with other settings. */
  readonly was?: Standing;
  readonly now?: Standing;
}

/** What a relation's settings say beyond its storage. */
export interface Standing {
  readonly parent?: Parent | undefined;
  readonly rowSecurity: boolean;
  readonly forced: boolean;
}

/** Of a column that was made or changed: how it is now. */
export interface ColumnFacts {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
  /** A default, an identity or a generation expression: whoever leaves the column out still can insert. */
  readonly fills: boolean;
  /** As in ADD COLUMN: `DEFAULT 7`, `GENERATED ALWAYS AS IDENTITY`. */
  readonly value?: string | undefined;
  /** Its type is a domain. */
  readonly domain?: true | undefined;
}

/** Of a constraint that was made or changed. */
export interface ConstraintFacts {
  readonly name: string;
  readonly kind: 'check' | 'foreign key' | 'primary key' | 'unique' | 'exclude' | 'not null';
  readonly columns: readonly string[];
  readonly validated: boolean;
  /** As in ADD CONSTRAINT. */
  readonly definition?: string | undefined;
  readonly references?: string | undefined;
  /** The index behind it. */
  readonly index?: string | undefined;
}

/** By pg_class.relkind. */
export const relationKinds: Readonly<Record<string, RelationKind>> = {
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
