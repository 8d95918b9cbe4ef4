import type { Action } from './action.ts';

/** One option: a switch, or one that takes a value. */
export interface OptionSpec {
  readonly name: string;
  readonly short?: string;
  /** How the value is shown: `<file>`. A switch has none. */
  readonly value?: string;
  readonly describe: string;
}

/** One command as the user meets it. Its code is loaded when it is asked for. */
export interface CommandSpec {
  readonly name: string;
  /** Words after the command, as help shows them. */
  readonly usage: string;
  readonly words: { readonly least: number; readonly most: number; readonly named: string };
  readonly describe: string;
  readonly options: readonly OptionSpec[];
  readonly examples: readonly string[];
  readonly load: () => Promise<Action<unknown>>;
}
