import type { Transactions } from '../script/block.ts';
import type { Script } from '../script/script.ts';
import { compilePlan } from './compile.ts';
import type { Context } from './context.ts';
import type { Course } from './course.ts';
import { standAt } from './standing.ts';

/** The plan from where it is said to start, without asking a database. */
export async function compileOffline(
  { project, emit }: Pick<Context, 'project' | 'emit'>,
  course: Course,
  targets: readonly string[],
  { from, transactions = 'each' }: { readonly from?: string | undefined; readonly transactions?: Transactions },
): Promise<Script> {
  const { applied, targets: ends } = await course.range(project.graph, targets, from);
  const standing = standAt(project, applied);
  const plan = course.plan(project.graph, standing, course.aim(project.graph, standing, ends), undefined);
  return compilePlan(project, plan, standing, emit, { transactions });
}
