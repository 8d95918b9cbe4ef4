import { type Emit, type Event, plural, redact, sanitizeLine } from '../index.ts';
import { LiveLine, type Output, type Pace } from './live-line.ts';
import { Seldom } from './seldom.ts';
import { nameStep, printEvent, type StepEnd, type StepStart, type Waiting } from './text/event.ts';
import type { View } from './view.ts';

export interface EventDisplay {
  readonly emit: Emit;
  /** Takes the live line away before something else is written. */
  readonly pause: () => void;
  readonly end: () => void;
}

const pace: Pace = { start: 500, again: 60_000 };

/**
 * Events as lines on stderr: one a step. What runs now is a live line on a terminal; a log, which nobody can take back, says once that it has
 * started, where it doesn't end at once, and then every minute that it is still at work.
 */
export function showEvents(stream: Output, view: View, quiet: boolean, { start, again }: Pace = pace): EventDisplay {
  return new EventLines(new LiveLine(stream, view, { quiet, start, again }), view, quiet);
}

class EventLines implements EventDisplay {
  private readonly live: LiveLine;
  private readonly view: View;
  private readonly quiet: boolean;
  private readonly steps = new Map<string, StepStart>();
  private connected: string | undefined;
  /** The database of which it was told why it is this one. */
  private asked: string | undefined;
  private scratch: string | undefined;
  /** Who was named as being in the way. */
  private named: string | undefined;
  private readonly built = new Seldom();
  private failed: StepEnd | undefined;
  /** Of a review or a verification: nothing of it is applied anywhere. */
  private aside: 'measured' | 'verified' | undefined;
  private unread = 0;
  private readonly waiting: Event[] = [];
  private coming: NodeJS.Immediate | undefined;

  constructor(live: LiveLine, view: View, quiet: boolean) {
    this.live = live;
    this.view = view;
    this.quiet = quiet;
  }

  /** Shown two moments later: in the first one the run sends its next step, and the server works while we write. */
  readonly emit: Emit = (event) => {
    this.waiting.push(event);
    this.coming ??= setImmediate(() => {
      this.coming = setImmediate(() => this.drain());
    });
  };

  readonly pause = (): void => {
    this.settle();
    // Drawn again, it would be written over what stands there.
    this.live.set(undefined);
    this.live.clear();
  };

  readonly end = (): void => {
    this.settle();
    this.tellUnread();
    this.live.end();
  };

  private settle(): void {
    this.drain();
    if (this.failed !== undefined) this.print(this.failed);
    this.failed = undefined;
  }

  private drain(): void {
    clearImmediate(this.coming);
    this.coming = undefined;
    for (const event of this.waiting.splice(0)) this.show(event);
  }

  private show(event: Event): void {
    this.follow(event);
    this.followAside(event);
    if (this.isKnown(event)) return;
    // What is tried again has not failed yet.
    if (event.kind === 'step-start') this.failed = undefined;
    if (event.kind === 'step-fail') this.failed = event;
    else if (event.kind === 'waiting') this.print(this.nameOnce(this.nameTried(event)));
    else this.print(event);
  }

  /** What runs now, in the live line. */
  private follow(event: Event): void {
    switch (event.kind) {
      case 'step-start':
        this.steps.set(event.id, event);
        this.live.set(nameLive(event));
        break;
      case 'statement':
        this.live.set(nameLive(event));
        break;
      case 'building':
      case 'working':
        this.live.add(sanitizeLine(event.words));
        break;
      case 'blocked':
        this.live.add('blocked');
        break;
      case 'unblocked':
        this.live.add(undefined);
        break;
      case 'step-end':
      case 'step-fail':
      case 'connected':
        this.live.set(undefined);
        break;
      case 'verifying':
        this.live.setTold('running the files on scratch');
        break;
      case 'generating':
        this.live.setTold(`generating ${sanitizeLine(event.message)}`);
    }
  }

  /** What is done to a throwaway database, in the place of a run. */
  private followAside(event: Event): void {
    if (event.kind === 'measuring') this.aside = 'measured';
    else if (event.kind === 'verifying') this.aside = 'verified';
    // From here on it is a run, which a throwaway database was only asked for.
    else if (event.kind === 'connected') this.aside = undefined;
  }

  private isKnown(event: Event): boolean {
    if (event.kind === 'generating') return this.view.isTerminal;
    if (event.kind === 'building') return this.view.isTerminal || this.built.isOld(event);
    if (event.kind === 'verifying') {
      const isOld = this.scratch === event.scratch;
      this.scratch = event.scratch;
      return isOld;
    }
    if (event.kind === 'passed-over') {
      const isOld = this.asked === event.database;
      this.asked = event.database;
      return isOld;
    }
    // After every wait the run connects again; once is enough to read.
    if (event.kind !== 'connected') return false;
    const isSame = this.connected === event.database;
    this.connected = event.database;
    this.asked = event.database;
    return isSame;
  }

  private print(event: Event): void {
    // What nobody reads would pile up in memory.
    if (event.kind === 'notice' && this.live.isBehind()) {
      this.unread++;
      return;
    }
    this.tellUnread();
    const text = printEvent(event, this.view, this.steps, this.aside);
    const isTold = !this.quiet || event.kind === 'notice' || event.kind === 'warning';
    if (text !== undefined && isTold) this.live.line(redact(text));
  }

  private tellUnread(): void {
    if (this.unread > 0) this.live.line(`  … and ${plural(this.unread, 'more notice')}, which nobody read in time`);
    this.unread = 0;
  }

  private nameTried(event: Waiting): Waiting {
    const again = this.failed === undefined ? '' : `; ${nameStep(this.failed, 'is tried again')}`;
    this.failed = undefined;
    return { ...event, reason: `${event.reason}${again}` };
  }

  private nameOnce(event: Waiting): Waiting {
    const { holder, ...rest } = event;
    const name = `${holder?.who} ${holder?.query}`;
    if (holder === undefined || name === this.named) return rest;
    this.named = name;
    return event;
  }
}

function nameLive(event: Extract<Event, { kind: 'step-start' | 'statement' }>): string {
  if (event.kind === 'step-start') return `${event.position}/${event.total} ${nameStep(event, event.name)}`;
  return sanitizeLine(`${event.id} ${event.position}/${event.total} ${event.label} (line ${event.line})`);
}
