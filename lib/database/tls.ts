import { isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect } from 'node:tls';
import { readCertificates } from './certificate.ts';
import { awaitEvent } from './socket-event.ts';
import type { Candidate } from './target.ts';

/** The server would not encrypt, or its certificate would not do. */
export class TlsError extends Error {
  override readonly name: string = 'TlsError';
  readonly code: string | undefined;

  constructor(message: string, code?: string) {
    super(message);
    this.code = code;
  }
}

const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/**
 * Asks for TLS and starts it here rather than in the driver, which would take the tap off the socket. Where TLS is not
 * `required` and not offered, the plain socket comes back.
 */
export async function encrypt(
  socket: Socket,
  options: ConnectionOptions | Error,
  required: boolean,
  signal: AbortSignal,
): Promise<Socket> {
  const offer = await askForTls(socket, signal);
  if (offer === 'S' && options instanceof Error) throw options;
  if (offer === 'S') return handshake(socket, options as ConnectionOptions, signal);
  if (offer === 'N' && !required) return socket;
  socket.destroy();
  throw new TlsError(
    offer === 'N' ? 'the server does not offer TLS' : 'the server answered the request for TLS with an error',
  );
}

async function askForTls(socket: Socket, signal: AbortSignal): Promise<string> {
  socket.write(sslRequest);
  const answer = (await awaitEvent(socket, 'data', signal)) as Buffer;
  const offer = String.fromCharCode(answer[0]!);
  // More than one byte would be text slipped in before the encryption (CVE-2021-23222).
  if (answer.length === 1 || offer === 'E') return offer;
  socket.destroy();
  throw new TlsError('the server sent data before the TLS handshake');
}

async function handshake(socket: Socket, options: ConnectionOptions, signal: AbortSignal): Promise<Socket> {
  const secure = startTls(options, socket);
  try {
    await awaitEvent(secure, 'secureConnect', signal);
  } catch (error) {
    if (signal.aborted) throw error;
    throw new TlsError((error as Error).message, (error as NodeJS.ErrnoException).code);
  }
  return secure;
}

/** A key or certificate that OpenSSL can't read makes it throw at once. */
function startTls(options: ConnectionOptions, socket: Socket): Socket {
  try {
    return connect({ ...options, socket });
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    throw new TlsError(`a certificate, key or list of revoked ones is of no use: ${message}`, code);
  }
}

/** Read before connecting: a socket must not close while nobody listens. A fault in them counts only where TLS comes about. */
export async function prepareTls(candidate: Candidate): Promise<ConnectionOptions | Error> {
  const { host, ssl } = candidate;
  const certificates = await readCertificates(candidate).catch((error: Error) => error);
  if (certificates instanceof Error) return certificates;
  return {
    ...certificates,
    host,
    ...(isIP(host) === 0 && !ssl.hidesHost && { servername: host }),
    ...(ssl.minVersion && { minVersion: ssl.minVersion }),
    ...(ssl.maxVersion && { maxVersion: ssl.maxVersion }),
    ...(ssl.mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
  };
}
