import type { Status } from './status.ts';

/** Whether the database has all that the files hold. What is applied beyond the files is a newer version's, and no concern of this one. */
export function hasHeads({ pending, late, unfinished }: Status): boolean {
  return pending.length === 0 && late.length === 0 && unfinished.length === 0;
}
