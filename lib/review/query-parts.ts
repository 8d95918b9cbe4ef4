import { printIsOfPeople } from '../ledger/engine.ts';

/** Makes names look alike and disables statement_timeout, whatever the file has set. */
export const enterNames = `SELECT pg_catalog.array_to_json(pg_catalog.current_schemas(true))::text AS path,
  pg_catalog.set_config('updown.path', pg_catalog.current_setting('search_path'), true), pg_catalog.set_config('search_path', '', true),
  pg_catalog.set_config('updown.quote', pg_catalog.current_setting('quote_all_identifiers'), true), pg_catalog.set_config('quote_all_identifiers', 'off', true),
  pg_catalog.set_config('updown.timeout', pg_catalog.current_setting('statement_timeout'), true), pg_catalog.set_config('statement_timeout', '0', true);\n`;
export const leaveNames = `SELECT pg_catalog.set_config('search_path', pg_catalog.current_setting('updown.path'), true),
  pg_catalog.set_config('quote_all_identifiers', pg_catalog.current_setting('updown.quote'), true),
  pg_catalog.set_config('statement_timeout', pg_catalog.current_setting('updown.timeout'), true);\n`;

/** User-defined objects: neither those of system schemas and temporary schemas, nor members of extensions. */
export const ours: string = printIsOfPeople('n.nspname');

/** A digest of an expression tree of the catalogs, without the positions in the statement that it came from. */
export function digest(tree: string): string {
  return `pg_catalog.md5(pg_catalog.regexp_replace(${tree}::text, ':(stmt_)?(location|len) -?[0-9]+', '', 'g'))`;
}
