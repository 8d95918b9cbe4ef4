import { listBlocks } from './block.ts';
import { printComment } from './comment.ts';
import {
  annotateBody,
  describePlan,
  describeSteps,
  printTitle,
  type RenderOptions,
  type ScriptFile,
} from './header.ts';
import { makeOutside, requiredAt, type Sheet } from './plain-outside.ts';
import { printPlainPreflight } from './plain-preflight.ts';
import { printDone } from './preflight.ts';
import { printReadme } from './readme.ts';
import { printPlainRun } from './run-as.ts';
import { refuseSavepoints } from './savepoint.ts';
import type { Script, ScriptStep } from './script.ts';

/**
 * The plan for clients that know SQL alone: pgAdmin, DBeaver, JDBC, cloud consoles. What psql would skip, this refuses: each transaction
 * looks by itself whether this is its place, so that a client that goes on after an error does no harm. What can't run in a transaction
 * has a file of its own, which holds that one statement; the file behind it looks at the outcome before it records it.
 */
export function renderPlain(script: Script, options: RenderOptions): readonly ScriptFile[] {
  const sheets = makeSheets(script, options);
  const files = sheets.map((sheet, index) => ({
    name: nameOf(sheet, index, sheets.length),
    about: sheet.about,
    pieces: [printHead(script, sheet, { index, total: sheets.length, options }), ...sheet.pieces],
  }));
  if (files.length === 1) return files;
  return [
    {
      name: 'README.md',
      about: '',
      pieces: [printReadme(script, files, { ...options, advice, form: '--flavor plain' })],
    },
    ...files,
  ];
}

const advice = [
  'Run the files one after another, in this order, with any client, in one session (one query tab).',
  'After an error stop: nothing of that transaction stands. A file that is run at the wrong place is refused and changes nothing;',
  'the files that hold one statement alone are the exception: they can hold no guard, so run them only when the file before has succeeded.',
  'Open the files as UTF-8.',
];

function makeSheets(script: Script, options: RenderOptions): readonly Sheet[] {
  const preflight = printPlainPreflight(script, options.tool);
  const sheets: Sheet[] = [];
  let first = 0;
  const flush = (until: number) => {
    const steps = script.steps.slice(first, until);
    if (steps.length > 0) sheets.push(makeSteps(script, first, steps, options));
    first = until + 1;
  };
  for (const [index, step] of script.steps.entries()) {
    const body = annotateBody(step, options);
    if (body.kind === 'transaction') continue;
    flush(index);
    sheets.push(...makeOutside(script, index, body, options.tool));
  }
  flush(script.steps.length);
  if (sheets.length === 0) sheets.push({ name: 'nothing', about: 'there is nothing to do', pieces: [] });
  return sheets.map((sheet, index) => ({
    ...sheet,
    pieces: [
      ...(index === 0 ? [preflight] : []),
      ...sheet.pieces,
      ...(index === sheets.length - 1 ? [printEnd(script)] : []),
    ],
  }));
}

function makeSteps(script: Script, first: number, steps: readonly ScriptStep[], options: RenderOptions): Sheet {
  const last = first + steps.length;
  const range = steps.length === 1 ? `${last}` : `${first + 1}-${last}`;
  return {
    name: `step${steps.length === 1 ? '' : 's'}_${range}`,
    about: steps.length === 1 ? `step ${range}, in a transaction` : `steps ${range}, each in a transaction`,
    pieces: steps.flatMap((step, offset) => {
      const index = first + offset;
      const run = printPlainRun(script, options.tool, { requires: requiredAt(script, index) });
      return [
        `${printTitle(step, index, script.steps.length)}${run}`,
        ...listBlocks(annotateBody(step, options)).flatMap((block) => refuseSavepoints(block, script.ledger.schema)),
        '\n',
      ];
    }),
  };
}

function printEnd(script: Script): string {
  if (script.steps.length === 0) return '';
  return `-- The end: the ledger says whether all steps are done, and which revision the database is at.\nSELECT ${printDone(script)} AS "the database is at";\n`;
}

function nameOf({ name }: Sheet, index: number, total: number): string {
  return `${String(index + 1).padStart(Math.max(2, String(total).length), '0')}_${name}.sql`;
}

function printHead(
  script: Script,
  sheet: Sheet,
  { index, total, options }: { readonly index: number; readonly total: number; readonly options: RenderOptions },
): string {
  const lines =
    index > 0
      ? [
          `updown script for project ${script.ledger.project}, digest ${script.digest}`,
          `file ${index + 1} of ${total}: ${sheet.about}`,
        ]
      : [
          ...describePlan(script, options, '--flavor plain'),
          ...(total === 1 ? [] : [`  file     1 of ${total}, in the order of their names: see README.md`]),
          '',
          ...describeSteps(script, options),
          '',
          ...describeUse(script, total),
        ];
  return sheet.alone === true ? printComment(lines) : `${printComment(lines)}\n`;
}

function describeUse(script: Script, total: number): readonly string[] {
  const odd = findOddities(script);
  return [
    'For any client: no psql commands. Send it whole or statement by statement, on PostgreSQL 12 or later.',
    'Each step is a transaction that looks first whether it is its turn, and refuses if not: an error of one step makes',
    'all that follow refuse, and nothing of them stands. Run it once: run again, what is done is refused too.',
    ...(total === 1
      ? ['After an error: remove the cause, then run it again from the step that failed, or emit a new one.']
      : []),
    ...odd,
  ];
}

/** Some clients cut a BEGIN ATOMIC body at its semicolons (F61), or take a word behind a colon for a parameter (F63). */
function findOddities(script: Script): readonly string[] {
  const numbered = (wanted: (step: ScriptStep) => boolean) =>
    script.steps.flatMap((step, index) => (wanted(step) ? [index + 1] : [])).join(', ');
  const variables = numbered(({ variables }) => variables.length > 0);
  const bodies = numbered(({ blocks }) =>
    [...new Set(blocks.map(({ body }) => body?.source.text ?? ''))].some((text) => /\bbegin\s+atomic\b/i.test(text)),
  );
  return [
    ...(variables === ''
      ? []
      : ['', `Turn off your client's parameters: there is a colon before a word in step ${variables}.`]),
    ...(bodies === ''
      ? []
      : ['', `Send the whole step at once: some clients cut BEGIN ATOMIC in the wrong place, in step ${bodies}.`]),
  ];
}
