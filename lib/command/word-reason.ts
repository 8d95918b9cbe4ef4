import type { Difference } from '../script/reviewed.ts';

/** A difference in one line. */
export function wordReason({ revision, file, reason }: Difference): string {
  if (revision === undefined) return reason;
  return `revision ${revision}: ${reason}${file === undefined ? '' : ` (${file})`}`;
}
