import type { Row } from '../database/session.ts';
import { printIdentified } from '../schema/catalog/rows.ts';
import { firing, isOfExtension, object, word } from '../schema/catalog/sql.ts';
import { readItems } from '../schema/item.ts';
import { digest, enterNames, leaveNames, ours } from './query-parts.ts';
import { type ColumnRow, type ConstraintRow, columnKey, type RelationRow, type Snapshot } from './snapshot.ts';
import { toObjects } from './to-objects.ts';

export interface ProbeOptions {
  /** The major version of the server. */
  readonly major: number;
  /** Whether the counters of this transaction are read, or those that sessions have reported. */
  readonly counters: 'transaction' | 'reported';
}

/** What a snapshot is read in. `writes` is no part of it: it says what the transaction has written to the catalogs. */
export type Part = 'relations' | 'columns' | 'constraints' | 'locks' | 'objects' | 'writes';

/** All of a snapshot. */
export const wholeParts: readonly Part[] = ['relations', 'columns', 'constraints', 'locks', 'objects'];
/** What every statement may change: its counters, files and locks. */
export const movingParts: readonly Part[] = ['relations', 'locks', 'writes'];
/** What stays as it is where the catalogs were not written to. */
export const restingParts: readonly Part[] = ['columns', 'constraints', 'objects'];

/** Prepares the queries, of which that of relations counts what the transaction did, since planning them takes five times as long as running them. */
export function printPrepare(options: Pick<ProbeOptions, 'major'>): string {
  const prepares = Object.entries(queriesOf({ ...options, counters: 'transaction' })).map(
    ([part, query]) => `PREPARE updown_probe_${part} AS ${query};\n`,
  );
  return `${enterNames}${prepares.join('')}${leaveNames}`;
}

/**
 * The message that reads parts of a snapshot. Names are written as from an empty search path. Definitions are read only of objects with an
 * oid above the given one, since those of all objects would take longer than everything else.
 */
export function printSnapshot(
  options: ProbeOptions,
  newAbove: number,
  isPrepared: boolean,
  parts: readonly Part[] = wholeParts,
): string {
  const all = queriesOf(options);
  // That of relations was prepared with the counters of the transaction.
  const isKnown = (part: Part) => isPrepared && (part !== 'relations' || options.counters === 'transaction');
  const queries = parts.map((part) => (isKnown(part) ? `EXECUTE updown_probe_${part}` : all[part]));
  return `${enterNames}${setAbove(newAbove)}${queries.join(';\n')};\n${leaveNames}`;
}

/** The one value of the queries. With a parameter a prepared statement is planned anew each of the first five times. */
function setAbove(oid: number): string {
  return `SELECT pg_catalog.set_config('updown.above', '${oid}', true);\n`;
}

/** Whether an object has an oid above that one. */
function isNew(oid: string): string {
  return `${oid} > (SELECT pg_catalog.current_setting('updown.above')::bigint)`;
}

/** Each query selects JSON objects with the fields of the rows in a Snapshot, but for that of objects, which is that of lib/schema. */
function queriesOf(options: ProbeOptions): Readonly<Record<Part, string>> {
  const listed = (query: string) =>
    `SELECT coalesce(pg_catalog.json_agg(row)::text, '[]') AS values FROM (${query}) AS found (row)`;
  return {
    relations: listed(relations(options)),
    columns: listed(columns(options)),
    constraints: listed(constraints(options)),
    locks: listed(locks),
    objects: printIdentified({ major: options.major, ledger: "''" }),
    writes: `SELECT CASE WHEN ${isCounting} THEN (${listed(writes)}) END AS values`,
  };
}

/** The answers to a message that reads these parts. */
export interface Answers {
  readonly path: string;
  readonly parts: Readonly<Partial<Record<Part, string>>>;
}

export function readAnswers(sets: readonly (readonly Row[])[], parts: readonly Part[] = wholeParts): Answers {
  return {
    path: sets[0]?.[0]?.path ?? '[]',
    parts: Object.fromEntries(parts.map((part, index) => [part, sets[index + 2]?.[0]?.values ?? undefined])),
  };
}

/** The snapshot, with the resting parts of another one where it is known that they are the same. */
export function toSnapshot({ path, parts }: Answers, known?: Snapshot): Snapshot {
  const read = <T>(part: Part) => JSON.parse(parts[part] ?? '[]') as readonly T[];
  const relations = keyed(read<RelationRow>('relations'), ({ oid }) => oid);
  const moving = {
    relations,
    locks: read<Snapshot['locks'][number]>('locks'),
    path: JSON.parse(path) as readonly string[],
  };
  if (known !== undefined) {
    const { columns, constraints, objects } = known;
    return { ...moving, columns, constraints, objects };
  }
  return {
    ...moving,
    columns: keyed(read<ColumnRow>('columns'), ({ relation, number }) => columnKey(relation, number)),
    constraints: keyed(read<ConstraintRow>('constraints'), ({ oid }) => oid),
    objects: toObjects(readItems(parts.objects ?? '{}'), relations),
  };
}

/** What the transaction has written to a catalog. */
export interface CatalogWrites {
  readonly catalog: string;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** Undefined where the server does not count. */
export type Writes = readonly CatalogWrites[] | undefined;

export function readWrites({ parts }: Answers): Writes {
  return parts.writes === undefined ? undefined : (JSON.parse(parts.writes) as readonly CatalogWrites[]);
}

/**
 * Whether columns, constraints and other objects are what they were when the catalogs had been written to like that. A new index is a row
 * of these catalogs and of no other; a new table has a type as well.
 */
export function restsBetween(then: Writes, now: Writes): boolean {
  if (then === undefined || now === undefined) return false;
  const earlier = new Map(then.map((one) => [one.catalog, one]));
  return now.every(({ catalog, inserted, updated, deleted }) => {
    const was = earlier.get(catalog) ?? { inserted: 0, updated: 0, deleted: 0 };
    const grows = ofIndexes.has(catalog) ? inserted >= was.inserted : inserted === was.inserted;
    return grows && updated === was.updated && deleted === was.deleted;
  });
}

const ofIndexes: ReadonlySet<string> = new Set(['pg_class', 'pg_attribute', 'pg_index', 'pg_depend']);

function keyed<K, V>(values: readonly V[], keyOf: (value: V) => K): ReadonlyMap<K, V> {
  return new Map(values.map((value) => [keyOf(value), value]));
}

function relations({ counters }: ProbeOptions): string {
  const count = counters === 'transaction' ? 'pg_catalog.pg_stat_get_xact_' : 'pg_catalog.pg_stat_get_';
  const counted = (what: string) => `CASE WHEN c.relkind IN ('r', 'm', 'i') THEN ${count}${what}(c.oid) ELSE 0 END`;
  const index = object({
    table: 'i.indrelid::bigint',
    valid: 'i.indisvalid',
    unique: 'i.indisunique',
    method: 'm.amname',
    keys: 'pg_catalog.to_json((i.indkey::smallint[])[0:i.indnkeyatts - 1])',
    partial: 'i.indpred IS NOT NULL',
    shape: `pg_catalog.concat_ws(' ', i.indkey::text, i.indclass::text, i.indcollation::text, i.indoption::text, ${digest('i.indexprs')}, ${digest('i.indpred')})`,
    definition: `CASE WHEN ${isNew('c.oid')} THEN pg_catalog.pg_get_indexdef(c.oid) END`,
  });
  return `SELECT ${object({
    oid: 'c.oid::bigint',
    name: "pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)",
    schema: 'n.nspname',
    called: 'c.relname',
    kind: 'c.relkind',
    file: 'pg_catalog.pg_relation_filenode(c.oid)::bigint',
    owner: 'c.relowner::pg_catalog.regrole::text',
    privileges: "coalesce(c.relacl::text, '')",
    options: 'c.reloptions::text',
    rowSecurity: 'c.relrowsecurity',
    forced: 'c.relforcerowsecurity',
    replicaIdentity: "CASE WHEN c.relkind IN ('r', 'p') AND c.relreplident <> 'd' THEN c.relreplident END",
    bound:
      "CASE WHEN c.relispartition AND c.relkind <> 'i' AND c.relkind <> 'I' THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END",
    parents:
      "(SELECT coalesce(pg_catalog.json_agg(h.inhparent::pg_catalog.regclass::text ORDER BY h.inhseqno), '[]') FROM pg_catalog.pg_inherits h WHERE h.inhrelid = c.oid)",
    persistence: 'c.relpersistence',
    tablespace: 'c.reltablespace::bigint',
    accessMethod: 'c.relam::bigint',
    scans: counted('numscans'),
    inserted: counted('tuples_inserted'),
    updated: counted('tuples_updated'),
    deleted: counted('tuples_deleted'),
    query: `CASE WHEN c.relkind IN ('v', 'm') THEN (SELECT ${digest('r.ev_action')}
      FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid AND r.rulename = '_RETURN') END`,
    index: `CASE WHEN i.indexrelid IS NOT NULL THEN ${index} END`,
    populated: 'c.relispopulated',
  })}
   FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid LEFT JOIN pg_catalog.pg_am m ON m.oid = c.relam
  WHERE ${ours} AND c.relkind IN ('r', 'p', 'i', 'I', 'v', 'm', 'S', 'f', 'c') AND c.oid >= 16384 AND NOT ${isOfExtension('pg_class', 'c.oid')}`;
}

/** The options that ALTER TABLE can set: the minors of November 2026 (15.20, 18.7) keep a number of their own beside them, `pg_attver=2`. */
const columnOptions = `NULLIF(ARRAY(SELECT o.option FROM pg_catalog.unnest(a.attoptions) AS o (option)
      WHERE pg_catalog.left(o.option, 10) = 'n_distinct' ORDER BY o.option), '{}'::pg_catalog.text[])::pg_catalog.text`;

function columns({ major }: ProbeOptions): string {
  const compression = major >= 14 ? ', a.attcompression' : '';
  const collation =
    '(SELECT pg_catalog.quote_ident(o.collname) FROM pg_catalog.pg_collation o WHERE o.oid = a.attcollation)';
  return `SELECT ${object({
    relation: 'a.attrelid::bigint',
    number: 'a.attnum',
    name: 'a.attname',
    type: `pg_catalog.format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attcollation <> t.typcollation THEN ' COLLATE ' || ${collation} ELSE '' END`,
    notNull: 'a.attnotnull',
    expression: 'pg_catalog.pg_get_expr(d.adbin, d.adrelid)',
    identity: 'a.attidentity',
    generated: 'a.attgenerated',
    settings: `pg_catalog.concat_ws(' ', a.attstorage, NULLIF(a.attstattarget, -1), ${columnOptions}${compression})`,
    privileges: "coalesce(a.attacl::text, '')",
    sequence: `CASE WHEN a.attidentity <> '' THEN (SELECT q.objid::bigint FROM pg_catalog.pg_depend q WHERE q.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND q.deptype = 'i'
      AND q.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND q.refobjid = a.attrelid AND q.refobjsubid = a.attnum LIMIT 1) END`,
    domain: "CASE WHEN t.typtype = 'd' AND a.attcollation = t.typcollation THEN t.oid::bigint END",
  })}
   FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   JOIN pg_catalog.pg_type t ON t.oid = a.atttypid LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE ${ours} AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped AND c.oid >= 16384`;
}

function constraints({ major }: ProbeOptions): string {
  const list = (numbers: string) => `coalesce(pg_catalog.to_json(${numbers}), '[]')`;
  return `SELECT ${object({
    oid: 'k.oid::bigint',
    name: 'k.conname',
    relation: 'k.conrelid::bigint',
    domain: 'k.contypid::bigint',
    kind: 'k.contype',
    validated: 'k.convalidated',
    deferrable: 'k.condeferrable',
    initiallyDeferred: 'k.condeferred',
    enforced: major >= 18 ? 'k.conenforced' : 'true',
    references: 'k.confrelid::bigint',
    index: 'k.conindid::bigint',
    columns: list('k.conkey'),
    inherited: 'k.conparentid <> 0',
    onDelete: 'k.confdeltype',
    onUpdate: 'k.confupdtype',
    referenced: list('k.confkey'),
    shape: `pg_catalog.concat_ws(' ', k.conexclop::text, ${digest('k.conbin')})`,
    firing: list(
      `ARRAY(SELECT DISTINCT ${word('g.tgenabled', firing)} FROM pg_catalog.pg_trigger g WHERE g.tgconstraint = k.oid AND g.tgisinternal AND g.tgenabled <> 'O' ORDER BY 1)`,
    ),
    definition: `CASE WHEN ${isNew('k.oid')} THEN pg_catalog.pg_get_constraintdef(k.oid) END`,
  })}
   FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_namespace n ON n.oid = k.connamespace
  WHERE ${ours} AND k.contype <> 't' AND k.oid >= 16384`;
}

const locks = `SELECT ${object({ oid: 'l.relation::bigint', mode: 'l.mode' })} FROM pg_catalog.pg_locks l
  WHERE l.locktype = 'relation' AND l.granted AND l.pid = pg_catalog.pg_backend_pid() AND l.relation >= 16384
    AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())`;

const isCounting = "pg_catalog.current_setting('track_counts')::boolean";

/** Rows that were written and rolled back are counted, too. */
const writes = `SELECT ${object({
  catalog: 'c.relname',
  inserted: 'pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid)',
  updated: 'pg_catalog.pg_stat_get_xact_tuples_updated(c.oid)',
  deleted: 'pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid)',
})} FROM pg_catalog.pg_class c
  WHERE c.relkind = 'r' AND c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid)
    + pg_catalog.pg_stat_get_xact_tuples_updated(c.oid) + pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid) > 0`;
