import type { Occupant, Standing } from './occupants.ts';
import type { Pair } from './pair.ts';
import { isSamePath } from './thing.ts';

/** Statement by statement, what gets which place. */
export type Route = readonly { readonly occupant: Occupant; readonly path: readonly string[] }[];

type ThirdName = (name: string) => string;

/** From where something stands to where it is to be; undefined as long as something else has that name. */
export function findRoute(
  pair: Pair,
  rest: readonly Pair[],
  standing: Standing,
  thirdName: ThirdName,
): Route | undefined {
  const occupant = standing.find(pair);
  if (occupant === undefined) return undefined;
  const [place, target] = [standing.placeOf(occupant), targetOf(occupant, pair, standing)];
  if (isSamePath(place, target)) return [];
  if (!standing.isFree(occupant, target)) return undefined;
  if (!isElsewhere(place, target)) return [{ occupant, path: target }];
  const room = makeRoom({ occupant, target }, rest, standing, thirdName);
  const between = findBetween(occupant, target, standing, thirdName);
  return [...room, ...between.map((path) => ({ occupant, path }))];
}

/** A third name, where it stands. */
export function toAside(pair: Pair, standing: Standing, thirdName: ThirdName): Route {
  const occupant = standing.find(pair);
  if (occupant === undefined) return [];
  return [{ occupant, path: withName(standing.placeOf(occupant), thirdName(nameOf(pair.now.path))) }];
}

/** Whatever has that name. */
export function forceRoute(pair: Pair, standing: Standing): Route {
  const occupant = standing.find(pair);
  if (occupant === undefined) return [];
  const [place, target] = [standing.placeOf(occupant), targetOf(occupant, pair, standing)];
  const paths = isElsewhere(place, target) ? [[target[0] ?? '', nameOf(place)], target] : [target];
  return paths.map((path) => ({ occupant, path }));
}

/** What stands in something else, or goes along with it, gets a name there and no more. */
function targetOf(occupant: Occupant, { now }: Pair, standing: Standing): readonly string[] {
  const isAlone = now.path.length === 2 && occupant.goesWith === undefined;
  return isAlone ? now.path : withName(standing.placeOf(occupant), nameOf(now.path));
}

function isElsewhere(place: readonly string[], target: readonly string[]): boolean {
  return target.length === 2 && place[0] !== target[0];
}

/** The other schema first, where the old name is free there; else the new name first, where that is free here; else by a third name. */
function findBetween(
  occupant: Occupant,
  target: readonly string[],
  standing: Standing,
  thirdName: ThirdName,
): readonly (readonly string[])[] {
  const place = standing.placeOf(occupant);
  const [here, there] = [place[0] ?? '', target[0] ?? ''];
  const [old, now] = [nameOf(place), nameOf(target)];
  if (old === now) return [target];
  if (standing.isFree(occupant, [there, old])) return [[there, old], target];
  if (standing.isFree(occupant, [here, now])) return [[here, now], target];
  const third = thirdName(now);
  return [[here, third], [there, third], target];
}

/** What goes along, and would meet its name there, has another one before: its new one, or a third one. */
function makeRoom(
  { occupant, target }: { readonly occupant: Occupant; readonly target: readonly string[] },
  rest: readonly Pair[],
  standing: Standing,
  thirdName: ThirdName,
): Route {
  const [there = '', now = ''] = target;
  const isFree = (one: Occupant, name: string) =>
    name !== now && standing.isFree(one, withName([there, ...standing.placeOf(one).slice(1)], name));
  return standing.takenAlong(occupant).flatMap((one) => {
    const place = standing.placeOf(one);
    if (isFree(one, nameOf(place))) return [];
    const pair = rest.find((other) => standing.find(other) === one);
    const name = nameOf(pair?.now.path ?? place);
    const isItsOwn = isFree(one, name) && standing.isFree(one, withName(place, name));
    return [{ occupant: one, path: withName(place, isItsOwn ? name : thirdName(name)) }];
  });
}

function withName(path: readonly string[], name: string): readonly string[] {
  return [...path.slice(0, -1), name];
}

function nameOf(path: readonly string[]): string {
  return path.at(-1) ?? '';
}
