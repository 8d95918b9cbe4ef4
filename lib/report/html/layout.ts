import { Graph, layout } from '@dagrejs/dagre';

export interface Box {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

export interface Line {
  readonly from: string;
  readonly to: string;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** By id, where its middle is. */
  readonly boxes: ReadonlyMap<string, Point>;
  /** In the order of the lines that were given. */
  readonly paths: readonly (readonly Point[])[];
}

/** Where to draw each box and each line, from the top down, or from the bottom up. */
export function place(boxes: readonly Box[], lines: readonly Line[], upward = false): Picture {
  const graph = new Graph();
  graph.setGraph({ rankdir: upward ? 'BT' : 'TB', nodesep: 24, ranksep: 34, marginx: 4, marginy: 4 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id, width, height } of boxes) graph.setNode(id, { width, height });
  for (const { from, to } of lines) graph.setEdge(from, to);
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { readonly width?: number; readonly height?: number };
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    boxes: new Map(boxes.map(({ id }) => [id, graph.node(id) as Point])),
    paths: lines.map(({ from, to }) => (graph.edge(from, to) as { readonly points: readonly Point[] }).points),
  };
}
