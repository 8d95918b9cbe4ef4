import { type Dependencies, type Node, nodeOf, nodeOfDefinition, nodeOfDomainDefault } from '../schema/dependencies.ts';
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
  const defaults = splitDomains(makes, wanted);
  const first = lateIn({ makes, wanted: defaults, late: new Set() });
  const rest = findStuck({ makes, wanted: defaults, late: first });
  const views = splitViews(new Set(rest.keys()), defaults);
  const late = rest.size === 0 ? first : lateIn({ makes, wanted: views, late: first });
  const stuck = rest.size === 0 ? rest : findStuck({ makes, wanted: views, late });
  const keys = foreignKeysIn({ makes, wanted: views, late });
  const own = late.size + keys.length === 0 ? wanted : splitLate(wanted, late);
  return { wanted: { ...own, late: new Set([...late, ...keys]) }, late, stuck };
}

/** The same of objects to be dropped: their parts that are to be dropped first. */
export function findCuts(drops: ReadonlySet<Node>, there: Side): Pick<Circles, 'wanted' | 'late'> {
  const defaults = splitDomains(drops, there);
  const first = lateIn({ makes: drops, wanted: defaults, late: new Set(), isDrop: true });
  const rest = findStuck({ makes: drops, wanted: defaults, late: first, isDrop: true });
  const views = splitViews(new Set(rest.keys()), defaults);
  const late = rest.size === 0 ? first : lateIn({ makes: drops, wanted: views, late: first, isDrop: true });
  if (late.size === 0) return { wanted: there, late };
  const split = splitLate(there, late);
  const dependencies = new Map([...split.dependencies].filter(([node]) => !late.has(node)));
  return { wanted: { ...split, dependencies }, late };
}

interface Graph {
  /** Whether rules, triggers and policies go with their table. */
  readonly isDrop?: boolean;
  readonly makes: ReadonlySet<Node>;
  readonly wanted: Side;
  readonly late: ReadonlySet<Node>;
}

type Next = (node: Node) => readonly Node[];

/** What a node needs first; an object needs what is written with it. What is there already, or has no SQL, has no place in an order. */
function toNext({ makes, wanted, late, isDrop = false }: Graph, withKeys = false): Next {
  const parts = partsBy(wanted);
  const isInside = (part: Node) =>
    !late.has(part) && (isDrop || !isAddition(part, wanted)) && (withKeys || !isForeignKey(part, wanted.entries));
  const unitOf = toUnit(wanted);
  return (node) => {
    const unit = unitOf(node);
    if (wanted.entries.has(unit) && !makes.has(unit)) return [];
    const needed = [...(wanted.dependencies.get(node) ?? [])];
    if (!makes.has(node)) return needed;
    return [...needed, ...[...(parts.get(node) ?? []), ...pseudoParts(node, wanted)].filter(isInside)];
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
function lateIn(graph: Graph): ReadonlySet<Node> {
  const { makes, wanted, late } = graph;
  const { entries } = wanted;
  const next = toNext(graph);
  const components = findComponents(makes, next);
  const unitOf = toUnit(wanted);
  const found = new Set(late);
  for (const [node, component] of components) {
    const unit = unitOf(node);
    if (unit === node || !makes.has(unit) || !canBeLate(node, wanted)) continue;
    if (!next(node).some((other) => unitOf(other) !== unit && components.get(other) === component)) continue;
    for (const one of withTwin(node, entries)) found.add(one);
  }
  return found;
}

/** Whether ALTER or a statement of its own can write it behind the object. */
function canBeLate(node: Node, { entries }: Side): boolean {
  const [kind = ''] = JSON.parse(node) as readonly string[];
  if (kind === 'domain-default' || kind === 'definition') return true;
  if (kind === 'default') {
    const column = entries.get(node.replace('["default"', '["column"'))?.value as Column | undefined;
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
  const { makes, wanted } = graph;
  const components = findComponents(makes, toNext(graph));
  const circles = new Map<number, Node[]>();
  for (const node of makes) {
    const component = components.get(node);
    if (component === undefined) continue;
    circles.set(component, [...(circles.get(component) ?? []), node]);
  }
  const isOrdered = (node: Node) => !together.has(wanted.entries.get(node)?.kind ?? '');
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
  const { makes, wanted } = graph;
  const next = toNext(graph, true);
  const components = findComponents(makes, next);
  const unitOf = toUnit(wanted);
  const isKey = (node: Node) => isForeignKey(node, wanted.entries);
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
function splitDomains(makes: ReadonlySet<Node>, wanted: Side): Side {
  const isCall = (node: Node) => /^\["(routine|operator)"/.test(node);
  return split(wanted, makes, 'domain', isCall);
}

/** A view that stands there with its columns alone needs their types and its schema. */
function splitViews(nodes: ReadonlySet<Node>, wanted: Side): Side {
  return split(wanted, nodes, 'view', (node) => !node.startsWith('["schema"'));
}

function splitLate(wanted: Side, late: ReadonlySet<Node>): Side {
  const nodes = new Set([...wanted.entries.keys()].filter((node) => late.has(pseudoOf(node, wanted.entries) ?? '')));
  return nodes.size === 0 ? wanted : splitViews(nodes, splitDomains(nodes, wanted));
}

function split(wanted: Side, nodes: Iterable<Node>, kind: 'domain' | 'view', moves: (node: Node) => boolean): Side {
  const dependencies = new Map<Node, ReadonlySet<Node>>(wanted.dependencies);
  for (const node of nodes) {
    const part = wanted.entries.get(node)?.kind === kind ? pseudoOf(node, wanted.entries) : undefined;
    const needed = [...(dependencies.get(node) ?? [])];
    if (part === undefined || !needed.some(moves)) continue;
    dependencies.set(node, new Set(needed.filter((one) => !moves(one))));
    dependencies.set(part, new Set([...needed.filter(moves), node]));
  }
  return { ...wanted, dependencies: dependencies satisfies Dependencies };
}
