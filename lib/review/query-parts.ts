import { printIsOfPeople } from '../ledger/engine.ts';

/** Makes names look alike and disables statement_timeout, whatever the file has set. */
export const enterNames = `SELECT pg_catalog.array_to_json(pg_catalog.current_schemas(true))::text AS path,
  pg_catalog.set_config('updown.path', pg_catalog.current_setting('search_path'), true), pg_catalog.set_config('search_path', '', true),
  pg_catalog.set_config('updown.quote', pg_catalog.current_setting('quote_all_identifiers'), true), pg_catalog.set_config('quote_all_identifiers', 'off', true),
  pg_catalog.set_config('updown.timeout', pg_catalog.current_setting('statement_timeout'), true), pg_catalog.set_config('statement_timeout', '0', true);\n`;
export const leaveNames = `SELECT pg_catalog.set_config('search_path', pg_catalog.current_setting('updown.path'), true),
  pg_catalog.set_config('quote_all_identifiers', pg_catalog.current_setting('updown.quote'), true),
  pg_catalog.set_config('statement_timeout', pg_catalog.current_setting('updown.timeout'), true);\n`;

/** A JSON object with the value of each expression under its key. */
export function jsonObject(fields: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(fields).map(([key, expression]) => `'${key}', ${expression}`);
  return `pg_catalog.json_build_object(${pairs.join(', ')})`;
}

/** User-defined objects: neither those of system schemas and temporary schemas, nor members of extensions. */
export const ours: string = printIsOfPeople('n.nspname');

export function notOfExtension(catalog: string, oid: string): string {
  return `NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.deptype = 'e' AND e.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass AND e.objid = ${oid})`;
}

export function owner(column: string): string {
  return `${column}::pg_catalog.regrole::text`;
}

/** A digest of an expression tree of the catalogs, without the positions in the statement that it came from. */
export function digest(tree: string): string {
  return `pg_catalog.md5(pg_catalog.regexp_replace(${tree}::text, ':(stmt_)?(location|len) -?[0-9]+', '', 'g'))`;
}
