import { type Row, SendError, type Session } from '../database/session.ts';
import { printRunSettings } from '../ledger/setting.ts';
import {
  type Block,
  type Due,
  dueOf,
  type OutsideStatement,
  type OutsideTransaction,
  partsOf,
} from '../script/block.ts';
import { runAs } from '../script/run-as.ts';
import type { Script, ScriptStep } from '../script/script.ts';
import type { Signal } from '../signal.ts';
import type { Broken } from './broken.ts';
import type { Emit } from './event.ts';
import { statementEndsOf } from './statement-ends.ts';

export interface Execution {
  readonly script: Script;
  readonly session: Session;
  /** Sent in front of the steps: what makes the ledger, or brings it up to date, and what the ledger is to have otherwise before they run. */
  readonly opening: readonly Block[];
  readonly tool: string;
  /** The statement to go on at, where a person says so. */
  readonly resumeAt?: number | undefined;
  readonly emit: Emit;
  /** Told of each block right before it is sent. */
  readonly onSend?: ((step: ScriptStep | undefined, block: Block) => void) | undefined;
  /** Once it is aborted, nothing more is sent. */
  readonly signal?: Signal | undefined;
}

export interface Outcome {
  /** How many of the script's steps are done. */
  readonly done: number;
  /** Where it stopped, if it did. */
  readonly broken?: Broken;
}

/** Sends each block as one message, in order. It decides nothing: what to send was decided in the script. */
export async function executeScript(execution: Execution): Promise<Outcome> {
  const { script, opening } = execution;
  for (const block of opening) {
    const broken = await sendBlock(execution, undefined, block);
    if ('error' in broken) return { done: 0, broken };
  }
  for (const [index, step] of script.steps.entries()) {
    const broken = await runStep(execution, step, index);
    if (broken !== undefined) return { done: index, broken };
  }
  return { done: script.steps.length };
}

async function runStep(execution: Execution, step: ScriptStep, index: number): Promise<Broken | undefined> {
  const { emit, script } = execution;
  const { name, statements, transactional } = step;
  // A stamp may begin with a revision that it takes back.
  const { op, id } = step.entries[0] ?? { op: step.op, id: '' };
  const started = performance.now();
  emit({
    kind: 'step-start',
    op,
    id,
    name,
    position: index + 1,
    total: script.steps.length,
    statements,
    transactional,
  });
  const broken = await sendBody(execution, step);
  const milliseconds = performance.now() - started;
  if (broken === undefined) emit({ kind: 'step-end', op, id, milliseconds });
  else emit({ kind: 'step-fail', op, id, milliseconds, sqlstate: broken.error.fields?.code });
  return broken;
}

async function sendBody(execution: Execution, step: ScriptStep): Promise<Broken | undefined> {
  if (step.body.kind === 'outside') return await sendOutside(execution, step, step.body);
  return brokenOf(await sendBlock(execution, step, step.body.block));
}

/** What the ledger has is left out, and what a broken off run has left is looked for first. */
async function sendOutside(
  execution: Execution,
  step: ScriptStep,
  { start, position, settings, statements, end }: OutsideTransaction,
): Promise<Broken | undefined> {
  const started = await sendBlock(execution, step, start);
  if ('error' in started) return started;
  const asked = await sendBlock(execution, step, position);
  if ('error' in asked) return asked;
  const recorded = announcePosition(execution, step, asked.rows[0]);
  const set = await sendBlock(execution, step, settings);
  if ('error' in set) return set;
  for (const statement of statements) {
    const broken = await sendStatement(execution, step, statement, recorded);
    if (broken !== undefined) return broken;
  }
  return brokenOf(await sendBlock(execution, step, end));
}

/** `recorded`: how many statements are; -1 where no run worked on the step before. */
async function sendStatement(
  execution: Execution,
  step: ScriptStep,
  statement: OutsideStatement,
  recorded: number,
): Promise<Broken | undefined> {
  const { looks, own, behind } = dueOf(statement, recorded);
  const looked = await look(execution, step, looks);
  if ('error' in looked) return looked;
  const sent = own === undefined || looked.built ? [] : [own];
  if (sent.length > 0 && statement.kind !== 'setting') announce(execution, step, statement.block);
  for (const block of [...sent, ...behind]) {
    const broken = brokenOf(await sendBlock(execution, step, block));
    if (broken !== undefined) return broken;
  }
  return undefined;
}

/** Takes away what a broken off run has left of a statement, and finds whether it has run. */
async function look(
  execution: Execution,
  step: ScriptStep,
  { repair, probe }: Due['looks'],
): Promise<Broken | { readonly built: boolean }> {
  const left = repair === undefined ? { rows: [] } : await sendBlock(execution, step, repair);
  if ('error' in left) return left;
  for (const row of left.rows) {
    const sent = await sendBlock(execution, step, { kind: 'statement', text: Object.values(row)[0] ?? '' });
    if ('error' in sent) return sent;
  }
  const found = probe === undefined ? { rows: [] } : await sendBlock(execution, step, probe);
  if ('error' in found) return found;
  return { built: isTrue(found.rows[0]?.updown_built) };
}

function brokenOf(sent: Sent): Broken | undefined {
  return 'error' in sent ? sent : undefined;
}

/** As the server writes it, or as psql's variables hold it. */
function isTrue(text: string | null | undefined): boolean {
  return text === 't' || text === 'true';
}

/** How many statements are recorded; -1 where no run worked on the step before. */
function announcePosition({ emit }: Execution, { entries, statements }: ScriptStep, row: Row | undefined): number {
  const recorded = Number(row?.updown_at ?? -1);
  if (recorded >= 0) emit({ kind: 'step-resume', id: entries[0]?.id ?? '', recorded, statements });
  return recorded;
}

function announce({ emit }: Execution, step: ScriptStep, { body }: Block): void {
  const [statement] = body?.statements ?? [];
  if (body === undefined || statement === undefined) return;
  emit({
    kind: 'statement',
    id: step.entries[0]?.id ?? '',
    position: body.first,
    total: step.statements,
    label: statement.label,
    line: statement.line,
  });
}

type Sent = Broken | { readonly rows: readonly Row[] };

async function sendBlock(execution: Execution, step: ScriptStep | undefined, block: Block): Promise<Sent> {
  const { session, script, tool, resumeAt, signal } = execution;
  const settings = `SET LOCAL ${printRunSettings({ ...runAs(script, 'run', tool), resumeAt })};\n`;
  const prefix = block.kind === 'transaction' ? settings : '';
  const inBytes = session.parameters.get('server_encoding') === 'SQL_ASCII';
  const started = performance.now();
  // A request to cancel that comes between two messages cancels nothing (F15).
  if (signal?.aborted) return { step, block, error: new SendError('It was not sent', {}), prefix, inBytes };
  try {
    // The whole text is read before any of it runs, so this one can't be part of it (F60).
    if (session.parameters.get('standard_conforming_strings') === 'off')
      await session.send('SET standard_conforming_strings = on');
    execution.onSend?.(step, block);
    const dropsRows = block.kind === 'transaction' || block.kind === 'statement' || block.kind === 'settings';
    const rows = await session.send([prefix, ...partsOf(block)], { dropsRows });
    tell(session.completed());
    return { rows: rows.at(-1) ?? [] };
  } catch (error) {
    if (!(error instanceof SendError)) throw error;
    tell(error.completed, error);
    return { step, block, error, prefix, inBytes };
  }

  function tell(tags: readonly string[], error?: SendError): void {
    if (step === undefined) return;
    const answered = { tags, before: prefix === '' ? 0 : 1, milliseconds: performance.now() - started, error };
    const place = { id: step.entries[0]?.id ?? '', total: step.statements };
    for (const ended of statementEndsOf(place, block, answered)) execution.emit(ended);
  }
}
