import { describeObject, type NamedObject } from './object-name.ts';

/** A difference in the catalogs. */
export interface Change extends NamedObject {
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
  /** Type and name in words, for output: `column public.orders.total`, `index public.orders_pkey`. */
  readonly object: string;
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

/** The fields of a change that say what it is about. */
export function named(object: NamedObject): Pick<Change, 'object' | 'type' | 'name'> {
  return { object: describeObject(object), ...object };
}

/** What a table or an index is a part of: `FOR VALUES IN (1)` of `public.events`. */
export interface Parent {
  readonly of: readonly string[];
  readonly bound?: string | undefined;
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

export interface DomainFacts {
  readonly domain: string;
  /** The type under it. */
  readonly type: string;
  readonly notNull: boolean;
  /** `CHECK ((VALUE > 0))` */
  readonly checks: readonly string[];
}
