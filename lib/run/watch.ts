import { type Activity, type Peer, readActivity } from '../database/activity.ts';
import type { Session } from '../database/session.ts';
import type { Emit } from './event.ts';
import { within } from './within.ts';

export interface Watch {
  /** Whoever our statement waited for when last seen. */
  readonly blocker: () => Peer | undefined;
  /** The backend has answered: what it does now has only begun. */
  readonly touch: () => void;
  readonly stop: () => Promise<void>;
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
export function watchBackend(
  connect: () => Promise<Session>,
  { pid, atOnce, firstLook: sooner, onSilence, giveUp }: Watched,
  emit: Emit,
): Watch {
  const untilLate = (): number =>
    giveUp === undefined ? Number.POSITIVE_INFINITY : Math.max(giveUp.from() - performance.now(), 0);
  const firstLook = Math.min(blink, sooner, Math.max(untilLate(), soonest));
  let session: Promise<Session> | undefined;
  let timer = setTimeout(look, atOnce ? 0 : firstLook);
  let touched = performance.now();
  let looking = Promise.resolve();
  let stopped = false;
  let blocker: Peer | undefined;
  let told = '';
  let toldAt = 0;
  let silent = 0;
  timer.unref();

  function look(): void {
    const quiet = performance.now() - touched;
    if (!atOnce && quiet < firstLook && untilLate() > 0) {
      timer = setTimeout(look, Math.min(firstLook - quiet, untilLate())).unref();
      return;
    }
    session ??= connect();
    looking = session
      .then((opened) => readActivity(opened, pid))
      .then(tell, () => {})
      .then(() => {
        if (!stopped) timer = setTimeout(look, Math.min(between, untilLate() || between)).unref();
      });
  }

  function tell(activity: Activity): void {
    if (activity.blocker !== undefined) blocker = activity.blocker;
    if (activity.blocker !== undefined && untilLate() === 0 && !stopped) giveUp?.call();
    silent = activity.idleSeconds >= silenceSeconds ? silent + 1 : 0;
    if (silent === silentLooks && !stopped) onSilence?.();
    const { build, work } = activity;
    const news = activity.blocker === undefined ? (build ?? work) : `${activity.blocker.who} ${activity.blocker.query}`;
    const old = news === told && performance.now() - toldAt < tellAgain;
    if (news === undefined || old || stopped) return;
    told = news;
    toldAt = performance.now();
    emit(
      activity.blocker === undefined
        ? { kind: build === undefined ? 'working' : 'building', pid, words: news }
        : { kind: 'blocked', ...activity.blocker },
    );
  }

  return {
    touch: () => {
      touched = performance.now();
    },
    blocker: () => blocker,
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      // It only informs: where it gets no answer, nobody waits for one.
      await within(patience, looking);
      await within(
        patience,
        session?.then((opened) => opened.close()).catch(() => {}),
      );
    },
  };
}
