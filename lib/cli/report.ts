import { inspect } from 'node:util';
import { redact, renderExcerpt, renderFailure, sanitizeLine, type UpdownError } from '../index.ts';
import { printDocument } from './document.ts';
import { emitsToStdout } from './emits-to-stdout.ts';
import type { Host } from './host.ts';
import { printMessage } from './text/message.ts';
import { type View, viewOf } from './view.ts';

/** An error in words to stderr, and as the one JSON document to stdout where that was asked for. */
export function reportError(error: UpdownError, argv: readonly string[], host: Host): number {
  const view = viewOf(host.stderr, host.env, argv.includes('--no-color'));
  host.stderr.write(printError(error, view));
  if (host.env.UPDOWN_DEBUG === '1') host.stderr.write(`${redact(inspect(error, { depth: 3 }))}\n`);
  if (emitsToStdout(argv) && host.stdout.isTTY !== true) host.stdout.write(renderFailure(error));
  if (argv.includes('--json')) host.stdout.write(printDocument({ error: toJson(error) }));
  return error.exitStatus;
}

/**
 * What, where with a caret, what else is known, what to do next; on a terminal broken between words. Nothing from a server or a file
 * reaches the terminal unescaped (F66).
 */
export function printError(error: UpdownError, view: View): string {
  const { style, width } = view;
  const clean = (text: string) => redact(sanitizeLine(text));
  const { place, hint } = error;
  const label = style.bad(style.bold(`error (${error.code})`));
  const lines = [printMessage(`${label}:`, clean(error.message), view, { paint: style.bold })];
  if (place !== undefined) {
    lines.push(`  ${style.dim('at')} ${style.note(`${clean(place.file)}:${place.line}:${place.column}`)}`);
    if (place.excerpt !== undefined)
      lines.push(
        ...renderExcerpt(place, width - 4).map((line, index) =>
          index === 0 ? `    ${redact(line)}` : `    ${style.bad(line)}`,
        ),
      );
  }
  for (const note of error.notes) lines.push(printMessage(' ', clean(note), view, { paint: style.dim }));
  if (hint !== undefined) lines.push(printMessage(`  ${style.good('next')}:`, clean(hint), view));
  return `${lines.join('\n')}\n`;
}

function toJson({ code, message, hint, place, sqlstate, notes }: UpdownError): object {
  return {
    code,
    message: redact(message),
    hint: hint === undefined ? null : redact(hint),
    place: place === undefined ? null : { file: place.file, line: place.line, column: place.column },
    sqlstate: sqlstate ?? null,
    notes: notes.map(redact),
  };
}
