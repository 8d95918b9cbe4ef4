import { UpdownError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import { nodeOf } from '../graph/node-of.ts';
import { onlyOne, resolveFixed } from '../graph/resolve.ts';
import { ambiguousWalk, outOfRange, severalHeads, stepDown } from '../graph/step.ts';
import { type Branch, type Offset, type Reading, readTarget } from '../graph/target.ts';
import {
  appliedHeadsOf,
  appliedTipsOf,
  basesOf,
  childrenOf,
  descendantsOf,
  inOrder,
  parentsOf,
  reach,
} from '../graph/walk.ts';
import { assertKnown } from './late.ts';
import type { Plan } from './plan.ts';

/** Reverts what stands on the target, dependents included: children of it, then theirs. */
export function planDowngrade(graph: Graph, applied: ReadonlySet<string>, target: string): Plan {
  return planDowngradeOf(graph, applied, aimDowngrade(graph, applied, target));
}

/** The lowest revisions to revert, by what the target means from this state. Whoever plans again from a later one keeps to them. */
export function aimDowngrade(graph: Graph, applied: ReadonlySet<string>, target: string): readonly string[] {
  assertKnown(graph, applied);
  const heads = appliedHeadsOf(graph, applied);
  const reading = readTarget(graph, target);
  return isBareMinus(reading) ? [undoFrom(graph, heads, reading.offset)] : rootsAbove(graph, applied, heads, reading);
}

/** Reverts these, as far as they are applied, and what stands on them. */
export function planDowngradeOf(graph: Graph, applied: ReadonlySet<string>, roots: readonly string[]): Plan {
  assertKnown(graph, applied);
  const heads = appliedHeadsOf(graph, applied);
  const above = descendantsOf(graph, roots);
  const removed = inOrder(graph, above).filter((id) => applied.has(id));
  const left = new Set(applied);
  for (const id of removed) left.delete(id);
  return {
    steps: removed.reverse().map((id) => ({ op: 'down', id })),
    from: heads,
    to: appliedHeadsOf(graph, left),
  };
}

type FromCurrent = Extract<Reading, { kind: 'from-current' }>;

function isBareMinus(reading: Reading): reading is FromCurrent {
  return reading.kind === 'from-current' && reading.branch === undefined && reading.offset.steps < 0;
}

/** `-N`: the Nth revision down from the one head. Undoing a merge needs no choice; going on below it would. */
function undoFrom(graph: Graph, heads: readonly string[], offset: Offset): string {
  const { text } = offset;
  const steps = -offset.steps;
  if (heads.length > 1) throw severalHeads(offset, heads);
  let at = heads[0];
  for (let taken = 1; taken < steps && at !== undefined; taken++) {
    const parents = withoutAncestors(graph, nodeOf(graph, at).parents);
    if (parents.length > 1) throw ambiguousWalk(text, at, parents);
    if (parents.length === 0) throw outOfRange(text, taken, steps);
    at = parents[0];
  }
  if (at === undefined) throw outOfRange(text, 0, steps);
  return at;
}

/** A merge of `b` with a revision below `b` leaves `b` alone as head. */
function withoutAncestors(graph: Graph, parents: readonly string[]): readonly string[] {
  if (parents.length < 2) return parents;
  const below = reach(parents.flatMap(parentsOf(graph)), parentsOf(graph));
  return parents.filter((id) => !below.has(id));
}

/** The lowest revisions to revert. A branch keeps only those it stands on, where there are several. */
function rootsAbove(
  graph: Graph,
  applied: ReadonlySet<string>,
  heads: readonly string[],
  reading: Reading,
): readonly string[] {
  const target = resolveTarget(graph, applied, heads, reading);
  const roots = target === undefined ? basesOf(graph) : childrenOf(graph)(target);
  const kept = keepBranch(graph, roots, reading.branch);
  if (target !== undefined && !heads.includes(target)) refuseNothing(graph, applied, kept, target);
  return kept;
}

function resolveTarget(
  graph: Graph,
  applied: ReadonlySet<string>,
  heads: readonly string[],
  reading: Reading,
): string | undefined {
  if (reading.kind === 'from-current') return walkDown(graph, applied, heads, reading);
  return onlyOne(graph, resolveFixed(graph, reading), reading.text);
}

/** `left@-N`: from the branch's head, or from its applied tip where another branch depends on it. */
function walkDown(
  graph: Graph,
  applied: ReadonlySet<string>,
  heads: readonly string[],
  { text, branch, offset }: FromCurrent,
): string | undefined {
  if (offset.steps >= 0 || branch === undefined) throw wrongWay(text, offset.steps);
  const inBranch = (id: string): boolean => branch.lineage.has(id);
  const own = heads.filter(inBranch);
  const starts = own.length > 0 ? own : appliedTipsOf(graph, applied).filter(inBranch);
  if (starts.length > 1) throw severalHeads(offset, starts);
  return stepDown(graph, starts[0], -offset.steps, { text });
}

function wrongWay(text: string, steps: number): UpdownError {
  if (steps === 0) return outOfRange(text, 0, 0);
  return new UpdownError('relative-out-of-range', `"${text}" goes up, and this is a downgrade`, {
    hint: `Use \`updown upgrade ${text}\` to go up.`,
  });
}

/** A target by which this revision and what stands on it is reverted, and nothing beside it: another branch may stand on its parent, too. */
export function targetBelow(graph: Graph, id: string): string {
  const [parent = 'base'] = graph.nodes.get(id)?.parents ?? [];
  return `${id}@${parent}`;
}

function keepBranch(graph: Graph, roots: readonly string[], branch: Branch | undefined): readonly string[] {
  if (branch === undefined || roots.length < 2) return roots;
  const below = reach([branch.id], parentsOf(graph));
  const kept = roots.filter((id) => below.has(id));
  if (kept.length > 0) return kept;
  throw new UpdownError('invalid-downgrade-target', `No revision of branch "${branch.name}" is above that target`, {
    hint: 'Name a revision below the branch, or leave the branch out.',
  });
}

function refuseNothing(graph: Graph, applied: ReadonlySet<string>, roots: readonly string[], target: string): void {
  for (const id of descendantsOf(graph, roots)) if (applied.has(id)) return;
  throw new UpdownError(
    'invalid-downgrade-target',
    `No applied revision is above "${target}", so there is nothing to revert`,
    {
      hint: 'See `updown current` for what is applied.',
    },
  );
}
