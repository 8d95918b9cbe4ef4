import type { NewPartition } from '../advice-facts.ts';
import type { Change, ConstraintFacts } from '../change.ts';
import type { Build, Lock } from '../effects.ts';
import type { Failure, MeasuredStatement, Notice, Surveys, Swap, UnindexedKey } from '../measured.ts';
import type { Subjects } from '../rules/rule.ts';
import { type ChangeOf, changesOf } from './changes.ts';
import { constraintsAdded, type TableConstraintChange } from './constraints.ts';
import { topChanges } from './family.ts';
import { blocksWrites } from './locks.ts';

// What a rule may say behind `on`: its judge is given one of these at a time.

export const everyStatement: Subjects<MeasuredStatement> = { find: (statement) => [statement] };

/** Statements whose label begins with one of these: `statements('VACUUM', 'CLUSTER')`. */
export function statements(...labels: readonly string[]): Subjects<MeasuredStatement> {
  const isMeant = (label: string) => labels.some((one) => label === one || label.startsWith(`${one} `));
  return { find: (statement) => (isMeant(statement.label) ? [statement] : []) };
}

/** `changes('created', 'column')`, `changes(['created', 'type'], 'column')`; without types, of things of any type. */
export function changes<K extends Change['kind'], T extends string>(
  kind: K | readonly K[],
  ...types: readonly T[]
): Subjects<ChangeOf<K, T>> {
  return {
    find: (statement) =>
      types.length === 0
        ? (changesOf(statement, kind) as readonly ChangeOf<K, T>[])
        : types.flatMap((type) => changesOf(statement, kind, type)),
  };
}

/** All of them at once, where there are any. */
export function together<T>({ find }: Subjects<T>): Subjects<readonly [T, ...T[]]> {
  return {
    find: (statement, context) => {
      const [first, ...others] = find(statement, context);
      return first === undefined ? [] : [[first, ...others]];
    },
  };
}

/** Those of both. */
export function either<A, B>(some: Subjects<A>, others: Subjects<B>): Subjects<A | B> {
  return { find: (statement, context) => [...some.find(statement, context), ...others.find(statement, context)] };
}

/** Without what was dropped with something else, by CASCADE or as a part of it. */
export function withoutCascaded<T extends Change>({ find }: Subjects<T>): Subjects<T> {
  return { find: (statement, context) => find(statement, context).filter(({ cascaded }) => cascaded === undefined) };
}

/** Without what the same plan made, which nothing that runs can know. */
export function known<T extends Change>({ find }: Subjects<T>): Subjects<T> {
  return { find: (statement, context) => find(statement, context).filter(({ madeInPlan }) => !madeInPlan) };
}

/** Children and partitions inherit a column or a constraint: only that of the table above them. */
export function topmost<T extends Change & { readonly relation: string }>({ find }: Subjects<T>): Subjects<T> {
  return { find: (statement, context) => topChanges(statement, find(statement, context)) };
}

/** Constraints that tables which were there before have got. */
export function newConstraints(kind: ConstraintFacts['kind']): Subjects<TableConstraintChange> {
  return { find: (statement) => constraintsAdded(statement, kind) };
}

/** What the whole step leaves otherwise than it found it; its hits go through `tellWith`. */
export const outcomes: Subjects<Surveys> = {
  find: (_, { step }) => (step.surveys === undefined ? [] : [step.surveys]),
};

export const failures: Subjects<Failure> = { find: ({ error }) => (error === undefined ? [] : [error]) };

export const notices: Subjects<Notice> = { find: (statement) => statement.notices };

/** Tables that became partitions. */
export const newPartitions: Subjects<NewPartition> = { find: ({ adviceFacts }) => adviceFacts?.newPartitions ?? [] };

/** Foreign keys without an index behind them. */
export const unindexedKeys: Subjects<UnindexedKey> = { find: ({ unindexed }) => unindexed };

export const swaps: Subjects<Swap> = { find: (statement) => statement.swaps ?? [] };

/** Locks for which this statement waits while writes, or everybody, wait behind it. */
export const blockingLocks: Subjects<Lock> = {
  find: ({ locks, number }) =>
    locks.filter((lock) => blocksWrites(lock) && lock.kind !== 'index' && lock.since === number),
};

/** Indexes that it builds. */
export const builds: Subjects<Build> = { find: (statement) => statement.builds };

/** Tables that it reads from end to end. */
export const tablesRead: Subjects<string> = { find: ({ scans }) => scans };

/** For what is found where all other findings of a file are known. */
export const nothing: Subjects<never> = { find: () => [] };
