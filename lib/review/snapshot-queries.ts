import type { Row } from '../database/session.ts';
import { printIsOfPeople } from '../ledger/engine.ts';
import type { ColumnRow, ConstraintRow, EnumValueRow, ObjectRow, RelationRow, Snapshot } from './snapshot.ts';

export interface ProbeOptions {
  /** The server's major version. */
  readonly major: number;
  /** Whether the counters of this transaction are wanted, or those that sessions have reported. */
  readonly counters: 'transaction' | 'reported';
}

/** Planning these queries takes five times as long as running them: a session that asks often prepares them. */
export function printPrepare(options: ProbeOptions): string {
  const prepares = queriesOf(options, '$1').map(
    (query, index) => `PREPARE updown_probe_${index}(bigint) AS ${query};\n`,
  );
  return `${enterNames}${prepares.join('')}${leaveNames}`;
}

/**
 * One message. Names are as SQL writes them from an empty search path, whatever the file has set. Definitions are asked of what has an oid
 * above the given one: those of all would take longer than everything else.
 */
export function printSnapshot(options: ProbeOptions, newAbove: number, isPrepared: boolean): string {
  const queries = queriesOf(options, String(newAbove)).map((query, index) =>
    isPrepared ? `EXECUTE updown_probe_${index}(${newAbove})` : query,
  );
  return `${enterNames}${queries.join(';\n')};\n${leaveNames}`;
}

/** Whatever the file has set, a name is written in one way, and there is time to look. */
export const enterNames = `SELECT pg_catalog.array_to_json(pg_catalog.current_schemas(true))::text AS path,
  pg_catalog.set_config('updown.path', pg_catalog.current_setting('search_path'), true), pg_catalog.set_config('search_path', '', true),
  pg_catalog.set_config('updown.quote', pg_catalog.current_setting('quote_all_identifiers'), true), pg_catalog.set_config('quote_all_identifiers', 'off', true),
  pg_catalog.set_config('updown.timeout', pg_catalog.current_setting('statement_timeout'), true), pg_catalog.set_config('statement_timeout', '0', true);\n`;
export const leaveNames = `SELECT pg_catalog.set_config('search_path', pg_catalog.current_setting('updown.path'), true),
  pg_catalog.set_config('quote_all_identifiers', pg_catalog.current_setting('updown.quote'), true),
  pg_catalog.set_config('statement_timeout', pg_catalog.current_setting('updown.timeout'), true);\n`;

function queriesOf(options: ProbeOptions, newAbove: string): readonly string[] {
  return [
    relations(options, newAbove),
    columns(options),
    constraints(options, newAbove),
    objects(options),
    enumValues,
    locks,
  ].map((query) => `SELECT pg_catalog.json_agg(row)::text AS rows FROM (${query}) AS found (row)`);
}

export function readSnapshot(sets: readonly (readonly Row[])[]): Snapshot {
  const [relations, columns, constraints, objects, enumValues, locks] = sets.slice(1, -1).map(readRows);
  return {
    relations: keyed(relations?.map(toRelation), ({ oid }) => oid),
    columns: keyed(columns?.map(toColumn), ({ relation, number }) => `${relation}.${number}`),
    constraints: keyed(constraints?.map(toConstraint), ({ oid }) => oid),
    objects: keyed(objects?.map(toObject), ({ key }) => key),
    enumValues: keyed(enumValues?.map(toEnumValue), ({ oid }) => oid),
    path: JSON.parse(sets[0]?.[0]?.path ?? '[]') as readonly string[],
    locks: (locks ?? []).map(([oid, mode]) => ({ oid: oid as number, mode: mode as string })),
  };
}

/** Of an expression as the catalogs keep it, wherever in a statement it once stood. */
function digest(tree: string): string {
  return `pg_catalog.md5(pg_catalog.regexp_replace(${tree}::text, ':(stmt_)?(location|len) -?[0-9]+', '', 'g'))`;
}

/** Objects of ours: no catalog's, no temporary ones, and none that an extension brought or makes (those stand for the extension). */
const ours = printIsOfPeople('n.nspname');

function notOfExtension(catalog: string, oid: string): string {
  return `NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.deptype = 'e' AND e.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass AND e.objid = ${oid})`;
}

const qualified = (name: string): string =>
  `pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(${name})`;

const owner = (column: string): string => `${column}::pg_catalog.regrole::text`;

function relations({ counters, major }: ProbeOptions, newAbove: string): string {
  const count = counters === 'transaction' ? 'pg_catalog.pg_stat_get_xact_' : 'pg_catalog.pg_stat_get_';
  const keys =
    major >= 11 ? "pg_catalog.array_to_string((i.indkey::smallint[])[0:i.indnkeyatts - 1], ' ')" : 'i.indkey::text';
  const counted = (what: string) => `CASE WHEN c.relkind IN ('r', 'm', 'i') THEN ${count}${what}(c.oid) ELSE 0 END`;
  return `SELECT pg_catalog.json_build_array(c.oid::bigint, ${qualified('c.relname')}, n.nspname, c.relname, c.relkind, pg_catalog.pg_relation_filenode(c.oid)::bigint, ${owner('c.relowner')},
    coalesce(c.relacl::text, ''),
    pg_catalog.json_build_array(c.reloptions::text, c.relrowsecurity, c.relforcerowsecurity,
      CASE WHEN c.relkind IN ('r', 'p') AND c.relreplident <> 'd' THEN c.relreplident::text END,
      CASE WHEN c.relispartition AND c.relkind <> 'i' AND c.relkind <> 'I' THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END,
      (SELECT pg_catalog.json_agg(h.inhparent::pg_catalog.regclass::text ORDER BY h.inhseqno) FROM pg_catalog.pg_inherits h WHERE h.inhrelid = c.oid)),
    pg_catalog.concat_ws(' ', c.relpersistence, c.reltablespace, c.relam),
    ${counted('numscans')}, ${counted('tuples_inserted')}, ${counted('tuples_updated')}, ${counted('tuples_deleted')},
    CASE WHEN c.relkind IN ('v', 'm') THEN (SELECT ${digest('r.ev_action')}
      FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid AND r.rulename = '_RETURN') END,
    i.indrelid::bigint, i.indisvalid, i.indisunique, a.amname, ${keys}, i.indpred IS NOT NULL,
    pg_catalog.concat_ws(' ', i.indkey::text, i.indclass::text, i.indcollation::text, i.indoption::text, ${digest('i.indexprs')}, ${digest('i.indpred')}),
    CASE WHEN i.indexrelid IS NOT NULL AND c.oid > ${newAbove} THEN pg_catalog.pg_get_indexdef(c.oid) END, c.relispopulated)
   FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid LEFT JOIN pg_catalog.pg_am a ON a.oid = c.relam
  WHERE ${ours} AND c.relkind IN ('r', 'p', 'i', 'I', 'v', 'm', 'S', 'f', 'c') AND c.oid >= 16384 AND ${notOfExtension('pg_class', 'c.oid')}`;
}

/** The options that ALTER TABLE can set: the minors of November 2026 (15.20, 18.7) keep a number of their own beside them, `pg_attver=2`. */
const columnOptions = `NULLIF(ARRAY(SELECT o.option FROM pg_catalog.unnest(a.attoptions) AS o (option)
      WHERE pg_catalog.left(o.option, 10) = 'n_distinct' ORDER BY o.option), '{}'::pg_catalog.text[])::pg_catalog.text`;

function columns({ major }: ProbeOptions): string {
  const generated = major >= 12 ? 'a.attgenerated' : "''";
  const compression = major >= 14 ? ', a.attcompression' : '';
  return `SELECT pg_catalog.json_build_array(a.attrelid::bigint, a.attnum, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)
      || CASE WHEN a.attcollation <> t.typcollation THEN ' COLLATE ' || (SELECT pg_catalog.quote_ident(o.collname) FROM pg_catalog.pg_collation o WHERE o.oid = a.attcollation) ELSE '' END,
    a.attnotnull, pg_catalog.pg_get_expr(d.adbin, d.adrelid), a.attidentity, ${generated},
    pg_catalog.concat_ws(' ', a.attstorage, NULLIF(a.attstattarget, -1), ${columnOptions}${compression}), coalesce(a.attacl::text, ''),
    CASE WHEN a.attidentity <> '' THEN (SELECT q.objid::bigint FROM pg_catalog.pg_depend q WHERE q.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND q.deptype = 'i'
      AND q.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND q.refobjid = a.attrelid AND q.refobjsubid = a.attnum LIMIT 1) END)
   FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   JOIN pg_catalog.pg_type t ON t.oid = a.atttypid LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE ${ours} AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped AND c.oid >= 16384`;
}

function constraints({ major }: ProbeOptions, newAbove: string): string {
  const parent = major >= 11 ? 'k.conparentid <> 0' : 'false';
  const enforced = major >= 18 ? ", CASE WHEN NOT k.conenforced THEN 'not enforced' END" : '';
  return `SELECT pg_catalog.json_build_array(k.oid::bigint, k.conname, k.conrelid::bigint, k.contypid::bigint, k.contype, k.convalidated,
    pg_catalog.concat_ws(' ', CASE WHEN k.condeferrable THEN 'deferrable' END, CASE WHEN k.condeferred THEN 'initially deferred' END${enforced}),
    k.confrelid::bigint, k.conindid::bigint, k.conkey, ${parent}, k.confdeltype, k.confupdtype, k.confkey,
    pg_catalog.concat_ws(' ', k.conexclop::text, ${digest('k.conbin')}),
    (SELECT pg_catalog.string_agg(DISTINCT g.tgenabled::text, '') FROM pg_catalog.pg_trigger g WHERE g.tgconstraint = k.oid AND g.tgisinternal AND g.tgenabled <> 'O'),
    CASE WHEN k.oid > ${newAbove} THEN pg_catalog.pg_get_constraintdef(k.oid) END)
   FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_namespace n ON n.oid = k.connamespace
  WHERE ${ours} AND k.contype <> 't' AND k.oid >= 16384`;
}

/** key, type, name, schema, own name, relation, definition, state, owner; and where from. */
function objects({ major }: ProbeOptions): string {
  return [
    functions(major),
    triggers(major),
    [
      `'r' || r.oid, 'rule', pg_catalog.quote_ident(r.rulename) || ' on ' || ${qualified('c.relname')}, n.nspname, r.rulename, r.ev_class::bigint, pg_catalog.md5(r.ev_action::text), r.ev_enabled::text, ''`,
      `pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE r.rulename <> '_RETURN' AND r.oid >= 16384 AND ${ours}`,
    ],
    [
      `'p' || y.oid, 'policy', pg_catalog.quote_ident(y.polname) || ' on ' || ${qualified('c.relname')}, n.nspname, y.polname, y.polrelid::bigint, pg_catalog.concat_ws(' ', y.polcmd, y.polroles::text, pg_catalog.md5(y.polqual::text), pg_catalog.md5(y.polwithcheck::text)), '', ''`,
      `pg_catalog.pg_policy y JOIN pg_catalog.pg_class c ON c.oid = y.polrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE ${ours}`,
    ],
    [
      `'y' || t.oid, CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END, ${qualified('t.typname')}, n.nspname, t.typname, 0, CASE WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) ELSE '' END, CASE WHEN t.typtype = 'd' THEN pg_catalog.concat_ws(' ', CASE WHEN t.typnotnull THEN 'not null' END, 'default ' || t.typdefault) ELSE (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum)::text
          FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) END, ${owner('t.typowner')}`,
      `pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
      WHERE t.oid >= 16384 AND t.typtype IN ('e', 'd', 'r', 'c') AND ${ours} AND ${notOfExtension('pg_type', 't.oid')}
        AND (t.typrelid = 0 OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))`,
    ],
    [
      `'n' || n.oid, 'schema', pg_catalog.quote_ident(n.nspname), NULL, n.nspname, 0, '', coalesce(n.nspacl::text, ''), ${owner('n.nspowner')}`,
      `pg_catalog.pg_namespace n WHERE ${ours} AND ${notOfExtension('pg_namespace', 'n.oid')}`,
    ],
    [
      `'x' || x.oid, 'extension', pg_catalog.quote_ident(x.extname), NULL, x.extname, 0, '', x.extversion, ''`,
      'pg_catalog.pg_extension x WHERE x.oid >= 16384',
    ],
    [
      `'v' || v.oid, 'event trigger', pg_catalog.quote_ident(v.evtname), NULL, v.evtname, 0, '', v.evtenabled::text, ${owner('v.evtowner')}`,
      'pg_catalog.pg_event_trigger v',
    ],
    [
      `'b' || b.oid, 'publication', pg_catalog.quote_ident(b.pubname), NULL, b.pubname, 0, ${published(major)}, '', ${owner('b.pubowner')}`,
      'pg_catalog.pg_publication b',
    ],
    [
      `'s' || s.oid, 'statistics', ${qualified('s.stxname')}, n.nspname, s.stxname, s.stxrelid::bigint, '', '', ${owner('s.stxowner')}`,
      `pg_catalog.pg_statistic_ext s JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace WHERE ${ours}`,
    ],
    [
      "k.class::pg_catalog.oid || '.' || k.oid, i.type, i.identity, a.object_names[pg_catalog.cardinality(a.object_names) - 1], a.object_names[pg_catalog.cardinality(a.object_names)], 0, '', '', ''",
      `(${identified}) AS k (class, oid), LATERAL pg_catalog.pg_identify_object(k.class, k.oid, 0) AS i,
      LATERAL pg_catalog.pg_identify_object_as_address(k.class, k.oid, 0) AS a
      WHERE k.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.deptype IN ('e', 'i') AND e.classid = k.class AND e.objid = k.oid AND (e.deptype = 'e' OR e.refobjid >= 16384))`,
    ],
  ]
    .map(([values, from]) => `SELECT pg_catalog.json_build_array(${values}) FROM ${from}`)
    .join('\nUNION ALL ')
    .replaceAll('json_build_array', 'jsonb_build_array');
}

/** What a publication is of; its rows and columns can be limited since PostgreSQL 15. */
function published(major: number): string {
  const limits = major >= 15 ? ', pg_catalog.md5(r.prqual::text), r.prattrs::text' : '';
  const schemas =
    major >= 15
      ? ", (SELECT pg_catalog.string_agg(s.pnnspid::text, ' ' ORDER BY s.pnnspid) FROM pg_catalog.pg_publication_namespace s WHERE s.pnpubid = b.oid)"
      : '';
  const truncate = major >= 11 ? ', b.pubtruncate' : '';
  return `pg_catalog.concat_ws(',', b.puballtables, b.pubinsert, b.pubupdate, b.pubdelete${truncate}, (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', r.prrelid${limits}), ',' ORDER BY r.prrelid)
        FROM pg_catalog.pg_publication_rel r WHERE r.prpubid = b.oid)${schemas})`;
}

/** What is only there or not: PostgreSQL itself words what it is and how it is called. */
const identified = [
  ...['collation', 'conversion', 'operator', 'opclass', 'opfamily', 'cast', 'ts_config', 'ts_dict', 'ts_parser'],
  ...['ts_template', 'foreign_data_wrapper', 'foreign_server', 'language', 'am', 'transform'],
]
  .map((name) => `SELECT 'pg_catalog.pg_${name}'::pg_catalog.regclass, c.oid FROM pg_catalog.pg_${name} AS c`)
  .concat(
    "SELECT 'pg_catalog.pg_user_mapping'::pg_catalog.regclass, c.umid FROM pg_catalog.pg_user_mappings AS c",
    "SELECT 'pg_catalog.pg_subscription'::pg_catalog.regclass, c.oid FROM pg_catalog.pg_subscription AS c WHERE c.subdbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())",
  )
  .join(' UNION ALL ');

function functions(major: number): readonly [string, string] {
  const kind = major >= 11 ? 'p.prokind' : "CASE WHEN p.proisagg THEN 'a' ELSE 'f' END";
  const body = major >= 14 ? ', pg_catalog.md5(p.prosqlbody::text)' : '';
  return [
    `'f' || p.oid, CASE ${kind}::text WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,
      ${qualified('p.proname')} || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')', n.nspname, p.proname, 0,
      pg_catalog.concat_ws(' ', pg_catalog.md5(p.prosrc), p.prorettype, p.provolatile, p.prosecdef, p.proisstrict, p.proconfig::text, p.prolang${body}), coalesce(p.proacl::text, ''), ${owner('p.proowner')}, pg_catalog.format_type(p.prorettype, NULL)`,
    `pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE p.oid >= 16384 AND ${ours} AND ${notOfExtension('pg_proc', 'p.oid')}`,
  ];
}

function triggers(major: number): readonly [string, string] {
  return [
    `'t' || g.oid, 'trigger', pg_catalog.quote_ident(g.tgname) || ' on ' || ${qualified('c.relname')}, n.nspname, g.tgname, g.tgrelid::bigint,
      pg_catalog.concat_ws(' ', g.tgfoid, g.tgtype, g.tgattr::text, pg_catalog.md5(g.tgargs), pg_catalog.md5(g.tgqual::text)), g.tgenabled::text, ''`,
    `pg_catalog.pg_trigger g JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE NOT g.tgisinternal ${major >= 13 ? 'AND g.tgparentid = 0' : ''} AND ${ours}`,
  ];
}

const enumValues = `SELECT pg_catalog.json_build_array(v.oid::bigint, ${qualified('t.typname')}, v.enumlabel, v.enumsortorder)
   FROM pg_catalog.pg_enum v JOIN pg_catalog.pg_type t ON t.oid = v.enumtypid JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE ${ours}`;

const locks = `SELECT pg_catalog.json_build_array(l.relation::bigint, l.mode) FROM pg_catalog.pg_locks l
  WHERE l.locktype = 'relation' AND l.granted AND l.pid = pg_catalog.pg_backend_pid() AND l.relation >= 16384
    AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())`;

type Cells = readonly unknown[];

function readRows(set: readonly Row[]): readonly Cells[] {
  return JSON.parse(set[0]?.rows ?? '[]') as readonly Cells[];
}

function keyed<K, V>(values: readonly V[] | undefined, keyOf: (value: V) => K): ReadonlyMap<K, V> {
  return new Map((values ?? []).map((value) => [keyOf(value), value]));
}

function toRelation(cells: Cells): RelationRow {
  const [oid, name, schema, called, kind, file, owner, privileges, set, storage] = cells as [
    number,
    string,
    string,
    string,
    string,
    number | null,
    string,
    string,
    Settings,
    string,
  ];
  const [scans, inserted, updated, deleted, query] = cells.slice(10) as [number, number, number, number, string | null];
  const [table, valid, unique, method, keys, partial, shape, definition, populated] = cells.slice(15) as [
    number | null,
    boolean,
    boolean,
    string,
    string,
    boolean,
    string,
    string | null,
    boolean,
  ];
  const index =
    table === null
      ? null
      : { table, valid, unique, method, keys: keys.split(' ').map(Number), partial, shape, definition };
  return {
    oid,
    name,
    schema,
    called,
    kind,
    file,
    owner,
    privileges,
    ...toSettings(set),
    storage,
    scans,
    inserted,
    updated,
    deleted,
    query,
    index,
    populated,
  };
}

type Settings = readonly [
  options: string | null,
  rowSecurity: boolean,
  forced: boolean,
  replicaIdentity: string | null,
  bound: string | null,
  parents: readonly string[] | null,
];

function toSettings([options, rowSecurity, forced, identity, bound, parents]: Settings): Pick<
  RelationRow,
  'settings' | 'rowSecurity' | 'forced' | 'bound' | 'parents'
> {
  const words = [
    options,
    rowSecurity && 'row security',
    forced && 'forced',
    identity && `replica identity ${identity}`,
    bound,
    parents && `of ${parents.join(', ')}`,
  ];
  return { settings: words.filter(Boolean).join(' '), rowSecurity, forced, bound, parents: parents ?? [] };
}

function toColumn(cells: Cells): ColumnRow {
  const [relation, number, name, type, notNull, expression, identity, generated, settings, privileges, sequence] =
    cells as [number, number, string, string, boolean, string | null, string, string, string, string, number | null];
  return { relation, number, name, type, notNull, expression, identity, generated, settings, privileges, sequence };
}

function toConstraint(cells: Cells): ConstraintRow {
  const [oid, name, relation, domain, kind, validated, settings, references, index] = cells as [
    number,
    string,
    number,
    number,
    string,
    boolean,
    string,
    number,
    number,
  ];
  const [columns, inherited, onDelete, onUpdate, referenced, shape, firing, definition] = cells.slice(9) as [
    readonly number[] | null,
    boolean,
    string,
    string,
    readonly number[] | null,
    string,
    string | null,
    string | null,
  ];
  return {
    ...{ oid, name, relation, domain, kind, validated, settings, references, index },
    ...{
      columns: columns ?? [],
      inherited,
      onDelete,
      onUpdate,
      referenced: referenced ?? [],
      shape,
      firing: firing ?? '',
      definition,
    },
  };
}

function toObject(cells: Cells): ObjectRow {
  const [key, type, name, schema, called, relation, definition, state, owner, result] = cells as [
    string,
    string,
    string,
    string | null,
    string,
    number,
    string,
    string,
    string,
    string | undefined,
  ];
  return { key, type, name, schema, called, relation, definition, state, owner, result };
}

function toEnumValue(cells: Cells): EnumValueRow {
  const [oid, type, label, position] = cells as [number, string, string, number];
  return { oid, type, label, position };
}
