import { SQL, type SQLStatement } from 'sql-template-strings';
import { ownReading } from '../ledger/setting.ts';
import { ownQuestion, type Row, SendError, type Session } from './session.ts';

/** What a template makes of SQL and values: the values never become part of the text. */
export type Question = SQLStatement;
export { SQL };

/** Asks one question of our own, its values bound, in a transaction that only reads, without the limits and the path of the session. */
export async function ask(session: Session, question: Question): Promise<readonly Row[]> {
  await session.send(`BEGIN READ ONLY;\n${ownReading}`, ownQuestion);
  try {
    const rows = await session.bind(question.text, question.values, ownQuestion);
    await session.send('COMMIT', ownQuestion);
    return rows;
  } catch (error) {
    // A session that is lost has no transaction any more.
    if (error instanceof SendError && !error.lost) await session.send('ROLLBACK', ownQuestion);
    throw error;
  }
}
