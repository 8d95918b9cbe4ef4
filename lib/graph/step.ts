import { UpdownError } from '../errors.ts';
import { listNames, plural } from '../words.ts';
import type { Graph } from './graph.ts';
import { nodeOf } from './node-of.ts';
import type { Offset } from './target.ts';
import { basesOf } from './walk.ts';

/** For whom steps are counted: the target as typed, and the branch that decides at forks. */
export interface Walker {
  readonly text: string;
  readonly branch?: { readonly lineage: ReadonlySet<string> } | undefined;
  /** Stop at the end of the history rather than fail there. */
  readonly clamp?: boolean;
}

/** So many children up. `undefined` is base. */
export function stepUp(graph: Graph, start: string | undefined, steps: number, walker: Walker): string | undefined {
  let at = start;
  for (let taken = 0; taken < steps; taken++) {
    const children = at === undefined ? basesOf(graph) : (graph.children.get(at) ?? []);
    const open = children.filter((id) => walker.branch === undefined || walker.branch.lineage.has(id));
    if (open.length > 1) throw ambiguousWalk(walker.text, at, open);
    if (open.length === 0 && walker.clamp === true) return at;
    if (open.length === 0) throw outOfRange(walker.text, taken, steps);
    at = open[0];
  }
  return at;
}

/** So many parents down. `undefined` is base. */
export function stepDown(graph: Graph, start: string | undefined, steps: number, walker: Walker): string | undefined {
  let at = start;
  for (let taken = 0; taken < steps; taken++) {
    if (at === undefined && walker.clamp === true) return undefined;
    if (at === undefined) throw outOfRange(walker.text, taken, steps);
    const parents = nodeOf(graph, at).parents;
    if (parents.length > 1) throw ambiguousWalk(walker.text, at, parents);
    at = parents[0];
  }
  return at;
}

export function ambiguousWalk(text: string, at: string | undefined, choices: readonly string[]): UpdownError {
  const where = at === undefined ? 'From base' : `From "${at}"`;
  return new UpdownError('ambiguous-walk', `${where}, "${text}" can go several ways: ${listNames(choices)}`, {
    hint: 'Name the revision itself.',
  });
}

export function severalHeads(offset: Offset, heads: readonly string[]): UpdownError {
  const branches = heads.map((id) => `${id}@${offset.text}`);
  return new UpdownError(
    'ambiguous-walk',
    `"${offset.text}" could start from any of several applied heads: ${listNames(heads)}`,
    { hint: `Say which: ${listNames(branches)}, or name the revision to go to.` },
  );
}

export function outOfRange(text: string, available: number, asked: number): UpdownError {
  const message = asked === 0 ? 'it takes no step' : `${available} of ${plural(asked, 'step')} can be taken`;
  return new UpdownError('relative-out-of-range', `"${text}" is out of range: ${message}`, {
    hint: asked === 0 ? 'Ask for one step or more.' : 'See `updown history` for what lies above and below.',
  });
}
