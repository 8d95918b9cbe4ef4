import { prepareBootstrap } from '../../command/bootstrap.ts';
import type { MigrateOptions, ScriptOptions } from '../../command/migrate.ts';
import type { RunResult } from '../../command/run.ts';
import type { Script, ScriptStep } from '../../plan/script.ts';
import type { RenderOptions } from '../../run/header.ts';
import { sanitizeLine } from '../../sql/quote.ts';
import type { Action, Call } from '../action.ts';
import { usage } from '../argv.ts';
import { readExpected } from '../expected.ts';
import { type EmitForm, needsFolder, printFiles, readForm } from '../form.ts';
import type { View } from '../view.ts';

/** What upgrade, downgrade and stamp come to: something done, something shown, or a script. */
export type Migrated =
  | { readonly mode: 'run'; readonly result: RunResult }
  | { readonly mode: 'plan'; readonly script: Script }
  | { readonly mode: 'script'; readonly script: Script; readonly pieces: Iterable<string> }
  | { readonly mode: 'file'; readonly script: Script; readonly file: string; readonly files: readonly string[] };

/** What every run takes. */
export type Common = Pick<MigrateOptions, 'wait' | 'expect' | 'allowExisting' | 'resumeAt'>;

export interface Ways {
  readonly act: (call: Call, common: Common) => Promise<RunResult>;
  readonly prepare: (call: Call, options: ScriptOptions) => Promise<Script>;
}

export function migrateAction(ways: Ways): Action<Migrated> {
  return {
    run: (call) => choose(call, ways),
    text: printMigrated,
    json: (migrated) => {
      if (migrated.mode === 'run') {
        const { steps, heads, digest } = migrated.result;
        return { steps: steps.flatMap(toJson), heads, digest };
      }
      const { ledger, plan, steps, digest } = migrated.script;
      return {
        steps: steps.flatMap((step) => toJson(step).map((entry) => ({ ...entry, sha256: step.file?.digest ?? null }))),
        heads: plan.to,
        digest,
        from: plan.from,
        project: ledger.project,
        ...(migrated.mode === 'file' ? { file: migrated.file, files: migrated.files } : {}),
      };
    },
  };
}

async function choose(call: Call, ways: Ways): Promise<Migrated> {
  const emits = call.has('sql') || call.value('output') !== undefined;
  const form = readForm(call, emits);
  if (!emits && !call.has('dry-run')) {
    if (call.value('from') !== undefined || call.has('from-database'))
      throw usage(
        '"--from" says where a script or a dry run starts; a run asks the database',
        undefined,
        'Add --sql or --dry-run, or leave it out.',
      );
    return { mode: 'run', result: await ways.act(call, readCommon(call)) };
  }
  const script = await prepare(call, ways, form, emits);
  return emits ? emit(call, form, script) : { mode: 'plan', script };
}

/** `updown plan`: what an upgrade would do. */
export function planAction(ways: Ways): Action<Migrated> {
  const action = migrateAction(ways);
  return {
    ...action,
    run: async (call) => ({ mode: 'plan', script: await ways.prepare(call, scriptOptions(call, false)) }),
  };
}

function prepare(call: Call, ways: Ways, form: EmitForm, emits: boolean): Promise<Script> {
  return form.bootstrap
    ? prepareBootstrap(call.options)
    : ways.prepare(call, { ...scriptOptions(call, emits), oneTransaction: form.oneTransaction });
}

async function emit(call: Call, form: EmitForm, script: Script): Promise<Migrated> {
  const files = await printFiles(script, form, await measureFor(call, form, script));
  const place = call.value('output');
  const [only, ...more] = files;
  const single = more.length === 0 ? only : undefined;
  if (place === undefined) {
    if (single === undefined) throw needsFolder(script, form);
    return { mode: 'script', script, pieces: single.pieces };
  }
  const { writeScript, writeScripts } = await import('../script-file.ts');
  if (single === undefined) writeScripts(place, files);
  else writeScript(place, single.pieces);
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

function readCommon(call: Call): Common {
  const expect = call.value('expect');
  const resumeAt = readNumber(call, 'resume-at', /^[1-9]\d*$/, 'the number of a statement');
  return {
    wait: (readNumber(call, 'wait', /^\d+(\.\d+)?$/, 'a number of seconds') ?? 60) * 1_000,
    ...(expect === undefined ? {} : { expect: readExpected(call, expect) }),
    ...(resumeAt === undefined ? {} : { resumeAt }),
    allowExisting: call.has('allow-existing'),
  };
}

function readNumber(call: Call, name: string, shape: RegExp, meaning: string): number | undefined {
  const text = call.value(name);
  if (text === undefined) return undefined;
  if (!shape.test(text)) throw usage(`"--${name}" is ${meaning}, not "${text}"`);
  return Number(text);
}

function* printMigrated(migrated: Migrated, view: View): Iterable<string> {
  const { style } = view;
  if (migrated.mode === 'script') yield* migrated.pieces;
  else if (migrated.mode === 'file')
    yield `${migrated.file}: ${countFiles(migrated.files)}${migrated.script.steps.length} step${migrated.script.steps.length === 1 ? '' : 's'}, digest ${migrated.script.digest}\n`;
  else if (migrated.mode === 'plan') yield* printPlan(migrated.script, view);
  else {
    const { steps, heads } = migrated.result;
    const at = `the database is at ${printHeads(heads)}`;
    yield steps.length === 0 ? `Nothing to do: ${at}\n` : `${style.good('Done')}: ${countSteps(steps)}; ${at}\n`;
  }
}

function countFiles(files: readonly string[]): string {
  return files.length === 0 ? '' : `${files.length} files, `;
}

function* printPlan({ steps, plan, digest }: Script, { style }: View): Iterable<string> {
  if (steps.length === 0) yield `Nothing to do: the database is at ${printHeads(plan.from)}\n`;
  for (const step of steps) {
    for (const { op, id } of step.entries)
      yield `${op} ${style.id(id)} ${step.op === 'stamp' ? '' : sanitizeLine(step.name)}${step.transactional ? '' : style.warn(' (no transaction)')}\n`;
  }
  yield `${style.dim(`from ${printHeads(plan.from)} to ${printHeads(plan.to)}`)}\n${style.dim('digest')} ${digest}\n`;
}

function toJson(step: ScriptStep): object[] {
  const folder = step.file?.path.split('/')[0] ?? null;
  return step.entries.map(({ op, id }) => ({ op, id, folder, transactional: step.transactional }));
}

const words = { up: 'applied', down: 'reverted', stamp: 'recorded', unstamp: 'recorded' } as const;

function countSteps(steps: readonly ScriptStep[]): string {
  const count = steps.reduce((sum, step) => sum + step.entries.length, 0);
  const [first] = steps;
  return `${count} revision${count === 1 ? '' : 's'}${first === undefined ? '' : ` ${words[first.op]}`}`;
}

function printHeads(heads: readonly string[]): string {
  return heads.length === 0 ? 'base' : heads.map(sanitizeLine).join(', ');
}
