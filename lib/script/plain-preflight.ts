import { printMaking, printMakingGuard } from '../ledger/making.ts';
import { printLacksRest } from '../ledger/renewal.ts';
import { printPart } from '../ledger/text.ts';
import { freeTag, quoteIdent, quoteLiteral } from '../sql/quote.ts';
import { begin } from './block.ts';
import { printHead } from './head.ts';
import {
  findNeed,
  mayLackLedger,
  printDecision,
  printKnownChecks,
  printLacking,
  printStringsCheck,
} from './preflight.ts';
import { printPlainWithin } from './run-as.ts';
import { printOwnSettings, type Script } from './script.ts';

/** The beginning of a script for clients without `\\if`: the ledger has to be made in the same statement as is found to be missing. */
export function printPlainPreflight(script: Script, tool: string): string {
  const body = script.steps.length === 0 ? '' : printPlainKnown(script);
  const tag = freeTag('plain', body);
  const question =
    script.steps.length === 0
      ? printDecision(script, { client: 'plain', once: true })
      : `SELECT ${quoteIdent(script.ledger.schema)}.check_plan(${printHead(script, { client: 'plain', once: true })})
  AS "steps that are done already";\n`;
  const { folding = '' } = script;
  // With nothing to do, it is the question alone.
  const end = script.steps.length === 0 && folding !== '' ? 'ROLLBACK;' : 'COMMIT;';
  return `-- Preflight: refuses, before anything is changed, unless this is the right database in the right state.
${noteBeginning}${begin}${printOwnSettings(script.pins)}${printPlainWithin(script, tool)}${body === '' ? '' : `DO ${tag} BEGIN\n${body}END ${tag};\n`}${folding}${question}${end}

`;
}

/** A transaction that began before this command was open already. */
const noteBeginning = `DO $updown$ BEGIN
  PERFORM pg_catalog.set_config('updown.began',
    extract(epoch FROM pg_catalog.statement_timestamp())::pg_catalog.text, false);
END $updown$;
`;

/** One that makes it, where it is missing. */
function printPlainKnown(script: Script): string {
  const makes = mayLackLedger(script);
  const known = printKnownChecks(script, makes ? undefined : printLacking(script, 0), findNeed(script), 'plain');
  return `${printStringsCheck(script)}\n${known}${makes ? printPlainMaking(script, script.firstNeed !== undefined) : ''}\n`;
}

/** What its refusals tell stands outside of the text that is executed: all of that would be their context. */
export function printPlainMaking({ ledger }: Script, withRest = true): string {
  const s = quoteIdent(ledger.schema);
  const making = `
  IF pg_catalog.to_regclass(${quoteLiteral(`${s}.journal`)}) IS NULL THEN
    ${printMakingGuard(ledger, 'plain')};
    -- The ledger, where there is none yet.
${printExecute(printMaking(ledger, ['core']))}  END IF;`;
  if (!withRest) return making;
  return `${making}
  IF ${printLacksRest(ledger.schema)} THEN
    -- The rest of it, where a script has made it without.
${printExecute(printPart(ledger.schema, 'rest'))}  END IF;`;
}

export function printExecute(making: string): string {
  const tag = freeTag('ledger', making);
  return `    EXECUTE ${tag}\n${making}${tag};\n`;
}
