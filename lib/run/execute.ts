import { SendError, type Session } from '../database/session.ts';
import type { Block } from '../plan/block.ts';
import { printRunSettings } from '../plan/ledger.ts';
import type { Script, ScriptStep } from '../plan/script.ts';
import type { Emit } from './event.ts';

export interface Execution {
  readonly script: Script;
  readonly session: Session;
  /** Whether the database has a ledger already; if not, the script's bootstrap is sent first. */
  readonly hasLedger: boolean;
  readonly tool: string;
  readonly emit: Emit;
  /** Once it is aborted, nothing more is sent. */
  readonly signal?: AbortSignal | undefined;
}

export interface Outcome {
  /** How many of the script's steps are done. */
  readonly done: number;
  /** Where it stopped, if it did. */
  readonly broken?: Broken;
}

export interface Broken {
  readonly step: ScriptStep | undefined;
  readonly block: Block;
  readonly error: SendError;
  /** What stood before the block's own text in the message: commands and characters. */
  readonly prefix: string;
  /** Where the database has no encoding, the server's positions count bytes, not characters (F64). */
  readonly inBytes: boolean;
}

/** Sends each block as one message, in order. It decides nothing: what to send was decided in the script. */
export async function executeScript(execution: Execution): Promise<Outcome> {
  const { script, hasLedger } = execution;
  if (!hasLedger && script.steps.length > 0) {
    const broken = await sendBlock(execution, undefined, script.bootstrap);
    if (broken !== undefined) return { done: 0, broken };
  }
  for (const [index, step] of script.steps.entries()) {
    const broken = await runStep(execution, step, index);
    if (broken !== undefined) return { done: index, broken };
  }
  return { done: script.steps.length };
}

async function runStep(execution: Execution, step: ScriptStep, index: number): Promise<Broken | undefined> {
  const { emit, script } = execution;
  const { op, name, statements, transactional } = step;
  const id = step.entries[0]?.id ?? '';
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
  for (const block of step.blocks) {
    if (!transactional && block.body !== undefined) {
      const [statement] = block.body.statements;
      if (statement !== undefined)
        emit({
          kind: 'statement',
          id,
          position: block.body.first,
          total: statements,
          label: statement.label,
          line: statement.line,
        });
    }
    const broken = await sendBlock(execution, step, block);
    if (broken !== undefined) {
      emit({ kind: 'step-fail', op, id, milliseconds: performance.now() - started });
      return broken;
    }
  }
  emit({ kind: 'step-end', op, id, milliseconds: performance.now() - started });
  return undefined;
}

async function sendBlock(
  { session, script, tool, signal }: Execution,
  step: ScriptStep | undefined,
  block: Block,
): Promise<Broken | undefined> {
  const settings = `SET LOCAL ${printRunSettings({ channel: 'run', plan: script.digest, tool })};\n`;
  const prefix = block.kind === 'transaction' ? settings : '';
  const inBytes = session.parameters.get('server_encoding') === 'SQL_ASCII';
  // A request to cancel that comes between two messages cancels nothing (F15).
  if (signal?.aborted) return { step, block, error: new SendError('It was not sent', {}), prefix, inBytes };
  try {
    // The whole text is read before any of it runs, so this one can't be part of it (F60).
    if (session.parameters.get('standard_conforming_strings') === 'off')
      await session.send('SET standard_conforming_strings = on');
    await session.send(prefix + block.text);
    return undefined;
  } catch (error) {
    if (!(error instanceof SendError)) throw error;
    return { step, block, error, prefix, inBytes };
  }
}
