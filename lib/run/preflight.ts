import { begin, joined } from '../plan/block.ts';
import { namesOfMade } from '../plan/existing.ts';
import { ownPath, printMakerRights, raised } from '../plan/ledger.ts';
import {
  crlfRefusal,
  printCheckBody,
  printProjectCheck,
  printTurnRefusal,
  printUseCheck,
  type ScriptHead,
  serverChecks,
  settingWithin,
} from '../plan/ledger-check.ts';
import { printOutdated } from '../plan/ledger-renewal.ts';
import {
  compileRenewal,
  printMaking,
  printMakingGuard,
  printOwnSettings,
  type Script,
  type ScriptStep,
} from '../plan/script.ts';
import { arrayValue, freeTag, quoteEcho, quoteIdent, quoteLiteral, textArray } from '../sql/quote.ts';
import { printHeads } from '../words.ts';
import { packItems } from './pack.ts';
import { fillJson, printPlainWithin, printRunWithin } from './run-as.ts';
import { printTodo, together } from './todo.ts';

/** How much of its own work a script may find done. `psql` skips what is; a plain one can't, so it must find nothing done. */
export type Progress = 'some' | 'none';

const title =
  '-- 0. Preflight: stops here, before anything is changed, unless this is the right database in the right state.\n';

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
  const known = `SET LOCAL ${ownPath}\\;\n${printKnown(script, makes ? undefined : printLacking(script, behind))}`;
  const question = printQuestion(script, only);
  const whole = script.frame === joined ? `-- All of it in one transaction.\n${begin}` : '';
  if (!makes) return `${title}${known}${whole}${question}\n`;
  const [open = '', making = '', close = ''] = script.bootstrap.parts ?? [];
  return `${title}${known}${whole}${printMissing(script)}${open}\\if :updown_run
\\echo ${quoteEcho(`making the ledger in schema ${script.ledger.schema}`)}
${printRunWithin(script)}${making}\\endif
${question}${close}
`;
}

/** Whether the ledger is still to be made, for psql to keep. What to_regclass remembers may be from before. */
export function printMissing({ ledger }: Script): string {
  return `SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
  WHERE n.nspname OPERATOR(pg_catalog.=) ${quoteLiteral(ledger.schema)} AND c.relname OPERATOR(pg_catalog.=) 'journal') AS updown_run \\gset
`;
}

/** Where there is nothing to do, there may be no ledger, and none is made. */
function printEmptyPreflight(script: Script): string {
  const body = printCheckBody(script.ledger.schema, '', printHead(script, { client: 'psql' }));
  return `${title}SET LOCAL ${ownPath}\\;\nDO $updown$\n${body}$updown$;\n\\set updown_idle on\n\n`;
}

/** The same for clients without `\\if`, where the ledger has to be made in the same statement as is found to be missing. */
export function printPlainPreflight(script: Script, tool: string): string {
  const body = script.steps.length === 0 ? '' : printPlainKnown(script);
  const tag = freeTag('plain', body);
  const question =
    script.steps.length === 0
      ? `DO $updown$\n${printCheckBody(script.ledger.schema, '', printHead(script, { client: 'plain', once: true }))}$updown$;\n`
      : `SELECT ${quoteIdent(script.ledger.schema)}.check_script(${printHead(script, { client: 'plain', once: true })}) AS "steps that are done already";\n`;
  return `-- 0. Preflight: refuses, before anything is changed, unless this is the right database in the right state.
${noteBeginning}${begin}${printOwnSettings(script.pins)}${printPlainWithin(script, tool)}${body === '' ? '' : `DO ${tag} DECLARE\n  caller CONSTANT text := current_user;\nBEGIN\n${body}END ${tag};\n`}${question}COMMIT;

`;
}

/** A plan that stands on what is applied is refused where there is no ledger: it has no use for the text that makes one. */
export function mayLackLedger(script: Script): boolean {
  return script.steps.length > 0 && script.start.untouched === 0 && directionOf(script) !== 'down';
}

/** A transaction that began before this command was open already. */
const noteBeginning = `DO $updown$ BEGIN
  PERFORM pg_catalog.set_config('updown.began', extract(epoch FROM pg_catalog.statement_timestamp())::pg_catalog.text, false);
END $updown$;
`;

/** A client that sends all in one message has it read before any SET in it counts (F60). */
export const stringsCheck: string = `
  IF pg_catalog.current_setting('standard_conforming_strings') <> 'on' THEN
    RAISE EXCEPTION '${raised.reading}: standard_conforming_strings is off: strings would not mean what was reviewed'
      USING ERRCODE = '${raised.reading}', HINT = 'Nothing was changed. ROLLBACK; SET standard_conforming_strings = on; then run this again.';
  END IF;`;

/** What can be asked without the ledger's own routines: that it is there, unless this makes it, and of this version. */
function printKnown(script: Script, lacking: string | undefined): string {
  return `DO $updown$ BEGIN\n${printKnownChecks(script, lacking)}END $updown$;\n`;
}

/** `lacking` is what is raised where there is no ledger; undefined where that is no fault. */
function printKnownChecks({ ledger }: Script, lacking: string | undefined): string {
  const s = quoteIdent(ledger.schema);
  const journal = `pg_catalog.to_regclass(${quoteLiteral(`${s}.journal`)})`;
  const first =
    lacking === undefined ? `  IF ${journal} IS NOT NULL AND` : `  IF ${journal} IS NULL THEN\n${lacking}  ELSIF`;
  return `${printUseCheck(ledger.schema)}${first} pg_catalog.to_regprocedure(${quoteLiteral(`${s}.check_script(text)`)}) IS NULL THEN
    RAISE EXCEPTION '${raised.unsupported}: the ledger in schema % was made by another version of updown', ${quoteLiteral(ledger.schema)} USING ERRCODE = '${raised.unsupported}',
      HINT = 'Nothing was changed. Run the script of updown upgrade --sql --bootstrap first: it brings the ledger up to date.';
  END IF;
`;
}

/** A plan that stands on what is applied has to find a ledger; so has a file that stands on others before it. */
function printLacking(script: Script, behind: number): string {
  if (behind > 0 && mayLackLedger(script)) return printTurnRefusal(`${behind + 1}`, `${script.steps.length}`, '0');
  return `    RAISE EXCEPTION '${raised.wrongStart}: this script starts from %, the database stands at base: it has no ledger', ${quoteLiteral(printHeads(script.start.heads))}
      USING ERRCODE = '${raised.wrongStart}', HINT = 'Nothing was changed. Emit a script from where the database stands: updown status.';
`;
}

/** One that makes it, where it is missing. */
function printPlainKnown(script: Script): string {
  const makes = mayLackLedger(script);
  const known = printKnownChecks(script, makes ? undefined : printLacking(script, 0));
  return `${stringsCheck}\n${known}${makes ? printPlainMaking(script) : ''}\n`;
}

/** What its refusals tell stands outside of the text that is executed: all of that would be their context. */
export function printPlainMaking({ ledger }: Script): string {
  const s = quoteIdent(ledger.schema);
  return `
  IF pg_catalog.to_regclass(${quoteLiteral(`${s}.journal`)}) IS NULL THEN
${printMakingGuard(ledger)}    -- The ledger, where there is none yet.
${printExecute(printMaking(ledger))}  END IF;`;
}

/** The same for one that an older version has made. */
export function printRenewing(script: Script): string {
  const s = quoteIdent(script.ledger.schema);
  return `
  IF pg_catalog.to_regclass(${quoteLiteral(`${s}.journal`)}) IS NOT NULL THEN
    IF ${printOutdated(script.ledger.schema)} THEN
${printExecute(compileRenewal(script).parts?.[1] ?? '')}    END IF;
  END IF;`;
}

function printExecute(making: string): string {
  const tag = freeTag('ledger', making);
  return `    EXECUTE ${tag}\n${making}${tag};\n`;
}

/** What must be so wherever a ledger is made or shared: the server, the session, the project, and the roles to share it with. */
export function printLedgerPreflight(script: Script, roles: readonly string[], then = ''): string {
  const s = quoteIdent(script.ledger.schema);
  const within = `  IF pg_catalog.current_setting('${settingWithin}', true) = 'yes' THEN
    RAISE EXCEPTION '${raised.unsupported}: a transaction is open already: psql -1 (--single-transaction), a BEGIN before this script, or AUTOCOMMIT off'
      USING ERRCODE = '${raised.unsupported}', HINT = 'Nothing was changed. Run the script outside of a transaction.';
  END IF;
`;
  const crlf = `  IF pg_catalog.strpos('
', pg_catalog.chr(13)) <> 0 THEN
${crlfRefusal}  END IF;
`;
  return `DECLARE
  project CONSTANT text := ${quoteLiteral(script.ledger.project)};
  roles CONSTANT text[] := ${textArray(roles)};
  other text;
  caller CONSTANT text := current_user;
BEGIN
${then === '' ? within : ''}${crlf}${serverChecks}${printUseCheck(script.ledger.schema)}  SELECT r INTO other FROM pg_catalog.unnest(roles) AS r WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = r) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'there is no role "%" to grant to', other USING ERRCODE = 'undefined_object', HINT = 'Nothing was changed. Create it, or name another one.';
  END IF;
  IF pg_catalog.to_regclass(${quoteLiteral(`${s}.journal`)}) IS NOT NULL THEN
${printProjectCheck(script.ledger.schema)}  END IF;${then}
END
`;
}

/** The question alone, as one statement that changes nothing: would a script be let in here, now? */
export function printAdmission(script: Script, progress: Progress): string {
  const head = printHead(script, progress === 'none' ? { once: true } : {});
  const body = `${printUseCheck(script.ledger.schema)}${printMakerCheck(script)}`;
  const checks = printCheckBody(script.ledger.schema, '', head);
  const tag = freeTag('updown', `${body}${checks}`);
  const rights = body === '' ? '' : `DO ${tag} BEGIN\n${body}END ${tag};\n`;
  return `SET LOCAL ${ownPath};\n${rights}DO ${tag}\n${checks}${tag};\n`;
}

/** Who runs it makes the ledger, where there is none yet. */
function printMakerCheck({ ledger, steps }: Script): string {
  if (steps.length === 0 || steps[0]?.op === 'down') return '';
  return `  IF pg_catalog.to_regclass(${quoteLiteral(`${quoteIdent(ledger.schema)}.journal`)}) IS NULL THEN
${printMakerRights(ledger.schema)}  END IF;
`;
}

/** Asks the ledger, and keeps in psql how many steps are done, whether that is all of them, and for these whether they are still to be done. */
function printQuestion(script: Script, only: number | undefined): string {
  const { frame, steps, ledger } = script;
  const head = printHead(script, {
    client: 'psql',
    ...(frame === joined && { whole: true as const }),
    ...(only !== undefined && only > 0 && { behind: only }),
  });
  const all = only === undefined ? steps.length : only + 1;
  const indexes = only === undefined ? [...steps.keys()].slice(0, together) : [only];
  return `SELECT d AS updown_done, d OPERATOR(pg_catalog.>) 0 AS updown_some, d OPERATOR(pg_catalog.>=) ${all} AS updown_idle,
  ${printTodo('d', indexes)}
  FROM ${quoteIdent(ledger.schema)}.check_script(${head}) AS d \\gset
\\if :updown_some
\\echo :updown_done 'of ${steps.length === 1 ? '1 step is' : `${steps.length} steps are`} done already'
\\endif
`;
}

function printHead(script: Script, more: Partial<ScriptHead>): string {
  const { steps, ...head } = describeHead(script, more);
  const list = steps.map((step) => JSON.stringify(step).replaceAll('","', '", "')).join(',\n    ');
  return quoteLiteral(`{${fillJson(head, '  ').trimStart()},\n  "steps": [${list}]}`);
}

function describeHead(script: Script, more: Partial<ScriptHead>): ScriptHead {
  const { start, plan, ledger, allowExisting } = script;
  const op = directionOf(script);
  const isFirst = op === 'up' && start.untouched === 0 && script.steps.length > 0 && allowExisting !== true;
  return {
    op,
    project: ledger.project,
    from: printHeads(start.heads),
    ids: start.ids,
    ...(start.contents !== undefined && { contents: start.contents }),
    ...more,
    ...(isFirst && { existing: namesOfMade(plan) }),
    steps: entriesOf(script).map(({ op: record, id, digest }) =>
      op === 'down' ? [id] : op === 'up' ? [id, digest] : [id, digest, record],
    ),
  };
}

/** Behind the last step: the ledger says whether all is done, and where the database stands. */
export function printDone(script: Script): string {
  const ids = directionOf(script) === 'stamp' ? [] : entriesOf(script).map(({ id }) => id);
  const list = quoteLiteral(wrapList(ids));
  return `${quoteIdent(script.ledger.schema)}.check_done(${quoteLiteral(directionOf(script))}, ${list})`;
}

/** An array in lines that a screen can show: it may have them between its elements. */
function wrapList(ids: readonly string[]): string {
  return `{${packItems(
    ids.map((id) => arrayValue([id]).slice(1, -1)),
    '  ',
  ).trimStart()}}`;
}

export function directionOf({ steps }: Script): 'up' | 'down' | 'stamp' {
  const op = steps[0]?.op;
  return op === 'down' || op === 'stamp' ? op : 'up';
}

export function entriesOf({ steps }: Script): ScriptStep['entries'] {
  return steps.flatMap((step) => step.entries);
}
