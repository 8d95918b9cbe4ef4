import type { Graph } from '../graph/graph.ts';
import { appliedHeadsOf, descendantsOf, inOrder } from '../graph/walk.ts';
import type { Plan, Step } from '../plan/plan.ts';
import { resolveFrom } from '../plan/range.ts';
import { planUpgrade } from '../plan/upgrade.ts';
import type { Reviewed } from './header.ts';

/** A plan made again from what a script says of it, by the graph as it is now. Every id must be known. */
export interface Restored {
  readonly plan: Plan;
  readonly applied: ReadonlySet<string>;
}

export function restorePlan(graph: Graph, { from = [], steps }: Reviewed): Restored {
  const op = steps[0]?.op;
  const ids = steps.map(({ id }) => id);
  const below = from.length === 0 ? new Set<string>() : resolveFrom(graph, from.join(','));
  // What an upgrade brings below an applied revision was late, and is not applied.
  const applied = new Set([...below].filter((id) => op !== 'up' || !ids.includes(id)));
  const planned = op === 'up' ? planUpgrade(graph, applied, ids, { includeLate: true }).steps : undefined;
  const made =
    planned ?? (op === 'down' ? planDown(graph, applied, ids) : steps.map(({ op: own, id }) => ({ op: own, id })));
  return {
    plan: { steps: keepOrder(made, ids), from: appliedHeadsOf(graph, applied), to: endOf(graph, applied, made) },
    applied,
  };
}

function planDown(graph: Graph, applied: ReadonlySet<string>, ids: readonly string[]): readonly Step[] {
  const above = [...descendantsOf(graph, ids)].filter((id) => applied.has(id));
  return inOrder(graph, new Set([...ids, ...above]))
    .toReversed()
    .map((id) => ({ op: 'down', id }));
}

/** Where both have the same steps, the script's order: a half-done one went first. */
function keepOrder(made: readonly Step[], ids: readonly string[]): readonly Step[] {
  const byId = new Map(made.map((step) => [step.id, step]));
  const kept = ids.flatMap((id) => byId.get(id) ?? []);
  return kept.length === made.length ? kept : made;
}

function endOf(graph: Graph, applied: ReadonlySet<string>, steps: readonly Step[]): readonly string[] {
  const end = new Set(applied);
  for (const { op, id } of steps) {
    if (op === 'up' || op === 'stamp') end.add(id);
    else end.delete(id);
  }
  return appliedHeadsOf(graph, end);
}
