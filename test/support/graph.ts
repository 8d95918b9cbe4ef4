import { UpdownError } from '../../lib/errors.ts';
import { buildGraph } from '../../lib/graph/build.ts';
import type { Graph, Node } from '../../lib/graph/graph.ts';
import { ancestorsOf } from '../../lib/graph/walk.ts';
import type { Plan } from '../../lib/plan/plan.ts';

/**
 * Draws a graph: `a -> b,c -> d; x[label] -> y+c; z@20240101_1200`. Each on the left of an arrow is a parent of each on
 * its right; `[l]` is a label, `+c` a dependency, `@time` the folder's time.
 */
export function nodes(drawing: string): Node[] {
  const drawn = new Map<string, Draft>();
  for (const chain of drawing.split(/[;\n]/)) {
    let left: string[] = [];
    for (const group of chain.split('->')) {
      const right = group.split(',').flatMap((text) => (text.trim() === '' ? [] : [drawNode(text.trim(), drawn)]));
      for (const id of right) drawn.get(id)!.parents.push(...left);
      left = right;
    }
  }
  return [...drawn.values()];
}

export function graph(drawing: string): Graph {
  return buildGraph(nodes(drawing));
}

/** The applied set that a list of heads stands for: `d1, d2`. */
export function applied(of: Graph, heads: string): Set<string> {
  return ancestorsOf(of, heads === '' ? [] : heads.split(',').map((id) => id.trim()));
}

/** A plan in one line: the steps' ids, then the heads it leaves: `b c => c`. Stamps show what they take back as `-b`. */
export function say({ steps, to }: Plan): string {
  const ids = steps.map(({ op, id }) => (op === 'unstamp' ? `-${id}` : id));
  return [...ids, '=>', ...to].join(' ');
}

/** The error a call ends in: its code, and all it says. */
export function errorOf(call: () => unknown): UpdownError {
  try {
    call();
  } catch (error) {
    if (error instanceof UpdownError) return error;
    throw error;
  }
  throw new Error('the call went well');
}

interface Draft {
  readonly id: string;
  readonly parents: string[];
  readonly dependsOn: string[];
  readonly labels: string[];
  folder: string;
}

function drawNode(text: string, drawn: Map<string, Draft>): string {
  const match = /^([\w-]+)((?:\[[\w-]+\])*)((?:\+[\w-]+)*)(?:@(\w+))?$/.exec(text);
  if (match === null) throw new Error(`not a node: ${text}`);
  const [, id = '', labels = '', dependencies = '', time] = match;
  const draft = drawn.get(id) ?? { id, parents: [], dependsOn: [], labels: [], folder: id };
  draft.labels.push(...[...labels.matchAll(/\[([\w-]+)\]/g)].map((label) => label[1]!));
  draft.dependsOn.push(...[...dependencies.matchAll(/\+([\w-]+)/g)].map((dependency) => dependency[1]!));
  if (time !== undefined) draft.folder = `${time}_${id}`;
  drawn.set(id, draft);
  return id;
}
