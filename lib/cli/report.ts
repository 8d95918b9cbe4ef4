import { inspect } from 'node:util';
import { redact, renderFailure, type UpdownError } from '../index.ts';
import { printDocument } from './document.ts';
import { emitsToStdout } from './emits-to-stdout.ts';
import type { Host } from './host.ts';
import type { LogFacts } from './log-facts.ts';
import { printLogLine } from './log-line.ts';
import { logsJson } from './logs-json.ts';
import { readSaid, repeatSaid, type Said } from './said.ts';
import { printProblem } from './text/problem.ts';
import { type View, viewOf } from './view.ts';

/** An error in words, or as a line of a log, to stderr; and as the one JSON document to stdout where that was asked for. */
export function reportError(error: UpdownError, argv: readonly string[], host: Host, facts: LogFacts): number {
  const said = readSaid(argv, host.env);
  const view = viewOf(host.stderr, host.env, argv.includes('--no-color'), said);
  const exit = error.exitStatus;
  const debug = host.env.UPDOWN_DEBUG === '1' ? redact(inspect(error, { depth: 3 })) : undefined;
  if (logsJson(argv)) host.stderr.write(printLogLine('error', 'error', facts, { ...toJson(error, said), exit, debug }));
  else host.stderr.write(`${printError(error, view)}${debug === undefined ? '' : `${debug}\n`}`);
  if (emitsToStdout(argv) && host.stdout.isTTY !== true) host.stdout.write(renderFailure(error));
  if (argv.includes('--json')) host.stdout.write(printDocument({ error: toJson(error, said) }));
  return exit;
}

export function printError(error: UpdownError, view: View): string {
  const { style } = view;
  return printProblem(style.bad(style.bold(`error (${error.code})`)), error, view);
}

function toJson({ code, message, hint, place, sqlstate, notes }: UpdownError, said: readonly Said[]): object {
  return {
    code,
    message: redact(message),
    hint: hint === undefined ? null : repeatSaid(redact(hint), said),
    place: place === undefined ? null : { file: place.file, line: place.line, column: place.column },
    sqlstate: sqlstate ?? null,
    notes: notes.map(redact),
  };
}
