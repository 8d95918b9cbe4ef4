import { applicationName, printRunSettings, type RunSettings } from '../plan/ledger.ts';
import type { Script, ScriptStep } from '../plan/script.ts';
import { quoteLiteral, sanitizeLine } from '../sql/quote.ts';
import { printHeads } from './preflight.ts';

export interface RenderOptions {
  /** This program's version: it is recorded with each entry. */
  readonly tool: string;
}

/** One of the files a plan is printed as, where one is not enough. */
export interface ScriptFile {
  readonly name: string;
  /** What it does, in a few words for the list of files. */
  readonly about: string;
  readonly pieces: Iterable<string>;
}

/** Lines as one block of comments between rules. What a line holds was sanitized by whoever made it. */
export function printComment(lines: readonly string[]): string {
  return `${rule}${lines.map((line) => `-- ${line}`.trimEnd()).join('\n')}\n${rule}`;
}

export const rule: string = `-- ${'-'.repeat(77)}\n`;

/** What the plan is, before anything is said of how to run it. */
export function describePlan(script: Script): readonly string[] {
  const { plan, steps, ledger, digest } = script;
  return [
    `updown script for project ${ledger.project}`,
    '',
    `  from     ${printHeads(plan.from)}`,
    `  to       ${printHeads(plan.to)}`,
    `  steps    ${countSteps(steps)}`,
    `  digest   ${digest}`,
  ];
}

/** Every step, a line each. */
export function describeSteps({ steps }: Script): readonly string[] {
  return steps.map((step, index) => `  ${String(index + 1).padStart(4)}  ${titleOf(step)}`);
}

/** The comment above a step's block. */
export function printTitle(step: ScriptStep, index: number, total: number): string {
  const source =
    step.file === undefined ? '' : `-- source: ${sanitizeLine(step.file.path)}   sha256 ${step.file.digest}\n`;
  const bare = step.transactional ? '' : '-- NOT in a transaction: each statement is recorded after it ran.\n';
  return `${rule}-- ${index + 1}/${total}  ${titleOf(step)}\n${source}${bare}${rule}`;
}

export function titleOf({ op, entries, name }: ScriptStep): string {
  return op === 'stamp' ? `stamp ${name}` : `${op} ${entries[0]?.id} ${sanitizeLine(name)}`;
}

/** What differs between a run and a script, set just before a block. */
export function printRun(script: Script, tool: string, more: Partial<RunSettings> = {}): string {
  const run = printRunSettings({ channel: 'script', plan: script.digest, tool, ...more });
  return `SET application_name = ${quoteLiteral(applicationName(script.ledger.project))};\nSET ${run};\n`;
}

function countSteps(steps: readonly ScriptStep[]): string {
  const [first] = steps;
  return first === undefined ? 'none: there is nothing to do' : `${steps.length} ${first.op}`;
}
