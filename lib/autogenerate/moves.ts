import { freeName } from '../schema/free-name.ts';
import type { Schema } from '../schema/schema.ts';
import { type Occupant, type Standing, standIn } from './occupants.ts';
import { isAbove, isThere, type Pair } from './pair.ts';
import { findRoute, forceRoute, type Route, toAside } from './route.ts';
import type { Thing } from './thing.ts';

/** One statement: another name, or another schema. */
export interface Move {
  /** What it is done for. */
  readonly pair: Pair;
  /** What it is told as: by its name in front of all renames, unless it was moved since then. */
  readonly was: Thing;
  readonly from: Thing;
  readonly to: Thing;
}

/**
 * Renames in an order in which each name is free when it is given: wholes before their parts. The way back is the same one from its end, where each
 * name is free, too.
 */
export function orderMoves(pairs: readonly Pair[], head: Schema, taken: ReadonlySet<string>): readonly Move[] {
  const standing = standIn(head, pairs);
  const used = new Set(taken);
  const thirdName = (name: string) => freeName(name, '_swapped', used);
  const moves: Move[] = [];
  const moved = new Set<Occupant>();
  const take = (pair: Pair, route: Route) => {
    for (const { occupant, path } of route) {
      const from = { ...withTypes(occupant.thing, pair), path: standing.placeOf(occupant) };
      moves.push({ pair, was: moved.has(occupant) ? from : occupant.thing, from, to: { ...from, path } });
      standing.move(occupant, path);
      used.add(path.at(-1) ?? '');
    }
    for (const { occupant } of route) moved.add(occupant);
  };
  let rest = pairs;
  const [aside, returning] = [new Set<Pair>(), new Set<Pair>()];
  while (rest.length > 0) {
    const next = findNext(rest, standing, (pair) => findRoute(pair, rest, standing, thirdName));
    if (next !== undefined) {
      take(next.pair, next.route);
      const back = listReturning(next, rest, standing);
      for (const pair of back) returning.add(pair);
      rest = [...rest.filter((one) => one !== next.pair), ...back];
      continue;
    }
    const first = rest.find((pair) => !aside.has(pair) && !returning.has(pair));
    if (first === undefined) break;
    aside.add(first);
    take(first, toAside(first, standing, thirdName));
  }
  // What is left is to have a name that something keeps: the server says so. What made room for others may stay where it is.
  for (const pair of rest) if (!returning.has(pair)) take(pair, forceRoute(pair, standing));
  return moves;
}

/** Of a routine that takes types which have their new names by then. */
function withTypes(thing: Thing, { now }: Pair): Thing {
  return now.arguments === undefined ? thing : { ...thing, arguments: now.arguments };
}

interface Next {
  readonly pair: Pair;
  readonly route: Route;
}

/** Wholes before their parts; where that can't be, a part in front of its whole. */
function findNext(
  rest: readonly Pair[],
  standing: Standing,
  routeOf: (pair: Pair) => Route | undefined,
): Next | undefined {
  const waits = waitingIn(rest);
  const isPart = ({ old }: Pair) =>
    rest.some((one) => isAbove(one.old, old) || isThere(old, standing.find(one)?.heirs ?? []));
  for (const isTurn of [(pair: Pair) => !isPart(pair), isPart])
    for (const pair of rest) {
      const route = waits(pair) || !isTurn(pair) ? undefined : routeOf(pair);
      if (route !== undefined) return { pair, route };
    }
  return undefined;
}

/** Schemas are first, and routines behind the types that they take. */
function waitingIn(rest: readonly Pair[]): (pair: Pair) => boolean {
  const hasSchema = rest.some(({ old }) => old.kind === 'schema');
  const hasWhole = rest.some(({ old }) => old.path.length === 2 && old.arguments === undefined);
  return ({ old }) => old.kind !== 'schema' && (hasSchema || (hasWhole && old.arguments !== undefined));
}

/** What keeps its name, and has another one only as something was in its way. */
function listReturning({ pair, route }: Next, rest: readonly Pair[], standing: Standing): readonly Pair[] {
  const own = standing.find(pair);
  const schema = pair.now.path[0] ?? '';
  return route
    .filter(({ occupant }) => occupant !== own && !rest.some((one) => standing.find(one) === occupant))
    .map(({ occupant: { thing } }) => ({ old: thing, now: { ...thing, path: [schema, ...thing.path.slice(1)] } }));
}
