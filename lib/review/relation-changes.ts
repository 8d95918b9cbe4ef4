import { type Change, named, type Standing } from './change.ts';
import type { CatalogComparison } from './comparison.ts';
import { relationKinds } from './effects.ts';
import { knows, ofPlan } from './made-in-plan.ts';
import { parentOf } from './parent.ts';
import { findRebuiltIndexes } from './rebuilt.ts';
import { nameOf, type RelationRow, type Snapshot } from './snapshot.ts';

export function compareRelations(compared: CatalogComparison): readonly Change[] {
  const { before, after } = compared;
  const scene = sceneOf(compared);
  return [
    ...[...after.relations.values()].flatMap((now): readonly Change[] => {
      if (now.kind === 'c') return [];
      const then = before.relations.get(now.oid);
      return then === undefined ? relationMade(now, scene) : relationKept(then, now, scene);
    }),
    ...[...before.relations.values()].filter((then) => isRelationGone(then, scene)).map((then) => dropped(then, scene)),
  ];
}

/** What is needed to compare any relation. */
interface Scene extends CatalogComparison {
  /** The names of relations that existed before the revision. */
  readonly known: ReadonlySet<string>;
  /** The old index of each rebuilt index, by the oid of the new one. */
  readonly remade: ReadonlyMap<number, RelationRow>;
  readonly replaced: ReadonlySet<number>;
  /** Indexes of constraints, which are told with the constraint. */
  readonly ofConstraints: ReadonlySet<number>;
  readonly makesTable: boolean;
}

function sceneOf(compared: CatalogComparison): Scene {
  const { base, before, after } = compared;
  const remade = findRebuiltIndexes({ before, after });
  const constraints = [before, after].flatMap((snapshot) => [...snapshot.constraints.values()]);
  return {
    ...compared,
    known: new Set(Array.from(base.relations.values(), ({ name }) => name)),
    remade,
    replaced: new Set(Array.from(remade.values(), ({ oid }) => oid)),
    ofConstraints: new Set(constraints.flatMap(({ kind, index }) => ('pux'.includes(kind) ? [index] : []))),
    makesTable: [...after.relations].some(([oid, { kind }]) => 'rp'.includes(kind) && !before.relations.has(oid)),
  };
}

function relationKept(then: RelationRow, now: RelationRow, { base, origin, known }: Scene): readonly Change[] {
  if (base.relations.has(now.oid)) return compareRelation(then, now).map(ofPlan(knows(origin).relation(then)));
  // A relation that the revision created and that takes the name of an old one counts as created under that name.
  const takesName = then.name !== now.name && now.index === null && known.has(now.name);
  return takesName ? [{ kind: 'created', ...describe(now) }] : [];
}

function relationMade(now: RelationRow, { base, remade, ofConstraints, makesTable }: Scene): readonly Change[] {
  if (remade.has(now.oid)) return [];
  // A sequence that is created together with a table is taken for a part of it.
  if (now.index === null) return now.kind === 'S' && makesTable ? [] : [{ kind: 'created', ...describe(now) }];
  const table = base.relations.get(now.index.table);
  if (table === undefined || ofConstraints.has(now.oid)) return [];
  return [{ kind: 'created', ...describe(now), relation: table.name, to: now.index.definition ?? undefined }];
}

function isRelationGone(then: RelationRow, { base, after, replaced, ofConstraints }: Scene): boolean {
  if (then.kind === 'c' || replaced.has(then.oid)) return false;
  if (after.relations.has(then.oid) || !base.relations.has(then.oid)) return false;
  return then.index === null || isWithTable(then, after) || !ofConstraints.has(then.oid);
}

/** Whether an index was dropped with its table. */
function isWithTable({ index }: RelationRow, after: Snapshot): boolean {
  return index !== null && !after.relations.has(index.table);
}

function dropped(then: RelationRow, { origin, before, after, dropTargets }: Scene): Change {
  return {
    kind: 'dropped',
    ...describe(then),
    relation: then.index === null ? undefined : before.relations.get(then.index.table)?.name,
    cascaded: isWithTable(then, after) || !dropTargets().relation(then) || undefined,
    madeInPlan: !knows(origin).relation(then) || undefined,
  };
}

function compareRelation(then: RelationRow, now: RelationRow): readonly Change[] {
  const relation = describe(then);
  const change = (kind: Change['kind'], from: string, to: string): readonly Change[] =>
    from === to ? [] : [{ kind, ...relation, relation: then.name, from: from || undefined, to: to || undefined }];
  const validity: readonly Change[] =
    then.index === null || now.index === null || then.index.valid === now.index.valid
      ? []
      : [{ kind: now.index.valid ? 'validated' : 'invalid', ...relation }];
  return [
    ...change('renamed', then.name, now.name),
    ...change('owner', then.owner, now.owner),
    ...(then.privileges === now.privileges ? [] : [{ kind: 'privileges' as const, ...relation, relation: then.name }]),
    ...change('definition', wordSettings(then), wordSettings(now)).map((one) => ({
      ...one,
      was: standingOf(then),
      now: standingOf(now),
    })),
    ...change('definition', wordPersistence(then), wordPersistence(now)),
    ...(then.query === now.query ? [] : [{ kind: 'replaced' as const, ...relation, relation: then.name }]),
    ...validity,
  ];
}

function standingOf(row: RelationRow): Standing {
  const { rowSecurity, forced } = row;
  return { parent: parentOf(row), rowSecurity, forced };
}

/** Storage parameters, row security, replica identity, partition bound and parents. */
function wordSettings({ options, rowSecurity, forced, replicaIdentity, bound, parents }: RelationRow): string {
  const words = [
    options,
    rowSecurity && 'row security',
    forced && 'forced',
    replicaIdentity && `replica identity ${replicaIdentity}`,
    bound,
    parents.length > 0 && `of ${parents.join(', ')}`,
  ];
  return words.filter(Boolean).join(' ');
}

function wordPersistence({ persistence }: RelationRow): string {
  return { p: 'logged', u: 'unlogged' }[persistence] ?? persistence;
}

function describe(row: RelationRow): Pick<Change, 'object' | 'type' | 'name'> {
  return named({ type: relationKinds[row.kind], name: nameOf(row) });
}
