import { UpdownError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import { ancestorsOf, inOrder, needsOf } from '../graph/walk.ts';
import { listNames } from '../words.ts';
import { findHalfWay, wordHalfWay } from './replaced.ts';

/** A database may hold what the files don't: nothing can be planned from there. */
export function assertKnown(graph: Graph, applied: ReadonlySet<string>): void {
  const { unknown } = splitApplied(graph, applied);
  if (unknown.length > 0) throw unknownApplied(graph, applied, '');
}

/** What is applied by whether the files know it. */
export function splitApplied(
  graph: Graph,
  applied: ReadonlySet<string>,
): { readonly known: ReadonlySet<string>; readonly unknown: readonly string[] } {
  const ids = [...applied];
  const unknown = ids.filter((id) => !graph.nodes.has(id)).sort();
  return { known: unknown.length === 0 ? applied : new Set(ids.filter((id) => graph.nodes.has(id))), unknown };
}

/** `instead`: another way on, where there is one. */
export function unknownApplied(graph: Graph, applied: ReadonlySet<string>, instead: string): UpdownError {
  const half = findHalfWay(graph, applied);
  if (half !== undefined) return wordHalfWay(half, applied);
  const { unknown } = splitApplied(graph, applied);
  return new UpdownError(
    'unknown-applied',
    `The database has applied ${listNames(unknown)}, which the files don't contain`,
    {
      hint: `Get the files it was applied from (a newer version, another branch).${instead} Or, once what it made is gone from the schema, record that: updown stamp --forget ${unknown.join(' ')}`,
    },
  );
}

/** For an older version of an application beside a newer one. */
export const startAhead =
  ' All that these files hold is applied: an application that is older than the database starts with: updown upgrade --allow-ahead.';

/** Not applied, but below something that is: it turned up after the database had gone past it. In graph order. */
export function findLate(graph: Graph, applied: ReadonlySet<string>): readonly string[] {
  const needs = needsOf(graph);
  const missing = new Set<string>();
  for (const id of applied) for (const below of needs(id)) if (!applied.has(below)) missing.add(below);
  if (missing.size === 0) return [];
  return inOrder(graph, ancestorsOf(graph, missing)).filter((id) => !applied.has(id));
}

export function refuseLate(late: readonly string[]): void {
  if (late.length === 0) return;
  throw new UpdownError('late', `Not applied, but below what is: ${listNames(late, 20)}`, {
    hint: `Check that it may run after the revisions above it, then: updown upgrade ${late.length === 1 ? late[0] : 'heads'} --include-late`,
  });
}
