import type { Graph } from '../graph/graph.ts';
import { resolveAll } from '../graph/resolve.ts';
import { readTarget } from '../graph/target.ts';
import { ancestorsOf, appliedHeadsOf, inOrder, kinOf, sorted } from '../graph/walk.ts';
import { assertKnown } from './late.ts';
import type { Plan, Step } from './plan.ts';

export interface StampOptions {
  /** Forget everything first, also what the files don't know. */
  readonly purge?: boolean;
}

/** Records without running: each target moves the heads related to it there, up or down; other branches stay. */
export function planStamp(
  graph: Graph,
  applied: ReadonlySet<string>,
  targets: readonly string[],
  options: StampOptions = {},
): Plan {
  if (options.purge !== true) assertKnown(graph, applied);
  const known = new Set([...applied].filter((id) => graph.nodes.has(id)));
  const heads = appliedHeadsOf(graph, known);
  const stamps = targets.map((target) => resolveStamp(graph, heads, target));
  const moved = new Set(options.purge === true ? heads : stamps.flatMap((stamp) => stamp.moved));
  const stays = heads.filter((head) => !moved.has(head));
  const result = ancestorsOf(
    graph,
    stamps.flatMap((stamp) => stamp.ids),
  );
  // A late revision below a branch that stays is none of the stamp's business.
  for (const id of ancestorsOf(graph, stays)) if (applied.has(id)) result.add(id);
  return {
    steps: [...unstamps(graph, applied, result), ...stampsOf(graph, applied, result)],
    from: heads,
    to: appliedHeadsOf(graph, result),
  };
}

/** A target, and the heads it moves to itself. */
interface Stamp {
  readonly ids: readonly string[];
  readonly moved: readonly string[];
}

/** A branch widens what is moved to all related to it, as in Alembic; a target that is a head already moves nothing. */
function resolveStamp(graph: Graph, heads: readonly string[], text: string): Stamp {
  const ids = resolveAll(graph, text);
  const { branch } = readTarget(graph, text);
  if (branch === undefined && ids.length === 0) return { ids, moved: heads };
  const kin = kinOf(graph, branch === undefined ? ids : [branch.id, ...ids]);
  const near = kinOf(
    graph,
    ids.filter((id) => !heads.includes(id)),
  );
  const moves = ids.length === 0 || heads.some((head) => near.has(head));
  return { ids, moved: moves ? heads.filter((head) => kin.has(head)) : [] };
}

function unstamps(graph: Graph, applied: ReadonlySet<string>, result: ReadonlySet<string>): readonly Step[] {
  const gone = [...applied].filter((id) => !result.has(id));
  const unknown = gone.filter((id) => !graph.nodes.has(id)).sort();
  const known = sorted(
    graph,
    gone.filter((id) => graph.nodes.has(id)),
  ).toReversed();
  return [...unknown, ...known].map((id) => ({ op: 'unstamp', id }));
}

function stampsOf(graph: Graph, applied: ReadonlySet<string>, result: ReadonlySet<string>): readonly Step[] {
  return inOrder(graph, result)
    .filter((id) => !applied.has(id))
    .map((id) => ({ op: 'stamp', id }));
}
