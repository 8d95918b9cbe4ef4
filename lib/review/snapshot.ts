import type { Name } from '../schema/name.ts';
import type { Relation } from '../sql/source.ts';
import type { Relkind } from './effects.ts';
import type { ObjectName, Whole } from './object-name.ts';

/** What is asked of a scratch database before and after each statement: catalogs, files, counters and locks, as plain values. */
export interface Snapshot {
  readonly relations: ReadonlyMap<number, RelationRow>;
  /** By `columnKey`. */
  readonly columns: ReadonlyMap<string, ColumnRow>;
  readonly constraints: ReadonlyMap<number, ConstraintRow>;
  /** Triggers, rules, policies, functions, types, schemas, extensions and the like, by `objectKey`. */
  readonly objects: ReadonlyMap<string, ObjectRow>;
  readonly enumValues: ReadonlyMap<number, EnumValueRow>;
  readonly locks: readonly { readonly oid: number; readonly mode: string }[];
  /** The schemas in which a name without one is looked for, in this order. */
  readonly path: readonly string[];
}

export interface RelationRow {
  readonly oid: number;
  /** As SQL names it from an empty search path: `public."Odd"`. */
  readonly name: string;
  /** As the catalogs have them, without quotes. */
  readonly schema: string;
  readonly called: string;
  readonly kind: Relkind;
  /** pg_relation_filenode; null where there is no file. */
  readonly file: number | null;
  readonly owner: string;
  readonly privileges: string;
  /** pg_class.reloptions, as the text of an array. */
  readonly options: string | null;
  /** `ENABLE` and `FORCE ROW LEVEL SECURITY`. */
  readonly rowSecurity: boolean;
  readonly forced: boolean;
  /** Of a table, unless it is the default: pg_class.relreplident. */
  readonly replicaIdentity: string | null;
  /** Of a partition, as in ATTACH PARTITION. */
  readonly bound: string | null;
  /** What it is a partition or an heir of; of an index, the partitioned index it is a part of. */
  readonly parents: readonly string[];
  /** As in pg_class, like the next two: each change of them makes a new file necessary. */
  readonly persistence: string;
  readonly tablespace: number;
  readonly accessMethod: number;
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
  /** Operator classes, order, expressions and condition: a text that is only compared. */
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
  /** Storage, statistics target, options and compression: a text that is only compared. */
  readonly settings: string;
  /** Grants on this column alone, or empty. */
  readonly privileges: string;
  /** The sequence that gives an identity column its values. */
  readonly sequence: number | null;
  /** The domain that is its type. */
  readonly domain: number | null;
}

export interface ConstraintRow {
  readonly oid: number;
  readonly name: string;
  /** 0 for one of a domain. */
  readonly relation: number;
  /** 0 for one of a table. */
  readonly domain: number;
  /** pg_constraint.contype. */
  readonly kind: 'c' | 'f' | 'p' | 'u' | 'x' | 'n';
  readonly validated: boolean;
  readonly deferrable: boolean;
  readonly initiallyDeferred: boolean;
  readonly enforced: boolean;
  readonly references: number;
  readonly index: number;
  readonly columns: readonly number[];
  /** Part of the constraint of a partitioned table. */
  readonly inherited: boolean;
  /** What ON DELETE and ON UPDATE do, as in pg_constraint. */
  readonly onDelete: string;
  readonly onUpdate: string;
  readonly referenced: readonly number[];
  /** The expression of a CHECK and the operators of an EXCLUDE: a text that is only compared. */
  readonly shape: string;
  /** pg_trigger.tgenabled of those of its triggers that do not fire as they are made. */
  readonly firing: readonly string[];
  /** Only of constraints made since the step began. */
  readonly definition: string | null;
}

export interface ObjectRow {
  /** The catalog that it is in, and its oid there. */
  readonly catalog: string;
  readonly oid: number;
  /** `function`, `trigger`, `type` … */
  readonly type: string;
  readonly name: ObjectName;
  /** Of a part the schema of what it belongs to; what is in no schema has none. */
  readonly schema: string | null;
  readonly called: string;
  /** The relation it belongs to, or 0. */
  readonly relation: number;
  readonly owner: string;
  /** What CREATE OR REPLACE may change: a text that is only compared. */
  readonly definition: string;
  readonly details: ObjectDetails | null;
}

/** What ALTER may change besides the definition, for the kinds of objects that have something of the kind. */
export type ObjectDetails =
  | DomainDetails
  | {
      readonly kind: 'routine';
      readonly result: string | null;
      readonly volatility: string;
      readonly privileges: string;
    }
  /** Of a trigger, a rule or an event trigger: as in pg_trigger.tgenabled. */
  | { readonly kind: 'firing'; readonly enabled: string }
  /** Of a composite type; an enum or a range has none. */
  | { readonly kind: 'type'; readonly attributes: readonly Attribute[] }
  | { readonly kind: 'schema'; readonly privileges: string }
  | { readonly kind: 'extension'; readonly version: string };

export interface DomainDetails {
  readonly kind: 'domain';
  /** The type under it, which no statement can change. */
  readonly type: string;
  readonly notNull: boolean;
  readonly default: string | null;
}

export interface Attribute {
  readonly name: string;
  readonly type: string;
}

export interface EnumValueRow {
  readonly oid: number;
  /** The oid of its type. */
  readonly type: number;
  readonly label: string;
  readonly position: number;
}

export interface IndexRelation extends RelationRow {
  readonly index: IndexRow;
}

export function isIndex(row: RelationRow): row is IndexRelation {
  return row.index !== null;
}

/** The name of a relation as a value. */
export function nameOf({ schema, called }: RelationRow): Name {
  return { schema, name: called };
}

/** What a column, a constraint, a trigger and so on of a relation belongs to. */
export function wholeOf(row: RelationRow): Whole {
  return { type: 'relation', name: nameOf(row) };
}

/** The key of a column in a snapshot. */
export function columnKey(relation: number, number: number): string {
  return `${relation}.${number}`;
}

/** The key of an object in a snapshot. */
export function objectKey(catalog: string, oid: number): string {
  return `${catalog}.${oid}`;
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
