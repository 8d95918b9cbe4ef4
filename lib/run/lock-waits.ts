import type { Event } from './event.ts';

/** Adds to what ends a statement or a step how long of it was spent waiting for locks. */
export class LockWaits {
  private statement = 0;
  private step = 0;

  addTo(event: Event): Event {
    switch (event.kind) {
      case 'unblocked':
        this.statement += event.milliseconds;
        this.step += event.milliseconds;
        return event;
      case 'statement-end':
      case 'statement-fail': {
        // Of several in one message nobody knows which one waited.
        if (event.milliseconds === undefined) return event;
        const waited = this.statement;
        this.statement = 0;
        return waited === 0 ? event : { ...event, lockMilliseconds: waited };
      }
      case 'step-end':
      case 'step-fail': {
        const waited = this.step;
        this.statement = 0;
        this.step = 0;
        return waited === 0 ? event : { ...event, lockMilliseconds: waited };
      }
      default:
        return event;
    }
  }
}
