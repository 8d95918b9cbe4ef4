import type { Row } from '../database/session.ts';
import type { PartitionExtras } from './advice-facts.ts';

/** An expression for what a new partition, of this oid, has and its parent has not, apart from the bound. */
export function extrasOf(oid: string): string {
  return `(SELECT pg_catalog.json_build_object('unlogged', c.relpersistence = 'u',
    'storage', pg_catalog.array_remove(ARRAY[
      (SELECT 'USING ' || pg_catalog.quote_ident(m.amname) FROM pg_catalog.pg_am m WHERE m.oid = c.relam AND m.amname <> pg_catalog.current_setting('default_table_access_method', true)),
      (SELECT 'WITH (' || pg_catalog.string_agg(pg_catalog.split_part(o, '=', 1) || '=' || pg_catalog.quote_literal(pg_catalog.substr(o, pg_catalog.strpos(o, '=') + 1)), ', ') || ')'
        FROM pg_catalog.unnest(c.reloptions) AS o),
      (SELECT 'TABLESPACE ' || pg_catalog.quote_ident(s.spcname) FROM pg_catalog.pg_tablespace s WHERE s.oid = c.reltablespace)], NULL),
    'actions', (SELECT coalesce(pg_catalog.json_agg(action ORDER BY place, action), '[]') FROM (${defaults} UNION ALL ${notNulls} UNION ALL ${constraints}) AS of_it (place, action)))::text
   FROM pg_catalog.pg_class c JOIN pg_catalog.pg_inherits h ON h.inhrelid = c.oid WHERE c.oid = ${oid})`;
}

const both = `pg_catalog.pg_attribute a JOIN pg_catalog.pg_attribute b ON b.attrelid = h.inhparent AND b.attname = a.attname
  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum LEFT JOIN pg_catalog.pg_attrdef e ON e.adrelid = b.attrelid AND e.adnum = b.attnum
  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped`;

// attgenerated exists since PostgreSQL 12.
const defaults = `SELECT 1, 'ALTER COLUMN ' || pg_catalog.quote_ident(a.attname) || coalesce(' SET DEFAULT ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid), ' DROP DEFAULT') FROM ${both}
  AND coalesce(pg_catalog.to_jsonb(a) ->> 'attgenerated', '') = '' AND pg_catalog.pg_get_expr(d.adbin, d.adrelid) IS DISTINCT FROM pg_catalog.pg_get_expr(e.adbin, e.adrelid)`;

const notNulls = `SELECT 2, 'ALTER COLUMN ' || pg_catalog.quote_ident(a.attname) || ' SET NOT NULL' FROM ${both} AND a.attnotnull AND NOT b.attnotnull`;

const constraints = `SELECT CASE k.contype WHEN 'f' THEN 4 ELSE 3 END, 'ADD CONSTRAINT ' || pg_catalog.quote_ident(k.conname) || ' ' || pg_catalog.pg_get_constraintdef(k.oid)
  FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('c', 'p', 'u', 'x', 'f') AND k.conislocal AND k.coninhcount = 0`;

export function toExtras(row: Row | undefined): PartitionExtras {
  return row?.extras == null
    ? { unlogged: false, storage: [], actions: [] }
    : (JSON.parse(row.extras) as PartitionExtras);
}
