/**
 * What a step finds and what it leaves, for rules that ask what the commit changes for others, whichever statements did it: rights, what
 * a view or a function answers, who sees which rows, what feeds a column, what subscribers get. Each catalog is read as its fields.
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

/** Whose right to what; its owner's own are left out. */
export interface Right {
  /** A role by its oid, 0 for PUBLIC: a role may be given another name. */
  readonly role: number;
  readonly grantee: string;
  /** `SELECT`; `SELECT (code)` of a column. */
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
  /** pg_class.relkind; indexes are left out. */
  readonly kind: string;
  readonly schema: number;
  readonly file: number | null;
  readonly options: readonly string[];
  readonly rowSecurity: boolean;
  readonly forced: boolean;
  /** pg_class.relreplident. */
  readonly identity: string;
  /** Whether what it names as its replica identity is there: a primary key, or an index. */
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
  /** `public.f(integer, text)`: by types alone, since a call names no more. */
  readonly signature: string;
  /** As changes call it, with the names of its arguments. */
  readonly identity: string;
  readonly language: string;
  readonly body: string;
  /** The names of its arguments, those that it returns too. */
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
  /** pg_policy.polcmd; `*` for all. */
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

/** A rule of CREATE RULE. */
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
  /** Columns that take their values from it. */
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

/** What is computed by a function and kept, or was proven by it once: it is not computed again when the function changes. */
export interface Use {
  readonly function: number;
  readonly kind: 'index' | 'check' | 'generated column' | 'partition key' | 'statistics';
  /** In PostgreSQL's own words. */
  readonly object: string;
  /** Of a domain there is none. */
  readonly relation: number | null;
  /** Told apart from one that is made again in its place. */
  readonly oid: number;
  /** Of what it is kept in: another one means that it was computed anew. */
  readonly file: number | null;
}
