import { printMakerRights, printMaking, printMakingGuard, printServerChecks, printUseCheck } from '../ledger/making.ts';
import { ledgerFormat, printRelation } from '../ledger/name.ts';
import { printRaise } from '../ledger/raise.ts';
import type { Flavor } from '../ledger/refusals.ts';
import { printLacksCore, printLacksRest, printOutdated, printRenewal } from '../ledger/renewal.ts';
import { callerWord } from '../ledger/rights.ts';
import { ownPath, settingWithin } from '../ledger/setting.ts';
import { printStrangers } from '../ledger/strangers.ts';
import { printPart } from '../ledger/text.ts';
import { packItems } from '../sql/pack.ts';
import { arrayValue, freeTag, quoteEcho, quoteIdent, quoteLiteral, textArray } from '../sql/quote.ts';
import { printHeads } from '../words.ts';
import { begin, closeOf, openOf } from './block.ts';
import { namesOfMade, wordMade } from './existing.ts';
import { describeHead, directionOf, entriesOf, printHead, type ScriptHead } from './head.ts';
import { printPlainWithin, printRunWithin } from './run-as.ts';
import { printBootstrap, printOwnSettings, type Script } from './script.ts';
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
  if (!makes) return `${title}${known}${whole}${question}\n`;
  const [open, close] = [openOf(script.transactions), closeOf(script.transactions)];
  return `${title}${known}${whole}${printMissing(script)}${open}\\if :updown_run
\\echo ${quoteEcho(`making the ledger in schema ${script.ledger.schema}`)}
${printRunWithin(script)}${printBootstrap(script, ['core'])}\\endif
${question}${close}
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
  return `${title}SET LOCAL ${ownPath}\\;\n${printDecision(script, { client: 'psql' })}\\set updown_idle on\n\n`;
}

/** The same for clients without `\\if`, where the ledger has to be made in the same statement as is found to be missing. */
export function printPlainPreflight(script: Script, tool: string): string {
  const body = script.steps.length === 0 ? '' : printPlainKnown(script);
  const tag = freeTag('plain', body);
  const question =
    script.steps.length === 0
      ? printDecision(script, { client: 'plain', once: true })
      : `SELECT ${quoteIdent(script.ledger.schema)}.check_plan(${printHead(script, { client: 'plain', once: true })})
  AS "steps that are done already";\n`;
  return `-- Preflight: refuses, before anything is changed, unless this is the right database in the right state.
${noteBeginning}${begin}${printOwnSettings(script.pins)}${printPlainWithin(script, tool)}${body === '' ? '' : `DO ${tag} BEGIN\n${body}END ${tag};\n`}${question}COMMIT;

`;
}

/** A plan that stands on what is applied is refused where there is no ledger: it has no use for the text that makes one. */
export function mayLackLedger(script: Script): boolean {
  return script.steps.length > 0 && script.start.untouched === 0 && directionOf(script) !== 'down';
}

/** A transaction that began before this command was open already. */
const noteBeginning = `DO $updown$ BEGIN
  PERFORM pg_catalog.set_config('updown.began',
    extract(epoch FROM pg_catalog.statement_timestamp())::pg_catalog.text, false);
END $updown$;
`;

/** A client that sends all in one message has it read before any SET in it counts (F60). */
export function printStringsCheck({ ledger }: Script): string {
  return `
  IF pg_catalog.current_setting('standard_conforming_strings') <> 'on' THEN
${printRaise('strings at once', ledger.schema)}  END IF;`;
}

/** What can be asked without the ledger's own routines: that it is there, unless this makes it, of this version, and with all that the steps need. */
function printKnown(script: Script, lacking: string | undefined, need: Need | undefined): string {
  return `DO $updown$ BEGIN\n${printKnownChecks(script, lacking, need)}END $updown$;\n`;
}

/** What calls routines that not every ledger has. */
interface Need {
  /** The step, in words. */
  readonly what: string;
  /** The script adds them, if the role may. */
  readonly adds: boolean;
}

/** The first step that has to find all routines of the ledger, if there is one. `only`: of one file of several. */
function findNeed(script: Script, only?: number): Need | undefined {
  const { firstNeed } = script;
  if (firstNeed === undefined) return undefined;
  const adds = mayLackLedger(script);
  // What the first file lets in, a later one should not refuse.
  if (only !== undefined && only !== firstNeed && !(adds && only === 0)) return undefined;
  return { what: `${directionOf(script)} of ${script.steps[firstNeed]?.entries[0]?.id}`, adds };
}

/** `lacking` is what is raised where there is no ledger; undefined where that is no fault. */
function printKnownChecks(
  { ledger: { schema } }: Script,
  lacking: string | undefined,
  need: Need | undefined,
  flavor?: Flavor,
): string {
  const lacksRest = `${printLacksRest(schema)}${need?.adds ? `\n     AND NOT ${printMayAdd(schema)}` : ''}`;
  const checks = [
    [printLacksCore(schema), printRaise('other version', schema, [], { flavor })],
    ...(need === undefined
      ? []
      : [[lacksRest, printRaise('lacks the rest', schema, [quoteLiteral(need.what)], { flavor })]]),
  ];
  return `${printUseCheck(schema, flavor)}  IF pg_catalog.to_regclass(${quoteLiteral(`${quoteIdent(schema)}.journal`)}) IS NULL THEN
${lacking ?? '    NULL;\n'}${checks.map(([condition, refusal]) => `  ELSIF ${condition} THEN\n${refusal}`).join('')}  END IF;
`;
}

function printMayAdd(schema: string): string {
  return `pg_catalog.has_schema_privilege(${quoteLiteral(schema)}, 'CREATE')`;
}

/** A plan that stands on what is applied has to find a ledger; so has a file that stands on others before it. */
function printLacking(script: Script, behind: number): string {
  const { schema } = script.ledger;
  if (behind > 0 && mayLackLedger(script))
    return printRaise('not its turn', schema, [`'${behind + 1}'`, `'${script.steps.length}'`, "'0'"]);
  return printRaise('no ledger', schema, [quoteLiteral(printHeads(script.start.heads))]);
}

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

/** The same for one that an older version has made. */
export function printRenewing(script: Script): string {
  const s = quoteIdent(script.ledger.schema);
  return `
  IF pg_catalog.to_regclass(${quoteLiteral(`${s}.journal`)}) IS NOT NULL THEN
    IF ${printOutdated(script.ledger.schema)} THEN
${printExecute(`${printOwnSettings(script.pins)}${printRenewal(script.ledger)}`)}    END IF;
  END IF;`;
}

function printExecute(making: string): string {
  const tag = freeTag('ledger', making);
  return `    EXECUTE ${tag}\n${making}${tag};\n`;
}

/** What must be so wherever a ledger is made or shared: the server, the session, the project, and the roles to share it with. */
export function printLedgerPreflight(script: Script, roles: readonly string[], then = ''): string {
  const { schema, project } = script.ledger;
  const s = quoteIdent(schema);
  const [journal, worker] = ['journal', 'worker'].map((table) => printRelation(schema, table));
  const flavor = then === '' ? 'psql' : 'plain';
  const within = `  IF pg_catalog.current_setting('${settingWithin}', true) = 'yes' THEN
${printRaise('open transaction here', schema)}  END IF;
`;
  return `DECLARE
  roles CONSTANT text[] := ${printRoles(roles)};
  other text;
  caller CONSTANT text := current_user;
BEGIN
${then === '' ? within : ''}${printLineEndCheck(schema)}${printServerChecks(schema)}${printUseCheck(schema, flavor)}  SELECT r INTO other FROM pg_catalog.unnest(roles) AS r
   WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = r) LIMIT 1;
  IF FOUND THEN
${printRaise('no such role', schema, ['other'])}  END IF;
  IF pg_catalog.to_regclass(${quoteLiteral(`${s}.journal`)}) IS NOT NULL THEN
    IF pg_catalog.row_security_active(${journal})
       OR pg_catalog.row_security_active(${worker}) THEN
${printRaise('hidden', schema)}    END IF;
    IF (SELECT (j.detail ->> 'format')::integer
          FROM ${s}.journal j WHERE j.event = 'header' ORDER BY j.seq DESC LIMIT 1) > ${ledgerFormat} THEN
${printRaise('newer ledger', schema)}    END IF;
    SELECT j.detail ->> 'project' INTO other FROM ${s}.journal j WHERE j.event = 'header' ORDER BY j.seq DESC LIMIT 1;
    IF other IS DISTINCT FROM ${quoteLiteral(project)} THEN
${printRaise('wrong project', schema, ['other', "'this script'", quoteLiteral(project)])}    END IF;
    IF NOT pg_catalog.has_table_privilege(${journal}, 'INSERT') THEN
${printRaise('no right to write', schema, ['current_user', callerWord], { flavor })}    END IF;
  END IF;${then}
END
`;
}

function printRoles(roles: readonly string[]): string {
  const list = packItems(roles.map(quoteLiteral), '    ');
  return roles.length === 0 ? textArray(roles) : `ARRAY[\n${list}]::pg_catalog.text[]`;
}

/** A line end that git or an editor made two characters: what is stored, as the body of a function, would not be what was reviewed. */
function printLineEndCheck(schema: string): string {
  return `  IF pg_catalog.strpos('
', pg_catalog.chr(13)) <> 0 THEN
${printRaise('line ends', schema)}  END IF;
`;
}

/** The question alone, as one statement that changes nothing: would a script be let in here, now? `once`: it can't skip what is done. */
export function printAdmission(script: Script, once: boolean): string {
  const need = findNeed(script);
  return `SET LOCAL ${ownPath};\n${printDecision(script, once ? { once } : {}, need)}`;
}

/** The ledger is asked where there is one of this version; else what can be said without. */
function printDecision(script: Script, more: Partial<ScriptHead>, need?: Need): string {
  const { ledger, start, steps } = script;
  const s = quoteIdent(ledger.schema);
  const { existing } = describeHead(script, more);
  const fromBase = start.untouched === 0 && directionOf(script) !== 'down';
  const first = fromBase
    ? steps.length === 0
      ? ''
      : printMakerRights(ledger.schema, more.client)
    : printLacking(script, 0);
  const body = `DECLARE
  caller CONSTANT text := current_user;
  stranger record;
BEGIN
${printKnownChecks(script, undefined, need, more.client)}  IF pg_catalog.to_regclass(${quoteLiteral(`${s}.journal`)}) IS NOT NULL THEN
    PERFORM ${s}.check_plan(${printHead(script, more)});
  ELSE
${printServerChecks(ledger.schema)}${first}${existing === undefined ? '' : printExistingCheck(script)}  END IF;
END
`;
  const tag = freeTag('updown', body);
  return `DO ${tag}\n${body}${tag};\n`;
}

/** What check_plan asks of a ledger that tells of nothing. */
function printExistingCheck({ ledger, plan }: Script): string {
  const { part } = wordMade(plan);
  const { heads } = namesOfMade(plan);
  return `  SELECT string_agg(found.name, ', ') AS names INTO stranger FROM (
${printStrangers(quoteLiteral(ledger.schema))}) AS found;
  IF stranger.names IS NOT NULL THEN
${printRaise('not empty', ledger.schema, ['stranger.names', quoteLiteral(heads), quoteLiteral(part)])}  END IF;
`;
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

/** Behind the last step: the ledger says whether all is done, and where the database stands. */
export function printDone(script: Script): string {
  const ids = directionOf(script) === 'stamp' ? [] : entriesOf(script).map(({ id }) => id);
  const list = quoteLiteral(wrapList(ids));
  return `${quoteIdent(script.ledger.schema)}.check_done(${quoteLiteral(directionOf(script))},\n  ${list})`;
}

/** An array in lines that a screen can show: it may have them between its elements. */
function wrapList(ids: readonly string[]): string {
  return `{${packItems(
    ids.map((id) => arrayValue([id]).slice(1, -1)),
    '  ',
  ).trimStart()}}`;
}
