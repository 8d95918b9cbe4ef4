import { printComment } from './comment.ts';
import { directionOf } from './head.ts';
import { describePlan, describeSteps, idOf, type RenderOptions, type ScriptFile, titleOf } from './header.ts';
import { clientSettings, describeUse, printEnd, printStep, scriptBegin, stepwiseEnd } from './psql.ts';
import { printPreflight } from './psql-preflight.ts';
import { printReadme } from './readme.ts';
import { printRunVariable } from './run-as.ts';
import type { Script, ScriptStep } from './script.ts';

/** A file a step for psql: each is a script by itself, guarded and safe to run again, and refuses to run before the one before it. */
export function renderSplit(script: Script, options: RenderOptions): readonly ScriptFile[] {
  const files = script.steps.map((step, index) => ({
    name: nameOf(script, step, index),
    about: titleOf(step),
    pieces: printFile(script, step, index, options),
  }));
  return [
    { name: 'README.md', about: '', pieces: [printReadme(script, files, { ...options, advice, form })] },
    ...files,
  ];
}

const form = '--split';

const advice = [
  'Run the files one after another, in this order: `psql -X -v ON_ERROR_STOP=1 -f <file> "<connection string>"`.',
  'Go on only where psql ends with 0. Each file can be run again: what is done is skipped; before its turn it is refused and changes nothing.',
];

function* printFile(script: Script, step: ScriptStep, index: number, options: RenderOptions): Generator<string> {
  const own: Script = { ...script, steps: [step] };
  yield scriptBegin;
  yield printHead(script, index, options);
  yield clientSettings;
  yield printRunVariable(own, options.tool);
  yield printPreflight(script, index);
  yield* printStep(script, step, index, options);
  yield printEnd(own);
}

function printHead(script: Script, index: number, options: RenderOptions): string {
  const total = script.steps.length;
  const own = index === 0 ? undefined : script.steps[index];
  return `${printComment([
    ...describePlan(script, options, form),
    `  file     ${index + 1} of ${total}: ${titleOf(script.steps[index] as ScriptStep)}`,
    '',
    ...describeSteps(script, options, own),
    '',
    ...describeUse(script, stepwiseEnd),
  ])}\n`;
}

function nameOf(script: Script, step: ScriptStep, index: number): string {
  const number = String(index + 1).padStart(Math.max(2, String(script.steps.length).length), '0');
  return `${number}_${directionOf(script)}${step.op === 'stamp' ? '' : `_${idOf(step)}`}.sql`;
}
