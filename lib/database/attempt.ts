import { findMismatch } from './attributes.ts';
import { type Endpoint, openClient } from './client.ts';
import { errorOfOne, type Failure, failureOf } from './failure.ts';
import { LoginError } from './login-error.ts';
import type { Session, SessionOptions } from './session.ts';
import { type Candidate, describeCandidate, type SessionAttributes } from './target.ts';
import { TlsError } from './tls.ts';
import { type Encryption, encryptionAttempts, openTransport } from './transport.ts';

const cancelTimeoutMilliseconds = 5000;

/** A session on this host, or why there is none. */
export async function tryHost(
  candidate: Candidate,
  wanted: SessionAttributes,
  options: SessionOptions,
): Promise<Session | Failure> {
  const milliseconds = options.connectTimeoutMilliseconds ?? candidate.connectTimeoutMilliseconds;
  const deadline = new AbortController();
  const timer = milliseconds > 0 ? setTimeout(() => deadline.abort(), milliseconds) : undefined;
  let session: Session | undefined;
  try {
    session = await openBest(candidate, options, deadline.signal);
    const mismatch = await findMismatch(session, wanted, candidate, milliseconds);
    if (!mismatch) return session;
    await session.close();
    return mismatch;
  } catch (error) {
    await session?.close();
    return failureOf(error, candidate, deadline.signal.aborted ? milliseconds : undefined);
  } finally {
    clearTimeout(timer);
  }
}

async function openBest(candidate: Candidate, options: SessionOptions, signal: AbortSignal): Promise<Session> {
  const [first, second] = encryptionAttempts(candidate);
  const { onNotice } = options;
  try {
    return await openClient(createEndpoint(candidate, first!, options), { onNotice, signal });
  } catch (error) {
    if (!second || signal.aborted || !isAboutEncryption(error)) throw error;
    return await openClient(createEndpoint(candidate, second, options), { onNotice, signal });
  }
}

/** A failed handshake, or pg_hba.conf that wants this user with, or without, encryption. */
function isAboutEncryption(error: unknown): boolean {
  return error instanceof TlsError || (error instanceof LoginError && error.code === '28000');
}

function createEndpoint(candidate: Candidate, encryption: Encryption, { applicationName }: SessionOptions): Endpoint {
  // A name may stand for several addresses: a cancel has to go where the session is.
  let reached = candidate;
  return {
    kind: 'server',
    address: describeCandidate(candidate),
    login: {
      user: candidate.user,
      ...(candidate.password !== undefined && { password: candidate.password }),
      database: candidate.database,
      startup: {
        application_name: candidate.applicationName ?? applicationName,
        ...(candidate.options !== undefined && { options: candidate.options }),
      },
    },
    open: async (signal) => {
      const socket = await openTransport(candidate, encryption, signal);
      if (socket.remoteAddress !== undefined) reached = { ...candidate, address: socket.remoteAddress };
      return socket;
    },
    cancel: (key) => requestCancel(reached, encryption, key),
    release: async () => {},
  };
}

/** The server answers a CancelRequest by closing the connection it came on. */
async function requestCancel(
  candidate: Candidate,
  encryption: Encryption,
  { pid, secret }: { readonly pid: number; readonly secret: Buffer },
): Promise<void> {
  const signal = AbortSignal.timeout(cancelTimeoutMilliseconds);
  const socket = await openTransport(candidate, encryption, signal).catch((error) => {
    throw errorOfOne(failureOf(error, candidate, signal.aborted ? cancelTimeoutMilliseconds : undefined), []);
  });
  const request = Buffer.alloc(12);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(80_877_102, 4);
  request.writeInt32BE(pid, 8);
  signal.addEventListener('abort', () => socket.destroy());
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.resume().end(Buffer.concat([request, secret]));
  await closed;
}
