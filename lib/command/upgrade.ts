import { isRelative } from '../graph/target.ts';
import { aimUpgrade, planUpgradeTo } from '../plan/upgrade.ts';
import type { Script } from '../script/script.ts';
import type { Course } from './course.ts';
import { type MigrateOptions, migrate, withFrom } from './migrate.ts';
import type { ScratchChoice } from './on-scratch.ts';
import type { ScriptOptions } from './prepare.ts';
import type { RunResult } from './run.ts';

export interface UpgradeTarget {
  /** Default `head`. */
  readonly target?: string;
  /** Run revisions that turned up below applied ones too. */
  readonly includeLate?: boolean;
  /**
   * Where everything in the files is applied, what else the database has applied is no reason to refuse: for an application that starts
   * beside a newer version of itself. Nothing is ever reverted or forgotten; with something to do, it is refused as without this.
   */
  readonly allowAhead?: boolean | undefined;
}

/** Whether a schema that is not what the applied revisions make is refused, and where that is looked at. */
export interface DriftChoice extends Pick<ScratchChoice, 'scratch'> {
  readonly refuseDrift?: boolean | undefined;
}

export async function upgrade(options: MigrateOptions & UpgradeTarget & DriftChoice = {}): Promise<RunResult> {
  if (options.refuseDrift === true) await (await import('./drift.ts')).refuseDrift(options);
  return migrate(options, course(options), [options.target ?? 'head']);
}

export async function prepareUpgrade(options: ScriptOptions & UpgradeTarget = {}): Promise<Script> {
  const { prepare } = await import('./prepare.ts');
  return prepare(options, course(options), [options.target ?? 'head']);
}

function course({ includeLate = false, allowAhead = false }: UpgradeTarget): Course {
  return {
    name: 'upgrade',
    aim: (graph, { applied }, targets) => {
      const names = aimUpgrade(graph, new Set(applied.keys()), targets, { allowAhead });
      const [target] = names;
      return { names, fixed: targets.some((text) => isRelative(graph, text)) ? target : undefined };
    },
    plan: (graph, { applied }, { names }) =>
      planUpgradeTo(graph, new Set(applied.keys()), names, { includeLate, allowAhead }),
    range: async (graph, [target = 'head'], from) =>
      (await import('../plan/range.ts')).resolveUpgradeRange(graph, target, withFrom(from)),
    strict: true,
    includesLate: includeLate,
    settles: false,
    allowAhead,
  };
}
