import type { Peer } from '../database/activity.ts';
import { type History, readHistory, type Unfinished } from '../database/history.ts';
import { SendError, type Session } from '../database/session.ts';
import { UpdownError } from '../errors.ts';
import { appliedHeadsOf } from '../graph/walk.ts';
import { raised } from '../plan/ledger.ts';
import type { Plan } from '../plan/plan.ts';
import type { Script, ScriptStep } from '../plan/script.ts';
import { readAhead } from '../project/ahead.ts';
import { type Broken, hasCommitted } from '../run/broken.ts';
import { compilePlan } from './compile.ts';
import { type Context, withSession } from './context.ts';
import { isIn, refuseExisting, refuseReadOnly, refuseUnfinished, type Standing, standIn } from './standing.ts';
import type { Turn } from './turn.ts';

/** What a run did, or a dry run would do. */
export interface RunResult {
  readonly steps: readonly ScriptStep[];
  /** Heads applied afterwards, in graph order. */
  readonly heads: readonly string[];
  /** sha256 of the plan: the same as a script of it carries. */
  readonly digest: string;
  /** Nothing was left to do, because the plan that was expected is what this database has run last. */
  readonly ranBefore?: true;
}

export interface RunOptions {
  /** Decides what to do from where the database stands. Called again after every wait. */
  readonly plan: (standing: Standing, history: History) => Plan;
  /** Refuses what was decided, or lets it pass: a digest that differs, a question answered with no. */
  readonly approve?: (script: Script) => void | Promise<void>;
  /** The same for what is left after a wait, against the script that was approved. */
  readonly approveRest?: (rest: Script, approved: Script) => void;
  /** Told where there was nothing to do from the start. */
  readonly onNothing?: (script: Script) => void;
  /** How long to wait for others without getting anywhere, in milliseconds. */
  readonly wait: number;
  /** Run in a database that has tables, but no ledger yet. */
  readonly allowExisting?: boolean;
  /** The statement of an unfinished step to go on at, where nothing shows it. */
  readonly resumeAt?: number | undefined;
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
  const approve = async (script: Script) => {
    if (approved === undefined) await options.approve?.(script);
    else options.approveRest?.(script, approved);
    approved ??= script;
  };
  for (let attempt = 1; ; attempt++) {
    const turn = await takeTurn(context, { ...options, approve, resumeAt }, attempt);
    if (hasStarted(turn)) resumeAt = undefined;
    done.push(...turn.script.steps.slice(0, turn.done));
    if (turn.broken === undefined && turn.busy === undefined) {
      if (approved === undefined) options.onNothing?.(turn.script);
      return { steps: done, heads: turn.heads, digest: (approved ?? turn.script).digest };
    }
    if (turn.done > 0) {
      attempt = 1;
      deadline = performance.now() + options.wait;
    }
    const left = deadline - performance.now();
    const passes = turn.broken === undefined || isPassing(turn.broken);
    if (passes && left > 0 && !context.signal?.aborted) {
      context.emit({
        kind: 'waiting',
        reason: reasonOf(turn),
        attempt,
        leftMilliseconds: left,
        ...(turn.peer && { holder: turn.peer }),
      });
      const { pause } = await import('./pause.ts');
      await pause(attempt, left, context.signal);
      if (!context.signal?.aborted) continue;
    }
    const { conclude } = await import('./conclude.ts');
    throw await conclude(context, {
      ...turn,
      done,
      script: approved ?? turn.script,
      // A lock timeout may end behind the deadline.
      waited: passes ? options.wait - left : undefined,
    });
  }
}

/** From its start on the ledger knows better where the step stands. */
function hasStarted({ done, broken }: Turn): boolean {
  return done > 0 || (broken?.step !== undefined && broken.block !== broken.step.blocks[0]);
}

function takeTurn(context: Context, options: RunOptions, attempt: number): Promise<Turn> {
  const { project, emit } = context;
  return withSession(
    context,
    async (session) => {
      const history = await readHistory(session, project.config.ledger.schema);
      emit({ kind: 'connected', server: history.server.version, database: session.address });
      const standing = standIn(project, history);
      const plan = options.plan(standing, history);
      if (plan.steps.length === 0 && history.unfinished.length === 0) session.leave();
      const script = await compilePlan(project, plan, standing, emit);
      const idle: Turn = { script, done: 0, heads: plan.to };
      const runs = plan.steps.every(({ op }) => op === 'up' || op === 'down');
      // Seen before the lock is tried: whoever works needs it between two statements.
      const other = history.unfinished.find((half) => half.alive || !isIn(plan, half));
      if (other?.alive) return { ...idle, busy: wordBusy(other), ...found(await findPeer(session, other.pid)) };
      if (runs) refuseUnfinished(project, other);
      if (options.resumeAt !== undefined && history.unfinished.length === 0) throw nothingToResume(options.resumeAt);
      if (script.steps.length === 0) return idle;
      refuseReadOnly(history);
      refusePooler(script, session, history);
      if (options.allowExisting !== true) refuseExisting(plan, history);
      await options.approve?.(script);
      emit({ kind: 'planned', steps: script.steps.length });
      return act(context, options, session, { script, history, attempt });
    },
    () => readAhead(project),
  );
}

interface Decided {
  readonly script: Script;
  readonly history: History;
  readonly attempt: number;
}

async function act(
  context: Context,
  options: RunOptions,
  session: Session,
  { script, history, attempt }: Decided,
): Promise<Turn> {
  const { emit, tool, project } = context;
  const { resumeAt } = options;
  // Loaded where there is something to do: a run that finds nothing should cost next to nothing.
  const [{ executeScript }, { watchBackend }] = await Promise.all([
    import('../run/execute.ts'),
    import('../run/watch.ts'),
  ]);
  const watch =
    session.kind === 'server'
      ? watchBackend(
          () => context.connect(undefined, watchTimeout),
          {
            pid: history.server.pid,
            atOnce: attempt > 1,
            firstLook: halfOfLockTimeout(script),
            onSilence: isDirect(session, history) ? () => void session.close() : undefined,
          },
          emit,
        )
      : undefined;
  try {
    const outcome = await interruptible(context, session, () =>
      executeScript({
        script,
        session,
        signal: context.signal,
        hasLedger: history.ledger !== undefined,
        tool,
        ...(resumeAt === undefined ? {} : { resumeAt }),
        emit: (event) => {
          watch?.touch();
          emit(event);
        },
      }),
    );
    if (outcome.broken === undefined) {
      const [heads] = await Promise.all([readHeads(context, session), watch?.stop()]);
      return { script, ...outcome, heads };
    }
    const peer = watch?.blocker() ?? (await findBusy(context, outcome.broken, project.config.ledger.schema));
    return {
      script,
      ...outcome,
      heads: [],
      pid: isDirect(session, history) ? history.server.pid : 0,
      ...found(peer),
    };
  } finally {
    await watch?.stop();
  }
}

const watchTimeout = 5_000;

/** Whoever is in the way must be seen before the wait for the lock is over. */
function halfOfLockTimeout({ steps }: Script): number {
  const heads = steps.flatMap(({ blocks }) => blocks.map(({ text, body }) => text.slice(0, body?.at ?? text.length)));
  const timeouts = heads.flatMap((head) => /\block_timeout = '([^']+)'/.exec(head)?.[1] ?? []);
  const units = { '': 1, ms: 1, s: 1_000, min: 60_000 } as const;
  const milliseconds = [...new Set(timeouts)].map((text) => {
    const [, amount = '0', unit = ''] = /^(\d+) ?(ms|s|min|)$/.exec(text) ?? [];
    return Number(amount) * units[unit as keyof typeof units];
  });
  return Math.min(...milliseconds.filter((each) => each > 0)) / 2;
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

function found(peer: Peer | undefined): { peer?: Peer } {
  return peer === undefined ? {} : { peer };
}

/** Asked on a session of its own: the one that failed is in a failed transaction. */
async function findBusy(context: Context, { error }: Broken, schema: string): Promise<Peer | undefined> {
  if (error.fields?.code !== raised.busy) return undefined;
  const pid = /^pid (\d+)/.exec(error.fields.message)?.[1];
  const ask = (session: Session) => findPeer(session, pid === undefined ? schema : Number(pid));
  return withSession(context, ask).catch(() => undefined);
}

/** A backend, or whoever holds the lock of a ledger. */
async function findPeer(session: Session, of: number | string): Promise<Peer | undefined> {
  const { findBackend, findHolder } = await import('../database/activity.ts');
  return typeof of === 'number' ? findBackend(session, of) : findHolder(session, of);
}

/** The outcome is read back, never inferred; on another session where this one was lost since. */
async function readHeads(context: Context, session: Session): Promise<readonly string[]> {
  const { graph, config } = context.project;
  const read = async (open: Session): Promise<readonly string[]> => {
    const { applied } = await readHistory(open, config.ledger.schema);
    return appliedHeadsOf(graph, new Set([...applied.keys()].filter((id) => graph.nodes.has(id))));
  };
  try {
    return await read(session);
  } catch (error) {
    if (!(error instanceof SendError && error.lost)) throw error;
    return await withSession(context, read).catch(() => {
      throw new UpdownError('connection', 'Every step is done, but the ledger could not be read back', {
        hint: 'When the server is back, `updown status` tells what stands.',
      });
    });
  }
}

const answerMilliseconds = 4_000;

/** An abort asks the server to cancel, and the server's answer ends the run; or, if none comes, the end of our patience (F15). */
async function interruptible<T>({ signal }: Context, session: Session, body: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const cancel = () => {
    session.cancel().catch(() => {});
    timer = setTimeout(() => void session.close(), answerMilliseconds);
  };
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel);
  try {
    return await body();
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cancel);
  }
}

const passing = new Set<string>([raised.busy, raised.moved, raised.unfinished, '55P03', '40P01', '40001']);

/** Busy, moved, lock timeout, deadlock, serialization: another try may find it otherwise. What others left half done, it puts first or refuses. */
function isPassing({ error }: Broken): boolean {
  return !hasCommitted(error) && passing.has(error.fields?.code ?? '');
}

/** Whether the backend that answers is the one we logged in to. */
function isDirect(session: Session, { server }: History): boolean {
  return session.backendPid === server.pid;
}

/** A pooler gives each transaction another backend: nothing outside a transaction can be relied on there (F25). */
function refusePooler({ steps }: Script, session: Session, history: History): void {
  const step = steps.find(({ transactional }) => !transactional);
  if (step === undefined || session.kind !== 'server' || isDirect(session, history)) return;
  throw new UpdownError(
    'pooler',
    `Revision "${step.entries[0]?.id}" runs outside a transaction, and this connection goes through a transaction pooler`,
    {
      hint: "Connect to the server itself (its own port, not the pooler's); transactional revisions can go through the pooler: upgrade up to the one before.",
    },
  );
}
