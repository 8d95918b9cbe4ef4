import type { NewPartition } from '../advice-facts.ts';
import type { Change } from '../change.ts';
import type { Lock } from '../effects.ts';
import type { Failure, MeasuredStatement, Notice, Surveys, Swap, UnindexedKey } from '../measured.ts';
import type { Subjects } from '../rules/rule.ts';
import { type ChangeOf, changesOf } from './changes.ts';
import { blocksWrites } from './locks.ts';

// What a rule may say behind `on`: its judge is given one of these at a time.

export const everyStatement: Subjects<MeasuredStatement> = (statement) => [statement];

/** Statements whose label begins with one of these: `statements('VACUUM', 'CLUSTER')`. */
export function statements(...labels: readonly string[]): Subjects<MeasuredStatement> {
  const isMeant = (label: string) => labels.some((one) => label === one || label.startsWith(`${one} `));
  return (statement) => (isMeant(statement.label) ? [statement] : []);
}

/** `changes('created', 'column')`; without types, of things of any type. */
export function changes<K extends Change['kind'], T extends string>(
  kind: K,
  ...types: readonly T[]
): Subjects<ChangeOf<K, T>> {
  return (statement) =>
    types.length === 0
      ? (changesOf(statement, kind) as readonly ChangeOf<K, T>[])
      : types.flatMap((type) => changesOf(statement, kind, type));
}

/** All of them at once, where there are any. */
export function together<T>(subjects: Subjects<T>): Subjects<readonly T[]> {
  return (statement, context) => {
    const all = subjects(statement, context);
    return all.length === 0 ? [] : [all];
  };
}

/** What the whole step leaves otherwise than it found it; its hits go through `tellWith`. */
export const outcomes: Subjects<Surveys> = (_, { step }) => (step.surveys === undefined ? [] : [step.surveys]);

export const failures: Subjects<Failure> = ({ error }) => (error === undefined ? [] : [error]);

export const notices: Subjects<Notice> = (statement) => statement.notices;

/** Tables that became partitions. */
export const newPartitions: Subjects<NewPartition> = ({ adviceFacts }) => adviceFacts?.newPartitions ?? [];

/** Foreign keys without an index behind them. */
export const unindexedKeys: Subjects<UnindexedKey> = ({ unindexed }) => unindexed;

export const swaps: Subjects<Swap> = (statement) => statement.swaps ?? [];

/** Locks for which this statement waits while writes, or everybody, wait behind it. */
export const blockingLocks: Subjects<Lock> = ({ locks, number }) =>
  locks.filter((lock) => blocksWrites(lock) && lock.kind !== 'index' && lock.since === number);
