import { connect, type Socket } from 'node:net';
import { awaitEvent } from './socket-event.ts';
import type { ServerTarget } from './target.ts';
import { encrypt } from './tls.ts';

export type Encryption = 'off' | 'if-offered' | 'on';

/** A socket to the server, encrypted where asked, on which nothing has been said yet. */
export async function openTransport(
  target: ServerTarget,
  encryption: Encryption,
  signal: AbortSignal,
): Promise<Socket> {
  const address = target.host.startsWith('/')
    ? { path: `${target.host}/.s.PGSQL.${target.port}` }
    : { host: target.host, port: target.port };
  // noDelay: the last packet of a long message must not wait for the acknowledgement of the one before.
  const socket = survive(connect({ ...address, noDelay: true }));
  try {
    await awaitEvent(socket, 'connect', signal);
    return encryption === 'off' ? socket : survive(await encrypt(socket, target, encryption === 'on', signal));
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** libpq's order of attempts; each but the first is made only where the one before was refused for its encryption. */
export function encryptionAttempts(target: ServerTarget): readonly Encryption[] {
  const { mode } = target.ssl;
  if (target.host.startsWith('/') || mode === 'disable') return ['off'];
  if (mode === 'allow') return ['off', 'on'];
  if (mode === 'prefer') return ['if-offered', 'off'];
  return ['on'];
}

/** An error between two listeners would end the process; whoever holds the socket finds it in `socket.errored`. */
function survive(socket: Socket): Socket {
  return socket.on('error', () => {});
}
