import { type Row, SendError, type Session } from '../database/session.ts';
import { printRunSettings } from '../ledger/setting.ts';
import { type Block, isServed, partsOf } from '../script/block.ts';
import { runAs } from '../script/run-as.ts';
import type { Script, ScriptStep } from '../script/script.ts';
import type { Signal } from '../signal.ts';
import type { Broken } from './broken.ts';
import type { Emit } from './event.ts';

export interface Execution {
  readonly script: Script;
  readonly session: Session;
  /** Sent in front of the steps: what makes the ledger, or brings it up to date, where there is a use for that. */
  readonly opening: Block | undefined;
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
  if (opening !== undefined) {
    const broken = await sendBlock(execution, undefined, opening);
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
  const broken = await sendBlocks(execution, step);
  emit({ kind: broken === undefined ? 'step-end' : 'step-fail', op, id, milliseconds: performance.now() - started });
  return broken;
}

/** In a step outside a transaction, what the ledger has is left out, and the statement a broken off run was at is looked for first. */
async function sendBlocks(execution: Execution, step: ScriptStep): Promise<Broken | undefined> {
  let place: Where = { recorded: -1, built: false };
  for (const block of step.blocks) {
    if (isServed(block, place.recorded) || isForLater(block, place)) continue;
    if (block.kind === 'statement' && place.built) {
      place = { ...place, built: false };
      continue;
    }
    if (beginsStatement(block)) announce(execution, step, block);
    const sent = await sendBlock(execution, step, block);
    if ('error' in sent) return sent;
    const [row] = sent.rows;
    if (block.kind === 'position') place = { ...place, recorded: announcePosition(execution, step, row) };
    if (block.kind === 'probe') place = { ...place, built: isTrue(row?.updown_built) };
    const broken = block.kind === 'generate' ? await sendGenerated(execution, step, sent.rows) : undefined;
    if (broken !== undefined) return broken;
  }
  return undefined;
}

/** Where a step outside a transaction is at. */
interface Where {
  /** How many statements are recorded; -1 where no run worked on the step before. */
  readonly recorded: number;
  /** What the next statement makes is there. */
  readonly built: boolean;
}

/** Of a step that goes on: an edit may have put others in front of the statement that a run broke off at. */
function isForLater({ kind }: Block, { recorded }: Where): boolean {
  return (kind === 'generate' || kind === 'probe') && recorded < 0;
}

function beginsStatement({ kind, body, number }: Block): boolean {
  return kind === 'statement' || (kind === 'transaction' && body !== undefined && number !== undefined);
}

/** As the server writes it, or as psql's variables hold it. */
function isTrue(text: string | null | undefined): boolean {
  return text === 't' || text === 'true';
}

/** Each row is a statement. */
async function sendGenerated(
  execution: Execution,
  step: ScriptStep,
  rows: readonly Row[],
): Promise<Broken | undefined> {
  for (const row of rows) {
    const sent = await sendBlock(execution, step, { kind: 'statement', text: Object.values(row)[0] ?? '' });
    if ('error' in sent) return sent;
  }
  return undefined;
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
  const settings = `SET LOCAL ${printRunSettings({ ...runAs(script, 'run', tool), ...(resumeAt !== undefined && { resumeAt }) })};\n`;
  const prefix = block.kind === 'transaction' ? settings : '';
  const inBytes = session.parameters.get('server_encoding') === 'SQL_ASCII';
  // A request to cancel that comes between two messages cancels nothing (F15).
  if (signal?.aborted) return { step, block, error: new SendError('It was not sent', {}), prefix, inBytes };
  try {
    // The whole text is read before any of it runs, so this one can't be part of it (F60).
    if (session.parameters.get('standard_conforming_strings') === 'off')
      await session.send('SET standard_conforming_strings = on');
    execution.onSend?.(step, block);
    const dropsRows = block.kind === 'transaction' || block.kind === 'statement' || block.kind === 'settings';
    const rows = await session.send([prefix, ...partsOf(block)], { dropsRows });
    return { rows: rows.at(-1) ?? [] };
  } catch (error) {
    if (!(error instanceof SendError)) throw error;
    return { step, block, error, prefix, inBytes };
  }
}
