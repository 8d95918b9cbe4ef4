import { ownQuestion, SendError, type Session } from '../database/session.ts';
import { ownReading } from '../ledger/setting.ts';
import { toSchema } from './assemble.ts';
import { printQuestions, readAnswers } from './catalog/rows.ts';
import type { Schema } from './schema.ts';

/** Whatever a session, a role or a database has set, a text is printed in one way. */
const ownPrinting = Object.entries({
  bytea_output: 'hex',
  datestyle: 'ISO, YMD',
  extra_float_digits: '1',
  intervalstyle: 'postgres',
  lc_monetary: 'C',
  quote_all_identifiers: 'off',
  timezone: 'UTC',
  xmlbinary: 'base64',
})
  .map(([setting, value]) => `SET LOCAL ${setting} = '${value}';\n`)
  .join('');

const ownWay = `${ownReading}\n${ownPrinting}`;

/**
 * Reads a database's schema in one message and one transaction, which sees one moment of it and writes nothing. Any role may: nothing is asked
 * for that only a superuser sees. `ledger` is the schema of the ledger, which is left out.
 */
export async function readSchema(session: Session, ledger: string): Promise<Schema> {
  const begin = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;\n${ownWay}`;
  return ask(session, ledger, { begin, commit: 'COMMIT;\n', rollback: 'ROLLBACK' });
}

/** The same in the middle of a transaction, with what that has done so far; it goes on as it was. */
export async function readSchemaWithin(session: Session, ledger: string): Promise<Schema> {
  const back = 'ROLLBACK TO SAVEPOINT updown_schema; RELEASE SAVEPOINT updown_schema;\n';
  return ask(session, ledger, { begin: `SAVEPOINT updown_schema;\n${ownWay}`, commit: back, rollback: back });
}

interface Bracket {
  readonly begin: string;
  readonly commit: string;
  readonly rollback: string;
}

async function ask(session: Session, ledger: string, { begin, commit, rollback }: Bracket): Promise<Schema> {
  const major = Number.parseInt(session.parameters.get('server_version') ?? '', 10);
  try {
    const sets = await session.send(`${begin}${printQuestions({ major, ledger })}${commit}`, ownQuestion);
    return toSchema(major, readAnswers(sets));
  } catch (error) {
    // A session that is lost has no transaction any more.
    if (error instanceof SendError && !error.lost) await session.send(rollback, ownQuestion);
    throw error;
  }
}
