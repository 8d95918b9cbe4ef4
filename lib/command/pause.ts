import type { Signal } from '../signal.ts';

/** Growing pauses with jitter, so that many runners do not come back at once; never past the deadline. */
export function pause(attempt: number, leftMilliseconds: number, signal: Signal | undefined): Promise<void> {
  const longest = Math.min(100 * 2 ** Math.min(attempt, 6), 5_000, Math.max(leftMilliseconds, 0));
  const milliseconds = longest / 2 + (Math.random() * longest) / 2;
  return new Promise((resolve) => {
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener('abort', end);
    function end(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    }
  });
}
