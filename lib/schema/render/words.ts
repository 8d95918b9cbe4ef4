import { quoteIdent, quoteLiteral } from '../../sql/quote.ts';
import { type Grant, type Granted, type Options, type Owned, whoeverRuns } from '../name.ts';

/** Parts of a statement; what is not there is left out. */
export function words(...parts: readonly (string | false | null | undefined)[]): string {
  return parts.filter((part) => typeof part === 'string' && part !== '').join(' ');
}

/** `WITH (fillfactor = '70', ...)`; nothing where there are none. */
export function withOptions(options: Options, word = 'WITH'): string {
  return listOptions(options, word, ' = ', (name) =>
    name.replace(/^(toast\.)?(.*)$/s, (_, prefix = '', own) => `${prefix}${quoteIdent(own)}`),
  );
}

/** `OPTIONS (host 'example.com', ...)`, as foreign data has them. */
export function foreignOptions(options: Options): string {
  return listOptions(options, 'OPTIONS', ' ');
}

function listOptions(
  options: Options,
  word: string,
  between: string,
  print: (name: string) => string = quoteIdent,
): string {
  const set = Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1));
  const items = set.map(([name, value]) => `${print(name)}${between}${quoteLiteral(value)}`);
  return items.length === 0 ? '' : `${word} (${items.join(', ')})`;
}

/** `object` is as COMMENT ON has it: `TABLE app.orders`. */
export function comment(object: string, text: string | null): readonly string[] {
  return text === null ? [] : [`COMMENT ON ${object} IS ${quoteLiteral(text)};`];
}

/** A role as SQL names it. */
export function roleName(role: string): string {
  return role === whoeverRuns ? 'CURRENT_USER' : quoteIdent(role);
}

/** Nothing for who runs it: what a role makes is its own. */
export function owner(object: string, { owner: role }: Owned): readonly string[] {
  return role === whoeverRuns ? [] : [`ALTER ${object} OWNER TO ${quoteIdent(role)};`];
}

/** What is said of an object behind its definition: who owns it, what it is for, who may use it. */
export function granted(object: string, value: Granted, byDefault?: string, noun: string = object): readonly string[] {
  return [
    ...owner(object, value),
    ...comment(object, value.comment),
    ...lacks(noun, value),
    ...grantsTo(noun, value.grants, byDefault),
  ];
}

export function owned(object: string, value: Owned): readonly string[] {
  return [...owner(object, value), ...comment(object, value.comment)];
}

function lacks(object: string, { owner: role, ownerLacks }: Granted): readonly string[] {
  return ownerLacks.length === 0
    ? []
    : [`REVOKE ${[...ownerLacks].sort().join(', ')} ON ${object} FROM ${roleName(role)};`];
}

/** A statement for each who has some. What PUBLIC has by default is told only where it was taken away. */
function grantsTo(object: string, grants: readonly Grant[], byDefault: string | undefined): readonly string[] {
  const isDefault = ({ grantee, privilege, grantable }: Grant) =>
    grantee === null && privilege === byDefault && !grantable;
  const revoked = byDefault !== undefined && !grants.some(isDefault);
  return [
    ...(revoked ? [`REVOKE ${byDefault} ON ${object} FROM PUBLIC;`] : []),
    ...grantStatements(
      object,
      grants.filter((grant) => !isDefault(grant)),
    ),
  ];
}

/** A statement for each who has some: `GRANT SELECT ON app.orders TO reader;`. `word` is how a privilege is written there. */
export function grantStatements(
  object: string,
  grants: readonly Grant[],
  word: (privilege: string) => string = (privilege) => privilege,
): readonly string[] {
  const byRole = new Map<string, string[]>();
  for (const { grantee, privilege, grantable } of grants) {
    const to = `TO ${grantee === null ? 'PUBLIC' : roleName(grantee)}${grantable ? ' WITH GRANT OPTION' : ''};`;
    byRole.set(to, [...(byRole.get(to) ?? []), privilege]);
  }
  return [...byRole]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([to, privileges]) => `GRANT ${privileges.sort().map(word).join(', ')} ON ${object} ${to}`);
}

/** A list in brackets, an item a line. */
export function block(items: readonly string[]): string {
  return items.length === 0 ? '()' : `(\n${items.map((item) => `  ${item}`).join(',\n')}\n)`;
}

/** `schema.function(integer)` where PostgreSQL wants the name alone. */
export function withoutArguments(routine: string): string {
  return routine.replace(/\([^()]*\)$/, '');
}
