import { UpdownError } from '../errors.ts';
import type { StepEvent } from '../plan/step-event.ts';
import type { Pins } from '../script/settings.ts';
import type { Signal } from '../signal.ts';
import type { Inspected } from '../sql/source.ts';

/** A file of a revision that was checked and can be sent. */
export interface FileUnderTest {
  readonly op: 'up' | 'down';
  readonly id: string;
  readonly name: string;
  readonly inspected: Inspected;
  /** It prepares scratch for the history and belongs to no revision. */
  readonly setup?: true;
}

export interface MeasureInput {
  /** The files that are run before the plan. */
  readonly history: readonly FileUnderTest[];
  readonly plan: readonly FileUnderTest[];
  readonly pins: Pins;
  readonly emit: (event: StepEvent) => void;
  readonly signal: Signal | undefined;
  /** Whether another database is compared with scratch. */
  readonly compares?: boolean;
  /** Whether the other database has a relation of this name. */
  readonly isThere?: ((name: string, schema: string | undefined) => Promise<boolean>) | undefined;
  /** Whether a survey is taken around each step, as rules need it. For locks and rewrites alone it can be left out. */
  readonly surveyed?: boolean;
}

export function refuseInterrupted({ signal }: Pick<MeasureInput, 'signal'>): void {
  if (!signal?.aborted) return;
  throw new UpdownError('interrupted', 'interrupted: nothing but scratch was touched', {
    hint: 'Run the command again.',
  });
}

/** Of every file that is run on scratch. */
export function textsOf({ history, plan }: MeasureInput): readonly string[] {
  return [...history, ...plan].flatMap(({ inspected }) => inspected.statements.map(({ text }) => text));
}
