import { resolve } from 'node:path';
import { UpdownError } from '../errors.ts';
import { describeTarget, type PgliteTarget } from '../libpq/target.ts';
import { quoteLiteral } from '../sql/quote.ts';
import { openClient } from './client.ts';
import { lockFolder } from './folder-lock.ts';
import { openApart } from './pglite-apart.ts';
import { bridge, simpleQuery } from './pglite-bridge.ts';
import { type Instance, openInstance } from './pglite-instance.ts';
import { loadProgram } from './pglite-program.ts';
import type { Session, SessionOptions } from './session.ts';

const turnTimeoutMilliseconds = 10_000;

/**
 * A session on an embedded PostgreSQL, through the same driver. It has one session at a time: the next waits for its turn. A
 * folder's instance lives as long as its session; one in memory as long as the process, for its data has nowhere else to be.
 */
export async function openPglite(target: PgliteTarget, options: SessionOptions): Promise<Session> {
  const key = target.folder === undefined ? `memory?${[...target.extensions].sort().join()}` : resolve(target.folder);
  const held = await hold(key, target, options.connectTimeoutMilliseconds ?? turnTimeoutMilliseconds);
  let dropsRows = false;
  try {
    await startClean(held.instance, target, options.applicationName);
    return await openClient(
      {
        kind: 'pglite',
        address: describeTarget(target),
        login: { user: 'postgres', database: 'postgres', startup: {} },
        open: async () => bridge((message) => held.instance.execute(message, dropsRows)),
        begin: (drops) => {
          dropsRows = drops;
        },
        cancel: held.cancel ?? (async () => {}),
        release: held.release,
      },
      { onNotice: options.onNotice, keepsPlans: options.keepsPlans ?? false, signal: new AbortController().signal },
    );
  } catch (error) {
    await held.release();
    if (error instanceof UpdownError) throw error;
    throw deathOf(target, error);
  }
}

interface Held {
  readonly instance: Instance;
  /** Where what runs can be stopped: the database ends with it. */
  readonly cancel?: () => Promise<void>;
  /** Gives up, in turn, the instance, the folder and the place in the queue. May be called twice. */
  release(): Promise<void>;
}

const memory = new Map<string, Instance>();

async function hold(key: string, target: PgliteTarget, milliseconds: number): Promise<Held> {
  if (target.apart) return holdApart(target);
  const leave = await takeTurn(key, target, milliseconds);
  const kept = memory.get(key);
  if (kept && !kept.dead) return { instance: kept, release: async () => leave() };
  let unlock = async (): Promise<void> => {};
  try {
    if (target.folder !== undefined) unlock = await lockFolder(key);
    const folder = target.folder === undefined ? undefined : key;
    const instance = await openInstance(folder, target.extensions, { program: await loadProgram() });
    if (target.folder === undefined) {
      memory.set(key, instance);
      return { instance, release: async () => leave() };
    }
    const release = once(async () => {
      // A close that fails leaves what a crash leaves, and the next start recovers from that.
      await instance.close().catch(() => {});
      await unlock().finally(leave);
    });
    return { instance, release };
  } catch (error) {
    await unlock();
    leave();
    throw error instanceof UpdownError ? error : deathOf(target, error);
  }
}

async function holdApart(target: PgliteTarget): Promise<Held> {
  try {
    const instance = await openApart(target.extensions);
    return { instance, cancel: instance.end, release: once(() => instance.close().catch(() => {})) };
  } catch (error) {
    throw error instanceof UpdownError ? error : deathOf(target, error);
  }
}

const turns = new Map<string, Promise<void>>();

/** First come, first served; resolves to what ends the turn. */
async function takeTurn(key: string, target: PgliteTarget, milliseconds: number): Promise<() => void> {
  const before = turns.get(key) ?? Promise.resolve();
  const { promise: mine, end } = createTurn();
  turns.set(
    key,
    before.then(() => mine),
  );
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'timeout'>((resolve) => {
    timer = milliseconds > 0 ? setTimeout(resolve, milliseconds, 'timeout') : undefined;
  });
  const outcome = await Promise.race([before, timeout]);
  clearTimeout(timer);
  if (outcome !== 'timeout') return end;
  end();
  throw new UpdownError('busy', `${describeTarget(target)} is in use by another session of this process`, {
    hint: 'An embedded PostgreSQL has one session at a time: close the other one first.',
  });
}

function createTurn(): { promise: Promise<void>; end: () => void } {
  let end = (): void => {};
  const promise = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { promise, end };
}

/** DISCARD ALL does not reach the session's user here: the embedded server has no default to go back to. */
const cleaning = ['ROLLBACK', 'SET SESSION AUTHORIZATION postgres', 'DISCARD ALL'];

/** A session that was thrown away may have left a transaction, a role, settings, locks and temporary tables. */
async function startClean(instance: Instance, target: PgliteTarget, applicationName: string): Promise<void> {
  try {
    for (const text of cleaning) await instance.execute(simpleQuery(text));
    await instance.execute(simpleQuery(`SET application_name = ${quoteLiteral(applicationName)}`));
  } catch (error) {
    throw deathOf(target, error);
  }
}

function deathOf(target: PgliteTarget, error: unknown): UpdownError {
  // Its file system throws what is no Error.
  const reason = error instanceof Error ? error.message : JSON.stringify(error);
  return new UpdownError('connection', `The embedded PostgreSQL at ${describeTarget(target)} does not run: ${reason}`, {
    hint: 'Run again. If its folder was made by another version or is damaged, move it away: a new one is made.',
  });
}

function once(body: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= body();
    return running;
  };
}
