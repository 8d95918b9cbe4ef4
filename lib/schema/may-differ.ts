import type { Change } from './change.ts';

/**
 * Whether two databases may differ so where nothing is wrong: an extension is updated by the server's packages, a materialized view is filled
 * by a job, and a column that was added again, or on another branch, stands elsewhere.
 */
export function mayDiffer({ kind }: Change): boolean {
  return /^(extension-version|materialized-view-populated|.*-(column|attribute)-order)$/.test(kind);
}
