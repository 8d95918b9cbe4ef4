import type { ChildTable, PartitionedIndex } from '../advice-facts.ts';
import type { Change } from '../change.ts';
import type { Build } from '../effects.ts';
import type { MeasuredStatement } from '../measured.ts';
import { parseLoosely } from '../parsed.ts';

/** The table itself, and all partitions and children below it. */
export function familyOf({ adviceFacts }: MeasuredStatement, relation: string): readonly string[] {
  const family = new Set([relation]);
  for (const name of family) {
    for (const branch of adviceFacts?.children ?? []) if (branch.of === name) family.add(branch.relation);
  }
  return [...family];
}

/** Where the rows of a partitioned table are; none of any other table. */
export function partitionsOf(statement: MeasuredStatement, relation: string): readonly string[] {
  const children = statement.adviceFacts?.children ?? [];
  return children
    .filter(({ of, bound }) => of === relation && bound !== undefined)
    .flatMap((branch: ChildTable) => (branch.parts ? partitionsOf(statement, branch.relation) : [branch.relation]));
}

/** Those that inherit without being partitions: what is made for the table's rows is made for each of them. */
export function childrenOf(statement: MeasuredStatement, relation: string): readonly string[] {
  const parts = partitionsOf(statement, relation);
  return parts.length > 0 ? [] : familyOf(statement, relation).slice(1);
}

/** Which of its rows are read, be they its own or its partitions' and children's. */
export function readsOf(statement: MeasuredStatement, relation: string): readonly string[] {
  const family = familyOf(statement, relation);
  return statement.scans.filter((name) => family.includes(name));
}

/** It has children, and the statement let them be: `ALTER TABLE ONLY`. */
export function isOnly(statement: MeasuredStatement, relation: string): boolean {
  const closed = new Set(statement.locks.flatMap((lock) => (lock.mode === 'ACCESS EXCLUSIVE' ? lock.relation : [])));
  const children = childrenOf(statement, relation);
  const isSaid = (parseLoosely(statement.text) ?? []).some(
    (node) => 'AlterTableStmt' in node && node.AlterTableStmt.relation?.inh !== true,
  );
  return children.length > 0 && (isSaid || !children.some((child) => closed.has(child)));
}

/** Of several tables those that inherit from none of the others. */
export function topsOf(statement: MeasuredStatement, relations: readonly string[]): readonly string[] {
  return relations.filter((name) =>
    relations.every((other) => other === name || !familyOf(statement, other).includes(name)),
  );
}

/** Children get what their parents get: of changes of columns and constraints those that come from no table above. */
export function topChanges<T extends Change & { readonly relation: string }>(
  statement: MeasuredStatement,
  changes: readonly T[],
): readonly T[] {
  const nameOf = ({ column, constraint }: Change) => column?.name ?? constraint?.name;
  return changes.filter((change) => {
    const same = changes.filter((other) => nameOf(other) === nameOf(change));
    return topsOf(
      statement,
      same.map(({ relation }) => relation),
    ).includes(change.relation);
  });
}

/** What is known of the partitions and children of its tables; nothing where a statement failed. */
export interface KnownChildren {
  readonly adviceFacts?: { readonly children: readonly ChildTable[] } | undefined;
}

/** The partitioned table that it is a part of in the end; else itself. */
export function rootOf(statement: KnownChildren, relation: string): string {
  const above = statement.adviceFacts?.children.find((one) => one.relation === relation && one.bound !== undefined);
  return above === undefined ? relation : rootOf(statement, above.of);
}

export function hasDefault({ adviceFacts }: MeasuredStatement, relation: string): boolean {
  return adviceFacts?.children.some(({ of, bound }) => of === relation && bound === 'DEFAULT') ?? false;
}

/** The index that hangs from this one in each partition that has rows. */
export function leavesOf(
  partitionedIndex: PartitionedIndex,
  partitionedIndexes: readonly PartitionedIndex[],
): readonly PartitionedIndex['parts'][number][] {
  return partitionedIndex.parts.flatMap((part) => {
    const below = partitionedIndexes.find(({ index }) => index === part.index);
    return below === undefined ? [part] : leavesOf(below, partitionedIndexes);
  });
}

/** With those of partitions that have partitions, from the top down. */
export function partitionedIndexesFrom(
  partitionedIndex: PartitionedIndex,
  partitionedIndexes: readonly PartitionedIndex[],
): readonly PartitionedIndex[] {
  const below = partitionedIndex.parts.flatMap(({ index }) => partitionedIndexes.filter((one) => one.index === index));
  return [partitionedIndex, ...below.flatMap((one) => partitionedIndexesFrom(one, partitionedIndexes))];
}

export function buildOf({ builds }: MeasuredStatement, index: string | undefined): Build | undefined {
  return builds.find((build) => build.index === index && !build.concurrently);
}
