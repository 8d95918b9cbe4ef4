import type { Described, Grant, Granted, Name, Options } from './name.ts';

interface Stored {
  readonly accessMethod: string | null;
  /** Null for the database's own. */
  readonly tablespace: string | null;
  readonly options: Options;
}

interface Heir {
  readonly inherits: readonly Name[];
  readonly partition: Partition | null;
}

/** What makes a table a partition of another one. */
export interface Partition {
  readonly of: Name;
  /** `FOR VALUES IN ('a', 'b')` */
  readonly bound: string;
  /** DETACH PARTITION ... CONCURRENTLY was begun and not finished. */
  readonly detaching: boolean;
}

export interface Table extends Granted, Stored, Heir {
  readonly name: Name;
  readonly persistence: Persistence;
  readonly toastOptions: Options;
  /** CREATE TABLE ... OF this type. */
  readonly ofType: string | null;
  /** `RANGE (made)`; null for a table that is not partitioned. */
  readonly partitionKey: string | null;
  readonly rowSecurity: boolean;
  readonly forcesRowSecurity: boolean;
  readonly replicaIdentity: 'default' | 'nothing' | 'full' | `index ${string}`;
  readonly columns: readonly Column[];
  readonly constraints: readonly Constraint[];
  readonly indexes: readonly Index[];
  readonly triggers: readonly Trigger[];
  readonly rules: readonly Rule[];
  readonly policies: readonly Policy[];
}

export type Persistence = 'permanent' | 'unlogged' | 'temporary';

export interface ForeignTable extends Granted, Heir {
  readonly name: Name;
  readonly server: string;
  readonly foreignOptions: Options;
  readonly columns: readonly Column[];
  readonly constraints: readonly Constraint[];
  readonly triggers: readonly Trigger[];
  readonly rules: readonly Rule[];
}

export interface View extends Granted {
  readonly name: Name;
  readonly definition: string;
  readonly options: Options;
  readonly columns: readonly Column[];
  readonly triggers: readonly Trigger[];
  readonly rules: readonly Rule[];
}

export interface MaterializedView extends Granted, Stored {
  readonly name: Name;
  readonly definition: string;
  readonly toastOptions: Options;
  /** False after WITH NO DATA: then it can't be read. */
  readonly populated: boolean;
  readonly columns: readonly Column[];
  readonly indexes: readonly Index[];
}

/** They stand in the order of the table. */
export interface Column extends Described {
  readonly name: string;
  readonly type: string;
  readonly notNull: NotNull | null;
  readonly default: string | null;
  readonly generated: { readonly kind: 'stored' | 'virtual'; readonly expression: string } | null;
  readonly identity: { readonly generated: 'always' | 'by default'; readonly sequence: Name } | null;
  /** Null for the one of its type. */
  readonly collation: Name | null;
  /** Null for the one of its type. */
  readonly storage: 'plain' | 'external' | 'extended' | 'main' | null;
  readonly compression: 'pglz' | 'lz4' | null;
  readonly statisticsTarget: number | null;
  /** ALTER COLUMN ... SET (n_distinct = ...). */
  readonly options: Options;
  /** Entries of pg_attribute.attoptions with other names, which a server may keep there for itself. */
  readonly otherOptions: Options;
  readonly foreignOptions: Options;
  readonly inheritance: Inheritance;
  readonly grants: readonly Grant[];
}

/** Since PostgreSQL 18 a constraint with a name; here it belongs to its column, and the name is left out. */
export interface NotNull extends Described {
  readonly validated: boolean;
  readonly noInherit: boolean;
}

/** Whether an heir has it from its parents, by itself, or both. A partition has nothing by itself. */
export type Inheritance = 'local' | 'inherited' | 'both';

/** One of a table or of a domain. */
export interface Constraint extends Described {
  readonly name: string;
  readonly type: 'check' | 'foreign key' | 'primary key' | 'unique' | 'exclude';
  /** Without what the properties below say: NO INHERIT, DEFERRABLE, NOT ENFORCED, NOT VALID. */
  readonly definition: string;
  readonly validated: boolean;
  readonly enforced: boolean;
  readonly deferrable: 'no' | 'initially immediate' | 'initially deferred';
  readonly noInherit: boolean;
  /** Of a foreign key: whether all of its triggers fire, which DISABLE TRIGGER ALL ends. */
  readonly firing: boolean;
  readonly inheritance: Inheritance;
  /** The constraint of the partitioned table it is a part of. */
  readonly parent: string | null;
  readonly columns: readonly string[];
  /** The index that it is kept by, or of a foreign key the one it refers to. */
  readonly index: string | null;
  readonly references: Reference | null;
}

export interface Reference {
  readonly table: Name;
  readonly columns: readonly string[];
  readonly onUpdate: Action;
  readonly onDelete: Action;
}

export type Action = 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default';

export interface Index extends Described {
  readonly name: string;
  /** CREATE INDEX without its storage parameters. */
  readonly definition: string;
  /** False after CREATE INDEX CONCURRENTLY failed, and on a partitioned table until each partition has its own. */
  readonly valid: boolean;
  /** What CLUSTER goes by. */
  readonly clustered: boolean;
  readonly tablespace: string | null;
  readonly options: Options;
  /** Statistics targets of its expressions, by the number of the column. */
  readonly statisticsTargets: Readonly<Record<string, number>>;
  /** The index of the partitioned table it is a part of. */
  readonly parent: Name | null;
  /** The constraint that it was made for. */
  readonly constraint: string | null;
  readonly unique: boolean;
  readonly method: string;
  /** Columns and expressions, as SQL writes them; what INCLUDE adds is no key. */
  readonly keys: readonly string[];
  readonly predicate: string | null;
}

export interface Trigger extends Described {
  readonly name: string;
  readonly definition: string;
  readonly enabled: Firing;
  /** Made on a partition by the trigger of the partitioned table. */
  readonly inherited: boolean;
  readonly function: Name;
  readonly events: readonly ('INSERT' | 'UPDATE' | 'DELETE' | 'TRUNCATE')[];
}

/** When a trigger or a rule fires, by session_replication_role. */
export type Firing = 'origin' | 'replica' | 'always' | 'disabled';

export interface Rule extends Described {
  readonly name: string;
  readonly definition: string;
  readonly enabled: Firing;
  readonly event: 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE';
  readonly instead: boolean;
}

export interface Policy extends Described {
  readonly name: string;
  readonly command: 'all' | 'select' | 'insert' | 'update' | 'delete';
  readonly permissive: boolean;
  readonly roles: readonly string[];
  readonly using: string | null;
  readonly withCheck: string | null;
}

/** Numbers are texts: a bigint does not fit in a number of JavaScript. */
export interface Sequence extends Granted {
  readonly name: Name;
  readonly persistence: Persistence;
  readonly type: string;
  readonly start: string;
  readonly increment: string;
  readonly minimum: string;
  readonly maximum: string;
  readonly cache: string;
  readonly cycle: boolean;
  readonly ownedBy: SequenceOwner | null;
}

/** The column whose end is the end of the sequence. */
export interface SequenceOwner {
  readonly table: Name;
  readonly column: string;
  /** GENERATED AS IDENTITY; else OWNED BY, as serial sets it. */
  readonly identity: boolean;
}

/** CREATE STATISTICS. */
export interface Statistics extends Described {
  readonly name: Name;
  readonly owner: string;
  readonly table: Name;
  readonly kinds: readonly ('ndistinct' | 'dependencies' | 'mcv')[];
  readonly columns: readonly string[];
  readonly expressions: readonly string[];
  readonly target: number | null;
}
