import { alone, type Block, begin, type Frame, joined, partsOf, resetsAll } from '../plan/block.ts';
import { lockHolders } from '../plan/holder.ts';
import type { Script, ScriptStep } from '../plan/script.ts';
import { quoteEcho, quoteIdent, quoteLiteral } from '../sql/quote.ts';
import {
  annotateBlocks,
  describeDangers,
  describePlan,
  describeSteps,
  printComment,
  printRun,
  printRunAhead,
  printTitle,
  type RenderOptions,
  rule,
  titleOf,
} from './header.ts';
import {
  entriesOf,
  mayLackLedger,
  printEndCheck,
  printList,
  printOpenStamps,
  printPreflight,
  settingWithin,
} from './preflight.ts';

/**
 * The whole script for psql, piece by piece: the same plan gives the same bytes; no clock, no user, no machine is in it. Guarded
 * (a wrong start stops it with exit 3 before anything changes) and re-runnable (what is already done is skipped).
 */
export function* renderScript(script: Script, options: RenderOptions): Generator<string> {
  const whole = script.frame === joined;
  yield printHeader(script, options);
  yield printClientSettings(script.frame);
  yield printPreflight(script);
  if (whole) yield `-- All of it in one transaction.\n${begin}\n`;
  if (mayLackLedger(script)) yield printBootstrap(script, options);
  yield printIdle(script);
  for (const [index, step] of script.steps.entries()) {
    if (index % together === 0) yield printQuestions(script, script.steps.slice(index, index + together), index);
    yield* printStep(script, step, index, options);
  }
  if (whole) yield 'COMMIT;\n\n';
  yield printEnd(script);
}

function printHeader(script: Script, options: RenderOptions): string {
  const whole = script.frame === joined;
  return `${printComment([
    ...describePlan(script, options, whole ? '--one-transaction' : ''),
    '',
    ...describeUse(whole ? wholeEnd : stepwiseEnd),
    ...describeDangers(script),
    '',
    ...describeSteps(script, options),
  ])}\n`;
}

/** ON_ERROR_STOP is set inside, too; but of a file that psql can't read at all, as UTF-16, only the command line can make it stop. */
export const psqlCall = '  psql -X -v ON_ERROR_STOP=1 -f <this file> "<connection string>"';

/** How psql runs it, and how it ends. */
export function describeUse(end: readonly string[]): readonly string[] {
  return [
    'Run it with psql 14 or later, on PostgreSQL 12 or later:',
    '',
    psqlCall,
    '',
    ...end,
    '',
    ...lockTimeoutAdvice,
  ];
}

/** psql stops at the error of a statement at once, so that nothing in the script can ask any more. */
const lockTimeoutAdvice: readonly string[] = [
  'After "canceling statement due to lock timeout" ask who is in the way, the longest transaction first; wait for it, or',
  'end it with SELECT pg_terminate_backend(<its pid>); then run this again:',
  ...lockHolders.split('\n').map((line) => `  ${line}`),
];

export const stepwiseEnd: readonly string[] = [
  'Exit 0: done, the last line names the head. Exit 3: refused or failed, the message says why; what was committed',
  'before stands in the ledger. Exit 2: the connection broke. Safe to run again after any of them: a step that is',
  'already recorded is skipped, and a database in another state is refused before anything changes.',
];

const wholeEnd: readonly string[] = [
  'One transaction: all of it or nothing, and every lock is held until its end.',
  '',
  'Exit 0: done, the last line names the head. Exit 3: refused or failed, the message says why, and nothing of it',
  'stands. Exit 2: the connection broke. Safe to run again after any of them: what is already recorded is skipped,',
  'and a database in another state is refused before anything changes.',
];

// A hostile ~/.psqlrc, an odd locale or a piped run must not change what the script does (facts 4.1).
const settings = `\\set ON_ERROR_STOP on
\\set ON_ERROR_ROLLBACK off
\\set SINGLELINE off
\\set SINGLESTEP off
\\set FETCH_COUNT 0
\\set ECHO none
\\set QUIET on
\\pset pager off
\\encoding UTF8
SET LOCAL ${settingWithin} = 'yes'\\;
SET standard_conforming_strings = on;
`;

const isWithin = `coalesce(pg_catalog.current_setting('${settingWithin}', true) OPERATOR(pg_catalog.=) 'yes', false) AND pg_catalog.txid_current_if_assigned() IS NULL`;

/**
 * A transaction that is open and has written nothing is that of a psqlrc with AUTOCOMMIT off, or, where the script is one transaction anyhow,
 * of `psql -1`: it ends here. Any other is somebody's work, and the preflight refuses it.
 */
function printClientSettings(frame: Frame): string {
  const [whose, only] =
    frame === joined
      ? ['psql -1 or a psqlrc has opened', '']
      : ['a psqlrc with AUTOCOMMIT off has opened', " AND :'AUTOCOMMIT' OPERATOR(pg_catalog.=) 'off'"];
  return `${settings}-- A transaction that ${whose} ends here, if nothing was written in it.
SELECT ${isWithin}${only} AS updown_idle \\gset
\\set AUTOCOMMIT on
\\if :updown_idle
ROLLBACK;
\\endif
-- The last line closes it: psql ends a script that was cut off with an error.
\\if true

`;
}

/** Of a script whose steps have transactions of their own. */
export const clientSettings: string = printClientSettings(alone);

/** The last line of a script for psql. */
export const scriptEnd = '\\endif\n';

// A RESET ALL of a file's own took back these, too; what follows is read by them.
const sessionSettings = `SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
`;

/** The ledger's own block, where there is none yet. */
export function printBootstrap(script: Script, options: RenderOptions): string {
  return `-- The ledger, where there is none yet.
SELECT ${printLedgerIs(script)} NULL AS updown_run \\gset
\\if :updown_run
\\echo ${quoteEcho(`making the ledger in schema ${script.ledger.schema}`)}
${printRun(script, options.tool)}${script.bootstrap.text}\\endif

`;
}

function printLedgerIs({ ledger }: Script): string {
  return `pg_catalog.to_regclass(${quoteLiteral(`${quoteIdent(ledger.schema)}.journal`)}) IS`;
}

/** Whether there is anything left to do, for the last line to tell. */
export function printIdle(script: Script): string {
  const ids = entriesOf(script).map(({ id }) => id);
  const [first] = script.steps;
  if (first === undefined) return '\\set updown_idle on\n\n';
  if (first.op === 'stamp') return `SELECT NOT (${printState(script, first)}) AS updown_idle \\gset\n\n`;
  const s = quoteIdent(script.ledger.schema);
  return `SELECT pg_catalog.bool_and(${first.op === 'up' ? '' : 'NOT '}${s}.is_applied(id)) AS updown_idle FROM pg_catalog.unnest(${printList(ids)}) AS id \\gset\n\n`;
}

/** How many steps are asked about at once: every question is a round trip. */
const together = 100;

/** Which steps are still to be done, for psql to keep. One that somebody else does meanwhile is refused where it begins. */
export function printQuestions(script: Script, steps: readonly ScriptStep[], first: number): string {
  const last = first + steps.length;
  const about = steps.length === 1 ? `Is step ${last}` : `Which of steps ${first + 1} to ${last} are`;
  const columns = steps.map((step, offset) => `  ${printState(script, step)} AS ${answerOf(first + offset)}`);
  return `-- ${about} still to be done?\nSELECT\n${columns.join(',\n')} \\gset\n\n`;
}

function answerOf(index: number): string {
  return `updown_todo_${(index % together) + 1}`;
}

/** Piece by piece: what a file holds is not copied. */
export function* printStep(
  script: Script,
  step: ScriptStep,
  index: number,
  options: RenderOptions,
): Generator<string, void, undefined> {
  const label = `${index + 1}/${script.steps.length} ${titleOf(step)}`;
  const unset = step.variables.map((name) => `\\unset ${name}\n`).join('');
  yield `${printTitle(step, index, script.steps.length)}\\if :${answerOf(index)}
\\echo ${quoteEcho(label)}
${unset}`;
  yield* printBlocks(script, step, options);
  yield `\\else
\\echo ${quoteEcho(`${label}: already done, skipped`)}
\\endif

`;
}

/** A step outside a transaction goes on behind what the ledger has recorded of it; psql keeps that number in a variable. */
function printBlocks(script: Script, step: ScriptStep, options: RenderOptions): readonly string[] {
  const blocks = annotateBlocks(step, options);
  const ahead = printRunAhead(script, options.tool);
  if (step.transactional) return blocks.flatMap((block) => [ahead, ...partsOf(block)]);
  const settings = printRun(script, options.tool);
  return [settings, ...groupByNumber(blocks).map((group) => printGroup(group, settings))];
}

function groupByNumber(blocks: readonly Block[]): readonly (readonly Block[])[] {
  const groups: Block[][] = [];
  for (const block of blocks) {
    const group = groups.at(-1);
    if (group === undefined || group[0]?.number !== block.number) groups.push([block]);
    else group.push(block);
  }
  return groups;
}

function printGroup(group: readonly Block[], settings: string): string {
  const number = group[0]?.number;
  if (number === undefined) return group.map((block) => printBlock(block, settings)).join('');
  const looks = group.filter(({ kind }) => kind === 'generate' || kind === 'probe');
  const statement = group.filter(({ kind }) => kind === 'statement').map((block) => printBlock(block, settings));
  const records = group.filter(({ kind }) => kind === 'transaction').map(({ text }) => text);
  const look = looks.map(({ kind, text }) => `${text} \\${kind === 'probe' ? 'gset' : 'gexec'}\n`).join('');
  const resumed =
    look === '' ? '' : `\\if :updown_resumes\n\\echo '    looking for what a broken off run left'\n${look}\\endif\n`;
  const body =
    statement.length === 0
      ? ''
      : `\\if :updown_built\n\\echo '    statement ${number} has run already, only recording it'\n\\else\n${statement.join('')}\\endif\n`;
  return `-- statement ${number}
SELECT :updown_at OPERATOR(pg_catalog.<) ${number} AS updown_run, :updown_at OPERATOR(pg_catalog.>=) 0 AND :updown_at OPERATOR(pg_catalog.<) ${number} AS updown_resumes, false AS updown_built \\gset
\\if :updown_run
${resumed}${body}${records.join('')}\\endif
`;
}

/** A RESET ALL of a file's own takes back what the script has set, too. */
function printBlock(block: Block, settings: string): string {
  const { text, kind } = block;
  if (kind === 'position') return `${text} \\gset\n`;
  if (block.until !== undefined)
    return `SELECT :updown_at OPERATOR(pg_catalog.<) ${block.until} AS updown_run \\gset\n\\if :updown_run\n${text}\\endif\n`;
  const resets = (kind === 'statement' || kind === 'settings') && resetsAll(block);
  return resets ? `${text}${settings}${sessionSettings}` : text;
}

/** Whether the step is still to be done. */
function printState({ ledger }: Script, { op, entries }: ScriptStep): string {
  const s = quoteIdent(ledger.schema);
  const id = quoteLiteral(entries[0]?.id ?? '');
  if (op === 'up') return `NOT ${s}.is_applied(${id})`;
  if (op === 'down') return `${s}.is_applied(${id})`;
  return `${printOpenStamps(ledger, entries)} OPERATOR(pg_catalog.>) 0`;
}

export function printEnd(script: Script): string {
  return `${rule}-- The end: read back where the database stands.
${rule}${printEndCheck(script)}${printHeadsRead(script)}\\if :updown_idle
\\echo 'updown: there was nothing to do, the database is at' :updown_heads
\\else
\\echo 'updown: done, the database is at' :updown_heads
\\endif
${scriptEnd}`;
}

/** Where there was nothing to do, there may be no ledger. */
function printHeadsRead(script: Script): string {
  const read = `SELECT ${quoteIdent(script.ledger.schema)}.heads() AS updown_heads \\gset\n`;
  if (script.steps.length > 0) return read;
  return `SELECT ${printLedgerIs(script)} NOT NULL AS updown_run \\gset
\\if :updown_run
${read}\\else
\\set updown_heads base
\\endif
`;
}
