import { type Place, redact, renderExcerpt, sanitizeLine } from '../../index.ts';
import { repeatSaid } from '../said.ts';
import type { View } from '../view.ts';
import { printMessage, printNext } from './message.ts';

/** Something that is wrong: what, where, the SQL that takes it away, what else is known, what to do next. */
export interface Problem {
  readonly message: string;
  readonly place?: Place | undefined;
  /** Statements. They are there to be copied: each line stays as long as it is, as a line break may end a comment. */
  readonly sql?: readonly string[] | undefined;
  readonly notes?: readonly string[] | undefined;
  readonly hint?: string | undefined;
}

/**
 * Behind its label: what, where with a caret, SQL, what else is known, what to do next; but for SQL on a terminal broken between words. Nothing from a server
 * or a file reaches the terminal unescaped (F66).
 */
export function printProblem(
  label: string,
  { message, place, sql = [], notes = [], hint }: Problem,
  view: View,
): string {
  const { style, width } = view;
  const clean = (text: string) => redact(sanitizeLine(text));
  const lines = [printMessage(`${label}:`, clean(message), view, { paint: style.bold })];
  if (place !== undefined) {
    lines.push(`  ${style.dim('at')} ${style.note(`${clean(place.file)}:${place.line}:${place.column}`)}`);
    if (place.excerpt !== undefined)
      lines.push(
        ...renderExcerpt(place, width - 4).map((line, index) =>
          index === 0 ? `    ${redact(line)}` : `    ${style.bad(line)}`,
        ),
      );
  }
  for (const line of sql.flatMap((statement) => statement.split('\n')))
    lines.push(line.trim() === '' ? '' : `  ${indentOf(line)}${style.dim(clean(line))}`);
  for (const note of notes) lines.push(printNote(note, view));
  if (hint !== undefined && hint !== '') lines.push(printNext(clean(hint), view, '  '));
  return `${lines.join('\n')}\n`;
}

/** As far from the edge as it stands: it may be a line of a file. */
function printNote(note: string, view: View): string {
  const indent = indentOf(note);
  const text = redact(sanitizeLine(note));
  // A command is there to be copied.
  if (text.startsWith('updown ')) return `  ${indent}${view.style.dim(repeatSaid(text, view.said))}`;
  return text === ''
    ? ''
    : printMessage(` ${indent}`, text, view, { indent: 4 + indent.length, paint: view.style.dim });
}

function indentOf(line: string): string {
  return / */.exec(line)?.[0] ?? '';
}
