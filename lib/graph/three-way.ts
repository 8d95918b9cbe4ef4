import type { Revision } from './revision.ts';

/** What git would make of two manifests that have come from one: revisions by their ids, and not lines. */
export interface ThreeWay {
  /** All revisions of both, theirs first, without those that one of them took out. */
  readonly merged: readonly Revision[];
  /** Added in ours alone. */
  readonly own: ReadonlySet<string>;
  /** Theirs, taken out of ours. */
  readonly removed: readonly Revision[];
  /** In both, standing on others in ours than in theirs, and not because only theirs were changed. */
  readonly moved: readonly Pair[];
}

/** One revision as it stands in ours and in theirs. */
export interface Pair {
  readonly ours: Revision;
  readonly theirs: Revision;
}

/** Without what both have come from, what only one of them has was added by it, and what differs was changed by ours. */
export function mergeRevisions(
  ours: readonly Revision[],
  theirs: readonly Revision[],
  base: readonly Revision[] = [],
): ThreeWay {
  const [here, there, before] = [byId(ours), byId(theirs), byId(base)];
  const changed = (revision: Revision) => {
    const old = before.get(revision.id);
    return old === undefined || !standsAlike(old, revision);
  };
  const pairs = ours.flatMap((revision) => {
    const other = there.get(revision.id);
    return other === undefined ? [] : [{ ours: revision, theirs: other }];
  });
  const kept = theirs
    .filter(({ id }) => here.has(id) || !before.has(id))
    .map((revision) =>
      before.has(revision.id) && !changed(revision) ? (here.get(revision.id) ?? revision) : revision,
    );
  const added = ours.filter(({ id }) => !there.has(id) && !before.has(id));
  return {
    merged: [...kept, ...added],
    own: new Set(added.map(({ id }) => id)),
    removed: theirs.filter(({ id }) => !here.has(id) && before.has(id)),
    moved: pairs.filter((pair) => !standsAlike(pair.ours, pair.theirs) && changed(pair.ours)),
  };
}

function byId(revisions: readonly Revision[]): ReadonlyMap<string, Revision> {
  return new Map(revisions.map((revision) => [revision.id, revision]));
}

function standsAlike(one: Revision, other: Revision): boolean {
  return (['parents', 'dependsOn'] as const).every((key) => one[key].join() === other[key].join());
}
