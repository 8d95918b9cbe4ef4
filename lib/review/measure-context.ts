import type { Pins } from '../script/settings.ts';
import type { FileUnderTest, MeasureInput } from './file-under-test.ts';
import type { KeyRecord } from './keys.ts';
import type { Scratch } from './scratch.ts';
import type { Snapshot } from './snapshot.ts';
import type { SnapshotTaker } from './snapshots.ts';
import type { Survey } from './survey.ts';
import type { SwapRecord } from './swaps.ts';

/** Whether scratch lacks something by now, so that what fails may need just that. */
export interface Gaps {
  missing: boolean;
}

/** What is known of the whole plan so far. */
export interface PlanRecord {
  /** As its first step found the database. */
  origin: Snapshot | undefined;
  found: Survey | undefined;
  /** As the step before left it. */
  left: Survey | undefined;
}

/** Everything one file needs while it is measured. */
export interface FileContext {
  readonly gaps: Gaps;
  readonly plan: PlanRecord;
  readonly scratch: Scratch;
  readonly snapshots: SnapshotTaker;
  readonly keys: KeyRecord;
  readonly swaps: SwapRecord;
  readonly input: MeasureInput;
  readonly file: FileUnderTest;
  readonly pins: Pins;
}

export interface MeasureContext extends FileContext {
  /** As the file found the database. */
  readonly base: Snapshot;
  /** As the plan found it. */
  readonly origin: Snapshot;
  /** The highest oid there was. */
  readonly ceiling: number;
}
