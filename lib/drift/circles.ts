import {
  columnOfDefault,
  kindOfNode,
  type Node,
  nodeOf,
  nodeOfDefinition,
  nodeOfDomainDefault,
} from '../schema/dependencies.ts';
import type { Column, Constraint, Index } from '../schema/relation.ts';
import type { Domain } from '../schema/type.ts';
import { quoteRelation } from '../sql/quote.ts';
import { findComponents } from './components.ts';
import { chainOf, isAddition, partsBy, type Side } from './order.ts';
import type { Entries } from './subject.ts';

/** What is done about objects that need each other. */
export interface Circles {
  /** What is wanted, where what the late parts need is theirs alone. */
  readonly wanted: Side;
  /** Parts that are written once all is there that they need, and not with the object that they are a part of. */
  readonly late: ReadonlySet<Node>;
  /** Objects that no order makes, each with the others of its circle. */
  readonly stuck: ReadonlyMap<Node, readonly Node[]>;
}

/**
 * Finds the objects to be made that need each other, such as a table and a function that its default calls and that reads it, and which of
 * their parts can be written later. Where there is no circle nothing is late.
 */
export function findCircles(makes: ReadonlySet<Node>, wanted: Side): Circles {
  const { graph, stuck } = openCircles({
    objects: makes,
    side: wanted,
    goesAlong: (part) => !isAddition(part, wanted),
  });
  const { late } = graph;
  const keys = foreignKeysIn(graph);
  const own = late.size + keys.length === 0 ? wanted : splitLate(wanted, late);
  return { wanted: { ...own, late: new Set([...late, ...keys]) }, late, stuck };
}

/** The same of objects to be dropped: their parts that are to be dropped first. Rules, triggers and policies go with their table. */
export function findCuts(
  drops: ReadonlySet<Node>,
  there: Side,
): { readonly there: Side; readonly cuts: ReadonlySet<Node> } {
  const { late: cuts } = openCircles({ objects: drops, side: there, goesAlong: () => true }).graph;
  if (cuts.size === 0) return { there, cuts };
  const split = splitLate(there, cuts);
  const dependencies = new Map([...split.dependencies].filter(([node]) => !cuts.has(node)));
  return { there: { ...split, dependencies }, cuts };
}

interface Ground {
  /** Those that are made, or dropped. */
  readonly objects: ReadonlySet<Node>;
  readonly side: Side;
  /** Whether a part comes, or goes, with its object. */
  readonly goesAlong: (part: Node) => boolean;
}

interface Graph extends Ground {
  readonly late: ReadonlySet<Node>;
}

/** Parts are taken out of the circles until none is left: views only where nothing else opens one. */
function openCircles(ground: Ground): { readonly graph: Graph; readonly stuck: ReadonlyMap<Node, readonly Node[]> } {
  const side = splitDomains(ground.objects, ground.side);
  const first = withLate({ ...ground, side, late: new Set() });
  const rest = findStuck(first);
  if (rest.size === 0) return { graph: first, stuck: rest };
  const second = withLate({ ...first, side: splitViews(new Set(rest.keys()), side) });
  return { graph: second, stuck: findStuck(second) };
}

type Next = (node: Node) => readonly Node[];

/** What a node needs first; an object needs what is written with it. What is there already, or has no SQL, has no place in an order. */
function toNext({ objects, side, late, goesAlong }: Graph, withKeys = false): Next {
  const parts = partsBy(side);
  const isInside = (part: Node) =>
    !late.has(part) && goesAlong(part) && (withKeys || !isForeignKey(part, side.entries));
  const unitOf = toUnit(side);
  return (node) => {
    const unit = unitOf(node);
    if (side.entries.has(unit) && !objects.has(unit)) return [];
    const needed = [...(side.dependencies.get(node) ?? [])];
    if (!objects.has(node)) return needed;
    return [...needed, ...[...(parts.get(node) ?? []), ...pseudoParts(node, side)].filter(isInside)];
  };
}

/** The default of a domain and the definition of a view, where what they need is told apart. */
function pseudoParts(node: Node, { dependencies, entries }: Side): readonly Node[] {
  return [pseudoOf(node, entries)].filter((part): part is Node => part !== undefined && dependencies.has(part));
}

function pseudoOf(node: Node, entries: Entries): Node | undefined {
  const entry = entries.get(node);
  if (entry?.kind === 'domain') return nodeOfDomainDefault((entry.value as Domain).name);
  return entry?.kind === 'view' ? nodeOfDefinition((entry.value as Domain).name) : undefined;
}

/** The object that a node is, or is a part of; the row type of a table is that table. */
function toUnit({ entries }: Side): (node: Node) => Node {
  const rows = new Map<Node, Node>();
  for (const [node, { kind, value }] of entries) {
    const pseudo = pseudoOf(node, entries);
    if (pseudo !== undefined) rows.set(pseudo, node);
    if (rowTypes.has(kind)) rows.set(JSON.stringify(['type', quoteRelation((value as Domain).name)]), node);
  }
  return (node) => rows.get(node) ?? chainOf(node, { entries }).at(-1) ?? node;
}

const rowTypes: ReadonlySet<string> = new Set(['table', 'foreign-table', 'view', 'materialized-view']);

/** Of each part that is in a circle by what it needs itself: the part, and what is written with it. */
function withLate(graph: Graph): Graph {
  const { objects, side, late } = graph;
  const next = toNext(graph);
  const components = findComponents(objects, next);
  const unitOf = toUnit(side);
  const found = new Set(late);
  for (const [node, component] of components) {
    const unit = unitOf(node);
    if (unit === node || !objects.has(unit) || !canBeLate(node, side)) continue;
    if (!next(node).some((other) => unitOf(other) !== unit && components.get(other) === component)) continue;
    for (const one of withTwin(node, side.entries)) found.add(one);
  }
  return { ...graph, late: found };
}

/** Whether ALTER or a statement of its own can write it behind the object. */
function canBeLate(node: Node, { entries }: Side): boolean {
  const kind = kindOfNode(node);
  if (kind === 'domain-default' || kind === 'definition') return true;
  if (kind === 'default') {
    const column = entries.get(columnOfDefault(node))?.value as Column | undefined;
    return column !== undefined && column.generated === null;
  }
  const entry = entries.get(node);
  return entry?.of !== undefined && ['constraint', 'index', 'trigger', 'rule', 'policy'].includes(entry.kind);
}

/** A constraint and its index are one. */
function withTwin(node: Node, entries: Entries): readonly Node[] {
  const { kind, value, of } = entries.get(node) ?? {};
  if (of?.kind !== 'table') return [node];
  if (kind === 'index') {
    const { constraint } = value as Index;
    return constraint === null ? [node] : [node, nodeOf('constraint', constraint, of)];
  }
  const index = kind === 'constraint' ? (value as Constraint).index : null;
  return index === null ? [node] : [node, nodeOf('index', index, of)];
}

/** Objects in a circle that no late part has cut. */
function findStuck(graph: Graph): ReadonlyMap<Node, readonly Node[]> {
  const { objects, side } = graph;
  const components = findComponents(objects, toNext(graph));
  const circles = new Map<number, Node[]>();
  for (const node of objects) {
    const component = components.get(node);
    if (component === undefined) continue;
    circles.set(component, [...(circles.get(component) ?? []), node]);
  }
  const isOrdered = (node: Node) => !together.has(side.entries.get(node)?.kind ?? '');
  return new Map(
    [...circles.values()]
      .filter((nodes) => nodes.length > 1 && nodes.every(isOrdered))
      .flatMap((nodes) => nodes.map((node) => [node, nodes.filter((other) => other !== node)] as const)),
  );
}

/** What is made along with others, whatever PostgreSQL says of its order. */
const together: ReadonlySet<string> = new Set(['operator-class', 'operator-family', 'sequence']);

/** Foreign keys come last anyhow, and those in a circle with something else say nothing of the order of tables. */
function foreignKeysIn(graph: Graph): readonly Node[] {
  const { objects, side } = graph;
  const next = toNext(graph, true);
  const components = findComponents(objects, next);
  const unitOf = toUnit(side);
  const isKey = (node: Node) => isForeignKey(node, side.entries);
  const mixed = new Set<number>();
  for (const [node, component] of components)
    if (!isKey(node) && next(node).some((one) => components.get(one) === component && unitOf(one) !== unitOf(node)))
      mixed.add(component);
  return [...components].flatMap(([node, component]) => (isKey(node) && mixed.has(component) ? [node] : []));
}

function isForeignKey(node: Node, entries: Entries): boolean {
  const entry = entries.get(node);
  return entry?.kind === 'constraint' && (entry.value as Constraint).type === 'foreign key';
}

/** PostgreSQL says that the domain needs what its default calls. */
function splitDomains(nodes: ReadonlySet<Node>, side: Side): Side {
  return split(side, nodes, 'domain', (node) => ['routine', 'operator'].includes(kindOfNode(node)));
}

/** A view that stands there with its columns alone needs their types and its schema. */
function splitViews(nodes: ReadonlySet<Node>, side: Side): Side {
  return split(side, nodes, 'view', (node) => kindOfNode(node) !== 'schema');
}

function splitLate(side: Side, late: ReadonlySet<Node>): Side {
  const nodes = new Set([...side.entries.keys()].filter((node) => late.has(pseudoOf(node, side.entries) ?? '')));
  return nodes.size === 0 ? side : splitViews(nodes, splitDomains(nodes, side));
}

function split(side: Side, nodes: Iterable<Node>, kind: 'domain' | 'view', moves: (node: Node) => boolean): Side {
  const dependencies = new Map<Node, ReadonlySet<Node>>(side.dependencies);
  for (const node of nodes) {
    const part = side.entries.get(node)?.kind === kind ? pseudoOf(node, side.entries) : undefined;
    const needed = [...(dependencies.get(node) ?? [])];
    if (part === undefined || !needed.some(moves)) continue;
    dependencies.set(node, new Set(needed.filter((one) => !moves(one))));
    dependencies.set(part, new Set([...needed.filter(moves), node]));
  }
  return { ...side, dependencies };
}
