import type { Unfinished } from '../database/ledger-state.ts';
import { isUpdownError, UpdownError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import { refusalError, wordRefusal } from '../ledger/refusal-error.ts';
import { targetBelow } from '../plan/downgrade.ts';
import { findLate } from '../plan/late.ts';
import type { Plan } from '../plan/plan.ts';
import type { Project } from '../project/load.ts';
import type { Script } from '../script/script.ts';

/** Whether the plan goes on with it, or settles it. */
export function isIn(plan: Plan, { id, op }: Unfinished): boolean {
  return plan.steps.some((step) => step.id === id && (step.op === op || step.op === 'stamp' || step.op === 'unstamp'));
}

/** A half-done step that the plan does not go on with. */
export async function refuseUnfinished(
  project: Project,
  applied: ReadonlyMap<string, string>,
  half: Unfinished | undefined,
): Promise<void> {
  if (half !== undefined) throw await wordUnfinished(project, applied, half);
}

export async function wordUnfinished(
  project: Project,
  applied: ReadonlyMap<string, string>,
  half: Unfinished,
): Promise<UpdownError> {
  const revision = project.graph.nodes.get(half.id);
  return new UpdownError(
    'unfinished',
    `The ${half.op} of revision "${half.id}" was started outside a transaction and is not finished, with ${half.statements} of its statements recorded (${half.at}, by ${half.who})`,
    {
      hint:
        revision === undefined
          ? settleForeign(half)
          : ((await describeQuestion(project, applied, half)) ??
            `Finish it: ${finishHalf(project.graph, applied, half)}. ${mendByHand(half)}`),
      subject: half.id,
      place: revision && {
        file: `${project.shownFolder}/${revision.folder}/${half.op}.sql`,
        line: 1,
        column: 1,
      },
    },
  );
}

/** In a transaction the whole file runs, also what stands recorded: the ledger, in this schema, would refuse it at its end. */
export function refuseRerun({ steps }: Pick<Script, 'steps'>, unfinished: readonly Unfinished[], schema: string): void {
  for (const { op, id, statements } of unfinished) {
    const step = steps.find((one) => one.op === op && one.transactional && one.entries[0]?.id === id);
    if (step === undefined || statements === 0) continue;
    throw refusalError('rerun', schema, [op, id, String(statements)]).with({
      subject: id,
      place: step.file && { file: step.file.path, line: 1, column: 1 },
    });
  }
}

/** One that the files don't contain: no command of this project goes on with it. */
export function settleForeign({ id }: Pick<Unfinished, 'id'>): string {
  return `Get the files it came from (a newer version, another branch), and finish it with them. Or, once what it has done is undone by hand, record that: updown stamp --forget ${id}`;
}

/** The command that goes on with a half-done step, and with nothing beside it. */
export function finishHalf(
  graph: Graph,
  applied: ReadonlyMap<string, string>,
  { id, op }: Pick<Unfinished, 'id' | 'op'>,
): string {
  if (op === 'down') return `updown downgrade ${targetBelow(graph, id)}`;
  const known = new Set([...applied.keys()].filter((other) => graph.nodes.has(other)));
  return `updown upgrade ${id}${findLate(graph, known).includes(id) ? ' --include-late' : ''}`;
}

/** Where a run that goes on with it would stop at once and ask: what to look at first, and how to answer. */
export async function describeQuestion(
  project: Project,
  applied: ReadonlyMap<string, string>,
  half: Unfinished,
): Promise<string | undefined> {
  const asked = await findQuestion(project, half);
  if (asked === undefined) return undefined;
  const { id, op, statements: done, inSession } = half;
  const flag = `${finishHalf(project.graph, applied, half)} --resume-at `;
  const [next, behind] = [String(done + 1), String(done + 2)];
  if (asked !== 'blind') {
    const said = [op, id, next, inSession.join(', '), flag, behind, op === 'up' ? 'only' : 'forget'];
    const { message, hint } = wordRefusal(asked, said);
    return `${message}. ${hint}`;
  }
  const { message, hint } = wordRefusal('blind', [next, op, id, flag, behind]);
  return `${message}. ${hint} ${mendByHand(half)}`;
}

function mendByHand({ id, op }: Pick<Unfinished, 'id' | 'op'>): string {
  return `Or, once you have done the rest by hand, record that, and nothing else: updown stamp --${op === 'up' ? 'only' : 'forget'} ${id}`;
}

/** What a run would ask before anything else, as the ledger does: whether the next statement has run, or what to do without the session. */
async function findQuestion(
  project: Project,
  { id, op, statements: done, inSession }: Unfinished,
): Promise<'blind' | 'session gone' | 'session gone, asked' | undefined> {
  const [{ inspect }, { loadParser }, { isBlind, isDoubtful }] = await Promise.all([
    import('../sql/gate.ts'),
    import('../sql/parser.ts'),
    import('../script/progress-probe.ts'),
  ]);
  await loadParser();
  try {
    const next = inspect(project.read(id, op), { direction: op }).statements[done];
    if (next === undefined) return undefined;
    if (inSession.length > 0) return isBlind(next) || isDoubtful(next) ? 'session gone, asked' : 'session gone';
    return isBlind(next) ? 'blind' : undefined;
  } catch (error) {
    // A file that is refused by now: the run says that, with its place.
    if (!isUpdownError(error)) throw error;
    return undefined;
  }
}
