import type { FileUnderTest } from '../review/file-under-test.ts';
import type { Change } from '../schema/change.ts';
import { diff } from '../schema/diff.ts';
import type { Schema } from '../schema/schema.ts';
import type { Refused } from './file.ts';
import { applyAll, type Stairway, upsOf } from './stairway.ts';

/** A schema that was there before the files, against the one that they make. */
export interface ExistingVerdict {
  readonly file: string;
  /** What the existing schema has too much or too little. */
  readonly differences: readonly Change[];
}

/** Whether the heads can be stamped where that schema is: it must be what the files make. */
export async function tryExisting(
  stairway: Stairway,
  existing: FileUnderTest,
  isIgnored: (change: Change) => boolean,
): Promise<ExistingVerdict> {
  const made = await read(stairway, [...stairway.history, ...upsOf(stairway.stairs)]);
  const there = await read(stairway, [existing]);
  return {
    file: existing.inspected.source.file,
    differences: diff(made, there).filter((change) => !isIgnored(change)),
  };
}

function read(stairway: Stairway, files: readonly (FileUnderTest | Refused)[]): Promise<Schema> {
  return stairway.open(async (site) => {
    await applyAll(site, files);
    return site.reader.read();
  });
}
