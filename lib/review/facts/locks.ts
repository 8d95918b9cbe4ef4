import { type Lock, lockModes } from '../effects.ts';
import type { MeasuredStatement } from '../measured.ts';

/** Whether writes wait for it. */
export function blocksWrites({ mode }: Lock): boolean {
  return lockModes.indexOf(mode) >= lockModes.indexOf('SHARE');
}

/** The strongest lock on this relation, where others wait for it. */
export function blockOn(statement: MeasuredStatement, relation: string | undefined): Lock | undefined {
  return statement.locks.find((lock) => lock.relation === relation && blocksWrites(lock));
}
