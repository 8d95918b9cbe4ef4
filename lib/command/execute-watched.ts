import type { Peer } from '../database/activity.ts';
import type { LedgerState } from '../database/ledger-state.ts';
import { SendError, type Session } from '../database/session.ts';
import { UpdownError } from '../errors.ts';
import { appliedHeadsOf } from '../graph/walk.ts';
import { engineNamed } from '../ledger/engine.ts';
import { raised } from '../ledger/refusals.ts';
import type { Broken } from '../run/broken.ts';
import type { Emit } from '../run/event.ts';
import { executeScript } from '../run/execute.ts';
import { LockWaits } from '../run/lock-waits.ts';
import { oneByOne } from '../run/one-by-one.ts';
import { watchBackend } from '../run/watch.ts';
import { listOpening, type Script } from '../script/script.ts';
import { pinFile } from '../script/settings.ts';
import { toMilliseconds } from '../sql/duration.ts';
import type { Attempted } from './attempted.ts';
import { type Context, withSession } from './context.ts';
import { type LockLimit, limitWaiting, type Patience } from './lock-limit.ts';
import { findPeer, found } from './peer.ts';
import { isDirect } from './pooler.ts';
import { readState } from './read-state.ts';

/** What is to be done, from where. */
export interface Decided {
  readonly script: Script;
  readonly state: LedgerState;
  readonly attempt: number;
  readonly resumeAt: number | undefined;
  readonly patience: Patience | undefined;
}

/** Sends it, watched from another session, and tells how it ended. */
export async function executeWatched(
  context: Context,
  session: Session,
  { script, state, attempt, resumeAt, patience }: Decided,
): Promise<Attempted> {
  const { tool, project } = context;
  const waits = new LockWaits();
  const emit: Emit = (event) => context.emit(waits.addTo(event));
  const { sends } = engineNamed(state.server.engine);
  const limit = patience && limitWaiting(patience, () => void session.cancel().catch(() => {}));
  const watch =
    session.kind === 'server'
      ? watchBackend(
          () => context.connect(undefined, { timeout: watchTimeout }),
          {
            pid: state.server.pid,
            atOnce: attempt > 1,
            firstLook: halfOfLockTimeout(script),
            onSilence: isDirect(session, state) ? () => void session.close() : undefined,
            giveUp: limit,
          },
          emit,
        )
      : undefined;
  try {
    const executed = await interruptible(context, session, () =>
      executeScript({
        script,
        session: sends === 'statements' ? oneByOne(session, context.signal) : session,
        signal: context.signal,
        opening: listOpening(script, state.ledger, state.wholes !== undefined),
        tool,
        resumeAt,
        emit: (event) => {
          watch?.touch();
          if (event.kind === 'step-end') limit?.renew();
          emit(event);
        },
        onSend: limit?.onSend,
      }),
    );
    const outcome: ReturnType<LockLimit['word']> = limit === undefined ? executed : limit.word(executed);
    if (outcome.broken === undefined) {
      const [heads] = await Promise.all([readHeads(context, session, script), watch?.stop()]);
      return { script, ...outcome, heads };
    }
    const peer = watch?.blocker() ?? (await findBusy(context, outcome.broken, project.config.ledger.schema));
    return {
      script,
      ...outcome,
      heads: [],
      pid: isDirect(session, state) ? state.server.pid : 0,
      server: state.server,
      ...found(peer),
    };
  } finally {
    await watch?.stop();
  }
}

const watchTimeout = 5_000;

/** Whoever is in the way must be seen before the wait for the lock is over. */
function halfOfLockTimeout({ pins, steps }: Script): number {
  const files = steps.flatMap(({ blocks }) => blocks.flatMap(({ body }) => body?.source.directives ?? []));
  const timeouts = new Set(files.map((directives) => pinFile(pins, directives).get('lock_timeout') ?? ''));
  return Math.min(...[...timeouts].map((text) => toMilliseconds(text) || Number.POSITIVE_INFINITY)) / 2;
}

/** The outcome is read back, never inferred; on another session where this one was lost since. */
async function readHeads(context: Context, session: Session, script: Script): Promise<readonly string[]> {
  const { graph } = context.project;
  const read = async (open: Session): Promise<readonly string[]> => {
    const { applied } = await readState(open, context.project, { writes: true });
    refuseUntrue(script, applied);
    return appliedHeadsOf(graph, new Set([...applied.keys()].filter((id) => graph.nodes.has(id))));
  };
  try {
    return await read(session);
  } catch (error) {
    if (!(error instanceof SendError && error.lost)) throw error;
    return await withSession(context, read).catch(() => {
      throw new UpdownError('connection', 'Every step is done, but the ledger could not be read back', {
        hint: 'When the server is back, `updown status` shows where the database stands.',
      });
    });
  }
}

/** Nothing is called done that the ledger does not say. */
function refuseUntrue({ steps }: Script, applied: LedgerState['applied']): void {
  const last = new Map(steps.flatMap(({ entries }) => entries.map((entry) => [entry.id, entry] as const)));
  for (const { op, id, digest } of last.values()) {
    const isApplied = op === 'up' || op === 'stamp';
    if (isApplied ? applied.get(id) === digest : !applied.has(id)) continue;
    throw new UpdownError(
      'damaged-ledger',
      `The ${op} of revision "${id}" has run, and the ledger does not say so: another run has changed it since, or its entry is gone`,
      { hint: 'To see where the database stands: updown status', subject: id },
    );
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

/** Asked on a session of its own: the one that failed is in a failed transaction. */
async function findBusy(context: Context, { error }: Broken, schema: string): Promise<Peer | undefined> {
  if (error.fields?.code !== raised.busy) return undefined;
  const pid = /^pid (\d+)/.exec(error.fields.message)?.[1];
  const ask = (session: Session) => findPeer(session, pid === undefined ? schema : Number(pid));
  return withSession(context, ask).catch(() => undefined);
}
