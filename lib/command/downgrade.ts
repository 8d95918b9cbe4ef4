import { isRelative } from '../graph/target.ts';
import { aimDowngrade, planDowngradeOf, targetBelow } from '../plan/downgrade.ts';
import type { Script } from '../script/script.ts';
import type { Course } from './course.ts';
import { type MigrateOptions, migrate, withFrom } from './migrate.ts';
import type { ScriptOptions } from './prepare.ts';
import type { RunResult } from './run.ts';

export interface DowngradeTarget {
  /** Where to go down to: a revision, `base`, `-1` … */
  readonly target: string;
}

export function downgrade(options: MigrateOptions & DowngradeTarget): Promise<RunResult> {
  return migrate(options, course, [options.target]);
}

export async function prepareDowngrade(options: ScriptOptions & DowngradeTarget): Promise<Script> {
  const { prepare } = await import('./prepare.ts');
  return prepare(options, course, [options.target]);
}

// An edited revision may be reverted: that is how a change to it is tried out.
const course: Course = {
  name: 'downgrade',
  aim: (graph, { applied }, [target = '']) => {
    const names = aimDowngrade(graph, new Set(applied.keys()), target);
    const [root] = names;
    return { names, fixed: isRelative(graph, target) && root ? targetBelow(graph, root) : undefined };
  },
  plan: (graph, { applied }, { names }) => planDowngradeOf(graph, new Set(applied.keys()), names),
  range: async (graph, [target = ''], from) =>
    (await import('../plan/range.ts')).resolveDowngradeRange(graph, target, withFrom(from)),
  strict: false,
  settles: false,
};
