import { createColumn, viewOf } from './column.ts';
import type { Span } from './split.ts';

/** Where each of a text's statements stands, as numbers: a file may have millions. */
export interface Spans {
  push(span: Span): void;
  view(): readonly Span[];
}

export function createSpans(): Spans {
  const [starts, ends, stops, kinds] = [createColumn(), createColumn(), createColumn(), createColumn()] as const;
  // Most begin with the same words as one before them.
  const words: (readonly string[])[] = [];
  const known = new Map<string, number>();
  return {
    push: ({ start, end, stop, words: own }) => {
      const key = own.join(' ');
      const kind = known.get(key) ?? words.push(own) - 1;
      known.set(key, kind);
      starts.push(start);
      ends.push(end);
      stops.push(stop);
      kinds.push(kind);
    },
    view: () =>
      viewOf(starts.length, (index) => ({
        start: starts.at(index),
        end: ends.at(index),
        stop: stops.at(index),
        words: words[kinds.at(index)] ?? [],
      })),
  };
}
