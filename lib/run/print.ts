import type { Script } from '../plan/script.ts';
import type { RenderOptions, ScriptFile } from './header.ts';
import { renderPlain } from './plain.ts';
import { renderScript } from './render.ts';

/** How a plan is written down. */
export interface Form {
  readonly flavor: 'psql' | 'plain';
}

/** One file or several; what makes more than one also has a README. */
export function printScript(script: Script, form: Form, options: RenderOptions): readonly ScriptFile[] {
  if (form.flavor === 'plain') return renderPlain(script, options);
  return [{ name: 'script.sql', about: '', pieces: renderScript(script, options) }];
}

/** The form a script's header names. */
export function readFormOf(words: readonly string[]): Form {
  return { flavor: words.includes('plain') ? 'plain' : 'psql' };
}
