import { isUpdownError, UpdownError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import { resolveFixed } from '../graph/resolve.ts';
import { outOfRange, severalHeads, stepUp } from '../graph/step.ts';
import { type Branch, isRelative, type Offset, type Reading, readTarget } from '../graph/target.ts';
import { ancestorsOf, appliedHeadsOf, inOrder } from '../graph/walk.ts';
import { listNames } from '../words.ts';
import { findLate, refuseLate, splitApplied, startAhead, unknownApplied } from './late.ts';
import type { Plan } from './plan.ts';
import { findHalfWay } from './replaced.ts';

export interface UpgradeOptions {
  readonly includeLate?: boolean;
  /** Plan from a database that has applied what the files don't contain, where nothing of the files is missing: then there is nothing to do. */
  readonly allowAhead?: boolean | undefined;
}

/** What the targets stand on, themselves included, and isn't applied yet. */
export function planUpgrade(
  graph: Graph,
  applied: ReadonlySet<string>,
  targets: readonly string[],
  options: UpgradeOptions = {},
): Plan {
  return planUpgradeTo(graph, applied, aimUpgrade(graph, applied, targets, options), options);
}

/** The revisions that targets mean from this state. Whoever plans again from a later one keeps to them: `+1` would mean another one there. */
export function aimUpgrade(
  graph: Graph,
  applied: ReadonlySet<string>,
  targets: readonly string[],
  { allowAhead = false }: UpgradeOptions = {},
): readonly string[] {
  const { known, unknown } = splitApplied(graph, applied);
  // Where the database stands is not known here, and so neither is where a step from there would go.
  if (unknown.length > 0 && !allowAhead && targets.some((target) => isRelative(graph, target)))
    throw unknownApplied(graph, applied, '');
  try {
    return targets.flatMap((target) => resolveUpgrade(graph, known, target));
  } catch (error) {
    if (unknown.length === 0 || !isUpdownError(error) || error.code !== 'relative-out-of-range') throw error;
    throw graph.order.every((id) => known.has(id)) ? aheadOfRange(error, unknown) : unknownApplied(graph, applied, '');
  }
}

/** All that the files hold is applied, so that no step of theirs is left to take. */
function aheadOfRange({ message }: UpdownError, unknown: readonly string[]): UpdownError {
  return new UpdownError(
    'relative-out-of-range',
    `${message}: all that the files hold is applied, and the database is ahead of them by ${listNames(unknown)}`,
    { hint: 'An older application starts without a target: updown upgrade --allow-ahead' },
  );
}

/** The same for revisions. */
export function planUpgradeTo(
  graph: Graph,
  applied: ReadonlySet<string>,
  ids: readonly string[],
  options: UpgradeOptions = {},
): Plan {
  const { known, unknown } = splitApplied(graph, applied);
  const wanted = ancestorsOf(graph, ids);
  const added = inOrder(graph, wanted).filter((id) => !known.has(id));
  const isAhead = options.allowAhead === true && added.length === 0 && findHalfWay(graph, applied) === undefined;
  if (unknown.length > 0 && !isAhead) throw unknownApplied(graph, applied, added.length === 0 ? startAhead : '');
  if (options.includeLate !== true) refuseLate(findLate(graph, known).filter((id) => wanted.has(id)));
  return {
    steps: added.map((id) => ({ op: 'up', id })),
    from: appliedHeadsOf(graph, known),
    to: appliedHeadsOf(graph, new Set([...known, ...added])),
  };
}

/** The revisions one target means, from this state; none for `base`. */
export function resolveUpgrade(graph: Graph, applied: ReadonlySet<string>, text: string): readonly string[] {
  const reading = readTarget(graph, text);
  return reading.kind === 'from-current' ? [walkUp(graph, applied, reading)] : resolveFixed(graph, reading);
}

type FromCurrent = Extract<Reading, { kind: 'from-current' }>;

/** `clamp` is for history, where going past the end is no mistake. */
export function walkUp(graph: Graph, applied: ReadonlySet<string>, reading: FromCurrent, clamp = false): string {
  const { text, branch, offset } = reading;
  if (offset.steps <= 0) throw wrongWay(text, offset);
  const starts = startsOf(graph, applied, branch);
  if (starts.length > 1) throw severalHeads(offset, starts);
  const end = stepUp(graph, starts[0], offset.steps, { text, branch, clamp });
  if (end === undefined) throw outOfRange(text, 0, offset.steps);
  return end;
}

/** The database's heads in the branch; where it has none there, the highest applied revisions of the branch. */
function startsOf(graph: Graph, applied: ReadonlySet<string>, branch: Branch | undefined): readonly string[] {
  const heads = appliedHeadsOf(graph, applied);
  if (branch === undefined) return heads;
  const inBranch = heads.filter((id) => branch.lineage.has(id));
  if (inBranch.length > 0) return inBranch;
  return appliedHeadsOf(graph, new Set([...applied].filter((id) => branch.lineage.has(id))));
}

function wrongWay(text: string, offset: Offset): UpdownError {
  return offset.steps === 0
    ? outOfRange(text, 0, 0)
    : new UpdownError('relative-out-of-range', `"${text}" goes down, and this is an upgrade`, {
        hint: `Use \`updown downgrade ${text}\` to go down.`,
      });
}
