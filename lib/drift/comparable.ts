import { lists } from '../schema/kind.ts';
import { type Grant, type Granted, keyOf, type Owned } from '../schema/name.ts';
import { isSame } from '../schema/same.ts';
import type { Schema } from '../schema/schema.ts';

/** Whose objects those of the files are: on a throwaway database others than in production. */
export interface Migrators {
  /** Roles that have run migrations there. */
  readonly roles: ReadonlySet<string>;
  /** What all of them are called here. */
  readonly as: string;
  /** Those of both sides: what one of them may do on what another one owns is not the files' to say. */
  readonly all: ReadonlySet<string>;
}

/**
 * The schema without what the files do not decide: which of the migrating roles owns something, and what they may do with each other's things;
 * settings of the database; who owns the schema `public`, which each server makes itself, and which of the migrating roles may create in a
 * schema.
 */
export function toComparable(schema: Schema, migrators: Migrators): Schema {
  const owned = rename(schema, migrators);
  return {
    ...owned,
    settings: [],
    schemas: owned.schemas.map((one) => ({
      ...(one.name === 'public' ? { ...one, owner: '', comment: null } : one),
      grants: one.grants.filter(({ grantee }) => grantee === null || !migrators.all.has(grantee)),
    })),
    defaultPrivileges: joinPrivileges(owned.defaultPrivileges.map((one) => renamePrivileges(one, migrators))),
  };
}

type Privileges = Schema['defaultPrivileges'][number];

/** They are those of whoever makes things: of the migrating role, whatever it is called. */
function renamePrivileges({ name, grants }: Privileges, { roles, as, all }: Migrators): Privileges {
  if (!roles.has(name.role)) return { name, grants };
  const renamed = grants
    .filter(({ grantee }) => grantee === null || grantee === name.role || !all.has(grantee))
    .map((grant) => (grant.grantee === name.role ? { ...grant, grantee: as } : grant));
  return { name: { ...name, role: as }, grants: inOrder(renamed) };
}

/** Where several roles have migrated, each has those of its own revisions; one role has all of them. */
function joinPrivileges(all: readonly Privileges[]): Schema['defaultPrivileges'] {
  const joined = new Map<string, Privileges>();
  for (const one of all) {
    const other = joined.get(keyOf(one.name));
    joined.set(keyOf(one.name), other === undefined ? one : joinTwo(one, other));
  }
  return [...joined.values()].filter(({ name, grants }) => name.schema === null || grants.length > 0).sort(byKey);
}

/** What PostgreSQL grants by default stands in each list that is not of one schema: it is gone where one of them has taken it away. */
function joinTwo({ name, grants }: Privileges, other: Privileges): Privileges {
  const isInitial = ({ grantee, privilege }: Grant) =>
    name.schema === null && (grantee === name.role || (grantee === null && privilege === initial[name.objects]));
  const has = (all: readonly Grant[], grant: Grant) => all.some((one) => isSame(one, grant));
  const more = other.grants.filter((grant) => !has(grants, grant) && !isInitial(grant));
  const kept = grants.filter((grant) => !isInitial(grant) || has(other.grants, grant));
  return { name, grants: inOrder([...kept, ...more]) };
}

/** To PUBLIC. */
const initial: { readonly [O in Privileges['name']['objects']]?: string } = { functions: 'EXECUTE', types: 'USAGE' };

function byKey(a: Privileges, b: Privileges): number {
  return keyOf(a.name) < keyOf(b.name) ? -1 : 1;
}

/** Every owner; all grants in one order, since the server's is by the roles' names. What has none of these is as it was. */
function rename(schema: Schema, migrators: Migrators): Schema {
  const entries = Object.keys(lists).map((list) => {
    const values = schema[list as keyof typeof lists] as readonly Partial<Owned & Granted & WithColumns>[];
    return [list, values.map((value) => renameOne(value, migrators))];
  });
  return { ...schema, ...Object.fromEntries(entries) };
}

interface WithColumns {
  /** Of statistics they are names. */
  readonly columns: readonly (string | (object & { readonly grants?: readonly Grant[] }))[];
}

function renameOne(value: Partial<Owned & Granted & WithColumns>, migrators: Migrators): object {
  const { owner, grants, columns } = value;
  const isOwn = owner !== undefined && migrators.roles.has(owner);
  const kept = grants?.filter(({ grantee }) => !isOwn || grantee === null || !migrators.all.has(grantee));
  return {
    ...value,
    ...(isOwn && { owner: migrators.as }),
    ...(kept && { grants: inOrder(kept) }),
    ...(columns && { columns: columns.map(sortGrants) }),
  };
}

function sortGrants(column: WithColumns['columns'][number]): WithColumns['columns'][number] {
  if (typeof column === 'string' || column.grants === undefined || column.grants.length < 2) return column;
  return { ...column, grants: inOrder(column.grants) };
}

function inOrder(grants: readonly Grant[]): readonly Grant[] {
  if (grants.length < 2) return grants;
  const key = ({ grantee, privilege, grantable }: Grant) => JSON.stringify([grantee ?? '', privilege, grantable]);
  return grants.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** What decides a hash: as above, without what may differ where nothing is wrong. */
export function toHashed(schema: Schema, roles: ReadonlySet<string>): Schema {
  const comparable = toComparable(schema, { roles, as: 'migrator', all: roles });
  return {
    ...comparable,
    extensions: comparable.extensions.map((extension) => ({ ...extension, version: '' })),
    tables: comparable.tables.map((table) => ({ ...table, columns: byName(table.columns) })),
    foreignTables: comparable.foreignTables.map((table) => ({ ...table, columns: byName(table.columns) })),
    materializedViews: comparable.materializedViews.map((view) => ({ ...view, populated: true })),
  };
}

function byName<T extends { readonly name: string }>(values: readonly T[]): readonly T[] {
  return values.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
