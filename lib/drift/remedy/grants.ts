import type { DefaultPrivileges } from '../../schema/extra.ts';
import { type Grant, type Granted, type Name, whoeverRuns } from '../../schema/name.ts';
import { grantStatements, roleName } from '../../schema/render/words.ts';
import type { Schema } from '../../schema/schema.ts';
import { quoteIdent } from '../../sql/quote.ts';
import { run, type Sides, type Subject, type Written } from './written.ts';

const keyOfGrant = ({ grantee, privilege, grantable }: Grant) => JSON.stringify([grantee, privilege, grantable]);

function without(all: readonly Grant[], others: readonly Grant[]): readonly Grant[] {
  const known = new Set(others.map(keyOfGrant));
  return all.filter((grant) => !known.has(keyOfGrant(grant)));
}

function grantee(role: string | null): string {
  return role === null ? 'PUBLIC' : roleName(role);
}

export function writeGrants(
  wanted: readonly Grant[],
  there: readonly Grant[],
  object: string,
  word: (privilege: string) => string = (privilege) => privilege,
): readonly string[] {
  const revokes = without(there, wanted).map(
    (grant) => `REVOKE ${word(grant.privilege)} ON ${object} FROM ${grantee(grant.grantee)};`,
  );
  return [...revokes, ...grantStatements(object, without(wanted, there), word)];
}

interface WithColumns {
  readonly columns: readonly { readonly name: string; readonly grants: readonly Grant[] }[];
}

export function writeTableGrants(
  { on, wanted: table }: Pick<Subject<'table'>, 'on'> & { readonly wanted: WithColumns | undefined },
  wanted: readonly Grant[],
  there: readonly Grant[],
): Written {
  const revoked = without(there, wanted);
  const isRevoked = (grant: Grant) =>
    revoked.some((one) => one.grantee === grant.grantee && one.privilege === grant.privilege);
  return run(...writeGrants(wanted, there, on), ...grantColumns(on, table, isRevoked));
}

/** To revoke a privilege on a table takes the same on its columns away: those are granted again. */
function grantColumns(
  on: string,
  table: Partial<WithColumns> | undefined,
  isRevoked: (grant: Grant) => boolean,
): readonly string[] {
  return (table?.columns ?? []).flatMap(({ name, grants }) =>
    grantStatements(on, grants.filter(isRevoked), (privilege) => `${privilege} (${quoteIdent(name)})`),
  );
}

export function writeColumnGrants(
  { table, name }: Subject<'column'>,
  wanted: readonly Grant[],
  there: readonly Grant[],
): Written {
  return run(...writeGrants(wanted, there, table, (privilege) => `${privilege} (${quoteIdent(name)})`));
}

/** What an owner has of its own, and was taken away or given back. */
export function writeOwnerLacks(
  on: string,
  owner: string,
  wanted: readonly string[],
  there: readonly string[],
): Written {
  const revoked = wanted.filter((privilege) => !there.includes(privilege));
  const given = there.filter((privilege) => !wanted.includes(privilege));
  return run(
    ...(revoked.length === 0 ? [] : [`REVOKE ${revoked.join(', ')} ON ${on} FROM ${roleName(owner)};`]),
    ...(given.length === 0 ? [] : [`GRANT ${given.join(', ')} ON ${on} TO ${roleName(owner)};`]),
  );
}

type Objects = DefaultPrivileges['name']['objects'];

/** What is made gets the default privileges of whoever makes it: what it is not to have is revoked, and what it is to have granted. */
export function settleDefaults(
  on: string,
  made: Granted & Partial<WithColumns>,
  { objects, schema, sides }: { readonly objects: Objects; readonly schema: string | undefined; readonly sides: Sides },
): readonly string[] {
  const { owner, grants } = made;
  const privileges = [sides.expected, sides.live]
    .flatMap(({ defaultPrivileges }: Schema) => defaultPrivileges)
    .filter(({ name }) => name.objects === objects && (name.schema === null || name.schema === schema));
  if (privileges.length === 0) return [];
  const isPublic = objects === 'functions' || objects === 'types';
  const given = privileges.flatMap(({ name, grants: all }) =>
    all.map((grant) => grant.grantee).filter((role) => role !== owner && role !== name.role),
  );
  const roles = [...new Set([...given, ...(isPublic ? [null] : [])])];
  return [
    ...roles.map((role) => `REVOKE ALL ON ${on} FROM ${grantee(role)};`),
    ...grantStatements(
      on,
      grants.filter((grant) => roles.includes(grant.grantee)),
    ),
    ...grantColumns(on, made, (grant) => roles.includes(grant.grantee)),
  ];
}

const byDefault: { readonly [O in Objects]?: string } = { functions: 'EXECUTE', types: 'USAGE' };

/** From what is there to what is wanted; undefined is what PostgreSQL does where nothing was said. */
export function writeDefaultPrivileges(
  { role, schema, objects }: DefaultPrivileges['name'],
  wanted: readonly Grant[] | undefined,
  there: readonly Grant[] | undefined,
): Written {
  const whose = role === whoeverRuns ? '' : ` FOR ROLE ${quoteIdent(role)}`;
  const scope = `ALTER DEFAULT PRIVILEGES${whose}${schema === null ? '' : ` IN SCHEMA ${quoteIdent(schema)}`}`;
  const isOwn = (grant: Grant) => grant.grantee === role;
  const initial = (): readonly Grant[] =>
    schema === null && byDefault[objects] !== undefined
      ? [{ grantee: null, privilege: byDefault[objects] as string, grantable: false }]
      : [];
  const [to, from] = [wanted, there].map((grants) => (grants ?? initial()).filter((grant) => !isOwn(grant)));
  const others = writeGrants(to ?? [], from ?? [], objects.toUpperCase());
  return run(...[...others, ...writeOwn()].map((statement) => `${scope} ${statement}`));

  /** The role's own privileges stand there only where the whole list does. */
  function writeOwn(): readonly string[] {
    if (schema !== null)
      return writeGrants((wanted ?? []).filter(isOwn), (there ?? []).filter(isOwn), objects.toUpperCase());
    const own = wanted?.filter(isOwn);
    const has = there?.filter(isOwn);
    if (own === undefined) return [`GRANT ALL ON ${objects.toUpperCase()} TO ${roleName(role)};`];
    if (has !== undefined) return writeGrants(own, has, objects.toUpperCase());
    return [
      `REVOKE ALL ON ${objects.toUpperCase()} FROM ${roleName(role)};`,
      ...grantStatements(objects.toUpperCase(), own),
    ];
  }
}

/** Of which objects a name has its default privileges. */
export function schemaOf(name: string | Name): string | undefined {
  return typeof name === 'string' ? undefined : name.schema;
}
