import { UpdownError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import { resolveAll, resolveFixed } from '../graph/resolve.ts';
import { stepDown } from '../graph/step.ts';
import { type Branch, type Reading, readTarget } from '../graph/target.ts';
import { ancestorsOf, appliedHeadsOf, childrenOf, effectiveHeadsOf, headsOf, inOrder, reach } from '../graph/walk.ts';
import { listNames } from '../words.ts';
import { walkUp } from './upgrade.ts';

/** Both ends included, newest first. `range` is `a:b`, `a:`, `:b` or `:`; `current` may be either end. */
export function resolveHistory(
  graph: Graph,
  range: string | undefined,
  applied: ReadonlySet<string>,
): readonly string[] {
  if (range === undefined) return graph.order.toReversed();
  const [from = '', to = ''] = splitHistory(range);
  const low = resolveLow(graph, from === '' ? 'base' : from, applied);
  const high = resolveHigh(graph, to === '' ? 'heads' : to, applied, low.ids);
  const tops = high.filter((id) => low.branch === undefined || low.branch.lineage.has(id));
  const below = ancestorsOf(graph, tops);
  const apart = low.ids.find((id) => !below.has(id));
  if (apart !== undefined) throw notBelow(range, apart, tops);
  return between(graph, low.ids, below);
}

/** The revisions `show` means: as any target, and `current`. */
export function resolveShown(graph: Graph, text: string, applied: ReadonlySet<string>): readonly string[] {
  return text === 'current' ? appliedHeadsOf(graph, applied) : resolveAll(graph, text);
}

function splitHistory(range: string): readonly string[] {
  const ends = range.trim().split(':');
  if (ends.length === 2) return ends;
  throw new UpdownError('bad-range', `"${range}" is not a range`, { hint: 'Write <from>:<to>, <from>: or :<to>.' });
}

interface Low {
  readonly ids: readonly string[];
  readonly branch: Branch | undefined;
}

function resolveLow(graph: Graph, text: string, applied: ReadonlySet<string>): Low {
  if (text === 'current') return { ids: appliedHeadsOf(graph, applied), branch: undefined };
  const reading = readTarget(graph, text);
  const ids = reading.kind === 'from-current' ? belowHeads(graph, reading) : resolveFixed(graph, reading, true);
  return { ids, branch: reading.branch };
}

type FromCurrent = Extract<Reading, { kind: 'from-current' }>;

/** A lower end of `-N` counts from the files' heads, as in Alembic: history needs no database. */
function belowHeads(graph: Graph, { text, branch, offset }: FromCurrent): readonly string[] {
  if (offset.steps >= 0) {
    throw new UpdownError('unknown-revision', `"${text}" as lower end has nothing to start from`, {
      hint: 'Write <revision>+N, or -N to count down from the heads.',
    });
  }
  const heads = branch === undefined ? effectiveHeadsOf(graph) : headsOf(graph).filter((id) => branch.lineage.has(id));
  const ends = heads.map((head) => stepDown(graph, head, -offset.steps, { text, clamp: true }));
  return ends.includes(undefined) ? [] : [...new Set(ends as readonly string[])];
}

function resolveHigh(
  graph: Graph,
  text: string,
  applied: ReadonlySet<string>,
  low: readonly string[],
): readonly string[] {
  if (text === 'current') return appliedHeadsOf(graph, applied);
  const reading = readTarget(graph, text);
  if (reading.kind !== 'from-current') return resolveFixed(graph, reading, true);
  return [walkUp(graph, ancestorsOf(graph, low), reading, true)];
}

function notBelow(range: string, apart: string, tops: readonly string[]): UpdownError {
  const upper = tops.length === 0 ? 'base' : listNames(tops);
  return new UpdownError('not-an-ancestor', `In "${range}", "${apart}" is not below ${upper}`, {
    hint: 'A range goes up along one branch: the older end comes first.',
  });
}

/** Without a lower end: everything. With one: what descends from it, so that a merge's other side stays out. */
function between(graph: Graph, low: readonly string[], below: ReadonlySet<string>): readonly string[] {
  const all = inOrder(graph, below).toReversed();
  if (low.length === 0) return all;
  const above = reach(low, childrenOf(graph));
  return all.filter((id) => above.has(id));
}
