import { type Kinds, lists } from '../schema/kind.ts';
import type { Grant } from '../schema/name.ts';
import type { Schema } from '../schema/schema.ts';

/** The schema of a database as CREATE DATABASE makes it from template0, made comparable: who owns `public` is left out. */
export function initialSchema(major: number): Schema {
  const lacking = Object.fromEntries(Object.keys(lists).map((list) => [list, []]));
  return { ...(lacking as unknown as Schema), major, schemas: [publicSchema(major)], extensions: [plpgsql] };
}

/** Since PostgreSQL 15 not everyone may create things there. */
function publicSchema(major: number): Kinds['schema'] {
  const privileges = major < 15 ? ['CREATE', 'USAGE'] : ['USAGE'];
  const grants = privileges.map((privilege): Grant => ({ grantee: null, privilege, grantable: false }));
  return { name: 'public', owner: '', comment: null, grants, ownerLacks: [] };
}

const plpgsql: Kinds['extension'] = {
  ...{ name: 'plpgsql', schema: 'pg_catalog', version: '1.0', comment: 'PL/pgSQL procedural language' },
};
