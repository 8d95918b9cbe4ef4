import { annotate, prepareBootstrap, type Script, type ScriptForm, type ScriptOptions } from '../../index.ts';
import type { Call } from '../action.ts';
import { readExpected } from '../expected.ts';
import { type EmitForm, isSeveral, needsFolder, printFiles, refuseFileName } from '../form.ts';
import { type Mode, startsOnline } from '../mode.ts';
import type { Values } from '../options.ts';
import { findOutput, writeScript, writeScripts } from '../script-file.ts';
import type { Migrated, Migration, Ways } from './migrated.ts';

/** A dry run, or a script. */
export async function showOrEmit<Name extends Migration>(
  call: Call<Name>,
  ways: Ways<Name>,
  mode: Exclude<Mode, 'run'>,
): Promise<Migrated> {
  const given: EmitForm & Pick<Values, 'output'> = call.given;
  if (mode === 'ledger') return emit(call, given, await prepareBootstrap(call.options));
  const options = await scriptOptions(call, mode);
  const script = await ways.prepare(call, { ...options, oneTransaction: given.oneTransaction ?? false });
  return mode === 'script' ? emit(call, given, script) : { mode: 'plan', script };
}

async function emit(
  call: Pick<Call, 'options'>,
  { output, ...form }: EmitForm & Pick<Values, 'output'>,
  script: Script,
): Promise<Migrated> {
  // Before long work that would end in it.
  if (isSeveral(script, form)) refuseFileName(output, script, form);
  const files = await printFiles(script, form, await measureFor(call, form, script));
  const [only, ...more] = files;
  const single = more.length === 0 ? only : undefined;
  if (output === undefined) {
    if (single === undefined) throw needsFolder(script, form);
    return { mode: 'script', script, pieces: single.pieces };
  }
  if (single === undefined) refuseFileName(output, script, form);
  if (single === undefined) writeScripts(findOutput(call, output), files);
  else writeScript(findOutput(call, output), single.pieces);
  const names = single === undefined ? files.map(({ name }) => name) : [];
  return { mode: 'file', script, file: output, files: names, isLedger: form.bootstrap ?? false };
}

async function measureFor(
  { options }: Pick<Call, 'options'>,
  { annotate: annotates = false, scratch }: EmitForm,
  script: Script,
): Promise<ScriptForm['annotations']> {
  return annotates ? annotate(script, { ...options, scratch }) : undefined;
}

/** What says where a plan starts, and which it is to be. */
type Start = Pick<Values, 'from' | 'fromDatabase'> & Partial<Pick<Values, 'allowExisting' | 'expect'>>;

export async function scriptOptions(
  call: Pick<Call, 'options' | 'words'> & { readonly given: Start },
  mode: 'script' | 'dry run',
): Promise<ScriptOptions> {
  const { from, expect, allowExisting = false } = call.given;
  return {
    ...call.options,
    from,
    fromDatabase: startsOnline(mode, call.given, call.words),
    allowExisting,
    expect: expect === undefined ? undefined : await readExpected(call, expect),
  };
}
