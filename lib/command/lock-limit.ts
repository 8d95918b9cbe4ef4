import { SendError } from '../database/session.ts';
import type { Outcome } from '../run/execute.ts';
import type { Block } from '../script/block.ts';
import type { ScriptStep } from '../script/script.ts';
import type { Attempted } from './attempted.ts';

/** Until when a step may wait for a lock, by `performance.now()`; and how long, in milliseconds, each one behind it. */
export interface Patience {
  readonly until: number;
  readonly again: number;
}

/** What ends a wait for a lock, told of all that is sent. */
export interface LockLimit {
  readonly from: () => number;
  readonly call: () => void;
  readonly onSend: (step: ScriptStep | undefined, block: Block) => void;
  readonly renew: () => void;
  /** What was cancelled for that has had a lock timeout: ours, which came before the one that its text sets. */
  readonly word: (outcome: Outcome) => Outcome & Pick<Attempted, 'isOver'>;
}

/** A statement that waits for a lock is cancelled when time is up, and not only by its own lock timeout. One that works goes on. */
export function limitWaiting({ until, again }: Patience, cancel: () => void): LockLimit {
  let from = until;
  let mayCancel = false;
  let cancelled = false;
  return {
    from: () => from,
    call: () => {
      if (!mayCancel) return;
      cancelled = true;
      cancel();
    },
    onSend: (step, block) => {
      mayCancel = step === undefined || step.transactional || isApart(block);
    },
    renew: () => {
      from = performance.now() + again;
    },
    word: (outcome) => {
      const { broken } = outcome;
      const { fields, completed } = broken?.error ?? {};
      if (!cancelled || broken === undefined || fields?.code !== '57014' || broken.error.lost) return outcome;
      const timeout = { ...fields, code: '55P03', message: 'canceling statement due to lock timeout' };
      const error = new SendError(timeout.message, { fields: timeout, completed });
      return { ...outcome, broken: { ...broken, error }, isOver: true };
    },
  };
}

/** A statement of a step outside a transaction, but a build, which would be left INVALID; what only records is done at once. */
function isApart({ body }: Block): boolean {
  return body?.statements.every(({ index, trace }) => index === undefined && trace?.kind !== 'detach') ?? false;
}
