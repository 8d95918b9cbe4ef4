import type { Pins } from '../script/settings.ts';
import type { FileUnderTest, MeasureInput } from './file-under-test.ts';
import type { KeyRecord } from './keys.ts';
import type { Scratch } from './scratch.ts';
import type { Snapshot } from './snapshot.ts';
import type { Survey } from './survey.ts';
import type { SwapRecord } from './swaps.ts';

/** Whether scratch lacks something, so that a failure may be due to that. */
export interface Gaps {
  missing: boolean;
}

/** What is known about the whole plan so far. */
export interface PlanRecord {
  /** The database before the first step. */
  origin: Snapshot | undefined;
  found: Survey | undefined;
  /** The database after the step before this one. */
  left: Survey | undefined;
}

/** Everything that is needed while one file is measured. */
export interface FileContext {
  readonly gaps: Gaps;
  readonly plan: PlanRecord;
  readonly scratch: Scratch;
  readonly keys: KeyRecord;
  readonly swaps: SwapRecord;
  readonly input: MeasureInput;
  readonly file: FileUnderTest;
  readonly pins: Pins;
}

export interface MeasureContext extends FileContext {
  /** The database before the file. */
  readonly base: Snapshot;
  /** The database before the plan. */
  readonly origin: Snapshot;
}
