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
  /** The relation it belongs to, where that existed before. */
  readonly relation?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** The statement did not name it: CASCADE dropped it, or it was a part of what was dropped. */
  readonly cascaded?: true | undefined;
  /** The same plan created it, so that no running program knows it. */
  readonly madeInPlan?: true | undefined;
  /** The result type of a function. */
  readonly result?: string | undefined;
  /** The value of the enum that stands before a new one. */
  readonly behind?: string | undefined;
  readonly column?: ColumnFacts;
  readonly constraint?: ConstraintFacts;
  /** What a new domain is over and checks. */
  readonly domain?: Omit<DomainFacts, 'domain'>;
  /** The settings of a relation, before and after they were changed. */
  readonly was?: Standing;
  readonly now?: Standing;
}

/** The fields of a change that say what it is about. */
export function named(object: NamedObject): Pick<Change, 'object' | 'type' | 'name'> {
  return { object: describeObject(object), ...object };
}

/** What a table or an index is a child of: `public.events`, with the bound `FOR VALUES IN (1)`. */
export interface Parent {
  readonly of: readonly string[];
  readonly bound?: string | undefined;
}

/** The settings of a relation apart from storage parameters. */
export interface Standing {
  readonly parent?: Parent | undefined;
  readonly rowSecurity: boolean;
  readonly forced: boolean;
}

/** A column that was added or changed, as it is now. */
export interface ColumnFacts {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
  /** It has a default, an identity or a generation expression, so that an INSERT may leave the column out. */
  readonly fills: boolean;
  /** The clause of ADD COLUMN: `DEFAULT 7`, `GENERATED ALWAYS AS IDENTITY`. */
  readonly value?: string | undefined;
  /** Its type is a domain. */
  readonly domain?: true | undefined;
}

/** A constraint that was added, changed or dropped. */
export interface ConstraintFacts {
  readonly name: string;
  readonly kind: 'check' | 'foreign key' | 'primary key' | 'unique' | 'exclude' | 'not null';
  readonly columns: readonly string[];
  readonly validated: boolean;
  /** What follows the name in ADD CONSTRAINT. */
  readonly definition?: string | undefined;
  readonly references?: string | undefined;
  /** The index that enforces it. */
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
