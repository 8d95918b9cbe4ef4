import { quoteIdent, quoteLiteral } from '../sql/quote.ts';
import { printSettingValue } from '../sql/setting.ts';
import {
  keyOfGrant,
  type Member,
  prefix,
  type RoleSettings,
  type Shared,
  type SharedGrant,
  type SharedNote,
  type SharedRole,
} from './shared.ts';

/** What a transaction did to the shared catalogs. */
export interface Undoing {
  /** Roles that it made: they stay until scratch is dropped. */
  readonly made: readonly { readonly oid: number; readonly name: string }[];
  /** What was there and is not as it was: told as `role app`, with the SQL that puts it back. */
  readonly changed: readonly { readonly what: string; readonly sql: string }[];
}

/**
 * What the transaction sees, less what others did between the readings: `earlier` and `later` are what others see before and after. The
 * lock on a row that the transaction changed keeps others from changing it, so what moved for others is theirs. Pure.
 */
export function withoutOthers(earlier: Shared, mine: Shared, later: Shared): Shared {
  return {
    roles: withoutMoved(earlier.roles, mine.roles, later.roles),
    members: withoutMoved(earlier.members, mine.members, later.members),
    settings: withoutMoved(earlier.settings, mine.settings, later.settings),
    databases: withoutMoved(earlier.databases, mine.databases, later.databases),
    tablespaces: withoutMoved(earlier.tablespaces, mine.tablespaces, later.tablespaces),
    grants: withoutMoved(earlier.grants, mine.grants, later.grants),
    acls: withoutMoved(earlier.acls, mine.acls, later.acls),
    comments: withoutMoved(earlier.comments, mine.comments, later.comments),
    labels: withoutMoved(earlier.labels, mine.labels, later.labels),
    origins: withoutMoved(earlier.origins, mine.origins, later.origins),
  };
}

function withoutMoved<V extends object>(
  earlier: ReadonlyMap<string, V>,
  mine: ReadonlyMap<string, V>,
  later: ReadonlyMap<string, V>,
): ReadonlyMap<string, V> {
  const kept = new Map(mine);
  for (const key of new Set([...earlier.keys(), ...later.keys()])) {
    const value = later.get(key);
    if (isSame(earlier.get(key), value)) continue;
    if (value === undefined) kept.delete(key);
    else kept.set(key, value);
  }
  return kept;
}

/**
 * Compares what others see with what the transaction sees. Roles that are ours, by oid, may be changed as the files please, and so may
 * databases and tablespaces that are ours. Databases that others are dropping, or review in, are left alone. Pure.
 */
export function findUndoing(theirs: Shared, mine: Shared, ours: ReadonlySet<number>): Undoing {
  const old = new Map(Array.from(theirs.roles.values(), (role) => [role.oid, role]));
  const made = [...mine.roles.values()].filter(({ oid, name }) => !old.has(oid) && !theirs.roles.has(name));
  const own = new Set([...ours, ...made.map(({ oid }) => oid), ...leftAlone(theirs), ...leftAlone(mine)]);
  const isOurs = ownersOf(theirs, mine, own);
  const renamed = undoNames(theirs, mine, own);
  // What hangs on a name is compared when the name is the old one again.
  if (renamed.length > 0) return { made, changed: renamed };
  return {
    made,
    changed: [
      ...undoRoles(theirs, mine, own),
      ...undoOwners(theirs, mine, own),
      ...undoMembers(theirs, mine, isOurs),
      ...undoGrants(theirs, mine, isOurs),
      ...undoAcls(theirs, mine, isOurs),
      ...undoSettings(theirs, mine, isOurs),
      ...undoNotes('COMMENT', theirs.comments, mine.comments, isOurs),
      ...undoNotes('SECURITY LABEL', theirs.labels, mine.labels, isOurs),
      ...undoOrigins(theirs, mine),
    ],
  };
}

/** DROP DATABASE marks what it drops by a limit of -2, which nobody can set. */
function leftAlone({ databases }: Shared): readonly number[] {
  return [...databases.values()].flatMap(({ oid, name, options }) =>
    name.startsWith(prefix) || options.includes('CONNECTION LIMIT -2') ? [oid] : [],
  );
}

type Changed = Undoing['changed'];
type Kind = 'ROLE' | 'DATABASE' | 'TABLESPACE';
type IsOurs = (kind: Kind, name: string | null) => boolean;

/** Whether a name stands for a thing of ours, on either side. */
function ownersOf(theirs: Shared, mine: Shared, own: ReadonlySet<number>): IsOurs {
  const names: Readonly<Record<Kind, ReadonlySet<string>>> = {
    ROLE: namesIn([theirs.roles, mine.roles], own),
    DATABASE: namesIn([theirs.databases, mine.databases], own),
    TABLESPACE: namesIn([theirs.tablespaces, mine.tablespaces], own),
  };
  return (kind, name) => name !== null && names[kind].has(name);
}

interface Named {
  readonly oid: number;
  readonly name: string;
}

function namesIn(maps: readonly ReadonlyMap<string, Named>[], own: ReadonlySet<number>): ReadonlySet<string> {
  return new Set(maps.flatMap((map) => [...map.values()].flatMap(({ oid, name }) => (own.has(oid) ? [name] : []))));
}

/** All else is put back under the names that things had. */
function undoNames(theirs: Shared, mine: Shared, own: ReadonlySet<number>): Changed {
  const renamed = (kind: Kind, then: ReadonlyMap<string, Named>, now: ReadonlyMap<string, Named>): Changed => {
    const old = new Map(Array.from(then.values(), ({ oid, name }) => [oid, name]));
    return [...now.values()].flatMap(({ oid, name }) => {
      const before = old.get(oid);
      if (before === undefined || before === name || own.has(oid)) return [];
      return [
        {
          what: `${kind.toLowerCase()} ${before}`,
          sql: `ALTER ${kind} ${quoteIdent(name)} RENAME TO ${quoteIdent(before)}`,
        },
      ];
    });
  };
  return [
    ...renamed('ROLE', theirs.roles, mine.roles),
    ...renamed('DATABASE', theirs.databases, mine.databases),
    ...renamed('TABLESPACE', theirs.tablespaces, mine.tablespaces),
  ];
}

function undoRoles(theirs: Shared, mine: Shared, own: ReadonlySet<number>): Changed {
  const byOid = new Map(Array.from(mine.roles.values(), (role) => [role.oid, role]));
  return [...theirs.roles.values()].flatMap((then) => {
    if (own.has(then.oid)) return [];
    // One that was dropped and made again is another one under the same name.
    const now = byOid.get(then.oid) ?? mine.roles.get(then.name);
    const sql = now === undefined ? [createRole(then)] : [...alterRole(then, now), ...forgetUntil(then, now)];
    return sql.map((one) => ({ what: `role ${then.name}`, sql: one }));
  });
}

function createRole({ name, attributes, until, password }: SharedRole): string {
  return `CREATE ROLE ${quoteIdent(name)} ${[...attributes, ...(until === null ? [] : [until]), ...wordPassword(password)].join(' ')}`;
}

/** Nothing but the catalog itself knows it as unset again. */
function forgetUntil(then: SharedRole, now: SharedRole): readonly string[] {
  if (then.until !== null || now.until === null) return [];
  return [`UPDATE pg_catalog.pg_authid SET rolvaliduntil = NULL WHERE rolname = ${quoteLiteral(then.name)}`];
}

/** Renaming takes an MD5 password away, which has the name in it. */
function alterRole(then: SharedRole, now: SharedRole): readonly string[] {
  const known = new Set(now.attributes);
  const password = then.password === null ? ['PASSWORD NULL'] : wordPassword(then.password);
  const all = [
    ...then.attributes.filter((attribute) => !known.has(attribute)),
    ...(then.until === null || then.until === now.until ? [] : [then.until]),
    ...(then.password === now.password ? [] : password),
  ];
  return all.length === 0 ? [] : [`ALTER ROLE ${quoteIdent(then.name)} ${all.join(' ')}`];
}

function wordPassword(password: string | null): readonly string[] {
  return password === null ? [] : [`PASSWORD ${quoteLiteral(password)}`];
}

function undoOwners(theirs: Shared, mine: Shared, own: ReadonlySet<number>): Changed {
  const find = <T extends Named>(now: ReadonlyMap<string, T>, { oid }: T) =>
    [...now.values()].find((one) => one.oid === oid);
  const databases = [...theirs.databases.values()].flatMap((then): Changed => {
    const now = find(mine.databases, then);
    if (now === undefined || own.has(then.oid)) return [];
    const at = `ALTER DATABASE ${quoteIdent(then.name)}`;
    const options = then.options.filter((option) => !now.options.includes(option));
    return [
      ...(then.owner === now.owner ? [] : [`${at} OWNER TO ${quoteIdent(then.owner)}`]),
      ...(options.length === 0 ? [] : [`${at} WITH ${options.join(' ')}`]),
    ].map((sql) => ({ what: `database ${then.name}`, sql }));
  });
  const tablespaces = [...theirs.tablespaces.values()].flatMap((then): Changed => {
    const now = find(mine.tablespaces, then);
    if (now === undefined || own.has(then.oid)) return [];
    const at = `ALTER TABLESPACE ${quoteIdent(then.name)}`;
    const gone = now.options.filter((option) => !then.options.includes(option)).map(nameOfSetting);
    const lost = then.options.filter((option) => !now.options.includes(option));
    return [
      ...(then.owner === now.owner ? [] : [`${at} OWNER TO ${quoteIdent(then.owner)}`]),
      ...(gone.length === 0 ? [] : [`${at} RESET (${gone.join(', ')})`]),
      ...(lost.length === 0 ? [] : [`${at} SET (${lost.join(', ')})`]),
    ].map((sql) => ({ what: `tablespace ${then.name}`, sql }));
  });
  return [...databases, ...tablespaces];
}

function undoMembers(theirs: Shared, mine: Shared, isOurs: IsOurs): Changed {
  const told = ({ role, member }: Member) => `membership of ${member} in ${role}`;
  const isFree = ({ role, member }: Member) => isOurs('ROLE', role) || isOurs('ROLE', member);
  const revoke = (one: Member) => `REVOKE ${quoteIdent(one.role)} FROM ${quoteIdent(one.member)}${by(one)} CASCADE`;
  const gone = [...mine.members].flatMap(([key, now]): Changed => {
    if (isFree(now) || isSame(now, theirs.members.get(key))) return [];
    return [{ what: told(now), sql: revoke(now) }];
  });
  const lost = [...theirs.members].flatMap(([key, then]): Changed => {
    if (isFree(then) || isSame(then, mine.members.get(key))) return [];
    return [{ what: told(then), sql: grantRole(then) }];
  });
  return [...gone, ...lost];
}

function grantRole(one: Member): string {
  const options =
    one.inherit === undefined
      ? one.admin
        ? ' WITH ADMIN OPTION'
        : ''
      : ` WITH ADMIN ${one.admin}, INHERIT ${one.inherit}, SET ${one.set}`;
  return `GRANT ${quoteIdent(one.role)} TO ${quoteIdent(one.member)}${options}${by(one)}`;
}

function by({ grantor }: Member): string {
  return grantor === '' ? '' : ` GRANTED BY ${quoteIdent(grantor)}`;
}

function undoGrants(theirs: Shared, mine: Shared, isOurs: IsOurs): Changed {
  const isFree = ({ kind, name }: SharedGrant) => kind !== 'PARAMETER' && isOurs(kind, name);
  const to = ({ grantee }: SharedGrant) => (grantee === '' ? 'PUBLIC' : quoteIdent(grantee));
  const told = ({ kind, name }: SharedGrant) => `privileges on ${kind.toLowerCase()} ${name}`;
  const [before, after] = [withDefaults(theirs, mine), withDefaults(mine, theirs)];
  const gone = [...after].flatMap(([key, now]): Changed => {
    if (isFree(now) || isSame(now, before.get(key))) return [];
    return [{ what: told(now), sql: `REVOKE ${now.privilege} ON ${now.object} FROM ${to(now)} CASCADE` }];
  });
  const lost = [...before].flatMap(([key, then]): Changed => {
    if (isFree(then) || isSame(then, after.get(key))) return [];
    const option = then.grantable ? ' WITH GRANT OPTION' : '';
    return [{ what: told(then), sql: `GRANT ${then.privilege} ON ${then.object} TO ${to(then)}${option}` }];
  });
  return [...gone, ...lost];
}

/** A parameter that only the other side holds: its owner may do all with it. The server forgets one that is like that again. */
function withDefaults({ grants, acls }: Shared, other: Shared): ReadonlyMap<string, SharedGrant> {
  const unheld = [...other.acls.values()].filter(({ kind, object }) => kind === 'PARAMETER' && !acls.has(object));
  const defaults = unheld.flatMap(({ object, kind, name, owner }) =>
    ['SET', 'ALTER SYSTEM'].map((privilege): readonly [string, SharedGrant] => {
      const grant = { object, kind, name, grantee: owner, privilege, grantable: false };
      return [keyOfGrant(grant), grant];
    }),
  );
  return new Map([...grants, ...defaults]);
}

/** Behind the privileges themselves, which are those that it comes with by then. No GRANT makes them unset again. */
function undoAcls(theirs: Shared, mine: Shared, isOurs: IsOurs): Changed {
  return [...theirs.acls].flatMap(([key, { kind, name, unset }]): Changed => {
    if (!unset || kind === 'PARAMETER' || isOurs(kind, name) || mine.acls.get(key)?.unset !== false) return [];
    const [catalog, named, acl] =
      kind === 'DATABASE' ? ['pg_database', 'datname', 'datacl'] : ['pg_tablespace', 'spcname', 'spcacl'];
    const sql = `UPDATE pg_catalog.${catalog} SET ${acl} = NULL WHERE ${named} = ${quoteLiteral(name)}`;
    return [{ what: `privileges on ${kind.toLowerCase()} ${name}`, sql }];
  });
}

function undoSettings(theirs: Shared, mine: Shared, isOurs: IsOurs): Changed {
  const keys = new Set([...theirs.settings.keys(), ...mine.settings.keys()]);
  return [...keys].flatMap((key): Changed => {
    const [then, now] = [theirs.settings.get(key), mine.settings.get(key)];
    const { role, database } = (then ?? now)!;
    if (isOurs('ROLE', role) || isOurs('DATABASE', database) || isSame(then, now)) return [];
    const at = role === null && database !== null ? alterDatabase(database) : alterRoleIn(role, database);
    const gone = (now?.settings ?? []).filter((setting) => !then?.settings.includes(setting));
    const lost = (then?.settings ?? []).filter((setting) => !now?.settings.includes(setting));
    const what = `settings of ${wordHolder({ role, database })}`;
    return [
      ...gone.map((setting) => ({ what, sql: `${at} RESET ${nameOfSetting(setting)}` })),
      ...lost.map((setting) => ({ what, sql: `${at} SET ${printSetting(setting)}` })),
    ];
  });
}

function alterDatabase(database: string): string {
  return `ALTER DATABASE ${quoteIdent(database)}`;
}

function alterRoleIn(role: string | null, database: string | null): string {
  const within = database === null ? '' : ` IN DATABASE ${quoteIdent(database)}`;
  return `ALTER ROLE ${role === null ? 'ALL' : quoteIdent(role)}${within}`;
}

function wordHolder({ role, database }: Pick<RoleSettings, 'role' | 'database'>): string {
  const of = role === null ? 'all roles' : `role ${role}`;
  return database === null ? of : role === null ? `database ${database}` : `${of} in database ${database}`;
}

/** The name has no sign of equality in it; the value may have any. */
function nameOfSetting(setting: string): string {
  return setting.slice(0, setting.indexOf('='));
}

function printSetting(setting: string): string {
  const name = nameOfSetting(setting);
  return `${name} TO ${printSettingValue(name, setting.slice(name.length + 1))}`;
}

function undoNotes(
  verb: 'COMMENT' | 'SECURITY LABEL',
  theirs: ReadonlyMap<string, SharedNote>,
  mine: ReadonlyMap<string, SharedNote>,
  isOurs: IsOurs,
): Changed {
  return [...new Set([...theirs.keys(), ...mine.keys()])].flatMap((key): Changed => {
    const [then, now] = [theirs.get(key), mine.get(key)];
    const { kind, name, provider } = (then ?? now)!;
    if (isOurs(kind, name) || isSame(then, now)) return [];
    const by = provider === '' ? '' : ` FOR ${quoteIdent(provider)}`;
    const text = then === undefined ? 'NULL' : quoteLiteral(then.text);
    const what = `${verb.toLowerCase()} of ${kind.toLowerCase()} ${name}`;
    return [{ what, sql: `${verb}${by} ON ${kind} ${quoteIdent(name)} IS ${text}` }];
  });
}

function undoOrigins(theirs: Shared, mine: Shared): Changed {
  const call = (verb: string, names: readonly string[]): Changed =>
    names.map((name) => ({
      what: `replication origin ${name}`,
      sql: `SELECT pg_catalog.pg_replication_origin_${verb}(${quoteLiteral(name)})`,
    }));
  return [
    ...call(
      'drop',
      [...mine.origins.keys()].filter((name) => !theirs.origins.has(name)),
    ),
    ...call(
      'create',
      [...theirs.origins.keys()].filter((name) => !mine.origins.has(name)),
    ),
  ];
}

/** Both are flat values. */
function isSame(a: object | undefined, b: object | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
