import type { Name } from '../schema/name.ts';
import { isSame } from '../schema/same.ts';
import type { Schema } from '../schema/schema.ts';
import { readTypes } from '../sql/argument-types.ts';
import { quoteIdent, splitName } from '../sql/quote.ts';

/** What can get another name. */
export const thingKinds = [
  'schema',
  'table',
  'view',
  'materialized view',
  'foreign table',
  'sequence',
  'index',
  'type',
  'domain',
  'function',
  'procedure',
  'column',
  'attribute',
  'value',
  'constraint',
  'trigger',
  'policy',
  'rule',
  'statistics',
  'collation',
  'conversion',
  'text search configuration',
  'text search dictionary',
  'text search parser',
  'text search template',
  'foreign data wrapper',
  'server',
  'publication',
  'subscription',
  'event trigger',
] as const;

export type ThingKind = (typeof thingKinds)[number];

export interface Thing {
  readonly kind: ThingKind;
  /** Names from the outside in: a schema, what is in it, and what that has. */
  readonly path: readonly string[];
  /** Of a function: `integer, text`. */
  readonly arguments?: string;
  /** Of what a part belongs to. */
  readonly of?: ThingKind;
}

/** `column app.orders.total`, `function app.add(integer, integer)` */
export function wordThing(thing: Thing): string {
  return `${thing.kind} ${nameThing(thing)}`;
}

export function nameThing({ path, arguments: types }: Thing): string {
  return `${path.map(quoteIdent).join('.')}${types === undefined ? '' : `(${types})`}`;
}

/** Everything in a schema that can get another name; the index of a key is the key's. */
export function listThings(schema: Schema): readonly Thing[] {
  const whole = (kind: ThingKind, all: readonly { readonly name: Name }[]) =>
    all.map(({ name }): Thing => ({ kind, path: [name.schema, name.name] }));
  return [
    ...inNoSchema('schema', schema.schemas),
    ...whole('table', schema.tables),
    ...whole('view', schema.views),
    ...whole('materialized view', schema.materializedViews),
    ...whole('foreign table', schema.foreignTables),
    ...whole('sequence', schema.sequences),
    ...whole('type', [...schema.enums, ...schema.composites, ...schema.ranges, ...schema.baseTypes]),
    ...whole(
      'type',
      schema.ranges.flatMap(({ multirange }) => (multirange === null ? [] : [{ name: multirange }])),
    ),
    ...whole('domain', schema.domains),
    ...schema.functions.map(({ name }) => toRoutine('function', name)),
    ...schema.aggregates.map(({ name }) => toRoutine('function', name)),
    ...schema.procedures.map(({ name }) => toRoutine('procedure', name)),
    ...listParts(schema),
    ...whole('statistics', schema.statistics),
    ...whole('collation', schema.collations),
    ...whole('conversion', schema.conversions),
    ...whole('text search configuration', schema.textSearchConfigurations),
    ...whole('text search dictionary', schema.textSearchDictionaries),
    ...whole('text search parser', schema.textSearchParsers),
    ...whole('text search template', schema.textSearchTemplates),
    ...inNoSchema('foreign data wrapper', schema.foreignDataWrappers),
    ...inNoSchema('server', schema.foreignServers),
    ...inNoSchema('publication', schema.publications),
    ...inNoSchema('subscription', schema.subscriptions),
    ...inNoSchema('event trigger', schema.eventTriggers),
  ];
}

function inNoSchema(kind: ThingKind, all: readonly { readonly name: string }[]): readonly Thing[] {
  return all.map(({ name }) => ({ kind, path: [name] }));
}

function toRoutine(kind: ThingKind, { schema, name, arguments: types }: Name & { readonly arguments: string }): Thing {
  return { kind, path: [schema, name], arguments: types };
}

function listParts({
  tables,
  foreignTables,
  views,
  materializedViews,
  enums,
  composites,
  domains,
}: Schema): readonly Thing[] {
  type Parts = readonly { readonly name: string }[];
  const parts = (kind: ThingKind, of: ThingKind, { schema, name }: Name, all: Parts) =>
    all.map((one): Thing => ({ kind, path: [schema, name, one.name], of }));
  const indexes = ({ schema }: Name, all: readonly { readonly name: string; readonly constraint: string | null }[]) =>
    all.flatMap((one): Thing[] => (one.constraint === null ? [{ kind: 'index', path: [schema, one.name] }] : []));
  return [
    ...tables.flatMap((table) => [
      ...parts('column', 'table', table.name, table.columns),
      ...parts('constraint', 'table', table.name, table.constraints),
      ...indexes(table.name, table.indexes),
      ...parts('trigger', 'table', table.name, table.triggers),
      ...parts('policy', 'table', table.name, table.policies),
      ...parts('rule', 'table', table.name, table.rules),
    ]),
    ...foreignTables.flatMap((table) => [
      ...parts('column', 'foreign table', table.name, table.columns),
      ...parts('constraint', 'foreign table', table.name, table.constraints),
      ...parts('trigger', 'foreign table', table.name, table.triggers),
      ...parts('rule', 'foreign table', table.name, table.rules),
    ]),
    ...views.flatMap((view) => [
      ...parts('trigger', 'view', view.name, view.triggers),
      ...parts('rule', 'view', view.name, view.rules),
    ]),
    ...materializedViews.flatMap(({ name, indexes: all }) => indexes(name, all)),
    ...enums.flatMap(({ name, labels }) =>
      parts(
        'value',
        'type',
        name,
        labels.map((label) => ({ name: label })),
      ),
    ),
    ...composites.flatMap(({ name, attributes }) => parts('attribute', 'type', name, attributes)),
    ...domains.flatMap(({ name, constraints }) => parts('constraint', 'domain', name, constraints)),
  ];
}

/** A name as somebody wrote it. */
export interface Written {
  readonly kind?: ThingKind | undefined;
  readonly path: readonly string[];
  readonly arguments?: string | undefined;
  readonly text: string;
}

/** `app.orders`, `column app.orders.total`, `app.add(integer)`, `app.status."In Progress"` */
export function readName(text: string): Written {
  const kind = thingKinds.find((one) => text.toLowerCase().startsWith(`${one} `));
  const name = kind === undefined ? text : text.slice(kind.length + 1).trim();
  const [, path = name, types] = /^([^(]*)\((.*)\)\s*$/s.exec(name) ?? [];
  return { kind, path: splitName(path), arguments: types?.trim(), text };
}

/** What may be meant: by its whole name, else in the schema public, else by its last names alone. */
export function findThings(things: readonly Thing[], { kind, path, arguments: types }: Written): readonly Thing[] {
  const fits = (thing: Thing) =>
    (kind === undefined || thing.kind === kind) && (types === undefined || hasArguments(thing, types));
  const known = things.filter(fits);
  const isTail = (thing: Thing) => isSamePath(thing.path.slice(-path.length), path);
  const ways: readonly ((thing: Thing) => boolean)[] = [
    (thing) => isSamePath(thing.path, path),
    (thing) => thing.path[0] === 'public' && isSamePath(thing.path.slice(1), path),
    (thing) => thing.path.length > path.length && isTail(thing),
  ];
  for (const way of ways) {
    const found = known.filter(way);
    if (found.length > 0) return found;
  }
  return [];
}

/** Whether it takes these, under whichever of their names they are written: `int` is `integer`. */
export function hasArguments(thing: Thing, types: string | undefined): boolean {
  if (thing.arguments === undefined || types === undefined) return thing.arguments === types;
  return thing.arguments === types || isSame(readTypes(thing.arguments), readTypes(types));
}

export function isSamePath(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, index) => name === other[index]);
}
