import { setImmediate as afterWrites, setTimeout as sleep } from 'node:timers/promises';
import { type Question, SQL } from '../database/question.ts';
import { ownQuestion, SendError, type Session } from '../database/session.ts';
import { UpdownError } from '../errors.ts';
import { ownReading } from '../ledger/setting.ts';
import { toSchema } from './assemble.ts';
import {
  isWhole,
  type Message,
  noRows,
  type Part,
  printMessages,
  printPresence,
  type Rows,
  readPresence,
} from './catalog/rows.ts';
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

/** To print a view takes a lock on it, which waits behind one who alters it; and others would wait behind us. */
const shortWait = "SET LOCAL lock_timeout = '3s';\n";

const ownWay = `${ownReading}\n${ownPrinting}`;

/**
 * Reads a database's schema in one transaction, which sees one moment of it and writes nothing. Any role may: nothing is asked
 * for that only a superuser sees. `ledger` is the schema of the ledger, which is left out.
 */
export async function readSchema(session: Session, ledger: string): Promise<Schema> {
  return ask(session, ledger, ownTransaction);
}

const ownTransaction: Bracket = {
  begin: `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;\n${ownWay}${shortWait}`,
  commit: 'COMMIT;\n',
  rollback: 'ROLLBACK',
};

/** The same in the middle of a transaction, with what that has done so far; it goes on as it was. */
export async function readSchemaWithin(session: Session, ledger: string): Promise<Schema> {
  const back = 'ROLLBACK TO SAVEPOINT updown_schema; RELEASE SAVEPOINT updown_schema;\n';
  return ask(session, ledger, { begin: `SAVEPOINT updown_schema;\n${ownWay}`, commit: back, rollback: back });
}

/** Reads the schema of one database again and again. */
export interface SchemaReader {
  read(): Promise<Schema>;
  /** To be called before SQL of others runs in this session: it may deallocate what is prepared. */
  forget(text: string): void;
  /** Whether the session has prepared statements of ours, which DEALLOCATE ALL would take away. */
  isPrepared(): boolean;
}

/** Prepares the queries in the session, for who reads often: to plan them takes longer than to run them. */
export function createSchemaReader(session: Session, ledger: string): SchemaReader {
  const prepared = new Set<Part>();
  return {
    read: () => ask(session, ledger, { ...ownTransaction, prepared }),
    isPrepared: () => prepared.size > 0,
    forget: (text) => {
      if (/\b(PREPARE|DEALLOCATE|DISCARD)\b/i.test(text)) prepared.clear();
    },
  };
}

interface Bracket {
  readonly begin: string;
  /** The parts whose questions are prepared statements by now. With it, the others are prepared as they are asked. */
  readonly prepared?: Set<Part>;
  readonly commit: string;
  readonly rollback: string;
}

/** How often it is read again where others change it at the same time. */
const attempts = 10;
const pauseMilliseconds = 50;

async function ask(session: Session, ledger: string, bracket: Bracket): Promise<Schema> {
  const scope = scopeOf(session);
  let failure: SendError | undefined;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const found = await askOnce(session, ledger, scope, bracket);
    failure = found instanceof SendError ? found : undefined;
    if (!(found instanceof SendError) && isWhole(found)) return toSchema(scope.major, found);
    await sleep(attempt * pauseMilliseconds);
  }
  if (failure !== undefined) throw failure;
  throw new UpdownError('busy', 'The schema could not be read: others have changed it each time while it was read', {
    hint: 'Run it again when no migration is running.',
  });
}

function scopeOf(session: Session): Scope {
  return { major: Number.parseInt(session.parameters.get('server_version') ?? '', 10), ledger: asLedger };
}

/** The one value that the questions have: all of them are one message, which takes none, and may be prepared before it is known. */
const asLedger = "pg_catalog.current_setting('updown.ledger')::pg_catalog.name";

function setLedger(ledger: string): Question {
  return SQL`SELECT pg_catalog.set_config('updown.ledger', ${ledger}, true)`;
}

/** A failure over something that was there a moment ago is not thrown. */
async function askOnce(session: Session, ledger: string, scope: Scope, bracket: Bracket): Promise<Rows | SendError> {
  const { begin, prepared } = bracket;
  try {
    const sets = await session.send(`${begin}${askPresence(scope, prepared)}`, ownQuestion);
    const { text, values } = setLedger(ledger);
    await session.bind(text, values, ownQuestion);
    return await askAll(session, scope, bracket, readPresence(sets.at(-1)?.[0]));
  } catch (error) {
    prepared?.clear();
    // A session that is lost has no transaction any more.
    if (!(error instanceof SendError) || error.lost) throw error;
    await session.send(bracket.rollback, ownQuestion);
    if (error.fields?.code === '55P03') throw wordLocked(error);
    if (!isOfGone(error)) throw error;
    return error;
  }
}

function askPresence(scope: Scope, prepared: ReadonlySet<Part> | undefined): string {
  const query = `${printPresence(scope)};\n`;
  if (prepared === undefined) return query;
  const execute = 'EXECUTE updown_schema_presence;\n';
  // What one of the files has prepared under such a name would be in the way.
  return prepared.size > 0 ? execute : `DEALLOCATE ALL;\nPREPARE updown_schema_presence AS ${query}${execute}`;
}

async function askAll(
  session: Session,
  scope: Scope,
  { prepared, commit }: Bracket,
  parts: readonly Part[],
): Promise<Rows> {
  const messages = printMessages(scope, parts, prepared);
  let found: Partial<Rows> = noRows;
  let answered: { readonly message: Message; readonly answer: Answer } | undefined;
  for (const [index, message] of messages.entries()) {
    const end = index === messages.length - 1 ? commit : '';
    const [answer, rows] = await Promise.all([session.send(`${message.text}${end}`, ownQuestion), readLater(answered)]);
    for (const part of message.parts) prepared?.add(part);
    found = { ...found, ...rows };
    answered = { message, answer };
  }
  return { ...found, ...answered?.message.read(answered.answer) } as Rows;
}

/** Behind the message that is to be sent next: the server works on it meanwhile. */
async function readLater(
  answered: { readonly message: Message; readonly answer: Answer } | undefined,
): Promise<Partial<Rows>> {
  await afterWrites();
  return answered === undefined ? {} : answered.message.read(answered.answer);
}

type Answer = Awaited<ReturnType<Session['send']>>;

function wordLocked(cause: SendError): UpdownError {
  return new UpdownError(
    'busy',
    'The schema could not be read within 3 s: another session holds a lock on a view or table, or waits for one',
    {
      hint: 'Wait for it and run this again. Who holds such locks, or waits for one: SELECT pid, relation::regclass, granted FROM pg_locks WHERE mode = $$AccessExclusiveLock$$;',
      cause,
    },
  );
}

/** `cache lookup failed for relation 17`, `relation with OID 17 does not exist`. What our own text is wrong in has a position in it. */
function isOfGone({ fields }: SendError): boolean {
  return fields !== undefined && fields.position === undefined && /^(XX000|42)/.test(fields.code);
}
