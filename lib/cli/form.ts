import {
  renderBootstrap,
  renderScript,
  type Script,
  type ScriptFile,
  type ScriptForm,
  type UpdownError,
} from '../index.ts';
import { usage } from './argv.ts';
import type { Values } from './options.ts';

/** How a plan is written down. A command that lacks one of these options does without it. */
export type EmitForm = Partial<
  Pick<Values, 'flavor' | 'split' | 'bootstrap' | 'grantTo' | 'annotate' | 'scratch' | 'oneTransaction'>
>;

type Layout = Pick<EmitForm, 'flavor' | 'split'>;

export async function printFiles(
  script: Script,
  form: EmitForm,
  annotations?: ScriptForm['annotations'],
): Promise<readonly ScriptFile[]> {
  const { flavor, split, grantTo } = form;
  if (form.bootstrap)
    return [{ name: 'bootstrap.sql', about: '', pieces: [await renderBootstrap(script, { flavor, grantTo })] }];
  return renderScript(script, { flavor, split, annotations });
}

/** Whether it makes several files, which go into a folder. */
export function isSeveral({ steps }: Script, { flavor, split, bootstrap }: EmitForm): boolean {
  if (bootstrap || steps.length === 0) return false;
  return flavor === 'plain' ? steps.some(({ transactional }) => !transactional) : split === true;
}

/** Several files, and nowhere to put them. */
export function needsFolder(script: Script, form: Layout): UpdownError {
  return usage(whySeveral(script, form), undefined, 'Add --output <folder>.');
}

/** Several files, and the name of one: a folder called `plain.sql` is what nobody means. */
export function refuseFileName(place: string | undefined, script: Script, form: Layout): void {
  const [, folder, ending] =
    /^(.*?[^/\\.])((?:\.(?:sql|psql|ddl|txt|pgsql|gz|zip))+)(?:\/\.?)*$/i.exec(place ?? '') ?? [];
  if (folder === undefined) return;
  throw usage(
    `${whySeveral(script, form)}, and "${place}" is the name of one`,
    undefined,
    `Name a folder, without "${ending}": --output ${folder}`,
  );
}

function whySeveral({ steps }: Script, { split }: Layout): string {
  if (split) return '"--split" writes several files';
  const step = steps.find(({ transactional }) => !transactional);
  return `Revision "${step?.entries[0]?.id}" runs outside a transaction, which takes several files in the plain flavor`;
}
