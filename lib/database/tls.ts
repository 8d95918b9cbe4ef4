import { readFile } from 'node:fs/promises';
import { isIP, type Socket } from 'node:net';
import { homedir } from 'node:os';
import { type ConnectionOptions, connect } from 'node:tls';
import { UpdownError } from '../errors.ts';
import { awaitEvent } from './socket-event.ts';
import type { ServerTarget, Ssl } from './target.ts';

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
  target: ServerTarget,
  required: boolean,
  signal: AbortSignal,
): Promise<Socket> {
  const options = await tlsOptions(target);
  const offer = await askForTls(socket, signal);
  if (offer === 'S') return handshake(socket, options, signal);
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
  const secure = connect({ ...options, socket });
  try {
    await awaitEvent(secure, 'secureConnect', signal);
  } catch (error) {
    if (signal.aborted) throw error;
    throw new TlsError((error as Error).message, (error as NodeJS.ErrnoException).code);
  }
  return secure;
}

async function tlsOptions({ host, ssl }: ServerTarget): Promise<ConnectionOptions> {
  const rootCert = await readRootCert(ssl);
  // As libpq: "require" with a root certificate at hand verifies it.
  const verifies = ssl.mode.startsWith('verify') || (ssl.mode === 'require' && rootCert !== undefined);
  return {
    host,
    ...(isIP(host) === 0 && { servername: host }),
    ...(rootCert && { ca: rootCert }),
    ...(ssl.cert !== undefined && { cert: await readPem(ssl.cert, 'sslcert') }),
    ...(ssl.key !== undefined && { key: await readPem(ssl.key, 'sslkey') }),
    rejectUnauthorized: verifies,
    ...(ssl.mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
  };
}

async function readRootCert({ mode, rootCert }: Ssl): Promise<Buffer | undefined> {
  if (rootCert === 'system') return undefined;
  if (rootCert !== undefined) return readPem(rootCert, 'sslrootcert');
  if (!mode.startsWith('verify')) return undefined;
  return readPem(`${homedir()}/.postgresql/root.crt`, 'sslrootcert');
}

async function readPem(path: string, parameter: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch {
    throw new UpdownError('config', `The file "${path}" (${parameter}) cannot be read`, {
      hint:
        parameter === 'sslrootcert'
          ? "Give sslrootcert the path of the authority's certificate, or sslrootcert=system for the public ones."
          : `Give ${parameter} the path of a PEM file.`,
    });
  }
}
