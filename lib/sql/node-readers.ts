import type { Node } from './parser.ts';

export type NodeKind = Node extends infer Each ? (Each extends unknown ? keyof Each : never) : never;

/** The fields of a node of this kind. */
export type NodeBody<K extends NodeKind> = Extract<Node, Record<K, unknown>>[K];

/** A function for each kind of node that is of interest. */
export type NodeReaders<T> = { readonly [K in NodeKind]?: (body: NodeBody<K>) => T };

/** Calls the function for the kind of this node; undefined where there is none. */
export function readNode<T>(node: Node, readers: NodeReaders<T>): T | undefined {
  const [kind, body] = Object.entries(node)[0] ?? [];
  if (kind === undefined || !Object.hasOwn(readers, kind)) return undefined;
  const read = readers[kind as NodeKind] as ((body: unknown) => T) | undefined;
  return read?.(body);
}
