import type { History } from '../database/history.ts';
import type { Session } from '../database/session.ts';
import { UpdownError } from '../errors.ts';
import type { Script } from '../plan/script.ts';

/** A pooler gives each transaction another backend: nothing outside a transaction can be relied on there (F25). */
export function refusePooler({ steps }: Script, session: Session, history: History): void {
  const step = steps.find(({ transactional }) => !transactional);
  if (step === undefined || session.kind !== 'server' || isDirect(session, history)) return;
  throw new UpdownError(
    'pooler',
    `Revision "${step.entries[0]?.id}" runs outside a transaction, and this connection goes through a transaction pooler`,
    {
      hint: "Connect to the server itself (its own port, not the pooler's); transactional revisions can go through the pooler: upgrade up to the one before.",
    },
  );
}

/** Whether the backend that answers is the one we logged in to. */
export function isDirect(session: Session, { server }: History): boolean {
  return session.backendPid === server.pid;
}
