import type { Graph } from './graph.ts';
import { nodeOf } from './node-of.ts';

/** Ids one step away: `graph` is bound first, so that a direction can be handed on. */
export type Next = (id: string) => readonly string[];

export function parentsOf(graph: Graph): Next {
  return (id) => nodeOf(graph, id).parents;
}

export function childrenOf(graph: Graph): Next {
  return (id) => graph.children.get(id) ?? [];
}

/** Everything that must be applied before: parents and dependencies. */
export function needsOf(graph: Graph): Next {
  return (id) => join(nodeOf(graph, id).parents, graph.dependencies.get(id));
}

/** Everything that must be reverted before: children and dependents. */
export function usersOf(graph: Graph): Next {
  return (id) => join(graph.children.get(id) ?? [], graph.dependents.get(id));
}

function join(edges: readonly string[], more: readonly string[] | undefined): readonly string[] {
  return more === undefined ? edges : [...edges, ...more];
}

/** The starts and all that can be reached from them. */
export function reach(starts: Iterable<string>, next: Next): Set<string> {
  const reached = new Set(starts);
  const todo = [...reached];
  for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
    for (const other of next(id)) {
      if (reached.has(other)) continue;
      reached.add(other);
      todo.push(other);
    }
  }
  return reached;
}

/** With themselves. */
export function ancestorsOf(graph: Graph, ids: Iterable<string>): Set<string> {
  return reach(ids, needsOf(graph));
}

/** With themselves. */
export function descendantsOf(graph: Graph, ids: Iterable<string>): Set<string> {
  return reach(ids, usersOf(graph));
}

/** The revision, what it stands on and what stands on it, by parents only. */
export function lineageOf(graph: Graph, id: string): Set<string> {
  return new Set([...reach([id], parentsOf(graph)), ...reach([id], childrenOf(graph))]);
}

/** All that stands below or above any of them, with dependencies counted as parents. */
export function kinOf(graph: Graph, ids: readonly string[]): Set<string> {
  return new Set([...ancestorsOf(graph, ids), ...descendantsOf(graph, ids)]);
}

/** What `heads` lists and a new revision may stand on: no children, dependents or not. */
export function headsOf(graph: Graph): readonly string[] {
  return graph.order.filter((id) => !graph.children.has(id));
}

/** What a full upgrade leaves as heads: neither children nor dependents. */
export function effectiveHeadsOf(graph: Graph): readonly string[] {
  return graph.order.filter((id) => !graph.children.has(id) && !graph.dependents.has(id));
}

export function basesOf(graph: Graph): readonly string[] {
  return graph.order.filter((id) => nodeOf(graph, id).parents.length === 0);
}

export function branchPointsOf(graph: Graph): readonly string[] {
  return graph.order.filter((id) => (graph.children.get(id)?.length ?? 0) > 1);
}

/** The heads of a database: applied, and not below another applied one, even if something between them is not applied. */
export function appliedHeadsOf(graph: Graph, applied: ReadonlySet<string>): readonly string[] {
  return topsOf(graph, applied, needsOf(graph));
}

/** The tip of every applied branch, also of one that another branch depends on. */
export function appliedTipsOf(graph: Graph, applied: ReadonlySet<string>): readonly string[] {
  return topsOf(graph, applied, parentsOf(graph));
}

function topsOf(graph: Graph, ids: ReadonlySet<string>, down: Next): readonly string[] {
  const below = new Set<string>();
  const todo = [...ids];
  for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
    for (const lower of down(id)) {
      if (!below.has(lower) && !ids.has(lower)) todo.push(lower);
      below.add(lower);
    }
  }
  return sorted(
    graph,
    [...ids].filter((id) => !below.has(id)),
  );
}

/** In graph order. */
export function sorted(graph: Graph, ids: Iterable<string>): readonly string[] {
  const positionOf = (id: string) => graph.position.get(id) ?? -1;
  return [...ids].sort((a, b) => positionOf(a) - positionOf(b));
}

/** Every revision of the set, in graph order. */
export function inOrder(graph: Graph, ids: ReadonlySet<string>): readonly string[] {
  return graph.order.filter((id) => ids.has(id));
}
