import type {
  CastName,
  DefaultPrivilegesName,
  Described,
  Grant,
  Granted,
  Name,
  OperatorClassName,
  OperatorName,
  Options,
  Owned,
  SecurityLabelName,
  SettingName,
  TransformName,
  UserMappingName,
} from './name.ts';
import type { Firing } from './relation.ts';

/** CREATE SCHEMA. */
export interface Namespace extends Granted {
  readonly name: string;
}

export interface Extension extends Described {
  readonly name: string;
  readonly schema: string;
  readonly version: string;
}

/** ALTER DEFAULT PRIVILEGES. */
export interface DefaultPrivileges {
  readonly name: DefaultPrivilegesName;
  /** All of them, those of the role itself too: this is what takes the place of what PostgreSQL grants by default. */
  readonly grants: readonly Grant[];
}

/** ALTER DATABASE ... SET, ALTER ROLE ... IN DATABASE ... SET. */
export interface Setting {
  readonly name: SettingName;
  readonly value: string;
}

/** SECURITY LABEL. */
export interface SecurityLabel {
  readonly name: SecurityLabelName;
  readonly label: string;
}

export interface Collation extends Owned {
  readonly name: Name;
  readonly provider: 'default' | 'libc' | 'icu' | 'builtin';
  readonly deterministic: boolean;
  readonly locale: string | null;
  readonly collate: string | null;
  readonly characterType: string | null;
  readonly rules: string | null;
  readonly encoding: string | null;
}

export interface Conversion extends Owned {
  readonly name: Name;
  readonly source: string;
  readonly target: string;
  readonly function: string;
  readonly default: boolean;
}

export interface Cast extends Described {
  readonly name: CastName;
  readonly context: 'explicit' | 'assignment' | 'implicit';
  readonly method: 'function' | 'inout' | 'binary';
  readonly function: string | null;
}

export interface Operator extends Owned {
  readonly name: OperatorName;
  readonly function: string;
  readonly commutator: string | null;
  readonly negator: string | null;
  readonly restrict: string | null;
  readonly join: string | null;
  readonly hashes: boolean;
  readonly merges: boolean;
}

export interface OperatorFamily extends Owned {
  readonly name: OperatorClassName;
  /** `1 <(integer,integer)`, `5 <->(point,point) ORDER BY float_ops` */
  readonly operators: readonly string[];
  /** `1 (integer,integer) btint4cmp(integer,integer)` */
  readonly functions: readonly string[];
}

export interface OperatorClass extends Owned {
  readonly name: OperatorClassName;
  readonly type: string;
  readonly default: boolean;
  readonly storage: string | null;
  readonly family: Name;
}

export interface AccessMethod extends Described {
  readonly name: string;
  readonly type: 'index' | 'table';
  readonly handler: string;
}

export interface Language extends Granted {
  readonly name: string;
  readonly trusted: boolean;
  readonly handler: string;
  readonly inline: string | null;
  readonly validator: string | null;
}

export interface Transform extends Described {
  readonly name: TransformName;
  readonly fromSql: string | null;
  readonly toSql: string | null;
}

export interface TextSearchConfiguration extends Owned {
  readonly name: Name;
  readonly parser: Name;
  /** The dictionaries of each kind of token, by its name, in the order they are asked. */
  readonly mappings: Readonly<Record<string, readonly string[]>>;
}

export interface TextSearchDictionary extends Owned {
  readonly name: Name;
  readonly template: Name;
  /** As CREATE TEXT SEARCH DICTIONARY has them: `language = 'german'`. */
  readonly options: string | null;
}

export interface TextSearchParser extends Described {
  readonly name: Name;
  readonly start: string;
  readonly token: string;
  readonly end: string;
  readonly headline: string | null;
  readonly lexTypes: string;
}

export interface TextSearchTemplate extends Described {
  readonly name: Name;
  readonly init: string | null;
  readonly lexize: string;
}

export interface ForeignDataWrapper extends Granted {
  readonly name: string;
  readonly handler: string | null;
  readonly validator: string | null;
  readonly options: Options;
}

export interface ForeignServer extends Granted {
  readonly name: string;
  readonly wrapper: string;
  readonly type: string | null;
  readonly version: string | null;
  readonly options: Options;
}

/** Its options are never read: they hold passwords, and who may see them differs from role to role. */
export interface UserMapping {
  readonly name: UserMappingName;
}

export interface Publication extends Owned {
  readonly name: string;
  readonly allTables: boolean;
  readonly operations: readonly ('insert' | 'update' | 'delete' | 'truncate')[];
  readonly viaRoot: boolean;
  /** Whether the values of generated columns are published. */
  readonly generatedColumns: 'none' | 'stored';
  readonly schemas: readonly string[];
  readonly tables: readonly PublishedTable[];
}

export interface PublishedTable {
  readonly table: Name;
  /** Null for all. */
  readonly columns: readonly string[] | null;
  readonly where: string | null;
}

/** Without its connection, which holds a password and is the superuser's to read. */
export interface Subscription extends Owned {
  readonly name: string;
  readonly enabled: boolean;
  readonly publications: readonly string[];
  readonly slot: string | null;
  readonly synchronousCommit: string;
  readonly binary: boolean;
}

export interface EventTrigger extends Owned {
  readonly name: string;
  readonly event: 'ddl_command_start' | 'ddl_command_end' | 'table_rewrite' | 'sql_drop' | 'login';
  readonly tags: readonly string[];
  readonly function: string;
  readonly enabled: Firing;
}
