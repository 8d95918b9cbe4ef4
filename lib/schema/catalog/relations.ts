import type { Column, ForeignTable, MaterializedView, Sequence, Statistics, Table, View } from '../relation.ts';
import type { Attribute } from '../type.ts';
import {
  catalogOid,
  comment,
  type Fields,
  fromOurs,
  granted,
  grants,
  hasMade,
  type Identity,
  isMade,
  isOfExtension,
  isOurs,
  list,
  name,
  named,
  object,
  options,
  owned,
  type Query,
  relationNamed,
  type Scope,
  select,
  since,
  storage,
  word,
} from './sql.ts';

type Parts = 'columns' | 'constraints' | 'indexes' | 'triggers' | 'rules' | 'policies';

/** All that one of them has by itself: what stands on another kind of relation is NULL there. */
export interface RelationRow
  extends Omit<Table, Parts>,
    Pick<View & MaterializedView, 'definition' | 'populated'>,
    Pick<ForeignTable, 'server' | 'foreignOptions'> {
  readonly oid: number;
  readonly kind: 'table' | 'foreign table' | 'view' | 'materialized view';
}

/** What is a part of a relation, beside the oid of that. */
export interface OfRelation<T> {
  readonly relation: number;
  readonly value: T;
}

const persistence = (relation: string) =>
  word(`${relation}.relpersistence`, { p: 'permanent', u: 'unlogged', t: 'temporary' });

/** Which relations have what review and verify look at; indexes and sequences are asked for apart. */
export function isRelation(scope: Scope, kinds = "'r', 'p', 'f', 'v', 'm'"): string {
  return `${isMade('c.oid')} AND c.relkind IN (${kinds}) AND ${isOurs(scope)} AND NOT ${isOfExtension('pg_class', 'c.oid')}`;
}

const fromRelations = 'FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace';

export function relations(scope: Scope): Query<RelationRow> {
  return select<RelationRow>(
    {
      oid: 'c.oid::bigint',
      kind: word('c.relkind', {
        r: 'table',
        p: 'table',
        f: 'foreign table',
        v: 'view',
        m: 'materialized view',
      }),
      name: name('n.nspname', 'c.relname'),
      ...granted({ catalog: 'pg_class', oid: 'c.oid', owner: 'c.relowner', acl: 'c.relacl', kind: `'r'` }),
      persistence: persistence('c'),
      accessMethod: 'm.amname',
      tablespace: '(SELECT s.spcname FROM pg_catalog.pg_tablespace s WHERE s.oid = c.reltablespace)',
      options: options('c.reloptions'),
      toastOptions: options('t.reloptions'),
      ofType: 'CASE WHEN c.reloftype <> 0 THEN pg_catalog.format_type(c.reloftype, NULL) END',
      partitionKey: `CASE c.relkind WHEN 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END`,
      rowSecurity: 'c.relrowsecurity',
      forcesRowSecurity: 'c.relforcerowsecurity',
      replicaIdentity: `CASE c.relreplident WHEN 'd' THEN 'default' WHEN 'f' THEN 'full' WHEN 'i' THEN
        coalesce('index ' || (SELECT x.relname FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
          WHERE i.indrelid = c.oid AND i.indisreplident), 'nothing') ELSE 'nothing' END`,
      inherits: `CASE WHEN c.relispartition THEN '[]'::json ELSE ${list(`SELECT ${relationNamed('h.inhparent')}
        FROM pg_catalog.pg_inherits h WHERE h.inhrelid = c.oid ORDER BY h.inhseqno`)} END`,
      partition: `CASE WHEN c.relispartition THEN ${partition(scope)} END`,
      definition: `CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END`,
      populated: 'c.relispopulated',
      server: '(SELECT v.srvname FROM pg_catalog.pg_foreign_server v WHERE v.oid = f.ftserver)',
      foreignOptions: options('f.ftoptions'),
    },
    {
      from: `${fromRelations} LEFT JOIN pg_catalog.pg_am m ON m.oid = c.relam LEFT JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid
      LEFT JOIN pg_catalog.pg_foreign_table f ON f.ftrelid = c.oid WHERE ${isRelation(scope)}`,
    },
  );
}

function partition(scope: Scope): string {
  const fields = {
    of: relationNamed('h.inhparent'),
    bound: 'pg_catalog.pg_get_expr(c.relpartbound, c.oid)',
    detaching: since(14, scope, 'h.inhdetachpending', 'false'),
  };
  return `(SELECT ${object(fields)} FROM pg_catalog.pg_inherits h WHERE h.inhrelid = c.oid)`;
}

/** Whoever adds an option for columns to a server keeps it under another name than these. */
const knownOptions = "opt.option_name IN ('n_distinct', 'n_distinct_inherited')";
/** Another number for each table, since the minor versions of November 2026; pg_dump leaves it out as well. */
const serversOwn = "opt.option_name = 'pg_attver'";
/** Most columns have no other one: there is nothing to take apart. */
const ownOptions =
  "(CASE WHEN pg_catalog.cardinality(a.attoptions) > 1 OR pg_catalog.left(a.attoptions[1], 10) <> 'pg_attver=' THEN a.attoptions END)";

export function columns(scope: Scope): Query<OfRelation<Column>> {
  return select<OfRelation<Column>>(
    {
      relation: 'a.attrelid::bigint',
      value: {
        name: 'a.attname',
        type: 'pg_catalog.format_type(a.atttypid, a.atttypmod)',
        notNull: `CASE WHEN a.attnotnull THEN ${notNull(scope)} END`,
        default: `CASE a.attgenerated WHEN '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END`,
        generated: `CASE WHEN a.attgenerated <> '' THEN ${object({
          kind: word('a.attgenerated', { s: 'stored', v: 'virtual' }),
          expression: 'pg_catalog.pg_get_expr(d.adbin, d.adrelid)',
        })} END`,
        identity: identity(),
        collation: collation('a.attcollation', 'y.typcollation'),
        storage: `CASE WHEN a.attstorage <> y.typstorage THEN ${word('a.attstorage', storage)} END`,
        compression: since(14, scope, word('a.attcompression', { p: 'pglz', l: 'lz4' })),
        statisticsTarget: 'CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END',
        options: options(ownOptions, knownOptions),
        otherOptions: options(ownOptions, `NOT (${knownOptions} OR ${serversOwn})`),
        foreignOptions: options('a.attfdwoptions'),
        inheritance: inheritance('a.attislocal', 'a.attinhcount'),
        grants: `CASE WHEN a.attacl IS NULL THEN '[]'::json ELSE ${grants('a.attacl', 'given.grantee <> c.relowner')} END`,
        comment: 'o.description',
      },
    },
    {
      from: `${fromRelations} JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
      LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      LEFT JOIN pg_catalog.pg_description o ON o.classoid = ${catalogOid('pg_class')} AND o.objoid = a.attrelid AND o.objsubid = a.attnum
      ${scope.major >= 18 ? "LEFT JOIN pg_catalog.pg_constraint k ON k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey[1] = a.attnum" : ''}
      WHERE a.attnum > 0 AND NOT a.attisdropped AND ${isRelation(scope)} ORDER BY a.attrelid, a.attnum`,
    },
  );
}

/** Before PostgreSQL 18 it is a property of the column, and has none of its own. */
function notNull(scope: Scope): string {
  return object({
    validated: since(18, scope, 'coalesce(k.convalidated, true)', 'true'),
    noInherit: since(18, scope, 'coalesce(k.connoinherit, false)', 'false'),
    comment: since(18, scope, comment('pg_constraint', 'k.oid').comment),
  });
}

/** By the sequence: a partition has that of its parent, and nothing by itself. */
function identity(): string {
  const fields = {
    generated: word('a.attidentity', { a: 'always', d: 'by default' }),
    sequence: relationNamed('s.objid'),
  };
  return `CASE WHEN a.attidentity <> '' THEN (SELECT ${object(fields)} FROM pg_catalog.pg_depend s WHERE s.classid = ${catalogOid('pg_class')}
    AND s.refclassid = ${catalogOid('pg_class')} AND s.refobjid = a.attrelid AND s.refobjsubid = a.attnum AND s.deptype = 'i') END`;
}

/** Only where it is another one than the type's. */
export function collation(own: string, ofType: string): string {
  return `CASE WHEN ${own} <> 0 AND ${own} <> ${ofType} THEN ${named('pg_collation', 'coll', own)} END`;
}

export function inheritance(isLocal: string, parents: string): string {
  return `CASE WHEN coalesce(c.relispartition, false) OR ${parents} = 0 THEN 'local' WHEN ${isLocal} THEN 'both' ELSE 'inherited' END`;
}

/** Of composite types; those of tables are columns. */
export function attributes(scope: Scope): Query<OfRelation<Attribute>> {
  return select<OfRelation<Attribute>>(
    {
      relation: 'a.attrelid::bigint',
      value: {
        name: 'a.attname',
        type: 'pg_catalog.format_type(a.atttypid, a.atttypmod)',
        collation: collation('a.attcollation', 'y.typcollation'),
        ...comment('pg_class', 'a.attrelid', 'a.attnum'),
      },
    },
    {
      from: `${fromRelations} JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
        WHERE a.attnum > 0 AND NOT a.attisdropped AND ${isRelation(scope, "'c'")} ORDER BY a.attrelid, a.attnum`,
      identity: object<Identity>({
        catalog: "'pg_class'",
        oid: 'c.oid::bigint',
        number: 'a.attnum',
        version: "pg_catalog.concat_ws(' ', a.xmin, a.ctid)",
      }),
      presence: hasMade('pg_class', 'c', "c.relkind = 'c'"),
    },
  );
}

export function sequences(scope: Scope): Query<Sequence> {
  return select<Sequence>(
    {
      name: name('n.nspname', 'c.relname'),
      ...granted({ catalog: 'pg_class', oid: 'c.oid', owner: 'c.relowner', acl: 'c.relacl', kind: `'s'` }),
      persistence: persistence('c'),
      type: 'pg_catalog.format_type(s.seqtypid, NULL)',
      start: 's.seqstart::text',
      increment: 's.seqincrement::text',
      minimum: 's.seqmin::text',
      maximum: 's.seqmax::text',
      cache: 's.seqcache::text',
      cycle: 's.seqcycle',
      ownedBy: `(SELECT ${object({
        table: relationNamed('d.refobjid'),
        column: 'a.attname',
        identity: `d.deptype = 'i'`,
      })} FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        WHERE d.classid = ${catalogOid('pg_class')} AND d.objid = c.oid AND d.refclassid = ${catalogOid('pg_class')} AND d.deptype IN ('a', 'i'))`,
    },
    {
      from: `${fromRelations} JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid WHERE ${isRelation(scope, "'S'")}`,
      presence: 'EXISTS (SELECT FROM pg_catalog.pg_sequence)',
    },
  );
}

export function statistics(scope: Scope): Query<Statistics> {
  const fields: Fields<Statistics> = {
    name: name('n.nspname', 's.stxname'),
    ...owned({ catalog: 'pg_statistic_ext', oid: 's.oid', owner: 's.stxowner' }),
    table: relationNamed('s.stxrelid'),
    kinds: list(`SELECT ${word('kind.letter', { d: 'ndistinct', f: 'dependencies', m: 'mcv' })}
      FROM pg_catalog.unnest(s.stxkind) AS kind (letter) WHERE kind.letter <> 'e' ORDER BY kind.letter`),
    columns: list(`SELECT a.attname FROM pg_catalog.pg_attribute a
      WHERE a.attrelid = s.stxrelid AND a.attnum = ANY (s.stxkeys) ORDER BY a.attname COLLATE pg_catalog."C"`),
    expressions: since(
      14,
      scope,
      `coalesce(pg_catalog.to_json(pg_catalog.pg_get_statisticsobjdef_expressions(s.oid)), '[]'::json)`,
      `'[]'::json`,
    ),
    target: since(13, scope, 'CASE WHEN s.stxstattarget >= 0 THEN s.stxstattarget END'),
  };
  return select<Statistics>(fields, fromOurs(scope, 'pg_statistic_ext', 'stx', 's'));
}
