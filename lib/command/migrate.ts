import type { LedgerState } from '../database/ledger-state.ts';
import { isUpdownError, UpdownError } from '../errors.ts';
import { assertReadable } from '../graph/target.ts';
import type { Plan, Step } from '../plan/plan.ts';
import type { Destroyed } from '../project/approval.ts';
import type { Reviewed } from '../script/header.ts';
import type { Script } from '../script/script.ts';
import { compilePlan } from './compile.ts';
import { type CommandOptions, type Context, openContext } from './context.ts';
import type { Aim, Course } from './course.ts';
import { isUnmade, nothingThere, readLedger } from './read.ts';
import { type RunResult, run } from './run.ts';
import { findEdited, refuseEdited, refuseTorn, type Standing, standIn } from './standing.ts';

export interface MigrateOptions extends CommandOptions {
  /**
   * How long to wait for other runs, in milliseconds; default 60,000. Where it is given, no statement waits for a lock any longer either,
   * whatever its lock timeout is; only 0 leaves each its lock timeout, and tries once.
   */
  readonly wait?: number | undefined;
  /** Wait as long for a server that is not there yet; without it, one that can't be reached ends the command at once. */
  readonly awaitsServer?: boolean | undefined;
  /**
   * What was reviewed, as its digest or as its script or plan says it: anything else is refused with `digest-differs`. Or `approved`: a plan
   * without an approval that counts is refused with `not-approved`.
   */
  readonly expect?: string | Reviewed | undefined;
  /** Run in a database that has tables, but no ledger yet. */
  readonly allowExisting?: boolean | undefined;
  /** The statement at which to go on with an unfinished step, where nothing in the database shows whether it has run. */
  readonly resumeAt?: number | undefined;
  /** Asked before anything is sent; false ends the command with `needs-yes`. */
  readonly confirm?: (script: Script) => boolean | Promise<boolean>;
  /**
   * Asks a person on a terminal whether what is destroyed may go, where `updown.json` says `"destructive": "approved"` and the plan has no
   * approval; false ends the command with `needs-yes`. Without it such a plan is refused with `not-approved`. Files are as people know them.
   */
  readonly confirmDestroying?:
    | ((script: Script, destroyed: readonly Destroyed[]) => boolean | Promise<boolean>)
    | undefined;
}

/** Does it. What is wrong whatever the database holds is refused before it is asked, and an embedded one not made for it. */
export async function migrate(options: MigrateOptions, course: Course, targets: readonly string[]): Promise<RunResult> {
  refuseOwnConnection(options);
  const context = openContext(options);
  for (const target of targets) assertReadable(context.project.graph, target);
  const decision = decideFor(context, course, targets);
  const reviewAgain = `updown ${[course.name, ...targets].join(' ')} --sql --from-database`;
  const isSeen = async (script: Script, state: LedgerState): Promise<boolean> => {
    if (options.expect !== 'approved' && context.project.config.destructive === undefined) return false;
    const { settleApproval } = await import('./approved.ts');
    const { commandOf } = await import('./approve-command.ts');
    return settleApproval(context, options, script, state, commandOf(context, course, targets, decision.fixed()));
  };
  if (isUnmade(context)) {
    const script = await prepareUnmade(context, course, targets);
    await refuseOther(context, script, options.expect, reviewAgain);
    await isSeen(script, nothingThere);
  }
  let other: Script | undefined;
  let nothing: Script | undefined;
  const done = run(context, {
    command: course.name,
    wait: options.wait ?? 60_000,
    endsWaits: (options.wait ?? 0) > 0,
    allowAhead: course.allowAhead,
    awaitsServer: options.awaitsServer ?? false,
    allowExisting: options.allowExisting,
    resumeAt: options.resumeAt,
    plan: decision.plan,
    approve: async (script, state) => {
      if (isOther(script, options.expect)) {
        other = script;
        throw new UpdownError('digest-differs', 'The plan is not what was reviewed');
      }
      const isAnswered = await isSeen(script, state);
      if (!isAnswered && (await options.confirm?.(script)) === false)
        throw new UpdownError('needs-yes', 'Nothing was changed', { hint: 'Answer y, or add --yes.' });
    },
    onNothing: (script) => {
      if (isOther(script, options.expect)) nothing = script;
    },
    // Another run did part of it, or all: what is left must still be what was approved.
    approveRest: (rest, approved) => {
      const texts = new Set(approved.steps.flatMap((step) => step.blocks.map((block) => block.text)));
      if (rest.steps.every((step) => step.blocks.every((block) => texts.has(block.text)))) return;
      throw new UpdownError(
        'digest-differs',
        'The database moved while this run waited, and what is left to do is not what was decided',
        { hint: 'See where the database stands (updown status), then run the command again.' },
      );
    },
  });
  // What differs is asked of the ledger once the session is closed: an embedded database has but one.
  const result = await done.catch(async (error) => {
    if (other !== undefined) await refuseOther(context, other, options.expect, reviewAgain);
    throw sayTarget(error, course, targets, decision.fixed());
  });
  if (nothing !== undefined) await refuseOtherThanLast(context, nothing, options.expect ?? '', reviewAgain);
  const repeated = nothing && { digest: digestOf(options.expect ?? ''), ranBefore: true as const };
  return { ...result, ...repeated, structure: await keepStructure(context, course) };
}

/** Where something was run, or may have been before. */
async function keepStructure(context: Context, { name }: Course): Promise<string | undefined> {
  if (context.project.config.structure === undefined || name === 'stamp') return undefined;
  return (await import('./structure.ts')).keepStructure(context);
}

/** What it says of the target is said by the plan. */
const isAboutPlan: ReadonlySet<string> = new Set(['needs-yes', 'not-approved']);

/** Whoever runs it again from another state would go elsewhere by the same steps. */
function sayTarget(error: unknown, { name }: Course, targets: readonly string[], fixed: string | undefined): unknown {
  if (!isUpdownError(error) || error.hint === undefined || isAboutPlan.has(error.code)) return error;
  const { hint } = error;
  // This advice ends in a command, which is to go no further than the one that was refused.
  const goal = fixed ?? targets.join(' ');
  if (error.code === 'not-empty')
    return goal === 'head' || goal === '' ? error : error.with({ hint: `${hint} ${goal}` });
  if (fixed === undefined) return error;
  const end = /[.!?]$/.test(hint) ? '' : '.';
  return error.with({ hint: `${hint}${end} "${targets.join(' ')}" meant: updown ${name} ${fixed}` });
}

/** A pipeline that runs its plan again finds it done. Any other plan would have been another run. */
async function refuseOtherThanLast(
  context: Context,
  script: Script,
  expected: string | Reviewed,
  reviewAgain: string,
): Promise<void> {
  const { lastPlan } = await readLedger(context, 'entries');
  if (lastPlan !== digestOf(expected)) await refuseOther(context, script, expected, reviewAgain);
}

/** Where there is no database yet. */
function prepareUnmade(context: Context, course: Course, targets: readonly string[]): Promise<Script> {
  const standing = standIn(context.project, nothingThere);
  const { plan } = decideFor(context, course, targets);
  return compilePlan(context.project, plan(standing, nothingThere), standing, () => {});
}

export interface Decision {
  readonly plan: (standing: Standing, state: LedgerState) => Plan;
  /** The target that the first plan went to, where the one given counts steps. */
  readonly fixed: () => string | undefined;
}

/** The plan from where the database stands, as often as it is asked for, to where the first one went. */
export function decideFor({ project }: Context, course: Course, targets: readonly string[]): Decision {
  const { graph } = project;
  let aim: Aim | undefined;
  return {
    plan: (standing, state) => {
      if (!course.settles) refuseTorn(project, state);
      aim ??= course.aim(graph, standing, targets);
      const plan = putFirst(course.plan(graph, standing, aim, state), state.unfinished);
      if (course.strict) refuseEdited(project, findEdited(project, standing));
      return plan;
    },
    fixed: () => aim?.fixed,
  };
}

/** A half-done step goes on before anything else: what it stands on is there, and nothing else may run beside it. */
function putFirst(plan: Plan, unfinished: LedgerState['unfinished']): Plan {
  const isHalf = ({ op, id }: Step) => unfinished.some((half) => half.id === id && half.op === op);
  return { ...plan, steps: [...plan.steps.filter(isHalf), ...plan.steps.filter((step) => !isHalf(step))] };
}

export function isOther(script: Script, expected: string | Reviewed | undefined): boolean {
  return expected !== undefined && expected !== 'approved' && script.digest !== digestOf(expected);
}

export function digestOf(expected: string | Reviewed): string {
  return typeof expected === 'object' ? expected.digest : expected;
}

/** Says what differs: of a script or a plan each step, of a digest alone what the ledger knows of it. */
async function refuseOther(
  context: Context,
  script: Script,
  expected: string | Reviewed | undefined,
  reviewAgain: string,
): Promise<void> {
  if (expected === undefined || !isOther(script, expected)) return;
  const known = isUnmade(context) ? nothingThere : await readLedger(context, 'entries');
  const { wordDifference } = await import('./difference.ts');
  throw wordDifference(known, script, expected, reviewAgain);
}

/** A connection of the caller's cannot be used: the driver would reconnect in silence, and the step would go on outside its transaction. */
function refuseOwnConnection(options: object): void {
  if (!('sql' in options)) return;
  throw new UpdownError(
    'usage',
    "A connection of your own can't be used: when it drops, its driver reconnects in silence, and half a step would run outside its transaction",
    {
      hint: 'Pass the address instead: upgrade({ url }).',
    },
  );
}

export function withFrom(from: string | undefined): { from?: string | undefined } {
  return from === undefined ? {} : { from };
}
