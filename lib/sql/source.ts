import type { Place } from '../errors.ts';

/** One `.sql` file, read once: these characters are hashed, checked, sent and printed (F45). */
export interface SqlSource {
  /** The path as people know it: relative to the working folder, forward slashes. */
  readonly file: string;
  /** UTF-8 decoded, BOM removed, line ends as LF. */
  readonly text: string;
  /** sha256 of `text` as UTF-8, hex: the same for LF and CRLF checkouts (F46). */
  readonly digest: string;
  readonly directives: Directives;
}

/** What the comments at the head of a file ask for (`-- updown: …`). */
export interface Directives {
  readonly noTransaction: boolean;
  readonly irreversible: boolean;
  /** The server alone judges the text: this program's parser does not know its syntax. */
  readonly unparsed: boolean;
  readonly lockTimeout?: string;
  readonly statementTimeout?: string | undefined;
  readonly allow: readonly { readonly rule: string; readonly reason: string }[];
}

/** A statement of a file. Offsets are UTF-16 indices into the file's `text`. */
export interface Statement {
  /** Where the statement's first token stands (comments before it are skipped). */
  readonly start: number;
  /** One past its last character, without the semicolon. */
  readonly end: number;
  readonly text: string;
  /** 1-based line of `start`. */
  readonly line: number;
  /** False for what PostgreSQL refuses inside a transaction block (25001): CREATE INDEX CONCURRENTLY, VACUUM … */
  readonly transactional: boolean;
  /** In words, for messages: `CREATE INDEX CONCURRENTLY`. */
  readonly label: string;
  /** What a CONCURRENTLY statement leaves behind, for the check afterwards. */
  readonly index?: IndexName | undefined;
  /** CREATE INDEX IF NOT EXISTS in a transaction: what it may have found there instead of making it (F24). */
  readonly found?: IndexName | undefined;
  /** How to see, after a crash, whether a statement outside a transaction has run. With neither this nor `index`, someone must look. */
  readonly trace?: Trace | undefined;
  /** SET, RESET, LOAD and LISTEN: meant for the statements after it, so it is said again when a step is resumed. */
  readonly session?: true | undefined;
  /** A DO that sets something for its session: it can't be said again. */
  readonly setsUnseen?: true | undefined;
  /** CALL, a DO with COMMIT or ROLLBACK in it, REINDEX or CLUSTER of a table that may be partitioned: what it commits by itself is no part of a transaction around it (F21). */
  readonly mayCommit?: true | undefined;
  /** What it takes away that no later statement brings back, in words; of a DO its words tell, and a function is not looked into. */
  readonly destroys?: readonly string[] | undefined;
  /** ALTER TYPE ... ADD VALUE: the value can't be used before the transaction that adds it has ended (55P04). */
  readonly addsValue?: true | undefined;
}

export type Trace =
  | { readonly kind: 'repeatable' }
  | { readonly kind: 'detach'; readonly parent: Relation; readonly partition: Relation }
  | {
      readonly kind: 'object';
      readonly action: 'create' | 'drop';
      readonly catalog: 'database' | 'tablespace' | 'subscription';
      readonly name: string;
    };

export interface Relation {
  readonly schema?: string | undefined;
  readonly name: string;
}

export interface IndexName {
  readonly action: 'create' | 'drop' | 'reindex';
  /** As written: the schema where it was given, the index's own name where it was given. */
  readonly schema?: string | undefined;
  readonly name?: string | undefined;
  /** The table it is built on, where the statement names one. */
  readonly table?: Relation | undefined;
  /** IF NOT EXISTS: what has that name may be another one. */
  readonly mayExist?: true | undefined;
  /** What a new index must look like to be this statement's. */
  readonly shape?: IndexShape;
}

export interface IndexShape {
  readonly unique: boolean;
  readonly method: string;
  /** Names of columns; null for an expression. Those after the first `keys` are included ones. */
  readonly columns: readonly (string | null)[];
  readonly keys: number;
  readonly partial: boolean;
  /** How the server prints it. Left out where the text of the statement does not tell. */
  readonly exact?:
    | {
        /** Behind the column of each key, or in the place of an expression; and behind them all. */
        readonly keys: readonly string[];
        readonly tail: string;
        /** What it makes a name of, where the statement gives none. */
        readonly names: readonly string[];
      }
    | undefined;
}

/** What the gate learnt of a file that may be sent. */
export interface Inspected {
  readonly source: SqlSource;
  /** Every statement in order. For an `unparsed` file: one entry, the whole text. */
  readonly statements: readonly Statement[];
  /** True when the text ends in a finished statement, so that nothing needs to be appended before the next one (F59). */
  readonly terminated: boolean;
  /** Names psql would replace (`:name` outside quotes) if a variable of that name were set (F63). Sorted, unique. */
  readonly variables: readonly string[];
  readonly warnings: readonly { readonly message: string; readonly place: Place }[];
}
