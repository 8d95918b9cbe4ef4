import { SQL, type SQLStatement } from 'sql-template-strings';
import { ownReading } from '../ledger/setting.ts';
import { type BindOptions, ownQuestion, type Row, SendError, type Session } from './session.ts';

/** What a template makes of SQL and values: the values never become part of the text. */
export type Question = SQLStatement;
export { SQL };

/**
 * Asks one question of our own, its values bound, without the limits and the path of the session: in a transaction that only reads, or within
 * the one that is open, which goes on as it was.
 */
export async function ask(session: Session, question: Question, options?: BindOptions): Promise<readonly Row[]> {
  const [rows = []] = await askAll(session, [question], options);
  return rows;
}

/** The same for several, one behind the other, in one transaction. Resolves to the rows of each. */
export async function askAll(
  session: Session,
  questions: readonly Question[],
  options: BindOptions = ownQuestion,
): Promise<readonly (readonly Row[])[]> {
  if (questions.length === 0) return [];
  const { begin, end, giveUp } = session.isInTransaction() ? withinOpen : ownTransaction;
  await session.send(begin, options);
  try {
    const answers: (readonly Row[])[] = [];
    for (const { text, values } of questions) answers.push(await session.bind(text, values, options));
    await session.send(end, options);
    return answers;
  } catch (error) {
    // A session that is lost has no transaction any more.
    if (error instanceof SendError && !error.lost) await session.send(giveUp, options);
    throw error;
  }
}

const settings = `${ownReading}\nSET LOCAL quote_all_identifiers = off;`;

const ownTransaction = {
  begin: `BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;\n${settings}`,
  end: 'COMMIT',
  giveUp: 'ROLLBACK',
};

/** What is rolled back are the settings. */
const back = 'ROLLBACK TO SAVEPOINT updown_question; RELEASE SAVEPOINT updown_question';
const withinOpen = { begin: `SAVEPOINT updown_question;\n${settings}`, end: back, giveUp: back };
