import type { Answer, ProxyHooks, Query, Verdict } from '../support/proxy.ts';
import type { Fault } from './schedule.ts';

/** Cuts that wait for a message to come by. */
export interface Cuts {
  readonly hooks: ProxyHooks;
  /** Resolves with whether a connection was cut in time. */
  cut(fault: Fault): Promise<boolean>;
}

const patience = 4_000;

interface Pending {
  readonly fault: Fault;
  readonly settle: (hit: boolean) => void;
}

export function createCuts(): Cuts {
  const pending = new Set<Pending>();
  const working = new Set<number>();
  return { hooks: { onQuery, onAnswer }, cut };

  function cut(fault: Fault): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (hit: boolean): void => {
        clearTimeout(timer);
        pending.delete(entry);
        resolve(hit);
      };
      const entry: Pending = { fault, settle };
      const timer = setTimeout(settle, patience, false);
      pending.add(entry);
    });
  }

  function onQuery({ connection, text }: Query): Verdict {
    if (changes.test(text)) working.add(connection);
    else working.delete(connection);
    const entry = find(connection, ({ cut }) => cut === 'before-message' || cut === 'behind-message');
    if (entry === undefined) return 'pass';
    entry.settle(true);
    return entry.fault.cut === 'before-message' ? 'drop' : 'last';
  }

  function onAnswer({ connection, query, type, text }: Answer): Verdict {
    const commits = type === 'C' && text === 'COMMIT';
    const entry = find(connection, ({ cut }) => (cut === 'in-answer' ? query > 0 : commits && cut.endsWith('-commit')));
    if (entry === undefined) return 'pass';
    entry.settle(true);
    return entry.fault.cut === 'behind-commit' ? 'last' : 'drop';
  }

  function find(connection: number, fits: (fault: Fault) => boolean): Pending | undefined {
    return [...pending].find(({ fault }) => fits(fault) && (!fault.atWork || working.has(connection)));
  }
}

/** What a step sends, beside questions. */
const changes = /CALL |CONCURRENTLY/;
