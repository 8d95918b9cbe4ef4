import type { History } from '../database/history.ts';
import type { Graph } from '../graph/graph.ts';
import { resolveAll } from '../graph/resolve.ts';
import { ancestorsOf, descendantsOf } from '../graph/walk.ts';
import type { Plan, Step } from '../plan/plan.ts';
import type { Script } from '../plan/script.ts';
import { planStamp } from '../plan/stamp.ts';
import { loadProject, type Project } from '../project/load.ts';
import { type Course, type MigrateOptions, migrate, withFrom } from './migrate.ts';
import type { ScriptOptions } from './prepare.ts';
import type { RunResult } from './run.ts';
import { findEdited, type Standing } from './standing.ts';

export interface StampTarget {
  readonly targets: readonly string[];
  /** Forget everything else first, also revisions the files don't know. */
  readonly purge?: boolean;
}

/**
 * Records without running: moves the ledger to the targets. It is also how an edited file is accepted as it is now, and how an unfinished
 * step is settled once the schema is where the record says.
 */
export function stamp(options: MigrateOptions & StampTarget): Promise<RunResult> {
  return migrate(options, course(options, loadProject(options)), options.targets);
}

/** What `stamp` would send. */
export async function prepareStamp(options: ScriptOptions & StampTarget): Promise<Script> {
  const { prepare } = await import('./prepare.ts');
  return prepare(options, course(options, loadProject(options)), options.targets);
}

function course({ purge = false }: StampTarget, project: Project): Course {
  return {
    plan: (graph, standing, targets, history) => {
      const plan = planStamp(graph, new Set(standing.applied.keys()), targets, { purge });
      return { ...plan, steps: [...plan.steps, ...settle(project, standing, targets, history, plan)] };
    },
    range: async (graph, targets, from) =>
      (await import('../plan/range.ts')).resolveStampRange(graph, targets, { ...withFrom(from), purge }),
    strict: false,
    settles: true,
  };
}

/** What has the right state but needs a new entry: edited files, and unfinished steps at or above the targets. */
function settle(
  project: Project,
  standing: Standing,
  targets: readonly string[],
  history: History | undefined,
  plan: Plan,
): readonly Step[] {
  const { graph } = project;
  const ids = targets.flatMap((target) => resolveAll(graph, target));
  const below = ancestorsOf(graph, ids);
  const planned = new Set(plan.steps.map(({ id }) => id));
  const edited = findEdited(project, standing).filter((id) => below.has(id));
  const unfinished = (history?.unfinished ?? []).map(({ id }) => id);
  const done = unfinished.filter((id) => below.has(id));
  const undone = unfinished.filter((id) => !below.has(id) && isAbove(graph, ids, id));
  const again: readonly Step[] = [...new Set([...edited, ...done])].map((id) => ({ op: 'stamp', id }));
  return [...again, ...undone.map((id): Step => ({ op: 'unstamp', id }))].filter(({ id }) => !planned.has(id));
}

function isAbove(graph: Graph, ids: readonly string[], id: string): boolean {
  return ids.length === 0 || descendantsOf(graph, ids).has(id);
}
