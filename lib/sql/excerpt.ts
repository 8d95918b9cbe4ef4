import type { Place } from '../errors.ts';
import { characterWidth } from '../words.ts';
import { escapeCharacter, unprintable } from './quote.ts';

/**
 * The line of a place with a caret under the column, for a terminal of 80 columns:
 *
 *     12 | ALTER TABLE users ADD COLUM name text;
 *        |                       ^
 */
export function renderExcerpt(place: Place, width = 80): string[] {
  if (place.excerpt === undefined) return [];
  const gutter = `${place.line} | `;
  const { line, caret } = cutAround(cellsOf(place.excerpt), place.column - 1, width - gutter.length);
  return [`${gutter}${line}`, `${' '.repeat(gutter.length - 2)}| ${' '.repeat(caret)}^`];
}

/** What one code point looks like, and how many columns that takes. */
interface Cell {
  readonly shown: string;
  readonly width: number;
}

function cellsOf(line: string): readonly Cell[] {
  return Array.from(line, (character) => {
    if (character === '\t') return { shown: '    ', width: 4 };
    const shown = character.replace(unprintable, escapeCharacter);
    return { shown, width: shown === character ? characterWidth(character) : shown.length };
  });
}

function cutAround(cells: readonly Cell[], column: number, room: number): { line: string; caret: number } {
  const total = widthOfAll(cells);
  const before = widthOfAll(cells.slice(0, column));
  if (total <= room) return { line: show(cells), caret: before };

  let first = 0;
  let skipped = 0;
  // The caret stands at two thirds of the room: what leads to an error explains more than what follows it.
  while (first < column && before - skipped > Math.floor((room * 2) / 3)) skipped += cells[first++]?.width ?? 0;
  const lead = first > 0 ? '…' : '';
  const kept = fitting(cells.slice(first), room - lead.length - 1);
  const tail = first + kept.length < cells.length ? '…' : '';
  return { line: `${lead}${show(kept)}${tail}`, caret: lead.length + before - skipped };
}

function fitting(cells: readonly Cell[], room: number): readonly Cell[] {
  let used = 0;
  const overflow = cells.findIndex((cell) => {
    used += cell.width;
    return used > room;
  });
  return overflow === -1 ? cells : cells.slice(0, overflow);
}

const show = (cells: readonly Cell[]): string => cells.map((cell) => cell.shown).join('');

const widthOfAll = (cells: readonly Cell[]): number => cells.reduce((sum, cell) => sum + cell.width, 0);
