import { SendError } from '../database/session.ts';
import { begin } from '../script/block.ts';
import { pinFile, printPins, printRole } from '../script/settings.ts';
import { cleaningOf, makeRole, rollBack, wordLost } from './attempt.ts';
import type { Held } from './comparison.ts';
import { type MeasureInput, refuseInterrupted, textsOf } from './file-under-test.ts';
import type { FileContext, MeasureContext } from './measure-context.ts';
import { commitKept, measureApart, measureHeld, measureOutside } from './measure-statement.ts';
import type { MeasuredStatement } from './measured.ts';
import { type Making, nameAll, needsElsewhere, undefinedCodes } from './missing-names.ts';
import type { Survey } from './survey.ts';
import { takeSurvey } from './take-survey.ts';

export async function measureFile(fileContext: Omit<FileContext, 'pins'>): Promise<MeasuredFile> {
  const { file, input } = fileContext;
  const { directives } = file.inspected.source;
  const pins = pinFile(input.pins, directives);
  try {
    return await (directives.noTransaction ? measureBare : measureTransaction)({
      ...fileContext,
      pins,
    });
  } catch (error) {
    refuseInterrupted(input);
    throw error instanceof SendError ? wordLost(error) : error;
  }
}

interface MeasuredFile {
  readonly statements: readonly MeasuredStatement[];
  /** The survey after the file, where all of its statements ran. */
  readonly left?: Survey;
}

/** Takes the survey after the file, inside its transaction if it has one. */
async function takeLeft({ scratch, input }: FileContext): Promise<Pick<MeasuredFile, 'left'>> {
  return (input.surveyed ?? true) ? { left: await takeSurvey(scratch.session, scratch.major) } : {};
}

/** Measures a file in one transaction. A statement that needs what scratch lacks is skipped, and the others are measured without it. */
async function measureTransaction(
  fileContext: FileContext,
  passed: ReadonlyMap<number, MeasuredStatement> = new Map(),
): Promise<MeasuredFile> {
  const { scratch, file, pins } = fileContext;
  await scratch.session.send(`${begin}${printPins(pins, 'SET LOCAL')}${printRole(pins, 'SET LOCAL')}`);
  fileContext.keys.begin(file.id);
  fileContext.swaps.begin(file.id);
  const base = await scratch.snapshots.inside();
  fileContext.plan.origin ??= base;
  const context = { ...fileContext, base, origin: fileContext.plan.origin };
  const measured: MeasuredStatement[] = [];
  let before = base;
  let held: ReadonlyMap<number, Held> = new Map();
  for (const [index, statement] of file.inspected.statements.entries()) {
    const lacking = passed.get(index + 1);
    if (lacking !== undefined) {
      measured.push(lacking);
      continue;
    }
    const one = await measureHeld(context, statement, index + 1, before, held);
    const { error } = one.measured;
    if (error !== undefined) {
      await rollBack(scratch, error);
      // The transaction was rolled back, so the file is measured from its start.
      if (await makeRole(scratch, error)) return measureTransaction(fileContext, passed);
      const told = await tellLacking(fileContext, one.measured);
      if (told.error?.cause !== 'missing') return { statements: [...measured, told] };
      return measureTransaction(fileContext, new Map([...passed, [index + 1, told]]));
    }
    measured.push(one.measured);
    before = one.after;
    held = one.held;
  }
  const left = await takeLeft(fileContext);
  return { statements: await commitFile(context, measured), ...left };
}

/** Commits the file. Deferred constraints are checked only then. */
async function commitFile(
  context: MeasureContext,
  measured: readonly MeasuredStatement[],
): Promise<readonly MeasuredStatement[]> {
  const { scratch, input } = context;
  const failed = await commitKept(scratch, cleaningOf(scratch));
  refuseInterrupted(input);
  if (failed === undefined) return measured;
  await rollBack(scratch, failed);
  return measured.map((one, index) => (index === measured.length - 1 ? { ...one, error: failed } : one));
}

/** Finds whether a statement failed because the history could not create something, an extension is not available, or no file creates it. */
async function tellLacking(fileContext: FileContext, measured: MeasuredStatement): Promise<MeasuredStatement> {
  const { error, label, text } = measured;
  if (error === undefined || error.cause !== undefined) return measured;
  const isExtension = label === 'CREATE EXTENSION' && ['0A000', '58P01', '22023'].includes(error.code);
  const follows = fileContext.gaps.missing && undefinedCodes.has(error.code);
  if (
    !isExtension &&
    !follows &&
    !(await needsElsewhere(fileContext.scratch.session, text, error, makingOf(fileContext.input)))
  )
    return measured;
  fileContext.gaps.missing = true;
  const all = await nameAll(fileContext.scratch.session, text, error, () => textsOf(fileContext.input));
  return { ...measured, error: { ...all, cause: 'missing' } };
}

function makingOf(input: MeasureInput): Making {
  return {
    texts: textsOf(input),
    isThere: input.isThere,
  };
}

/** Measures a file without a transaction. A statement that may run in a transaction gets one of its own. */
async function measureBare(fileContext: FileContext): Promise<MeasuredFile> {
  const { scratch, file, pins } = fileContext;
  await scratch.session.send(printPins(pins, 'SET') + printRole(pins, 'SET'));
  fileContext.keys.begin(file.id);
  fileContext.swaps.begin(file.id);
  let base = await scratch.snapshots.outside();
  fileContext.plan.origin ??= base;
  const { origin } = fileContext.plan;
  const measured: MeasuredStatement[] = [];
  for (const [index, statement] of file.inspected.statements.entries()) {
    const isOutside = !statement.transactional || statement.mayCommit || statement.session;
    const one = await (isOutside ? measureOutside : measureApart)(
      { ...fileContext, base, origin },
      statement,
      index + 1,
    );
    const told = await tellLacking(fileContext, one.measured);
    measured.push(told);
    if (told.error?.cause === 'limit') return { statements: measured };
    if (told.error !== undefined && told.error.cause !== 'missing') break;
    base = one.known;
  }
  await scratch.session.send(cleaningOf(scratch));
  return { statements: measured, ...(await takeLeft(fileContext)) };
}
