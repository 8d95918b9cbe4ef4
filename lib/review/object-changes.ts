import { quoteIdent, quoteLiteral } from '../sql/quote.ts';
import { type Change, named } from './change.ts';
import type { CatalogComparison } from './comparison.ts';
import { wordFiring } from './firing.ts';
import { knows, ofPlan } from './made-in-plan.ts';
import { describeName } from './object-name.ts';
import { type Attribute, type DomainDetails, type ObjectRow, objectKey, type Snapshot } from './snapshot.ts';

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

function objectsGone({ base, origin, before, after, meant }: CatalogComparison): readonly Change[] {
  return [...before.objects].flatMap(([key, then]): readonly Change[] => {
    if (after.objects.has(key) || !base.objects.has(key)) return [];
    const isPart = then.relation !== 0 && !after.relations.has(then.relation);
    const cascaded = isPart || !meant().object(then) ? { cascaded: true as const } : {};
    const dropped: Change = { kind: 'dropped', ...nameObject(then, before), ...resultOf(then), ...cascaded };
    return [ofPlan(knows(origin).object(then))(dropped)];
  });
}

function resultOf({ details }: ObjectRow): Pick<Change, 'result'> {
  return details?.kind === 'routine' && details.result !== null ? { result: details.result } : {};
}

function nameObject({ type, name, relation }: ObjectRow, { relations }: Snapshot): About {
  return { ...named({ type, name }), relation: relations.get(relation)?.name };
}

type About = Pick<Change, 'object' | 'type' | 'name' | 'relation'>;

/** What CREATE says of a new enum or domain: its values, or its type and checks. */
function describeMade({ oid, details }: ObjectRow, after: Snapshot): Pick<Change, 'to' | 'domain'> {
  if (details?.kind === 'type') {
    const values = [...after.enumValues.values()].filter((value) => value.type === oid);
    const words = values.sort((a, b) => a.position - b.position).map(({ label }) => quoteLiteral(label));
    return words.length === 0 ? {} : { to: `ENUM (${words.join(', ')})` };
  }
  if (details?.kind !== 'domain') return {};
  const checks = [...after.constraints.values()]
    .flatMap(({ domain, kind, definition }) => (domain === oid && kind === 'c' && definition ? [definition] : []))
    .sort();
  const { type, notNull } = details;
  return {
    to: [type, ...(notNull ? ['NOT NULL'] : []), ...checks].join(' '),
    domain: { type, notNull, checks },
  };
}

function compareObject(then: ObjectRow, now: ObjectRow, about: About): readonly Change[] {
  const changes: Change[] = [];
  const [from, to] = [describeName(then), describeName(now)];
  // The name of a part changes with the name of its table, which is told as a change of the table.
  if (then.relation === 0 ? from !== to : then.called !== now.called) {
    changes.push({ kind: 'renamed', ...about, from, to });
  }
  if (then.definition !== now.definition) changes.push({ kind: 'replaced', ...about });
  if (then.owner !== now.owner) changes.push({ kind: 'owner', ...about, from: then.owner, to: now.owner });
  return [...changes, ...compareDetails(then, now, about)];
}

function compareDetails({ details: then }: ObjectRow, { details: now }: ObjectRow, about: About): readonly Change[] {
  const change = (kind: Change['kind'], from: string, to: string): readonly Change[] =>
    from === to ? [] : [{ kind, ...about, from, to }];
  if (then?.kind === 'firing' && now?.kind === 'firing')
    return change('trigger', wordFiring(then.enabled), wordFiring(now.enabled));
  if (then?.kind === 'extension' && now?.kind === 'extension') return change('definition', then.version, now.version);
  if (then?.kind === 'domain' && now?.kind === 'domain') return compareDomain(then, now, about);
  if (then?.kind === 'type' && now?.kind === 'type') return compareAttributes(then.attributes, now.attributes, about);
  const privilegesOf = (details: typeof then) => (details && 'privileges' in details ? details.privileges : '');
  return privilegesOf(then) === privilegesOf(now) ? [] : [{ kind: 'privileges', ...about }];
}

function compareDomain(then: DomainDetails, now: DomainDetails, about: About): readonly Change[] {
  const wordDefault = ({ default: value }: DomainDetails) => (value === null ? '' : `default ${value}`);
  return [
    ...(then.notNull === now.notNull
      ? []
      : [{ kind: now.notNull ? ('not-null' as const) : ('nullable' as const), ...about }]),
    ...(then.default === now.default
      ? []
      : [{ kind: 'default' as const, ...about, from: wordDefault(then), to: wordDefault(now) }]),
  ];
}

/** Compares the attributes of a composite type. */
function compareAttributes(then: readonly Attribute[], now: readonly Attribute[], about: About): readonly Change[] {
  const [from, to] = [then, now].map(wordAttributes);
  if (from === to) return [];
  const changes = then.length === now.length ? attributesRenamed(then, now, about) : attributesGone(then, now, about);
  return changes.length > 0 ? changes : [{ kind: 'definition', ...about, from, to }];
}

/** An attribute at the same position and of the same type as an old one counts as renamed. */
function attributesRenamed(then: readonly Attribute[], now: readonly Attribute[], about: About): readonly Change[] {
  return then.flatMap((one, index): readonly Change[] => {
    const other = now[index];
    if (other === undefined || other.name === one.name || other.type !== one.type) return [];
    return [{ kind: 'renamed', ...nameAttribute(one, about), from: one.name, to: other.name }];
  });
}

function attributesGone(then: readonly Attribute[], now: readonly Attribute[], about: About): readonly Change[] {
  return then
    .filter(({ name, type }) => !now.some((other) => other.name === name && other.type === type))
    .map((one): Change => ({ kind: 'dropped', ...nameAttribute(one, about), from: one.type }));
}

function nameAttribute({ name }: Attribute, { name: type }: About): Pick<Change, 'object' | 'type' | 'name'> {
  const whole = 'schema' in type ? { schema: type.schema, name: type.name } : { schema: '', name: '' };
  return named({ type: 'attribute', name: { name, of: { type: 'type', name: whole } } });
}

function wordAttributes(attributes: readonly Attribute[]): string {
  return attributes.map(({ name, type }) => `${quoteIdent(name)} ${type}`).join(', ');
}

export function compareEnums({ base, before, after }: CatalogComparison): readonly Change[] {
  return [...after.enumValues].flatMap(([oid, { type, label, position }]): readonly Change[] => {
    const key = objectKey('pg_type', type);
    const row = after.objects.get(key);
    if (row === undefined || !base.objects.has(key)) return [];
    const about = named({ type: 'type', name: row.name });
    const then = before.enumValues.get(oid);
    if (then !== undefined)
      return then.label === label ? [] : [{ kind: 'enum-value-renamed', ...about, from: then.label, to: label }];
    const others = [...after.enumValues.values()].filter((other) => other.type === type);
    const isLast = others.every((other) => other.position <= position);
    const [behind] = others.filter((other) => other.position < position).sort((a, b) => b.position - a.position);
    const from = isLast ? 'at the end' : undefined;
    return [{ kind: 'enum-value', ...about, to: label, from, behind: behind?.label }];
  });
}
