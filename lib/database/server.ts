import { UpdownError } from '../errors.ts';
import { type Endpoint, openClient } from './client.ts';
import { explainFailure } from './failure.ts';
import { LoginError } from './login-error.ts';
import { readPassfile } from './passfile.ts';
import type { Session, SessionOptions } from './session.ts';
import { describeTarget, type ServerTarget } from './target.ts';
import { TlsError } from './tls.ts';
import { type Encryption, encryptionAttempts, openTransport } from './transport.ts';

const cancelTimeoutMilliseconds = 5000;

/** A session on a server over TCP or a unix socket. */
export async function openServer(target: ServerTarget, options: SessionOptions): Promise<Session> {
  const complete = await withPassword(target, options);
  const milliseconds = options.connectTimeoutMilliseconds ?? target.connectTimeoutMilliseconds;
  const deadline = new AbortController();
  const timer = milliseconds > 0 ? setTimeout(() => deadline.abort(), milliseconds) : undefined;
  try {
    const session = await openBest(complete, options, deadline.signal);
    await requireAttributes(session, target);
    return session;
  } catch (error) {
    throw explainFailure(error, complete, deadline.signal.aborted ? milliseconds : undefined);
  } finally {
    clearTimeout(timer);
  }
}

async function withPassword(target: ServerTarget, { onNotice }: SessionOptions): Promise<ServerTarget> {
  if (target.password !== undefined) return target;
  const { password, warning } = await readPassfile(target);
  if (warning !== undefined) onNotice({ severity: 'WARNING', code: '01000', message: warning });
  return password === undefined ? target : { ...target, password };
}

async function openBest(target: ServerTarget, options: SessionOptions, signal: AbortSignal): Promise<Session> {
  const [first, second] = encryptionAttempts(target);
  try {
    return await openClient(createEndpoint(target, first!, options), { onNotice: options.onNotice, signal });
  } catch (error) {
    if (!second || signal.aborted || !isAboutEncryption(error)) throw error;
    return await openClient(createEndpoint(target, second, options), { onNotice: options.onNotice, signal });
  }
}

/** A failed handshake, or pg_hba.conf that wants this user with, or without, encryption. */
function isAboutEncryption(error: unknown): boolean {
  return error instanceof TlsError || (error instanceof LoginError && error.code === '28000');
}

function createEndpoint(target: ServerTarget, encryption: Encryption, { applicationName }: SessionOptions): Endpoint {
  return {
    kind: 'server',
    login: {
      user: target.user,
      ...(target.password !== undefined && { password: target.password }),
      database: target.database,
      startup: {
        application_name: target.applicationName ?? applicationName,
        ...(target.options !== undefined && { options: target.options }),
      },
    },
    open: (signal) => openTransport(target, encryption, signal),
    cancel: (key) => requestCancel(target, encryption, key),
    release: async () => {},
  };
}

/** The server answers a CancelRequest by closing the connection it came on. */
async function requestCancel(
  target: ServerTarget,
  encryption: Encryption,
  { pid, secret }: { readonly pid: number; readonly secret: Buffer },
): Promise<void> {
  const signal = AbortSignal.timeout(cancelTimeoutMilliseconds);
  const socket = await openTransport(target, encryption, signal).catch((error) => {
    throw explainFailure(error, target, signal.aborted ? cancelTimeoutMilliseconds : undefined);
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

async function requireAttributes(session: Session, target: ServerTarget): Promise<void> {
  const wanted = target.sessionAttributes;
  if (wanted === 'any' || wanted === 'prefer-standby') return;
  const rows = await session.send('SELECT pg_catalog.pg_is_in_recovery() AS standby; SHOW transaction_read_only');
  const standby = rows[0]![0]!.standby === 't';
  const readOnly = rows[1]![0]!.transaction_read_only === 'on';
  const fits = { 'read-write': !readOnly, 'read-only': readOnly, primary: !standby, standby };
  if (fits[wanted]) return;
  await session.close();
  throw new UpdownError(
    'read-only',
    `${describeTarget(target)} is ${standby ? 'a standby' : readOnly ? 'read-only' : 'a primary that takes writes'}`,
    {
      hint: `The url asks for target_session_attrs=${wanted}. Name another server.`,
    },
  );
}
