import { grantsFor } from '../ledger/rights.ts';
import { ownPath } from '../ledger/setting.ts';
import { freeTag, quoteIdent, sanitizeLine } from '../sql/quote.ts';
import { printComment } from './comment.ts';
import type { RenderOptions } from './header.ts';
import { printLedgerPreflight, printRenewing } from './ledger-preflight.ts';
import { printPlainMaking } from './plain-preflight.ts';
import { printStringsCheck } from './preflight.ts';
import { clientSettings, printLedgerBlocks, psqlCall, scriptBegin, scriptEnd } from './psql.ts';
import { printPlainWithin, printRunVariable } from './run-as.ts';
import { printOwnSettings, type Script } from './script.ts';

export interface BootstrapOptions extends RenderOptions {
  /** Roles that are to migrate with it. */
  readonly grantTo: readonly string[];
}

/**
 * The ledger alone, for a role that may do more in the database than the role that migrates: behind this one needs no CREATE on the database. Run
 * again it changes nothing but the grants.
 */
export function renderBootstrap(script: Script, options: BootstrapOptions): string {
  const tag = '$updown$';
  return `${scriptBegin}${printHead(script, options, psqlUse)}
${clientSettings}-- Preflight: stops here, before anything is changed, unless this is a database to keep this ledger in.
SET LOCAL ${ownPath}\\;
DO ${tag}
${printLedgerPreflight(script, options.grantTo)}${tag};

${printRunVariable(script, options.tool)}${printLedgerBlocks(script)}${printSharing(script, options)}\\echo 'updown: the ledger is there'
${scriptEnd}`;
}

/** The same without psql's commands: all of it in one transaction. */
export function renderPlainBootstrap(script: Script, options: BootstrapOptions): string {
  const body = printLedgerPreflight(
    script,
    options.grantTo,
    `${printStringsCheck(script)}${printPlainMaking(script)}${printRenewing(script)}`,
  );
  const tag = freeTag('plain', body);
  const open = `BEGIN ISOLATION LEVEL READ COMMITTED;\n${printOwnSettings(script.pins)}`;
  const run = printPlainWithin(script, options.tool);
  return `${printHead(script, options, plainUse)}
${open}${run}DO ${tag}
${body}${tag};
${printRoles(script, options)}COMMIT;
`;
}

const psqlUse = [
  'Run it with psql 14 or later, on PostgreSQL 12 or later, as a role that may CREATE on the database:',
  '',
  `  ${psqlCall}`,
];

const plainUse = [
  'For any client: no psql commands, one transaction. Run it on PostgreSQL 12 or later, as a role that may CREATE on',
  'the database.',
];

function printHead({ ledger }: Script, { grantTo }: BootstrapOptions, use: readonly string[]): string {
  return printComment([
    `updown ledger of project ${ledger.project}`,
    '',
    `  schema   ${sanitizeLine(ledger.schema)}`,
    `  shared   ${grantTo.length === 0 ? 'with nobody: only its owner can migrate' : `with ${grantTo.map(sanitizeLine).join(', ')}`}`,
    '',
    ...use,
    '',
    'Safe to run again. Once it is there, the roles it is shared with migrate without CREATE on the database.',
  ]);
}

function printSharing(script: Script, options: BootstrapOptions): string {
  const grants = printRoles(script, options);
  return grants === '' ? '' : `-- Who migrates with it.\nBEGIN;\n${grants}COMMIT;\n\n`;
}

/** EXECUTE is everybody's, unless the database's default privileges have taken that back. */
function printRoles({ ledger }: Script, { grantTo }: BootstrapOptions): string {
  const routines = `ALL ROUTINES IN SCHEMA ${quoteIdent(ledger.schema)}`;
  return grantTo
    .map(quoteIdent)
    .flatMap((role) => [...grantsFor(ledger.schema, role), `GRANT EXECUTE ON ${routines} TO ${role};`])
    .map((grant) => `${grant}\n`)
    .join('');
}
