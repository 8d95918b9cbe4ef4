import { printRaise } from '../ledger/raise.ts';
import { type RequiredState, settingName } from '../ledger/setting.ts';
import { quoteLiteral, sanitizeLine } from '../sql/quote.ts';
import type { Statement } from '../sql/source.ts';
import { type Block, isSaidAgain, type OutsideStatement, type OutsideTransaction, resetsAll } from './block.ts';
import { idOf, printTitle } from './header.ts';
import { isBlind, printBuiltCheck, printOutcome } from './progress-probe.ts';
import { printPlainSession, printValue } from './run-as.ts';
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
export function requiredAt({ steps, start }: Script, index: number): RequiredState {
  const before = steps[index - 1];
  if (before !== undefined) return { after: idOf(before) };
  return { ids: start.all, contents: start.contents };
}

/**
 * A step outside a transaction, for clients without conditions: a file that begins it, one for each statement, and where that must travel
 * alone one behind it that looks at the outcome and records it. Each of the guarded ones takes the step over, so that it does not matter
 * whether they share a session, and holds one thing to do, so that it can be run again until that is done.
 */
export function makeOutside(script: Script, index: number, body: OutsideTransaction, tool: string): readonly Sheet[] {
  const step = script.steps[index] as ScriptStep;
  const requires = requiredAt(script, index);
  const work: Work = { script, step, body, tool, requires, run: printPlainSession(script, tool, { requires }) };
  // The first statement's own file begins the step, where it has one with a guard.
  const opens = body.statements[0] !== undefined && body.statements[0].kind !== 'alone';
  const sheets = [...(opens ? [] : [makeBegin(work)]), ...body.statements.flatMap((_, at) => makeStatement(work, at))];
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
  readonly body: OutsideTransaction;
  readonly tool: string;
  readonly requires: RequiredState;
  /** What a session is told of the run. */
  readonly run: string;
}

function makeBegin(work: Work): Sheet {
  const { body, run, step } = work;
  const end = body.statements.length === 0 ? [body.end] : [];
  return {
    name: 'begin',
    about: `the ledger notes that ${idOf(step)} begins`,
    pieces: [...resetRole, run, body.start.text, printAll(work, [body.settings, ...end])],
  };
}

function makeStatement(work: Work, at: number): readonly Sheet[] {
  const { body, run } = work;
  const statement = body.statements[at] as OutsideStatement;
  const session = printSession(work, at);
  const end = at === body.statements.length - 1 ? [body.end] : [];
  if (statement.kind === 'alone') return [makeAlone(statement), makeRecord(work, statement, session, end)];
  const own = statement.kind === 'recorded' ? [] : [statement.again, statement.record];
  const label = sanitizeLine(statementOf(statement.block).label);
  const start = at === 0 ? body.start.text : statement.takeOver;
  return [
    {
      name: `statement_${statement.number}`,
      about: `statement ${statement.number}, ${label}, with its record`,
      pieces: [...resetRole, run, start, session, printAll(work, [statement.block, ...own, ...end])],
    },
  ];
}

/** How the session of the step stands behind so many statements. */
function printSession(work: Work, done: number): string {
  const { settings, statements } = work.body;
  const said = statements.slice(0, done).flatMap((statement) => {
    if (statement.kind === 'recorded') return [];
    const own = statement.kind === 'setting' && isSaidAgain(statement, done) ? [statement.block] : [];
    return [...own, statement.again];
  });
  return printAll(work, [settings, ...said]);
}

type Alone = Extract<OutsideStatement, { kind: 'alone' }>;

function makeAlone({ number, repair, block }: Alone): Sheet {
  const leftover =
    repair === undefined
      ? ''
      : `-- If it fails, this tells what to run before it is tried again:\n${repair.text.replace(/;?\s*$/, ';').replace(/^/gm, '--   ')}\n`;
  const note = 'send it alone, with autocommit on, and only when the file before this one has succeeded.';
  return {
    name: `statement_${number}`,
    about: `statement ${number}, ${sanitizeLine(statementOf(block).label)}, alone`,
    alone: true,
    pieces: [`-- statement ${number}: ${note}\n${leftover}${block.text}`],
  };
}

function makeRecord(work: Work, statement: Alone, session: string, end: readonly Block[]): Sheet {
  const { script, tool, requires, run } = work;
  const { number, block, again, record } = statement;
  const first = `-- Only when statement ${number} has succeeded.\n`;
  const word = '-- Nothing in the database shows whether it has: this file says so for you.\n';
  const ends = end.length > 0 ? ', and the end of the step' : '';
  const name = `record_${number}`;
  if (!isBlind(statementOf(block))) {
    const check = printOutcomeCheck(work, statement);
    const rest = printAll(work, [again, record, ...end]);
    return {
      name,
      about: `looks at the outcome of statement ${number} and records it${ends}`,
      pieces: [first, check === '' ? word : '', ...resetRole, run, statement.takeOver, session, check, rest],
    };
  }
  // The word of who runs this file is all there is: it is recorded as the step is taken over.
  const told = printPlainSession(script, tool, { requires, resumeAt: number + 1 });
  const rest = printAll(work, [again, ...end]);
  return {
    name,
    about: `records statement ${number}${ends}`,
    pieces: [first, word, ...resetRole, told, statement.takeOver, run, session, rest],
  };
}

function printAll({ script, run }: Work, blocks: readonly (Block | undefined)[]): string {
  const known = blocks.filter((block) => block !== undefined);
  return known
    .flatMap((block) =>
      block.kind === 'settings' ? printSettings(block, run) : refuseSavepoints(block, script.ledger.schema),
    )
    .join('');
}

/** A RESET ALL of the file's own takes back what the script has set, too. */
function printSettings(block: Block, run: string): string {
  return resetsAll(block) ? `${block.text}${run}` : block.text;
}

/** Until this passes, the setting that every entry is made with is no JSON: a client that goes on can't record anything. */
function printOutcomeCheck({ script, step, tool, requires }: Work, { number, block, aside = '' }: Alone): string {
  const { schema } = script.ledger;
  const outcome = printOutcome(schema, statementOf(block));
  // Whether the file before has failed is not known here: what has the index's name may have been in its way.
  const built = printBuiltCheck(schema, idOf(step), statementOf(block), { number, mayExist: true });
  if (outcome === undefined && built === '') return '';
  const value = printValue(script, tool, { requires });
  const check =
    outcome === undefined ? `  ${built}` : printRefusal(schema, `statement ${number} of ${idOf(step)}`, outcome);
  return `SET ${settingName} = 'the outcome is not what it should be: see the first error';
DO $updown$
BEGIN
${aside}${check}  PERFORM pg_catalog.set_config('${settingName}', ${value}, false);
END
$updown$;
`;
}

function printRefusal(schema: string, what: string, outcome: string): string {
  return `  IF NOT (${outcome}) THEN
${printRaise('step not run', schema, [quoteLiteral(what)])}  END IF;
`;
}

function statementOf({ body }: Block): Statement {
  return body?.statements[0] as Statement;
}
