import { openTrace, slicesOf, type Trace, UpdownError } from '../index.ts';
import type { Action, Call } from './action.ts';
import { signals, takeEarlySignals } from './early-signals.ts';
import { type EventDisplay, showEvents } from './event-lines.ts';
import type { Host } from './host.ts';
import type { KnownFacts } from './log-facts.ts';
import type { Said } from './said.ts';
import type { CommandName } from './spec.ts';
import { printMessage } from './text/message.ts';
import { type View, viewOf } from './view.ts';

interface Circumstances {
  readonly cwd: string;
  readonly facts: KnownFacts;
}

/** Calls the library and prints what comes back: results to stdout, everything else to stderr. */
export async function perform<Name extends CommandName>(
  action: Action<Name, unknown>,
  { words, given, cwd, facts }: Pick<Call<Name>, 'words' | 'given'> & Circumstances,
  host: Host,
  said: readonly Said[],
): Promise<number> {
  const { dir, url, config, ledgerSchema, json, quiet, noColor } = given;
  const logs = 'log' in given && given.log === 'json';
  const view = viewOf(host.stderr, host.env, noColor, said);
  const display = logs
    ? (await import('./event-log.ts')).logEvents(host.stderr, facts, quiet)
    : showEvents(host.stderr, view, quiet);
  const interrupt = catchInterrupts(host, (message) => {
    if (logs) display.emit({ kind: 'warning', message });
    else host.stderr.write(`${message}\n`);
  });
  const trace = 'log' in given ? await traceOf(host, facts.now.run, display) : undefined;
  const asks = host.stdin.isTTY && !json && !logs;
  const call: Call<Name> = {
    words,
    given,
    options: {
      cwd,
      env: host.env,
      emit: trace?.emit ?? display.emit,
      signal: interrupt.signal,
      dir,
      url,
      config,
      ledgerSchema,
    },
    ask: asks ? (question) => ask(host, question, display.pause) : undefined,
    choose: asks ? (shown, answers) => choose(host, { shown, answers, view }, display.pause) : undefined,
  };
  try {
    if (interrupt.signal.aborted) throw interrupted();
    const result = await action.run(call);
    display.end();
    const text = () => action.text(result, viewOf(host.stdout, host.env, noColor, said), call);
    await writeResult(host, json ? () => action.json(result) : undefined, text);
    return action.status?.(result, call) ?? 0;
  } finally {
    await trace?.end();
    display.end();
    interrupt.release();
  }
}

/** Loaded only where some variable of OpenTelemetry is set. */
async function traceOf({ env }: Host, run: string, { emit }: EventDisplay): Promise<Trace | undefined> {
  return Object.keys(env).some((name) => name.startsWith('OTEL_')) ? openTrace({ env, emit, run }) : undefined;
}

/** As a document for programs, or as text for people. */
async function writeResult(
  host: Host,
  json: (() => object) | undefined,
  text: () => Iterable<string> | AsyncIterable<string>,
): Promise<void> {
  if (json !== undefined) return write(host, (await import('./document.ts')).printDocument(json()));
  for await (const piece of text()) await write(host, piece);
}

/** Waits where the reader is slower than we are, so that a long script does not pile up in memory. */
async function write({ stdout }: Host, text: string): Promise<void> {
  for (const slice of slicesOf(text)) {
    if (!stdout.write(slice)) await new Promise<void>((resolve) => stdout.once('drain', resolve));
  }
}

const atOnce =
  "interrupted again: ends at once, without the server's answer; `updown status` shows where the database stands";

/** The first signal asks for an orderly end; a second one does not wait for it (F15). */
function catchInterrupts(host: Host, tell: (message: string) => void): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) {
      tell(atOnce);
      host.exit(130);
    }
    controller.abort();
  };
  for (const name of signals) host.on(name, interrupt);
  if (takeEarlySignals(host)) controller.abort();
  return {
    signal: controller.signal,
    release: () => {
      for (const name of signals) host.removeListener(name, interrupt);
    },
  };
}

async function ask(host: Host, question: string, pause: () => void): Promise<boolean> {
  pause();
  return /^y(es)?$/i.test(await readLine(host, `${question} [y/N] `));
}

interface Choosing {
  readonly shown: (view: View) => string;
  readonly answers: readonly string[];
  readonly view: View;
}

async function choose(host: Host, { shown, answers, view }: Choosing, pause: () => void): Promise<number | undefined> {
  pause();
  const list = answers.map((answer, index) => `${printMessage(`  ${index + 1} `, answer, view, { indent: 5 })}\n`);
  const line = await readLine(host, `${shown(view)}\n${list.join('')}Which way? [1-${answers.length}] `);
  const at = /^\d+$/.test(line) ? Number(line) - 1 : -1;
  return at in answers ? at : undefined;
}

async function readLine({ stdin, stderr }: Host, question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: stdin, output: stderr });
  // Where the input ends, as with Ctrl-D, a question is never answered.
  const ended = new Promise<undefined>((resolve) => lines.once('close', () => resolve(undefined)));
  try {
    const line = await Promise.race([lines.question(question), ended]);
    if (line !== undefined) return line.trim();
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
  } finally {
    lines.close();
  }
  throw interrupted();
}

/** Before anything was begun. */
function interrupted(): UpdownError {
  return new UpdownError('interrupted', 'interrupted: nothing was changed', { hint: 'Run the command again.' });
}
