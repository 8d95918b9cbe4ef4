import type { RelationRow } from './snapshot.ts';

/** What a table or an index is a part of: `FOR VALUES IN (1)` of `public.events`. */
export interface Parent {
  readonly of: readonly string[];
  readonly bound?: string | undefined;
}

/** Undefined for what stands alone. */
export function parentOf(row: Pick<RelationRow, 'bound' | 'parents'> | undefined): Parent | undefined {
  if (row === undefined || row.parents.length === 0) return undefined;
  return { of: row.parents, bound: row.bound ?? undefined };
}
