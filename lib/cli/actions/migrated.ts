import type { MigrateOptions, RunResult, Script, ScriptOptions } from '../../index.ts';
import type { Call } from '../action.ts';

/** What upgrade, downgrade and stamp come to: something done, something shown, or a script. */
export type Migrated =
  | { readonly mode: 'run'; readonly result: RunResult }
  | { readonly mode: 'plan'; readonly script: Script }
  | { readonly mode: 'script'; readonly script: Script; readonly pieces: Iterable<string> }
  | { readonly mode: 'file'; readonly script: Script; readonly file: string; readonly files: readonly string[] };

/** What every run takes. */
export type Common = Pick<MigrateOptions, 'wait' | 'awaitsServer' | 'expect' | 'allowExisting' | 'resumeAt'>;

export interface Ways {
  readonly act: (call: Call, common: Common) => Promise<RunResult>;
  readonly prepare: (call: Call, options: ScriptOptions) => Promise<Script>;
}
