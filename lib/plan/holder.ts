import { lockKeys } from './ledger.ts';

/** Who holds the ledger's lock, and how to end that, as items of RAISE ... USING: psql shows its operator no more than what is raised. */
export function printHolder(schema: string): string {
  const [product, key] = lockKeys(schema);
  const holder = `a.pid = (SELECT l.pid FROM pg_catalog.pg_locks l WHERE l.locktype = 'advisory' AND l.granted
                 AND l.classid::bigint = ${product} AND l.objid::bigint = ${key >>> 0} AND l.objsubid = 2
                 AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()) LIMIT 1)`;
  return `DETAIL = coalesce(${printBackend(holder)}, 'It has gone meanwhile.'),
        HINT = coalesce((SELECT format('Wait for it and run this again. Or end it: SELECT pg_catalog.pg_terminate_backend(%s);', a.pid) FROM pg_catalog.pg_stat_activity a
          WHERE ${holder}), 'Run this again.')`;
}

/**
 * A backend as one sentence, as an expression: who it is, for how long, and what it runs. What this role may not see is told as that; of a
 * statement with a password in it only what stands in front.
 */
export function printBackend(condition: string): string {
  return `(SELECT format('Pid %s (%s, user %s, %s), %s, %s: %s', a.pid, coalesce(nullif(a.application_name, ''), 'no application name'), coalesce(a.usename, 'not known'),
             CASE WHEN a.hidden THEN 'address hidden' ELSE coalesce('from ' || pg_catalog.host(a.client_addr), 'local') END,
             CASE WHEN a.hidden THEN 'since when is hidden' ELSE format('%s for %s', a.state, pg_catalog.date_trunc('second', pg_catalog.clock_timestamp() - coalesce(a.query_start, a.backend_start))) END,
             CASE WHEN a.state = 'idle' OR a.state LIKE 'idle in%' THEN 'ran last' ELSE 'runs' END,
             CASE WHEN a.hidden THEN 'hidden from role ' || quote_ident(current_user) || ' (a member of pg_read_all_stats sees it)'
                  ELSE coalesce((SELECT c[1] || ' of revision ' || c[2] FROM pg_catalog.regexp_match(a.query, 'CALL [^ (]+[.](?:enter|resume)[(]''(up|down)'', ''([^'']+)''') AS c WHERE c IS NOT NULL),
                                left(pg_catalog.regexp_replace(pg_catalog.regexp_replace(a.query, '[[:space:]]+', ' ', 'g'), '(password|secret|token).*', '...', 'i'), 100)) END)
          FROM (SELECT b.*, b.query_start IS NULL AND b.query = '<insufficient privilege>' AS hidden FROM pg_catalog.pg_stat_activity b) AS a
         WHERE ${condition})`;
}

/** For an operator whose statement ended at its lock_timeout. `s` is the ledger's schema, quoted. */
export function printLockHolders(s: string): string {
  return `-- Who holds locks on relations of this database, the longest transaction first: after a lock timeout, wait for it, or end it with
-- SELECT pg_terminate_backend(<its pid>); and run again.
CREATE VIEW ${s}.lock_holders AS
SELECT l.relation::regclass, l.mode, a.pid, a.usename, a.application_name, a.state, now() - a.xact_start AS since, left(a.query, 60) AS query
  FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
 WHERE l.granted AND l.locktype = 'relation' AND a.datname = current_database() AND l.database = a.datid AND a.pid <> pg_backend_pid()
 ORDER BY a.xact_start;

`;
}
