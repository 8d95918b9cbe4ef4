import { printIsOfPeople } from '../../ledger/engine.ts';
import { quoteLiteral } from '../../sql/quote.ts';
import type { Described, Granted, Owned } from '../name.ts';

/** What a question of the catalogs depends on. */
export interface Scope {
  /** The server's major version. */
  readonly major: number;
  /** An expression for the schema of the ledger, which is no part of a project's own; for an empty text where there is none. */
  readonly ledger: string;
}

/** For each property of a value, the SQL expression that it is. */
export type Fields<T> = { readonly [P in keyof T]-?: string };

/** The same, where a property may be an object with such properties itself. */
export type Shape<T> = { readonly [P in keyof T]-?: string | Shape<T[P]> };

/** What is selected, an object of this shape, and from where. */
export interface Query<T> extends Source {
  readonly shape: Shape<T>;
}

export interface Source {
  /** Everything behind the list: FROM, WHERE and, where the order says something, ORDER BY. */
  readonly from: string;
  /** A condition that is cheap, and true wherever there is a row. Without it, it is not known. */
  readonly presence?: string;
  /** The Identity of each row, as JSON. Without it, objects are known by their names alone. */
  readonly identity?: string;
}

/** Where a value stands in the catalogs, as pg_depend has it: by that it is the same object under another name. */
export interface Identity {
  readonly catalog: string;
  readonly oid: number;
  /** Of an attribute, else 0. */
  readonly number: number;
  /** Another one as soon as a statement has written what the catalogs have of the object itself. Null where only a superuser sees that. */
  readonly version: string | null;
}

export function select<T>(shape: Shape<T>, source: Source): Query<T> {
  return { ...source, shape };
}

/**
 * A query that has one row: an array of the values, as JSON, each an array of what its properties are. With their names it would be three
 * times as long for the columns of tables, and take the server twice the time.
 */
export function printQuery({ shape, from }: Query<unknown>): string {
  const value = `pg_catalog.json_build_array(${expressionsOf(shape).join(', ')})`;
  return `SELECT coalesce(pg_catalog.json_agg(found.value), '[]')::text AS values FROM (SELECT ${value} AS value ${from}) AS found`;
}

type AnyShape = Readonly<Record<string, unknown>>;

function expressionsOf(shape: AnyShape): readonly string[] {
  return Object.values(shape).flatMap((part) => (typeof part === 'string' ? [part] : expressionsOf(part as AnyShape)));
}

/** Reads the answer to `printQuery`: each property has its name again. */
export function readAnswer<T>({ shape }: Query<T>, answer: string): readonly T[] {
  const rows = JSON.parse(answer) as readonly (readonly unknown[])[];
  const toValue = readerOf(shape, 0);
  return rows.map((row) => toValue(row) as T);
}

/** Made once for all rows. `first` is where the first property of the shape stands in a row. */
function readerOf(shape: AnyShape, first: number): (row: readonly unknown[]) => unknown {
  let at = first;
  const parts = Object.entries(shape).map(([name, part]) => {
    const [place, toPart] = [at, typeof part === 'string' ? undefined : readerOf(part as AnyShape, at)];
    at += typeof part === 'string' ? 1 : expressionsOf(part as AnyShape).length;
    return { name, place, toPart };
  });
  return (row) => {
    const value: Record<string, unknown> = {};
    for (const { name, place, toPart } of parts) value[name] = toPart === undefined ? row[place] : toPart(row);
    return value;
  };
}

/** A value of this shape as a JSON object. */
export function shaped(shape: AnyShape): string {
  const parts = Object.entries(shape).map(([name, part]) => [
    name,
    typeof part === 'string' ? part : shaped(part as AnyShape),
  ]);
  return object(Object.fromEntries(parts) as Readonly<Record<string, string>>);
}

/** Of the rows of a catalog. `parts` is a query for rows of another one that belong to such a row: a part of its version. */
export function identityOf(catalog: string, alias: string, parts?: string): string {
  return object<Identity>({
    catalog: quoteLiteral(catalog),
    oid: `${alias}.oid::bigint`,
    number: '0',
    version: `pg_catalog.concat_ws(' ', ${alias}.xmin, ${alias}.ctid${parts === undefined ? '' : `, ARRAY(${parts})`})`,
  });
}

export function object<T>(fields: Fields<T>): string {
  const pairs = Object.entries<string>(fields).map(([name, expression]) => `${quoteLiteral(name)}, ${expression}`);
  return `pg_catalog.json_build_object(${pairs.join(', ')})`;
}

/** What a subquery of one column finds, as a JSON array; its order is the subquery's. */
export function list(query: string): string {
  return `pg_catalog.array_to_json(ARRAY(${query}))`;
}

/** A letter of the catalogs in a word. */
export function word(expression: string, words: Readonly<Record<string, string>>): string {
  const cases = Object.entries(words).map(
    ([letter, text]) => `WHEN ${quoteLiteral(letter)} THEN ${quoteLiteral(text)}`,
  );
  return `CASE ${expression} ${cases.join(' ')} END`;
}

export const firing: Readonly<Record<string, string>> = { O: 'origin', R: 'replica', A: 'always', D: 'disabled' };

export const storage: Readonly<Record<string, string>> = { p: 'plain', e: 'external', x: 'extended', m: 'main' };

/** An expression of newer servers, and what takes its place on older ones. */
export function since(version: number, { major }: Scope, expression: string, before = 'NULL'): string {
  return major >= version ? expression : before;
}

export function name(schema: string, own: string): string {
  return object({ schema, name: own });
}

/** The name of what a catalog has by this oid, such as `named('pg_class', 'rel', oid)`; NULL where there is none. */
export function named(catalog: string, prefix: string, oid: string): string {
  return `(SELECT ${name('space.nspname', `other.${prefix}name`)} FROM pg_catalog.${catalog} other
    JOIN pg_catalog.pg_namespace space ON space.oid = other.${prefix}namespace WHERE other.oid = ${oid})`;
}

export function relationNamed(oid: string): string {
  return named('pg_class', 'rel', oid);
}

/** `schema.function(integer, text)`; NULL for none. */
export function routine(oid: string): string {
  return `nullif(${oid}::oid, 0)::pg_catalog.regprocedure::text`;
}

export function options(array: string, condition = 'true'): string {
  return `CASE WHEN ${array} IS NULL THEN '{}'::json ELSE
    coalesce((SELECT pg_catalog.json_object_agg(opt.option_name, coalesce(opt.option_value, '') ORDER BY opt.option_name COLLATE pg_catalog."C")
      FROM pg_catalog.pg_options_to_table(${array}) opt WHERE ${condition}), '{}'::json) END`;
}

/** A schema that is neither the server's, nor an engine's, nor the ledger's. */
export function isOurs({ ledger }: Scope, namespace = 'n'): string {
  return `${printIsOfPeople(`${namespace}.nspname`)} AND ${namespace}.nspname <> ${ledger}`;
}

/** What the server has had from the beginning has a lower oid. By an index, which is faster than to join all of pg_proc. */
export function isMade(oid: string): string {
  return `${oid} >= 16384`;
}

export function isOfExtension(catalog: string, oid: string): string {
  return `${oid} IN (SELECT member.objid FROM pg_catalog.pg_depend member
    WHERE member.refclassid = ${catalogOid('pg_extension')} AND member.deptype = 'e' AND member.classid = ${catalogOid(catalog)})`;
}

export function catalogOid(catalog: string): string {
  return `'pg_catalog.${catalog}'::pg_catalog.regclass`;
}

export function comment(catalog: string, oid: string, part = '0'): Fields<Described> {
  return {
    comment: `(SELECT note.description FROM pg_catalog.pg_description note
      WHERE note.classoid = ${catalogOid(catalog)} AND note.objoid = ${oid} AND note.objsubid = ${part})`,
  };
}

export interface Owner {
  readonly catalog: string;
  readonly oid: string;
  readonly owner: string;
}

export function owned({ catalog, oid, owner }: Owner): Fields<Owned> {
  return { owner: `pg_catalog.pg_get_userbyid(${owner})`, ...comment(catalog, oid) };
}

export interface Access extends Owner {
  readonly acl: string;
  /** As acldefault() wants it. */
  readonly kind: string;
  /** What PUBLIC may do where nothing was granted or revoked. */
  readonly byDefault?: 'EXECUTE' | 'USAGE';
}

/** Most objects have no list of privileges: then there is nothing to take apart. */
export function granted({ acl, kind, byDefault, ...of }: Access): Fields<Granted> {
  const initial = byDefault === undefined ? [] : [{ grantee: null, privilege: byDefault, grantable: false }];
  return {
    ...owned(of),
    grants: `CASE WHEN ${acl} IS NULL THEN ${quoteLiteral(JSON.stringify(initial))}::json ELSE ${grants(acl, `given.grantee <> ${of.owner}`)} END`,
    ownerLacks: `CASE WHEN ${acl} IS NULL THEN '[]'::json ELSE ${list(`SELECT standard.privilege_type
      FROM pg_catalog.aclexplode(pg_catalog.acldefault(${kind}, ${of.owner})) standard WHERE standard.grantee = ${of.owner} AND NOT EXISTS (
        SELECT FROM pg_catalog.aclexplode(${acl}) given WHERE given.grantee = standard.grantee AND given.privilege_type = standard.privilege_type)
      ORDER BY standard.privilege_type`)} END`,
  };
}

/** Who granted it is left out: two grantors of the same privilege are one grant. */
export function grants(acl: string, condition = 'true'): string {
  const grantee = 'CASE WHEN given.grantee <> 0 THEN pg_catalog.pg_get_userbyid(given.grantee) END';
  return list(`SELECT ${object({ grantee: 'access.grantee', privilege: 'access.privilege', grantable: 'access.grantable' })}
    FROM (SELECT ${grantee} AS grantee, given.privilege_type AS privilege, pg_catalog.bool_or(given.is_grantable) AS grantable
      FROM pg_catalog.aclexplode(${acl}) given WHERE ${condition} GROUP BY 1, 2) AS access
    ORDER BY access.grantee COLLATE pg_catalog."C" NULLS FIRST, access.privilege`);
}

/** The rows of a catalog of things with a schema, without those of extensions. */
export function fromOurs(scope: Scope, catalog: string, prefix: string, alias: string, condition = 'true'): Source {
  const from = `FROM pg_catalog.${catalog} ${alias} JOIN pg_catalog.pg_namespace n ON n.oid = ${alias}.${prefix}namespace
    WHERE ${isMade(`${alias}.oid`)} AND ${isOurs(scope)} AND NOT ${isOfExtension(catalog, `${alias}.oid`)} AND ${condition}`;
  return { from, identity: identityOf(catalog, alias), presence: hasMade(catalog, alias, condition) };
}

/** The same of things without a schema. */
export function fromMade(catalog: string, alias: string, condition = 'true'): Source {
  const from = `FROM pg_catalog.${catalog} ${alias} WHERE ${isMade(`${alias}.oid`)} AND NOT ${isOfExtension(catalog, `${alias}.oid`)} AND ${condition}`;
  return { from, identity: identityOf(catalog, alias), presence: hasMade(catalog, alias, condition) };
}

/** Whether that catalog has anything beside what the server brings along. */
export function hasMade(catalog: string, alias: string, condition = 'true'): string {
  return `EXISTS (SELECT FROM pg_catalog.${catalog} ${alias} WHERE ${isMade(`${alias}.oid`)} AND ${condition})`;
}
