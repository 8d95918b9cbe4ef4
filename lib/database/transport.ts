import { connect, type Socket } from 'node:net';
import { awaitEvent } from './socket-event.ts';
import { type Candidate, isLocal } from './target.ts';

export type Encryption = 'off' | 'if-offered' | 'on';

/** A socket to the server, encrypted where asked, on which nothing has been said yet. */
export async function openTransport(
  candidate: Candidate,
  encryption: Encryption,
  signal: AbortSignal,
): Promise<Socket> {
  const { host, address, port, keepAliveMilliseconds } = candidate;
  const place = isLocal(candidate) ? { path: `${host}/.s.PGSQL.${port}` } : { host: address ?? host, port };
  const tls = encryption === 'off' ? undefined : await import('./tls.ts');
  const options = (await tls?.prepareTls(candidate)) ?? {};
  const keepAlive = { keepAlive: keepAliveMilliseconds > 0, keepAliveInitialDelay: keepAliveMilliseconds };
  // noDelay: the last packet of a long message must not wait for the acknowledgement of the one before.
  const socket = survive(connect({ ...place, ...keepAlive, noDelay: true }));
  try {
    await awaitEvent(socket, 'connect', signal);
    return tls === undefined ? socket : survive(await tls.encrypt(socket, options, encryption === 'on', signal));
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** libpq's order of attempts; each but the first is made only where the one before was refused for its encryption. */
export function encryptionAttempts(candidate: Candidate): readonly Encryption[] {
  const { mode } = candidate.ssl;
  if (isLocal(candidate) || mode === 'disable') return ['off'];
  if (mode === 'allow') return ['off', 'on'];
  if (mode === 'prefer') return ['if-offered', 'off'];
  return ['on'];
}

/** An error between two listeners would end the process; whoever holds the socket finds it in `socket.errored`. */
function survive(socket: Socket): Socket {
  return socket.on('error', () => {});
}
