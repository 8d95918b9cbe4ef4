import { sanitizeLine } from '../sql/quote.ts';
import { displayWidth } from '../words.ts';
import type { Piece } from './piece.ts';

/** A file that is to be written: comments first, and then statements, of which each line is known. */
export interface Draft {
  readonly text: string;
  /** One past the last line of each piece. */
  readonly ends: readonly number[];
}

export interface DraftParts {
  readonly directives: readonly string[];
  readonly header: readonly string[];
  /** Statements in front of all others, such as SET LOCAL. */
  readonly settings: readonly string[];
  readonly pieces: readonly Piece[];
  /** Comments at the end. */
  readonly notes: readonly string[];
}

/** Comment lines, whatever is in them. */
export function commentOf(lines: readonly string[]): readonly string[] {
  return lines.map((line) => {
    const text = line.trimStart();
    return `-- ${' '.repeat(line.length - text.length)}${sanitizeLine(text)}`.trimEnd();
  });
}

/** Without the two dashes and the space. */
const width = 77;

/** In 80 columns, as far as its words are no longer than that. What goes on stands further in. */
export function wrap(line: string): readonly string[] {
  if (displayWidth(line) <= width) return [line];
  const indent = ' '.repeat(line.length - line.trimStart().length);
  const further = indent === '' ? '' : `${indent}  `;
  const lines = [indent];
  for (const [index, word] of line.trim().split(' ').entries()) {
    const last = lines.at(-1) ?? '';
    const joint = index === 0 ? '' : ' ';
    // No line begins as a directive does.
    const fits = displayWidth(`${last}${joint}${word}`) <= width || index === 0 || /^updown:/i.test(word);
    if (fits) lines[lines.length - 1] = `${last}${joint}${word}`;
    else lines.push(`${further}${word}`);
  }
  return lines;
}

export function directivesOf(transactional: boolean): readonly string[] {
  return transactional ? [] : ['-- updown: no-transaction'];
}

export function printDraft({ directives, header, settings, pieces, notes }: DraftParts): Draft {
  const lines = [...directives, ...commentOf(header.flatMap(wrap)), ''];
  if (settings.length > 0) lines.push(...settings, '');
  const ends = pieces.map(({ statements }) => {
    if (statements.length > 0) lines.push(...statements.flatMap((statement) => statement.split('\n')), '');
    return lines.length + 1;
  });
  lines.push(...notes);
  return { text: `${lines.join('\n').trimEnd()}\n`, ends };
}

/** The piece that a line of the file belongs to. */
export function pieceAt({ ends }: Draft, line: number): number | undefined {
  const at = ends.findIndex((end) => line < end);
  return at === -1 ? undefined : at;
}
