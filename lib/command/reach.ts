import { isUpdownError } from '../errors.ts';
import { descendantsOf } from '../graph/walk.ts';
import type { Plan } from '../plan/plan.ts';
import type { Project } from '../project/load.ts';

/** Where a down.sql can't be sent, nothing is: the error says how far down a downgrade could go instead. */
export function namingReach<T>(
  project: Project,
  { plan, isOffline }: { readonly plan: Plan; readonly isOffline: boolean },
  id: string,
  op: 'up' | 'down',
  body: () => T,
): T {
  try {
    return body();
  } catch (error) {
    if (op === 'up' || !isUpdownError(error) || !standsUnder(project, plan, id)) throw error;
    const before = error.hint === undefined ? '' : `${error.hint} `;
    const range = isOffline ? `${plan.from.join(',')}:${id} --sql` : id;
    throw error.with({
      hint: `${before}Nothing was reverted; \`updown downgrade ${range}\` goes down as far as possible.`,
      cause: error,
    });
  }
}

/** Whether the plan reverts something on it first. All of that was found good by then. */
function standsUnder({ graph }: Project, { steps }: Plan, id: string): boolean {
  const above = descendantsOf(graph, [id]);
  return steps
    .slice(
      0,
      steps.findIndex((step) => step.id === id),
    )
    .some((step) => above.has(step.id));
}
