import type { NewPartition } from '../advice-facts.ts';
import type { Lock } from '../effects.ts';
import type { MeasuredStatement } from '../measured.ts';
import { changesOf } from './changes.ts';
import { familyOf } from './family.ts';
import { blockOn } from './locks.ts';

/** Tables that it reads for what refers to the partition. */
export function referringTo(statement: MeasuredStatement, of: string): readonly Lock[] {
  const family = familyOf(statement, of);
  return statement.scans.flatMap((name) => {
    const lock = family.includes(name) ? undefined : blockOn(statement, name);
    return lock?.since === statement.number ? [lock] : [];
  });
}

/** Partitions that are none any more. */
export function detachedPartitions(statement: MeasuredStatement): readonly Pick<NewPartition, 'relation' | 'of'>[] {
  return changesOf(statement, 'definition').flatMap(({ relation = '', was, now }) => {
    const { of: [of = ''] = [], bound } = was?.parent ?? {};
    return bound === undefined || now?.parent?.bound !== undefined ? [] : [{ relation, of }];
  });
}
