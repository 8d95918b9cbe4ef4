import { existsSync } from 'node:fs';
import type { Peer } from '../database/activity.ts';
import type { Depth, LedgerState } from '../database/ledger-state.ts';
import type { Session } from '../database/session.ts';
import { isUpdownError } from '../errors.ts';
import { type Context, type Database, type Meanwhile, withSession } from './context.ts';
import { findPeer } from './peer.ts';
import { readState } from './read-state.ts';

/** What else is asked of the database in the same session, once the ledger is known. */
export type AlsoRead<T> = (session: Session, state: LedgerState) => Promise<T>;

/** What the ledger says, for commands that only read: nothing is made, not even an embedded database's folder. */
export async function readLedger(
  context: Context,
  depth: Depth = 'state',
  meanwhile?: Meanwhile,
): Promise<LedgerState> {
  const { state } = await readLedgerAnd(context, depth, async () => undefined, meanwhile);
  return state;
}

/** The same, and what else is asked; undefined where there is no database yet. */
export async function readLedgerAnd<T>(
  context: Context,
  depth: Depth,
  also: AlsoRead<T>,
  meanwhile?: Meanwhile,
): Promise<{ readonly state: LedgerState; readonly also: T | undefined }> {
  if (isUnmade(context)) return { state: nothingThere, also: undefined };
  tellPassedOver(context);
  return withSession(
    context,
    async (session) => {
      const state = await readState(session, context.project, { depth });
      return { state, also: await also(session, state) };
    },
    meanwhile,
  );
}

/** Told before the session is opened: a database that can't be reached may be one that nobody meant. */
export function tellPassedOver({ emit, passedOver, describe }: Database): void {
  const over = passedOver();
  if (over !== undefined) emit({ kind: 'passed-over', database: describe(), over });
}

/** Who works on it now: whoever holds its lock, or is at a step outside a transaction, during which nobody does. */
export async function findAtWork(
  session: Session,
  { project }: Context,
  { unfinished }: LedgerState,
): Promise<Peer | undefined> {
  const half = unfinished.find(({ alive }) => alive);
  return (await findPeer(session, project.config.ledger.schema)) ?? (half && (await findPeer(session, half.pid)));
}

/** The same where files are the matter and the database an extra: undefined, with a warning, where it can't be reached. */
export async function tryLedger(
  context: Context,
  depth: Depth,
  lost = 'what is applied is not shown',
): Promise<LedgerState | undefined> {
  if (!context.namesDatabase()) return undefined;
  try {
    return await readLedger(context, depth);
  } catch (error) {
    if (!isUpdownError(error) || error.code !== 'connection') throw error;
    context.emit({ kind: 'warning', message: `${error.message}: ${lost}` });
    return undefined;
  }
}

/** An embedded database whose folder is yet to be made: the first session does. */
export function isUnmade(context: Context): boolean {
  const folder = context.embeddedFolder();
  return folder !== undefined && !existsSync(folder);
}

export const nothingThere: LedgerState = {
  server: {
    version: '',
    engine: 'PostgreSQL',
    worker: false,
    database: '',
    user: '',
    standby: false,
    readOnly: false,
    settings: [],
    pid: 0,
  },
  ledger: undefined,
  applied: new Map(),
  unfinished: [],
};
