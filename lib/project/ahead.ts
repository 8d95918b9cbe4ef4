import type { Project } from './load.ts';

/** How many files are read before whatever else is going on gets its turn. */
const atOnce = 40;

/**
 * Reads every up.sql while a server is asked what it has applied: each applied one is compared with its file anyway. What can't be read is
 * left to whoever needs it, to say so in its place.
 */
export async function readAhead({ graph, read }: Project): Promise<void> {
  for (const [index, id] of graph.order.entries()) {
    if (index % atOnce === 0) await new Promise((resolve) => setImmediate(resolve));
    try {
      read(id, 'up');
    } catch {
      return;
    }
  }
}
