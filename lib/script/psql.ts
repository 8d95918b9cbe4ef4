import { printLacksRest, printOutdated } from '../ledger/renewal.ts';
import { settingWithin } from '../ledger/setting.ts';
import { freeTag, quoteEcho, quoteIdent, sanitizeLine } from '../sql/quote.ts';
import { printHeads } from '../words.ts';
import { type Block, type OutsideStatement, partsOf, resetsAll, type Transactions } from './block.ts';
import { printComment, wrap } from './comment.ts';
import { annotateBody, describePlan, describeSteps, printTitle, type RenderOptions, titleOf } from './header.ts';
import { mayLackLedger, printDone } from './preflight.ts';
import { printMissing, printPreflight } from './psql-preflight.ts';
import { printRunVariable, printSessionRun, runAhead } from './run-as.ts';
import { compileRenewal, compileRest, type Script, type ScriptStep } from './script.ts';
import { printMoreTodo, todoOf, together } from './todo.ts';

/**
 * The whole script for psql, piece by piece: the same plan gives the same bytes; no clock, no user, no machine is in it. Guarded
 * (a wrong start stops it with exit 3 before anything changes) and re-runnable (what is already done is skipped).
 */
export function* renderScript(script: Script, options: RenderOptions): Generator<string> {
  const whole = script.transactions === 'one';
  yield scriptBegin;
  yield printHeader(script, options);
  yield printClientSettings(script.transactions);
  yield printRunVariable(script, options.tool);
  yield printPreflight(script);
  for (const [index, step] of script.steps.entries()) {
    if (index > 0 && index % together === 0) yield printMoreTodo(index, script.steps.length);
    yield* printStep(script, step, index, options);
  }
  if (whole) yield 'COMMIT;\n\n';
  yield printEnd(script);
}

function printHeader(script: Script, options: RenderOptions): string {
  const whole = script.transactions === 'one';
  return `${printComment([
    ...describePlan(script, options, whole ? '--one-transaction' : ''),
    '',
    ...describeSteps(script, options),
    '',
    ...describeUse(script, whole ? wholeEnd : stepwiseEnd),
  ])}\n`;
}

/** ON_ERROR_STOP is set inside, too; but of a file that psql can't read at all, as UTF-16, only the command line can make it stop. */
export const psqlCall = 'psql -X -v ON_ERROR_STOP=1 -f <this file> "<connection string>"';

/** How psql runs it, and how it ends. psql stops at the error of a statement at once, so that nothing in the script can ask any more. */
export function describeUse({ ledger }: Script, end: readonly string[]): readonly string[] {
  return [
    `With psql 14 or later, on PostgreSQL 12 or later: ${psqlCall}`,
    ...end,
    ...wrap(
      `After "canceling statement due to lock timeout": SELECT * FROM ${sanitizeLine(quoteIdent(ledger.schema))}.lock_holders; shows who holds the lock.`,
      '',
    ),
  ];
}

export const stepwiseEnd: readonly string[] = [
  'Exit 0: done, the last line names the head. 1: psql itself failed, for example to read a file. 2: the connection was',
  'lost. 3: refused, failed, or cut off (the last line closes the first): the message says why; the ledger records what',
  'was committed. It can be run again after each: recorded steps are skipped, a database in any other state is refused.',
];

const wholeEnd: readonly string[] = [
  'One transaction: all of it or nothing, and every lock is held until its end.',
  'Exit 0: done, the last line names the head. 1: psql itself failed, for example to read a file. 2: the connection was',
  'lost. 3: refused or failed: the message says why, and nothing was changed. It can be run again after each: recorded',
  'steps are skipped, and a database in any other state is refused before anything is changed.',
];

// Settings in a psqlrc, the locale and whether psql reads a file or a pipe must not change what the script does.
const settings = `-- How psql reads this file, regardless of a psqlrc.
\\set ON_ERROR_ROLLBACK off \\set SINGLELINE off \\set SINGLESTEP off
\\set FETCH_COUNT 0 \\set ECHO none \\set QUIET on \\pset pager off \\encoding UTF8
SET LOCAL ${settingWithin} = 'yes'\\; SET standard_conforming_strings = on;
`;

const isWithin = `coalesce(pg_catalog.current_setting('${settingWithin}', true) OPERATOR(pg_catalog.=) 'yes', false)
  AND pg_catalog.txid_current_if_assigned() IS NULL`;

/**
 * A transaction that is open and has written nothing is that of a psqlrc with AUTOCOMMIT off, or, where the script is one transaction anyhow,
 * of `psql -1`: it ends here. Any other is somebody's work, and the preflight refuses it.
 */
function printClientSettings(transactions: Transactions): string {
  const [whose, only] =
    transactions === 'one'
      ? ['psql -1 or a psqlrc has opened', '']
      : ['a psqlrc with AUTOCOMMIT off has opened', " AND :'AUTOCOMMIT' OPERATOR(pg_catalog.=) 'off'"];
  return `${settings}-- A transaction that ${whose} ends here, if nothing was written in it.
SELECT ${isWithin}${only} AS updown_empty \\gset
\\set AUTOCOMMIT on \\if :updown_empty
ROLLBACK; SET standard_conforming_strings = on; \\endif
`;
}

/** Of a script whose steps have transactions of their own. */
export const clientSettings: string = printClientSettings('each');

/**
 * The first line of a script for psql: the last one closes it, so that one which was cut off ends with an error, wherever that is behind this
 * line. Cut within it, nothing is left that could be refused: psql reads settings, runs nothing, and ends with 0 as for an empty file.
 */
export const scriptBegin = '\\set ON_ERROR_STOP on \\if true\n';
export const scriptEnd = '\\endif\n';

// A RESET ALL of a file's own took back these, too; what follows is read by them.
const sessionSettings = `SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
`;

/** The ledger's own block where there is none yet, and where there is an older one, or one in part. */
export function printLedgerBlocks(script: Script): string {
  return `-- The ledger, where there is none yet.
${printMissing(script)}\\if :updown_run
\\echo ${quoteEcho(`creating the ledger in schema ${script.ledger.schema}`)}
${printSessionRun(script)}${script.bootstrap.text}\\endif

-- One that an older version has made, or a script in part, is brought up to date.
SELECT ${printOutdated(script.ledger.schema)} AS updown_run \\gset
\\if :updown_run
\\echo ${quoteEcho(`bringing the ledger in schema ${script.ledger.schema} up to date`)}
${printSessionRun(script)}${compileRenewal(script).text}\\endif

`;
}

/** In front of the first step that calls what a script makes the ledger without. */
function printRestBlock(script: Script): string {
  return `-- The rest of the ledger, if it does not exist yet: the next step is the first to need it.
SELECT ${printLacksRest(script.ledger.schema)}
  AS updown_run \\gset
\\if :updown_run
\\echo ${quoteEcho(`adding the rest of the ledger in schema ${script.ledger.schema}`)}
${compileRest(script).text}\\endif

`;
}

/** Piece by piece: what a file holds is not copied. */
export function* printStep(
  script: Script,
  step: ScriptStep,
  index: number,
  options: RenderOptions,
): Generator<string, void, undefined> {
  if (index === script.firstNeed && mayLackLedger(script)) yield printRestBlock(script);
  const label = `${index + 1}/${script.steps.length} ${titleOf(step)}`;
  const unset = step.variables.map((name) => `\\unset ${name}\n`).join('');
  yield `${printTitle(step, index, script.steps.length)}\\if :${todoOf(index)}
\\echo ${quoteEcho(label)}
${unset}`;
  yield* printBody(script, step, options);
  yield `\\endif

`;
}

/** A step outside a transaction goes on behind what the ledger has recorded of it; psql keeps that number in a variable. */
function printBody(script: Script, step: ScriptStep, options: RenderOptions): readonly string[] {
  const body = annotateBody(step, options);
  if (body.kind === 'transaction') return [runAhead, ...partsOf(body.block)];
  const run = printSessionRun(script);
  return [
    run,
    '-- Its beginning: the file, each of its statements, and what is there now, so that nothing else is taken for its work.\n',
    body.start.text,
    `-- How many of its statements are recorded; -1 where no run has begun it before.\n${body.position.text} \\gset\n`,
    '-- The session that it runs in, until leave resets it. A concurrent build waits as long as older transactions last.\n',
    body.settings.text,
    ...body.statements.map((statement) => printStatement(statement, run)),
    `-- The end of the step.\n${body.end.text}`,
  ];
}

/** `run` is what the session is told of the run. */
function printStatement(statement: OutsideStatement, run: string): string {
  const { kind, number, block } = statement;
  if (kind === 'recorded') return printDue(number, block.text);
  const again = statement.again?.text ?? '';
  const record = statement.record.text;
  if (kind === 'setting') return `${printSetting(statement, run)}${again}${printDue(number, record)}`;
  const { repair, probe } = statement;
  const look = `${repair === undefined ? '' : printRepair(repair)}${probe === undefined ? '' : `-- Whether the statement has run already.\n${printAsked(probe)}`}`;
  const resumed =
    look === '' ? '' : `\\if :updown_resumes\n\\echo '    looking for what an interrupted run left'\n${look}\\endif\n`;
  const sent = `${resumed}\\if :updown_built\n\\echo '    statement ${number} has run already, only recording it'\n\\else\n${printAlone(block.text)}${restore(block, run)}\\endif\n`;
  return again === ''
    ? printDue(number, `${sent}${record}`)
    : `${printDue(number, sent)}${again}${printDue(number, record)}`;
}

/** Where the question takes a transaction, psql keeps the answer until it is over. */
function printRepair(repair: Block): string {
  const note = '-- What a broken off run has left half done of it: each statement is shown before it runs.\n';
  const send = (query: string) => `\\set ECHO queries\n${query} \\gexec\n\\set ECHO none\n`;
  if (repair.parts === undefined) return `${note}${send(repair.text)}`;
  const [open, query = '', close = ''] = repair.parts;
  const all = `SELECT coalesce(pg_catalog.array_agg(command), '{}') AS updown_left FROM (\n${query}\n) AS found (command)`;
  const answer = "SELECT pg_catalog.unnest(:'updown_left'::pg_catalog.text[])";
  return `${note}${printAsked({ ...repair, parts: [open ?? '', all, close] })}${send(answer)}`;
}

/** A question whose answer psql keeps in variables. */
function printAsked({ text, parts: [open, query, close] = ['', text, ''] }: Block): string {
  return `${open}${query} \\gset\n${close?.replace(/^;\n/, '')}`;
}

/** What is done where the ledger does not have the statement yet. */
function printDue(number: number, text: string): string {
  return `-- statement ${number}
SELECT :updown_at OPERATOR(pg_catalog.<) ${number} AS updown_run, false AS updown_built,
  :updown_at OPERATOR(pg_catalog.>=) 0 AND :updown_at OPERATOR(pg_catalog.<) ${number} AS updown_resumes \\gset
\\if :updown_run
${text}\\endif
`;
}

function printSetting({ block, until }: Extract<OutsideStatement, { kind: 'setting' }>, run: string): string {
  if (until === undefined) return `${block.text}${restore(block, run)}`;
  return `SELECT :updown_at OPERATOR(pg_catalog.<) ${until} AS updown_run \\gset\n\\if :updown_run\n${block.text}\\endif\n`;
}

/** A RESET ALL of a file's own takes back what the script has set, too. */
function restore(block: Block, run: string): string {
  return resetsAll(block) ? `${run}${sessionSettings}` : '';
}

/**
 * A statement that must travel alone, as the row of a query that psql runs next: at the end of a file that was cut off, psql sends what it has
 * read of a statement, which may be another one, as DROP DATABASE of another name. Of a string that is not closed nothing runs.
 */
function printAlone(text: string): string {
  const tag = freeTag('updown', text);
  return `-- As a string, which psql runs when it has read all of it: where a file is cut off within it, nothing runs.\nSELECT ${tag}\n${text}${tag} \\gexec\n`;
}

export function printEnd(script: Script): string {
  const read =
    script.steps.length === 0
      ? `\\set updown_heads ${quoteEcho(printHeads(script.plan.to))}\n`
      : `SELECT ${printDone(script)} AS updown_heads \\gset\n`;
  return `-- The end: the ledger says whether all steps are done, and which revision the database is at.
${read}\\if :updown_idle
\\echo 'updown: there was nothing to do, the database is at' :updown_heads
\\else
\\echo 'updown: done, the database is at' :updown_heads
\\endif
${scriptEnd}`;
}
