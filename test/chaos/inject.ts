import { insist } from './ask.ts';
import { pause } from './fleet.ts';
import { inflict, type Scene } from './inflict.ts';
import { describeStall, watchProgress } from './progress.ts';
import { allKinds, type FaultKind, scheduleFaults } from './schedule.ts';

export interface StormOptions {
  readonly seed: number;
  /** From so many on they come more slowly, and the work goes faster. */
  readonly faults: number;
  readonly pooled: boolean;
}

/** So many faults may come before something was done in between. */
const atOnce = 8;

export interface Injected {
  readonly hits: ReadonlyMap<FaultKind, number>;
  /** Set where nothing went on any more. */
  readonly stuck?: string;
}

/** One after the other until the work is done, however many that are. */
export async function injectFaults({ seed, faults, pooled }: StormOptions, scene: Scene): Promise<Injected> {
  const hits = new Map<FaultKind, number>();
  const under = new Set<Promise<void>>();
  const progress = watchProgress(scene.url, scene.fleet);
  let done = false;
  let total = 0;
  void scene.fleet.done.then(() => {
    done = true;
  });
  for (const fault of scheduleFaults(seed, pooled ? { ...allKinds, lock: 4 } : allKinds)) {
    // Once there were enough, the rest of the work must get through between them.
    await pause(total < faults ? fault.after : 4 * fault.after);
    // On a slow machine nobody would live long enough to do anything.
    while (!done && progress.idle(atOnce) && !progress.stalled()) await pause(100);
    if (done || progress.stalled()) break;
    progress.disturb();
    const hit = inflict(fault, scene).then((was) => {
      if (!was) return;
      hits.set(fault.kind, (hits.get(fault.kind) ?? 0) + 1);
      // Enough: the rest of the work need not be slow any more.
      if (++total === faults) void insist(scene.url, 'UPDATE pace SET seconds = 0.02');
    });
    under.add(hit);
    if (fault.kind === 'restart') await hit;
  }
  const stuck = progress.stalled() ? await describeStall(scene) : undefined;
  progress.stop();
  await Promise.all(under);
  return { hits, ...(stuck === undefined ? {} : { stuck }) };
}
