import type { Event } from '../index.ts';

type Told = Extract<Event, { kind: 'building' | 'working' }>;

const tellAgain = 30_000;

/** How far long work is changes four times a second: a log takes a line for each phase, and one now and then. */
export class Seldom {
  private phase: string | undefined;
  private at = 0;

  isOld({ kind, command, phase }: Told): boolean {
    const work = `${kind} ${command} ${phase}`;
    if (work === this.phase && performance.now() - this.at < tellAgain) return true;
    this.phase = work;
    this.at = performance.now();
    return false;
  }
}
