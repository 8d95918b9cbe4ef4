import { annotate, prepareBootstrap, type Script, type ScriptForm, type ScriptOptions } from '../../index.ts';
import type { Call } from '../action.ts';
import { readExpected } from '../expected.ts';
import { type EmitForm, isSeveral, needsFolder, printFiles, readForm, refuseFileName } from '../form.ts';
import { type Mode, startsOnline } from '../mode.ts';
import type { Migrated, Ways } from './migrated.ts';

/** A dry run, or a script. */
export async function showOrEmit(call: Call, ways: Ways, mode: Exclude<Mode, 'run'>): Promise<Migrated> {
  const form = readForm(call);
  if (mode === 'ledger') return emit(call, form, await prepareBootstrap(call.options));
  const options = { ...(await scriptOptions(call, mode)), oneTransaction: form.oneTransaction };
  const script = await ways.prepare(call, options);
  return mode === 'script' ? emit(call, form, script) : { mode: 'plan', script };
}

export async function showPlan(call: Call, ways: Ways): Promise<Migrated> {
  return { mode: 'plan', script: await ways.prepare(call, await scriptOptions(call, 'dry run')) };
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
  { annotate: annotates, scratch }: EmitForm,
  script: Script,
): Promise<ScriptForm['annotations']> {
  if (!annotates) return undefined;
  return annotate(script, { ...options, scratch });
}

/** A script starts where it is told to; a dry run asks the database unless it is told. */
async function scriptOptions(call: Call, mode: 'script' | 'dry run'): Promise<ScriptOptions> {
  const from = call.value('from');
  return {
    ...call.options,
    from,
    fromDatabase: startsOnline(call, mode),
    allowExisting: call.has('allow-existing'),
    ...(await readExpected(call)),
  };
}
