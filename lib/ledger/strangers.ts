import { printIsOfPeople } from './engine.ts';

/**
 * Tables and views that neither an extension owns nor a ledger, this or another, as a query without its end: a database in use. A ledger is
 * known by a procedure that raises what only ours raise. `ledger` is an expression for the name of its schema.
 */
export function printStrangers(ledger: string): string {
  return `SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'v', 'm') AND c.relpersistence <> 't' AND n.nspname <> ${ledger}
   AND ${printIsOfPeople('n.nspname')}
   AND NOT (c.relname IN ('journal', 'worker', 'applied', 'unfinished', 'lock_holders') AND EXISTS (
     SELECT FROM pg_catalog.pg_proc p
      WHERE p.pronamespace = n.oid AND p.proname IN ('enter', 'admit', 'refuse') AND p.prosrc LIKE '%UD003%'))
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.deptype = 'e' AND (d.classid, d.objid)
                     IN (('pg_catalog.pg_class'::regclass, c.oid), ('pg_catalog.pg_namespace'::regclass, n.oid)))
 ORDER BY 1 LIMIT 4`;
}
