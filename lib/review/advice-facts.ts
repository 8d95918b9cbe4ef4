import type { ConstraintFacts, DomainFacts } from './change.ts';

/** What a safe way is written from, beyond what the statement did. */
export interface AdviceFacts {
  /** lock_timeout behind the statement, which may have set it. */
  readonly lockTimeout: string;
  /** Partitions and children that were there before, where it touched a table that has some. */
  readonly children: readonly ChildTable[];
  /** Partitions that it made, or made of tables. */
  readonly newPartitions: readonly NewPartition[];
  /** Tables that it read for more than its queries and the indexes that it built on them. */
  readonly reads: readonly string[];
  /** Tables that were there before and that a new foreign key points to, be it one of a new table. */
  readonly references: readonly string[];
  /** Indexes and constraints on the columns that it gave another type or name, as they are behind it. */
  readonly dependents: readonly ColumnDependent[];
  /** Of the columns that it added: what their domains stand for and ask. */
  readonly domains: readonly DomainFacts[];
  /** Indexes of partitioned tables that it made. */
  readonly partitionedIndexes: readonly PartitionedIndex[];
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

export interface NewPartition extends ChildTable {
  readonly bound: string;
  /** What all of its rows have in common, as CHECK takes it; a DEFAULT partition that is alone has none. */
  readonly check?: string | undefined;
  /** It was made by this statement. */
  readonly fresh?: true | undefined;
  /** As behind PARTITION BY, where it has partitions itself. */
  readonly key?: string | undefined;
  /** What it has of its own beside its parent. */
  readonly extras?: PartitionExtras;
  /** What it got from its parent and had none of its own for. */
  readonly keys: readonly ConstraintFacts[];
}

export interface PartitionExtras {
  readonly unlogged: boolean;
  /** As behind the columns in CREATE TABLE: `WITH (fillfactor='70')`. */
  readonly storage: readonly string[];
  /** As in ALTER TABLE: `ADD CONSTRAINT …`. */
  readonly actions: readonly string[];
}

export interface ColumnDependent {
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

/** An index of a partitioned table: it has no rows, but an index of each partition. */
export interface PartitionedIndex {
  readonly index: string;
  readonly table: string;
  readonly definition: string;
  /** Behind a constraint. */
  readonly owned?: true | undefined;
  readonly parts: readonly { readonly index: string; readonly table: string }[];
}
