import { isSamePath, type Thing } from './thing.ts';

/** One thing under two names. */
export interface Pair {
  readonly old: Thing;
  readonly now: Thing;
}

/** By its kind and its whole name. */
export function isThere(thing: Thing, things: readonly Thing[]): boolean {
  return things.some(
    (one) => one.kind === thing.kind && isSamePath(one.path, thing.path) && one.arguments === thing.arguments,
  );
}

/** What it is called once these have their new names. */
export function toNow(thing: Thing, pairs: readonly Pair[]): Thing {
  return move(
    thing,
    pairs.map(({ old, now }) => [old, now] as const),
  );
}

export function toOld(thing: Thing, pairs: readonly Pair[]): Thing {
  return move(
    thing,
    pairs.map(({ old, now }) => [now, old] as const),
  );
}

function move(thing: Thing, pairs: readonly (readonly [from: Thing, to: Thing])[]): Thing {
  const own = pairs.find(
    ([from]) => from.kind === thing.kind && isSamePath(from.path, thing.path) && from.arguments === thing.arguments,
  );
  if (own !== undefined) return own[1];
  const above = pairs.filter(([from]) => isAbove(from, thing)).sort(([a], [b]) => b.path.length - a.path.length)[0];
  if (above === undefined) return thing;
  const [from, to] = above;
  return { ...thing, path: [...to.path, ...thing.path.slice(from.path.length)] };
}

export function isAbove(from: Thing, thing: Thing): boolean {
  const isOwner = from.kind === 'schema' || from.kind === thing.of;
  return (
    isOwner && from.path.length < thing.path.length && isSamePath(from.path, thing.path.slice(0, from.path.length))
  );
}
