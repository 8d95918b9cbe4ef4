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

/** Prepares the queries, of which that of relations counts what the transaction did, since planning them takes five times as long as running them. */
export function printPrepare(options: Pick<ProbeOptions, 'major'>): string {
  const prepares = queriesOf({ ...options, counters: 'transaction' }).map(
    (query, index) => `PREPARE updown_probe_${index} AS ${query};\n`,
  );
  return `${enterNames}${prepares.join('')}${leaveNames}`;
}

/**
 * The message that takes a snapshot. Names are written as from an empty search path. Definitions are read only of objects with an oid above
 * the given one, since those of all objects would take longer than everything else.
 */
export function printSnapshot(options: ProbeOptions, newAbove: number, isPrepared: boolean): string {
  // The first one, of relations, was prepared with the counters of the transaction.
  const isKnown = (index: number) => isPrepared && (index > 0 || options.counters === 'transaction');
  const queries = queriesOf(options).map((query, index) => (isKnown(index) ? `EXECUTE updown_probe_${index}` : query));
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

/** Each query selects JSON objects with the fields of the rows in a Snapshot, but for the last one, which is that of lib/schema. */
function queriesOf(options: ProbeOptions): readonly string[] {
  const own = [relations(options), columns(options), constraints(options), locks];
  return [
    ...own.map((query) => `SELECT pg_catalog.json_agg(row)::text AS rows FROM (${query}) AS found (row)`),
    printIdentified({ major: options.major, ledger: "''" }),
  ];
}

export function readSnapshot(sets: readonly (readonly Row[])[]): Snapshot {
  const read = <T>(at: number) => JSON.parse(sets[at]?.[0]?.rows ?? '[]') as readonly T[];
  const relations = keyed(read<RelationRow>(2), ({ oid }) => oid);
  return {
    relations,
    columns: keyed(read<ColumnRow>(3), ({ relation, number }) => columnKey(relation, number)),
    constraints: keyed(read<ConstraintRow>(4), ({ oid }) => oid),
    locks: read(5),
    objects: toObjects(readItems(sets[6]?.[0]?.values ?? '{}'), relations),
    path: JSON.parse(sets[0]?.[0]?.path ?? '[]') as readonly string[],
  };
}

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
