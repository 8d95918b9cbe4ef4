import { type LedgerState, readHistory, type Unfinished } from '../database/history.ts';
import type { Session } from '../database/session.ts';
import { UpdownError } from '../errors.ts';
import { raised } from '../ledger/refusals.ts';
import type { Plan } from '../plan/plan.ts';
import { readAhead } from '../project/ahead.ts';
import { type Broken, hasCommitted } from '../run/broken.ts';
import type { Overridden } from '../script/overridden.ts';
import type { Script, ScriptStep } from '../script/script.ts';
import { compilePlan } from './compile.ts';
import { type Context, withSession } from './context.ts';
import { findPeer, found } from './peer.ts';
import { refusePooler } from './pooler.ts';
import { listRunSteps, type RunStep } from './run-step.ts';
import { findUnknown, refuseExisting, refuseReadOnly, type Standing, standIn } from './standing.ts';
import type { Turn } from './turn.ts';
import { isIn, refuseUnfinished } from './unfinished.ts';

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
  /** Nothing was left to do, because the plan that was expected is what this database has run last. */
  readonly ranBefore?: true | undefined;
  /** Nothing was left to do, and the database has applied these, which the files don't contain; only with `allowAhead`. */
  readonly ahead?: readonly string[] | undefined;
}

export interface RunOptions {
  /** Decides what to do from where the database stands. Called again after every wait. */
  readonly plan: (standing: Standing, history: LedgerState) => Plan;
  /** Refuses what was decided, or lets it pass: a digest that differs, a question answered with no. */
  readonly approve?: (script: Script) => void | Promise<void>;
  /** The same for what is left after a wait, against the script that was approved. */
  readonly approveRest?: (rest: Script, approved: Script) => void;
  /** Told where there was nothing to do from the start. */
  readonly onNothing?: (script: Script) => void;
  /** How long to wait for others without getting anywhere, in milliseconds. */
  readonly wait: number;
  /** Whether that also ends a statement's wait for a lock, before its own lock timeout does. */
  readonly endsWaits?: boolean;
  /** Wait as long for a server that is not there yet. */
  readonly awaitsServer?: boolean | undefined;
  /** Run in a database that has tables, but no ledger yet. */
  readonly allowExisting?: boolean | undefined;
  /** The statement of an unfinished step to go on at, where nothing shows it. */
  readonly resumeAt?: number | undefined;
  /** Where there is nothing to do, pass over what only the database knows. */
  readonly allowAhead?: boolean | undefined;
}

/**
 * Reads, decides, acts. Where another run is at work or a lock is not to be had, it waits outside any transaction, reads again and decides
 * again, within one deadline; every other failure ends it, with an entry in the ledger and an error that says what stands.
 */
export async function run(context: Context, options: RunOptions): Promise<RunResult> {
  let deadline = performance.now() + options.wait;
  const done: ScriptStep[] = [];
  let approved: Script | undefined;
  let { resumeAt } = options;
  let overridden: readonly Overridden[] = [];
  const approve = async (script: Script) => {
    refuseRepeated(script, done);
    if (approved === undefined) await options.approve?.(script);
    else options.approveRest?.(script, approved);
    approved ??= script;
  };
  for (let attempt = 1; ; attempt++) {
    const isFirst = approved === undefined;
    const turn = await takeTurn(context, { ...options, approve, resumeAt, isFirst, deadline }, attempt);
    overridden = turn.overridden ?? overridden;
    if (hasStarted(turn)) resumeAt = undefined;
    done.push(...turn.script.steps.slice(0, turn.done));
    if (isComplete(turn)) {
      if (approved === undefined) options.onNothing?.(turn.script);
      return toResult(context, turn, { done, overridden, digest: (approved ?? turn.script).digest });
    }
    if (turn.done > 0) {
      attempt = 1;
      deadline = performance.now() + options.wait;
    }
    const left = deadline - performance.now();
    if (await waitsOn(context, turn, { attempt, left, wait: options.wait })) continue;
    const { conclude } = await import('./conclude.ts');
    throw await conclude(context, {
      ...turn,
      done,
      script: approved ?? turn.script,
      // A lock timeout may end behind the deadline.
      waited: mayPass(turn) ? options.wait - left : undefined,
    });
  }
}

function isComplete({ broken, busy }: Turn): boolean {
  return broken === undefined && busy === undefined;
}

interface Done {
  readonly done: readonly ScriptStep[];
  readonly overridden: readonly Overridden[];
  readonly digest: string;
}

function toResult(context: Context, { heads, ahead = [] }: Turn, { done, overridden, digest }: Done): RunResult {
  return {
    steps: done.flatMap(listRunSteps),
    heads,
    database: context.describe(),
    digest,
    ahead: ahead.length > 0 ? ahead : undefined,
    overridden: overridden.length > 0 ? overridden : undefined,
  };
}

/** What stopped a turn may be over at the next one. */
function mayPass({ broken }: Turn): boolean {
  return broken === undefined || isPassing(broken);
}

interface Waiting {
  readonly attempt: number;
  /** All in milliseconds: of the wait, what is left. */
  readonly left: number;
  readonly wait: number;
}

/** Waits, where that may help and time is left; tells whether to try again. */
async function waitsOn(context: Context, turn: Turn, { attempt, left, wait }: Waiting): Promise<boolean> {
  if (!mayPass(turn) || left <= 0 || turn.isOver || context.signal?.aborted) return false;
  context.emit({ kind: 'waiting', reason: reasonOf(turn), attempt, leftMilliseconds: left, holder: turn.peer });
  const { pause } = await import('./pause.ts');
  const spare = left - shortestTry(wait);
  await pause(attempt, spare > 0 ? spare : left, context.signal);
  return context.signal?.aborted !== true;
}

/** What is left for the last try, in milliseconds: one that begins later would be over before it came to wait. */
function shortestTry(wait: number): number {
  return Math.min(700, wait / 8);
}

/** What it takes to tell that time is up, so that the whole ends in time. */
function endingOf(wait: number): number {
  return Math.min(500, wait / 16);
}

/** Each step once: where the ledger does not keep what was done, or somebody takes it back at once, a run would never end. */
function refuseRepeated({ steps }: Script, done: readonly ScriptStep[]): void {
  const keys = new Set(done.flatMap(({ entries }) => entries.map(({ op, id }) => `${op} ${id}`)));
  const again = steps.flatMap(({ entries }) => entries).find(({ op, id }) => keys.has(`${op} ${id}`));
  if (again === undefined) return;
  throw new UpdownError(
    'damaged-ledger',
    `The ${again.op} of revision "${again.id}" was done by this run, and the ledger says no more of it: another run has changed it since, or its entry is gone`,
    { hint: 'What stands: updown status', subject: again.id },
  );
}

/** From its start on the ledger knows better where the step stands. */
function hasStarted({ done, broken }: Turn): boolean {
  return done > 0 || (broken?.step !== undefined && broken.block !== broken.step.blocks[0]);
}

interface TurnOptions extends RunOptions {
  /** Nothing has been approved so far, nor told. */
  readonly isFirst: boolean;
  /** As `performance.now()` counts. */
  readonly deadline: number;
}

function takeTurn(context: Context, options: TurnOptions, attempt: number): Promise<Turn> {
  const { project } = context;
  return withSession(
    context,
    (session) => turnOn(context, session, options, attempt),
    () => readAhead(project),
    options.awaitsServer ? options.deadline : undefined,
  );
}

async function turnOn(context: Context, session: Session, options: TurnOptions, attempt: number): Promise<Turn> {
  const { project, emit } = context;
  const history = await readHistory(session, project.config.ledger.schema);
  const { version, engine } = history.server;
  emit({ kind: 'connected', server: version, engine, database: session.address });
  const standing = standIn(project, history);
  const plan = options.plan(standing, history);
  // Nothing more is asked of the server, which takes a moment to say goodbye.
  if (plan.steps.length === 0 && history.unfinished.length === 0) session.leave();
  const script = await compilePlan(project, plan, standing, emit, { connection: context.asked() });
  const passesOver = options.allowAhead === true && plan.steps.length === 0;
  const isOurs = ({ id }: Unfinished): boolean => project.graph.nodes.has(id);
  const halves = passesOver ? history.unfinished.filter(isOurs) : history.unfinished;
  const foreign = history.unfinished.filter((half) => !isOurs(half)).map(({ id }) => id);
  const ahead = passesOver ? [...new Set([...findUnknown(project, standing), ...foreign])] : undefined;
  const idle: Turn = { script, done: 0, heads: plan.to, ahead };
  // Seen before the lock is tried: whoever works needs it between two statements.
  const other = halves.find((half) => half.alive || !isIn(plan, half));
  if (other?.alive) return { ...idle, busy: wordBusy(other), ...found(await findPeer(session, other.pid)) };
  const runs = plan.steps.every(({ op }) => op === 'up' || op === 'down');
  if (runs) await refuseUnfinished(project, history.applied, other);
  if (options.resumeAt !== undefined && history.unfinished.length === 0) throw nothingToResume(options.resumeAt);
  if (script.steps.length === 0) return idle;
  return actOn(context, session, { ...options, script, history, decided: plan, attempt });
}

interface Acting extends TurnOptions {
  readonly script: Script;
  readonly history: LedgerState;
  /** What the script is of. */
  readonly decided: Plan;
  readonly attempt: number;
}

async function actOn(
  context: Context,
  session: Session,
  { script, history, decided, attempt, ...options }: Acting,
): Promise<Turn> {
  const { schema } = context.project.config.ledger;
  refuseReadOnly(history, schema);
  await refusePooler(script, session, history);
  if (options.allowExisting !== true) refuseExisting(decided, history, schema);
  const { tellOverridden } = await import('./overridden.ts');
  const overridden = options.isFirst ? tellOverridden(context, script, history) : undefined;
  await options.approve?.(script);
  context.emit({ kind: 'planned', steps: script.steps.length });
  // Loaded where there is something to do: a run that finds nothing should cost next to nothing.
  const { act } = await import('./act.ts');
  const ending = endingOf(options.wait);
  const patience = options.endsWaits ? { until: options.deadline - ending, again: options.wait - ending } : undefined;
  const turn = await act(context, session, { script, history, attempt, resumeAt: options.resumeAt, patience });
  return { ...turn, overridden };
}

function nothingToResume(at: number): UpdownError {
  return new UpdownError('usage', `No step is unfinished, so there is none to go on with at statement ${at}`, {
    hint: 'Run the command again without --resume-at.',
  });
}

function wordBusy({ op, id, pid }: Unfinished): string {
  return `Pid ${pid} works on ${op} of ${id}, outside a transaction`;
}

function reasonOf({ broken, busy }: Turn): string {
  return busy ?? broken?.error.fields?.message ?? '';
}

const passing = new Set<string>([raised.busy, raised.moved, raised.unfinished, '55P03', '40P01', '40001']);

/** Busy, moved, lock timeout, deadlock, serialization: another try may find it otherwise. What others left half done, it puts first or refuses. */
function isPassing({ error }: Broken): boolean {
  return !hasCommitted(error) && passing.has(error.fields?.code ?? '');
}
