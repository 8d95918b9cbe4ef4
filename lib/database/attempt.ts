import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { type Encryption, encryptionAttempts } from '../libpq/encryption.ts';
import { type Candidate, describeCandidate, type SessionAttributes } from '../libpq/target.ts';
import type { BoundLogin } from './channel-binding.ts';
import { type Endpoint, openClient } from './client.ts';
import { refuseEngine } from './engine.ts';
import type { Failure } from './failure.ts';
import type { Session, SessionOptions } from './session.ts';
import { openTransport } from './transport.ts';

const cancelTimeoutMilliseconds = 5000;

// What is needed only when something goes wrong is loaded then: a run that finds nothing to do is mostly start-up.
const loadFailure = (): Promise<typeof import('./failure.ts')> => import('./failure.ts');

/** A session on this host, or why there is none. */
export async function tryHost(
  candidate: Candidate,
  wanted: SessionAttributes,
  options: SessionOptions,
): Promise<Session | Failure> {
  const milliseconds = limitOf(options.connectTimeoutMilliseconds ?? candidate.connectTimeoutMilliseconds, options);
  const deadline = new AbortController();
  const timer = milliseconds > 0 ? setTimeout(() => deadline.abort(), milliseconds) : undefined;
  let session: Session | undefined;
  try {
    session = await openBest(candidate, options, deadline.signal);
    refuseEngine(session, candidate.host);
    if (wanted === 'any' || wanted === 'prefer-standby') return session;
    const { findMismatch } = await import('./attributes.ts');
    const mismatch = await findMismatch(session, wanted, candidate, milliseconds);
    if (!mismatch) return session;
    await session.close();
    return mismatch;
  } catch (error) {
    await session?.close();
    const { failureOf } = await loadFailure();
    return failureOf(error, candidate, deadline.signal.aborted ? milliseconds : undefined);
  } finally {
    clearTimeout(timer);
  }
}

/** 0 is none. */
function limitOf(own: number, { connectUntil }: SessionOptions): number {
  if (connectUntil === undefined) return own;
  const left = Math.max(1, Math.ceil(connectUntil - performance.now()));
  return own > 0 ? Math.min(own, left) : left;
}

async function openBest(candidate: Candidate, options: SessionOptions, signal: AbortSignal): Promise<Session> {
  const [first, second] = encryptionAttempts(candidate);
  const { onNotice, keepsPlans = false } = options;
  try {
    return await openClient(createEndpoint(candidate, first!, options), { onNotice, keepsPlans, signal });
  } catch (error) {
    if (!second || signal.aborted || !(await loadFailure()).isAboutEncryption(error)) throw error;
    return await openClient(createEndpoint(candidate, second, options), { onNotice, keepsPlans, signal });
  }
}

function createEndpoint(
  candidate: Candidate,
  encryption: Encryption,
  { applicationName, onWaiting }: SessionOptions,
): Endpoint {
  // A name may stand for several addresses: a cancel has to go where the session is.
  let reached = candidate;
  return {
    kind: 'server',
    address: describeCandidate(candidate),
    login: {
      user: candidate.user,
      password: candidate.password,
      database: candidate.database,
      startup: {
        application_name: candidate.applicationName ?? applicationName,
        ...(candidate.options !== undefined && { options: candidate.options }),
      },
    },
    open: async (signal) => {
      const opening = openTransport(candidate, encryption, signal);
      onWaiting?.();
      const socket = await opening;
      if (socket.remoteAddress !== undefined) reached = { ...candidate, address: socket.remoteAddress };
      return socket;
    },
    ...(candidate.ssl.bindsChannel && { bind: (stream) => bindTo(stream, candidate) }),
    cancel: (key) => requestCancel(reached, encryption, key),
    release: async () => {},
  };
}

async function bindTo(stream: Duplex, { password = '' }: Candidate): Promise<BoundLogin> {
  const { createBoundLogin } = await import('./channel-binding.ts');
  return createBoundLogin(password, (stream as Partial<TLSSocket>).getPeerCertificate?.().raw);
}

/** The server answers a CancelRequest by closing the connection it came on. */
async function requestCancel(
  candidate: Candidate,
  encryption: Encryption,
  { pid, secret }: { readonly pid: number; readonly secret: Buffer },
): Promise<void> {
  const signal = AbortSignal.timeout(cancelTimeoutMilliseconds);
  const socket = await openTransport(candidate, encryption, signal).catch(async (error) => {
    const { errorOfOne, failureOf } = await loadFailure();
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
