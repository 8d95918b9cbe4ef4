import type { LedgerState } from '../database/ledger-state.ts';
import { ask, type Question, SQL } from '../database/question.ts';
import { UpdownError } from '../errors.ts';
import { type Broken, hasCommitted } from '../run/broken.ts';
import { printFail } from '../run/fail-entry.ts';
import { wordBroken } from '../run/failure.ts';
import { within } from '../run/within.ts';
import type { Script, ScriptStep } from '../script/script.ts';
import { beginOfArguments } from '../script/step.ts';
import { plural } from '../words.ts';
import type { Attempted } from './attempted.ts';
import { type Context, withSession } from './context.ts';
import { readState } from './read-state.ts';

/** Where and how a run ended. */
export interface Ending extends Pick<Attempted, 'broken' | 'busy' | 'peer' | 'pid' | 'server'> {
  readonly done: readonly ScriptStep[];
  readonly script: Script;
  /** How long it waited for others, where that is why it ended. */
  readonly waited: number | undefined;
}

/** Records the failure, reads back what stands, and says both. */
export async function reportFailure(context: Context, ending: Ending): Promise<UpdownError> {
  const { broken } = ending;
  if (context.signal?.aborted) return wordInterrupted(context, ending);
  if (broken?.error.lost) return wordLost(context, broken, ending);
  if (ending.waited !== undefined) return wordWaited(ending, ending.waited, await record(context, ending));
  if (broken === undefined) return new UpdownError('internal', 'The run ended without a reason');
  const error = wordBroken(broken, ending.script.ledger, ending.server);
  const recorded = await record(context, ending);
  return error.with({ notes: [...error.notes, standsNow(ending), ...recorded], cause: broken.error });
}

/** The entry `fail`, on a session of its own; a note where it could not be written. */
async function record(context: Context, { broken, script }: Ending): Promise<readonly string[]> {
  if (broken === undefined) return [];
  const text = printFail(broken, script, context.tool);
  if (text === undefined) return [];
  try {
    await withSession(context, (session) => session.send(text));
    return [];
  } catch (error) {
    return [`the failure could not be recorded: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** The server's answer to the cancel tells what stands; where none came, only the ledger does. */
async function wordInterrupted(context: Context, ending: Ending): Promise<UpdownError> {
  const { broken } = ending;
  const lost = broken?.error.lost === true;
  const stands = lost
    ? [`ledger: ${(await askAgain(context, ending, broken.step, patienceOnInterrupt)) ?? 'could not be read'}`]
    : [standsNow(ending), ...(await record(context, ending))];
  const message = lost
    ? 'Interrupted: the server was asked to cancel what ran, and has not answered'
    : `Interrupted: ${broken === undefined ? 'nothing was running' : 'what ran was cancelled'}`;
  return new UpdownError('interrupted', message, {
    hint: lost
      ? '`updown status` shows where the database stands; running again is safe.'
      : 'Run the command again to go on.',
    notes: [...nameStep(ending), ...stands],
  });
}

/** Time is up: who is in the way, and how to end that. */
function wordWaited(ending: Ending, waited: number, recorded: readonly string[]): UpdownError {
  const { broken, busy, peer } = ending;
  const code = broken?.error.fields?.code;
  const isLock = code === '55P03' || code === '40P01' || code === '40001';
  const reason = busy ?? broken?.error.fields?.message ?? '';
  const after = waited < 500 ? '' : `${Math.round(waited / 1_000)} s`;
  const what = isLock
    ? `A lock could not be acquired${after && ` in ${after}`}`
    : `Another run ${after === '' ? 'is at work' : `was still at work after ${after}`}`;
  const end = peer === undefined ? '' : ` To end what is in the way: SELECT pg_terminate_backend(${peer.pid});`;
  return new UpdownError('busy', `${what}: ${reason}`, {
    hint: `Try again when it is done, or wait longer with --wait <seconds>.${end}`,
    notes: [
      ...(peer === undefined ? [] : [`in the way: ${peer.words}`]),
      ...nameStep(ending),
      standsNow(ending),
      ...recorded,
    ],
    sqlstate: code,
  });
}

/** After a lost connection only the ledger knows; and the server may still be at it (F2, F3). */
async function wordLost(context: Context, broken: Broken, ending: Ending): Promise<UpdownError> {
  const truth = await askAgain(context, ending, broken.step);
  return wordBroken(broken, ending.script.ledger).with({
    hint:
      truth === undefined
        ? 'The server does not answer. When it is back, `updown status` shows where the database stands; running again is safe.'
        : 'Run the command again to go on: it starts from what the ledger says.',
    notes: [...nameStep(ending), `ledger: ${truth ?? 'could not be read'}`],
  });
}

/** Who interrupts has waited for the server's answer already. */
const patienceOnInterrupt = 1_000;

/** Asks, at growing intervals, until the old backend is gone or some seconds have passed. */
async function askAgain(
  context: Context,
  { pid = 0 }: Ending,
  step: ScriptStep | undefined,
  patience = 5_000,
): Promise<string | undefined> {
  let last: string | undefined;
  const deadline = performance.now() + patience;
  for (let next = 20; performance.now() < deadline; next = Math.min(next * 2, 500)) {
    const asked = withSession(context, async (session) => {
      // First: what it commits between the two questions must not be missed.
      const [worker] = await ask(session, findWorker(pid, step));
      const state = await readState(session, context.project, { writes: true });
      // Of several hosts it may be a standby that answers now, and that may lag behind.
      if (state.server.standby) return undefined;
      return { words: wordTruth(state, step), worker: isDone(state, step) ? undefined : worker?.pid };
    }).catch(() => undefined);
    // The way to the server may be what went silent.
    const answer = await within(deadline - performance.now(), asked);
    if (answer !== undefined && answer.worker == null) return answer.words;
    last =
      answer === undefined
        ? undefined
        : `${step?.entries[0]?.id ?? 'the ledger'} is still running on pid ${answer.worker}`;
    await new Promise((resolve) => setTimeout(resolve, next));
  }
  return last;
}

/** What is recorded stays so, whoever is still there. */
function isDone({ applied }: LedgerState, step: ScriptStep | undefined): boolean {
  const id = step?.entries[0]?.id ?? '';
  return step?.op === 'up' ? applied.has(id) : step?.op === 'down' && !applied.has(id);
}

/** The backend we spoke to, even if it has not begun yet; or, behind a pooler, whichever works on the step. */
function findWorker(pid: number, step: ScriptStep | undefined): Question {
  const [entry] = step?.entries ?? [];
  const question = SQL`SELECT pid::text FROM pg_catalog.pg_stat_activity
 WHERE pid <> pg_catalog.pg_backend_pid() AND backend_type = 'client backend' AND (pid = ${pid}::integer`;
  if (step !== undefined && entry !== undefined) {
    question.append(
      SQL` OR (state <> 'idle' AND pg_catalog.strpos(query, ${beginOfArguments(step.op, entry.id)}) > 0)`,
    );
  }
  return question.append(') LIMIT 1');
}

function wordTruth({ ledger, applied, unfinished }: LedgerState, step: ScriptStep | undefined): string {
  const id = step?.entries[0]?.id;
  if (step === undefined || id === undefined)
    return `the ledger was ${ledger === undefined ? 'not ' : ''}made, and no revision was run`;
  const half = unfinished.find((other) => other.id === id);
  if (half !== undefined) return `${id} is not finished, with ${half.statements} of its statements recorded`;
  if (step.op === 'stamp') return applied.has(id) ? `${id} is recorded as applied` : `${id} is not recorded as applied`;
  return applied.has(id) ? `${id} is applied` : `${id} is not applied, nothing of it is left`;
}

function nameStep({ broken }: Ending): readonly string[] {
  return broken?.step === undefined ? [] : [`revision: ${broken.step.entries[0]?.id} ${broken.step.name}`];
}

function standsNow({ broken, done, script }: Ending): string {
  const total = script.steps.length;
  const before = `ledger: ${done.length} of ${plural(total, 'step')} done`;
  if (broken?.step === undefined) return done.length === 0 ? 'ledger: nothing was changed' : before;
  if (broken.step.transactional && hasCommitted(broken.error))
    return `${before}; this one committed on its own: what ran before its COMMIT stands, and is not recorded`;
  if (broken.step.transactional) return `${before}; this one was rolled back and left nothing`;
  return `${before}; this one runs outside a transaction: what it has recorded is kept, and the next run continues after it`;
}
