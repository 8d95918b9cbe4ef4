import { pinFile } from '../script/settings.ts';
import { type Builtin, findThere, findUsed, keyOf, withoutMade } from './builtins.ts';
import { type FileUnderTest, type MeasureInput, refuseInterrupted } from './file-under-test.ts';
import { runHistory } from './history.ts';
import { type KeyRecord, recordKeys } from './keys.ts';
import type { Gaps, PlanRecord } from './measure-context.ts';
import { measureFile } from './measure-file.ts';
import type { MeasuredStatement, MeasuredStep, Measurement } from './measured.ts';
import type { Scratch } from './scratch.ts';
import type { Survey } from './survey.ts';
import { recordSwaps, type SwapRecord } from './swaps.ts';
import { takeSurvey } from './take-survey.ts';

/** Brings scratch to where the plan starts, then runs the plan statement by statement and measures what each one does. */
export async function measure(scratch: Scratch, input: MeasureInput): Promise<Measurement> {
  const missing = await runHistory(scratch, input);
  const gaps: Gaps = { missing: missing.length > 0 };
  const start = input.compares ? await scratch.snapshots.outside() : undefined;
  const builtins = input.compares ? await findBuiltins(scratch, input) : undefined;
  const keys = recordKeys();
  const swaps = recordSwaps();
  const plan: PlanRecord = { origin: undefined, found: undefined, left: undefined };
  const steps: MeasuredStep[] = [];
  for (const [index, file] of input.plan.entries()) {
    refuseInterrupted(input);
    tellStart(input, file, index);
    const started = performance.now();
    const found = await surveyBefore(scratch, input, plan);
    plan.found ??= found;
    const { statements, left } = await measureFile({ scratch, keys, swaps, plan, file, input, gaps });
    plan.left = left;
    const failed = statements.some(({ error }) => error !== undefined && error.cause !== 'missing');
    const surveys = plan.found && found && left && { origin: plan.found, found, left };
    steps.push({ ...toStep(file, input, statements), surveys: failed ? undefined : surveys });
    const { op, id } = file;
    input.emit({ kind: failed ? 'step-fail' : 'step-end', op, id, milliseconds: performance.now() - started });
    // The following steps would be measured on a schema that is not theirs.
    if (failed) break;
  }
  return {
    scratch: scratch.label,
    steps: steps.map((step) => withEnds(step, keys, swaps)),
    shared: (await scratch.restorer?.effects()) ?? [],
    missing,
    start,
    builtins,
  };
}

async function surveyBefore(scratch: Scratch, input: MeasureInput, { left }: PlanRecord): Promise<Survey | undefined> {
  if (input.surveyed === false) return undefined;
  return left ?? (await takeSurvey(scratch.session, scratch.major));
}

function toStep(
  { op, id, name, inspected }: FileUnderTest,
  { pins }: MeasureInput,
  statements: readonly MeasuredStatement[],
): MeasuredStep {
  const { file, directives } = inspected.source;
  const { allow, noTransaction } = directives;
  const lockTimeout = pinFile(pins, directives).get('lock_timeout') ?? '0';
  return { op, id, name, file, transactional: !noTransaction, lockTimeout, allow, statements };
}

/** Finds the built-in objects of this server that the plan uses and another server may not have. */
function findBuiltins({ session }: Scratch, { history, plan }: MeasureInput): Promise<readonly Builtin[]> {
  const statementsOf = (files: readonly FileUnderTest[]) => files.flatMap(({ inspected }) => inspected.statements);
  const used = new Map(
    statementsOf(plan)
      .flatMap(({ text }) => findUsed(text))
      .map((one) => [keyOf(one), one]),
  );
  const making = statementsOf([...history, ...plan]).filter(({ label }) => label.startsWith('CREATE'));
  return findThere(
    session,
    withoutMade(
      [...used.values()],
      making.map(({ text }) => text),
    ),
    'server',
  );
}

function withEnds(step: MeasuredStep, keys: KeyRecord, record: SwapRecord): MeasuredStep {
  const statements = step.statements.map((one) => {
    const swaps = record.swapped(step.id, one.number);
    return { ...one, unindexed: keys.unindexed(step.id, one.number), swaps: swaps.length > 0 ? swaps : undefined };
  });
  return { ...step, statements };
}

function tellStart({ plan, emit }: MeasureInput, { op, id, name, inspected }: FileUnderTest, index: number): void {
  const { statements, source } = inspected;
  const place = { position: index + 1, total: plan.length, statements: statements.length };
  emit({ kind: 'step-start', op, id, name, ...place, transactional: !source.directives.noTransaction });
}
