import { quoteIdent, quoteLiteral } from '../sql/quote.ts';
import { keyOfGrant, type Shared, type SharedGrant } from './shared.ts';
import { type Changed, type IsOurs, isSame } from './shared-change.ts';

export function undoGrants(theirs: Shared, mine: Shared, isOurs: IsOurs): Changed {
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

/** Adds the default privileges of parameters that only the other side has in the catalog. The server removes a row that equals the default. */
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

/** Sets privileges to NULL where they were NULL. It runs after the privileges are back at their defaults. No GRANT does that. */
export function undoAcls(theirs: Shared, mine: Shared, isOurs: IsOurs): Changed {
  return [...theirs.acls].flatMap(([key, { kind, name, unset }]): Changed => {
    if (!unset || kind === 'PARAMETER' || isOurs(kind, name) || mine.acls.get(key)?.unset !== false) return [];
    const [catalog, named, acl] =
      kind === 'DATABASE' ? ['pg_database', 'datname', 'datacl'] : ['pg_tablespace', 'spcname', 'spcacl'];
    const sql = `UPDATE pg_catalog.${catalog} SET ${acl} = NULL WHERE ${named} = ${quoteLiteral(name)}`;
    return [{ what: `privileges on ${kind.toLowerCase()} ${name}`, sql }];
  });
}
