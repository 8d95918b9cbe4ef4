import { UpdownError } from '../errors.ts';
import type { Signal } from '../signal.ts';

/** Ends a command that was asked to end while it waited; `why` is what it waited for, as of the last try. */
export function refuseInterrupted(signal: Signal | undefined, why: string): void {
  if (signal?.aborted !== true) return;
  throw new UpdownError('interrupted', 'Interrupted while it waited for another try', {
    hint: 'Run the command again to go on.',
    notes: [why],
  });
}
