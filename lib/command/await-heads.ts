import { isUpdownError } from '../errors.ts';
import { type CommandOptions, firstTry, lastTry } from './context.ts';
import { hasHeads } from './has-heads.ts';
import { pause } from './pause.ts';
import { readStatus, type Status } from './status.ts';

export interface AwaitOptions extends CommandOptions {
  /** How long at most, in milliseconds. */
  readonly wait: number;
}

export async function awaitHeads(options: AwaitOptions): Promise<Status> {
  const deadline = performance.now() + options.wait;
  let last: Status | undefined;
  for (let attempt = 1; ; attempt++) {
    const left = () => deadline - performance.now();
    const ends = () => left() <= lastTry || options.signal?.aborted === true;
    try {
      const until = attempt === 1 ? Math.max(deadline, performance.now() + firstTry) : deadline;
      last = await readStatus(options, { until });
      if (hasHeads(last) || ends()) return last;
    } catch (error) {
      if (!isUpdownError(error) || !error.mayCome) throw error;
      // One that came too late to be answered takes back nothing of what was seen before.
      if (ends() && last !== undefined) return last;
      if (ends()) throw error;
    }
    await pause(attempt, left() - lastTry, options.signal);
  }
}
