import type { Row } from '../database/session.ts';
import type { ColumnNote } from './measured.ts';

/** What keeps a column from being dropped for another one, or would go with it. Indexes, constraints and its own sequence are asked for elsewhere. */
export function obstaclesOf({ oid, number }: { readonly oid: number; readonly number: number }): string {
  const on = `d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = ${oid} AND d.refobjsubid = ${number}`;
  const is = (catalog: string) => `d.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass`;
  return `SELECT 'obstacle' AS kind, 'view ' || r.ev_class::pg_catalog.regclass::text AS text FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid WHERE ${on} AND ${is('pg_rewrite')}
  UNION SELECT 'obstacle', 'generated column ' || pg_catalog.quote_ident(a.attname) FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_attrdef f ON f.oid = d.objid
    JOIN pg_catalog.pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum WHERE ${on} AND ${is('pg_attrdef')} AND (f.adrelid <> ${oid} OR f.adnum <> ${number})
  UNION SELECT 'obstacle', pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) FROM pg_catalog.pg_depend d WHERE ${on}
    AND (${['pg_policy', 'pg_trigger', 'pg_proc', 'pg_publication_rel'].map(is).join(' OR ')})
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g WHERE ${is('pg_trigger')} AND g.oid = d.objid AND g.tgisinternal)
  UNION SELECT 'obstacle', 'partition key' FROM pg_catalog.pg_partitioned_table p WHERE p.partrelid = ${oid} AND (${number} = ANY (p.partattrs::smallint[])
    OR EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE ${on} AND ${is('pg_class')} AND d.objid = ${oid}))
  UNION SELECT 'obstacle', 'type ' || pg_catalog.format_type(c.reloftype, NULL) || ' of its table' FROM pg_catalog.pg_class c WHERE c.oid = ${oid} AND c.reloftype <> 0
  UNION SELECT 'statistics', pg_catalog.pg_get_statisticsobjdef(d.objid) FROM pg_catalog.pg_depend d WHERE ${on} AND ${is('pg_statistic_ext')}
  ORDER BY 1, 2;\n`;
}

export function notesOf(
  kind: 'obstacle' | 'statistics',
  { relation, name }: { readonly relation: string; readonly name: string },
  rows: readonly Row[],
): readonly ColumnNote[] {
  return rows.filter((row) => row.kind === kind).map(({ text }) => ({ relation, column: name, text: text ?? '' }));
}
