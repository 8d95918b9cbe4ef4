import type { MigrateOptions, RunResult, Script, ScriptOptions } from '../../index.ts';
import type { Call } from '../action.ts';
import type { Values } from '../options.ts';

/** What upgrade, downgrade and stamp come to: something done, something shown, or a script. */
export type Migrated =
  | { readonly mode: 'run'; readonly result: RunResult }
  | { readonly mode: 'plan'; readonly script: Script }
  | { readonly mode: 'script'; readonly script: Script; readonly pieces: Iterable<string> }
  | {
      readonly mode: 'file';
      readonly script: Script;
      readonly file: string;
      readonly files: readonly string[];
      readonly isLedger: boolean;
    };

/** What every run takes. */
export type Common = Pick<
  MigrateOptions,
  'wait' | 'awaitsServer' | 'expect' | 'allowExisting' | 'resumeAt' | 'confirmDestroying'
>;

/** The commands that change what is applied. */
export type Migration = 'upgrade' | 'downgrade' | 'stamp';

export interface Ways<Name extends Migration> {
  readonly act: (call: Call<Name>, common: Common) => Promise<RunResult>;
  readonly prepare: (call: Call<Name>, options: ScriptOptions) => Promise<Script>;
}

/** What they are given of their options; each lacks some. */
export type Migrating = Pick<Values, 'wait' | 'expect'> & Partial<Pick<Values, 'resumeAt' | 'allowExisting'>>;
