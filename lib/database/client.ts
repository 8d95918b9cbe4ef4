import type { Socket } from 'node:net';
import { type Duplex, Stream } from 'node:stream';
import { UpdownError } from '../errors.ts';
import type { BoundLogin } from './channel-binding.ts';
import { createDriver, type Driver, type Login, rowSetsOf } from './driver.ts';
import { createLine, type Line } from './line.ts';
import { isPlanNotice, limitNotices, type NoticeLimit } from './notices.ts';
import { SendError } from './send-error.ts';
import type { Row, SendOptions, Session, SessionOptions } from './session.ts';

/** One way to reach one database: what a client needs besides the protocol. */
export interface Endpoint {
  readonly kind: Session['kind'];
  readonly address: string;
  readonly login: Login;
  /** Connects, and encrypts where asked. Called once. */
  open(signal: AbortSignal): Promise<Duplex>;
  /** Told before each message, where an answer is held as a whole: whether its rows are dropped. */
  begin?(dropsRows: boolean): void;
  /** Where the driver must not log in by itself: what does it, for this stream. */
  bind?(stream: Duplex): Promise<BoundLogin>;
  cancel(key: { readonly pid: number; readonly secret: Buffer }): Promise<void>;
  /** Called when the stream has closed. */
  release(): Promise<void>;
}

export interface ClientOptions extends Pick<SessionOptions, 'onNotice' | 'keepsPlans'> {
  /** Ends the attempt to log in. */
  readonly signal: AbortSignal;
}

/** Logs in on a stream that exists once; what comes back never reconnects. */
export async function openClient(
  endpoint: Endpoint,
  { onNotice, keepsPlans, signal }: ClientOptions,
): Promise<Session> {
  const stream = await endpoint.open(signal);
  const notices = limitNotices(onNotice, keepsPlans ? isPlanNotice : undefined);
  const login = await endpoint.bind?.(stream);
  const line = createLine(stream, { onNotice: notices.take, release: endpoint.release, login });
  const driver = createDriver(line.behind, endpoint.login);
  signal.addEventListener('abort', line.hangUp);
  if (signal.aborted) line.hangUp();
  try {
    await line.during(() => {
      driver.connect();
      return line.ready;
    });
    await driver.open();
  } catch (error) {
    const broken = line.dead;
    line.hangUp();
    await line.closed;
    if (!broken) throw error;
    const { LoginError } = await import('./login-error.ts');
    throw new LoginError(line.tap, stream.errored);
  } finally {
    signal.removeEventListener('abort', line.hangUp);
  }
  notices.settle();
  return createSession(endpoint, line, driver, notices);
}

function createSession(endpoint: Endpoint, line: Line, driver: Driver, notices: NoticeLimit): Session {
  let closing: Promise<void> | undefined;
  return {
    kind: endpoint.kind,
    address: endpoint.address,
    backendPid: line.tap.pid,
    parameters: line.tap.parameters,
    isInTransaction: () => line.tap.inTransaction,
    completed: () => line.tap.completed,
    send: (text, options) => during(options, () => sendChecked(line, driver, typeof text === 'string' ? [text] : text)),
    bind: async (text, values, options) =>
      (await during(options, () => bindChecked(line, driver, text, values))).flat(),
    cancel: () => endpoint.cancel(line.tap),
    close: () => {
      closing ??= close(line, driver);
      return closing;
    },
    leave: () => {
      if (closing === undefined && endpoint.kind === 'server' && !line.dead && !line.busy)
        closing = leave(line, driver);
    },
  };

  async function during(
    options: SendOptions = {},
    body: () => Promise<readonly unknown[]>,
  ): Promise<readonly (readonly Row[])[]> {
    if (line.busy) throw new UpdownError('internal', 'Two messages were sent on one session at the same time');
    line.tap.begin(options.dropsRows);
    endpoint.begin?.(options.dropsRows ?? false);
    if (closing || line.dead) throw lostError(line, 'The connection is closed', false);
    const deadline = createDeadline(options.deadlineMilliseconds, endpoint, line);
    try {
      return rowSetsOf(await line.during(body));
    } catch (error) {
      throw failure(line, error, deadline.expired());
    } finally {
      deadline.clear();
      notices.settle();
    }
  }
}

async function sendChecked(line: Line, driver: Driver, parts: readonly string[]): Promise<readonly unknown[]> {
  const isLong = parts.reduce((length, part) => length + part.length, 0) > longest;
  if (isLong) line.putNext(parts);
  const result = await driver.send(isLong ? inItsPlace : parts.join(''));
  // A COPY resolves at once, with a stream, whatever becomes of the rest of the text (F48, F49).
  if (result instanceof Stream) {
    // The library ends the stream with an error, which nobody else listens for.
    result.on('error', () => {});
    throw new CopyError('COPY from or to the client is not supported');
  }
  if (line.tap.error) throw new Error('the server reported an error');
  return result as readonly unknown[];
}

async function bindChecked(
  line: Line,
  driver: Driver,
  text: string,
  values: readonly unknown[],
): Promise<readonly unknown[]> {
  const result = await driver.bind(
    text,
    values.map((value) => (value === null ? null : String(value))),
  );
  if (line.tap.error) throw new Error('the server reported an error');
  return result as readonly unknown[];
}

/** What is longer goes around the driver. */
const longest = 1 << 20;
const inItsPlace = '-- a long query';

class CopyError extends Error {}

/** A plain SQL error leaves the session usable. After anything else it is dead, so that nothing runs in a wrong state. */
function failure(line: Line, error: unknown, timedOut: boolean): SendError {
  const { tap } = line;
  const isPlain = tap.ready && !tap.fatal && !line.dead && !(error instanceof CopyError);
  if (tap.error && isPlain) {
    return new SendError(tap.error.message, { fields: tap.error, completed: tap.completed, timedOut });
  }
  line.hangUp();
  if (error instanceof CopyError) return lostError(line, error.message, timedOut);
  return lostError(line, timedOut ? 'The server did not answer in time' : wordLoss(line), timedOut);
}

function wordLoss({ tap }: Line): string {
  return tap.garbled
    ? "What came back is not PostgreSQL's protocol, and the connection was given up"
    : 'The connection was lost';
}

function lostError({ tap, stream }: Line, message: string, timedOut: boolean): SendError {
  const fatal = tap.fatal && `${tap.fatal.code} ${tap.fatal.message}`;
  const reason = fatal ?? stream.errored?.message;
  return new SendError(reason === undefined ? message : `${message}: ${reason}`, {
    fields: tap.error,
    fatal,
    completed: tap.completed,
    lost: true,
    timedOut,
    garbled: tap.garbled,
  });
}

/** How long a cancelled statement may take to say so, and a closing connection to close. */
const cancelGraceMilliseconds = 2000;
const closeGraceMilliseconds = 1000;

interface Deadline {
  expired(): boolean;
  clear(): void;
}

const noDeadline: Deadline = { expired: () => false, clear: () => {} };

/** First asks the server to stop, so that the outcome is known; hangs up only when that brings no answer. */
function createDeadline(milliseconds: number | undefined, endpoint: Endpoint, line: Line): Deadline {
  if (milliseconds === undefined) return noDeadline;
  let expired = false;
  let timer = setTimeout(() => {
    expired = true;
    timer = setTimeout(line.hangUp, cancelGraceMilliseconds);
    endpoint.cancel(line.tap).catch(() => {});
  }, milliseconds);
  return { expired: () => expired, clear: () => clearTimeout(timer) };
}

async function leave({ stream }: Line, driver: Driver): Promise<void> {
  driver.end().catch(() => {});
  // The goodbye is with the system by then; its answer keeps no process alive.
  (stream as Partial<Socket>).unref?.();
}

async function close(line: Line, driver: Driver): Promise<void> {
  if (line.busy) line.hangUp();
  const timer = setTimeout(line.hangUp, closeGraceMilliseconds);
  if (!line.dead) await driver.end();
  await line.closed;
  clearTimeout(timer);
}
