import { connect, type Socket } from 'node:net';
import type { Encryption } from '../libpq/encryption.ts';
import { type Candidate, isLocal } from '../libpq/target.ts';
import { awaitEvent } from './socket-event.ts';

/** A socket to the server, encrypted where asked, on which nothing has been said yet. */
export async function openTransport(
  candidate: Candidate,
  encryption: Encryption,
  signal: AbortSignal,
): Promise<Socket> {
  const { host, address, port, keepAliveMilliseconds } = candidate;
  const place = isLocal(candidate) ? { path: `${host}/.s.PGSQL.${port}` } : { host: address ?? host, port };
  const keepAlive = { keepAlive: keepAliveMilliseconds > 0, keepAliveInitialDelay: keepAliveMilliseconds };
  // noDelay: the last packet of a long message must not wait for the acknowledgement of the one before.
  // An error between two listeners would end the process; whoever holds the socket finds it in `socket.errored`.
  const socket = connect({ ...place, ...keepAlive, noDelay: true }).on('error', () => {});
  try {
    await awaitEvent(socket, 'connect', signal);
    if (encryption === 'off') return socket;
    const offer = await askForTls(socket, signal);
    if (offer === 'N' && encryption === 'if-offered') return socket;
    socket.pause();
    // Loaded where the server speaks it: many a local one does not.
    const { encrypt, wordOffer } = await import('./tls.ts');
    if (offer !== 'S') throw wordOffer(offer);
    return await encrypt(socket, candidate, signal);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** `S` for yes, `N` for no; anything else is an error. */
async function askForTls(socket: Socket, signal: AbortSignal): Promise<string> {
  socket.write(sslRequest);
  const answer = (await awaitEvent(socket, 'data', signal)) as Buffer;
  const offer = answer.toString('latin1', 0, 1);
  // More than one byte would be text slipped in before the encryption (CVE-2021-23222).
  return answer.length === 1 || offer === 'E' ? offer : 'early';
}
