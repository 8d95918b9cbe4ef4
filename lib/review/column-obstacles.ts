import { type Question, SQL } from '../database/question.ts';
import type { Row } from '../database/session.ts';
import type { ColumnNote } from './advice-facts.ts';

export interface NotedColumn {
  readonly oid: number;
  readonly number: number;
  readonly relation: string;
  readonly name: string;
  /** The old type, where the type was changed. */
  readonly from?: string | undefined;
}

/**
 * What depends on a column, or on the inherited column of a child, and prevents its DROP or would be dropped with it.
 * Indexes, constraints and the sequence of the column itself are queried elsewhere.
 */
export function obstaclesOf({ oid, number, name, from }: NotedColumn): Question {
  const source = from?.replace(/ COLLATE .*$/s, '') ?? null;
  return SQL`WITH RECURSIVE given (oid, number, name, source) AS (
    SELECT ${oid}::oid, ${number}::smallint, ${name}::name, pg_catalog.to_regtype(${source}::text)),
  `.append(printObstacles(from !== undefined));
}

/** The column as expressions. */
const given = {
  oid: '(SELECT g.oid FROM given g)',
  number: '(SELECT g.number FROM given g)',
  name: '(SELECT g.name FROM given g)',
  source: '(SELECT g.source FROM given g)',
};

function printObstacles(isConverted: boolean): string {
  const { oid, number, name } = given;
  const on = `EXISTS (SELECT FROM family f WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = f.oid AND d.refobjsubid = f.number)`;
  const is = (catalog: string) => `d.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass`;
  return `family(oid, number) AS (SELECT g.oid, g.number FROM given g UNION SELECT a.attrelid, a.attnum FROM family f JOIN pg_catalog.pg_inherits h ON h.inhparent = f.oid
    JOIN pg_catalog.pg_attribute a ON a.attrelid = h.inhrelid AND a.attname = ${name}),
   heirs AS (SELECT * FROM family WHERE oid <> ${oid})
  SELECT 'obstacle' AS kind, 'view ' || r.ev_class::pg_catalog.regclass::text AS text FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid WHERE ${on} AND ${is('pg_rewrite')}
  UNION SELECT 'obstacle', 'generated column ' || pg_catalog.quote_ident(a.attname) FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_attrdef f ON f.oid = d.objid
    JOIN pg_catalog.pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum WHERE ${on} AND ${is('pg_attrdef')} AND (f.adrelid, f.adnum) NOT IN (SELECT * FROM family)
  UNION SELECT 'obstacle', pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) FROM pg_catalog.pg_depend d WHERE ${on}
    AND (${['pg_policy', 'pg_trigger', 'pg_proc', 'pg_publication_rel'].map(is).join(' OR ')})
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g WHERE ${is('pg_trigger')} AND g.oid = d.objid AND g.tgisinternal)
  UNION SELECT 'obstacle', 'partition key' FROM family f JOIN pg_catalog.pg_partitioned_table p ON p.partrelid = f.oid WHERE f.number = ANY (p.partattrs::smallint[])
    OR EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE ${on} AND ${is('pg_class')} AND d.objid = p.partrelid)
  UNION SELECT 'obstacle', 'type ' || pg_catalog.format_type(c.reloftype, NULL) || ' of its table' FROM pg_catalog.pg_class c WHERE c.oid = ${oid} AND c.reloftype <> 0
  UNION SELECT 'obstacle', 'publication ' || pg_catalog.quote_ident(p.pubname) FROM pg_catalog.pg_publication_tables p JOIN pg_catalog.pg_namespace n ON n.nspname = p.schemaname
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = p.tablename WHERE c.oid IN (SELECT f.oid FROM family f)
  UNION SELECT 'obstacle', 'EXCLUDE of constraint ' || pg_catalog.quote_ident(k.conname) FROM pg_catalog.pg_constraint k WHERE k.contype = 'x' AND k.conrelid = ${oid} AND ${number} = ANY (k.conkey)
  UNION SELECT 'obstacle', 'foreign key of the partitioned table ' || k.conrelid::pg_catalog.regclass::text FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
    WHERE k.contype = 'f' AND k.confrelid = ${oid} AND ${number} = ANY (k.confkey) AND c.relkind = 'p'
  UNION SELECT 'obstacle', 'index ' || d.objid::pg_catalog.regclass::text || ' in a tablespace of its own' FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON c.oid = d.objid
    WHERE ${on} AND ${is('pg_class')} AND c.relkind = 'i' AND c.reltablespace <> 0
  UNION SELECT 'obstacle', pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) FROM pg_catalog.pg_depend d JOIN heirs h ON d.refobjid = h.oid AND d.refobjsubid = h.number
    WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND (${['pg_constraint', 'pg_statistic_ext'].map(is).join(' OR ')} OR (${is('pg_class')} AND d.deptype = 'a'))
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE ${is('pg_constraint')} AND k.oid = d.objid AND k.contype = 'n')
  UNION SELECT 'obstacle', 'what column ' || pg_catalog.quote_ident(${name}) || ' of ' || h.oid::pg_catalog.regclass::text || ' has of its own' FROM heirs h
    JOIN pg_catalog.pg_attribute a ON a.attrelid = h.oid AND a.attnum = h.number
    WHERE a.attacl IS NOT NULL OR ${ownSettings} OR EXISTS (SELECT FROM pg_catalog.pg_description o WHERE o.objoid = h.oid AND o.objsubid = h.number AND o.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass)
  UNION SELECT 'obstacle', 'default privileges for sequences, which another one would get' FROM pg_catalog.pg_default_acl p WHERE p.defaclobjtype = 'S'
    AND EXISTS (${ownSequence})
  ${isConverted ? `UNION ${conversion}` : ''}
  UNION SELECT 'statistics', pg_catalog.pg_get_statisticsobjdef(d.objid) FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_statistic_ext s ON s.oid = d.objid WHERE s.stxrelid = ${oid} AND ${on} AND ${is('pg_statistic_ext')}
  UNION ${printBelongings()}
  ORDER BY 1, 2`;
}

/** The sequence of an identity column, which is dropped with the column. */
const ownSequence = `SELECT q.objid FROM pg_catalog.pg_depend q WHERE q.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND q.deptype = 'i' AND q.refclassid = q.classid AND q.refobjid = ${given.oid}
    AND q.refobjsubid = ${given.number}`;

/** The column options that ALTER TABLE can set. PostgreSQL 15.20 and 18.7 keep an option of their own beside them. */
const ownSettings = `EXISTS (SELECT FROM pg_catalog.unnest(a.attoptions) AS o WHERE o !~ '^pg_') OR coalesce(a.attstattarget, -1) <> -1`;

/** A conversion that depends on settings of the session (TimeZone, DateStyle) may give another value in another session. */
const conversion = `SELECT 'conversion', pg_catalog.format_type(a.atttypid, NULL) FROM pg_catalog.pg_attribute a
   WHERE a.attrelid = ${given.oid} AND a.attnum = ${given.number} AND a.atttypid <> ${given.source}
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_cast c LEFT JOIN pg_catalog.pg_proc p ON p.oid = c.castfunc
      WHERE c.castsource = ${given.source} AND c.casttarget = a.atttypid AND (c.castmethod = 'b' OR p.provolatile = 'i'))`;

/** Statements that restore comments, grants and settings of a column and of its indexes and constraints. */
function printBelongings(): string {
  const { oid, number } = given;
  const table = `${oid}::pg_catalog.regclass::text`;
  const column = 'pg_catalog.quote_ident(a.attname)';
  const alter = `'ALTER TABLE ' || ${table} || ' ALTER COLUMN ' || ${column} || `;
  const own = `FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid WHERE a.attrelid = ${oid} AND a.attnum = ${number}`;
  const said = (object: string, id: string, catalog: string) =>
    `SELECT 'belonging', 'COMMENT ON ' || ${object} || ' IS ' || pg_catalog.quote_literal(o.description) FROM pg_catalog.pg_description o, pg_catalog.${catalog} WHERE o.objoid = ${id}
     AND o.classoid = 'pg_catalog.${catalog.split(' ')[0]}'::pg_catalog.regclass AND o.objsubid = `;
  const indexes = `SELECT i.indexrelid FROM pg_catalog.pg_index i WHERE i.indrelid = ${oid} AND (${number} = ANY (i.indkey::smallint[]) OR EXISTS (SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = i.indexrelid AND d.refclassid = d.classid AND d.refobjid = ${oid} AND d.refobjsubid = ${number}))`;
  const storage =
    "CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END";
  const compression = "pg_catalog.to_jsonb(a) ->> 'attcompression'";
  return [
    `${said(`'COLUMN ' || ${table} || '.' || ${column}`, 'a.attrelid', 'pg_class c, pg_catalog.pg_attribute a')}${number} AND c.oid = a.attrelid AND a.attrelid = ${oid} AND a.attnum = ${number}`,
    `${said("'INDEX ' || c.oid::pg_catalog.regclass::text", 'c.oid', 'pg_class c')}0 AND c.oid IN (${indexes})`,
    `${said("'SEQUENCE ' || c.oid::pg_catalog.regclass::text", 'c.oid', 'pg_class c')}0 AND c.relkind = 'S' AND c.oid IN (${ownSequence})`,
    `SELECT 'belonging', 'GRANT ' || g.privilege_type || ' ON SEQUENCE ' || c.oid::pg_catalog.regclass::text || ' TO ' || CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::pg_catalog.regrole::text END
     || CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END FROM pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) AS g
     WHERE c.relkind = 'S' AND g.grantee <> c.relowner AND c.oid IN (${ownSequence})`,
    `${said("'CONSTRAINT ' || pg_catalog.quote_ident(k.conname) || ' ON ' || k.conrelid::pg_catalog.regclass::text", 'k.oid', 'pg_constraint k')}0 AND k.contype <> 'n'
     AND ((k.conrelid = ${oid} AND ${number} = ANY (k.conkey)) OR (k.confrelid = ${oid} AND ${number} = ANY (k.confkey)))`,
    `SELECT 'belonging', 'COMMENT ON STATISTICS ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(s.stxname) || ' IS ' || pg_catalog.quote_literal(o.description)
     FROM pg_catalog.pg_statistic_ext s JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace JOIN pg_catalog.pg_description o ON o.objoid = s.oid AND o.classoid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass
     WHERE s.stxrelid = ${oid} AND ${number} = ANY (s.stxkeys::smallint[])`,
    `SELECT 'belonging', 'GRANT ' || g.privilege_type || ' (' || ${column} || ') ON ' || ${table} || ' TO ' || CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::pg_catalog.regrole::text END
     || CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END FROM pg_catalog.pg_attribute a, pg_catalog.aclexplode(a.attacl) AS g WHERE a.attrelid = ${oid} AND a.attnum = ${number}`,
    `SELECT 'belonging', ${alter}' SET STATISTICS ' || a.attstattarget ${own} AND coalesce(a.attstattarget, -1) <> -1`,
    `SELECT 'belonging', ${alter}' SET STORAGE ' || ${storage} ${own} AND a.attstorage <> t.typstorage`,
    `SELECT 'belonging', ${alter}' SET COMPRESSION ' || CASE ${compression} WHEN 'l' THEN 'lz4' ELSE 'pglz' END ${own} AND ${compression} IN ('l', 'p')`,
    `SELECT 'belonging', ${alter}' SET (' || pg_catalog.array_to_string(ARRAY(SELECT o FROM pg_catalog.unnest(a.attoptions) AS o WHERE o !~ '^pg_'), ', ') || ')' ${own}
     AND EXISTS (SELECT FROM pg_catalog.unnest(a.attoptions) AS o WHERE o !~ '^pg_')`,
    `SELECT 'belonging', 'ALTER TABLE ' || ${table} || ' CLUSTER ON ' || pg_catalog.quote_ident(c.relname) FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
     WHERE i.indisclustered AND i.indexrelid IN (${indexes})`,
    `SELECT 'belonging', 'ALTER TABLE ' || ${table} || ' REPLICA IDENTITY USING INDEX ' || pg_catalog.quote_ident(c.relname) FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
     WHERE i.indisreplident AND i.indexrelid IN (${indexes})`,
  ].join('\n  UNION ');
}

export function notesOf(
  kind: 'obstacle' | 'statistics' | 'belonging' | 'conversion',
  { relation, name }: Pick<NotedColumn, 'relation' | 'name'>,
  rows: readonly Row[],
): readonly ColumnNote[] {
  return rows.filter((row) => row.kind === kind).map(({ text }) => ({ relation, column: name, text: text ?? '' }));
}
