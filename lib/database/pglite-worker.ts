import { parentPort, workerData } from 'node:worker_threads';
import { type Instance, openInstance, type Shared } from './pglite-instance.ts';

export interface Question {
  readonly message: Uint8Array;
  readonly dropsRows: boolean;
}

export interface Start extends Shared {
  readonly extensions: readonly string[];
}

/** What `pglite-apart.ts` hears: first `ready`, then an answer for each message. */
export type Answer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'data'; readonly data: Uint8Array }
  | { readonly kind: 'failed'; readonly reason: string };

const port = parentPort!;

function answer(value: Answer): void {
  port.postMessage(value);
}

function fail(error: unknown): void {
  // Its file system throws what is no Error.
  answer({ kind: 'failed', reason: error instanceof Error ? error.message : JSON.stringify(error) });
}

async function serve(instance: Instance, { message, dropsRows }: Question): Promise<void> {
  try {
    answer({ kind: 'data', data: await instance.execute(message, dropsRows) });
  } catch (error) {
    fail(error);
  }
}

try {
  const { extensions, ...shared } = workerData as Start;
  const instance = await openInstance(undefined, extensions, shared);
  port.on('message', (question: Question) => void serve(instance, question));
  answer({ kind: 'ready' });
} catch (error) {
  fail(error);
}
