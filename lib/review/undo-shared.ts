import { quoteIdent, quoteLiteral } from '../sql/quote.ts';
import { prefix, type Shared } from './shared.ts';
import { type Changed, type IsOurs, isSame, type Kind, type Undoing } from './shared-change.ts';
import { undoAcls, undoGrants } from './undo-grants.ts';
import { undoMembers, undoRoles } from './undo-roles.ts';
import { nameOfSetting, undoNotes, undoSettings } from './undo-settings.ts';

/**
 * What the transaction sees, without what others changed between the readings. `earlier` and `later` are what others see before and after. A
 * row that the transaction changed is locked for others, so a change that others see is theirs. Pure.
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
 * Compares what others see with what the transaction sees. Roles, databases and tablespaces that are ours, by oid, may be changed by the
 * files. Databases that others are dropping, and scratch databases of others, are left alone. Pure.
 */
export function findUndoing(theirs: Shared, mine: Shared, ours: ReadonlySet<number>): Undoing {
  const old = new Map(Array.from(theirs.roles.values(), (role) => [role.oid, role]));
  const made = [...mine.roles.values()].filter(({ oid, name }) => !old.has(oid) && !theirs.roles.has(name));
  const own = new Set([...ours, ...made.map(({ oid }) => oid), ...leftAlone(theirs), ...leftAlone(mine)]);
  const isOurs = ownersOf(theirs, mine, own);
  const renamed = undoNames(theirs, mine, own);
  // What refers to a name is compared when the old name is restored.
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

/** Before it drops a database, DROP DATABASE sets its connection limit to -2, which no statement can. */
function leftAlone({ databases }: Shared): readonly number[] {
  return [...databases.values()].flatMap(({ oid, name, options }) =>
    name.startsWith(prefix) || options.includes('CONNECTION LIMIT -2') ? [oid] : [],
  );
}

/** Whether a name belongs to an object of ours, before or after. */
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

/** Renames are undone first, since the other statements use the old names. */
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
