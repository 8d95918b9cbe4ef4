import { displayWidth } from '../words.ts';

/** Lines of at most this width, broken between words; a longer word has a line of its own. */
export function wrapText(text: string, width: number): readonly string[] {
  return fillLines(text.split(/\s+/), { width, lead: 0, indent: 0 });
}

/** Columns of a line; those that the first one has in front of its words already; and those that every other one is indented by. */
export interface Frame {
  readonly width: number;
  readonly lead: number;
  readonly indent: number;
}

/**
 * The same for a message, whose first line has something in front. What is there to be copied is not broken: a command, whose line ends
 * with it, and what stands in quotes, as far as a line holds it. SQL may be broken at its blanks. The lines come without their indent.
 */
export function wrapMessage(text: string, frame: Frame): readonly string[] {
  if (frame.lead + displayWidth(text) <= frame.width) return [text];
  const words = Array.from(text.matchAll(units), ([unit]) =>
    isCommand(unit) || frame.indent + displayWidth(unit) <= frame.width ? [unit] : unit.split(/\s+/),
  );
  return fillLines(words.flat(), frame);
}

/** A command behind a colon, up to what ends the clause; else a word, with what is quoted in it. */
const units = /(?<=: )updown [a-z][^;(`]*?(?=[;(]|[.,] |\.?$)[;.,]?|(?:`[^`]*`|"[^"]*"|(?<![^\s(=])'[^']*'|\S)+/g;

function isCommand(unit: string): boolean {
  return /^updown |`/.test(unit);
}

function fillLines(words: readonly string[], { width, lead, indent }: Frame): readonly string[] {
  const lines: string[] = [];
  const roomOf = (line: number): number => width - (line === 0 ? lead : indent);
  for (const word of words) {
    const last = lines.length - 1;
    if (last >= 0 && displayWidth(`${lines[last]} ${word}`) <= roomOf(last)) lines[last] = `${lines[last]} ${word}`;
    else if (last >= 0 || displayWidth(word) <= roomOf(0) || lead <= indent) lines.push(word);
    else lines.push('', word);
  }
  return lines;
}
