import { existsSync } from 'node:fs';
import type { Peer } from '../database/activity.ts';
import { type Depth, type LedgerState, readLedgerState } from '../database/ledger-state.ts';
import type { Session } from '../database/session.ts';
import { isUpdownError } from '../errors.ts';
import { type Context, type Meanwhile, withSession } from './context.ts';
import { findPeer } from './peer.ts';

/** What else is asked of the database in the same session, once the ledger is known. */
export type AlsoRead = (session: Session, history: LedgerState) => Promise<void>;

/** What the ledger says, for commands that only read: nothing is made, not even an embedded database's folder. */
export async function readLedger(
  context: Context,
  depth: Depth = 'state',
  meanwhile?: Meanwhile,
  also?: AlsoRead,
): Promise<LedgerState> {
  if (isUnmade(context)) return nothingThere;
  return withSession(
    context,
    async (session) => {
      const state = await readLedgerState(session, context.project.config.ledger.schema, depth);
      await also?.(session, state);
      return state;
    },
    meanwhile,
  );
}

/** The same, and who works on it now: whoever holds its lock, or is at a step outside a transaction, during which nobody does. */
export async function readAtWork(
  context: Context,
  meanwhile?: Meanwhile,
  also?: AlsoRead,
): Promise<{ readonly state: LedgerState; readonly atWork: Peer | undefined }> {
  if (isUnmade(context)) return { state: nothingThere, atWork: undefined };
  const { schema } = context.project.config.ledger;
  return withSession(
    context,
    async (session) => {
      const state = await readLedgerState(session, schema, 'entries');
      const half = state.unfinished.find(({ alive }) => alive);
      const atWork = (await findPeer(session, schema)) ?? (half && (await findPeer(session, half.pid)));
      await also?.(session, state);
      return { state, atWork };
    },
    meanwhile,
  );
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
