import type { Name } from '../schema/name.ts';
import type { Firing } from '../schema/relation.ts';
import type { Relation } from '../sql/source.ts';
import type { Relkind } from './effects.ts';
import type { Whole } from './object-name.ts';
import type { ObjectRow } from './object-row.ts';

/** What is read from a scratch database before and after each statement: catalogs, files, counters and locks, as plain values. */
export interface Snapshot {
  readonly relations: ReadonlyMap<number, RelationRow>;
  /** By `columnKey`. */
  readonly columns: ReadonlyMap<string, ColumnRow>;
  readonly constraints: ReadonlyMap<number, ConstraintRow>;
  /** Triggers, rules, policies, functions, types, schemas, extensions and the like, by `objectKey`. */
  readonly objects: ReadonlyMap<string, ObjectRow>;
  readonly locks: readonly { readonly oid: number; readonly mode: string }[];
  /** The search path. */
  readonly path: readonly string[];
}

export interface RelationRow {
  readonly oid: number;
  /** As SQL names it from an empty search path: `public."Odd"`. */
  readonly name: string;
  /** Its schema and its name as the catalogs have them, without quotes. */
  readonly schema: string;
  readonly called: string;
  readonly kind: Relkind;
  /** pg_relation_filenode, or null where there is no file. */
  readonly file: number | null;
  readonly owner: string;
  readonly privileges: string;
  /** pg_class.reloptions, as the text of an array. */
  readonly options: string | null;
  /** `ENABLE` and `FORCE ROW LEVEL SECURITY`. */
  readonly rowSecurity: boolean;
  readonly forced: boolean;
  /** pg_class.relreplident of a table, or null for the default. */
  readonly replicaIdentity: string | null;
  /** The bound of a partition, as in ATTACH PARTITION. */
  readonly bound: string | null;
  /** The tables that it inherits from or is a partition of. For an index, the partitioned index. */
  readonly parents: readonly string[];
  /** From pg_class, like the next two. A change of any of them needs a new file. */
  readonly persistence: string;
  readonly tablespace: number;
  readonly accessMethod: number;
  readonly scans: number;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  /** A digest of the query of a view or a materialized view. */
  readonly query: string | null;
  readonly index: IndexRow | null;
  /** False for a materialized view WITH NO DATA, which can't be read. */
  readonly populated: boolean;
}

export interface IndexRow {
  readonly table: number;
  readonly valid: boolean;
  readonly unique: boolean;
  readonly method: string;
  /** Attribute numbers, 0 for an expression. Columns of INCLUDE are no keys. */
  readonly keys: readonly number[];
  readonly partial: boolean;
  /** Operator classes, order, expressions and condition: a text that is only compared. */
  readonly shape: string;
  /** Read only for indexes that the statement before the snapshot made. */
  readonly definition: string | null;
}

export interface ColumnRow {
  readonly relation: number;
  readonly number: number;
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
  readonly expression: string | null;
  /** pg_attribute.attidentity, which is empty for other columns. */
  readonly identity: string;
  readonly generated: string;
  /** Storage, statistics target, options and compression: a text that is only compared. */
  readonly settings: string;
  /** Grants on this column alone, or an empty text. */
  readonly privileges: string;
  /** The sequence that gives an identity column its values. */
  readonly sequence: number | null;
  /** The domain that is its type. */
  readonly domain: number | null;
}

export interface ConstraintRow {
  readonly oid: number;
  readonly name: string;
  /** 0 for a constraint of a domain. */
  readonly relation: number;
  /** 0 for a constraint of a table. */
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
  /** It is a part of the constraint of a partitioned table. */
  readonly inherited: boolean;
  /** The actions of ON DELETE and ON UPDATE, as in pg_constraint. */
  readonly onDelete: string;
  readonly onUpdate: string;
  readonly referenced: readonly number[];
  /** The expression of a CHECK and the operators of an EXCLUDE: a text that is only compared. */
  readonly shape: string;
  /** When its triggers fire, without those that do by default. */
  readonly firing: readonly Firing[];
  /** Read only for constraints that the statement before the snapshot made. */
  readonly definition: string | null;
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

/** The highest oid in use. Objects that are created later have a higher one. */
export function ceilingOf({ relations, constraints }: Snapshot): number {
  let highest = 0;
  for (const oid of relations.keys()) highest = Math.max(highest, oid);
  for (const oid of constraints.keys()) highest = Math.max(highest, oid);
  return highest;
}

/** The relations with a name as written. Without a schema it may be in any. */
export function relationsNamed({ schema, name }: Relation, { relations }: Snapshot): readonly RelationRow[] {
  return [...relations.values()].filter(
    (row) => row.called === name && (schema === undefined || row.schema === schema),
  );
}

/** The direct partitions and children of a table. */
export function childrenOf({ name }: RelationRow, all: readonly RelationRow[]): readonly RelationRow[] {
  return all.filter(({ kind, parents }) => (kind === 'r' || kind === 'p') && parents.includes(name));
}

/** The highest oid that there can be. */
export const highestOid = 4294967295;
