import type { Grant, Granted, Owned } from '../schema/name.ts';
import type { Schema } from '../schema/schema.ts';

/** Whose objects those of the files are: on a throwaway database others than in production. */
export interface Migrators {
  /** Roles that have run migrations there. */
  readonly roles: ReadonlySet<string>;
  /** What all of them are called here. */
  readonly as: string;
}

/**
 * The schema without what the files do not decide: which of the migrating roles owns something, settings of the database, and who owns the
 * schema `public`, which each server makes itself.
 */
export function toComparable(schema: Schema, migrators: Migrators): Schema {
  const renamed = rename(schema, migrators) as Schema;
  return {
    ...renamed,
    settings: [],
    schemas: renamed.schemas.map((one) => (one.name === 'public' ? { ...one, owner: '', comment: null } : one)),
  };
}

/** Every owner and grantee, wherever one stands. */
function rename(value: unknown, migrators: Migrators): unknown {
  if (Array.isArray(value)) return value.map((one) => rename(one, migrators));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, one]) => [key, renameIn(key, one, migrators)]);
  return withoutOwn(Object.fromEntries(entries) as object);
}

const roleKeys: ReadonlySet<string> = new Set(['owner', 'grantee', 'role']);

function renameIn(key: string, value: unknown, migrators: Migrators): unknown {
  if (!roleKeys.has(key) || typeof value !== 'string') return rename(value, migrators);
  return migrators.roles.has(value) ? migrators.as : value;
}

/** What one migrating role grants another one is nothing, where both are one. */
function withoutOwn(value: object): object {
  const { owner, grants } = value as Partial<Owned & Granted>;
  if (owner === undefined || grants === undefined) return value;
  return { ...value, grants: grants.filter(({ grantee }: Grant) => grantee !== owner) };
}

/** What decides a hash: as above, without what may differ where nothing is wrong. */
export function toHashed(schema: Schema, roles: ReadonlySet<string>): Schema {
  const comparable = toComparable(schema, { roles, as: 'migrator' });
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
