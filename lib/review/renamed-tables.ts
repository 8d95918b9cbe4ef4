import { type Question, SQL } from '../database/question.ts';
import type { Row } from '../database/session.ts';
import type { Guard } from './advice-facts.ts';
import type { Effects } from './effects.ts';
import type { RelationRow, Snapshot } from './snapshot.ts';

/** Finds the tables that were renamed, as they were before. */
export function findRenamed({ relations }: Snapshot, { changes }: Effects): readonly RelationRow[] {
  const names = new Set(
    changes.flatMap(({ kind, type, from }) => (kind === 'renamed' && /table$/.test(type) ? from : [])),
  );
  return [...relations.values()].filter(({ name }) => names.has(name));
}

const grantee = `CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::pg_catalog.regrole::text END || CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END`;
// Other privileges can't be granted on a view.
const known = "g.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')";

/** Queries the grants of a table, also those on columns, since a view has columns of the same names. */
export function guardOf({ oid, name }: RelationRow): Question {
  const on = "' ON ' || given.name || ' TO '";
  const owned = "'ALTER VIEW ' || given.name || ' OWNER TO '";
  return SQL`WITH given (oid, name) AS (SELECT ${oid}::oid, ${name}::text)
  `.append(`SELECT c.relrowsecurity::text AS "rowSecurity", pg_catalog.to_json(ARRAY(SELECT DISTINCT r.ev_class::pg_catalog.regclass::text FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
     WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = c.oid AND r.ev_class <> c.oid ORDER BY 1))::text AS views,
   pg_catalog.to_json(ARRAY(SELECT ${owned} || c.relowner::pg_catalog.regrole::text WHERE c.relowner::pg_catalog.regrole::text <> pg_catalog.quote_ident(CURRENT_USER)
    UNION ALL SELECT 'GRANT ' || pg_catalog.string_agg(g.privilege_type, ', ' ORDER BY g.privilege_type) || ${on} || ${grantee}
     FROM pg_catalog.aclexplode(c.relacl) AS g WHERE ${known} AND g.grantee <> c.relowner GROUP BY g.grantee, g.is_grantable
    UNION ALL SELECT 'GRANT ' || g.privilege_type || ' (' || pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')' || ${on} || ${grantee}
     FROM pg_catalog.pg_attribute a, pg_catalog.aclexplode(a.attacl) AS g WHERE a.attrelid = c.oid AND NOT a.attisdropped AND ${known} GROUP BY g.grantee, g.is_grantable, g.privilege_type
    ORDER BY 1))::text AS grants FROM given JOIN pg_catalog.pg_class c ON c.oid = given.oid`);
}

export function toGuard({ name }: RelationRow, rows: readonly Row[]): readonly Guard[] {
  return rows.map(({ rowSecurity, views, grants }) => ({
    relation: name,
    views: JSON.parse(views ?? '[]') as readonly string[],
    rowSecurity: rowSecurity === 'true',
    grants: JSON.parse(grants ?? '[]') as readonly string[],
  }));
}
