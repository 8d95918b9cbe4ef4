import type { Graph } from './graph.ts';
import { nodeOf } from './node-of.ts';
import type { Revision } from './revision.ts';
import { ancestorsOf, descendantsOf } from './walk.ts';

/** A revision that can be moved, with all above it, so that two heads become one. */
export interface Move {
  readonly id: string;
  readonly onto: string;
}

/**
 * How two heads become one by moving what stands below the one alone onto the other; both ways, where both can be gone. First comes that of a
 * newcomer, where they are known, and else that of the later one.
 */
export function listMoves(
  graph: Graph<Revision>,
  [one, other, ...more]: readonly string[],
  newcomers: ReadonlySet<string> = new Set(),
): readonly Move[] {
  if (one === undefined || other === undefined || more.length > 0) return [];
  const order = [...graph.nodes.keys()];
  const later = (id: string) => order.indexOf(id) + (newcomers.has(id) ? order.length : 0);
  return [...findMove(graph, one, other), ...findMove(graph, other, one)].sort((a, b) => later(b.id) - later(a.id));
}

/** What stands below some of the heads and not below all of them, and the highest that does; newest first. */
export function forkOf(graph: Graph<Revision>, heads: readonly string[]): readonly Revision[] {
  if (heads.length < 2) return [];
  const below = heads.map((head) => ancestorsOf(graph, [head]));
  const isShared = (id: string) => below.every((ids) => ids.has(id));
  const apart = graph.order.filter((id) => below.some((ids) => ids.has(id)) && !isShared(id));
  const under = new Set(apart.flatMap((id) => nodeOf(graph, id).parents).filter(isShared));
  return graph.order
    .filter((id) => under.has(id) || apart.includes(id))
    .map((id) => nodeOf(graph, id))
    .toReversed();
}

/** What stands below a head and below none of the others. */
function partOf(graph: Graph, head: string, others: readonly string[]): ReadonlySet<string> {
  const below = ancestorsOf(graph, others);
  return new Set([...ancestorsOf(graph, [head])].filter((id) => !below.has(id)));
}

/** Only where it has one beginning, and nothing of it was released. */
function findMove(graph: Graph<Revision>, head: string, onto: string): readonly Move[] {
  const part = partOf(graph, head, [onto]);
  const revisionOf = (id: string) => nodeOf(graph, id);
  const [root, ...more] = [...part].filter((id) => revisionOf(id).parents.every((parent) => !part.has(parent)));
  if (root === undefined || more.length > 0 || revisionOf(root).parents.length > 1) return [];
  const moved = descendantsOf(graph, [root]);
  if (moved.has(onto) || [...moved].some((id) => revisionOf(id).sealed !== undefined)) return [];
  return [{ id: root, onto }];
}
