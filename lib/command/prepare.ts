import type { LedgerState } from '../database/ledger-state.ts';
import { assertReadable } from '../graph/target.ts';
import { readAhead } from '../project/ahead.ts';

import type { Reviewed } from '../script/header.ts';
import type { Script, ScriptStep } from '../script/script.ts';
import { compilePlan } from './compile.ts';
import { type CommandOptions, type Context, openContext } from './context.ts';
import type { Course } from './course.ts';
import { wordDifference } from './difference.ts';
import { decideFor, digestOf, isOther } from './migrate.ts';
import { compileOffline } from './offline.ts';
import { tellOverridden } from './overridden.ts';
import { readLedger } from './read.ts';
import { noteNoWayBack } from './reversibility.ts';
import { refuseExisting, standIn } from './standing.ts';
import { isIn, refuseRerun, refuseUnfinished } from './unfinished.ts';

export interface ScriptOptions extends CommandOptions {
  /** Where the plan starts: heads, comma separated. Without it, and without `fromDatabase`: base. */
  readonly from?: string | undefined;
  /** Read the start from the database instead. */
  readonly fromDatabase?: boolean;
  /** Plan for, and run in, a database that has tables, but no ledger yet. */
  readonly allowExisting?: boolean | undefined;
  /** All steps in one transaction, which only a script can do. Throws `input` where a step allows no such thing. */
  readonly oneTransaction?: boolean;
  /** What was reviewed, or `approved`, as a run takes it. */
  readonly expect?: string | Reviewed | undefined;
}

/** The same plan and the same texts, as a value: to print, to show, or to compare. */
export async function prepare(options: ScriptOptions, course: Course, targets: readonly string[]): Promise<Script> {
  const context = openContext(options);
  const script = await prepareBare(context, options, course, targets);
  await refuseOther(context, script, options, `updown ${[course.name, ...targets].join(' ')} --sql`);
  if (options.expect === 'approved') {
    const { refuseUnapproved } = await import('./approved.ts');
    const { commandOf } = await import('./approve-command.ts');
    await refuseUnapproved(context, script, commandOf(context, course, targets, undefined));
  }
  return { ...script, steps: noteNoWayBack(context.project, script.steps) };
}

async function prepareBare(
  context: Context,
  options: ScriptOptions,
  course: Course,
  targets: readonly string[],
): Promise<Script> {
  const { project, emit } = context;
  const { allowExisting = false } = options;
  const transactions = options.oneTransaction === true ? 'one' : 'each';
  if (options.fromDatabase === true) {
    const state = await readTargeted(context, targets);
    const standing = standIn(project, state);
    const plan = decideFor(context, course, targets).plan(standing, state);
    if (!course.settles)
      await refuseUnfinished(
        project,
        state.applied,
        state.unfinished.find((half) => !isIn(plan, half)),
      );
    if (!allowExisting) refuseExisting(plan, state, project);
    const script = await compilePlan(project, plan, standing, emit, { transactions, connection: context.asked() });
    refuseRerun(script, state.unfinished, project.config.ledger.schema);
    const overridden = script.steps.length === 0 ? [] : tellOverridden(context, script, state);
    return {
      ...script,
      steps: script.steps.map((step) => noteRecorded(step, state)),
      allowExisting,
      database: context.describe(),
      overridden: overridden.length > 0 ? overridden : undefined,
    };
  }
  const { from } = options;
  return { ...(await compileOffline(context, course, targets, { from, transactions })), allowExisting };
}

async function refuseOther(
  context: Context,
  script: Script,
  { expect, from, fromDatabase }: ScriptOptions,
  command: string,
): Promise<void> {
  if (expect === undefined || !isOther(script, expect)) return;
  const known: Pick<LedgerState, 'applied' | 'entries' | 'lastPlan'> =
    fromDatabase === true
      ? await readLedger(context, 'entries')
      : { applied: new Map([...script.start.applied].map((id) => [id, ''])) };
  // As in a run: a plan that was carried out already is done.
  if (script.steps.length === 0 && known.lastPlan === digestOf(expect)) return;
  const start = fromDatabase === true ? ' --from-database' : from === undefined ? '' : ` --from ${from}`;
  throw wordDifference(known, script, expect, `${command}${start}`);
}

/** A step that goes on where another run broke off. */
function noteRecorded(step: ScriptStep, { unfinished }: LedgerState): ScriptStep {
  if (step.op === 'stamp') return step;
  const half = unfinished.find(({ id, op }) => step.op === op && step.entries[0]?.id === id);
  return half === undefined ? step : { ...step, recorded: half.statements };
}

/** What is wrong whatever the database holds is refused before it is asked. */
function readTargeted(context: Context, targets: readonly string[]): Promise<LedgerState> {
  for (const target of targets) assertReadable(context.project.graph, target);
  return readLedger(context, 'state', () => readAhead(context.project));
}
