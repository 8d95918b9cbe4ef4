import { lockKeys, ownPath } from './ledger.ts';

/** What a session holds that none after it has. `s` is the ledger's schema, quoted. */
export function printSessionState(s: string, schema: string): string {
  const [product, ledger] = lockKeys(schema);
  return `-- What a step outside a transaction leaves in its session, by name: no other session has it, so none can go on with what needs it.
-- Asked before its transaction has ended: what goes with that is named, too.
CREATE FUNCTION ${s}.session_of() RETURNS jsonb LANGUAGE sql SET ${ownPath} AS $updown$
  SELECT CASE count(*) WHEN 0 THEN '{}' ELSE jsonb_build_object('session', jsonb_agg(held.thing ORDER BY held.thing)) END FROM (
    SELECT format('temporary %s %s', CASE c.relkind WHEN 'v' THEN 'view' WHEN 'S' THEN 'sequence' ELSE 'table' END, c.relname)
      FROM pg_catalog.pg_class c WHERE c.relnamespace = pg_catalog.pg_my_temp_schema() AND c.relkind IN ('r', 'p', 'v', 'S')
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i') AND c.relkind = 'S')
    UNION ALL SELECT format('temporary function %s', p.proname) FROM pg_catalog.pg_proc p WHERE p.pronamespace = pg_catalog.pg_my_temp_schema()
    UNION ALL SELECT format('temporary type %s', t.typname) FROM pg_catalog.pg_type t WHERE t.typnamespace = pg_catalog.pg_my_temp_schema() AND t.typtype IN ('d', 'e', 'r')
    UNION ALL SELECT format('prepared statement %s', p.name) FROM pg_catalog.pg_prepared_statements p WHERE p.from_sql
    UNION ALL SELECT format('cursor %s', p.name) FROM pg_catalog.pg_cursors p WHERE p.is_holdable
    UNION ALL SELECT format('advisory lock %s', CASE l.objsubid WHEN 1 THEN ((l.classid::bigint << 32) | l.objid::bigint)::text ELSE format('(%s, %s)', l.classid::bigint::bit(32)::integer, l.objid::bigint::bit(32)::integer) END)
      FROM pg_catalog.pg_locks l WHERE l.locktype = 'advisory' AND l.pid = pg_catalog.pg_backend_pid() AND l.granted
       AND NOT (l.classid::bigint = ${product} AND l.objid::bigint = ${ledger >>> 0} AND l.objsubid = 2)
  ) AS held(thing)
$updown$;

`;
}
