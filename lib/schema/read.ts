import { setTimeout as sleep } from 'node:timers/promises';
import { ownQuestion, SendError, type Session } from '../database/session.ts';
import { UpdownError } from '../errors.ts';
import { ownReading } from '../ledger/setting.ts';
import { toSchema } from './assemble.ts';
import { isWhole, printQuestions, type Rows, readAnswers } from './catalog/rows.ts';
import type { Scope } from './catalog/sql.ts';
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

/** How often it is read again where others change it at the same time. */
const attempts = 10;
const pauseMilliseconds = 50;

async function ask(session: Session, ledger: string, bracket: Bracket): Promise<Schema> {
  const major = Number.parseInt(session.parameters.get('server_version') ?? '', 10);
  let failure: SendError | undefined;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const found = await askOnce(session, { major, ledger }, bracket);
    failure = found instanceof SendError ? found : undefined;
    if (!(found instanceof SendError) && isWhole(found)) return toSchema(major, found);
    await sleep(attempt * pauseMilliseconds);
  }
  if (failure !== undefined) throw failure;
  throw new UpdownError('busy', 'The schema could not be read: others have changed it each time while it was read', {
    hint: 'Run it again when no migration is running.',
  });
}

/** A failure over something that was there a moment ago is not thrown. */
async function askOnce(
  session: Session,
  scope: Scope,
  { begin, commit, rollback }: Bracket,
): Promise<Rows | SendError> {
  try {
    return readAnswers(await session.send(`${begin}${printQuestions(scope)}${commit}`, ownQuestion));
  } catch (error) {
    // A session that is lost has no transaction any more.
    if (!(error instanceof SendError) || error.lost) throw error;
    await session.send(rollback, ownQuestion);
    if (!isOfGone(error)) throw error;
    return error;
  }
}

/** `cache lookup failed for relation 17`, `relation with OID 17 does not exist`. What our own text is wrong in has a position in it. */
function isOfGone({ fields }: SendError): boolean {
  return fields !== undefined && fields.position === undefined && /^(XX000|42)/.test(fields.code);
}
