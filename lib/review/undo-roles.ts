import { quoteIdent, quoteLiteral } from '../sql/quote.ts';
import type { Member, Shared, SharedRole } from './shared.ts';
import { type Changed, type IsOurs, isSame } from './shared-change.ts';

export function undoRoles(theirs: Shared, mine: Shared, own: ReadonlySet<number>): Changed {
  const byOid = new Map(Array.from(mine.roles.values(), (role) => [role.oid, role]));
  return [...theirs.roles.values()].flatMap((then) => {
    if (own.has(then.oid)) return [];
    // A role that was dropped and created again is found by its name.
    const now = byOid.get(then.oid) ?? mine.roles.get(then.name);
    const sql = now === undefined ? [createRole(then)] : [...alterRole(then, now), ...forgetUntil(then, now)];
    return sql.map((one) => ({ what: `role ${then.name}`, sql: one }));
  });
}

function createRole({ name, attributes, until, password }: SharedRole): string {
  return `CREATE ROLE ${quoteIdent(name)} ${[...attributes, ...(until === null ? [] : [until]), ...wordPassword(password)].join(' ')}`;
}

/** Only an UPDATE of the catalog makes VALID UNTIL unset again. */
function forgetUntil(then: SharedRole, now: SharedRole): readonly string[] {
  if (then.until !== null || now.until === null) return [];
  return [`UPDATE pg_catalog.pg_authid SET rolvaliduntil = NULL WHERE rolname = ${quoteLiteral(then.name)}`];
}

/** A rename removes an MD5 password, since that contains the name. */
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

export function undoMembers(theirs: Shared, mine: Shared, isOurs: IsOurs): Changed {
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
