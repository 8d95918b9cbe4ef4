import type { Duplex } from 'node:stream';
import type { BoundLogin } from './channel-binding.ts';
import { createOutlet } from './outlet.ts';
import type { ServerMessage } from './server-message.ts';
import { createTap, type Tap } from './tap.ts';

/** The stream to the server with the tap on it. Nothing that waits on it hangs when it dies. */
export interface Line {
  readonly stream: Duplex;
  /** What the driver takes for the stream: it reads behind the tap. */
  readonly behind: Duplex;
  /** What the driver sends next is this. */
  readonly putNext: (query: readonly string[]) => void;
  readonly tap: Tap;
  readonly dead: boolean;
  readonly busy: boolean;
  /** Settles as `start` does, or rejects as soon as the stream has closed: the driver's promise alone might not (F4, F50). */
  during<T>(start: () => PromiseLike<T>): Promise<T>;
  /** Resolves with the first ReadyForQuery. */
  readonly ready: Promise<void>;
  /** Resolves when the stream has closed and `release` is done. */
  readonly closed: Promise<void>;
  hangUp(): void;
}

export interface LineEvents {
  readonly onNotice: (notice: ServerMessage) => void;
  readonly release: () => Promise<void>;
  /** Logs in instead of the driver. */
  readonly login?: BoundLogin | undefined;
}

export function createLine(stream: Duplex, { onNotice, release, login }: LineEvents): Line {
  let interrupt: ((error: Error) => void) | undefined;
  let becomeReady = (): void => {};
  const ready = new Promise<void>((resolve) => {
    becomeReady = resolve;
  });
  const hangUp = (): void => void stream.destroy();
  const behind = createOutlet(stream);
  const bound = login && { login, send: (message: Buffer) => void stream.write(message) };
  const tap = createTap({ onReady: () => becomeReady(), onNotice, onHopeless: hangUp, onPass: behind.pass, bound });
  const closed = new Promise<void>((resolve) => {
    const end = (): void => {
      interrupt?.(new Error('the connection was closed'));
      resolve(release());
    };
    // The other side may have hung up already.
    if (stream.closed) end();
    else stream.once('close', end);
  });
  // Without a listener of our own an error after the driver let go would end the process.
  stream.on('error', () => {});
  stream.on('data', tap.read);

  return {
    stream,
    behind: behind.stream,
    putNext: behind.putNext,
    tap,
    ready,
    closed,
    hangUp,
    during,
    get dead() {
      return stream.destroyed;
    },
    get busy() {
      return interrupt !== undefined;
    },
  };

  function during<T>(start: () => PromiseLike<T>): Promise<T> {
    const waiting = new Promise<T>((resolve, reject) => {
      interrupt = reject;
      if (stream.destroyed) reject(new Error('the connection was closed'));
      else start().then(resolve, reject);
    });
    return waiting.finally(() => {
      interrupt = undefined;
    });
  }
}
