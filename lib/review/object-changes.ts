import { quoteIdent, quoteLiteral } from '../sql/quote.ts';
import type { Change } from './change.ts';
import type { CatalogComparison } from './comparison.ts';
import { firing } from './constraint-changes.ts';
import { knows, ofPlan } from './made-in-plan.ts';
import type { ObjectRow, Snapshot } from './snapshot.ts';

export function compareObjects({ base, origin, before, after, meant }: CatalogComparison): readonly Change[] {
  const changes: Change[] = [];
  const isApart = ({ relation }: ObjectRow) =>
    relation === 0 || (base.relations.has(relation) && before.relations.has(relation));
  const named = (row: ObjectRow) => {
    const relation = before.relations.get(row.relation)?.name;
    return { object: `${row.type} ${row.name}`, type: row.type, relation };
  };
  for (const [key, now] of after.objects) {
    const then = before.objects.get(key);
    if (then === undefined) {
      if (isApart(now)) changes.push({ kind: 'created', ...named(now), ...describeMade(now, after) });
    } else if (base.objects.has(key))
      changes.push(...compareObject(then, now, named(then)).map(ofPlan(knows(origin).object(then))));
  }
  for (const [key, then] of before.objects) {
    if (after.objects.has(key) || !base.objects.has(key)) continue;
    const isPart = then.relation !== 0 && !after.relations.has(then.relation);
    const cascaded = isPart || !meant().object(then) ? { cascaded: true as const } : {};
    const result = then.result === undefined ? {} : { result: then.result };
    changes.push(ofPlan(knows(origin).object(then))({ kind: 'dropped', ...named(then), ...result, ...cascaded }));
  }
  return changes;
}

/** As CREATE says it: the words of an enum, what a domain stands for and asks. */
function describeMade(
  { key, type, name, definition, state }: ObjectRow,
  after: Snapshot,
): Pick<Change, 'to' | 'domain'> {
  if (type === 'type') {
    const values = [...after.enumValues.values()].filter((value) => value.type === name);
    const words = values.sort((a, b) => a.position - b.position).map(({ label }) => quoteLiteral(label));
    return words.length === 0 ? {} : { to: `ENUM (${words.join(', ')})` };
  }
  if (type !== 'domain') return {};
  const checks = [...after.constraints.values()]
    .flatMap(({ domain, definition: check }) => (key === `y${domain}` && check?.startsWith('CHECK') ? [check] : []))
    .sort();
  const notNull = state.startsWith('not null');
  return {
    to: [definition, ...(notNull ? ['NOT NULL'] : []), ...checks].join(' '),
    domain: { type: definition, notNull, checks },
  };
}

function compareObject(
  then: ObjectRow,
  now: ObjectRow,
  named: Pick<Change, 'object' | 'type' | 'relation'>,
): readonly Change[] {
  const changes: Change[] = [];
  // A trigger's name holds its table's, which may be what was renamed.
  if (then.relation === 0 ? then.name !== now.name : then.called !== now.called) {
    changes.push({ kind: 'renamed', ...named, from: then.name, to: now.name });
  }
  if (then.definition !== now.definition && then.type !== 'domain') changes.push({ kind: 'replaced', ...named });
  if (then.owner !== now.owner) changes.push({ kind: 'owner', ...named, from: then.owner, to: now.owner });
  if (then.state !== now.state) changes.push(...compareState(then, now, named));
  return changes;
}

function compareState(
  { type, state: from }: ObjectRow,
  { state: to }: ObjectRow,
  named: Pick<Change, 'object' | 'type' | 'relation'>,
): readonly Change[] {
  if (type === 'trigger' || type === 'rule' || type === 'event trigger') {
    return [{ kind: 'trigger', ...named, from: firing[from] ?? from, to: firing[to] ?? to }];
  }
  if (type === 'domain') return compareDomain(from, to, named);
  if (type === 'type') {
    const [then, now] = [from, to].map(toAttributes) as [readonly Attribute[], readonly Attribute[]];
    const attributes = compareAttributes(named.object, then, now);
    return attributes.length > 0
      ? attributes
      : [{ kind: 'definition', ...named, from: wordAttributes(then), to: wordAttributes(now) }];
  }
  if (type === 'extension') return [{ kind: 'definition', ...named, from, to }];
  return [{ kind: 'privileges', ...named }];
}

function compareDomain(
  from: string,
  to: string,
  named: Pick<Change, 'object' | 'type' | 'relation'>,
): readonly Change[] {
  const [wasNotNull, isNotNull] = [from, to].map((state) => state.startsWith('not null'));
  const [then = '', now = ''] = [from, to].map((state) => state.replace(/^not null ?/, ''));
  return [
    ...(wasNotNull === isNotNull
      ? []
      : [{ kind: isNotNull ? ('not-null' as const) : ('nullable' as const), ...named }]),
    ...(then === now ? [] : [{ kind: 'default' as const, ...named, from: then, to: now }]),
  ];
}

type Attribute = readonly [name: string, type: string];

function toAttributes(state: string): readonly Attribute[] {
  return state === '' ? [] : (JSON.parse(state) as readonly Attribute[]);
}

function wordAttributes(attributes: readonly Attribute[]): string {
  return attributes.map(([name, type]) => `${quoteIdent(name)} ${type}`).join(', ');
}

/** Of a composite type. What stands in the place of another, of the same type, is that one renamed. */
function compareAttributes(object: string, from: readonly Attribute[], to: readonly Attribute[]): readonly Change[] {
  const named = ([name]: Attribute) => ({
    object: `attribute ${object.slice('type '.length)}.${quoteIdent(name)}`,
    type: 'attribute',
  });
  if (from.length === to.length) {
    return from.flatMap((one, index): readonly Change[] => {
      const [name, type] = one;
      const [now, other] = to[index]!;
      return name !== now && type === other ? [{ kind: 'renamed', ...named(one), from: name, to: now }] : [];
    });
  }
  return from
    .filter(([name, type]) => !to.some(([other, same]) => other === name && same === type))
    .map((one): Change => ({ kind: 'dropped', ...named(one), from: one[1] }));
}

export function compareEnums({ base, before, after }: CatalogComparison): readonly Change[] {
  const changes: Change[] = [];
  const types = new Set(Array.from(base.objects.values(), ({ name }) => name));
  for (const [oid, { type, label, position }] of after.enumValues) {
    const then = before.enumValues.get(oid);
    const named = { object: `type ${type}`, type: 'type' };
    if (!types.has(type)) continue;
    if (then === undefined) {
      const others = [...after.enumValues.values()].filter((other) => other.type === type);
      const isLast = others.every((other) => other.position <= position);
      const behind = others.filter((other) => other.position < position).sort((a, b) => b.position - a.position)[0];
      const from = isLast ? 'at the end' : undefined;
      changes.push({ kind: 'enum-value', ...named, to: label, from, behind: behind?.label });
    } else if (then.label !== label)
      changes.push({ kind: 'enum-value-renamed', ...named, from: then.label, to: label });
  }
  return changes;
}
