import type { Socket } from 'node:net';
import { type ConnectionOptions, connect } from 'node:tls';
import type { Candidate } from '../libpq/target.ts';
import { prepareTls } from '../libpq/tls.ts';
import { awaitEvent } from './socket-event.ts';

/** The server would not encrypt, or its certificate would not do. */
export class TlsError extends Error {
  override readonly name: string = 'TlsError';
  readonly code: string | undefined;

  constructor(message: string, code?: string) {
    super(message);
    this.code = code;
  }
}

/** Why there is no encryption, where the server's answer was not yes. */
export function wordOffer(offer: string): TlsError {
  if (offer === 'N') return new TlsError('the server does not offer TLS');
  return new TlsError(
    offer === 'early'
      ? 'the server sent data before the TLS handshake'
      : 'the server answered the request for TLS with an error',
  );
}

/** Starts TLS here rather than in the driver, which would take the tap off the socket. */
export async function encrypt(socket: Socket, candidate: Candidate, signal: AbortSignal): Promise<Socket> {
  const options = await prepareTls(candidate);
  // Nobody listened while the files were read.
  if (socket.destroyed) throw new TlsError('the connection was closed', 'ECONNRESET');
  return handshake(socket, options, signal);
}

async function handshake(socket: Socket, options: ConnectionOptions, signal: AbortSignal): Promise<Socket> {
  const secure = startTls(options, socket);
  try {
    await awaitEvent(secure, 'secureConnect', signal);
  } catch (failure) {
    if (signal.aborted) throw failure;
    const error = secure.errored ?? failure;
    throw new TlsError((error as Error).message, (error as NodeJS.ErrnoException).code);
  }
  return secure;
}

/**
 * A key or certificate that OpenSSL can't read makes it throw at once. What goes wrong before anybody waits is found in
 * `errored`: without a listener from the first moment on it would end the process.
 */
function startTls(options: ConnectionOptions, socket: Socket): Socket {
  try {
    return connect({ ...options, socket }).on('error', () => {});
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    throw new TlsError(`a certificate, key or list of revoked ones is of no use: ${message}`, code);
  }
}
