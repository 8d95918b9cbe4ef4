import { isUpdownError } from '../errors.ts';
import type { CommandOptions } from './context.ts';
import { pause } from './pause.ts';
import { type Status, status } from './status.ts';

export interface AwaitOptions extends CommandOptions {
  /** How long at most, in milliseconds. */
  readonly wait: number;
}

/** Looks again and again until the database has all that the files hold, or time is up: for instances that must not migrate themselves. Also waits for a server that is not there yet. */
export async function awaitHeads(options: AwaitOptions): Promise<Status> {
  const deadline = performance.now() + options.wait;
  for (let attempt = 1; ; attempt++) {
    const left = () => deadline - performance.now();
    const ends = () => left() <= 0 || options.signal?.aborted === true;
    try {
      const found = await status({ ...options, connectTimeout: Math.max(left(), shortest) });
      if (hasHeads(found) || ends()) return found;
    } catch (error) {
      if (!isUpdownError(error) || !error.mayCome || ends()) throw error;
    }
    await pause(attempt, left(), options.signal);
  }
}

/** In milliseconds: one that is there answers within. */
const shortest = 500;

/** What is applied beyond the files is a newer version's, and no concern of this one. */
export function hasHeads({ pending, late, unfinished }: Status): boolean {
  return pending.length === 0 && late.length === 0 && unfinished.length === 0;
}
