import { packItems } from '../sql/pack.ts';
import { quoteIdent, quoteLiteral } from '../sql/quote.ts';
import { printLock } from './making.ts';
import { type LedgerName, ledgerFormat, lockKeys, printRelation } from './name.ts';
import { printRaise } from './raise.ts';
import { callerWord } from './rights.ts';
import { listRoutines, printHeader, printPart, printRoutines } from './text.ts';

/** Routines of older versions that this one does not have. */
const formerRoutines = [
  'check_hidden',
  'check_script',
  'check_ledger',
  'check_reading',
  'entry_behind',
  'open_stamps',
  'settings_of',
];

/**
 * Brings a ledger that an older version has made up to date, as statements without BEGIN and COMMIT, under the ledger's lock: its entries stay,
 * its routines are made anew, and whoever could use them still can. What every format has is what this one keeps: `journal`, `worker`,
 * `applied`, `unfinished`.
 */
export function printRenewal(name: LedgerName): string {
  const names = new Set([...listRoutines().map(([, routine]) => routine), ...formerRoutines]);
  return `-- The ledger of an older version is brought up to date: its entries stay.
${printTaking(name, [...names])}${printRoutines(name)}${printRegrant(name.schema)}${printHeader(name)}`;
}

/** Adds what a ledger lacks that a script has made without, in a transaction of its own. */
export function printRest({ schema }: LedgerName): string {
  const [product, key] = lockKeys(schema);
  return `DO $updown$ BEGIN
  IF NOT pg_catalog.pg_try_advisory_xact_lock(${product}, ${key}) THEN
${printRaise('at work', schema)}  END IF;
END $updown$;

${printPart(schema, 'rest')}`;
}

/** Whether a ledger that is there is one of another version, or was made in part; as a condition. */
export function printOutdated(schema: string): string {
  const s = quoteIdent(schema);
  const header = `EXISTS (SELECT FROM ${s}.journal j WHERE j.event OPERATOR(pg_catalog.=) 'header'`;
  return `${header})
  AND (${printIsOlder(schema)}
    OR ${printAbsence(schema, 'check_plan(pg_catalog.text)')}
    OR ${printLacksRest(schema)}
    OR NOT ${header}
    AND (j.detail OPERATOR(pg_catalog.->>) 'format')::pg_catalog.int4 OPERATOR(pg_catalog.>=) ${ledgerFormat}))`;
}

/** Whether a ledger that is there has an older format; as a condition. */
export function printIsOlder(schema: string): string {
  return printAbsence(schema, `format_${ledgerFormat}()`);
}

/** Types in the name of a routine are looked up along the path of the session, if they have no schema. */
function printAbsence(schema: string, routine: string): string {
  const name = quoteLiteral(`${quoteIdent(schema)}.${routine}`);
  return `pg_catalog.to_regprocedure(${name.length > 70 ? '\n    ' : ''}${name}) IS NULL`;
}

/** Whether a ledger that is there has no more than its core; as a condition. */
export function printLacksRest(schema: string): string {
  return printAbsence(schema, 'resume(pg_catalog.text,pg_catalog.text,pg_catalog.int4)');
}

/** Takes the lock, finds that it is still so, and takes away what is made anew. */
function printTaking({ schema, project }: LedgerName, names: readonly string[]): string {
  const s = quoteIdent(schema);
  const own = `(SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = ${quoteLiteral(schema)})`;
  const journal = printRelation(schema, 'journal');
  const holders = (acl: string, privilege: string, owner: string) =>
    `(SELECT string_agg(DISTINCT quote_ident(r.rolname), ', ')
            FROM pg_catalog.aclexplode(${acl}) a JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
           WHERE a.privilege_type = '${privilege}' AND r.oid <> ${owner})`;
  return `DO $updown$
DECLARE
  routine record;
  other text;
  holder integer;
BEGIN
${printLock(schema)}  IF NOT (${printOutdated(schema)}) THEN
${printRaise('renewed', schema)}  END IF;
  SELECT j.detail ->> 'project' INTO other FROM ${s}.journal j WHERE j.event = 'header' ORDER BY j.seq DESC LIMIT 1;
  IF other IS DISTINCT FROM ${quoteLiteral(project)} THEN
${printRaise('wrong project', schema, ['other', "'these files'", quoteLiteral(project)])}  END IF;
  IF NOT pg_catalog.pg_has_role((
    SELECT c.relowner FROM pg_catalog.pg_class c WHERE c.oid = ${journal}), 'USAGE') THEN
${printRaise('not the owner', schema, ['current_user', callerWord])}  END IF;
  -- Who may call and read what is made anew; '' where everybody may, as routines are made.
  PERFORM pg_catalog.set_config('updown.callers', (
    SELECT CASE WHEN p.proacl IS NULL THEN '' ELSE coalesce(${holders('p.proacl', 'EXECUTE', 'p.proowner')}, '') END
           || CASE WHEN p.proacl IS NOT NULL AND NOT EXISTS (
                SELECT FROM pg_catalog.aclexplode(p.proacl) a WHERE a.grantee = 0) THEN '!' ELSE '' END
      FROM pg_catalog.pg_proc p
     WHERE p.pronamespace = ${own}
       AND p.proname = 'enter' LIMIT 1), true);
  PERFORM pg_catalog.set_config('updown.readers', (
    SELECT coalesce(${holders('c.relacl', 'SELECT', 'c.relowner')}, '')
      FROM pg_catalog.pg_class c WHERE c.oid = ${printRelation(schema, 'applied')}), true);
  FOR routine IN
    SELECT p.oid::regprocedure AS name, CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END AS kind
      FROM pg_catalog.pg_proc p
     WHERE p.pronamespace = ${own}
       AND p.proname = ANY (ARRAY[
${packItems(names.map(quoteLiteral), '         ')}]) LOOP
    EXECUTE format('DROP %s %s', routine.kind, routine.name);
  END LOOP;
  DROP VIEW IF EXISTS ${s}.lock_holders;
END
$updown$;

`;
}

/** Whoever could use what was taken away can use what was made in its place. */
function printRegrant(schema: string): string {
  const s = quoteIdent(schema).replaceAll("'", "''");
  return `DO $updown$
DECLARE
  callers CONSTANT text := rtrim(coalesce(pg_catalog.current_setting('updown.callers', true), ''), '!');
  readers CONSTANT text := coalesce(pg_catalog.current_setting('updown.readers', true), '');
BEGIN
  IF pg_catalog.current_setting('updown.callers', true) LIKE '%!' THEN
    REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA ${quoteIdent(schema)} FROM PUBLIC;
  END IF;
  IF callers <> '' THEN
    EXECUTE 'GRANT EXECUTE ON ALL ROUTINES IN SCHEMA ${s} TO ' || callers;
  END IF;
  IF readers <> '' THEN
    EXECUTE 'GRANT SELECT ON ${s}.lock_holders TO ' || readers;
  END IF;
END
$updown$;

`;
}
