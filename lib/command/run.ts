import { type History, readHistory } from '../database/history.ts';
import type { SendError, Session } from '../database/session.ts';
import { UpdownError } from '../errors.ts';
import { appliedHeadsOf } from '../graph/walk.ts';
import { raised } from '../plan/ledger.ts';
import type { Plan } from '../plan/plan.ts';
import type { Script, ScriptStep } from '../plan/script.ts';
import { type Broken, executeScript } from '../run/execute.ts';
import { printFail } from '../run/fail-entry.ts';
import { wordBroken } from '../run/failure.ts';
import { compilePlan } from './compile.ts';
import { type Context, withSession } from './context.ts';
import { pause } from './pause.ts';
import { readBack } from './read-back.ts';
import { refuseReadOnly, refuseUnfinished, type Standing, standIn } from './standing.ts';

/** What a run did, or a dry run would do. */
export interface RunResult {
  readonly steps: readonly ScriptStep[];
  /** Heads applied afterwards, in graph order. */
  readonly heads: readonly string[];
  /** sha256 of the plan: the same as a script of it carries. */
  readonly digest: string;
}

export interface RunOptions {
  /** Decides what to do from where the database stands. Called again after every wait. */
  readonly plan: (standing: Standing, history: History) => Plan;
  /** Refuses what was decided, or lets it pass: a digest that differs, a question answered with no. */
  readonly approve?: (script: Script) => void | Promise<void>;
  /** The same for what is left after a wait, against the script that was approved. */
  readonly approveRest?: (rest: Script, approved: Script) => void;
  /** How long to wait for others, in milliseconds. */
  readonly wait: number;
}

/**
 * Reads, decides, acts. Where another run holds the lock or has moved the database, it waits outside any transaction, reads again and
 * decides again, within one deadline; every other failure ends it, with an entry in the ledger and an error that says what stands.
 */
export async function run(context: Context, options: RunOptions): Promise<RunResult> {
  const deadline = performance.now() + options.wait;
  const done: ScriptStep[] = [];
  let approved: Script | undefined;
  const approve = async (script: Script) => {
    if (approved === undefined) await options.approve?.(script);
    else options.approveRest?.(script, approved);
    approved ??= script;
  };
  for (let attempt = 1; ; attempt++) {
    const turn = await takeTurn(context, { ...options, approve });
    done.push(...turn.script.steps.slice(0, turn.done));
    if (turn.broken === undefined) {
      return { steps: done, heads: turn.heads, digest: (approved ?? turn.script).digest };
    }
    const left = deadline - performance.now();
    if (context.signal?.aborted || !isPassing(turn.broken) || left <= 0)
      throw await conclude(context, turn.broken, done, approved ?? turn.script);
    context.emit({
      kind: 'waiting',
      reason: turn.broken.error.fields?.message ?? '',
      holder: undefined,
      leftMilliseconds: left,
    });
    await pause(attempt, left, context.signal);
    if (context.signal?.aborted) throw await conclude(context, turn.broken, done, approved ?? turn.script);
  }
}

interface Turn {
  readonly script: Script;
  readonly done: number;
  readonly heads: readonly string[];
  readonly broken?: Broken;
}

function takeTurn(context: Context, { plan: decide, approve }: Pick<RunOptions, 'plan' | 'approve'>): Promise<Turn> {
  const { project, emit, tool } = context;
  return withSession(context, async (session) => {
    const history = await readHistory(session, project.config.ledger.schema);
    emit({ kind: 'connected', server: history.server.version, database: context.describe() });
    const standing = standIn(project, history);
    const plan = decide(standing, history);
    const script = await compilePlan(project, plan, standing, emit);
    if (script.steps.length === 0) return { script, done: 0, heads: plan.to };
    refuseReadOnly(history);
    if (plan.steps.some(({ op }) => op === 'up' || op === 'down')) refuseUnfinished(project, history);
    await approve?.(script);
    emit({ kind: 'planned', steps: script.steps.length });
    const outcome = await interruptible(context, session, () =>
      executeScript({ script, session, hasLedger: standing.hasLedger, tool, emit, signal: context.signal }),
    );
    if (outcome.broken !== undefined) return { script, ...outcome, heads: [] };
    return { script, ...outcome, heads: await readHeads(context, session) };
  });
}

/** The outcome is read back, never inferred. */
async function readHeads({ project }: Context, session: Session): Promise<readonly string[]> {
  const { applied } = await readHistory(session, project.config.ledger.schema);
  return appliedHeadsOf(project.graph, new Set([...applied.keys()].filter((id) => project.graph.nodes.has(id))));
}

const answerMilliseconds = 4_000;

/** An abort asks the server to cancel, and the server's answer ends the run; or, if none comes, the end of our patience (F15). */
async function interruptible<T>({ signal }: Context, session: Session, body: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const cancel = () => {
    session.cancel().catch(() => {});
    timer = setTimeout(() => void session.close(), answerMilliseconds);
  };
  signal?.addEventListener('abort', cancel);
  try {
    return await body();
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cancel);
  }
}

const passing = new Set<string>([raised.busy, raised.moved, '55P03', '40P01', '40001']);

/** Busy, moved, lock timeout, deadlock, serialization: another try may find it otherwise. Outside a transaction, only the entry may wait. */
function isPassing({ step, block, error }: Broken): boolean {
  if (step !== undefined && !step.transactional && block !== step.blocks[0]) return false;
  if (hasCommitted(error)) return false;
  return passing.has(error.fields?.code ?? '');
}

/** A COMMIT that nobody saw in the file: it came before the block's own, which is the last command and did not fail (F20). */
function hasCommitted({ completed }: SendError): boolean {
  return completed.includes('COMMIT');
}

/** Records the failure, and words it with what stands. */
async function conclude(
  context: Context,
  broken: Broken,
  done: readonly ScriptStep[],
  script: Script,
): Promise<UpdownError> {
  const cause = wordBroken(broken, script.ledger);
  const interrupted = context.signal?.aborted === true;
  const recorded = await recordFailure(context, broken, script).catch((error: unknown) => error);
  const found = broken.error.lost && !interrupted ? await readBack(context, broken.step) : undefined;
  const { hint, place, sqlstate, notes } = cause;
  return new UpdownError(
    interrupted ? 'interrupted' : cause.code === 'wrong-start' ? 'busy' : cause.code,
    interrupted ? 'interrupted: the running statement was cancelled' : cause.message,
    {
      ...(hint === undefined || interrupted ? {} : { hint }),
      ...(place === undefined ? {} : { place }),
      ...(sqlstate === undefined ? {} : { sqlstate }),
      notes: [
        ...notes,
        ...standsNow(broken, done, script, found),
        ...(recorded instanceof Error ? [`the failure could not be recorded: ${recorded.message}`] : []),
      ],
      cause,
    },
  );
}

async function recordFailure(context: Context, broken: Broken, script: Script): Promise<void> {
  const text = printFail(broken, script, context.tool);
  if (text === undefined) return;
  await withSession(context, (session) => session.send(text));
}

function standsNow(
  { step, error }: Broken,
  done: readonly ScriptStep[],
  script: Script,
  found = '`updown status` tells what became of the rest',
): readonly string[] {
  const total = script.steps.length;
  const before = `${done.length} of ${total} step${total === 1 ? '' : 's'} done`;
  if (error.lost) return [`ledger: ${before} before the connection was lost; ${found}`];
  if (step === undefined) return [`ledger: nothing was changed`];
  if (step.transactional && hasCommitted(error))
    return [`ledger: ${before}; this one committed on its own: what ran before its COMMIT stands, and is not recorded`];
  if (step.transactional) return [`ledger: ${before}; this one was rolled back and left nothing`];
  return [`ledger: ${before}; this one runs outside a transaction, what it did before the error stands`];
}
