import { setTimeout as sleep } from 'node:timers/promises';
import { withoutSigns } from './sign.ts';

/** From here on a watcher wants to know what is being waited for. */
const quiet = 5_000;

/**
 * Asks until there is an answer, and never gives up by itself: how long it takes depends on what else the machine does. What never comes
 * is ended by the runner, once nothing of the file goes on any more; by then it has been said what was waited for.
 */
export async function until<T>(what: string, ask: () => T | Promise<T>): Promise<NonNullable<Exclude<T, false>>> {
  const since = performance.now();
  for (let told = false; ; await sleep(10)) {
    const answer = await withoutSigns(ask);
    if (answer !== undefined && answer !== null && answer !== false) return answer as NonNullable<Exclude<T, false>>;
    if (told || performance.now() - since < quiet) continue;
    told = true;
    console.error(`Waiting until ${what}`);
  }
}

/** The same for what answers by itself. */
export async function settled<T>(what: string, promise: Promise<T>): Promise<T> {
  const timer = setTimeout(() => console.error(`Waiting until ${what}`), quiet);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
