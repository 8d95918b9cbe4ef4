import type { Parent } from './change.ts';
import type { RelationRow } from './snapshot.ts';

/** The result is undefined for a relation without parents. */
export function parentOf(row: Pick<RelationRow, 'bound' | 'parents'> | undefined): Parent | undefined {
  if (row === undefined || row.parents.length === 0) return undefined;
  return { of: row.parents, bound: row.bound ?? undefined };
}
