import { UpdownError } from '../errors.ts';
import { listNames } from '../words.ts';
import type { Graph } from './graph.ts';
import { lookUp, settle } from './lookup.ts';
import { resolveAll } from './resolve.ts';
import { ancestorsOf, parentsOf, reach } from './walk.ts';

export interface ParentOptions {
  /** Permit parents that are no heads: a branch starts there. */
  readonly splice?: boolean;
}

/** The parents of a new revision: the one head, unless told otherwise; none for `base`. */
export function resolveParents(graph: Graph, parent = 'head', options: ParentOptions = {}): readonly string[] {
  const parents = onHead(graph, parent);
  if (options.splice !== true) refuseInner(graph, parents);
  return parents;
}

function onHead(graph: Graph, parent: string): readonly string[] {
  try {
    return resolveAll(graph, parent);
  } catch (error) {
    if (!(error instanceof UpdownError) || error.code !== 'multiple-heads') throw error;
    throw error.with({
      hint: 'Name its parent with `--parent <head>`, or join the heads first with `updown merge`.',
    });
  }
}

function refuseInner(graph: Graph, parents: readonly string[]): void {
  const inner = parents.find((id) => graph.children.has(id));
  if (inner === undefined) return;
  throw new UpdownError(
    'not-a-head',
    `Revision "${inner}" is not a head: it is a parent of ${listNames(graph.children.get(inner) ?? [])}`,
    {
      hint: 'Take a head (`updown heads`), or add `--splice` to start a branch there.',
    },
  );
}

/** The parents of a merge: all heads, unless told otherwise. */
export function resolveMerge(
  graph: Graph,
  targets: readonly string[] = ['heads'],
  options: ParentOptions = {},
): readonly string[] {
  const parents = targets.flatMap((target) => resolveAll(graph, target));
  const twice = parents.find((id, index) => parents.indexOf(id) !== index);
  if (twice !== undefined) {
    throw new UpdownError('duplicate-revisions', `Revision "${twice}" is named twice`, {
      hint: 'Name each revision to merge once.',
    });
  }
  if (options.splice !== true) refuseInner(graph, parents);
  refuseContained(graph, parents);
  return parents;
}

function refuseContained(graph: Graph, parents: readonly string[]): void {
  const below = reach(parents.flatMap(parentsOf(graph)), parentsOf(graph));
  const inner = parents.find((id) => below.has(id));
  if (inner === undefined) return;
  const outer = parents.find((id) => id !== inner && ancestorsOf(graph, [id]).has(inner));
  throw new UpdownError(
    'duplicate-revisions',
    `Revision "${outer}" is already based on "${inner}": there is nothing to merge`,
    {
      hint: `Leave "${inner}" out.`,
    },
  );
}

/** `--depends-on`: labels stay labels, so that the dependency reads as written; the rest becomes an id. */
export function resolveDependency(graph: Graph, name: string): string {
  return graph.labels.has(name) ? name : settle(graph, name, lookUp(graph, name));
}
