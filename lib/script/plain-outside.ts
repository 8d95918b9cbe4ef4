import { printRaise } from '../ledger/refusals.ts';
import { type Place, printRunValue, settingName } from '../ledger/setting.ts';
import { quoteLiteral, sanitizeLine } from '../sql/quote.ts';
import type { Statement } from '../sql/source.ts';
import { type Block, isServed, resetsAll } from './block.ts';
import { annotateBlocks, idOf, printTitle, type RenderOptions } from './header.ts';
import { isBlind, printBuiltCheck, printOutcome } from './progress-probe.ts';
import { printPlainSession, runAs } from './run-as.ts';
import { refuseSavepoints } from './savepoint.ts';
import type { Script, ScriptStep } from './script.ts';
import { resetRole } from './step.ts';

/** What becomes one file. */
export interface Sheet {
  readonly name: string;
  readonly about: string;
  /** It holds one statement, which must be sent alone. */
  readonly alone?: true;
  readonly pieces: readonly string[];
}

/** The first step looks at the whole state; every other one at the one before it: what that has looked at holds still. */
export function placeOf({ steps, start }: Script, index: number): Place {
  const before = steps[index - 1];
  if (before !== undefined) return { after: idOf(before) };
  return { ids: start.all, ...(start.contents === undefined ? {} : { contents: start.contents }) };
}

/**
 * A step outside a transaction, for clients without conditions: a file that begins it, one for each statement, and where that must travel
 * alone one behind it that looks at the outcome and records it. Each of the guarded ones takes the step over, so that it does not matter
 * whether they share a session, and holds one thing to do, so that it can be run again until that is done.
 */
export function makeBare(script: Script, index: number, options: RenderOptions): readonly Sheet[] {
  const step = script.steps[index] as ScriptStep;
  const place = placeOf(script, index);
  const blocks = annotateBlocks(step, options);
  const work: Work = { script, step, tool: options.tool, place, begin: blocks.find(isTransaction) as Block };
  const turns = takeTurns(blocks);
  // The first statement's own file begins the step, where it has one with a guard.
  const opens = turns[1] !== undefined && !turns[1].some(isAlone);
  const sheets = turns.flatMap((turn, at) => (at === 0 && opens ? [] : makeTurn(work, turn, turns.slice(0, at))));
  const title = printTitle(step, index, script.steps.length);
  return sheets.map((sheet) => ({
    ...sheet,
    name: `step_${index + 1}_${idOf(step)}_${sheet.name}`,
    about: `step ${index + 1}: ${sheet.about}`,
    pieces: [title, ...sheet.pieces],
  }));
}

interface Work {
  readonly script: Script;
  readonly step: ScriptStep;
  readonly tool: string;
  readonly place: Place;
  readonly begin: Block;
}

/** A statement's own blocks; the first turn is the beginning, and the end of the step belongs to the last. */
type Turn = readonly Block[];

function takeTurns(blocks: readonly Block[]): readonly Turn[] {
  const turns: Block[][] = [];
  let number = -1;
  for (const block of blocks) {
    const next = block.number ?? block.body?.first ?? Math.max(number, 0);
    if (next === number) turns.at(-1)?.push(block);
    else turns.push([block]);
    number = next;
  }
  return turns;
}

function makeTurn(work: Work, turn: Turn, before: readonly Turn[]): readonly Sheet[] {
  const run = printPlainSession(work.script, work.tool, { place: work.place });
  const done = Math.max(0, ...before.flat().map(({ number, body }) => number ?? body?.first ?? 0));
  const session = before
    .flat()
    .filter((block) => isSettings(block) && !isServed(block, done))
    .map((block) => printSettings(block, run))
    .join('');
  const alone = turn.find(isAlone);
  if (alone !== undefined) return [makeAlone(turn, alone), makeRecord(work, turn, alone, session)];
  const rest = printRest(
    work,
    turn.filter((block) => block !== work.begin),
    run,
  );
  if (before.length === 0)
    return [
      { name: 'begin', about: `the ledger notes that ${idOf(work.step)} begins`, pieces: [run, work.begin.text, rest] },
    ];
  const { body, number } = turn.find((block) => block.body !== undefined) ?? (turn[0] as Block);
  const n = body?.first ?? number;
  const about = `statement ${n}, ${sanitizeLine(body?.statements[0]?.label ?? '')}, with its record`;
  return [{ name: `statement_${n}`, about, pieces: [...resetRole, run, work.begin.text, session, rest] }];
}

function makeAlone(turn: Turn, block: Block): Sheet {
  const leftover = turn.find(({ kind }) => kind === 'generate');
  const repair =
    leftover === undefined
      ? ''
      : `-- If it fails, this tells what to run before it is tried again:\n${leftover.text.replace(/^/gm, '--   ')};\n`;
  const note = 'send it alone, with autocommit on, and only when the file before this one has succeeded.';
  return {
    name: `statement_${block.number}`,
    about: `statement ${block.number}, ${sanitizeLine(statementOf(block).label)}, alone`,
    alone: true,
    pieces: [`-- statement ${block.number}: ${note}\n${repair}${block.text}`],
  };
}

function makeRecord(work: Work, turn: Turn, alone: Block, session: string): Sheet {
  const { script, tool, place, begin } = work;
  const number = alone.number ?? 1;
  const run = printPlainSession(script, tool, { place });
  const first = `-- Only when statement ${number} has succeeded.\n`;
  const word = '-- Nothing in the database shows whether it has: this file says so for you.\n';
  const end = turn.filter(isTransaction).length > 1 ? ', and the end of the step' : '';
  if (!isBlind(statementOf(alone))) {
    const check = printOutcomeCheck(work, alone);
    const pieces = [
      first,
      check === '' ? word : '',
      ...resetRole,
      run,
      begin.text,
      session,
      check,
      printRest(work, turn, run),
    ];
    return {
      name: `record_${number}`,
      about: `looks at the outcome of statement ${number} and records it${end}`,
      pieces,
    };
  }
  // The word of who runs this file is all there is: it is recorded as the step is taken over.
  const takeOver = printPlainSession(script, tool, { place, resumeAt: number + 1 });
  const rest = printRest(
    work,
    turn.filter((block) => block.number === undefined),
    run,
  );
  return {
    name: `record_${number}`,
    about: `records statement ${number}${end}`,
    pieces: [first, word, ...resetRole, takeOver, begin.text, run, session, rest],
  };
}

function printRest({ script }: Work, turn: Turn, run: string): string {
  return turn
    .filter((block) => isTransaction(block) || isSettings(block))
    .flatMap((block) => (isSettings(block) ? printSettings(block, run) : refuseSavepoints(block, script.ledger.schema)))
    .join('');
}

/** A RESET ALL of the file's own takes back what the script has set, too. */
function printSettings(block: Block, run: string): string {
  return resetsAll(block) ? `${block.text}${run}` : block.text;
}

/** Until this passes, the setting that every entry is made with is no JSON: a client that goes on can't record anything. */
function printOutcomeCheck({ script, step, tool, place }: Work, block: Block): string {
  const { schema } = script.ledger;
  const outcome = printOutcome(schema, statementOf(block));
  // Whether the file before has failed is not known here: what has the index's name may have been in its way.
  const built = printBuiltCheck(schema, idOf(step), statementOf(block), { number: block.number ?? 1, mayExist: true });
  if (outcome === undefined && built === '') return '';
  const value = printRunValue({ ...runAs(script, 'script', tool), place });
  const check =
    outcome === undefined ? `  ${built}` : printRefusal(schema, `statement ${block.number} of ${idOf(step)}`, outcome);
  return `SET ${settingName} = 'the outcome is not what it should be: see the first error';
DO $updown$
BEGIN
${check}  PERFORM pg_catalog.set_config('${settingName}', ${quoteLiteral(value)}, false);
END
$updown$;
`;
}

function printRefusal(schema: string, what: string, outcome: string): string {
  return `  IF NOT (${outcome}) THEN
${printRaise('step not run', schema, [quoteLiteral(what)])}  END IF;
`;
}

function isAlone({ kind }: Block): boolean {
  return kind === 'statement';
}

function isTransaction({ kind }: Block): boolean {
  return kind === 'transaction';
}

function isSettings({ kind }: Block): boolean {
  return kind === 'settings';
}

function statementOf({ body }: Block): Statement {
  return body?.statements[0] as Statement;
}
