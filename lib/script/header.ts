import type { Op } from '../plan/plan.ts';
import { sanitizeLine } from '../sql/quote.ts';
import { printHeads } from '../words.ts';
import { type Block, mapBlocks, type StepBody } from './block.ts';
import { wrap } from './comment.ts';
import { marksOf, summarizeMarks } from './marks.ts';
import { type Script, type ScriptStep, wordAsked } from './script.ts';

export interface RenderOptions {
  /** This program's version: it is recorded with each entry. */
  readonly tool: string;
  /** What was found out about a revision's step, by its id: shown, never sent. */
  readonly annotations?: Lookup<string, Annotation> | undefined;
}

/** Lines of comment. A run sends a block without them; in a script they stand above the statement they tell of. */
export interface Annotation {
  /** For the header, below the step. */
  readonly impact: readonly string[];
  /** By the statement's number in its file, from 1 on. */
  readonly statements: Lookup<number, readonly string[]>;
}

interface Lookup<Key, Value> {
  get(key: Key): Value | undefined;
}

/** One of the files a plan is printed as, where one is not enough. */
export interface ScriptFile {
  readonly name: string;
  /** What it does, in a few words for the list of files. */
  readonly about: string;
  readonly pieces: Iterable<string>;
}

/** What the plan is, before anything is said of how to run it. `form` is how it was asked for, for who checks it later. */
export function describePlan(script: Script, { tool }: RenderOptions, form = ''): readonly string[] {
  const { plan, steps, ledger, digest } = script;
  const asked = ['updown', tool, form, script.allowExisting === true ? '--allow-existing' : ''];
  return [
    `${titleBegin}${ledger.project}`,
    '',
    printField('from', printHeads(plan.from)),
    printField('to', printHeads(plan.to)),
    printField('steps', countSteps(steps)),
    printField('digest', digest),
    '           (of all that is sent; updown script verify compares it, and each ledger entry records it)',
    ...(script.asked.size === 0
      ? []
      : [
          printField('settings', sanitizeLine(wordAsked(script.asked))),
          '           (requested by the connection when the script was made)',
        ]),
    printField('made by', asked.filter((word) => word !== '').join(' ')),
  ];
}

const titleBegin = 'updown script for project ';

type Field = 'from' | 'to' | 'steps' | 'digest' | 'settings' | 'made by';

function printField(name: Field, value: string): string {
  return `  ${name.padEnd(9)}${value}`;
}

/** Every step, or one: what it is, and below it what nobody may miss, and what was found out about it. */
export function describeSteps({ steps }: Script, { annotations }: RenderOptions, only?: ScriptStep): readonly string[] {
  const marks = summarizeMarks(only === undefined ? steps : [only], '        ');
  const lines = steps.flatMap((step, index) =>
    only !== undefined && step !== only
      ? []
      : [
          `  ${String(index + 1).padStart(4)}  ${titleOf(step)}`,
          ...(step.op === 'stamp' ? step.entries.map(({ op, id }) => `        ${op} ${sanitizeLine(id)}`) : []),
          ...marks.of(step),
          ...(annotations?.get(idOf(step))?.impact ?? []).flatMap((line) => wrap(sanitizeLine(line), '          ')),
        ],
  );
  return [...lines, ...marks.rest];
}

/** What a step sends with a comment above each statement that something was found out about: printed, never sent. */
export function annotateBody(step: ScriptStep, { annotations }: RenderOptions): StepBody {
  const notes = annotations?.get(idOf(step))?.statements;
  return notes === undefined ? step.body : mapBlocks(step.body, (block) => annotateBlock(block, notes));
}

function annotateBlock(block: Block, notes: Annotation['statements']): Block {
  const { parts: _, ...plain } = block;
  const { text, body } = plain;
  if (body === undefined) return block;
  let annotated = '';
  let place = body.at;
  for (const [index, { start, line, label }] of body.statements.entries()) {
    const next = findLineStart(text, body.at + start - body.from) ?? place;
    // Each line with the statement's own beginning: a script is compared by it with what was found out since.
    const lines = (notes.get(body.first + index) ?? []).flatMap((note) =>
      wrap(sanitizeLine(note), `-- line ${line}, ${sanitizeLine(label)}: `).map((one) => `${one}\n`),
    );
    annotated += `${text.slice(place, next)}${lines.join('')}`;
    place = next;
  }
  return { ...plain, text: `${text.slice(0, body.at)}${annotated}${text.slice(place)}` };
}

/** None where the statement is not the first thing on its line: the line may begin within another one. */
function findLineStart(text: string, statement: number): number | undefined {
  const start = text.lastIndexOf('\n', statement - 1) + 1;
  return text.slice(start, statement).trim() === '' ? start : undefined;
}

/** The comment above a step's block: what it is, where it comes from, and what nobody may miss. */
export function printTitle(step: ScriptStep, index: number, total: number): string {
  const title = `-- ${index + 1}/${total}  ${titleOf(step)} `;
  const lines = [
    `${title}---`.padEnd(80, '-'),
    ...(step.file === undefined ? [] : [`-- ${sanitizeLine(step.file.path)}`, `-- sha256 ${step.file.digest}`]),
    ...marksOf(step).flatMap((mark) => wrap(mark, '-- ')),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

export function idOf({ entries }: ScriptStep): string {
  return entries[0]?.id ?? '';
}

/** A message may be as long as somebody likes. */
export function titleOf({ op, entries: [first], name }: ScriptStep): string {
  const title = `${first?.op ?? op} ${first?.id} ${sanitizeLine(name)}`;
  const characters = [...title];
  return characters.length <= longestTitle ? title : `${characters.slice(0, longestTitle - 1).join('')}…`;
}

/** With what stands around it in a header, a rule and an \\echo. */
const longestTitle = 88;

function countSteps(steps: readonly ScriptStep[]): string {
  const [first] = steps;
  return first === undefined ? 'none: there is nothing to do' : `${steps.length} ${first.op}`;
}

/** What somebody read and agreed to: a plan as its script or its JSON tells it. */
export interface Reviewed {
  readonly digest: string;
  readonly project?: string | undefined;
  /** Heads it starts from and ends at. */
  readonly from?: readonly string[] | undefined;
  readonly to?: readonly string[] | undefined;
  readonly steps: readonly ReviewedStep[];
  /** What the connection asked for where it was made, in words. */
  readonly asked?: string | undefined;
  /** Of a script: the version that made it, and the options that gave it its form. */
  readonly tool?: string | undefined;
  readonly form?: readonly string[] | undefined;
}

export interface ReviewedStep {
  readonly op: Op;
  readonly id: string;
  /** sha256 of its file. */
  readonly sha256?: string | undefined;
}

/** Only comments are read, and of the first block of them all but the digests of files: what a file holds can't speak for the plan. */
export function readHeader(whole: string): Reviewed | undefined {
  // In front of the comment psql is told where the script ends.
  const text = whole.replace(/^\\set .*\n/, '');
  const head = text.slice(0, /\n(?!--)/.exec(text)?.index ?? text.length);
  const field = (name: Field) => new RegExp(`^-- ${printField(name, '(.*)')}$`, 'm').exec(head)?.[1];
  const digest = field('digest');
  const project = new RegExp(`^-- ${titleBegin}([\\w.-]+)$`, 'm').exec(head)?.[1];
  if (digest === undefined || project === undefined) return undefined;
  const heads = (line = 'base') => (line === 'base' ? [] : line.split(', '));
  const [, tool = '', form = ''] = /^updown (\S+) ?(.*)$/.exec(field('made by') ?? '') ?? [];
  const files = new Map(
    Array.from(text.matchAll(/^-- \d+\/\d+ {2}(up|down) ([\w-]+) .*\n-- .*\n-- sha256 ([0-9a-f]{64})$/gm), (match) => [
      `${match[1]} ${match[2]}`,
      match[3] as string,
    ]).reverse() as [string, string][],
  );
  const steps = Array.from(
    // A stamp is one step, and the revisions it records stand below it.
    head.matchAll(/^-- {3,9}(?:\d+ {2}(up|down)|(stamp|unstamp)) ([\w-]+)(?= |$)/gm),
    ([, run, stamped, id]) => {
      const op = run ?? stamped;
      const sha256 = files.get(`${op} ${id}`);
      return { op: op as Op, id: id as string, sha256 };
    },
  );
  return {
    digest,
    project,
    from: heads(field('from')),
    to: heads(field('to')),
    steps,
    asked: field('settings') ?? '',
    tool,
    form: form.split(' ').filter(Boolean),
  };
}
