import type { LedgerState, Unfinished } from '../database/ledger-state.ts';
import type { Session } from '../database/session.ts';
import { UpdownError } from '../errors.ts';
import type { Plan } from '../plan/plan.ts';
import type { Script } from '../script/script.ts';
import type { Attempted } from './attempted.ts';
import { compilePlan } from './compile.ts';
import type { Context } from './context.ts';
import { findPeer, found } from './peer.ts';
import { refusePooler } from './pooler.ts';
import { readState } from './read-state.ts';
import type { RunOptions } from './run-options.ts';
import { findUnknown, refuseExisting, refuseReadOnly, type Standing, standIn } from './standing.ts';
import { isIn, refuseRerun, refuseUnfinished } from './unfinished.ts';

export interface AttemptOptions extends RunOptions {
  /** Which it is, from 1 on, since the run last got anywhere. */
  readonly number: number;
  /** Nothing has been approved so far, nor told. */
  readonly isFirst: boolean;
  /** As `performance.now()` counts. */
  readonly deadline: number;
}

/** Reads the ledger, plans, compiles, refuses what may not be done, and executes the rest. */
export async function attempt(context: Context, session: Session, options: AttemptOptions): Promise<Attempted> {
  const { project, emit } = context;
  const state = await readState(session, project, { writes: true });
  const { version, engine, database } = state.server;
  const connected = { server: version, engine, database: session.address, databaseName: database };
  emit({ kind: 'connected', ...connected, over: context.passedOver() });
  const standing = standIn(project, state);
  const plan = options.plan(standing, state);
  // Nothing more is asked of the server, which takes a moment to say goodbye.
  if (plan.steps.length === 0 && state.unfinished.length === 0) session.leave();
  const script = await compilePlan(project, plan, standing, emit, { connection: context.asked() });
  const ahead = passesOver(options, plan) ? findAhead(context, standing, state) : undefined;
  const idle: Attempted = { script, done: 0, heads: plan.to, ahead };
  // Seen before the lock is tried: whoever works needs it between two statements.
  const other = findOther(context, options, plan, state);
  if (other?.alive) return { ...idle, busy: wordBusy(other), ...found(await findPeer(session, other.pid)) };
  const runs = plan.steps.every(({ op }) => op === 'up' || op === 'down');
  if (runs) await refuseUnfinished(project, state.applied, other);
  if (options.resumeAt !== undefined && state.unfinished.length === 0) throw nothingToResume(options.resumeAt);
  if (script.steps.length === 0) return idle;
  await refuse(context, session, options, { script, plan, state });
  return execute(context, session, options, { script, plan, state });
}

/** With nothing to do, what only the database knows may be no fault. */
function passesOver({ allowAhead }: AttemptOptions, { steps }: Plan): boolean {
  return allowAhead === true && steps.length === 0;
}

function findAhead({ project }: Context, standing: Standing, { unfinished }: LedgerState): readonly string[] {
  const foreign = unfinished.filter(({ id }) => !project.graph.nodes.has(id)).map(({ id }) => id);
  return [...new Set([...findUnknown(project, standing), ...foreign])];
}

/** A half-done step that somebody works on, or that this plan does not go on with. */
function findOther(
  { project }: Context,
  options: AttemptOptions,
  plan: Plan,
  { unfinished }: LedgerState,
): Unfinished | undefined {
  const isOurs = ({ id }: Unfinished): boolean => project.graph.nodes.has(id);
  const halves = passesOver(options, plan) ? unfinished.filter(isOurs) : unfinished;
  return halves.find((half) => half.alive || !isIn(plan, half));
}

/** What is to be done, from where. */
interface Decided {
  readonly script: Script;
  /** What the script is of. */
  readonly plan: Plan;
  readonly state: LedgerState;
}

async function refuse(
  context: Context,
  session: Session,
  { allowExisting }: AttemptOptions,
  { script, plan, state }: Decided,
): Promise<void> {
  const { schema } = context.project.config.ledger;
  refuseReadOnly(state, schema);
  refuseRerun(script, state.unfinished, schema);
  await refusePooler(script, session, state);
  if (allowExisting !== true) refuseExisting(plan, state, context.project);
}

async function execute(
  context: Context,
  session: Session,
  { isFirst, approve, wait, endsWaits, deadline, number, resumeAt }: AttemptOptions,
  { script, state }: Decided,
): Promise<Attempted> {
  const { tellOverridden } = await import('./overridden.ts');
  const overridden = isFirst ? tellOverridden(context, script, state) : undefined;
  await approve?.(script, state);
  context.emit({ kind: 'planned', steps: script.steps.length, digest: script.digest });
  // Loaded where there is something to do: a run that finds nothing should cost next to nothing.
  const { executeWatched } = await import('./execute-watched.ts');
  const ending = endingOf(wait);
  const patience = endsWaits ? { until: deadline - ending, again: wait - ending } : undefined;
  const done = await executeWatched(context, session, { script, state, attempt: number, resumeAt, patience });
  return { ...done, overridden };
}

/** What it takes to tell that time is up, so that the whole ends in time. */
function endingOf(wait: number): number {
  return Math.min(500, wait / 16);
}

function nothingToResume(at: number): UpdownError {
  return new UpdownError('usage', `No step is unfinished, so there is none to go on with at statement ${at}`, {
    hint: 'Run the command again without --resume-at.',
  });
}

function wordBusy({ op, id, pid }: Unfinished): string {
  return `Pid ${pid} works on ${op} of ${id}, outside a transaction`;
}
