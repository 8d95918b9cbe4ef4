import { isOfExtension, list } from '../schema/catalog/sql.ts';
import { ours } from './query-parts.ts';
import type { Survey } from './survey.ts';

const role = (oid: string) => `CASE ${oid} WHEN 0 THEN 'PUBLIC' ELSE ${oid}::pg_catalog.regrole::text END`;

const right = (privilege: string) =>
  `pg_catalog.json_build_object('role', g.grantee::bigint, 'grantee', ${role('g.grantee')}, 'privilege', ${privilege})`;

/** All privileges, also the default ones that nobody has granted, such as EXECUTE on a function for PUBLIC. */
const rights = (acl: string, kind: string, owner: string) =>
  `SELECT ${right('g.privilege_type')} FROM pg_catalog.aclexplode(coalesce(${acl}, pg_catalog.acldefault(${kind}, ${owner}))) AS g WHERE g.grantee <> ${owner}`;

const qualified = (schema: string, name: string) =>
  `pg_catalog.quote_ident(${schema}.nspname) || '.' || pg_catalog.quote_ident(${name})`;

const owned = (oid: string, name: string, owner: string, all: string) =>
  `'oid', ${oid}::bigint, 'name', ${name}, 'owner', ${owner}::pg_catalog.regrole::text, 'rights', ${list(all)}`;

const object = (...fields: readonly string[]) => `SELECT pg_catalog.json_build_object(${fields.join(', ')})`;

export function queriesOf(major: number): Readonly<Record<keyof Survey, string>> {
  return {
    schemas: `${object(owned('n.oid', 'pg_catalog.quote_ident(n.nspname)', 'n.nspowner', rights('n.nspacl', "'n'", 'n.nspowner')))}
      FROM pg_catalog.pg_namespace n WHERE ${ours}`,
    relations: relationsOf(),
    functions: functionsOf(),
    policies: `${object(
      "'relation', y.polrelid::bigint, 'name', y.polname, 'command', y.polcmd, 'permissive', y.polpermissive",
      `'roles', ${list(`SELECT pg_catalog.to_json(${role('r.oid')}) FROM pg_catalog.unnest(y.polroles) AS r (oid)`)}`,
    )} FROM pg_catalog.pg_policy y`,
    triggers: `${object(
      "'oid', g.oid::bigint, 'relation', g.tgrelid::bigint, 'name', g.tgname, 'function', g.tgfoid::bigint, 'enabled', g.tgenabled",
      "'events', pg_catalog.array_remove(ARRAY[CASE WHEN g.tgtype & 4 <> 0 THEN 'INSERT' END, CASE WHEN g.tgtype & 16 <> 0 THEN 'UPDATE' END, CASE WHEN g.tgtype & 8 <> 0 THEN 'DELETE' END, CASE WHEN g.tgtype & 32 <> 0 THEN 'TRUNCATE' END], NULL)",
    )} FROM pg_catalog.pg_trigger g WHERE NOT g.tgisinternal ${major >= 13 ? 'AND g.tgparentid = 0' : ''}`,
    rewrites: `${object(
      "'relation', r.ev_class::bigint, 'name', r.rulename, 'event', CASE r.ev_type WHEN '2' THEN 'UPDATE' WHEN '3' THEN 'INSERT' WHEN '4' THEN 'DELETE' ELSE 'SELECT' END",
      "'instead', r.is_instead, 'conditional', r.ev_qual::text <> '<>', 'nothing', pg_catalog.right(pg_catalog.pg_get_ruledef(r.oid), 16) = 'INSTEAD NOTHING;'",
    )} FROM pg_catalog.pg_rewrite r WHERE r.rulename <> '_RETURN' AND r.oid >= 16384`,
    sequences: sequencesOf(),
    publications: publicationsOf(major),
    uses: usesOf(),
  };
}

function relationsOf(): string {
  const columnRights = `SELECT ${right("g.privilege_type || ' (' || pg_catalog.quote_ident(a.attname) || ')'")}
    FROM pg_catalog.pg_attribute a, pg_catalog.aclexplode(a.attacl) AS g WHERE a.attrelid = c.oid AND NOT a.attisdropped AND g.grantee <> c.relowner`;
  const own = rights('c.relacl', `CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char"`, 'c.relowner');
  return `${object(
    owned('c.oid', qualified('n', 'c.relname'), 'c.relowner', `${own} UNION ALL ${columnRights}`),
    "'kind', c.relkind, 'schema', c.relnamespace::bigint, 'file', pg_catalog.pg_relation_filenode(c.oid)::bigint",
    `'options', coalesce(pg_catalog.to_json(c.reloptions), '[]'), 'rowSecurity', c.relrowsecurity, 'forced', c.relforcerowsecurity`,
    `'identity', c.relreplident, 'identified', CASE c.relreplident WHEN 'f' THEN true WHEN 'n' THEN false ELSE EXISTS (SELECT FROM pg_catalog.pg_index i
      WHERE i.indrelid = c.oid AND CASE c.relreplident WHEN 'i' THEN i.indisreplident ELSE i.indisprimary END) END`,
    `'above', ${list(`WITH RECURSIVE up (oid) AS (SELECT h.inhparent FROM pg_catalog.pg_inherits h WHERE h.inhrelid = c.oid AND c.relispartition
      UNION ALL SELECT h.inhparent FROM up JOIN pg_catalog.pg_inherits h ON h.inhrelid = up.oid) SELECT pg_catalog.to_json(up.oid::bigint) FROM up`)}`,
    `'columns', ${list(`SELECT pg_catalog.json_build_object('number', a.attnum, 'name', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod))
      FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind <> 'S' ORDER BY a.attnum`)}`,
  )} FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE ${ours} AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND NOT ${isOfExtension('pg_class', 'c.oid')}`;
}

function functionsOf(): string {
  const types = 'pg_catalog.oidvectortypes(p.proargtypes)';
  const name = qualified('n', 'p.proname');
  return `${object(
    owned('p.oid', name, 'p.proowner', rights('p.proacl', "'f'", 'p.proowner')),
    `'called', p.proname, 'signature', ${name} || '(' || ${types} || ')', 'language', l.lanname, 'body', p.prosrc`,
    `'arguments', coalesce(pg_catalog.to_json(pg_catalog.array_remove(p.proargnames, '')), '[]'), 'result', coalesce(pg_catalog.pg_get_function_result(p.oid), '')`,
    `'definer', p.prosecdef, 'settings', coalesce(pg_catalog.to_json(p.proconfig), '[]'), 'strict', p.proisstrict`,
    "'volatility', CASE p.provolatile WHEN 'i' THEN 'IMMUTABLE' WHEN 's' THEN 'STABLE' ELSE 'VOLATILE' END",
  )} FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace JOIN pg_catalog.pg_language l ON l.oid = p.prolang
    WHERE p.oid >= 16384 AND p.prokind <> 'a' AND ${ours} AND NOT ${isOfExtension('pg_proc', 'p.oid')}`;
}

/** Sequences, with the columns that use them as an identity column or in a default. */
function sequencesOf(): string {
  const depend = `pg_catalog.pg_depend d WHERE d.classid`;
  const feeds = `SELECT pg_catalog.json_build_object('relation', a.attrelid::bigint, 'column', a.attname, 'number', a.attnum)
    FROM (SELECT d.refobjid, d.refobjsubid FROM ${depend} = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'i'
      UNION SELECT f.adrelid, f.adnum FROM pg_catalog.pg_attrdef f WHERE f.oid IN (SELECT d.objid FROM ${depend} = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
        AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = c.oid)) AS fed (relation, number)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = fed.relation AND a.attnum = fed.number`;
  return `${object(
    `'oid', c.oid::bigint, 'name', ${qualified('n', 'c.relname')}, 'start', s.seqstart::text, 'increment', s.seqincrement::text, 'max', s.seqmax::text`,
    `'cycle', s.seqcycle, 'type', pg_catalog.format_type(s.seqtypid, NULL), 'feeds', ${list(feeds)}`,
  )} FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE ${ours}`;
}

function publicationsOf(major: number): string {
  const schemas =
    major >= 15
      ? list(
          'SELECT pg_catalog.to_json(s.pnnspid::bigint) FROM pg_catalog.pg_publication_namespace s WHERE s.pnpubid = b.oid',
        )
      : "'[]'::json";
  const limits =
    major >= 15
      ? "'filter', pg_catalog.pg_get_expr(r.prqual, r.prrelid), 'columns', pg_catalog.to_json(r.prattrs::smallint[])"
      : "'filter', NULL, 'columns', NULL";
  return `${object(
    "'oid', b.oid::bigint, 'name', pg_catalog.quote_ident(b.pubname), 'all', b.puballtables",
    `'operations', pg_catalog.array_remove(ARRAY[CASE WHEN b.pubinsert THEN 'INSERT' END, CASE WHEN b.pubupdate THEN 'UPDATE' END, CASE WHEN b.pubdelete THEN 'DELETE' END, CASE WHEN b.pubtruncate THEN 'TRUNCATE' END], NULL)`,
    `'schemas', ${schemas}`,
    `'tables', ${list(`SELECT pg_catalog.json_build_object('relation', r.prrelid::bigint, ${limits}) FROM pg_catalog.pg_publication_rel r WHERE r.prpubid = b.oid`)}`,
  )} FROM pg_catalog.pg_publication b`;
}

function described(catalog: string, oid: string, part = '0'): string {
  return `pg_catalog.pg_describe_object(${catalog}, ${oid}, ${part})`;
}

/** What depends on a function, also by way of an operator. */
function usesOf(): string {
  const is = (catalog: string) => `'pg_catalog.${catalog}'::pg_catalog.regclass`;
  return `WITH RECURSIVE over (function, class, oid) AS (
    SELECT p.oid, ${is('pg_proc')}::oid, p.oid FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE p.oid >= 16384 AND ${ours}
    UNION SELECT o.function, d.classid, d.objid FROM over o JOIN pg_catalog.pg_depend d ON d.refclassid = o.class AND d.refobjid = o.oid AND d.deptype IN ('n', 'a', 'i')
      WHERE o.class IN (${['pg_proc', 'pg_operator', 'pg_amproc', 'pg_amop'].map((name) => `${is(name)}::oid`).join(', ')}))
  ${object(
    "'function', u.function::bigint, 'kind', u.kind, 'object', u.object, 'relation', u.relation::bigint",
    "'oid', u.oid::bigint, 'file', pg_catalog.pg_relation_filenode(u.held)::bigint",
  )} FROM (
    SELECT o.function, o.oid, CASE WHEN i.indexrelid IS NULL THEN 'partition key' ELSE 'index' END,
        CASE WHEN i.indexrelid IS NULL THEN 'partition key of ' ELSE '' END || ${described('o.class', 'o.oid')}, coalesce(i.indrelid, c.oid), c.oid
      FROM over o JOIN pg_catalog.pg_class c ON c.oid = o.oid LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
      WHERE o.class = ${is('pg_class')} AND c.relkind IN ('i', 'I', 'p')
    UNION ALL SELECT o.function, i.indexrelid, 'index', ${described(is('pg_class'), 'i.indexrelid')}, i.indrelid, i.indexrelid FROM over o JOIN pg_catalog.pg_amproc m ON m.oid = o.oid
      JOIN pg_catalog.pg_opclass t ON t.opcfamily = m.amprocfamily AND t.opcintype = m.amproclefttype JOIN pg_catalog.pg_index i ON t.oid = ANY (i.indclass) WHERE o.class = ${is('pg_amproc')}
    UNION ALL SELECT o.function, o.oid, 'check', ${described('o.class', 'o.oid')} || CASE WHEN k.contypid <> 0 THEN ' on domain ' || k.contypid::pg_catalog.regtype::text ELSE '' END,
        NULLIF(k.conrelid, 0), NULL FROM over o JOIN pg_catalog.pg_constraint k ON k.oid = o.oid AND k.contype = 'c' WHERE o.class = ${is('pg_constraint')}
    UNION ALL SELECT o.function, o.oid, 'generated column', ${described(is('pg_class'), 'd.adrelid', 'd.adnum')}, d.adrelid, d.adrelid FROM over o JOIN pg_catalog.pg_attrdef d ON d.oid = o.oid
      JOIN pg_catalog.pg_attribute f ON f.attrelid = d.adrelid AND f.attnum = d.adnum AND f.attgenerated = 's' WHERE o.class = ${is('pg_attrdef')}
    UNION ALL SELECT o.function, o.oid, 'statistics', ${described('o.class', 'o.oid')}, x.stxrelid, NULL FROM over o JOIN pg_catalog.pg_statistic_ext x ON x.oid = o.oid WHERE o.class = ${is('pg_statistic_ext')}
  ) AS u (function, oid, kind, object, relation, held)`;
}
