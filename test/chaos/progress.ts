import { giveSign } from '../support/sign.ts';
import { tryAsk } from './ask.ts';
import type { Fleet } from './fleet.ts';
import type { Scene } from './inflict.ts';

/** Neither a step done nor a runner that ended: on a slow machine both only take longer. */
const stall = 120_000;
/** So many runners that end without one step done in between would go on like that. */
const fruitless = 60;

export interface Progress {
  /** Counts one more fault since something was done. */
  disturb(): void;
  /** Whether there were so many. */
  idle(faults: number): boolean;
  stalled(): boolean;
  stop(): void;
}

/** What the journal says of it, as long as the server answers. */
export function watchProgress(url: string, { attempts }: Pick<Fleet, 'attempts'>): Progress {
  let last = 0;
  let ended = 0;
  let endedBefore = 0;
  let disturbed = 0;
  let since = performance.now();
  const timer = setInterval(async () => {
    const rows = await tryAsk(
      url,
      "SELECT count(*)::int AS count FROM updown.journal WHERE event IN ('up', 'progress')",
    );
    const count = Number(rows?.[0]?.count ?? 0);
    if (attempts.length > ended) [ended, since] = [attempts.length, performance.now()];
    if (count <= last) return;
    [last, since, disturbed, endedBefore] = [count, performance.now(), 0, attempts.length];
    giveSign();
  }, 500);
  return {
    disturb: () => void disturbed++,
    idle: (faults) => disturbed >= faults,
    stalled: () => performance.now() - since > stall || ended - endedBefore > fruitless,
    stop: () => clearInterval(timer),
  };
}

export async function describeStall({ url, fleet: { attempts } }: Scene): Promise<string> {
  const sessions = await tryAsk(
    url,
    'SELECT pid, application_name, state, wait_event_type, wait_event, left(query, 120) AS query FROM pg_stat_activity',
  );
  const unfinished = await tryAsk(url, 'SELECT * FROM updown.unfinished');
  const said = attempts.slice(-3).map(({ stderr }) => stderr.trimEnd());
  return ['nothing went on any more', JSON.stringify({ unfinished, sessions }, undefined, 1), ...said].join('\n');
}
