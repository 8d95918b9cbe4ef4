import { raised } from '../plan/ledger.ts';
import type { Script, ScriptStep } from '../plan/script.ts';
import {
  describeDangers,
  describePlan,
  describeSteps,
  idOf,
  printComment,
  type RenderOptions,
  type ScriptFile,
  titleOf,
} from './header.ts';
import { directionOf, mayLackLedger, printPreflight } from './preflight.ts';
import { printReadme } from './readme.ts';
import {
  clientSettings,
  describeUse,
  printBootstrap,
  printEnd,
  printIdle,
  printQuestions,
  printStep,
  stepwiseEnd,
} from './render.ts';

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
  yield printHead(script, index, options);
  yield clientSettings;
  yield printPreflight(script, printTurn(script, index));
  if (index === 0 && mayLackLedger(script)) yield printBootstrap(script, options);
  yield printIdle(own);
  yield printQuestions(script, [step], index);
  yield* printStep(script, step, index, options);
  yield printEnd(own);
}

function printHead(script: Script, index: number, options: RenderOptions): string {
  const total = script.steps.length;
  const own = index === 0 ? undefined : script.steps[index];
  const more = [...describeDangers(script, own), '', ...describeSteps(script, options, own)];
  return `${printComment([
    ...describePlan(script, options, form),
    `  file     ${index + 1} of ${total}: ${titleOf(script.steps[index] as ScriptStep)}`,
    '',
    ...describeUse(stepwiseEnd),
    ...more,
  ])}\n`;
}

/** The steps done so far are those that come first: the preflight has seen to it. */
function printTurn(script: Script, index: number): string {
  if (index === 0) return '';
  return `
  IF done < ${index} THEN
    RAISE EXCEPTION '${raised.wrongStart}: this file is step ${index + 1} of ${script.steps.length}, and only % of those before it are done', done
      USING ERRCODE = '${raised.wrongStart}', HINT = 'Nothing was changed. Run the files before it first.';
  END IF;`;
}

function nameOf(script: Script, step: ScriptStep, index: number): string {
  const number = String(index + 1).padStart(Math.max(2, String(script.steps.length).length), '0');
  return `${number}_${directionOf(script)}${step.op === 'stamp' ? '' : `_${idOf(step)}`}.sql`;
}
