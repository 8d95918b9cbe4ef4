import type { Change, Whole } from '../schema/change.ts';
import { type Kind, lists } from '../schema/kind.ts';
import { keyOf, type Name } from '../schema/name.ts';
import type { Column, Table } from '../schema/relation.ts';
import { isParsed } from '../schema/render/routine.ts';
import { isSame } from '../schema/same.ts';
import type { Schema } from '../schema/schema.ts';
import { kindOf } from '../schema/word.ts';
import { quoteIdent, quoteRelation } from '../sql/quote.ts';
import { isAlike, type Substitute } from './alike.ts';
import { replaceRoutine } from './remedy/routine.ts';
import { nounOf } from './remedy/written.ts';

/** What has another name in the database than in the files, as far as can be seen: PostgreSQL keeps nothing that two databases share but names. */
export interface Rename {
  /** What is there too much. */
  readonly from: Valued;
  /** What is missing. */
  readonly to: Valued;
  /** Gives it the name that is missing. */
  readonly statements: readonly string[];
}

type Valued = Extract<Change, { readonly value: unknown }>;
type Sides = { readonly expected: Schema; readonly live: Schema };

/** What others are made of, or stand in, first. */
const kinds: readonly Kind[] = [
  ...([
    'schema',
    'enum',
    'domain',
    'composite',
    'range',
    'table',
    'foreign-table',
    'view',
    'materialized-view',
  ] as const),
  ...(['sequence', 'function', 'procedure', 'column', 'attribute', 'constraint', 'index'] as const),
];

export function findRenames(changes: readonly Change[], sides: Sides): readonly Rename[] {
  const found: Rename[] = [];
  for (const kind of kinds) {
    const substitute = substituting(found);
    const isOwn = (change: Change) => kindOf(change) === kind && !found.some((one) => isWithin(change, one));
    const valued = changes.filter((change): change is Valued => 'value' in change && isOwn(change));
    const [added, dropped] = ['added', 'dropped'].map((what) => valued.filter((one) => one.kind.endsWith(`-${what}`)));
    const isPair = (from: Valued, to: Valued) =>
      isBeside(from, to) && (isLike(from, to, { changes, sides, substitute }) || isFollowed(from, to, changes));
    for (const to of dropped ?? []) {
      const [from, ...others] = (added ?? []).filter((one) => isPair(one, to));
      const rivals = (dropped ?? []).filter((one) => from !== undefined && isPair(from, one));
      if (from === undefined || others.length > 0 || rivals.length > 1) continue;
      found.push({ from, to, statements: write(kind, from, to) });
    }
  }
  return found;
}

/** Whether a change comes from one of these: what it is now is what it was, with the new name in the place of the old one. */
export function followedBy(change: Change, renames: readonly Rename[]): Rename | undefined {
  return renames.find((rename) => {
    if (isWithin(change, rename)) return true;
    return 'before' in change && mentionsOther(change, rename);
  });
}

/** Whether all of it is that: then it is no difference of its own. */
export function isNothingElse(change: Change, rename: Rename): boolean {
  if (isWithin(change, rename)) return true;
  if (!('before' in change)) return false;
  return isSame(textsIn(change.after).map(substituting([rename])), textsIn(change.before));
}

/** What stands in a schema that has another name. */
function isWithin(change: Change, { from, to }: Rename): boolean {
  if (from.kind !== 'schema-added') return false;
  const { name } = 'of' in change ? change.of : change;
  return typeof name === 'object' && 'schema' in name && (name.schema === from.name || name.schema === to.name);
}

type Altered = Extract<Change, { readonly before: unknown }>;

function mentionsOther(change: Altered, { from, to }: Pick<Rename, 'from' | 'to'>): boolean {
  const [old, now] = [wordOf(to), wordOf(from)].map(finding);
  const [before, after] = [textsIn(change.before).join('\n'), textsIn(change.after).join('\n')];
  return old !== undefined && now !== undefined && old.test(before) && now.test(after) && !now.test(before);
}

/** The same table or type, or the same schema: else one of the two names has to be the same. */
function isBeside(from: Valued, to: Valued): boolean {
  if ('of' in from || 'of' in to) return 'of' in from && 'of' in to && keyOf(from.of.name) === keyOf(to.of.name);
  if (typeof from.name === 'string' || typeof to.name === 'string') return true;
  const [a, b] = [from.name as Name, to.name as Name];
  return a.schema === b.schema || a.name === b.name;
}

interface Look {
  readonly changes: readonly Change[];
  readonly sides: Sides;
  readonly substitute: Substitute;
}

function isLike(from: Valued, to: Valued, { changes, sides, substitute }: Look): boolean {
  const own = { from, to, statements: [] };
  const whole: Substitute = (text) => substituting([own])(substitute(text));
  const kind = kindOf(to);
  if (kind === 'schema') return isSameSchema(from.name as string, to.name as string, sides);
  if (kind === 'column') return isColumn(from, to, sides) && isAlike(kind, from.value, to.value, whole);
  return isAlike(kind, withOwnName(from, to), to.value, whole) && !isOfParent(from, changes);
}

/** A routine that calls itself, or names its parameters by its own name, says that name without a schema. */
function withOwnName({ value, name }: Valued, to: Valued): Valued['value'] {
  if (!('body' in value)) return value;
  const [old, now] = [name, to.name].map((one) => quoteIdent((one as Name).name));
  return { ...value, body: value.body.replace(finding(old ?? ''), () => now ?? '') };
}

/** What a partition has from above is named as it is there. */
function isOfParent({ value }: Valued, changes: readonly Change[]): boolean {
  const { constraint } = value as { readonly constraint?: string | null };
  return typeof constraint === 'string' && changes.some(({ name }) => name === constraint);
}

/** A renamed column stands where it stood. */
function isColumn(from: Valued, to: Valued, { expected, live }: Sides): boolean {
  const of = ('of' in to ? to.of : undefined) as Whole;
  const [wanted = [], there = []] = [expected, live].map(({ tables, foreignTables }) => {
    const whole = [...tables, ...foreignTables].find(({ name }) => keyOf(name) === keyOf(of.name));
    return whole?.columns.map(({ name }: Column) => name);
  });
  const before = (all: readonly string[], others: readonly string[], name: Valued['name']) =>
    all.slice(0, all.indexOf(name as string)).filter((one) => others.includes(one)).length;
  return wanted.length > 0 && before(wanted, there, to.name) === before(there, wanted, from.name);
}

/** Whether all that stands in the one stands in the other, under the same names. */
function isSameSchema(from: string, to: string, { expected, live }: Sides): boolean {
  const [old, now] = (
    [
      [expected, to],
      [live, from],
    ] as const
  ).map(([schema, name]) =>
    Object.keys(lists).flatMap((list) => {
      const values = schema[list as keyof typeof lists] as readonly { readonly name: string | object }[];
      return values.flatMap(({ name: one }) => {
        const { schema: own, ...others } = (typeof one === 'string' ? {} : one) as Partial<Name>;
        return own === name ? [`${list} ${keyOf(others)}`] : [];
      });
    }),
  );
  return (old ?? []).length > 0 && isSame(old, now);
}

/** Whether something that was altered meant the one, and means the other now: a foreign key, a view, the type of a column. */
function isFollowed(from: Valued, to: Valued, changes: readonly Change[]): boolean {
  if (from.kind === 'table-added' && !sharesColumns(from.value, to.value as Table)) return false;
  if (!followed.has(kindOf(to))) return false;
  return changes.some((change) => 'before' in change && mentionsOther(change, { from, to }));
}

const followed: ReadonlySet<Kind> = new Set(['table', 'sequence', 'enum', 'domain', 'composite']);

function sharesColumns({ columns }: Table, other: Table): boolean {
  const shared = other.columns.filter(({ name, type }) =>
    columns.some((one) => one.name === name && one.type === type),
  );
  return shared.length * 2 > other.columns.length;
}

/** Texts as they would be under the names that are missing. */
function substituting(renames: readonly Pick<Rename, 'from' | 'to'>[]): Substitute {
  const pairs = renames.map(({ from, to }) => [finding(wordOf(from)), wordOf(to)] as const);
  return (text) => pairs.reduce((one, [pattern, word]) => one.replace(pattern, () => word), text);
}

/** As definitions have it. */
function wordOf({ name }: Valued): string {
  if (typeof name === 'string') return quoteIdent(name);
  return quoteRelation(name as Name);
}

function finding(word: string): RegExp {
  const escaped = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\w$".])${escaped}(?![\\w$"])`, 'g');
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  if ('schema' in value && 'name' in value) return [quoteRelation(value as Name)];
  return Object.values(value).flatMap(textsIn);
}

const renamedBy: { readonly [K in Kind]?: string } = {
  column: 'COLUMN',
  attribute: 'ATTRIBUTE',
  constraint: 'CONSTRAINT',
};

function write(kind: Kind, from: Valued, to: Valued): readonly string[] {
  const word = renamedBy[kind];
  if ('of' in from && word !== undefined) {
    const noun = nounOf(from.of.kind);
    return [
      `ALTER ${noun} ${quoteRelation(from.of.name as Name)} RENAME ${word} ${quoteIdent(from.name)} TO ${quoteIdent(to.name as string)};`,
    ];
  }
  if ('of' in from) {
    const { schema } = from.of.name as Name;
    return [`ALTER INDEX ${quoteRelation({ schema, name: from.name })} RENAME TO ${quoteIdent(to.name as string)};`];
  }
  if (typeof from.name === 'string')
    return [`ALTER ${nounOf(kind)} ${quoteIdent(from.name)} RENAME TO ${quoteIdent(to.name as string)};`];
  const [old, now] = [from.name as Name, to.name as Name];
  const given = 'arguments' in old ? `(${old.arguments})` : '';
  const alter = (name: Name) => `ALTER ${nounOf(kind)} ${quoteRelation(name)}${given}`;
  return [
    ...(old.name === now.name ? [] : [`${alter(old)} RENAME TO ${quoteIdent(now.name)};`]),
    ...(old.schema === now.schema
      ? []
      : [`${alter({ ...old, name: now.name })} SET SCHEMA ${quoteIdent(now.schema)};`]),
    ...restate(from, to),
  ];
}

/** A body that is a text goes on saying the name that it said; what was parsed says the new one by itself. */
function restate({ value: there }: Valued, to: Valued): readonly string[] {
  if (to.kind !== 'function-dropped' && to.kind !== 'procedure-dropped') return [];
  const isSaid = 'body' in there && (there.body === to.value.body || isParsed(there));
  return isSaid ? [] : [replaceRoutine(to.kind === 'function-dropped' ? 'function' : 'procedure', to.value)];
}
