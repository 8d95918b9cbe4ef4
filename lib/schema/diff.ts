import { UpdownError } from '../errors.ts';
import { type Change, toKebab, type Whole } from './change.ts';
import { facets } from './facets/facets.ts';
import { leaveOutImplied } from './implied.ts';
import type { Item, Property } from './item.ts';
import { type Kind, lists, type PartList, partLists, parts } from './kind.ts';
import { keyOf } from './name.ts';
import { isSame } from './same.ts';
import type { Schema } from './schema.ts';

/**
 * What differs between two snapshots, by the names of things: a renamed table is one dropped and one added. No change means that the two are
 * equal. What follows from another change by itself, as the index of a new constraint, is not told beside it.
 */
export function diff(before: Schema, after: Schema): readonly Change[] {
  refuseOtherMajor(before, after);
  const changes = Object.entries(lists).flatMap(([list, kind]) => {
    const [old, now] = [before, after].map((schema) => schema[list as keyof typeof lists] as readonly Value[]);
    return compareLists({ kind }, old ?? [], now ?? []);
  });
  return leaveOutImplied(changes, before, after);
}

function refuseOtherMajor({ major: before }: Schema, { major: after }: Schema): void {
  if (before === after) return;
  throw new UpdownError(
    'other-major',
    `A schema of PostgreSQL ${before} can't be compared with one of PostgreSQL ${after}: each prints views, constraints and privileges in its own way`,
    { hint: 'Take both snapshots on servers of the same major version.' },
  );
}

/** What every value of a snapshot is to this comparison: properties by their names. */
type Value = { readonly name: string | object } & Readonly<Record<string, unknown>>;

/** What stands in the lists that are compared, and of parts what they belong to. */
interface Listed {
  readonly kind: Kind;
  readonly of?: Whole;
}

function compareLists(listed: Listed, before: readonly Value[], after: readonly Value[]): readonly Change[] {
  const [old, now] = [before, after].map((values) => new Map(values.map((value) => [keyOf(value.name), value])));
  const changes: Change[] = [];
  for (const [key, value] of old ?? []) {
    const other = now?.get(key);
    if (other === undefined) changes.push(toChange(listed, value, 'dropped', { value }));
    else changes.push(...compareValues(listed, value, other));
  }
  for (const [key, value] of now ?? []) {
    if (!old?.has(key)) changes.push(toChange(listed, value, 'added', { value }));
  }
  return changes;
}

function compareValues(listed: Listed, before: Value, after: Value): readonly Change[] {
  const altered = propertiesAltered(listed.kind, before, after).map((property) =>
    toChange(listed, after, toKebab(property), { before: before[property], after: after[property] }),
  );
  return [...altered, ...compareParts(listed, before, after)];
}

/** Of the properties that values of this kind are compared by, those that differ. */
function propertiesAltered(kind: Kind, before: Value, after: Value): readonly Property[] {
  const properties = Object.keys(facets[kind]) as readonly Property[];
  return properties.filter((property) => !isSame(before[property], after[property]));
}

/**
 * The same of one object at two times. What a server prints of it also changes with the names of others that it refers to: that is a change
 * of theirs, as nothing was written of the object itself.
 */
export function itemAltered(before: Item, after: Item): readonly Property[] {
  const { version } = before.identity;
  if (version !== null && version === after.identity.version) return [];
  return propertiesAltered(after.kind, before.value as unknown as Value, after.value as unknown as Value);
}

function compareParts({ kind }: Listed, before: Value, after: Value): readonly Change[] {
  const whole = { kind, name: after.name } as Whole;
  return (partsOf[kind] ?? []).flatMap((list) => {
    const [old, now] = [before[list], after[list]] as readonly [readonly Value[], readonly Value[]];
    // What a view's columns are is what its query says.
    const told = list === 'columns' && before.definition !== after.definition;
    const compared = told ? ([common(old, now), common(now, old)] as const) : ([old, now] as const);
    const changes = compareLists({ kind: partLists[list], of: whole }, ...compared);
    return isOrdered(kind, list) ? [...changes, ...compareOrder(kind, list, old, now, after)] : changes;
  });
}

const partsOf: { readonly [K in Kind]?: readonly PartList[] } = parts;

function common(values: readonly Value[], others: readonly Value[]): readonly Value[] {
  const names = new Set(others.map(({ name }) => name));
  return values.filter(({ name }) => names.has(name));
}

/** What stands in an order that says something, and cannot be changed but by making it again. */
function isOrdered(kind: Kind, list: PartList): boolean {
  return list === 'attributes' || (list === 'columns' && (kind === 'table' || kind === 'foreign-table'));
}

function compareOrder(
  kind: Kind,
  list: PartList,
  before: readonly Value[],
  after: readonly Value[],
  whole: Value,
): readonly Change[] {
  const [old, now] = [common(before, after), common(after, before)].map((values) => values.map(({ name }) => name));
  return isSame(old, now) ? [] : [toChange({ kind }, whole, `${partLists[list]}-order`, { before: old, after: now })];
}

/** The one place where a kind and what goes with it are put together at run time: the types of `Change` say which belong to each other. */
function toChange({ kind, of }: Listed, { name }: Value, what: string, values: object): Change {
  return { kind: `${kind}-${what}`, name, ...(of && { of }), ...values } as unknown as Change;
}
