import type { Duplex } from 'node:stream';
import postgres from 'postgres';
import type { Row } from './session.ts';

/**
 * postgres.js, narrowed to the only things it is used for. When a connection is lost in its transactions and reservations, it runs the next
 * statement in a new session, outside the transaction (F5).
 */
export interface Driver {
  /** Starts the login; the tap tells when it is done. */
  connect(): void;
  /** To be called when the login is done. */
  open(): Promise<void>;
  send(text: string): Promise<unknown>;
  /** The same for one command with values. */
  bind(text: string, values: readonly (string | null)[]): Promise<unknown>;
  end(): Promise<void>;
}

export interface Login {
  readonly user: string;
  readonly password?: string | undefined;
  readonly database: string;
  /** Start-up parameters. Poolers refuse most others than application_name (F26). */
  readonly startup: Readonly<Record<string, string>>;
}

/**
 * A single-use client: the stream is handed out once and then refused, so the library cannot reconnect behind our back and
 * run the next statement outside its transaction (F4-F6, F10).
 */
export function createDriver(stream: Duplex, login: Login): Driver {
  const sql = withoutVariable('PGTARGETSESSIONATTRS', () => postgres(optionsFor(stream, login)));
  return {
    connect: () => connectWithoutQuery(sql),
    open: async () => {
      // A 'drain' with nothing under way makes the library count the connection as open: that spares a round trip.
      await new Promise((resolve) => setImmediate(resolve));
      stream.emit('drain');
    },
    send: (text) => sql.unsafe(text).simple(),
    bind: (text, values) => sql.unsafe(text, [...values]),
    end: () => sql.end({ timeout: 0 }),
  };
}

/** The rows of every statement that returned a row set; the library merges the others into their neighbours. */
export function rowSetsOf(result: readonly unknown[]): readonly (readonly Row[])[] {
  const results = (Object.hasOwn(result, 'columns') ? [result] : result) as readonly postgres.RowList<Row[]>[];
  return results.filter((each) => each.columns).map((each) => Array.from(each));
}

/** Types the library would parse; a session gives text. */
const parsedTypes = [16, 17, 21, 23, 26, 114, 700, 701, 1082, 1114, 1184, 3802];
const asText = { to: 25, from: parsedTypes, serialize: (value: unknown) => value, parse: (value: string) => value };

/** Each is set, because the library fills what is open from variables such as PGMAX and PGDEBUG. */
function optionsFor(stream: Duplex, { user, password, database, startup }: Login): postgres.Options<Types> {
  let handed = false;
  const options = {
    host: 'single-use',
    port: 1,
    user,
    // A function, because for an empty string the library would look into PGPASSWORD.
    password: () => password ?? '',
    database,
    connection: startup,
    max: 1,
    max_pipeline: 1,
    ssl: false,
    sslnegotiation: null,
    prepare: false,
    fetch_types: false,
    max_lifetime: null,
    idle_timeout: 0,
    connect_timeout: 0,
    // The transport has seen to it.
    keep_alive: 0,
    backoff: 0,
    debug: false,
    publications: 'none',
    types: { text: asText },
    // The tap has them already; left unset they would go to stdout (F68).
    onnotice: () => {},
    socket: async () => {
      if (handed) throw new Error('the connection was lost');
      handed = true;
      return stream;
    },
  };
  return options as unknown as postgres.Options<Types>;
}

type Types = Record<string, postgres.PostgresType>;

/** The library reads this variable whatever its options say, and would drop the connection without a reason (F36). */
function withoutVariable<T>(name: string, body: () => T): T {
  const value = process.env[name];
  if (value === undefined) return body();
  delete process.env[name];
  try {
    return body();
  } finally {
    process.env[name] = value;
  }
}

/** The library connects only for a query; one that is cancelled before it starts is never sent. */
function connectWithoutQuery(sql: postgres.Sql<Record<string, unknown>>): void {
  const opener = sql.unsafe('').execute();
  opener.catch(() => {});
  opener.cancel();
}
