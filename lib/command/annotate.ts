import { UpdownError } from '../errors.ts';
import { describeImpact, titleOf } from '../review/impact.ts';
import type { Measurement } from '../review/measured.ts';
import type { Annotation } from '../script/header.ts';
import type { Script } from '../script/script.ts';
import { type CommandOptions, type Context, openContext } from './context.ts';
import { measureOnScratch, type ScratchChoice } from './on-scratch.ts';

export interface AnnotateOptions extends CommandOptions, ScratchChoice {}

export async function annotate(
  script: Script,
  options: AnnotateOptions = {},
): Promise<ReadonlyMap<string, Annotation>> {
  return (await measureImpact(openContext(options), script, options)).impact;
}

/** And how the comments say where it was measured. */
export async function measureImpact(
  context: Context,
  { plan, start }: Script,
  choice: ScratchChoice,
): Promise<{ readonly impact: ReadonlyMap<string, Annotation>; readonly title: string }> {
  // Steps that only ran on scratch are no progress of anything.
  const measurement = await measureOnScratch({ ...context, emit: () => {} }, plan, start.applied, choice);
  refuseMissing(measurement);
  for (const { file, statements } of measurement.steps) {
    for (const { line, label, error } of statements) {
      if (error === undefined) continue;
      context.emit({ kind: 'warning', message: `${file}:${line}: ${label} fails on scratch: ${error.message}` });
    }
  }
  const ids = plan.steps.map(({ id }) => id);
  return { impact: describeImpact(measurement, ids), title: titleOf(measurement) };
}

/** Comments that its reader decides by say nothing that was not measured on the whole schema. */
function refuseMissing({ missing }: Measurement): void {
  const causes = missing.filter(({ follows }) => !follows);
  const [first] = causes;
  if (first === undefined) return;
  throw new UpdownError('sql', `Scratch can't be brought to where the plan starts: ${first.message}`, {
    hint: 'Make what it lacks in a file that "scratch": { "setup": "<file>" } of updown.json names, or name a server that has it: --scratch postgres://…',
    place: { file: first.file, line: first.line, column: 1 },
    sqlstate: first.code,
    subject: first.id === '' ? undefined : first.id,
    notes: causes.map(({ file, line, label, message }) => `${file}:${line}: ${label} fails on scratch: ${message}`),
  });
}
