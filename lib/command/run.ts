import type { LedgerState } from '../database/ledger-state.ts';
import { isUpdownError, UpdownError } from '../errors.ts';
import { readAhead } from '../project/ahead.ts';
import type { Overridden } from '../script/overridden.ts';
import type { Script, ScriptStep } from '../script/script.ts';
import { attempt } from './attempt.ts';
import type { Attempted } from './attempted.ts';
import { type Context, withSession } from './context.ts';
import type { RunOptions } from './run-options.ts';
import { listRunSteps, type RunStep } from './run-step.ts';
import { mayPass, type Waiting, waitsOn } from './wait-for-others.ts';

/** What a run did, or a dry run would do. */
export interface RunResult {
  /** Each revision that was changed, in order. */
  readonly steps: readonly RunStep[];
  /** Heads applied afterwards, in graph order. */
  readonly heads: readonly string[];
  /** Where: its url, without a password. */
  readonly database: string;
  /** Settings of this role or database that the steps did not run with; only where there are any. */
  readonly overridden?: readonly Overridden[] | undefined;
  /** sha256 of the plan: the same as a script of it carries. */
  readonly digest: string;
  /** The file that keeps the schema of a development database, where that is another text now. */
  readonly structure?: string | undefined;
  /** Nothing was left to do, because the plan that was expected is what this database has run last. */
  readonly ranBefore?: true | undefined;
  /** Nothing was left to do, and the database has applied these, which the files don't contain; only with `allowAhead`. */
  readonly ahead?: readonly string[] | undefined;
}

/**
 * Attempts it, again and again. Where another run is at work or a lock can not be acquired, it waits outside any transaction, reads again and
 * decides again, within one deadline; every other failure ends it, with an entry in the ledger and an error that says what stands.
 */
export async function run(context: Context, options: RunOptions): Promise<RunResult> {
  const { emit, project } = context;
  const started = performance.now();
  const database = context.describe();
  emit({ kind: 'run-start', command: options.command, project: project.manifest.project, database });
  const done: ScriptStep[] = [];
  const progress = () => ({
    milliseconds: performance.now() - started,
    steps: done.flatMap(listRunSteps).map(({ op, id }) => ({ op, id })),
  });
  try {
    const result = await attemptAgain(context, options, done);
    emit({ kind: 'run-end', ...progress(), heads: result.heads });
    return result;
  } catch (error) {
    const { code, sqlstate } = isUpdownError(error) ? error : { code: 'internal' as const, sqlstate: undefined };
    emit({ kind: 'run-fail', ...progress(), code, sqlstate });
    throw error;
  }
}

/** `done` is given each step that has run, also where a later one fails. */
async function attemptAgain(context: Context, options: RunOptions, done: ScriptStep[]): Promise<RunResult> {
  let deadline = performance.now() + options.wait;
  const approval = approveOnce(options, done);
  let { resumeAt } = options;
  let overridden: readonly Overridden[] = [];
  for (let number = 1; ; number++) {
    const isFirst = approval.approved() === undefined;
    const own = { ...options, approve: approval.approve, resumeAt, isFirst, deadline, number };
    const made = await withSession(
      context,
      (session) => attempt(context, session, own),
      () => readAhead(context.project),
      options.awaitsServer ? deadline : undefined,
    );
    overridden = made.overridden ?? overridden;
    if (hasStarted(made)) resumeAt = undefined;
    done.push(...made.script.steps.slice(0, made.done));
    const approved = approval.approved();
    if (isComplete(made)) {
      if (approved === undefined) options.onNothing?.(made.script);
      return toResult(context, made, { done, overridden, digest: (approved ?? made.script).digest });
    }
    if (made.done > 0) {
      number = 1;
      deadline = performance.now() + options.wait;
    }
    const left = deadline - performance.now();
    if (await mayTryAgain(context, made, { attempt: number, left, wait: options.wait })) continue;
    const { reportFailure } = await import('./report-failure.ts');
    throw await reportFailure(context, {
      ...made,
      done,
      script: approved ?? made.script,
      // A lock timeout may end behind the deadline.
      waited: mayPass(made) ? options.wait - left : undefined,
    });
  }
}

/** Where an embedded database was given the role that a file names, or what was in the way was waited for. */
async function mayTryAgain(context: Context, made: Attempted, waiting: Waiting): Promise<boolean> {
  if (made.broken !== undefined) {
    const { makesRole } = await import('./embedded-role.ts');
    if (await makesRole(context, made)) return true;
  }
  return waitsOn(context, made, waiting);
}

interface Approval {
  readonly approve: (script: Script, state: LedgerState) => Promise<void>;
  /** The plan as it was approved, before any of its steps was run. */
  readonly approved: () => Script | undefined;
}

/** The first plan is approved; each later one has to be the rest of it. */
function approveOnce(options: RunOptions, done: readonly ScriptStep[]): Approval {
  let approved: Script | undefined;
  return {
    approved: () => approved,
    approve: async (script, state) => {
      refuseRepeated(script, done);
      if (approved === undefined) await options.approve?.(script, state);
      else options.approveRest?.(script, approved);
      approved ??= script;
    },
  };
}

function isComplete({ broken, busy }: Attempted): boolean {
  return broken === undefined && busy === undefined;
}

interface Done {
  readonly done: readonly ScriptStep[];
  readonly overridden: readonly Overridden[];
  readonly digest: string;
}

function toResult(context: Context, { heads, ahead = [] }: Attempted, { done, overridden, digest }: Done): RunResult {
  return {
    steps: done.flatMap(listRunSteps),
    heads,
    database: context.describe(),
    digest,
    ahead: ahead.length > 0 ? ahead : undefined,
    overridden: overridden.length > 0 ? overridden : undefined,
  };
}

/** Each step once: where the ledger does not keep what was done, or somebody takes it back at once, a run would never end. */
function refuseRepeated({ steps }: Script, done: readonly ScriptStep[]): void {
  const keys = new Set(done.flatMap(({ entries }) => entries.map(({ op, id }) => `${op} ${id}`)));
  const again = steps.flatMap(({ entries }) => entries).find(({ op, id }) => keys.has(`${op} ${id}`));
  if (again === undefined) return;
  throw new UpdownError(
    'damaged-ledger',
    `The ${again.op} of revision "${again.id}" was done by this run, and the ledger says no more of it: another run has changed it since, or its entry is gone`,
    { hint: 'To see where the database stands: updown status', subject: again.id },
  );
}

/** From its start on the ledger knows better where the step stands. */
function hasStarted({ done, broken }: Attempted): boolean {
  return done > 0 || (broken?.step !== undefined && broken.block !== broken.step.blocks[0]);
}
