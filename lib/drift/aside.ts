import type { Change } from '../schema/change.ts';
import { type Dependencies, type Node, nodeOfDefault } from '../schema/dependencies.ts';
import { describeName } from '../schema/describe-name.ts';
import type { Name } from '../schema/name.ts';
import type { Column } from '../schema/relation.ts';
import { quoteIdent, quoteRelation } from '../sql/quote.ts';
import { chainOf, reverse, type Side, type Step } from './order.ts';
import { columnsLast, isConverted, type Place, placeOf, toComputed } from './place.ts';
import { cannot, follows, type Written } from './remedy/written.ts';
import { dropEntry, type Entry, makeEntry, type World } from './subject.ts';

interface Item extends Step {
  readonly change: Change;
  readonly written: Written;
}

/** What stands in the way of another change: it is dropped before, and made again behind. */
export interface Moved {
  readonly node: Node;
  readonly drop: readonly string[];
  readonly make: readonly string[];
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
): { readonly aside: Aside; readonly settled: readonly Item[] } {
  const dropped = new Set(items.filter(({ action }) => action === 'drop').map(({ node }) => node));
  const changed = new Set(items.filter(({ action }) => action === 'alter').map(({ node }) => node));
  const dependents = reverse(sides.there.dependencies);
  const ways = new Map<Item, readonly Node[]>();
  const refused = new Map<Item, string>();
  const remade = new Map<Node, Item>();
  for (const item of items) {
    const lack = lackOf(item, sides);
    if (lack !== undefined) refused.set(item, lack);
    if (lack !== undefined || !clears(item)) continue;
    // What is changed, too, needs no more what is dropped once that is done.
    const settled = item.action === 'drop' ? new Set([...dropped, ...changed]) : dropped;
    const { nodes, why, isIgnored } = findInWay(item, { ...sides, dependents, settled });
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
  return { settled, aside: toAside(byItem, sides) };
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
      refused.set(item, `PostgreSQL can't take it away while something uses it: ${wordNode(one, world)}.`);
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
  if (item.action === 'drop' || !chain.some((node) => moved.has(node))) return item;
  return { ...item, written: follows('what is set aside and made again') };
}

/** In the order in which they can be dropped. */
function findInWay(
  { node: start, written, action }: Item,
  { world, there, dependents, settled, ignored }: Way,
): { readonly nodes: readonly Node[]; readonly why?: string; readonly isIgnored?: boolean } {
  const isWhole = (from: Node) =>
    action === 'drop' || written.moves === 'whole' || (written.moves === 'values' && from === start);
  const nodes: Node[] = [];
  const seen = new Set<Node>([start]);
  const gone = new Set<Node>([start]);
  let why: string | undefined;
  let isIgnored = false;
  const placeIn = (other: Node, node: Node): Place =>
    written.moves === 'values' && node === start && isConverted(other, world)
      ? 'through'
      : placeOf(other, world, isWhole(node));
  const judge = (other: Node, node: Node): Place => {
    const chain = chainOf(other, there);
    if (chain.some((one) => ignored.has(one)) && placeIn(other, node) !== 'ignored') {
      isIgnored = true;
      why = `"ignore" in updown.json leaves ${wordNode(other, world)} as it is, which uses it: change that first.`;
      return 'ignored';
    }
    // What goes with it may be used by something that does not.
    if (action === 'drop' && chain.includes(start)) return 'through';
    if (chain.some((one) => settled.has(one))) return 'ignored';
    const isPart = chain.slice(1).some((one) => one === node || gone.has(one));
    return isPart && toComputed(other, world) === undefined ? 'through' : placeIn(other, node);
  };
  const visit = (node: Node) => {
    for (const other of columnsLast(dependents.get(node))) {
      if (seen.has(other)) continue;
      seen.add(other);
      const place = judge(other, node);
      if (place === 'kept')
        why ??= `PostgreSQL can't take it away or change it while something uses it: ${wordNode(other, world)}.`;
      if (place !== 'moved' && place !== 'through') continue;
      const target = toComputed(other, world) ?? other;
      if (place === 'moved') gone.add(target);
      visit(target);
      if (place === 'moved') nodes.push(target);
    }
  };
  visit(start);
  return why === undefined ? { nodes } : { nodes: [], why, isIgnored };
}

/** Why something can't be made: what it needs is not there, and is not told. */
function lackOf({ node, action, written }: Item, { world, wanted, ignored }: Sides): string | undefined {
  if (action !== 'make' || written.why !== undefined || ignored.size === 0) return undefined;
  const parts = [...wanted.dependencies.keys()].filter((one) => chainOf(one, wanted).includes(node));
  for (const one of [node, ...parts])
    for (const other of wanted.dependencies.get(one) ?? []) {
      const lacking = chainOf(other, wanted).find((each) => ignored.has(each) && !world.there.has(each));
      if (lacking !== undefined)
        return `"ignore" in updown.json leaves ${wordNode(lacking, { ...world, there: world.wanted })} as it is, which is not there, and which it needs.`;
    }
  return undefined;
}

interface Way extends Sides {
  readonly dependents: Dependencies;
  /** What is out of the way by itself. */
  readonly settled: ReadonlySet<Node>;
}

function wordNode(node: Node, { there }: World): string {
  const entry = there.get(node.replace('["default"', '["column"'));
  if (entry === undefined) return 'Something';
  const of = entry.of === undefined ? '' : ` of ${describeName(entry.of.kind, entry.of.name)}`;
  return `${describeName(entry.kind, entry.value.name)}${of}`;
}

function toAside(ways: ReadonlyMap<Item, readonly Node[]>, { world, wanted }: Sides): Aside {
  const done = new Set<Node>();
  const back = new Set<Node>();
  const toMoved = (node: Node): Moved => ({ node, drop: dropNode(world, node), make: makeNode(world, node) });
  const needs = (node: Node, seen: Set<Node>): ReadonlySet<Node> => {
    for (const other of wanted.dependencies.get(node) ?? [])
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
      return nodes.map(toMoved);
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
      return sorted.map(toMoved);
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

function dropNode(world: World, node: Node): readonly string[] {
  const entry = world.there.get(node);
  if (entry !== undefined) return dropEntry(world, entry).statements;
  const [set] = columnOf(world.there, node);
  return set === undefined ? [] : [`${set} DROP DEFAULT;`];
}

function makeNode(world: World, node: Node): readonly string[] {
  const entry = world.wanted.get(node);
  if (entry !== undefined) return makeEntry(world, entry).statements;
  const [set, column] = columnOf(world.wanted, node);
  return set === undefined || column?.default == null ? [] : [`${set} SET DEFAULT ${column.default};`];
}

function columnOf(entries: ReadonlyMap<Node, Entry>, node: Node): readonly [string?, Column?] {
  const entry = entries.get(node.replace('["default"', '["column"'));
  if (entry?.of === undefined || entry.kind !== 'column') return [];
  const column = entry.value as Column;
  const table = entry.of.name as Name;
  if (nodeOfDefault(table, column.name) !== node) return [];
  return [`ALTER TABLE ${quoteRelation(table)} ALTER COLUMN ${quoteIdent(column.name)}`, column];
}
