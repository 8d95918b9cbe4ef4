import { UpdownError } from '../errors.ts';
import type { StepEvent } from '../plan/step-event.ts';
import type { Pins } from '../script/settings.ts';
import type { Signal } from '../signal.ts';
import type { Inspected } from '../sql/source.ts';

/** A revision's file, checked and ready to be sent. */
export interface FileUnderTest {
  readonly op: 'up' | 'down';
  readonly id: string;
  readonly name: string;
  readonly inspected: Inspected;
  /** It prepares scratch for the history, and is no revision. */
  readonly setup?: true;
}

export interface MeasureInput {
  /** What the plan stands on, to be run first. */
  readonly history: readonly FileUnderTest[];
  readonly plan: readonly FileUnderTest[];
  readonly pins: Pins;
  readonly emit: (event: StepEvent) => void;
  readonly signal: Signal | undefined;
  /** Another database is to be compared with scratch. */
  readonly compares?: boolean;
  /** Whether that one has such a relation. */
  readonly isThere?: ((name: string, schema: string | undefined) => Promise<boolean>) | undefined;
  /** Whether each step is asked for what its commit changes for others, which rules need: who wants locks and work alone leaves it out. */
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
