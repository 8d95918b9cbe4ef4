import { quoteIdent, quoteLiteral, textArray } from '../sql/quote.ts';
import { printHolder } from './holder.ts';
import { type LedgerName, ledgerFormat, lockKeys, printBootstrapHint, raised } from './ledger.ts';
import { listRoutines, printHeader, printRoutines } from './ledger-schema.ts';

/**
 * Brings a ledger that an older version has made up to date, as statements without BEGIN and COMMIT, under the ledger's lock: its entries stay,
 * its routines are made anew, and whoever could use them still can. What format 1 has is all that format 2 keeps: `journal`, `worker`,
 * `applied`, `unfinished`.
 */
export function printRenewal(name: LedgerName): string {
  const s = quoteIdent(name.schema);
  const names = listRoutines(name).map(([, routine]) => routine);
  return `${printOutdatedGuard(name, names)}${printRoutines(name)}${printRegrant(s)}${printHeader(name)}`;
}

/** Whether a ledger that is there is one of another version, or lacks what a script asks first; as a condition. */
export function printOutdated(schema: string): string {
  const s = quoteIdent(schema);
  return `EXISTS (SELECT FROM ${s}.journal j WHERE j.event OPERATOR(pg_catalog.=) 'header')
  AND (pg_catalog.to_regprocedure(${quoteLiteral(`${s}.check_script(text)`)}) IS NULL OR NOT EXISTS (SELECT FROM ${s}.journal j
    WHERE j.event OPERATOR(pg_catalog.=) 'header' AND (j.detail OPERATOR(pg_catalog.->>) 'format')::pg_catalog.int4 OPERATOR(pg_catalog.>=) ${ledgerFormat}))`;
}

function printOutdatedGuard({ schema, project }: LedgerName, names: readonly string[]): string {
  const s = quoteIdent(schema);
  const [product, key] = lockKeys(schema);
  const own = `(SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = ${quoteLiteral(schema)})`;
  const holders = (acl: string, privilege: string, owner: string) =>
    `(SELECT string_agg(DISTINCT quote_ident(r.rolname), ', ') FROM pg_catalog.aclexplode(${acl}) a JOIN pg_catalog.pg_roles r ON r.oid = a.grantee WHERE a.privilege_type = '${privilege}' AND r.oid <> ${owner})`;
  return `-- The ledger of an older version is brought up to date: its entries stay.
DO $updown$
DECLARE
  routine record;
  other text;
BEGIN
  IF NOT pg_catalog.pg_try_advisory_xact_lock(${product}, ${key}) THEN
    RAISE EXCEPTION '${raised.busy}: another run holds the lock of the ledger' USING ERRCODE = '${raised.busy}',
        ${printHolder(schema)};
  END IF;
  IF NOT (${printOutdated(schema)}) THEN
    RAISE EXCEPTION '${raised.moved}: another run has brought the ledger up to date' USING ERRCODE = '${raised.moved}';
  END IF;
  SELECT j.detail ->> 'project' INTO other FROM ${s}.journal j WHERE j.event = 'header' ORDER BY j.seq DESC LIMIT 1;
  IF other IS DISTINCT FROM ${quoteLiteral(project)} THEN
    RAISE EXCEPTION '${raised.wrongProject}: the ledger belongs to project "%", these files to "%"', other, ${quoteLiteral(project)} USING ERRCODE = '${raised.wrongProject}';
  END IF;
  IF NOT pg_catalog.pg_has_role((SELECT c.relowner FROM pg_catalog.pg_class c WHERE c.oid = ${quoteLiteral(`${s}.journal`)}::regclass), 'USAGE') THEN
    RAISE EXCEPTION 'permission denied for schema %: the ledger was made by an older version, and role "%" does not own it', ${quoteLiteral(schema)}, current_user
      USING ERRCODE = '42501', HINT = ${printBootstrapHint(schema)};
  END IF;
  -- Who may call and read what is made anew; '' where everybody may, as routines are made.
  PERFORM pg_catalog.set_config('updown.callers', (SELECT CASE WHEN p.proacl IS NULL THEN '' ELSE coalesce(${holders('p.proacl', 'EXECUTE', 'p.proowner')}, '') END
                                                      || CASE WHEN p.proacl IS NOT NULL AND NOT EXISTS (SELECT FROM pg_catalog.aclexplode(p.proacl) a WHERE a.grantee = 0) THEN '!' ELSE '' END
                                                     FROM pg_catalog.pg_proc p WHERE p.pronamespace = ${own} AND p.proname = 'enter' LIMIT 1), true),
          pg_catalog.set_config('updown.readers', (SELECT coalesce(${holders('c.relacl', 'SELECT', 'c.relowner')}, '') FROM pg_catalog.pg_class c WHERE c.oid = ${quoteLiteral(`${s}.applied`)}::regclass), true);
  FOR routine IN SELECT p.oid::regprocedure AS name, CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END AS kind
                   FROM pg_catalog.pg_proc p WHERE p.pronamespace = ${own} AND p.proname = ANY (${textArray(names)}) LOOP
    EXECUTE format('DROP %s %s', routine.kind, routine.name);
  END LOOP;
  DROP VIEW IF EXISTS ${s}.lock_holders;
END
$updown$;

`;
}

function printRegrant(s: string): string {
  return `DO $updown$
DECLARE
  callers CONSTANT text := rtrim(coalesce(pg_catalog.current_setting('updown.callers', true), ''), '!');
  readers CONSTANT text := coalesce(pg_catalog.current_setting('updown.readers', true), '');
BEGIN
  IF pg_catalog.current_setting('updown.callers', true) LIKE '%!' THEN
    REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA ${s} FROM PUBLIC;
  END IF;
  IF callers <> '' THEN
    EXECUTE 'GRANT EXECUTE ON ALL ROUTINES IN SCHEMA ${s.replaceAll("'", "''")} TO ' || callers;
  END IF;
  IF readers <> '' THEN
    EXECUTE 'GRANT SELECT ON ${s.replaceAll("'", "''")}.lock_holders TO ' || readers;
  END IF;
END
$updown$;

`;
}
