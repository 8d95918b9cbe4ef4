import type { Script } from '../plan/script.ts';
import { describeImpact, titleOf } from '../review/impact.ts';
import type { Annotation } from '../run/header.ts';
import { type CommandOptions, type Context, openContext } from './context.ts';
import { measureOnScratch, type ScratchChoice } from './on-scratch.ts';

export interface AnnotateOptions extends CommandOptions, ScratchChoice {}

/** Measures a prepared upgrade or downgrade on a throwaway database, for the comments of its script. No text that is sent changes. */
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
  for (const { file, statements } of measurement.steps) {
    for (const { line, label, error } of statements) {
      if (error === undefined) continue;
      context.emit({ kind: 'warning', message: `${file}:${line}: ${label} fails on scratch: ${error.message}` });
    }
  }
  const ids = plan.steps.map(({ id }) => id);
  return { impact: describeImpact(measurement, ids), title: titleOf(measurement) };
}
