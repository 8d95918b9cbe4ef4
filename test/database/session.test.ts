import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openSession } from '../../lib/database/open.ts';
import { SendError, type ServerMessage, type Session, type SessionOptions } from '../../lib/database/session.ts';
import { parseTarget } from '../../lib/libpq/parse.ts';
import { type Database, withDatabase } from '../support/database.ts';
import { settled, until } from '../support/until.ts';

type Options = Partial<SessionOptions>;

function open(url: string, options: Options = {}): Promise<Session> {
  return openSession(parseTarget(url, {}), { applicationName: 'session-test', onNotice: () => {}, ...options });
}

async function withSession(
  body: (session: Session, database: Database) => Promise<void>,
  options: Options = {},
): Promise<void> {
  await withDatabase(async (database) => {
    const session = await open(database.url, options);
    try {
      await body(session, database);
    } finally {
      await session.close();
    }
  });
}

async function failureOf(sending: Promise<unknown>): Promise<SendError> {
  try {
    await sending;
  } catch (error) {
    assert.instance(error, SendError);
    return error as SendError;
  }
  throw new Error('the message went through');
}

/** Nothing may hang: the runner ends what does. */
const soon = <T>(promise: Promise<T>): Promise<T> => settled('the session settles', promise);

const terminate = (session: Session): string => `SELECT pg_terminate_backend(${session.backendPid})`;

async function untilRunning(database: Database, session: Session): Promise<void> {
  const state = `SELECT state FROM pg_stat_activity WHERE pid = ${session.backendPid}`;
  while ((await database.query(state))[0]?.state !== 'active') await sleep(5);
}

test('every row set comes back in order, every value as text', async () => {
  await withSession(async (session) => {
    const rows = await session.send(`
      CREATE TEMP TABLE x (a int);
      SELECT 1 AS a, true AS b, '{"k": 1}'::json AS c, '\\x00ff'::bytea AS d, 1.5::float8 AS e, NULL AS f, '{1,2}'::int[] AS g;
      INSERT INTO x VALUES (1), (2);
      SELECT a FROM x WHERE a > 5;
      SELECT a FROM x ORDER BY a;
      SELECT '2020-01-02'::date AS day`);
    assert.equal(rows, [
      [{ a: '1', b: 't', c: '{"k": 1}', d: '\\x00ff', e: '1.5', f: null, g: '{1,2}' }],
      [],
      [{ a: '1' }, { a: '2' }],
      [{ day: '2020-01-02' }],
    ]);
    assert.equal(await session.send(''), []);
    assert.equal(await session.send('SELECT 1 AS a WHERE false'), [[]]);
  });
});

/** A little under what the rows of these messages take when they are kept: some 150 MB each. */
const peakOfKeptRows = 100_000_000;

/** How much memory grew at most meanwhile. */
async function peakOf(body: () => Promise<unknown>): Promise<number> {
  const used = (): number => process.memoryUsage().heapUsed + process.memoryUsage().external;
  const before = used();
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, used() - before);
  }, 10);
  try {
    await body();
  } finally {
    clearInterval(timer);
  }
  return Math.max(peak, used() - before);
}

test('rows that nobody asks for are thrown away as they come, whatever answers with them', async () => {
  await withSession(async (session) => {
    await session.send(`CREATE TABLE big AS SELECT g AS id FROM generate_series(1, 500000) g;
      CREATE TABLE copied (id int, words text);
      CREATE FUNCTION backfill(i int) RETURNS text LANGUAGE sql AS $$ SELECT repeat('x', 100) || i $$;
      CREATE PROCEDURE answer(INOUT a text) LANGUAGE plpgsql AS $$ BEGIN a := repeat('y', 1000); END $$`);
    const shapes = [
      'SELECT backfill(id) FROM big',
      "INSERT INTO copied SELECT id, repeat('z', 100) FROM big RETURNING *",
      "SELECT repeat('x', 200000000)",
      "VALUES (1), (2); SELECT id, repeat('x', 100) FROM big; EXPLAIN ANALYZE SELECT id FROM big; CALL answer('a'); SHOW lock_timeout; TABLE big",
    ];
    for (const text of shapes) {
      const peak = await peakOf(async () => assert.equal(await session.send(text, { dropsRows: true }), [], text));
      assert.ok(peak < peakOfKeptRows, `${text}: ${Math.round(peak / 1e6)} MB`);
    }
    assert.equal(await session.send('SELECT count(*) AS n FROM copied'), [[{ n: '500000' }]]);
    const error = await failureOf(session.send('SELECT id FROM big; SELECT 1/0 AS a FROM big', { dropsRows: true }));
    assert.equal([error.fields?.code, error.completed, error.lost], ['22012', ['SELECT 500000'], false]);
    assert.equal(await session.send('SELECT 1 AS a'), [[{ a: '1' }]]);
  });
});

test('the session tells its pid, its name and what the server reports', async () => {
  await withSession(async (session) => {
    const [rows] = await session.send('SELECT pg_backend_pid() AS pid, current_setting($$application_name$$) AS name');
    assert.equal(rows, [{ pid: String(session.backendPid), name: 'session-test' }]);
    assert.is(session.kind, 'server');
    assert.is(session.parameters.get('standard_conforming_strings'), 'on');
    await session.send('SET standard_conforming_strings = off');
    assert.is(session.parameters.get('standard_conforming_strings'), 'off');
  });
});

test('F68: notices go to their listener, with severity and hint, and never to the console', async () => {
  const notices: ServerMessage[] = [];
  const onNotice = (notice: ServerMessage): void => void notices.push(notice);
  const log = console.log;
  let logged = 0;
  console.log = () => {
    logged++;
  };
  await withSession(
    async (session) => {
      await session.send(
        "DO $$ BEGIN RAISE NOTICE 'one'; RAISE WARNING 'two' USING HINT = 'h', ERRCODE = '01ABC'; END $$",
      );
    },
    { onNotice },
  ).finally(() => {
    console.log = log;
  });
  const seen = notices.map(({ severity, code, message, hint }) => ({ severity, code, message, hint }));
  assert.equal(seen, [
    { severity: 'NOTICE', code: '00000', message: 'one', hint: undefined },
    { severity: 'WARNING', code: '01ABC', message: 'two', hint: 'h' },
  ]);
  assert.is(logged, 0);
});

test('a plain SQL error tells place and finished commands, and leaves the session usable', async () => {
  await withSession(async (session) => {
    const text = "CREATE TEMP TABLE x (a int); INSERT INTO x VALUES (1); SELECT '😀', nope";
    const error = await failureOf(session.send(text));
    assert.is(error.message, 'column "nope" does not exist');
    assert.is(error.fields?.code, '42703');
    assert.is(error.fields?.position, [...text].length - 'nope'.length + 1);
    assert.equal(error.completed, ['CREATE TABLE', 'INSERT 0 1']);
    assert.equal([error.lost, error.timedOut, error.fatal], [false, false, undefined]);
    assert.equal(await session.send('SELECT 1 AS a'), [[{ a: '1' }]]);
    const constraint = await failureOf(
      session.send('CREATE TEMP TABLE y (a int CONSTRAINT odd CHECK (a % 2 = 1)); INSERT INTO y VALUES (2)'),
    );
    assert.is(constraint.fields?.constraint_name, 'odd');
    assert.is(constraint.fields?.table_name, 'y');
  });
});

test('F65: an error shows neither the text sent nor the password', async () => {
  await withSession(async (session, { url }) => {
    const password = new URL(url).password;
    const plain = await failureOf(session.send("SELECT 1/0; ALTER ROLE postgres PASSWORD 'hunter2'"));
    const lost = await failureOf(session.send(`SELECT 'hunter2'; ${terminate(session)}`));
    const late = await failureOf(session.send("SELECT 'hunter2'"));
    for (const error of [plain, lost, late]) {
      const shown = inspect(error, { depth: null, showHidden: true }) + JSON.stringify(error) + String(error.stack);
      assert.not.match(shown, /hunter2/);
      assert.not.ok(shown.includes(password));
    }
  });
});

test('F69: a message is sent though nobody waits for its answer', async () => {
  await withSession(async (session, database) => {
    const sending = session.send('CREATE TABLE sent (a int)');
    const made = "SELECT WHERE to_regclass('sent') IS NOT NULL";
    await until('the server has run it', async () => (await database.query(made)).length === 1);
    await sending;
  });
});

test('two messages at a time are refused, and the first goes through', async () => {
  await withSession(async (session) => {
    const first = session.send('SELECT pg_sleep(0.05), 1 AS a');
    await session.send('SELECT 2').then(
      () => assert.unreachable(),
      (error) => assert.match(error.message, /same time/),
    );
    assert.is((await first)[0]?.[0]?.a, '1');
    assert.equal(await session.send('SELECT 3 AS a'), [[{ a: '3' }]]);
  });
});

test('F4: a terminated statement is lost with the reason, and the session stays dead', async () => {
  await withSession(async (session, database) => {
    const sending = failureOf(session.send('CREATE TABLE before (a int); SELECT pg_sleep(30)'));
    await untilRunning(database, session);
    await database.query(terminate(session));
    const error = await soon(sending);
    assert.is(error.lost, true);
    assert.match(error.fatal ?? '', /^57P01 terminating connection/);
    assert.match(error.message, /57P01/);
    const next = await soon(failureOf(session.send('CREATE TABLE never (a int)')));
    assert.is(next.lost, true);
    assert.match(next.message, /closed.*57P01/);
    assert.equal(await database.query("SELECT to_regclass('never') AS a"), [{ a: null }]);
    await soon(session.close());
  });
});

test('F5: a session that died while idle does not come back for the next message', async () => {
  await withSession(async (session, database) => {
    await session.send('BEGIN');
    await database.query(terminate(session));
    const error = await soon(failureOf(session.send('CREATE TABLE outside (a int)')));
    assert.is(error.lost, true);
    assert.match(error.fatal ?? '', /57P01/);
    assert.equal(await database.query("SELECT to_regclass('outside') AS a"), [{ a: null }]);
  });
});

test('F8: the reason of an idle time-out is kept', async () => {
  await withSession(async (session) => {
    await session.send("SET idle_in_transaction_session_timeout = '20ms'; BEGIN");
    await sleep(150);
    assert.match((await failureOf(session.send('COMMIT'))).fatal ?? '', /^25P03/);
  });
});

test('F15: a cancelled statement fails with 57014 and the session lives on', async () => {
  await withSession(async (session, database) => {
    const sending = failureOf(session.send('SELECT pg_sleep(30)'));
    await untilRunning(database, session);
    await session.cancel();
    const error = await soon(sending);
    assert.is(error.fields?.code, '57014');
    assert.is(error.lost, false);
    assert.equal(await session.send('SELECT 1 AS a'), [[{ a: '1' }]]);
  });
});

test('a deadline cancels the statement, so that the outcome is known', async () => {
  await withSession(async (session) => {
    const error = await soon(failureOf(session.send('SELECT pg_sleep(30)', { deadlineMilliseconds: 50 })));
    assert.equal([error.timedOut, error.lost, error.fields?.code], [true, false, '57014']);
    assert.equal(await session.send('SELECT 1 AS a', { deadlineMilliseconds: 5000 }), [[{ a: '1' }]]);
  });
});

test('F48, F49: a COPY from or to the client ends the session instead of hanging it', async () => {
  for (const text of ['CREATE TABLE t (a int); COPY t FROM STDIN; SELECT 1', 'COPY (SELECT 1) TO STDOUT; SELECT 1/0']) {
    await withSession(async (session, database) => {
      const error = await soon(failureOf(session.send(text)));
      assert.match(error.message, /COPY/);
      assert.is(error.lost, true);
      await soon(session.close());
      assert.equal(await database.query("SELECT to_regclass('t') AS a"), [{ a: null }]);
    });
  }
});

test('an error between BEGIN and COMMIT leaves the transaction failed until it is rolled back', async () => {
  await withSession(async (session) => {
    await failureOf(session.send('BEGIN; SELECT 1/0; COMMIT'));
    assert.is((await failureOf(session.send('SELECT 1'))).fields?.code, '25P02');
    await session.send('ROLLBACK');
    assert.equal(await session.send('SELECT 1 AS a'), [[{ a: '1' }]]);
  });
});

test('closing twice is fine, closes the backend, and later messages fail at once', async () => {
  await withSession(async (session, database) => {
    await Promise.all([session.close(), session.close()]);
    await session.close();
    assert.match((await failureOf(session.send('SELECT 1'))).message, /closed/);
    const alive = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE pid = ${session.backendPid}`;
    for (let left = 100; left > 0 && (await database.query(alive))[0]?.n !== 0; left--) await sleep(10);
    assert.equal(await database.query(alive), [{ n: 0 }]);
  });
});

test('closing while a message is under way settles both', async () => {
  await withSession(async (session) => {
    const sending = failureOf(session.send('SELECT pg_sleep(30)'));
    await soon(session.close());
    assert.is((await soon(sending)).lost, true);
  });
});

/** Forwards to the server until told to `cut` or to fall `silent`. */
async function withProxy(
  url: string,
  body: (url: string, line: { cut(): void; silence(): void; connections: number; flights: number }) => Promise<void>,
): Promise<void> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  const line = {
    connections: 0,
    flights: 0,
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    silence: () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
  };
  const server = createServer((client) => {
    line.connections++;
    client.on('data', () => line.flights++);
    const upstream = connect({ host: hostname, port: Number(port) });
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => {}));
    client.pipe(upstream).pipe(client);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const through = new URL(url);
  through.port = String((server.address() as AddressInfo).port);
  try {
    await body(`${through.href}?sslmode=disable`, line);
  } finally {
    line.cut();
    server.close();
  }
}

test('F3: a line cut in the middle of a message is lost, without a hang or a second connection', async () => {
  await withDatabase(async ({ url }) => {
    await withProxy(url, async (through, line) => {
      const session = await open(through);
      const sending = failureOf(session.send('SELECT pg_sleep(30)'));
      await sleep(30);
      line.cut();
      const error = await soon(sending);
      assert.equal([error.lost, error.fatal, error.timedOut], [true, undefined, false]);
      await failureOf(session.send('SELECT 1'));
      await soon(session.close());
      assert.is(line.connections, 1);
    });
  });
});

test('logging in costs no query, and a message costs one round trip', async () => {
  await withDatabase(async ({ url }) => {
    await withProxy(url, async (through, line) => {
      const session = await open(through);
      // The start-up message and the two of SCRAM.
      assert.is(line.flights, 3);
      for (let sent = 1; sent <= 3; sent++) {
        await session.send('BEGIN; SELECT 1; COMMIT');
        assert.is(line.flights, 3 + sent);
      }
      await session.close();
    });
  });
});

test('F9: a line that falls silent ends with the deadline', async () => {
  await withDatabase(async ({ url }) => {
    await withProxy(url, async (through, line) => {
      const session = await open(through);
      line.silence();
      const error = await soon(failureOf(session.send('SELECT 1', { deadlineMilliseconds: 50 })));
      assert.equal([error.lost, error.timedOut], [true, true]);
      assert.match(error.message, /in time/);
      await soon(session.close());
    });
  });
});

test('F4: a server ending sessions at random moments never crashes or hangs the client', async () => {
  await withDatabase(async (database) => {
    for (let round = 0; round < 25; round++) {
      const session = await open(database.url);
      const ending = sleep(round % 5).then(() => database.query(terminate(session)));
      const error = await soon(
        failureOf(
          (async () => {
            for (;;) await session.send('BEGIN; SELECT 1; COMMIT');
          })(),
        ),
      );
      assert.is(error.lost, true);
      await ending;
      await soon(session.close());
    }
  });
});

test('F57: a large result and a message of 20,000 statements go through', async () => {
  await withSession(async (session) => {
    const [rows] = await session.send("SELECT g, repeat('x', 50) AS x FROM generate_series(1, 50000) g");
    assert.is(rows?.length, 50_000);
    assert.is(rows?.at(-1)?.g, '50000');
    const statements = "SELECT 'é';".repeat(20_000);
    assert.is((await session.send(statements)).length, 20_000);
  });
});

test.run();
