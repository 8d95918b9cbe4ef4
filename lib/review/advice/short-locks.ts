import { blocksWrites } from '../facts/locks.ts';
import type { MeasuredStatement } from '../measured.ts';
import type { Hit } from '../rules/rule.ts';
import { waitTogether, wordLock } from './words.ts';

export function closing(statement: MeasuredStatement): readonly Hit[] {
  return statement.locks
    .filter((lock) => blocksWrites(lock) && lock.kind !== 'index' && lock.since === statement.number)
    .map((lock) => ({ relation: lock.relation, message: `takes ${wordLock(lock)}`, advice: waitTogether(statement) }));
}
