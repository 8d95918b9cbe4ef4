/**
 * The state before or after a step, for rules about what the commit changes for others, whichever statement did it: rights, results of
 * views and functions, visible rows, sources of column values, what subscribers get.
 */
export interface Survey {
  readonly schemas: readonly SchemaFacts[];
  readonly relations: readonly RelationFacts[];
  readonly functions: readonly FunctionFacts[];
  readonly policies: readonly PolicyFacts[];
  readonly triggers: readonly TriggerFacts[];
  readonly rewrites: readonly RuleFacts[];
  readonly sequences: readonly SequenceFacts[];
  readonly publications: readonly PublicationFacts[];
  readonly uses: readonly Use[];
}

/** A privilege of a role. Those of the owner are left out. */
export interface Right {
  /** The oid of the role, or 0 for PUBLIC. A role may be renamed. */
  readonly role: number;
  readonly grantee: string;
  /** `SELECT`, or `SELECT (code)` on a column. */
  readonly privilege: string;
}

export interface Owned {
  readonly oid: number;
  /** As SQL names it from an empty search path. */
  readonly name: string;
  readonly owner: string;
  readonly rights: readonly Right[];
}

export type SchemaFacts = Owned;

export interface RelationFacts extends Owned {
  /** pg_class.relkind. Indexes are left out. */
  readonly kind: string;
  readonly schema: number;
  readonly file: number | null;
  readonly options: readonly string[];
  readonly rowSecurity: boolean;
  readonly forced: boolean;
  /** pg_class.relreplident. */
  readonly identity: string;
  /** Whether the primary key or index of its replica identity exists. */
  readonly identified: boolean;
  /** The partitioned tables above it. */
  readonly above: readonly number[];
  readonly columns: readonly ColumnFacts[];
}

interface ColumnFacts {
  readonly number: number;
  readonly name: string;
  readonly type: string;
}

export interface FunctionFacts extends Owned {
  /** pg_proc.proname, without its schema. */
  readonly called: string;
  /** `public.f(integer, text)`: with the types of its arguments, as a Change has it. */
  readonly signature: string;
  readonly language: string;
  readonly body: string;
  /** The names of its arguments, also of output arguments. */
  readonly arguments: readonly string[];
  readonly result: string;
  readonly definer: boolean;
  readonly settings: readonly string[];
  /** `IMMUTABLE` */
  readonly volatility: string;
  readonly strict: boolean;
}

export interface PolicyFacts {
  readonly relation: number;
  readonly name: string;
  /** pg_policy.polcmd, `*` for all commands. */
  readonly command: string;
  readonly permissive: boolean;
  readonly roles: readonly string[];
}

export interface TriggerFacts {
  readonly oid: number;
  readonly relation: number;
  readonly name: string;
  readonly function: number;
  /** pg_trigger.tgenabled. */
  readonly enabled: string;
  /** `INSERT`, `UPDATE` … */
  readonly events: readonly string[];
}

/** A rule that CREATE RULE has made. */
export interface RuleFacts {
  readonly relation: number;
  readonly name: string;
  /** `INSERT` */
  readonly event: string;
  readonly instead: boolean;
  readonly conditional: boolean;
  readonly nothing: boolean;
}

export interface SequenceFacts {
  readonly oid: number;
  readonly name: string;
  readonly start: string;
  readonly increment: string;
  readonly max: string;
  readonly cycle: boolean;
  readonly type: string;
  /** The columns that take their values from it. */
  readonly feeds: readonly { readonly relation: number; readonly column: string; readonly number: number }[];
}

export interface PublicationFacts {
  readonly oid: number;
  readonly name: string;
  readonly all: boolean;
  /** `INSERT`, `UPDATE` … */
  readonly operations: readonly string[];
  readonly schemas: readonly number[];
  readonly tables: readonly {
    readonly relation: number;
    readonly filter: string | null;
    readonly columns: readonly number[] | null;
  }[];
}

/** What was computed or checked by a function. It is not computed again when the function changes. */
export interface Use {
  readonly function: number;
  readonly kind: 'index' | 'check' | 'generated column' | 'partition key' | 'statistics';
  /** The description that PostgreSQL gives. */
  readonly object: string;
  /** The relation, or null for a domain. */
  readonly relation: number | null;
  /** The oid tells it apart from a new object of the same name. */
  readonly oid: number;
  /** The file that holds it. Another file means that it was computed again. */
  readonly file: number | null;
}
