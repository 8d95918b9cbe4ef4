import { Worker } from 'node:worker_threads';
import { readInitial } from './pglite-initial.ts';
import type { Instance } from './pglite-instance.ts';
import { loadProgram } from './pglite-program.ts';
import type { Answer, Question, Start } from './pglite-worker.ts';

/**
 * An embedded PostgreSQL in memory, on a thread of its own. Embedded, a server hears no cancel request and has no timer, and a statement that
 * never ends would keep the whole process from hearing anything: here the thread can be ended from outside, and the database with it.
 */
export interface ApartInstance extends Instance {
  /** Ends it in the middle of whatever it does. */
  end(): Promise<void>;
}

export async function openApart(extensions: readonly string[]): Promise<ApartInstance> {
  const [initial, program] = await Promise.all([initialOf(extensions), loadProgram()]);
  const worker = new Worker(workerFile(), { workerData: { extensions, initial, program } satisfies Start });
  let dead = false;
  let waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;
  const settle = (answer: Answer) => {
    const current = waiting;
    waiting = undefined;
    if (answer.kind === 'failed') current?.reject(new Error(answer.reason));
    else current?.resolve(answer);
  };
  const die = (reason: string) => {
    dead = true;
    settle({ kind: 'failed', reason });
  };
  const next = (): Promise<Answer> =>
    new Promise((resolve, reject) => {
      waiting = { resolve, reject };
    });
  worker.on('message', settle);
  worker.on('error', (error) => die(error.message));
  worker.on('exit', () => die('it has ended'));
  const end = async () => {
    dead = true;
    await worker.terminate();
  };
  try {
    await next();
  } catch (error) {
    await end();
    throw error;
  }
  return {
    get dead() {
      return dead;
    },
    execute: async (message, dropsRows = false) => {
      if (dead) throw new Error('it has ended');
      const answered = next();
      worker.postMessage({ message, dropsRows } satisfies Question);
      const answer = await answered.catch((error: unknown) => {
        // Asked anything more, even to close, it would spin until memory is full.
        dead = true;
        throw error;
      });
      return answer.kind === 'data' ? answer.data : new Uint8Array();
    },
    close: end,
    end,
  };
}

/** What they start from, by extensions: unpacked once for all the threads of a process. */
const initials = new Map<string, Promise<Uint8Array | undefined>>();

function initialOf(extensions: readonly string[]): Promise<Uint8Array | undefined> {
  const key = [...extensions].sort().join();
  const known = initials.get(key);
  if (known !== undefined) return known;
  const found = shareInitial(extensions);
  initials.set(key, found);
  // One that is missing is made by the first thread, for those after it.
  void found.then((initial) => {
    if (initial === undefined) initials.delete(key);
  });
  return found;
}

async function shareInitial(extensions: readonly string[]): Promise<Uint8Array | undefined> {
  const read = await readInitial(extensions);
  if (read === undefined) return undefined;
  // Shared, it is not copied for each thread.
  const initial = new Uint8Array(new SharedArrayBuffer(read.byteLength));
  initial.set(read);
  return initial;
}

/** A thread of Node 20 reads no TypeScript by itself, which is what stands beside this file before it is built. */
function workerFile(): URL {
  if (!import.meta.url.endsWith('.ts')) return new URL('./pglite-worker.js', import.meta.url);
  const quoted = [import.meta.resolve('tsx/esm/api'), new URL('./pglite-worker.ts', import.meta.url).href];
  const [loader, file] = quoted.map((text) => JSON.stringify(text));
  return new URL(`data:text/javascript,import { register } from ${loader}; register(); await import(${file});`);
}
