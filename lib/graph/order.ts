import { findCycle } from './cycle.ts';
import type { Fail } from './fail.ts';
import type { Node } from './graph.ts';

/** Parents and dependencies first, then the older folder time, then the smaller id: the same on every machine. */
export function sortNodes(
  nodes: ReadonlyMap<string, Node>,
  dependencies: ReadonlyMap<string, readonly string[]>,
  fail: Fail,
): readonly string[] {
  const ranked = rankIds(nodes);
  const parents = (id: string): readonly string[] => nodes.get(id)?.parents ?? [];
  const rankOf = new Map(ranked.map((id, rank) => [id, rank]));
  const below = ranked.map((id) => {
    const lowers = [...parents(id), ...(dependencies.get(id) ?? [])];
    const all = lowers.map((lower) => rankOf.get(lower) ?? -1);
    return all.length > 1 ? [...new Set(all)] : all;
  });
  const order = sortRanks(below);
  if (order.length < ranked.length) failOfCycle(ranked, nodes, dependencies, fail);
  return order.map((rank) => ranked[rank] ?? '');
}

/** All ids by folder time, then id, by code units. A folder without a time counts as older than any with one. */
function rankIds(nodes: ReadonlyMap<string, Node>): readonly string[] {
  const keyed = [...nodes.values()].map((node) => ({ id: node.id, time: timeOf(node.folder) }));
  keyed.sort((a, b) => compare(a.time, b.time) || compare(a.id, b.id));
  return keyed.map(({ id }) => id);
}

function timeOf(folder: string): string {
  const match = /^(\d{8})_(\d{4})(\d{2})?(?!\d)/.exec(folder);
  return match === null ? '' : `${match[1]}${match[2]}${match[3] ?? '00'}`;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Kahn's algorithm, taking the lowest rank that is free. Ranks on a cycle, or above one, are left out. */
function sortRanks(below: readonly (readonly number[])[]): readonly number[] {
  const above: number[][] = below.map(() => []);
  below.forEach((lowers, rank) => {
    for (const lower of lowers) above[lower]?.push(rank);
  });
  const waiting = Int32Array.from(below, (lowers) => lowers.length);
  const free: number[] = [];
  waiting.forEach((count, rank) => {
    if (count === 0) free.push(rank); // ascending, so already a heap
  });
  const order: number[] = [];
  for (let rank = popLowest(free); rank !== undefined; rank = popLowest(free)) {
    order.push(rank);
    for (const upper of above[rank] ?? []) {
      const left = (waiting[upper] ?? 0) - 1;
      waiting[upper] = left;
      if (left === 0) pushRank(free, upper);
    }
  }
  return order;
}

function pushRank(heap: number[], rank: number): void {
  let at = heap.length;
  while (at > 0) {
    const up = (at - 1) >> 1;
    const above = heap[up];
    if (above === undefined || above <= rank) break;
    heap[at] = above;
    at = up;
  }
  heap[at] = rank;
}

/** Undefined where there is none left. */
function popLowest(heap: number[]): number | undefined {
  const lowest = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return lowest;
  let at = 0;
  for (;;) {
    const down = 2 * at + 1;
    const left = heap[down] ?? last;
    const right = heap[down + 1] ?? last;
    const lower = Math.min(left, right);
    if (lower >= last) break;
    heap[at] = lower;
    at = left <= right ? down : down + 1;
  }
  heap[at] = last;
  return lowest;
}

function failOfCycle(
  ids: readonly string[],
  nodes: ReadonlyMap<string, Node>,
  dependencies: ReadonlyMap<string, readonly string[]>,
  fail: Fail,
): never {
  const parents = (id: string): readonly string[] => nodes.get(id)?.parents ?? [];
  const ofParents = findCycle(ids, parents);
  if (ofParents !== undefined) {
    fail(ofParents[0], 'cycle', `Revisions are each other's parents: ${draw(ofParents)}`, {
      hint: 'One of them needs another parent.',
    });
  }
  const ofAll = findCycle(ids, (id) => [...parents(id), ...(dependencies.get(id) ?? [])]);
  if (ofAll === undefined) throw new Error('Revisions that can not be ordered stand on a cycle');
  return fail(ofAll[0], 'dependency-cycle', `Revisions depend on each other: ${draw(ofAll)}`, {
    hint: 'Take one of them out of depends_on.',
  });
}

function draw(cycle: readonly string[]): string {
  const shown =
    cycle.length <= 12 ? cycle : [...cycle.slice(0, 6), `… ${cycle.length - 12} more …`, ...cycle.slice(-6)];
  return [...shown, cycle[0]].join(' -> ');
}
