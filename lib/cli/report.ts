import { inspect } from 'node:util';
import { redact } from '../database/target.ts';
import type { UpdownError } from '../errors.ts';
import { wrapMessage } from '../report/wrap.ts';
import { renderExcerpt } from '../sql/excerpt.ts';
import { sanitizeLine } from '../sql/quote.ts';
import { printDocument } from './document.ts';
import { emitsToStdout, printFailedEmission } from './failed-emission.ts';
import type { Host } from './host.ts';
import { type View, viewOf } from './view.ts';

/** An error in words to stderr, and as the one JSON document to stdout where that was asked for. */
export function reportError(error: UpdownError, argv: readonly string[], host: Host): number {
  const view = viewOf(host.stderr, host.env, argv.includes('--no-color'));
  host.stderr.write(printError(error, view));
  if (host.env.UPDOWN_DEBUG === '1') host.stderr.write(`${redact(inspect(error, { depth: 3 }))}\n`);
  if (emitsToStdout(argv) && host.stdout.isTTY !== true) host.stdout.write(printFailedEmission(error, argv));
  if (argv.includes('--json')) host.stdout.write(printDocument({ error: toJson(error) }));
  return error.exitStatus;
}

/**
 * What, where with a caret, what else is known, what to do next; on a terminal broken between words. Nothing from a server or a file
 * reaches the terminal unescaped (F66).
 */
export function printError(error: UpdownError, { style, width, isTerminal }: View): string {
  const clean = (text: string) => redact(sanitizeLine(text));
  const wrap = (text: string, lead: number): readonly string[] =>
    isTerminal ? wrapMessage(clean(text), { width, lead, indent }) : [clean(text)];
  const { place, hint } = error;
  const label = `error (${error.code})`;
  const [message = '', ...more] = wrap(error.message, label.length + 2);
  const lines = [
    `${style.bad(style.bold(label))}:${message === '' ? '' : ` ${style.bold(message)}`}`,
    ...more.map((line) => under(style.bold(line))),
  ];
  if (place !== undefined) {
    lines.push(`  ${style.dim('at')} ${style.note(`${clean(place.file)}:${place.line}:${place.column}`)}`);
    if (place.excerpt !== undefined)
      lines.push(
        ...renderExcerpt(place, width - 4).map((line, index) =>
          index === 0 ? `    ${redact(line)}` : `    ${style.bad(line)}`,
        ),
      );
  }
  for (const note of error.notes) {
    const [first = '', ...rest] = wrap(note, 2);
    lines.push(`  ${style.dim(first)}`, ...rest.map((line) => under(style.dim(line))));
  }
  if (hint !== undefined) {
    const [first = '', ...rest] = wrap(hint, 'next: '.length + 2);
    lines.push(`  ${style.good('next')}:${first === '' ? '' : ` ${first}`}`, ...rest.map(under));
  }
  return `${lines.join('\n')}\n`;
}

/** What a line that goes on is indented by. */
const indent = 4;

const under = (line: string): string => `${' '.repeat(indent)}${line}`;

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
