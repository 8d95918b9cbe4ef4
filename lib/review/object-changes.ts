import { itemAltered } from '../schema/diff.ts';
import type { Item, Property } from '../schema/item.ts';
import type { Firing } from '../schema/relation.ts';
import { quoteIdent, quoteLiteral } from '../sql/quote.ts';
import { type Change, named } from './change.ts';
import type { CatalogComparison } from './comparison.ts';
import { wordFiring } from './firing.ts';
import { knows, ofPlan } from './made-in-plan.ts';
import { describeName } from './object-name.ts';
import type { AttributeItem, ObjectRow } from './object-row.ts';
import type { Snapshot } from './snapshot.ts';

/** What an item of lib/schema is by its oid, so that a renamed object is the same one; which of its properties differ lib/schema says. */
export function compareObjects(comparison: CatalogComparison): readonly Change[] {
  return [...objectsNow(comparison), ...objectsGone(comparison)];
}

function objectsNow({ base, origin, before, after }: CatalogComparison): readonly Change[] {
  const isApart = ({ relation }: ObjectRow) =>
    relation === 0 || (base.relations.has(relation) && before.relations.has(relation));
  return [...after.objects].flatMap(([key, now]): readonly Change[] => {
    const then = before.objects.get(key);
    if (then === undefined)
      return isApart(now) ? [{ kind: 'created', ...nameObject(now, before), ...describeMade(now, after) }] : [];
    if (!base.objects.has(key)) return [];
    return compareObject(then, now, nameObject(then, before)).map(ofPlan(knows(origin).object(then)));
  });
}

function objectsGone({ base, origin, before, after, dropTargets }: CatalogComparison): readonly Change[] {
  return [...before.objects].flatMap(([key, then]): readonly Change[] => {
    if (after.objects.has(key) || !base.objects.has(key)) return [];
    const isPart = then.relation !== 0 && !after.relations.has(then.relation);
    const cascaded = isPart || !dropTargets().object(then) ? { cascaded: true as const } : {};
    const dropped: Change = { kind: 'dropped', ...nameObject(then, before), ...resultOf(then), ...cascaded };
    return [ofPlan(knows(origin).object(then))(dropped)];
  });
}

function resultOf({ item }: ObjectRow): Pick<Change, 'result'> {
  return item.kind === 'function' || item.kind === 'aggregate' ? { result: item.value.returns } : {};
}

function nameObject({ type, name, relation }: ObjectRow, { relations }: Snapshot): About {
  return { ...named({ type, name }), relation: relations.get(relation)?.name };
}

type About = Pick<Change, 'object' | 'type' | 'name' | 'relation'>;

/** What CREATE says of a new enum or domain: its values, or its type and checks. */
function describeMade({ item }: ObjectRow, after: Snapshot): Pick<Change, 'to' | 'domain'> {
  if (item.kind === 'enum') {
    const words = item.value.labels.map(quoteLiteral);
    return words.length === 0 ? {} : { to: `ENUM (${words.join(', ')})` };
  }
  if (item.kind !== 'domain') return {};
  const checks = [...after.constraints.values()]
    .flatMap(({ domain, kind, definition }) =>
      domain === item.identity.oid && kind === 'c' && definition ? [definition] : [],
    )
    .sort();
  const { type, notNull } = item.value;
  return {
    to: [type, ...(notNull ? ['NOT NULL'] : []), ...checks].join(' '),
    domain: { type, notNull, checks },
  };
}

function compareObject(then: ObjectRow, now: ObjectRow, about: About): readonly Change[] {
  const [from, to] = [describeName(then), describeName(now)];
  // The name of a part changes with the name of its table, which is told as a change of the table.
  const isRenamed = then.relation === 0 ? from !== to : then.called !== now.called;
  const altered = itemAltered(then.item, now.item).filter(
    // The definition of a trigger or a rule has its name in it.
    (property) => property !== 'comment' && !(isRenamed && property === 'definition'),
  );
  const changes = altered.flatMap((property) =>
    property === 'labels'
      ? compareLabels(then.item, now.item, about)
      : [toChange(property, then.item, now.item, about)],
  );
  return [
    ...(isRenamed ? [{ kind: 'renamed' as const, ...about, from, to }] : []),
    ...onceOfAKind(changes),
    ...compareAttributes(then.attributes, now.attributes, about),
  ];
}

/** Several properties may have been changed by one ALTER or CREATE OR REPLACE, which is one change. */
function onceOfAKind(changes: readonly Change[]): readonly Change[] {
  const isOne = ({ kind }: Change) => kind === 'replaced' || kind === 'definition' || kind === 'privileges';
  return changes.filter(
    (change, index) => !isOne(change) || changes.findIndex(({ kind }) => kind === change.kind) === index,
  );
}

function toChange(property: Property, then: Item, now: Item, about: About): Change {
  const [before, after] = [then.value, now.value].map(
    (value) => (value as Readonly<Record<string, unknown>>)[property],
  );
  if (property === 'notNull') return { kind: after === true ? 'not-null' : 'nullable', ...about };
  const kind = kinds[property] ?? (replaceable.has(now.kind) ? 'replaced' : 'definition');
  const word = words[property];
  return word === undefined ? { kind, ...about } : { kind, ...about, from: word(before), to: word(after) };
}

/** What is told by itself. All else is a part of the definition. */
const kinds: { readonly [P in Property]?: Change['kind'] } = {
  owner: 'owner',
  grants: 'privileges',
  ownerLacks: 'privileges',
  enabled: 'trigger',
  default: 'default',
};

const replaceable: ReadonlySet<Item['kind']> = new Set([
  ...(['function', 'procedure', 'aggregate', 'trigger', 'rule', 'policy', 'publication'] as const),
]);

/** The properties whose values are short, and what is said of them. */
const words: { readonly [P in Property]?: (value: unknown) => string } = {
  owner: String,
  version: String,
  enabled: (value) => wordFiring(value as Firing),
  default: (value) => (value === null ? '' : `default ${value}`),
};

/** Compares the attributes of a composite type. */
function compareAttributes(then: Attributes, now: Attributes, about: About): readonly Change[] {
  const [from, to] = [then, now].map(wordAttributes);
  const changes = then.flatMap((one): readonly Change[] => {
    const other = now.find(({ identity }) => identity.number === one.identity.number);
    if (other === undefined) return [{ kind: 'dropped', ...nameAttribute(one, about), from: one.value.type }];
    if (other.value.name === one.value.name) return [];
    return [{ kind: 'renamed', ...nameAttribute(one, about), from: one.value.name, to: other.value.name }];
  });
  return changes.length > 0 || from === to ? changes : [{ kind: 'definition', ...about, from, to }];
}

type Attributes = readonly AttributeItem[];

function nameAttribute({ value }: AttributeItem, { name: type }: About): Pick<Change, 'object' | 'type' | 'name'> {
  const whole = 'schema' in type ? { schema: type.schema, name: type.name } : { schema: '', name: '' };
  return named({ type: 'attribute', name: { name: value.name, of: { type: 'type', name: whole } } });
}

function wordAttributes(attributes: Attributes): string {
  return attributes.map(({ value }) => `${quoteIdent(value.name)} ${value.type}`).join(', ');
}

/** Labels are added and renamed, but never dropped or moved: an old one is gone from where its new name is. */
function compareLabels(then: Item, now: Item, about: About): readonly Change[] {
  if (then.kind !== 'enum' || now.kind !== 'enum') return [];
  const { labels } = now.value;
  const old = [...then.value.labels];
  return labels.flatMap((label, index): readonly Change[] => {
    const [from] = old;
    if (from === label || (from !== undefined && !labels.includes(from))) {
      old.shift();
      return from === label ? [] : [{ kind: 'enum-value-renamed', ...about, from, to: label }];
    }
    const place = index === labels.length - 1 ? 'at the end' : undefined;
    return [{ kind: 'enum-value', ...about, to: label, from: place, behind: labels[index - 1] }];
  });
}
