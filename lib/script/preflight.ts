import { printMakerRights, printServerChecks, printUseCheck } from '../ledger/making.ts';
import { printRaise } from '../ledger/raise.ts';
import type { Flavor } from '../ledger/refusals.ts';
import { printIsOlder, printLacksRest } from '../ledger/renewal.ts';
import { ownPath, settingName } from '../ledger/setting.ts';
import { printStrangers } from '../ledger/strangers.ts';
import { wrapArray } from '../sql/pack.ts';
import { freeTag, quoteIdent, quoteLiteral } from '../sql/quote.ts';
import { printHeads } from '../words.ts';
import { namesOfMade, wordMade } from './existing.ts';
import { describeHead, directionOf, entriesOf, printHead, type ScriptHead } from './head.ts';
import { printValue } from './run-as.ts';
import type { Script } from './script.ts';

/** A plan that stands on what is applied is refused where there is no ledger: it has no use for the text that makes one. */
export function mayLackLedger(script: Script): boolean {
  return script.steps.length > 0 && script.start.untouched === 0 && directionOf(script) !== 'down';
}

/** A client that sends all in one message has it read before any SET in it counts (F60). */
export function printStringsCheck({ ledger }: Script): string {
  return `
  IF pg_catalog.current_setting('standard_conforming_strings') <> 'on' THEN
${printRaise('strings at once', ledger.schema)}  END IF;`;
}

/** What calls routines that not every ledger has. */
export interface Need {
  /** The step, in words. */
  readonly what: string;
  /** The script adds them, if the role may. */
  readonly adds: boolean;
}

/** The first step that has to find all routines of the ledger, if there is one. `only`: of one file of several. */
export function findNeed(script: Script, only?: number): Need | undefined {
  const { firstNeed } = script;
  if (firstNeed === undefined) return undefined;
  const adds = mayLackLedger(script);
  // What the first file lets in, a later one should not refuse.
  if (only !== undefined && only !== firstNeed && !(adds && only === 0)) return undefined;
  return { what: `${directionOf(script)} of ${script.steps[firstNeed]?.entries[0]?.id}`, adds };
}

/**
 * What can be asked without the ledger's own routines: that it is there, unless this makes it, of this version, and with all that the steps
 * need. `lacking` is what is raised where there is no ledger; undefined where that is no fault.
 */
export function printKnownChecks(
  { ledger: { schema } }: Script,
  lacking: string | undefined,
  need: Need | undefined,
  flavor?: Flavor,
): string {
  const lacksRest = `${printLacksRest(schema)}${need?.adds ? `\n     AND NOT ${printMayAdd(schema)}` : ''}`;
  const checks = [
    [printIsOlder(schema), printRaise('other version', schema, [], { flavor })],
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
export function printLacking(script: Script, behind: number): string {
  const { schema } = script.ledger;
  if (behind > 0 && mayLackLedger(script))
    return printRaise('not its turn', schema, [`'${behind + 1}'`, `'${script.steps.length}'`, "'0'"]);
  return printRaise('no ledger', schema, [quoteLiteral(printHeads(script.start.heads))]);
}

/** The question alone, as one statement that changes nothing: would a script be let in here, now? `once`: it can't skip what is done. */
export function printAdmission(script: Script, once: boolean): string {
  const need = findNeed(script);
  const { folding } = script;
  const run = folding === undefined ? '' : `SET LOCAL ${settingName} = ${printValue(script, '')};\n`;
  return `${run}SET LOCAL ${ownPath};\n${folding ?? ''}${printDecision(script, once ? { once } : {}, need)}`;
}

/** The ledger is asked where there is one of this version; else what can be said without. */
export function printDecision(script: Script, more: Partial<ScriptHead>, need?: Need): string {
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

/** Behind the last step: the ledger says whether all is done, and where the database stands. */
export function printDone(script: Script): string {
  const ids = directionOf(script) === 'stamp' ? [] : entriesOf(script).map(({ id }) => id);
  const list = quoteLiteral(wrapArray(ids));
  return `${quoteIdent(script.ledger.schema)}.check_done(${quoteLiteral(directionOf(script))},\n  ${list})`;
}
