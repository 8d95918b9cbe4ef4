import { sanitizeLine } from '../sql/quote.ts';
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

export function printDraft({ directives, header, settings, pieces, notes }: DraftParts): Draft {
  const lines = [...directives, ...commentOf(header), ''];
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
