import { type Activity, type Peer, type Progress, readActivity } from '../database/activity.ts';
import type { Session } from '../database/session.ts';
import type { Emit } from './event.ts';
import { within } from './within.ts';

export interface BackendWatch {
  /** Whoever our statement waited for when last seen. */
  blocker(): Peer | undefined;
  /** The backend has answered: what it does now has only begun. */
  touch(): void;
  stop(): Promise<void>;
}

export interface Watched {
  readonly pid: number;
  readonly atOnce: boolean;
  /** When to look at the latest, in milliseconds; behind 400 at most. */
  readonly firstLook: number;
  /** Called where the backend has long been idle while we wait for its answer: the line is dead, and nothing on it says so (F9). */
  readonly onSilence: (() => void) | undefined;
  /** From when on, by `performance.now()`, our statement is not to wait for others any more; and what is called where it does. */
  readonly giveUp: { readonly from: () => number; readonly call: () => void } | undefined;
}

const blink = 400;
/** Longer than a network takes to deliver, seen several times: a process that was stopped for a while finds its answer waiting. */
const silenceSeconds = 15;
const silentLooks = 4;
/** Shorter than any lock timeout that makes sense, so that nobody is in the way unseen. */
const between = 250;
/** Before that no statement has come to wait for anything. */
const soonest = 50;
/** How long it may take to end. */
const patience = 1_500;
/** Who reads along wants to know that it is still so, not every second. */
const tellAgain = 30_000;

/**
 * Looks, from a second session, at what our backend waits for and how far its index build or other long work is; opened only where an answer takes longer than a
 * blink, or, `atOnce`, where somebody was in the way before. Its short queries hold no snapshot that a build would wait for (F17). It only informs: whatever fails here is passed over.
 */
export function watchBackend(connect: () => Promise<Session>, watched: Watched, emit: Emit): BackendWatch {
  const watch = new PollingWatch(connect, watched, emit);
  watch.start();
  return watch;
}

class PollingWatch implements BackendWatch {
  private readonly connect: () => Promise<Session>;
  private readonly watched: Watched;
  private readonly emit: Emit;
  private readonly firstLook: number;
  private session: Promise<Session> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private touched = performance.now();
  private looking = Promise.resolve();
  private stopped = false;
  private seen: Peer | undefined;
  private told = '';
  private toldAt = 0;
  private silent = 0;
  /** Since when our statement waits for a lock, by `performance.now()`. */
  private waits: number | undefined;

  constructor(connect: () => Promise<Session>, watched: Watched, emit: Emit) {
    this.connect = connect;
    this.watched = watched;
    this.emit = emit;
    this.firstLook = Math.min(blink, watched.firstLook, Math.max(this.untilLate(), soonest));
  }

  start(): void {
    this.lookIn(this.watched.atOnce ? 0 : this.firstLook);
  }

  touch(): void {
    this.touched = performance.now();
    this.unblock();
  }

  blocker(): Peer | undefined {
    return this.seen;
  }

  async stop(): Promise<void> {
    this.unblock();
    this.stopped = true;
    clearTimeout(this.timer);
    // It only informs: where it gets no answer, nobody waits for one.
    await within(patience, this.looking);
    await within(
      patience,
      this.session?.then((opened) => opened.close()).catch(() => {}),
    );
  }

  private untilLate(): number {
    const { giveUp } = this.watched;
    return giveUp === undefined ? Number.POSITIVE_INFINITY : Math.max(giveUp.from() - performance.now(), 0);
  }

  private lookIn(milliseconds: number): void {
    this.timer = setTimeout(() => this.look(), milliseconds).unref();
  }

  private look(): void {
    const { pid, atOnce } = this.watched;
    const quiet = performance.now() - this.touched;
    if (!atOnce && quiet < this.firstLook && this.untilLate() > 0) {
      this.lookIn(Math.min(this.firstLook - quiet, this.untilLate()));
      return;
    }
    this.session ??= this.connect();
    this.looking = this.session
      .then((opened) => readActivity(opened, pid))
      .then(
        (activity) => this.take(activity),
        () => {},
      )
      .then(() => {
        if (!this.stopped) this.lookIn(Math.min(between, this.untilLate() || between));
      });
  }

  private take(activity: Activity): void {
    const { blocker, idleSeconds } = activity;
    this.seen = blocker ?? this.seen;
    this.silent = idleSeconds >= silenceSeconds ? this.silent + 1 : 0;
    if (this.stopped) return;
    if (blocker !== undefined && this.untilLate() === 0) this.watched.giveUp?.call();
    if (this.silent === silentLooks) this.watched.onSilence?.();
    // Either may have ended it.
    if (!this.stopped) this.tell(activity);
  }

  private tell({ blocker, build, work, waited }: Activity): void {
    if (blocker === undefined) this.unblock();
    else this.waits ??= performance.now() - (waited ?? 0);
    const progress = build ?? work;
    const news = blocker === undefined ? progress?.words : `${blocker.who} ${blocker.query}`;
    const isOld = news === this.told && performance.now() - this.toldAt < tellAgain;
    if (news === undefined || isOld) return;
    this.told = news;
    this.toldAt = performance.now();
    if (blocker !== undefined) this.emit({ kind: 'blocked', ...blocker });
    else if (progress !== undefined) this.tellProgress(build === undefined ? 'working' : 'building', progress);
  }

  private tellProgress(kind: 'building' | 'working', progress: Progress): void {
    this.emit({ kind, pid: this.watched.pid, ...progress });
  }

  private unblock(): void {
    if (this.waits === undefined) return;
    const milliseconds = performance.now() - this.waits;
    this.waits = undefined;
    this.emit({ kind: 'unblocked', pid: this.watched.pid, milliseconds });
  }
}
