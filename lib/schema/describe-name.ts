import { quoteIdent, quoteRelation } from '../sql/quote.ts';
import type { Kind, NameOf } from './kind.ts';
import type {
  CastName,
  DefaultPrivilegesName,
  SecurityLabelName,
  SettingName,
  TransformName,
  UserMappingName,
} from './name.ts';

/** `table app.orders`, `function app.add(integer, integer)`, `user mapping for reader server files`. */
export function describeName(kind: Kind, name: NameOf<Kind>): string {
  return `${nouns[kind] ?? kind.replaceAll('-', ' ')} ${wordName(name)}`;
}

/** Where the kind alone is not what PostgreSQL's manual calls it. */
const nouns: { readonly [K in Kind]?: string } = {
  enum: 'enum type',
  composite: 'composite type',
  range: 'range type',
  statistics: 'statistics object',
};

/** The same without the kind: `app.orders`, `app.add(integer, integer)`. */
export function wordName(name: NameOf<Kind>): string {
  if (typeof name === 'string') return quoteIdent(name);
  if ('arguments' in name) return `${quoteRelation(name)}(${name.arguments})`;
  if ('left' in name)
    return `${quoteIdent(name.schema)}.${name.name} (${name.left ?? 'NONE'}, ${name.right ?? 'NONE'})`;
  if ('method' in name) return `${quoteRelation(name)} USING ${quoteIdent(name.method)}`;
  if ('name' in name) return quoteRelation(name);
  return wordPair(name);
}

/** Of what has no name of its own: what it connects, as DROP has it. */
function wordPair(
  name: SecurityLabelName | CastName | TransformName | UserMappingName | DefaultPrivilegesName | SettingName,
): string {
  if ('provider' in name) return `of ${name.object} by ${quoteIdent(name.provider)}`;
  if ('source' in name) return `(${name.source} AS ${name.target})`;
  if ('language' in name) return `for ${name.type} language ${quoteIdent(name.language)}`;
  if ('server' in name) return `for ${roleOf(name.role)} server ${quoteIdent(name.server)}`;
  if ('setting' in name) return name.role === null ? name.setting : `${name.setting} of role ${quoteIdent(name.role)}`;
  const where = name.schema === null ? '' : ` in schema ${quoteIdent(name.schema)}`;
  return `of ${quoteIdent(name.role)} for ${name.objects}${where}`;
}

function roleOf(role: string | null): string {
  return role === null ? 'PUBLIC' : quoteIdent(role);
}
