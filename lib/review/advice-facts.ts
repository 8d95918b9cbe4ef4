import type { ConstraintFacts, DomainFacts } from './change.ts';

/** The facts that advice is written from, beyond what the statement did. */
export interface AdviceFacts {
  /** lock_timeout after the statement, which may have set it. */
  readonly lockTimeout: string;
  /** The partitions and children, from before the statement, of the tables that it touched. */
  readonly children: readonly ChildTable[];
  /** Partitions that it created or attached. */
  readonly newPartitions: readonly NewPartition[];
  /** Tables that it read more often than its queries and its index builds explain. */
  readonly reads: readonly string[];
  /** Older tables that a new foreign key references. The key may be one of a new table. */
  readonly references: readonly string[];
  /** Indexes and constraints on the columns whose type or name it changed, as they are after the statement. */
  readonly dependents: readonly ColumnDependent[];
  /** The domains of the columns that it added. */
  readonly domains: readonly DomainFacts[];
  /** The indexes that it created on partitioned tables. */
  readonly partitionedIndexes: readonly PartitionedIndex[];
  /** The sequences of the identity columns that it added, or whose type or name it changed. */
  readonly counters: readonly Counter[];
  /** What depends on the columns whose type or name it changed and can't be moved to a second column, in PostgreSQL's words. */
  readonly obstacles: readonly ColumnNote[];
  /** The extended statistics on them, which are dropped together with the old column: `CREATE STATISTICS …`. */
  readonly statistics: readonly ColumnNote[];
  /** Comments, grants and settings of these columns and of their indexes and constraints, as statements. */
  readonly belongings: readonly ColumnNote[];
  /** Of the columns whose type it changed, those whose conversion depends on settings of the session, such as TimeZone. */
  readonly conversions: readonly ColumnNote[];
  /** The triggers and rules that an UPDATE fires, for each table that it locked. */
  readonly writing: readonly Writing[];
  /** Existing names, without their schemas, that look like the names that advice makes up. */
  readonly taken: readonly string[];
  /** Materialized views that were not populated before the statement. */
  readonly unpopulated: readonly string[];
  /** Materialized views with a unique index, as REFRESH ... CONCURRENTLY needs one. */
  readonly refreshable: readonly string[];
  /** Materialized views that are not populated after the statement. */
  readonly emptied: readonly string[];
  /** The grants, the views and the row security of each table that it renamed. */
  readonly guards: readonly Guard[];
  /** The columns that tell rows apart, best first, for each table whose rows it may have written. */
  readonly keys: readonly TableKeys[];
  /** The reasons why an UPDATE or a DELETE can't be cut into batches, for each table that it writes. */
  readonly batchObstacles: readonly TableBatchObstacles[];
  /** What its text calls or reads that may read any table: `function f`, `view public.seen`. */
  readonly asking: readonly string[];
}

/** The sequence of an identity column, after the statement. */
export interface Counter {
  readonly relation: string;
  readonly column: string;
  readonly sequence: string;
  /** The options of CREATE SEQUENCE that are not the defaults: `START WITH 100`. */
  readonly options: readonly string[];
}

export interface ColumnNote {
  readonly relation: string;
  readonly column: string;
  readonly text: string;
}

/** What a view under the old name of a renamed table has to repeat. */
export interface Guard {
  /** The old name. */
  readonly relation: string;
  readonly rowSecurity: boolean;
  /** Views that read the table. They go on doing so under its new name. */
  readonly views: readonly string[];
  /** Statements that give a view under the old name its owner and its grants: `GRANT SELECT ON public.orders TO app`. */
  readonly grants: readonly string[];
}

/** The rules and triggers that fire when rows of a table are written. */
export interface Writing {
  readonly relation: string;
  /** FORCE ROW LEVEL SECURITY is set, so that its owner may not see all rows. */
  readonly forced: boolean;
  /** The names of its ON UPDATE rules, quoted. */
  readonly rules: readonly string[];
  /** User-defined triggers. Those that a partition has from its parent are left out. */
  readonly triggers: readonly Firing[];
}

export interface Firing {
  /** The name of the trigger, quoted. */
  readonly name: string;
  readonly row: boolean;
  /** It is a BEFORE trigger. */
  readonly early: boolean;
  /** `INSERT UPDATE` */
  readonly events: string;
  /** The columns of UPDATE OF. An empty list means every column. */
  readonly columns: readonly string[];
  /** pg_trigger.tgenabled after the statement. */
  readonly state: string;
  /** pg_trigger.tgenabled before the step. */
  readonly before: string;
  /** The function that it calls, described as in a Change: `function public.touch()`. */
  readonly calls: string;
}

export interface TableKeys {
  readonly relation: string;
  readonly columns: readonly { readonly name: string; readonly notNull: boolean }[];
}

export interface TableBatchObstacles {
  readonly relation: string;
  /** The tables that it inherits from, directly or not. Its rows are visible in them. */
  readonly above: readonly string[];
  /** Columns that its BEFORE triggers set. */
  readonly assigned: readonly string[];
  readonly obstacles: readonly BatchObstacle[];
}

/** A reason why rows must be written in one statement. */
export interface BatchObstacle {
  /** `UPDATE DELETE`. MOVE stands for an UPDATE that moves rows to another partition. */
  readonly events: string;
  /** It holds for an UPDATE that sets one of these columns. An empty list means any UPDATE. */
  readonly columns: readonly string[];
  /** It holds only for a statement that reads one of these tables. */
  readonly reads?: readonly string[];
  readonly why: string;
}

export interface ChildTable {
  readonly relation: string;
  readonly of: string;
  /** The partition bound, as in ATTACH PARTITION: `DEFAULT`. */
  readonly bound?: string | undefined;
  /** It is partitioned itself. */
  readonly parts?: true | undefined;
}

export interface NewPartition extends ChildTable {
  readonly bound: string;
  /** The partition constraint as an expression for CHECK. A DEFAULT partition without siblings has none. */
  readonly check?: string | undefined;
  /** This statement created the table. */
  readonly fresh?: true | undefined;
  /** The partition key as after PARTITION BY, where it is partitioned itself. */
  readonly key?: string | undefined;
  /** What it has and its parent has not. */
  readonly extras?: PartitionExtras;
  /** Constraints that were created on it because its parent has them and it had none that matched. */
  readonly keys: readonly ConstraintFacts[];
}

export interface PartitionExtras {
  readonly unlogged: boolean;
  /** Clauses that follow the columns in CREATE TABLE: `WITH (fillfactor='70')`. */
  readonly storage: readonly string[];
  /** Actions of ALTER TABLE: `ADD CONSTRAINT …`. */
  readonly actions: readonly string[];
}

export interface ColumnDependent {
  /** The table of the column. */
  readonly relation: string;
  readonly column: string;
  readonly kind: 'index' | ConstraintFacts['kind'];
  readonly name: string;
  /** The table it belongs to. A foreign key that references the column belongs to another table. */
  readonly table: string;
  /** `CREATE INDEX …`, or what follows the name in ADD CONSTRAINT. */
  readonly definition: string;
  /** It is the index of a constraint with the same name. */
  readonly owned?: true | undefined;
}

/** An index of a partitioned table. It holds no rows itself, only an index of each partition does. */
export interface PartitionedIndex {
  readonly index: string;
  readonly table: string;
  readonly definition: string;
  /** It is the index of a constraint. */
  readonly owned?: true | undefined;
  readonly parts: readonly { readonly index: string; readonly table: string }[];
}
