import type { Change } from '../schema/change.ts';
import { type Dependencies, kindOfNode, type Node } from '../schema/dependencies.ts';
import { heirsOf } from './heirs.ts';
import { type Moved, toMoved, wordNode } from './moved.ts';
import { chainOf, reverse, type Side, type Step } from './order.ts';
import { columnsLast, isConverted, type Place, placeOf, toComputed } from './place.ts';
import { cannot, follows, type Written } from './remedy/written.ts';
import type { World } from './subject.ts';

interface Item extends Step {
  readonly change: Change;
  readonly written: Written;
}

export interface Aside {
  /** What is dropped in front of this step, what depends on others first. */
  readonly before: (step: Item) => readonly Moved[];
  /** What is made again behind it, what others depend on first. */
  readonly after: (step: Item, steps: readonly Item[]) => readonly Moved[];
}

interface Sides {
  readonly world: World;
  readonly wanted: Side;
  readonly there: Side;
  /** What is neither dropped nor made, in whatever way it stands. */
  readonly ignored: ReadonlySet<Node>;
}

/** Finds what is in the way of which step, and what needs no SQL of its own then. */
export function setAside(
  items: readonly Item[],
  sides: Sides,
): { readonly aside: Aside; readonly settled: readonly Item[]; readonly moved: ReadonlySet<Node> } {
  const dropped = new Set(items.filter(({ action }) => action === 'drop').map(({ node }) => node));
  const changed = new Set(items.filter(({ action }) => action === 'alter').map(({ node }) => node));
  const dependents = reverse(sides.there.dependencies);
  const heirs = heirsOf(sides.world.live);
  const ways = new Map<Item, readonly Node[]>();
  const refused = new Map<Item, string>();
  const remade = new Map<Node, Item>();
  for (const [item, lack] of findLacks(items, sides)) refused.set(item, lack);
  for (const item of items) {
    if (refused.has(item) || !clears(item)) continue;
    // What is changed, too, needs no more what is dropped once that is done.
    const settled = item.action === 'drop' ? new Set([...dropped, ...changed]) : dropped;
    const { nodes, why, isIgnored } = findInWay(item, { ...sides, dependents, heirs, settled });
    if (why !== undefined && (item.action !== 'drop' || isIgnored)) refused.set(item, why);
    else {
      ways.set(item, nodes);
      if (item.written.again && !remade.has(item.node)) remade.set(item.node, item);
    }
  }
  spread(refused, items, sides, dependents);
  const moved = new Set([...ways.values()].flat());
  const settled = items.map((item) => settle(item, { refused, remade, moved, ...sides }));
  const byItem = new Map(items.map((item, index) => [settled[index] as Item, ways.get(item) ?? []]));
  return { settled, aside: toAside(byItem, sides), moved };
}

/** Whether what depends on it has to be out of its way. */
function clears({ action, written: { moves, why } }: Item): boolean {
  return moves !== undefined || (action === 'drop' && why === undefined);
}

/** What something is left in, or uses, can't be dropped either. */
function spread(refused: Map<Item, string>, items: readonly Item[], { world, there }: Sides, uses: Dependencies): void {
  const left = new Set([...refused.keys()].filter(({ action }) => action === 'drop').map(({ node }) => node));
  for (let size = -1; size !== left.size; ) {
    size = left.size;
    for (const item of items) {
      if (item.action !== 'drop' || left.has(item.node)) continue;
      const one = [...(uses.get(item.node) ?? [])]
        .flatMap((node) => chainOf(node, there))
        .find((node) => left.has(node));
      if (one === undefined || one === item.node) continue;
      left.add(item.node);
      refused.set(item, `PostgreSQL can't take it away while something uses it: ${nameNode(one, world)}.`);
    }
  }
}

interface Settled extends Pick<Sides, 'wanted' | 'there'> {
  readonly refused: ReadonlyMap<Item, string>;
  readonly remade: ReadonlyMap<Node, Item>;
  readonly moved: ReadonlySet<Node>;
}

/** What is made again anyhow is made as it is to be. */
function settle(item: Item, { refused, remade, moved, wanted, there }: Settled): Item {
  const why = refused.get(item);
  if (why !== undefined) return { ...item, written: cannot(why) };
  // An index that is missing is a part of what it is to be on.
  const chain = chainOf(item.node, item.action === 'make' ? wanted : there);
  const maker = chain.map((node) => remade.get(node)).find((one) => one !== undefined);
  if (maker !== undefined && maker !== item) return { ...item, written: follows('what is made again') };
  if (item.action === 'drop' || !chain.some((node) => moved.has(node)) || isKept(item)) return item;
  return { ...item, written: follows('what is set aside and made again') };
}

/** A publication that is set aside gets its tables again, and nothing else. */
function isKept({ change: { kind } }: Item): boolean {
  return kind.startsWith('publication-') && !/-(tables|schemas|all-tables)$/.test(kind);
}

/** In the order in which they can be dropped. */
function findInWay(
  { node: start, written, action }: Item,
  { world, there, dependents, heirs, settled, ignored }: Way,
): { readonly nodes: readonly Node[]; readonly why?: string; readonly isIgnored?: boolean } {
  const isDeep = action === 'drop' || written.moves === 'whole';
  const nodes: Node[] = [];
  const seen = new Set<Node>([start]);
  const gone = new Set<Node>([start]);
  let why: string | undefined;
  let isIgnored = false;
  // What publishes a table lets go of it when that is dropped.
  const isColumnInWay = (node: Node) =>
    kindOfNode(node) === 'column' && !(action === 'drop' && chainOf(node, there).slice(1).includes(start));
  const placeIn = (other: Node, node: Node, isWhole: boolean): Place => {
    if (heirs.get(node)?.includes(other)) return isWhole ? 'moved' : 'through';
    if (kindOfNode(other) === 'publication' && !isColumnInWay(node)) return 'ignored';
    return written.moves === 'values' && node === start && isConverted(other, world)
      ? 'through'
      : placeOf(other, world, isWhole);
  };
  const judge = (other: Node, node: Node, isWhole: boolean): Place => {
    const chain = chainOf(other, there);
    if (chain.some((one) => ignored.has(one)) && placeIn(other, node, isWhole) !== 'ignored') {
      isIgnored = true;
      why = `"ignore" in updown.json leaves ${nameNode(other, world)} as it is, which uses it: change that first.`;
      return 'ignored';
    }
    // What goes with it may be used by something that does not.
    if (action === 'drop' && chain.includes(start)) return 'through';
    if (chain.some((one) => settled.has(one))) return 'ignored';
    const isPart = chain.slice(1).some((one) => one === node || gone.has(one));
    return isPart && toComputed(other, world) === undefined ? 'through' : placeIn(other, node, isWhole);
  };
  const unseen = function* (node: Node): Iterable<Node> {
    for (const other of [...columnsLast(dependents.get(node)), ...(heirs.get(node) ?? [])]) {
      if (seen.has(other)) continue;
      seen.add(other);
      yield other;
    }
  };
  // What hangs on something that is dropped goes with it, or is in its way.
  const isGoneBehind = (place: Place, node: Node, isWhole: boolean) =>
    place === 'moved' || isDeep || (isWhole && node !== start);
  const visit = (node: Node, isWhole: boolean) => {
    for (const other of unseen(node)) {
      const place = judge(other, node, isWhole);
      if (place === 'kept')
        why ??= `PostgreSQL can't take it away or change it while something uses it: ${nameNode(other, world)}.`;
      if (place !== 'moved' && place !== 'through') continue;
      const target = toComputed(other, world) ?? other;
      if (place === 'moved') gone.add(target);
      visit(target, isGoneBehind(place, node, isWhole));
      if (place === 'moved') nodes.push(target);
    }
  };
  visit(start, isDeep || written.moves === 'values');
  return why === undefined ? { nodes } : { nodes: [], why, isIgnored };
}

/** Why things can't be made: what they need is not there, and is not made here. */
function findLacks(items: readonly Item[], { world, wanted, ignored }: Sides): ReadonlyMap<Item, string> {
  const makes = items.filter(({ action, written: { why } }) => action === 'make' && why === undefined);
  const makers = new Map(makes.map((item) => [item.node, item]));
  const unwritten = items.filter(({ action, written }) => action === 'make' && isUnwritten(written));
  const lacking = new Set([...[...ignored].filter((node) => !world.there.has(node)), ...unwritten.map(toNode)]);
  const lacks = new Map<Item, string>();
  // What needs something that can't be made can't be made either, and what needs that.
  for (let size = -1; size !== lacking.size; ) {
    size = lacking.size;
    for (const [node, others] of size === 0 ? [] : wanted.dependencies) {
      const chain = chainOf(node, wanted);
      const item = chain.map((one) => makers.get(one)).find((one) => one !== undefined && !lacks.has(one));
      if (item === undefined) continue;
      const needed = [...others].flatMap((other) => chainOf(other, wanted)).find((one) => lacking.has(one));
      if (needed === undefined || chain.includes(needed)) continue;
      lacks.set(item, wordLack(nameNode(needed, { there: world.wanted }), ignored.has(needed)));
      lacking.add(item.node);
    }
  }
  return lacks;
}

function isUnwritten({ why, isAlong }: Written): boolean {
  return why !== undefined && isAlong !== true;
}

function toNode({ node }: Item): Node {
  return node;
}

function wordLack(needed: string, isIgnored: boolean): string {
  if (!isIgnored) return `It needs ${needed}, for which there is no SQL.`;
  return `"ignore" in updown.json leaves ${needed} as it is, which is not there, and which it needs.`;
}

interface Way extends Sides {
  readonly dependents: Dependencies;
  readonly heirs: ReadonlyMap<Node, readonly Node[]>;
  /** What is out of the way by itself. */
  readonly settled: ReadonlySet<Node>;
}

function nameNode(node: Node, world: Pick<World, 'there'>): string {
  return wordNode(node, world) ?? 'Something';
}

function toAside(ways: ReadonlyMap<Item, readonly Node[]>, { world, wanted }: Sides): Aside {
  const done = new Set<Node>();
  const back = new Set<Node>();
  const above = reverse(new Map([...heirsOf(world.expected)].map(([node, heirs]) => [node, new Set(heirs)])));
  const needs = (node: Node, seen: Set<Node>): ReadonlySet<Node> => {
    for (const other of [...(wanted.dependencies.get(node) ?? []), ...(above.get(node) ?? [])])
      for (const one of chainOf(other, wanted))
        if (!seen.has(one)) {
          seen.add(one);
          needs(one, seen);
        }
    return seen;
  };
  return {
    before: (step) => {
      const nodes = (ways.get(step) ?? []).filter((node) => !done.has(node));
      for (const node of nodes) done.add(node);
      return nodes.map((node) => toMoved(world, node));
    },
    after: (step, steps) => {
      const rest = steps.slice(steps.indexOf(step) + 1);
      const ahead = new Set(
        rest
          .filter(({ action, written }) => action !== 'drop' && written.statements.length + (written.again ? 1 : 0) > 0)
          .map(({ node }) => node),
      );
      const awaited = new Set(rest.flatMap((one) => ways.get(one) ?? []));
      const ready = [...done].filter((node) => {
        if (back.has(node) || awaited.has(node)) return false;
        const needed = needs(node, new Set());
        return ![...needed].some((one) => ahead.has(one) || (awaited.has(one) && done.has(one)));
      });
      const sorted = sortByNeeds(ready, needs);
      for (const node of sorted) back.add(node);
      return sorted.map((node) => toMoved(world, node));
    },
  };
}

function sortByNeeds(
  nodes: readonly Node[],
  needs: (node: Node, seen: Set<Node>) => ReadonlySet<Node>,
): readonly Node[] {
  const sorted: Node[] = [];
  const add = (node: Node) => {
    if (sorted.includes(node)) return;
    const needed = needs(node, new Set());
    for (const other of nodes)
      if (other !== node && needed.has(other) && !needs(other, new Set()).has(node)) add(other);
    if (!sorted.includes(node)) sorted.push(node);
  };
  for (const node of nodes) add(node);
  return sorted;
}
