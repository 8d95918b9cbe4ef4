import type { Relation } from '../sql/source.ts';

/** What is asked of a scratch database before and after each statement: catalogs, files, counters and locks, as plain values. */
export interface Snapshot {
  readonly relations: ReadonlyMap<number, RelationRow>;
  /** By `<oid>.<attnum>`. */
  readonly columns: ReadonlyMap<string, ColumnRow>;
  readonly constraints: ReadonlyMap<number, ConstraintRow>;
  /** Triggers, rules, policies, functions, types, schemas, extensions and the like: things with a name and a definition. */
  readonly objects: ReadonlyMap<string, ObjectRow>;
  readonly enumValues: ReadonlyMap<number, EnumValueRow>;
  readonly locks: readonly { readonly oid: number; readonly mode: string }[];
  /** The schemas in which a name without one is looked for, in this order. */
  readonly path: readonly string[];
}

export interface RelationRow {
  readonly oid: number;
  readonly name: string;
  /** As the catalogs have them, without quotes. */
  readonly schema: string;
  readonly called: string;
  /** pg_class.relkind. */
  readonly kind: string;
  /** pg_relation_filenode; null where there is no file. */
  readonly file: number | null;
  readonly owner: string;
  readonly privileges: string;
  /** Storage parameters, row security, partition bound and parents, in words for people. */
  readonly settings: string;
  /** `ENABLE` and `FORCE ROW LEVEL SECURITY`. */
  readonly rowSecurity: boolean;
  readonly forced: boolean;
  /** Of a partition, as in ATTACH PARTITION. */
  readonly bound: string | null;
  /** What it is a partition or an heir of; of an index, the partitioned index it is a part of. */
  readonly parents: readonly string[];
  /** What makes a new file necessary when it changes: persistence, tablespace, access method. */
  readonly storage: string;
  readonly scans: number;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  /** Of a view or materialized view: a digest of its query. */
  readonly query: string | null;
  readonly index: IndexRow | null;
  /** Not so a materialized view WITH NO DATA, which nobody can read. */
  readonly populated: boolean;
}

export interface IndexRow {
  readonly table: number;
  readonly valid: boolean;
  readonly unique: boolean;
  readonly method: string;
  /** Attribute numbers, 0 for an expression; what INCLUDE adds is no key. */
  readonly keys: readonly number[];
  readonly partial: boolean;
  /** Whatever else it is over: operator classes, order, expressions, condition. */
  readonly shape: string;
  /** Only of indexes made since the step began. */
  readonly definition: string | null;
}

export interface ColumnRow {
  readonly relation: number;
  readonly number: number;
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
  readonly expression: string | null;
  /** Empty, or as in pg_attribute. */
  readonly identity: string;
  readonly generated: string;
  readonly settings: string;
  /** Grants on this column alone, or empty. */
  readonly privileges: string;
  /** That gives an identity column its values. */
  readonly sequence: number | null;
}

export interface ConstraintRow {
  readonly oid: number;
  readonly name: string;
  /** 0 for one of a domain. */
  readonly relation: number;
  /** 0 for one of a table. */
  readonly domain: number;
  /** pg_constraint.contype. */
  readonly kind: string;
  readonly validated: boolean;
  readonly settings: string;
  readonly references: number;
  readonly index: number;
  readonly columns: readonly number[];
  /** Part of the constraint of a partitioned table. */
  readonly inherited: boolean;
  /** What ON DELETE and ON UPDATE do, as in pg_constraint. */
  readonly onDelete: string;
  readonly onUpdate: string;
  readonly referenced: readonly number[];
  /** What a CHECK asks, and the operators of an EXCLUDE. */
  readonly shape: string;
  /** Of its triggers, those that do not fire as they are made: as in pg_trigger.tgenabled. */
  readonly firing: string;
  /** Only of constraints made since the step began. */
  readonly definition: string | null;
}

export interface ObjectRow {
  readonly key: string;
  /** `function`, `trigger`, `type` … */
  readonly type: string;
  readonly name: string;
  /** As the catalogs have them, without quotes; what is in no schema has none. */
  readonly schema: string | null;
  readonly called: string;
  /** The relation it belongs to, or 0. */
  readonly relation: number;
  /** What CREATE OR REPLACE may change; of a domain the type under it, which nothing can. */
  readonly definition: string;
  /** What ALTER may change besides: whether a trigger fires, for example. */
  readonly state: string;
  readonly owner: string;
  /** Of a function: the type of what it returns. */
  readonly result?: string | undefined;
}

export interface EnumValueRow {
  readonly oid: number;
  readonly type: string;
  readonly label: string;
  readonly position: number;
}

/** The highest oid in use: what is made from here on has a higher one. */
export function ceilingOf({ relations, constraints }: Snapshot): number {
  let highest = 0;
  for (const oid of relations.keys()) highest = Math.max(highest, oid);
  for (const oid of constraints.keys()) highest = Math.max(highest, oid);
  return highest;
}

/** By the name as written; without a schema, in whichever has one of that name. */
export function relationsNamed({ schema, name }: Relation, { relations }: Snapshot): readonly RelationRow[] {
  return [...relations.values()].filter(
    (row) => row.called === name && (schema === undefined || row.schema === schema),
  );
}

/** Tables that are a partition or an heir of this one, directly. */
export function childrenOf({ name }: RelationRow, all: readonly RelationRow[]): readonly RelationRow[] {
  return all.filter(({ kind, parents }) => (kind === 'r' || kind === 'p') && parents.includes(name));
}

/** Nothing is above it. */
export const highestOid = 4294967295;
