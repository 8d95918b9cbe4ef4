import type { Dependencies, Node } from '../schema/dependencies.ts';
import {
  columnOfDefault,
  defaultOfColumn,
  kindOfNode,
  nodeOf,
  nodeOfDefinition,
  nodeOfDomainDefault,
  wholeOf,
} from '../schema/dependencies.ts';
import type { Name } from '../schema/name.ts';
import type { Column, Sequence } from '../schema/relation.ts';
import type { Domain } from '../schema/type.ts';
import type { Entries } from './subject.ts';

/** What is done to a node: what is too much is dropped, what is missing is made, everything else altered. */
export interface Step {
  readonly node: Node;
  readonly action: 'drop' | 'make' | 'alter';
  /** What is made first: it is the same thing, by the name that it is to have. */
  readonly behind?: Node | undefined;
}

/** What depends on what on one side, and what is a part of what. */
export interface Side {
  readonly entries: Entries;
  readonly dependencies: Dependencies;
  /** Parts that are written later than the object that they are a part of. */
  readonly late?: ReadonlySet<Node> | undefined;
}

/** The node itself, what it is a part of, and what that is a part of: the default of a column, the column, the table. */
export function chainOf(node: Node, { entries }: Pick<Side, 'entries'>): readonly Node[] {
  const above = partOf(node, entries);
  return above === undefined ? [node] : [node, ...chainOf(above, { entries })];
}

function partOf(node: Node, entries: Entries): Node | undefined {
  if (kindOfNode(node) === 'default') return columnOfDefault(node);
  const entry = entries.get(node);
  if (entry?.kind === 'index' && entry.of !== undefined) {
    const { schema, name } = entry.of.name as { readonly schema: string; readonly name: string };
    return JSON.stringify(['relation', schema, name]);
  }
  const owner = entry?.kind === 'sequence' ? (entry.value as Sequence).ownedBy : null;
  return owner === null ? wholeOf(node) : nodeOf('column', owner.column, { kind: 'table', name: owner.table });
}

/** Of each node what depends on it. */
export function reverse(dependencies: Dependencies): Dependencies {
  const found = new Map<Node, Set<Node>>();
  for (const [node, others] of dependencies)
    for (const other of others) {
      const known = found.get(other);
      if (known === undefined) found.set(other, new Set([node]));
      else known.add(node);
    }
  return found;
}

/** A step, or what has to be done around a node before another one can go on. */
type Point<S> = S | `${'drops of dependents' | 'changes of dependents' | 'what is needed'} ${Node}`;

/**
 * The steps in an order that PostgreSQL takes: what depends on something is dropped before it, and made after it. Two that each need the
 * other first stand as they came.
 */
export function orderSteps<S extends Step>(steps: readonly S[], wanted: Side, there: Side): readonly S[] {
  const before = toPredecessors(steps, wanted, there);
  const ordered: S[] = [];
  const seen = new Set<Point<S>>();
  const visit = (first: Point<S>): void => {
    const stack: { readonly point: Point<S>; readonly others: Iterator<Point<S>> }[] = [];
    const enter = (point: Point<S>) => {
      if (seen.has(point)) return;
      seen.add(point);
      stack.push({ point, others: before(point)[Symbol.iterator]() });
    };
    enter(first);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const { value, done } = top.others.next();
      if (!done) enter(value);
      else {
        stack.pop();
        if (typeof top.point !== 'string') ordered.push(top.point);
      }
    }
  };
  for (const step of [...steps.filter(({ action }) => action === 'drop'), ...steps]) visit(step);
  return ordered;
}

function toPredecessors<S extends Step>(
  steps: readonly S[],
  wanted: Side,
  there: Side,
): (point: Point<S>) => Iterable<Point<S>> {
  const dependents = reverse(there.dependencies);
  const at = new Map<string, S[]>();
  for (const step of steps) {
    const key = `${step.action} ${step.node}`;
    at.set(key, [...(at.get(key) ?? []), step]);
  }
  const find = (action: Step['action'], node: Node, side: Side): readonly S[] =>
    chainOf(node, side).flatMap((one) => at.get(`${action} ${one}`) ?? []);
  const partsThere = partsBy(there);
  const partsWanted = partsBy(wanted);
  const dropped = (node: Node): readonly Point<S>[] => [`drops of dependents ${node}`, `changes of dependents ${node}`];
  const beforeStep = ({ node, action, behind }: S): readonly Point<S>[] => {
    if (action === 'drop') return [node, ...(partsThere.get(node) ?? [])].flatMap(dropped);
    const all = partsWanted.get(node) ?? [];
    const parts = action === 'make' ? all.filter((part) => !isAddition(part, wanted)) : all;
    const needed = [node, ...parts].map((one) => `what is needed ${one}` as const);
    if (action === 'make') return [...(at.get(`drop ${node}`) ?? []), ...needed];
    return [...(at.get(`make ${behind}`) ?? []), `drops of dependents ${node}`, ...needed];
  };
  return (point) => {
    if (typeof point !== 'string') return beforeStep(point);
    const node = point.slice(point.indexOf('['));
    // What a thing's own parts need of it comes with it.
    const isOther = (side: Side) => {
      const own = chainOf(node, side);
      return (step: S) => !own.includes(step.node);
    };
    if (point.startsWith('what is needed'))
      return [...(wanted.dependencies.get(node) ?? []), ...computing(node, wanted)].flatMap((other) => [
        `what is needed ${other}` as const,
        ...[...find('make', other, wanted), ...find('alter', other, wanted)].filter(isOther(wanted)),
        ...lateOf(other, wanted).map((part) => `what is needed ${part}` as const),
      ]);
    const [word, action] = point.startsWith('drops') ? (['drops', 'drop'] as const) : (['changes', 'alter'] as const);
    return [...(dependents.get(node) ?? []), ...computed(node, there)].flatMap((other) => [
      `${word} of dependents ${other}` as const,
      // The default of a column reads its own sequence until it is another one.
      ...find(action, other, there).filter((step) => isOther(there)(step) || isDefaultOf(other, step.node)),
    ]);
  };
}

/** What a generated column is computed by: what needs the column needs that, too. */
function computing(node: Node, side: Side): readonly Node[] {
  if (!isGenerated(node, side)) return [];
  return [defaultOfColumn(node)];
}

/** The column that it computes. */
function computed(node: Node, side: Side): readonly Node[] {
  const column = columnOfDefault(node);
  return column !== node && isGenerated(column, side) ? [column] : [];
}

function isGenerated(node: Node, { entries }: Side): boolean {
  const entry = entries.get(node);
  return entry?.kind === 'column' && (entry.value as Column).generated !== null;
}

/** What a domain and a view are not complete without: those that need them come behind that, as far as they can. */
function lateOf(node: Node, { entries, late }: Side): readonly Node[] {
  const entry = entries.get(node);
  if (late === undefined || late.size === 0) return [];
  if (entry?.kind === 'view') return [nodeOfDefinition(entry.value.name as Name)].filter((part) => late.has(part));
  if (entry?.kind !== 'domain') return [];
  const { name, constraints } = entry.value as Domain;
  const parts = constraints.map((one) => nodeOf('constraint', one.name, { kind: 'domain', name }));
  return [nodeOfDomainDefault(name), ...parts].filter((part) => late.has(part));
}

/** What is put on a table when all is there that it needs. */
export function isAddition(node: Node, { entries, late }: Side): boolean {
  if (late?.has(node)) return true;
  const entry = entries.get(node);
  return entry?.of?.kind === 'table' && ['trigger', 'rule', 'policy'].includes(entry.kind);
}

function isDefaultOf(node: Node, column: Node): boolean {
  return node.startsWith('["default"') && column.startsWith('["column"') && chainOf(node, none).includes(column);
}

const none: Pick<Side, 'entries'> = { entries: new Map() };

/** Of each whole, and of each column: the nodes that go with it. */
export function partsBy(side: Side): ReadonlyMap<Node, readonly Node[]> {
  const found = new Map<Node, Node[]>();
  const nodes = new Set([...side.entries.keys(), ...side.dependencies.keys()]);
  for (const node of nodes)
    for (const above of chainOf(node, side).slice(1)) {
      const known = found.get(above);
      if (known === undefined) found.set(above, [node]);
      else known.push(node);
    }
  return found;
}
