import type { CommandOptions } from '../index.ts';
import type { CommandName, Given } from './spec.ts';
import type { View } from './view.ts';

/** What a command is called with, after its words and options were read. */
export interface Call<Name extends CommandName = CommandName> {
  readonly words: readonly string[];
  /** The command's own options and those of every command, by their keys. */
  readonly given: Given<Name>;
  /** What every library call takes: where the project and the database are, who listens. */
  readonly options: CommandOptions;
  /** Asks on the terminal; undefined where nobody sits there. */
  readonly ask: ((question: string) => Promise<boolean>) | undefined;
  /** Shows something and has one of these chosen: its index, or undefined where none was; undefined where nobody sits there. */
  readonly choose:
    | ((shown: (view: View) => string, answers: readonly string[]) => Promise<number | undefined>)
    | undefined;
}

/** One command: calls the library, and prints what it returns in one of two ways. */
export interface Action<Name extends CommandName, Result> {
  run(call: Call<Name>): Promise<Result> | Result;
  /** Pieces of text for stdout. */
  text(result: Result, view: View, call: Call<Name>): Iterable<string> | AsyncIterable<string>;
  json(result: Result): object;
  /** The exit status, where it isn't 0. */
  status?(result: Result, call: Call<Name>): number;
}
