import type { Duplex } from 'node:stream';

/** A stream as the driver sees it: all is the stream's own, but what it reads is handed to it piece by piece. */
export interface Outlet {
  readonly stream: Duplex;
  readonly pass: (piece: Buffer) => void;
}

type Listener = (...values: unknown[]) => void;

export function createOutlet(source: Duplex): Outlet {
  const readers = new Set<Listener>();
  const own: Record<string, (event: string, listener: Listener) => unknown> = {
    on: (event, listener) => (event === 'data' ? readers.add(listener) : source.on(event, listener)),
    removeListener: (event, listener) =>
      event === 'data' ? readers.delete(listener) : source.removeListener(event, listener),
  };
  const stream = new Proxy(source, {
    get: (target, name) => {
      const value = own[name as string] ?? Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return {
    stream,
    pass: (piece) => {
      for (const read of readers) read(piece);
    },
  };
}
