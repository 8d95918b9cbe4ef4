import { Duplex } from 'node:stream';

/** Where `dropsRows`, the answer comes without its rows. */
export type Execute = (message: Uint8Array, dropsRows?: boolean) => Promise<Uint8Array>;

/** What looks like a socket to the driver: hands over one complete frontend message at a time, and gives back the answers. */
export function bridge(execute: Execute): Duplex {
  let rest: Buffer = Buffer.alloc(0);
  // A long message comes in many pieces: they are put together when it is whole.
  let pieces: Buffer[] = [];
  let held = 0;
  let wanted = 0;
  let started = false;

  const stream = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      pieces.push(chunk);
      held += chunk.length;
      if (held < wanted) return done();
      rest = pieces.length === 1 ? chunk : Buffer.concat(pieces);
      handleAll().then(() => done(), done);
    },
    final(done) {
      stream.push(null);
      done();
    },
  });
  return Object.defineProperties(stream, {
    readyState: { get: () => (stream.destroyed || stream.writableEnded ? 'closed' : 'open') },
    setKeepAlive: { value: () => stream },
  });

  async function handleAll(): Promise<void> {
    for (let message = next(); message; message = next()) {
      if (message[0] === terminate && started) return;
      stream.push(Buffer.from(await execute(message)));
      started = true;
    }
    pieces = [rest];
    held = rest.length;
  }

  /** The start-up message alone has no type byte before its length. */
  function next(): Buffer | undefined {
    const head = started ? 1 : 0;
    wanted = 0;
    if (rest.length < head + 4) return undefined;
    const length = head + rest.readUInt32BE(head);
    wanted = length;
    if (rest.length < length) return undefined;
    const message = rest.subarray(0, length);
    rest = rest.subarray(length);
    return message;
  }
}

const terminate = 'X'.charCodeAt(0);

export function simpleQuery(text: string): Buffer {
  const body = Buffer.from(`${text}\0`);
  const head = Buffer.from('Q\0\0\0\0');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
