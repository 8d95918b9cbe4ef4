import type { Name } from '../schema/name.ts';
import { parentNames } from '../schema/parents.ts';
import type { Schema } from '../schema/schema.ts';
import { isAbove, type Pair } from './pair.ts';
import { isSamePath, listThings, type Thing, type ThingKind } from './thing.ts';

/** Something that is there before the renames, and what else it takes its name from. */
export interface Occupant {
  readonly thing: Thing;
  /** The name is no other relation's of the schema. */
  readonly isRelation: boolean;
  /** The name is no other type's of the schema: a table has a type of its rows. */
  readonly isType: boolean;
  /** The table or materialized view that takes it along into another schema; it goes to none by itself. */
  readonly goesWith?: readonly string[] | undefined;
  /** Those of the tables that inherit it: they get its name with it. */
  readonly heirs: readonly Thing[];
}

/** Where everything stands while one thing after the other gets another name. */
export interface Standing {
  readonly find: (pair: Pair) => Occupant | undefined;
  readonly placeOf: (occupant: Occupant) => readonly string[];
  /** What a relation takes along into another schema. */
  readonly takenAlong: (occupant: Occupant) => readonly Occupant[];
  /** Whether nothing else has the name. */
  readonly isFree: (occupant: Occupant, path: readonly string[]) => boolean;
  /** With all that stands in it or goes along. */
  readonly move: (occupant: Occupant, path: readonly string[]) => void;
}

export function standIn(head: Schema, pairs: readonly Pair[]): Standing {
  const occupants = listOccupants(head);
  const typesOf = new Map(pairs.map(({ old, now }) => [keyOfThing(old), now.arguments]));
  const byKey = new Map(occupants.map((one) => [keyOfThing(one.thing), one]));
  const places = new Map(occupants.map((one) => [one, one.thing.path]));
  const placeOf = (one: Occupant) => places.get(one) ?? one.thing.path;
  // A routine that gets another name takes types by the names that they have by then.
  const namesOf = (one: Occupant, path: readonly string[]) =>
    namesTaken(one, path, typesOf.get(keyOfThing(one.thing)) ?? one.thing.arguments);
  const taken = new Map(occupants.flatMap((one) => namesOf(one, one.thing.path).map((name) => [name, one] as const)));
  const put = (moved: readonly (readonly [Occupant, readonly string[]])[]) => {
    for (const [one] of moved)
      for (const name of namesOf(one, placeOf(one))) if (taken.get(name) === one) taken.delete(name);
    for (const [one, path] of moved) {
      places.set(one, path);
      for (const name of namesOf(one, path)) taken.set(name, one);
    }
  };
  const takenAlong = ({ thing }: Occupant) =>
    occupants.filter(({ goesWith }) => goesWith !== undefined && isSamePath(goesWith, thing.path));
  return {
    find: ({ old }) => byKey.get(keyOfThing(old)),
    placeOf,
    takenAlong,
    isFree: (one, path) => namesOf(one, path).every((name) => (taken.get(name) ?? one) === one),
    move: (one, path) => {
      const from = { ...one.thing, path: placeOf(one) };
      const within = occupants
        .filter((other) => isAbove(from, { ...other.thing, path: placeOf(other) }))
        .map((other) => [other, [...path, ...placeOf(other).slice(path.length)]] as const);
      const along = from.path[0] === path[0] ? [] : takenAlong(one);
      const heirs = one.heirs
        .flatMap((thing) => byKey.get(keyOfThing(thing)) ?? [])
        .filter((other) => placeOf(other).at(-1) === from.path.at(-1));
      put([
        [one, path],
        ...within,
        ...along.map((other) => [other, [path[0] ?? '', ...placeOf(other).slice(1)]] as const),
        ...heirs.map((other) => [other, [...placeOf(other).slice(0, -1), path.at(-1) ?? '']] as const),
      ]);
    },
  };
}

function keyOfThing({ kind, path, arguments: types }: Thing): string {
  return JSON.stringify([kind, path, types]);
}

function namesTaken(
  { thing, isRelation, isType }: Occupant,
  path: readonly string[],
  types?: string,
): readonly string[] {
  const inSchema = [path[0], path.at(-1)];
  const isShared = (isRelation || isType) && path.length === 2;
  return [
    ...(isRelation ? [JSON.stringify(['relation', inSchema])] : []),
    ...(isType ? [JSON.stringify(['type', inSchema])] : []),
    ...(isShared ? [] : [JSON.stringify([types === undefined ? thing.kind : 'routine', path, types])]),
  ];
}

function listOccupants(head: Schema): readonly Occupant[] {
  const composites = new Set(head.composites.map(({ name }) => keyOfPath(pathOf(name))));
  const owners = ownersOf(head);
  const keys = listKeys(head);
  const heirsOf = findHeirs(head);
  return listThings(head).map((thing): Occupant => {
    const key = keyOfPath(thing.path);
    const isKey = thing.kind === 'constraint' && keys.has(key);
    return {
      thing,
      isRelation: relations.has(thing.kind) || isKey || (thing.kind === 'type' && composites.has(key)),
      isType: types.has(thing.kind),
      goesWith: isKey ? thing.path.slice(0, 2) : owners.get(JSON.stringify([thing.kind, key])),
      heirs: heirsOf(thing),
    };
  });
}

const relations: ReadonlySet<ThingKind> = new Set([
  ...(['table', 'view', 'materialized view', 'foreign table', 'sequence', 'index'] as const),
]);

const types: ReadonlySet<ThingKind> = new Set([
  ...(['table', 'view', 'materialized view', 'foreign table', 'type', 'domain'] as const),
]);

/** Of indexes that no constraint has, and of sequences that a column owns: their relation. */
function ownersOf({ tables, materializedViews, sequences }: Schema): ReadonlyMap<string, readonly string[]> {
  const key = (kind: ThingKind, path: readonly string[]) => JSON.stringify([kind, keyOfPath(path)]);
  return new Map([
    ...[...tables, ...materializedViews].flatMap(({ name, indexes }) =>
      indexes.map((index) => [key('index', [name.schema, index.name]), pathOf(name)] as const),
    ),
    ...sequences.flatMap(({ name, ownedBy }) =>
      ownedBy === null ? [] : [[key('sequence', pathOf(name)), pathOf(ownedBy.table)] as const],
    ),
  ]);
}

/** Constraints that an index keeps, which has their name. */
function listKeys({ tables }: Schema): ReadonlySet<string> {
  return new Set(
    tables.flatMap(({ name, indexes }) =>
      indexes.flatMap(({ constraint }) => (constraint === null ? [] : [keyOfPath([...pathOf(name), constraint])])),
    ),
  );
}

/** Columns and checks get another name in each heir and partition once they have one in the table above. */
function findHeirs(head: Schema): (thing: Thing) => readonly Thing[] {
  const all = [...head.tables, ...head.foreignTables];
  const kinds = new Map<string, ThingKind>([
    ...head.tables.map(({ name }) => [keyOfPath(pathOf(name)), 'table'] as const),
    ...head.foreignTables.map(({ name }) => [keyOfPath(pathOf(name)), 'foreign table'] as const),
  ]);
  const heirs = new Map<string, Name[]>();
  for (const table of all)
    for (const above of parentNames(table)) {
      const key = keyOfPath(pathOf(above));
      heirs.set(key, [...(heirs.get(key) ?? []), table.name]);
    }
  const below = (path: readonly string[]): readonly Name[] =>
    (heirs.get(keyOfPath(path)) ?? []).flatMap((name) => [name, ...below(pathOf(name))]);
  const checks = new Set(
    all.flatMap(({ name, constraints }) =>
      constraints
        .filter(({ type, noInherit }) => type === 'check' && !noInherit)
        .map((one) => keyOfPath([...pathOf(name), one.name])),
    ),
  );
  return ({ kind, path }) => {
    if (path.length < 3 || (kind !== 'column' && !checks.has(keyOfPath(path)))) return [];
    return below(path.slice(0, 2)).map((name) => {
      const own = [...pathOf(name), path[2] ?? ''];
      return { kind, path: own, of: kinds.get(keyOfPath(pathOf(name))) ?? 'table' };
    });
  };
}

function pathOf({ schema, name }: Name): readonly string[] {
  return [schema, name];
}

function keyOfPath(path: readonly string[]): string {
  return JSON.stringify(path);
}
