import { quoteIdent, quoteLiteral } from '../sql/quote.ts';
import { type LedgerName, lockKeys } from './name.ts';
import { printRaise } from './raise.ts';
import type { Flavor } from './refusals.ts';
import { callerWord } from './rights.ts';
import { bodyOf, type Part, printCore, printPart } from './text.ts';

/** The server and the session, whatever the plan, as commands of PL/pgSQL. `caller` is the role before anything was reset. */
export function printServerChecks(schema: string): string {
  return `  -- Each step ends with these two: what comes after the first would run as somebody else.
  RESET SESSION AUTHORIZATION;
  RESET ROLE;
  IF current_user <> caller THEN
${printRaise('role', schema, ['caller'])}  END IF;
  IF pg_catalog.current_setting('server_version_num')::integer < 120000 THEN
${printRaise('old server', schema, ["pg_catalog.current_setting('server_version')"])}  END IF;
  IF pg_catalog.pg_is_in_recovery() THEN
${printRaise('standby', schema)}  END IF;
  IF pg_catalog.current_setting('transaction_read_only')::boolean THEN
${printRaise('read-only session', schema)}  END IF;
`;
}

/** Of a transaction in which the ledger is made: what must be so before. A whole block of PL/pgSQL, with what it declares. */
export function printMakingGuard({ schema }: LedgerName, flavor?: Flavor): string {
  return `DECLARE
  caller CONSTANT text := current_user;
  holder integer;
  stranger record;
BEGIN
${printServerChecks(schema)}${printLock(schema)}  -- Read as rows: what to_regclass remembers may be from before the lock.
  IF EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
              WHERE n.nspname = ${quoteLiteral(schema)} AND c.relname = 'journal') THEN
${printRaise('made', schema)}  END IF;
${printMakerRights(schema, flavor)}END`;
}

/** Nobody else makes, renews or uses the ledger meanwhile. `holder` is declared around it. */
export function printLock(schema: string): string {
  const [product, key] = lockKeys(schema);
  return `  IF NOT pg_catalog.pg_try_advisory_xact_lock(${product}, ${key}) THEN
    SELECT l.pid INTO holder FROM pg_catalog.pg_locks l
      JOIN pg_catalog.pg_database d ON d.oid = l.database AND d.datname = pg_catalog.current_database()
     WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
       AND l.classid::bigint = ${product} AND l.objid::bigint = ${key >>> 0} LIMIT 1;
${printBeingMade(schema)}  END IF;
`;
}

/** With the words of the ledger's own function, which may not be there yet. A holder that has gone meanwhile can't be ended. */
function printBeingMade(schema: string): string {
  const words = bodyOf('describe', schema).replace('b.pid = backend', 'b.pid = holder').trim();
  const ending = "' Or end it: SELECT pg_catalog.pg_terminate_backend(' || holder || ');'";
  return printRaise('being made', schema, [ending], {
    detail: `(${words.replace(/^/gm, '    ').trimStart()})`,
  });
}

/** The ledger, and what its first step would refuse of this session: refused here, it leaves no ledger. The rest comes last, if it does. */
export function printMaking(ledger: LedgerName, parts: readonly Part[] = ['core', 'rest']): string {
  const s = quoteIdent(ledger.schema);
  const rest = parts.includes('rest') ? printPart(ledger.schema, 'rest') : '';
  return `${printCore(ledger)}CALL ${s}.check_session();\nCALL ${s}.check_temporary();\n\n${rest}`;
}

/** Who may not use a schema may not even ask what is in it. As a command of PL/pgSQL. */
export function printUseCheck(schema: string, flavor?: Flavor): string {
  return `  IF NOT has_schema_privilege(to_regnamespace(${quoteLiteral(quoteIdent(schema))}), 'USAGE') THEN
${printRaise('no right to use', schema, ['current_user', callerWord], { flavor })}  END IF;
`;
}

/** What making the ledger takes: of a schema that is there, the right to use it; else the right to make one. */
export function printMakerRights(schema: string, flavor?: Flavor): string {
  const name = quoteLiteral(schema);
  return `  IF EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname = ${name}) THEN
    IF NOT pg_catalog.has_schema_privilege(${name}, 'USAGE')
       OR NOT pg_catalog.has_schema_privilege(${name}, 'CREATE') THEN
${printRaise('no right to make it there', schema, ['current_user', callerWord], { flavor })}    END IF;
${printForeignCheck(schema)}  ELSIF NOT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') THEN
${printRaise('no right to make it', schema, ['current_user', callerWord, 'pg_catalog.current_database()'], { flavor })}  END IF;
`;
}

/**
 * In a schema that already exists, what its owner, this role and superusers have is let be; what any other role has put there could be taken
 * for the ledger's own, as a function of the same name and other types. `stranger` is declared around it.
 */
function printForeignCheck(schema: string): string {
  return `    SELECT found.thing, o.rolname INTO stranger FROM pg_catalog.pg_namespace n, LATERAL (
      SELECT format('%s "%s"', CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'c' THEN
               'type' WHEN 'S' THEN 'sequence' ELSE 'table' END, c.relname), c.relowner
        FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S', 'c')
      UNION ALL SELECT format('function "%s"', p.proname), p.proowner
        FROM pg_catalog.pg_proc p WHERE p.pronamespace = n.oid
      UNION ALL SELECT format('type "%s"', t.typname), t.typowner
        FROM pg_catalog.pg_type t WHERE t.typnamespace = n.oid AND t.typtype IN ('d', 'e', 'r')
      UNION ALL SELECT format('operator %s', p.oprname), p.oprowner
        FROM pg_catalog.pg_operator p WHERE p.oprnamespace = n.oid
    ) AS found (thing, owner) JOIN pg_catalog.pg_roles o ON o.oid = found.owner
     WHERE n.nspname = ${quoteLiteral(schema)} AND NOT o.rolsuper AND o.rolname <> current_user AND o.oid <> n.nspowner
     ORDER BY 1 LIMIT 1;
    IF FOUND THEN
${printRaise('foreign schema', schema, ['stranger.thing', 'stranger.rolname'])}    END IF;
`;
}
