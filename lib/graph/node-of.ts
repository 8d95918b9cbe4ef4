import type { Graph, Node } from './graph.ts';

/** The revision with an id that is known to be one of the graph. */
export function nodeOf<N extends Node>({ nodes }: Pick<Graph<N>, 'nodes'>, id: string): N {
  const node = nodes.get(id);
  if (node === undefined) throw new Error(`The graph has no revision "${id}"`);
  return node;
}
