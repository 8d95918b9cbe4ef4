import type { UpdownError } from '../errors.ts';
import type { Script } from '../plan/script.ts';
import type { ScriptFile } from '../run/header.ts';
import { readVersion } from '../version.ts';
import type { Call } from './action.ts';
import { usage } from './argv.ts';

/** How a plan is written down. */
export interface Form {
  readonly flavor: 'psql' | 'plain';
  /** The ledger alone, shared with these roles. */
  readonly bootstrap: boolean;
  readonly grantTo: readonly string[];
}

export function readForm(call: Call, emits: boolean): Form {
  const flavor = call.value('flavor') ?? 'psql';
  if (flavor !== 'psql' && flavor !== 'plain')
    throw usage(`There is no flavor "${flavor}"`, undefined, 'Known: psql, plain.');
  const form: Form = { flavor, bootstrap: call.has('bootstrap'), grantTo: call.values('grant-to') };
  if (form.bootstrap && !emits) throw onlyEmitted('--bootstrap');
  if (form.bootstrap && call.words.length > 0)
    throw usage('"--bootstrap" is the ledger alone and takes no target', undefined, `Leave "${call.words[0]}" out.`);
  if (form.grantTo.length > 0 && !form.bootstrap)
    throw usage('"--grant-to" shares the ledger that "--bootstrap" makes', undefined, 'Add --bootstrap --sql.');
  return form;
}

function onlyEmitted(option: string): UpdownError {
  return usage(`"${option}" is a way to emit a script; a run has no use for it`, undefined, 'Add --sql.');
}

export async function printFiles(script: Script, form: Form): Promise<readonly ScriptFile[]> {
  const options = { tool: readVersion() };
  const one = (pieces: Iterable<string>): readonly ScriptFile[] => [{ name: 'script.sql', about: '', pieces }];
  if (form.bootstrap) {
    const { renderBootstrap, renderPlainBootstrap } = await import('../run/bootstrap.ts');
    const render = form.flavor === 'plain' ? renderPlainBootstrap : renderBootstrap;
    return one([render(script, { ...options, grantTo: form.grantTo })]);
  }
  if (form.flavor === 'plain') return (await import('../run/plain.ts')).renderPlain(script, options);
  return one((await import('../run/render.ts')).renderScript(script, options));
}

/** Several files, and nowhere to put them. */
export function needsFolder({ steps }: Script): UpdownError {
  const step = steps.find(({ transactional }) => !transactional);
  return usage(
    `Revision "${step?.entries[0]?.id}" runs outside a transaction, which takes several files in the plain flavor`,
    undefined,
    'Add --output <folder>.',
  );
}
