import { prepareBootstrap } from '../../command/bootstrap.ts';
import type { ScriptOptions } from '../../command/prepare.ts';
import type { Script } from '../../plan/script.ts';
import type { RenderOptions } from '../../run/header.ts';
import type { Call } from '../action.ts';
import { usage } from '../argv.ts';
import { type EmitForm, isSeveral, needsFolder, printFiles, readForm, refuseFileName } from '../form.ts';
import type { Migrated, Ways } from './migrated.ts';

/** A dry run, or a script. */
export async function showOrEmit(call: Call, ways: Ways, emits: boolean): Promise<Migrated> {
  const form = readForm(call, emits);
  const script = await prepare(call, ways, form, emits);
  return emits ? emit(call, form, script) : { mode: 'plan', script };
}

export async function showPlan(call: Call, ways: Ways): Promise<Migrated> {
  return { mode: 'plan', script: await ways.prepare(call, scriptOptions(call, false)) };
}

function prepare(call: Call, ways: Ways, form: EmitForm, emits: boolean): Promise<Script> {
  return form.bootstrap
    ? prepareBootstrap(call.options)
    : ways.prepare(call, { ...scriptOptions(call, emits), oneTransaction: form.oneTransaction });
}

async function emit(call: Call, form: EmitForm, script: Script): Promise<Migrated> {
  // Before long work that would end in it.
  if (isSeveral(script, form)) refuseFileName(call.value('output'), script, form);
  const files = await printFiles(script, form, await measureFor(call, form, script));
  const place = call.value('output');
  const [only, ...more] = files;
  const single = more.length === 0 ? only : undefined;
  if (place === undefined) {
    if (single === undefined) throw needsFolder(script, form);
    return { mode: 'script', script, pieces: single.pieces };
  }
  const { findOutput, writeScript, writeScripts } = await import('../script-file.ts');
  if (single === undefined) refuseFileName(place, script, form);
  if (single === undefined) writeScripts(findOutput(call, place), files);
  else writeScript(findOutput(call, place), single.pieces);
  return { mode: 'file', script, file: place, files: single === undefined ? files.map(({ name }) => name) : [] };
}

async function measureFor(
  { options }: Call,
  { annotate, scratch }: EmitForm,
  script: Script,
): Promise<RenderOptions['annotations']> {
  if (!annotate) return undefined;
  const command = await import('../../command/annotate.ts');
  return command.annotate(script, { ...options, ...(scratch !== undefined && { scratch }) });
}

/** A script starts where it is told to; a dry run asks the database unless it is told. */
function scriptOptions(call: Call, emits: boolean): ScriptOptions {
  const from = call.value('from');
  const online =
    call.has('from-database') || (!emits && from === undefined && !call.words.some((word) => word.includes(':')));
  if (from !== undefined && call.has('from-database'))
    throw usage('"--from" and "--from-database" both say where to start', undefined, 'Leave one of them out.');
  return {
    ...call.options,
    ...(from === undefined ? {} : { from }),
    fromDatabase: online,
    allowExisting: call.has('allow-existing'),
  };
}
