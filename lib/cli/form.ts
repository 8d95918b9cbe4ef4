import {
  renderBootstrap,
  renderScript,
  type Script,
  type ScriptFile,
  type ScriptForm,
  type UpdownError,
} from '../index.ts';
import type { Call } from './action.ts';
import { usage } from './argv.ts';

/** How a plan is laid out in files. */
interface Layout {
  readonly flavor: NonNullable<ScriptForm['flavor']>;
  readonly split: boolean;
}

/** What is to be emitted. */
export interface EmitForm extends Layout {
  /** For psql: all steps in one transaction. The script is prepared so. */
  readonly oneTransaction: boolean;
  /** The ledger alone, shared with these roles. */
  readonly bootstrap: boolean;
  readonly grantTo: readonly string[];
  /** Measure it, for comments; on this server. */
  readonly annotate: boolean;
  readonly scratch: string | undefined;
}

export function readForm(call: Call): EmitForm {
  const flavor = call.value('flavor') ?? 'psql';
  if (flavor !== 'psql' && flavor !== 'plain')
    throw usage(`There is no flavor "${flavor}"`, undefined, 'Known: psql, plain.');
  const form: EmitForm = {
    flavor,
    split: call.has('split'),
    oneTransaction: call.has('one-transaction'),
    bootstrap: call.has('bootstrap'),
    grantTo: call.values('grant-to'),
    annotate: call.has('annotate'),
    scratch: call.value('scratch'),
  };
  const [first, second] = ['bootstrap', 'split', 'one-transaction'].filter((name) => call.has(name));
  if (second !== undefined) throw usage(`"--${first}" and "--${second}" don't go together`);
  if (flavor === 'plain' && (form.split || form.oneTransaction))
    throw usage(`"--${first}" is for psql: the plain flavor has its own files and transactions`);
  if (form.bootstrap && call.words.length > 0)
    throw usage('"--bootstrap" is the ledger alone and takes no target', undefined, `Leave "${call.words[0]}" out.`);
  if (form.grantTo.length > 0 && !form.bootstrap)
    throw usage('"--grant-to" shares the ledger that "--bootstrap" makes', undefined, 'Add --bootstrap --sql.');
  if (form.scratch !== undefined && !form.annotate)
    throw usage('"--scratch" says where "--annotate" measures', undefined, 'Add --annotate.');
  return form;
}

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
  return flavor === 'plain' ? steps.some(({ transactional }) => !transactional) : split;
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
