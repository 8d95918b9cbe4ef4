import { type Change, toKebab, type Whole } from '../schema/change.ts';
import { type Node, nodeOf } from '../schema/dependencies.ts';
import { wordName } from '../schema/describe-name.ts';
import { type Kind, type Kinds, lists, type PartList, partLists, parts, type WholeKind } from '../schema/kind.ts';
import type { Name } from '../schema/name.ts';
import type { Schema } from '../schema/schema.ts';
import { kindOf } from '../schema/word.ts';
import { quoteIdent, quoteRelation } from '../sql/quote.ts';
import { remedies } from './remedy/all.ts';
import { grantedOn, objectOf, type Sides, type Subject, type Written } from './remedy/written.ts';

/** A value of a snapshot, what it is, and of a part what it belongs to. */
export interface Entry {
  readonly kind: Kind;
  readonly value: Kinds[Kind];
  readonly of?: Whole | undefined;
}

/** Every object of a schema, and every part of one, by its node. */
export type Entries = ReadonlyMap<Node, Entry>;

type Listed = { readonly name: never } & Readonly<Partial<Record<PartList, readonly Kinds[Kind][]>>>;

const partsOf: { readonly [K in Kind]?: readonly PartList[] } = parts;

export function listEntries(schema: Schema): Entries {
  const entries = new Map<Node, Entry>();
  for (const [list, kind] of Object.entries(lists)) {
    for (const value of schema[list as keyof typeof lists] as readonly Kinds[WholeKind][]) {
      entries.set(nodeOf(kind, value.name), { kind, value });
      const of = { kind, name: value.name } as Whole;
      for (const part of partsOf[kind] ?? [])
        for (const one of (value as unknown as Listed)[part] ?? [])
          if (part !== 'attributes')
            entries.set(nodeOf(partLists[part], one.name, of), { kind: partLists[part], value: one, of });
    }
  }
  return entries;
}

/** Both sides by their nodes. */
export interface World extends Sides {
  readonly wanted: Entries;
  readonly there: Entries;
}

/** What is made or dropped by itself, for what stands beside it is in the way. */
export function dropEntry(world: World, entry: Entry): Written {
  return remediesOf(entry.kind).drop(toSubject(world, entry), entry.value);
}

export function makeEntry(world: World, entry: Entry): Written {
  return remediesOf(entry.kind).make(toSubject(world, entry), entry.value);
}

export function writeChange(world: World, change: Change): Written {
  const kind = kindOf(change);
  const remedy = remediesOf(kind);
  const of = 'of' in change ? change.of : undefined;
  if ('value' in change) {
    const subject = toSubject(world, { kind, value: change.value, of });
    return change.kind.endsWith('-added') ? remedy.drop(subject, change.value) : remedy.make(subject, change.value);
  }
  const subject = toSubject(world, { kind, value: { name: change.name } as Kinds[Kind], of });
  const [, write] =
    Object.entries(remedy.alter).find(([property]) => change.kind === `${kind}-${toKebab(property)}`) ?? [];
  return write?.(subject, change.before, change.after) ?? { statements: [] };
}

/** Which kind goes with which value is known where the remedies are written, and not here. */
interface AnyRemedies {
  readonly drop: (subject: AnySubject, value: AnyValue) => Written;
  readonly make: (subject: AnySubject, value: AnyValue) => Written;
  readonly alter: Readonly<Record<string, AnyWriter>>;
}

type AnyWriter = (subject: AnySubject, wanted: unknown, there: unknown) => Written;
type AnySubject = Subject<Kind>;
type AnyValue = Kinds[Kind];

function remediesOf(kind: Kind): AnyRemedies {
  return remedies[kind] as unknown as AnyRemedies;
}

function toSubject(world: World, { kind, value, of }: Entry): AnySubject {
  const { name } = value;
  const node = nodeOf(kind, name, of);
  const [wanted, there] = [world.wanted, world.there].map((entries) =>
    kind === 'attribute' ? findAttribute(entries, of, name as string) : entries.get(node),
  );
  const table = of === undefined ? '' : quoteRelation(of.name as Name);
  return {
    ...{ expected: world.expected, live: world.live, isToldRenames: world.isToldRenames, kind, name, of, table },
    object: objectOf(kind, name, of),
    on: of === undefined ? grantedOn(kind, name) : table,
    sql: typeof name === 'string' ? quoteIdent(name) : wordName(name),
    alter: of === undefined ? '' : `ALTER ${altered[of.kind] ?? 'TABLE'} ${table}`,
    wanted: wanted?.kind === kind ? wanted.value : undefined,
    there: there?.kind === kind ? there.value : undefined,
  };
}

/** ALTER TABLE takes views for their triggers and rules; what columns of theirs have is set by their own. */
const altered: { readonly [K in WholeKind]?: string } = {
  ...{
    'foreign-table': 'FOREIGN TABLE',
    domain: 'DOMAIN',
    composite: 'TYPE',
    'materialized-view': 'MATERIALIZED VIEW',
  },
};

function findAttribute(entries: Entries, of: Whole | undefined, name: string): Entry | undefined {
  const whole = of === undefined ? undefined : entries.get(nodeOf(of.kind, of.name));
  const attributes = (whole?.value as Kinds['composite'] | undefined)?.attributes;
  const value = attributes?.find((one) => one.name === name);
  return value === undefined ? undefined : { kind: 'attribute', value, of };
}
