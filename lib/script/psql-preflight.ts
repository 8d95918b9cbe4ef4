import { ownPath } from '../ledger/setting.ts';
import { quoteEcho, quoteIdent, quoteLiteral } from '../sql/quote.ts';
import { begin, closeOf, openOf } from './block.ts';
import { printHead } from './head.ts';
import { findNeed, mayLackLedger, type Need, printDecision, printKnownChecks, printLacking } from './preflight.ts';
import { printRunWithin } from './run-as.ts';
import { printBootstrap, type Script } from './script.ts';
import { printTodo, together } from './todo.ts';

const title =
  '-- Preflight: stops here, before anything is changed, unless this is the right database in the right state.\n';

/**
 * The beginning of a script for psql: it refuses the wrong server, project or state, and leaves in `updown_done` how many of its steps are
 * done. A run decides the same from the ledger it has read. Where there may be no ledger, it is made in the transaction of that question:
 * refused, it leaves none. `only` is the one step of a file of several, by its index.
 */
export function printPreflight(script: Script, only?: number): string {
  if (script.steps.length === 0) return printEmptyPreflight(script);
  // Only the first of several files makes the ledger.
  const behind = only ?? 0;
  const makes = behind === 0 && mayLackLedger(script);
  const lacking = makes ? undefined : printLacking(script, behind);
  const known = `SET LOCAL ${ownPath}\\; ${printKnown(script, lacking, findNeed(script, only))}`;
  const question = printQuestion(script, only);
  const whole = script.transactions === 'one' ? `-- All of it in one transaction.\n${begin}` : '';
  const [open, close] = [openOf(script.transactions), closeOf(script.transactions)];
  // Refused, it leaves the ledger as it was.
  const folding = behind === 0 ? printFoldingWithin(script) : '';
  if (!makes) return `${title}${known}${whole}${folding === '' ? question : `${open}${folding}${question}${close}`}\n`;
  return `${title}${known}${whole}${printMissing(script)}${open}\\if :updown_run
\\echo ${quoteEcho(`creating the ledger in schema ${script.ledger.schema}`)}
${printRunWithin(script)}${printBootstrap(script, ['core'])}\\endif
${folding}${question}${close}
`;
}

/** Whether the ledger is still to be made, for psql to keep. What to_regclass remembers may be from before. */
export function printMissing({ ledger }: Script): string {
  return `SELECT NOT EXISTS (
  SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
   WHERE n.nspname OPERATOR(pg_catalog.=) ${quoteLiteral(ledger.schema)} AND c.relname OPERATOR(pg_catalog.=) 'journal') AS updown_run \\gset
`;
}

/** Where there is nothing to do, there may be no ledger, and none is made. */
function printEmptyPreflight(script: Script): string {
  const folding = printFoldingWithin(script);
  const decision = printDecision(script, { client: 'psql' });
  const asked =
    folding === ''
      ? `SET LOCAL ${ownPath}\\;\n${decision}`
      : `-- The question alone: what it takes to ask it is taken back.\n${begin}${folding}${decision}ROLLBACK;\n`;
  return `${title}${asked}\\set updown_idle on\n\n`;
}

function printFoldingWithin(script: Script): string {
  const { folding } = script;
  return folding === undefined ? '' : `${printRunWithin(script)}SET LOCAL ${ownPath};\n${folding}`;
}

function printKnown(script: Script, lacking: string | undefined, need: Need | undefined): string {
  return `DO $updown$ BEGIN\n${printKnownChecks(script, lacking, need)}END $updown$;\n`;
}

/** Asks the ledger, and keeps in psql how many steps are done, whether that is all of them, and for these whether they are still to be done. */
function printQuestion(script: Script, only: number | undefined): string {
  const { transactions, steps, ledger } = script;
  const head = printHead(script, {
    client: 'psql',
    whole: transactions === 'one' ? true : undefined,
    behind: only !== undefined && only > 0 ? only : undefined,
  });
  const all = only === undefined ? steps.length : only + 1;
  const indexes = only === undefined ? [...steps.keys()].slice(0, together) : [only];
  return `SELECT d AS updown_done, d OPERATOR(pg_catalog.>) 0 AS updown_some, d OPERATOR(pg_catalog.>=) ${all} AS updown_idle,
  ${printTodo('d', indexes)}
  FROM ${quoteIdent(ledger.schema)}.check_plan(${head}) AS d \\gset
\\if :updown_some \\echo :updown_done 'of ${steps.length === 1 ? '1 step is' : `${steps.length} steps are`} done already' \\endif
`;
}
