import { createColumn, viewOf } from './column.ts';
import type { Statement } from './source.ts';

/** What is known of a statement besides its place. */
export type StatementFacts = Omit<Statement, 'start' | 'end' | 'text' | 'line'>;

/** A file's statements: places as numbers, and the same facts once for all that share them. */
export interface Statements {
  push(place: { readonly start: number; readonly end: number; readonly line: number }, facts: StatementFacts): void;
  view(): readonly Statement[];
}

export function createStatements(text: string): Statements {
  const [starts, ends, lines, kinds] = [createColumn(), createColumn(), createColumn(), createColumn()] as const;
  const facts: StatementFacts[] = [];
  const known = new Map<string, number>();
  return {
    push: ({ start, end, line }, own) => {
      // Whose label says all of them has them in common with every other one of that label.
      const { label, transactional, ...more } = own;
      const isPlain = Object.values(more).every((fact) => fact === undefined);
      const key = isPlain ? `${label} ${transactional}` : undefined;
      const kind =
        (key === undefined ? undefined : known.get(key)) ?? facts.push(isPlain ? { label, transactional } : own) - 1;
      if (key !== undefined) known.set(key, kind);
      starts.push(start);
      ends.push(end);
      lines.push(line);
      kinds.push(kind);
    },
    view: () =>
      viewOf(starts.length, (index) => {
        const [start, end] = [starts.at(index), ends.at(index)];
        return { start, end, text: text.slice(start, end), line: lines.at(index), ...facts[kinds.at(index)]! };
      }),
  };
}
