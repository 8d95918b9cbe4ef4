import type { LedgerState } from '../database/ledger-state.ts';
import { UpdownError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import { resolveAll } from '../graph/resolve.ts';
import { ancestorsOf, descendantsOf } from '../graph/walk.ts';
import type { Plan, Step } from '../plan/plan.ts';
import { planRecord, type RecordAs, resolveRecord } from '../plan/record.ts';
import { planStamp } from '../plan/stamp.ts';
import { loadProject, type Project } from '../project/load.ts';
import type { Script } from '../script/script.ts';
import type { Course } from './course.ts';
import { type MigrateOptions, migrate, withFrom } from './migrate.ts';
import type { ScratchChoice } from './on-scratch.ts';
import type { ScriptOptions } from './prepare.ts';
import type { RunResult } from './run.ts';
import { findEdited, type Standing } from './standing.ts';

export interface StampTarget {
  readonly targets: readonly string[];
  /** Forget everything else first, also revisions the files don't know. */
  readonly purge?: boolean;
  /** Record exactly the targets as applied, from the files as they are, and change nothing else. */
  readonly only?: boolean;
  /** Record exactly the targets as not applied, and change nothing else; also revisions the files don't know. */
  readonly forget?: boolean;
  /** Record it though the schema is not what these revisions make; what differs is told as warnings. */
  readonly force?: boolean | undefined;
}

export async function stamp(options: MigrateOptions & StampTarget & ScratchChoice): Promise<RunResult> {
  const how = course(options, loadProject(options));
  const { purge, only, forget } = options;
  // These put a ledger right; the first record of all says what nobody has run there.
  if (!purge && !only && !forget) await (await import('./stamp-check.ts')).checkStamp(options);
  return migrate(options, how, options.targets);
}

export async function prepareStamp(options: ScriptOptions & StampTarget): Promise<Script> {
  const { prepare } = await import('./prepare.ts');
  return prepare(options, course(options, loadProject(options)), options.targets);
}

function course(options: StampTarget, project: Project): Course {
  const as = readRecordAs(options);
  return as === undefined ? courseOfMove(options, project) : courseOfRecord(as, project);
}

function readRecordAs({ purge, only, forget }: StampTarget): RecordAs | undefined {
  if ([purge, only, forget].filter(Boolean).length > 1) {
    throw new UpdownError('usage', '"--only", "--forget" and "--purge" exclude each other', {
      hint: 'Stamp with one of them, then with the other.',
    });
  }
  return only ? 'only' : forget ? 'forget' : undefined;
}

function courseOfMove({ purge = false }: StampTarget, project: Project): Course {
  return {
    name: 'stamp',
    aim: (_graph, _standing, names) => ({ names }),
    plan: (graph, standing, { names }, state) => {
      const plan = planStamp(graph, new Set(standing.applied.keys()), names, { purge });
      return { ...plan, steps: [...plan.steps, ...settle(project, standing, names, state, plan)] };
    },
    range: async (graph, targets, from) =>
      (await import('../plan/range.ts')).resolveStampRange(graph, targets, { ...withFrom(from), purge }),
    strict: false,
    settles: true,
  };
}

function courseOfRecord(as: RecordAs, project: Project): Course {
  return {
    name: 'stamp',
    aim: (_graph, _standing, names) => ({ names }),
    plan: (graph, standing, { names: targets }, state) => {
      const edited = new Set(findEdited(project, standing));
      const half = new Set((state?.unfinished ?? []).map(({ id }) => id));
      // Their entries say that they stand on what is gone.
      const torn = new Set((state?.torn ?? []).map(({ above }) => above));
      const names = resolveRecord(graph, new Set(standing.applied.keys()), targets, as, (id) => half.has(id));
      const isOpen = (id: string): boolean =>
        state === undefined ||
        half.has(id) ||
        edited.has(id) ||
        torn.has(id) ||
        standing.applied.has(id) !== (as === 'only');
      return planRecord(graph, new Set(standing.applied.keys()), names, { as, isOpen });
    },
    range: async (graph, targets, from) => {
      if (from === undefined) throw needsStart(as);
      return (await import('../plan/range.ts')).resolveStampRange(graph, targets, { from });
    },
    strict: false,
    settles: true,
  };
}

/** What is applied is all that such a stamp leaves as it is. */
function needsStart(as: RecordAs): UpdownError {
  return new UpdownError('usage', `A script of \`stamp --${as}\` needs to know what is applied`, {
    hint: 'Add --from-database, or --from <heads>.',
  });
}

/** What has the right state but needs a new entry: edited files, and unfinished steps at or above the targets. */
function settle(
  project: Project,
  standing: Standing,
  targets: readonly string[],
  state: LedgerState | undefined,
  plan: Plan,
): readonly Step[] {
  const { graph } = project;
  const ids = targets.flatMap((target) => resolveAll(graph, target));
  const below = ancestorsOf(graph, ids);
  const planned = new Set(plan.steps.map(({ id }) => id));
  const edited = findEdited(project, standing).filter((id) => below.has(id));
  const unfinished = (state?.unfinished ?? []).map(({ id }) => id);
  const done = unfinished.filter((id) => below.has(id));
  const undone = unfinished.filter((id) => !below.has(id) && isAbove(graph, ids, id));
  const again: readonly Step[] = [...new Set([...edited, ...done])].map((id) => ({ op: 'stamp', id }));
  return [...again, ...undone.map((id): Step => ({ op: 'unstamp', id }))].filter(({ id }) => !planned.has(id));
}

function isAbove(graph: Graph, ids: readonly string[], id: string): boolean {
  return ids.length === 0 || descendantsOf(graph, ids).has(id);
}
