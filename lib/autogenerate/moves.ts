import { freeName } from '../schema/free-name.ts';
import { isAbove, type Pair, toNow } from './pair.ts';
import { isSamePath, type Thing, type ThingKind } from './thing.ts';

/** One step of a rename: what swaps its name with another one takes two. */
export interface Move {
  readonly pair: Pair;
  readonly from: Thing;
  readonly to: Thing;
  readonly isPart: boolean;
}

/** Renames in an order in which each name is free when it is given: wholes before their parts. */
export function orderMoves(pairs: readonly Pair[], taken: ReadonlySet<string>): readonly Move[] {
  const moves: Move[] = [];
  const done: Pair[] = [];
  const aside = new Map<Pair, Thing>();
  let rest = pairs;
  const placeOf = (pair: Pair) => aside.get(pair) ?? toNow(pair.old, done);
  const isFree = (pair: Pair) =>
    !rest.some((one) => one !== pair && (isSameSpot(placeOf(one), pair.now) || isAbove(one.old, pair.old)));
  for (let [first] = rest; first !== undefined; [first] = rest) {
    const next = rest.find(isFree);
    if (next === undefined) {
      const to = withName(first.now, freeName(first.now.path.at(-1) ?? '', '_swapped', taken));
      moves.push({ pair: first, from: placeOf(first), to, isPart: true });
      aside.set(first, to);
      continue;
    }
    moves.push({ pair: next, from: placeOf(next), to: next.now, isPart: aside.has(next) });
    done.push(next);
    rest = rest.filter((one) => one !== next);
  }
  return moves;
}

function withName({ path, ...thing }: Thing, name: string): Thing {
  return { ...thing, path: [...path.slice(0, -1), name] };
}

function isSameSpot(one: Thing, other: Thing): boolean {
  if (one.kind === other.kind && isSamePath(one.path, other.path)) return one.arguments === other.arguments;
  const [spot, place] = [relationOf(one), relationOf(other)];
  return spot !== undefined && place !== undefined && isSamePath(spot, place);
}

/** Relations of a schema share their names; a key has an index of its name. */
function relationOf({ kind, path }: Thing): readonly string[] | undefined {
  if (kind === 'constraint') return [path[0] ?? '', path.at(-1) ?? ''];
  return relations.has(kind) ? path : undefined;
}

const relations: ReadonlySet<ThingKind> = new Set([
  ...(['table', 'view', 'materialized view', 'foreign table', 'sequence', 'index'] as const),
]);
