import { raised } from '../ledger/refusals.ts';
import { type Broken, hasCommitted } from '../run/broken.ts';
import type { Attempted } from './attempted.ts';
import type { Context } from './context.ts';

/** Whether what stopped an attempt may be over at the next one. */
export function mayPass({ broken }: Attempted): boolean {
  return broken === undefined || isPassing(broken);
}

export interface Waiting {
  readonly attempt: number;
  /** All in milliseconds: of the wait, what is left. */
  readonly left: number;
  readonly wait: number;
}

/** Waits, where that may help and time is left; tells whether to try again. */
export async function waitsOn(context: Context, failed: Attempted, { attempt, left, wait }: Waiting): Promise<boolean> {
  if (!mayPass(failed) || left <= 0 || failed.isOver || context.signal?.aborted) return false;
  context.emit({ kind: 'waiting', reason: reasonOf(failed), attempt, leftMilliseconds: left, holder: failed.peer });
  const { pause } = await import('./pause.ts');
  const spare = left - shortestTry(wait);
  await pause(attempt, spare > 0 ? spare : left, context.signal);
  return context.signal?.aborted !== true;
}

/** What is left for the last try, in milliseconds: one that begins later would be over before it came to wait. */
function shortestTry(wait: number): number {
  return Math.min(700, wait / 8);
}

function reasonOf({ broken, busy }: Attempted): string {
  return busy ?? broken?.error.fields?.message ?? '';
}

const passing = new Set<string>([raised.busy, raised.moved, raised.unfinished, '55P03', '40P01', '40001']);

/** Busy, moved, lock timeout, deadlock, serialization: another try may find it otherwise. What others left half done, it puts first or refuses. */
function isPassing({ error }: Broken): boolean {
  return !hasCommitted(error) && passing.has(error.fields?.code ?? '');
}
