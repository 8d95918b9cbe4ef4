import type { RenderOptions, ScriptFile } from '../script/header.ts';
import { renderPlain } from '../script/plain.ts';
import { renderScript } from '../script/psql.ts';
import type { Script } from '../script/script.ts';
import { renderSplit } from '../script/split.ts';

/** How a plan is written down. */
export interface Form {
  readonly flavor: 'psql' | 'plain';
  /** For psql: a file a step. */
  readonly split: boolean;
  /** For psql: all steps in one transaction. The script is compiled so. */
  readonly oneTransaction: boolean;
}

/** One file or several; what makes more than one also has a README. */
export function printScript(
  script: Script,
  { flavor, split }: Pick<Form, 'flavor' | 'split'>,
  options: RenderOptions,
): readonly ScriptFile[] {
  if (flavor === 'plain') return renderPlain(script, options);
  if (split && script.steps.length > 0) return renderSplit(script, options);
  return [{ name: 'script.sql', about: '', pieces: renderScript(script, options) }];
}

/** The form a script's header names. */
export function readFormOf(words: readonly string[]): Form {
  return {
    flavor: words.includes('plain') ? 'plain' : 'psql',
    split: words.includes('--split'),
    oneTransaction: words.includes('--one-transaction'),
  };
}
