import type { Change } from './change.ts';
import { compareColumns } from './column-changes.ts';
import type { CatalogComparison, Comparison } from './comparison.ts';
import { compareConstraints } from './constraint-changes.ts';
import { type DropTargets, findDropTargets } from './drop-targets.ts';
import { compareObjects } from './object-changes.ts';
import { describeName } from './object-name.ts';
import { compareRelations } from './relation-changes.ts';

/** Compares the catalogs of two snapshots. Parts of relations that the revision itself has created are left out. */
export function compareCatalogs({
  text,
  ...snapshots
}: Omit<CatalogComparison, 'dropTargets'> & Pick<Comparison, 'text'>): readonly Change[] {
  let known: DropTargets | undefined;
  const dropTargets = () => {
    known ??= findDropTargets(text, snapshots.before);
    return known;
  };
  const comparison: CatalogComparison = { ...snapshots, dropTargets };
  const changes = [
    ...compareRelations(comparison),
    ...compareColumns(comparison),
    ...compareConstraints(comparison),
    ...compareObjects(comparison),
  ];
  return tellNamed(changes).sort((a, b) =>
    a.object < b.object ? -1 : a.object > b.object ? 1 : a.kind < b.kind ? -1 : 1,
  );
}

/** A call of a function that drops things names none of them. Then all of them count as named, but for parts of each other. */
function tellNamed(changes: readonly Change[]): Change[] {
  const dropped = changes.filter(({ kind }) => kind === 'dropped');
  if (dropped.some(({ cascaded }) => cascaded === undefined)) return [...changes];
  const gone = new Set(dropped.map(describeName));
  return changes.map((change) => {
    const { cascaded, ...asNamed } = change;
    return cascaded === undefined || gone.has(change.relation ?? '') ? change : asNamed;
  });
}
