import type { LedgerState } from '../database/ledger-state.ts';
import { SendError, type Session } from '../database/session.ts';
import { UpdownError } from '../errors.ts';
import type { Script } from '../script/script.ts';

/** A pooler gives each transaction another backend: nothing outside a transaction can be relied on there (F25). */
export async function refusePooler({ steps }: Script, session: Session, state: LedgerState): Promise<void> {
  const step = steps.find(({ transactional }) => !transactional);
  if (step === undefined || session.kind !== 'server' || isDirect(session, state)) return;
  if (await isPgpool(session)) return;
  throw new UpdownError(
    'pooler',
    `Revision "${step.entries[0]?.id}" runs outside a transaction, and this connection goes through a transaction pooler`,
    {
      hint: "Connect to the server itself (its own port, not the pooler's); transactional revisions can go through the pooler: upgrade up to the one before.",
    },
  );
}

/** pgpool-II tells a pid of its own, and keeps its backends for as long as the session lasts. No other server knows the question. */
async function isPgpool(session: Session): Promise<boolean> {
  try {
    await session.send('SHOW pool_version');
    return true;
  } catch (error) {
    if (error instanceof SendError && !error.lost) return false;
    throw error;
  }
}

/** Whether the backend that answers is the one we logged in to. */
export function isDirect(session: Session, { server }: LedgerState): boolean {
  return session.backendPid === server.pid;
}
