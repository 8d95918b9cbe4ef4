import { isUpdownError } from '../errors.ts';
import type { Script } from '../script/script.ts';
import type { WordCommand } from './approved.ts';
import type { Context } from './context.ts';
import type { Course } from './course.ts';
import { compileOffline } from './offline.ts';

/**
 * What approves a plan, for whoever may not reach the database: by the revisions it starts from, where that is the same plan, and else from
 * where the database stands.
 */
export function commandOf(
  context: Context,
  course: Course,
  targets: readonly string[],
  fixed: string | undefined,
): WordCommand {
  const aims = fixed === undefined ? targets : [fixed];
  return async (script) => {
    if (course.name === 'stamp')
      return `stamp ${aims.join(' ')} --sql --from-database -o stamp.sql, and then: updown approve stamp.sql`;
    const down = course.name === 'downgrade' ? '--down ' : '';
    if (!(await isPlannedOffline(context, course, aims, script)))
      return `approve ${down}${aims.join(' ')}${course.includesLate === true ? ' --include-late' : ''}`;
    const { from } = script.plan;
    if (from.length > 1) return `approve ${down}${aims.join(' ')} --from ${from.join(',')}`;
    return `approve ${from[0] ?? 'base'}:${aims.join(' ')}`;
  };
}

async function isPlannedOffline(
  { project }: Context,
  course: Course,
  targets: readonly string[],
  { plan, digest }: Script,
): Promise<boolean> {
  const from = plan.from.length === 0 ? 'base' : plan.from.join(',');
  try {
    return (await compileOffline({ project, emit: () => {} }, course, targets, { from })).digest === digest;
  } catch (error) {
    if (isUpdownError(error)) return false;
    throw error;
  }
}
