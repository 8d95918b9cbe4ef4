import { SendError, type Session } from '../database/session.ts';
import type { Doomed } from '../drift/doomed.ts';
import { UpdownError } from '../errors.ts';
import { lockKeys } from '../ledger/name.ts';
import { ownPath } from '../ledger/setting.ts';
import { findPeer } from './peer.ts';

/** Drops all of it in one transaction, which has the ledger's lock: no run, and no other reset, is at work meanwhile. */
export async function dropMade(session: Session, ledger: string, { drops }: Doomed, lockTimeout = '5s'): Promise<void> {
  const [product, key] = lockKeys(ledger);
  await session.send(`BEGIN;\nSET LOCAL ${ownPath};\nSET LOCAL lock_timeout = '${lockTimeout}';\n`);
  try {
    const [[row] = []] = await session.send(
      `SELECT pg_catalog.pg_try_advisory_xact_lock(${product}, ${key})::text AS taken`,
    );
    if (row?.taken !== 'true') throw await wordBusy(session, ledger);
    for (const { subject, statements } of drops) await drop(session, subject, statements);
    await session.send('COMMIT');
  } catch (error) {
    if (!(error instanceof SendError && error.lost)) await session.send('ROLLBACK');
    throw error;
  }
}

async function drop(session: Session, subject: string, statements: readonly string[]): Promise<void> {
  try {
    await session.send(statements.join('\n'));
  } catch (error) {
    if (!(error instanceof SendError) || error.fields === undefined || error.lost) throw error;
    const { code, message, detail } = error.fields;
    const isLocked = code === '55P03';
    throw new UpdownError(isLocked ? 'busy' : 'sql', `${subject} can't be dropped: ${message}`, {
      hint: isLocked
        ? 'Nothing was dropped. Stop what uses the database, such as the application, and run the command again.'
        : 'Nothing was dropped. Drop by hand what is in the way, and run the command again.',
      notes: detail === undefined ? [] : detail.split('\n'),
      sqlstate: code,
      cause: error,
    });
  }
}

async function wordBusy(session: Session, ledger: string): Promise<UpdownError> {
  const peer = await findPeer(session, ledger);
  return new UpdownError('busy', 'Another run is at work on the database', {
    hint: 'Nothing was dropped. Run the command again when that is done.',
    notes: peer === undefined ? [] : [peer.words],
  });
}
