import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface Delay {
  readonly port: number;
  close(): void;
}

/** A way to a port on loopback that is as long as a network's: every byte arrives half a round trip later, in order. */
export async function startDelay(port: number, roundTripMilliseconds: number): Promise<Delay> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const upstream = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
    for (const socket of [client, upstream]) open.add(socket.once('close', () => open.delete(socket)));
    // On a real way the handshake takes a round trip, too, before the client may speak.
    carry(client, upstream, roundTripMilliseconds / 2, performance.now() + roundTripMilliseconds);
    carry(upstream, client, roundTripMilliseconds / 2, 0);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as { port: number }).port,
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

interface Parcel {
  readonly due: number;
  readonly deliver: () => void;
}

/** Timers count whole milliseconds: what is due by half of one is delivered, so that the delay is right on average. */
const tolerance = 0.5;

function carry(from: Socket, to: Socket, milliseconds: number, opensAt: number): void {
  const way: Parcel[] = [];
  let waiting = false;

  from.on('data', (chunk: Buffer) => send(() => to.write(chunk)));
  from.on('end', () => send(() => to.end()));
  from.on('error', () => {});
  from.on('close', () => {
    if (!from.readableEnded) send(() => to.destroy());
  });

  function send(deliver: () => void): void {
    way.push({ due: Math.max(performance.now(), opensAt) + milliseconds, deliver });
    wait();
  }

  function wait(): void {
    if (way[0] === undefined || waiting) return;
    waiting = true;
    setTimeout(arrive, way[0].due - performance.now());
  }

  function arrive(): void {
    waiting = false;
    const due = performance.now() + tolerance;
    while (way[0] !== undefined && way[0].due <= due) way.shift()!.deliver();
    wait();
  }
}
