import type { Duplex } from 'node:stream';
import { slicesOf } from '../sql/slices.ts';

/** A stream as the driver sees it: all is the stream's own, but what it reads is handed to it piece by piece. */
export interface Outlet {
  readonly stream: Duplex;
  readonly pass: (piece: Buffer) => void;
  /** Sends this query in the place of the next message: of a long text the driver would hold several copies. */
  readonly putNext: (query: readonly string[]) => void;
}

type Listener = (...values: unknown[]) => void;
type Method = (...values: never[]) => unknown;

export function createOutlet(source: Duplex): Outlet {
  const readers = new Set<Listener>();
  let next: readonly string[] | undefined;
  const own: Record<string, Method> = {
    on: (event: string, listener: Listener) => (event === 'data' ? readers.add(listener) : source.on(event, listener)),
    removeListener: (event: string, listener: Listener) =>
      event === 'data' ? readers.delete(listener) : source.removeListener(event, listener),
    write: (chunk: Buffer, done?: () => void) => {
      if (next === undefined) return source.write(chunk, done);
      const query = next;
      next = undefined;
      void writeQuery(source, query).then(done);
      return true;
    },
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
    putNext: (query) => {
      next = query;
    },
  };
}

/** Slice by slice, as the server takes it. */
async function writeQuery(stream: Duplex, query: readonly string[]): Promise<void> {
  const head = Buffer.from('Q\0\0\0\0');
  head.writeUInt32BE(
    query.reduce((length, part) => length + Buffer.byteLength(part), 5),
    1,
  );
  stream.write(head);
  for (const slice of slicesOf(query)) {
    if (stream.destroyed) return;
    if (!stream.write(slice)) await drained(stream);
  }
  if (!stream.destroyed) stream.write('\0');
}

function drained(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const goOn = (): void => {
      stream.off('drain', goOn).off('close', goOn);
      resolve();
    };
    stream.on('drain', goOn).on('close', goOn);
  });
}
