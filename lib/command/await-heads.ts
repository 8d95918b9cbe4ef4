import { isUpdownError } from '../errors.ts';
import { plural } from '../words.ts';
import { type CommandOptions, firstTry, lastTry } from './context.ts';
import { hasHeads } from './has-heads.ts';
import { refuseInterrupted } from './interrupted.ts';
import { pause } from './pause.ts';
import { readStatus, type Status } from './status.ts';

export interface AwaitOptions extends CommandOptions {
  /** How long at most, in milliseconds. */
  readonly wait: number;
}

export async function awaitHeads(options: AwaitOptions): Promise<Status> {
  const { signal, emit = () => {} } = options;
  const deadline = performance.now() + options.wait;
  let last: Status | undefined;
  let told: string | undefined;
  for (let attempt = 1; ; attempt++) {
    const left = () => deadline - performance.now();
    let reason: string;
    try {
      const until = attempt === 1 ? Math.max(deadline, performance.now() + firstTry) : deadline;
      last = await readStatus(options, { until });
      if (hasHeads(last)) return last;
      reason = wordMissing(last);
      refuseInterrupted(signal, reason);
      if (left() <= lastTry) return last;
    } catch (error) {
      if (!isUpdownError(error) || !error.mayCome) throw error;
      reason = error.message;
      // One that came too late to be answered takes back nothing of what was seen before.
      if (left() <= lastTry && last !== undefined) return last;
      if (left() <= lastTry) throw error;
    }
    // Hundreds of tries have nothing new to say.
    if (reason !== told) emit({ kind: 'waiting', reason, attempt, leftMilliseconds: left() });
    told = reason;
    await pause(attempt, left() - lastTry, signal);
    refuseInterrupted(signal, reason);
  }
}

function wordMissing({ pending, late, unfinished }: Status): string {
  const missing = plural(pending.length + late.length, 'revision');
  if (unfinished.length === 0) return `${missing} not applied yet`;
  return `${missing} not applied yet, ${unfinished.length} unfinished`;
}
