import { readHistory } from '../database/history.ts';
import { lockKeys } from '../plan/ledger.ts';
import type { ScriptStep } from '../plan/script.ts';
import { type Context, withSession } from './context.ts';

/** What became of the step that ran when the connection was lost, in words: asked on a new one, never guessed (F3). */
export async function readBack(context: Context, step: ScriptStep | undefined): Promise<string> {
  const [entry] = step?.entries ?? [];
  const subject = entry === undefined ? 'the ledger was being made' : `${step?.op} of ${entry.id}`;
  try {
    return `${subject}: ${await findOutcome(context, entry)}`;
  } catch (error) {
    return `${subject}: its outcome can't be read now (${(error as Error).message})`;
  }
}

function findOutcome(context: Context, entry: ScriptStep['entries'][number] | undefined): Promise<string> {
  const { schema } = context.project.config.ledger;
  return withSession(context, async (session) => {
    // Its backend holds the lock as long as it may still commit (F2); so what is read behind this is final.
    const [rows] = await session.send(
      `SELECT pg_catalog.pg_try_advisory_xact_lock(${lockKeys(schema).join(', ')})::text AS free`,
    );
    if (rows?.[0]?.free !== 'true') return 'the server may still be at work on it, its lock is held';
    const { ledger, applied, unfinished } = await readHistory(session, schema);
    if (entry === undefined) return ledger === undefined ? 'it is not there' : 'it is there';
    const started = unfinished.find(({ id }) => id === entry.id);
    if (started !== undefined) return `started and not finished, ${started.statements} of its statements are recorded`;
    const stands = applied.has(entry.id) === (entry.op === 'up' || entry.op === 'stamp');
    return stands ? 'it was committed' : 'it was not committed and left nothing';
  });
}
