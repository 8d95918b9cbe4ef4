import type { Row, Session } from '../database/session.ts';
import { ownPath } from '../ledger/setting.ts';
import { quoteLiteral } from '../sql/quote.ts';
import {
  keyOfGrant,
  type Member,
  type Origin,
  type RoleSettings,
  type Shared,
  type SharedAcl,
  type SharedDatabase,
  type SharedGrant,
  type SharedNote,
  type SharedRole,
  type Tablespace,
} from './shared.ts';

export interface SharedOptions {
  readonly major: number;
  /** Whether passwords can be read. Only a superuser can. */
  readonly seesPasswords: boolean;
  /** The scratch database. */
  readonly own: string;
}

/** Reads the shared catalogs without what belongs to the scratch database, which is dropped with it. */
export async function readShared(session: Session, options: SharedOptions): Promise<Shared> {
  const { own } = options;
  const queries = queriesOf(options).map((query) => `SELECT pg_catalog.json_agg(f)::text AS rows FROM (${query}) AS f`);
  const sets = await session.send(`SET LOCAL ${ownPath};\n${queries.join(';\n')};\n`);
  const [roles, members, settings, databases, tablespaces, grants, acls, comments, labels, origins] =
    sets.map(readRows);
  const isOwn = (kind: string, name: string | null) => kind === 'DATABASE' && name === own;
  return {
    roles: keyed((roles ?? []).map(toRole), ({ name }) => name),
    members: keyed(
      (members ?? []).map((row) => row as unknown as Member),
      ({ role, member, grantor }) => JSON.stringify([role, member, grantor]),
    ),
    settings: keyed(
      (settings ?? []).map((row) => row as unknown as RoleSettings).filter(({ database }) => database !== own),
      ({ role, database }) => JSON.stringify([role, database]),
    ),
    databases: keyed(
      (databases ?? []).map((row) => row as unknown as SharedDatabase).filter(({ name }) => name !== own),
      ({ name }) => name,
    ),
    tablespaces: keyed(
      (tablespaces ?? []).map((row) => row as unknown as Tablespace),
      ({ name }) => name,
    ),
    grants: keyed(
      (grants ?? []).map((row) => row as unknown as SharedGrant).filter(({ kind, name }) => !isOwn(kind, name)),
      keyOfGrant,
    ),
    acls: keyed(
      (acls ?? []).map((row) => row as unknown as SharedAcl).filter(({ kind, name }) => !isOwn(kind, name)),
      ({ object }) => object,
    ),
    comments: keyed(
      (comments ?? []).map((row) => row as unknown as SharedNote).filter(({ kind, name }) => !isOwn(kind, name)),
      ({ kind, name }) => JSON.stringify([kind, name]),
    ),
    labels: keyed(
      (labels ?? []).map((row) => row as unknown as SharedNote).filter(({ kind, name }) => !isOwn(kind, name)),
      ({ kind, name, provider }) => JSON.stringify([kind, name, provider]),
    ),
    origins: keyed(
      (origins ?? []).map((row) => row as unknown as Origin),
      ({ name }) => name,
    ),
  };
}

interface RoleRow {
  readonly oid: number;
  readonly name: string;
  readonly flags: Readonly<Record<string, boolean>>;
  readonly limit: number;
  readonly until: string | null;
  readonly password: string | null;
}

function toRole(row: Record<string, unknown>): SharedRole {
  const { oid, name, flags, limit, until, password } = row as unknown as RoleRow;
  return {
    oid,
    name,
    password,
    attributes: [
      ...Object.entries(flags).map(([flag, isOn]) => (isOn ? flag : `NO${flag}`)),
      `CONNECTION LIMIT ${limit}`,
    ],
    until: until === null ? null : `VALID UNTIL ${quoteLiteral(until)}`,
  };
}

function queriesOf({ major, seesPasswords }: SharedOptions): readonly string[] {
  const byRole = (column: string) => `(SELECT o.rolname FROM pg_catalog.pg_roles o WHERE o.oid = ${column})`;
  const since16 =
    major >= 16
      ? `${byRole('m.grantor')} AS grantor, m.admin_option AS admin, m.inherit_option AS inherit, m.set_option AS set`
      : "'' AS grantor, m.admin_option AS admin";
  const granted = (kind: string, catalog: string, name: string, acl: string) =>
    `SELECT '${kind} ' || pg_catalog.quote_ident(${name}) AS object, '${kind}' AS kind, ${name} AS name, coalesce(${byRole('x.grantee')}, '') AS grantee, x.privilege_type AS privilege,
      pg_catalog.bool_or(x.is_grantable) AS grantable FROM pg_catalog.${catalog} c, pg_catalog.aclexplode(${acl}) AS x GROUP BY 1, 2, 3, 4, 5`;
  const held = (kind: string, catalog: string, name: string, unset: string) =>
    `SELECT '${kind} ' || pg_catalog.quote_ident(${name}) AS object, '${kind}' AS kind, ${name} AS name, ${unset} AS unset, ${byRole('10')} AS owner FROM pg_catalog.${catalog} c`;
  const noted = (catalog: string, columns: string) =>
    (
      [
        ['ROLE', 'pg_authid', 'pg_roles', 'rolname'],
        ['DATABASE', 'pg_database', 'pg_database', 'datname'],
        ['TABLESPACE', 'pg_tablespace', 'pg_tablespace', 'spcname'],
      ] as const
    )
      .map(
        ([kind, described, named, name]) =>
          `SELECT '${kind}' AS kind, c.${name} AS name, ${columns} FROM pg_catalog.${catalog} s JOIN pg_catalog.${named} c ON c.oid = s.objoid WHERE s.classoid = 'pg_catalog.${described}'::pg_catalog.regclass`,
      )
      .join(' UNION ALL ');
  return [
    `SELECT r.oid::bigint AS oid, r.rolname AS name, pg_catalog.json_build_object('SUPERUSER', r.rolsuper, 'INHERIT', r.rolinherit, 'CREATEROLE', r.rolcreaterole,
        'CREATEDB', r.rolcreatedb, 'LOGIN', r.rolcanlogin, 'REPLICATION', r.rolreplication, 'BYPASSRLS', r.rolbypassrls) AS flags,
      r.rolconnlimit AS limit, ${seesPasswords ? 'r.rolvaliduntil' : "coalesce(r.rolvaliduntil, 'infinity')"}::text AS until,
      ${seesPasswords ? 'r.rolpassword' : 'NULL::text'} AS password FROM pg_catalog.${seesPasswords ? 'pg_authid' : 'pg_roles'} r`,
    `SELECT ${byRole('m.roleid')} AS role, ${byRole('m.member')} AS member, ${since16} FROM pg_catalog.pg_auth_members m`,
    `SELECT ${byRole('s.setrole')} AS role, (SELECT d.datname FROM pg_catalog.pg_database d WHERE d.oid = s.setdatabase) AS database, s.setconfig AS settings
      FROM pg_catalog.pg_db_role_setting s`,
    `SELECT d.oid::bigint AS oid, d.datname AS name, ${byRole('d.datdba')} AS owner,
      ARRAY['CONNECTION LIMIT ' || d.datconnlimit, 'ALLOW_CONNECTIONS ' || d.datallowconn, 'IS_TEMPLATE ' || d.datistemplate] AS options FROM pg_catalog.pg_database d`,
    `SELECT t.oid::bigint AS oid, t.spcname AS name, ${byRole('t.spcowner')} AS owner, coalesce(t.spcoptions, '{}') AS options FROM pg_catalog.pg_tablespace t`,
    [
      granted('DATABASE', 'pg_database', 'c.datname', "coalesce(c.datacl, pg_catalog.acldefault('d', c.datdba))"),
      granted('TABLESPACE', 'pg_tablespace', 'c.spcname', "coalesce(c.spcacl, pg_catalog.acldefault('t', c.spcowner))"),
      ...(major >= 15 ? [granted('PARAMETER', 'pg_parameter_acl', 'c.parname', 'c.paracl')] : []),
    ].join(' UNION ALL '),
    [
      held('DATABASE', 'pg_database', 'c.datname', `${seesPasswords} AND c.datacl IS NULL`),
      held('TABLESPACE', 'pg_tablespace', 'c.spcname', `${seesPasswords} AND c.spcacl IS NULL`),
      ...(major >= 15 ? [held('PARAMETER', 'pg_parameter_acl', 'c.parname', 'false')] : []),
    ].join(' UNION ALL '),
    noted('pg_shdescription', "'' AS provider, s.description AS text"),
    noted('pg_shseclabel', 's.provider AS provider, s.label AS text'),
    'SELECT o.roname AS name FROM pg_catalog.pg_replication_origin o',
  ];
}

function readRows(set: readonly Row[]): readonly Record<string, unknown>[] {
  return JSON.parse(set[0]?.rows ?? '[]') as readonly Record<string, unknown>[];
}

function keyed<V>(values: readonly V[], keyOf: (value: V) => string): ReadonlyMap<string, V> {
  return new Map(values.map((value) => [keyOf(value), value]));
}
