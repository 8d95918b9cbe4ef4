import type { CommandOptions } from '../index.ts';
import type { View } from './view.ts';

/** What a command is called with, after its words and options were read. */
export interface Call {
  readonly words: readonly string[];
  /** A switch's presence, or a value. */
  readonly has: (name: string) => boolean;
  readonly value: (name: string) => string | undefined;
  readonly values: (name: string) => readonly string[];
  /** What every library call takes: where the project and the database are, who listens. */
  readonly options: CommandOptions;
  /** Asks on the terminal; undefined where nobody sits there. */
  readonly ask: ((question: string) => Promise<boolean>) | undefined;
}

/** One command: calls the library, and prints what it returns in one of two ways. */
export interface Action<Result> {
  run(call: Call): Promise<Result> | Result;
  /** Pieces of text for stdout. */
  text(result: Result, view: View, call: Call): Iterable<string> | AsyncIterable<string>;
  json(result: Result): object;
  /** The exit status, where it isn't 0. */
  status?(result: Result, call: Call): number;
}
