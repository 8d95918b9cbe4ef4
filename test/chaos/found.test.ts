import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Event, UpdownError, upgrade } from '../../lib/index.ts';
import { lockKeys } from '../../lib/ledger/name.ts';
import { updown } from '../support/cli.ts';
import { type Database, withDatabase } from '../support/database.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';
import { type Query, type Verdict, withProxy } from '../support/proxy.ts';
import { until } from '../support/until.ts';
import { whileHeld } from '../survive/broken.ts';
import { ask } from './ask.ts';

// What runs under faults have brought to light, each made to happen for certain.

interface Site {
  readonly database: Database;
  readonly cwd: string;
  /** An upgrade by the straight way, or another. */
  run(url?: string, resumeAt?: number, listen?: (event: Event) => void): Promise<Ended>;
}

interface Ended {
  readonly error: UpdownError | undefined;
  readonly events: readonly Event[];
}

const table = 'CREATE TABLE t (n integer, m text);\nINSERT INTO t SELECT g, g::text FROM generate_series(1, 100) g;\n';

async function withSite(revisions: readonly TestRevision[], body: (site: Site) => Promise<void>): Promise<void> {
  await withProject({}, async (cwd) => {
    await writeProject(cwd, revisions);
    await withDatabase((database) => {
      const run: Site['run'] = async (url = database.url, resumeAt = undefined, listen = () => {}) => {
        const events: Event[] = [];
        try {
          await upgrade({
            cwd,
            env: {},
            url,
            wait: 120_000,
            emit: (event) => {
              events.push(event);
              listen(event);
            },
            ...(resumeAt === undefined ? {} : { resumeAt }),
          });
          return { error: undefined, events };
        } catch (error) {
          assert.instance(error, UpdownError, (error as Error).stack);
          return { error: error as UpdownError, events };
        }
      };
      return body({ database, cwd, run });
    });
  });
}

/** Runs up to a message and is cut before it arrives. */
async function runUntil({ database, run }: Site, text: string): Promise<void> {
  let hit = false;
  await withProxy(
    database.url,
    {
      onQuery: (query) => {
        hit ||= query.text.includes(text);
        return query.text.includes(text) ? 'drop' : 'pass';
      },
    },
    async (proxy) => {
      const { error } = await run(proxy.url);
      assert.ok(hit, `never sent ${text}`);
      assert.is(error?.code, 'connection', error?.message);
    },
  );
}

/** A run that is held up before a message while something else happens. */
async function runAround({ database, run }: Site, text: string, meanwhile: () => Promise<void>): Promise<Ended> {
  let ended: Ended | undefined;
  let happened: Promise<void> | undefined;
  await withProxy(
    database.url,
    {
      onQuery: async (query): Promise<Verdict> => {
        if (query.text.includes(text)) happened ??= meanwhile();
        await happened;
        return 'pass';
      },
    },
    async (proxy) => {
      ended = await run(proxy.url);
      assert.ok(happened, `never sent ${text}`);
    },
  );
  return ended!;
}

async function readIndexes({ database }: Site): Promise<string> {
  const rows = await database.query(
    "SELECT c.relname || CASE WHEN i.indisvalid THEN '' ELSE ' INVALID' END AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = 't'::regclass ORDER BY 1",
  );
  return rows.map(({ name }) => name).join(', ');
}

async function readProgress({ database }: Site): Promise<string> {
  const rows = await database.query("SELECT statement FROM updown.journal WHERE event = 'progress' ORDER BY seq");
  return rows.map(({ statement }) => statement).join(', ');
}

const twoBuilds: readonly TestRevision[] = [
  { id: 'a1', up: table },
  {
    id: 'b2',
    up: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY ON t (n);\nCREATE INDEX CONCURRENTLY ON t (m);\n',
  },
];

test('F19: a statement another run has recorded since the ledger was read is not run again', () =>
  withSite(twoBuilds, async (site) => {
    const { error } = await runAround(site, ".start('up', 'b2'", () => runUntil(site, 'ON t (m)'));
    assert.is(error, undefined, error?.message);
    assert.is(await readIndexes(site), 't_m_idx, t_n_idx');
    assert.is(await readProgress(site), '1, 2');
  }));

test('F24: an INVALID index another run has left since the ledger was read is rebuilt', () =>
  withSite(twoBuilds, async (site) => {
    const { error } = await runAround(site, ".start('up', 'b2'", async () => {
      await leaveInvalid(site, 'ON t (n)');
    });
    assert.is(error, undefined, error?.message);
    assert.is(await readIndexes(site), 't_m_idx, t_n_idx');
  }));

/** A run whose backend is ended in the middle of a build, while that waits for an older transaction. */
async function leaveInvalid(site: Site, build: string): Promise<void> {
  const { database, run } = site;
  await whileHeld(database.url, 'LOCK TABLE t IN ROW EXCLUSIVE MODE', async () => {
    const broken = run();
    const rows = await poll(
      database,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%CONCURRENTLY%${build}%' AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()`,
    );
    assert.is(rows.length, 1);
    assert.is((await broken).error?.code, 'connection');
  });
}

async function poll({ query }: Database, sql: string): Promise<readonly Record<string, unknown>[]> {
  return await until(`there are rows of ${sql}`, async () => {
    const rows = await query(sql);
    return rows.length > 0 && rows;
  });
}

test('F42: a run that planned before another broke off further on puts that step first', () =>
  withSite([{ id: 'a0' }, ...twoBuilds], async (site) => {
    const { error } = await runAround(site, ".enter('up', 'a0'", () => runUntil(site, 'ON t (m)'));
    assert.is(error, undefined, error?.message);
    assert.is(await readIndexes(site), 't_m_idx, t_n_idx');
  }));

test('F16: what has run outside a transaction is recorded though another run looks in at that moment', () =>
  withSite(
    [
      {
        id: 'a1',
        up: 'CREATE TABLE calls (n integer);\nCREATE PROCEDURE p() LANGUAGE plpgsql AS $$BEGIN INSERT INTO calls VALUES (1); COMMIT; END$$;\n',
      },
      { id: 'b2', up: '-- updown: no-transaction\nCALL p();\n' },
    ],
    async (site) => {
      const lock = `pg_advisory_xact_lock(${lockKeys('updown').join(', ')})`;
      let looks: Promise<unknown> | undefined;
      const { error, events } = await runAround(site, ".resume('up', 'b2', 0)", async () => {
        looks = ask(site.database.url, `BEGIN; SELECT ${lock}; SELECT pg_sleep(0.7); COMMIT`);
        await poll(site.database, "SELECT FROM pg_locks WHERE locktype = 'advisory'");
      });
      assert.is(error, undefined, `${error?.message} ${error?.hint}`);
      assert.equal(
        events.filter(({ kind }) => kind === 'waiting'),
        [],
      );
      assert.is((await site.database.query('SELECT FROM calls')).length, 1);
      // It may be at work still, and its database is dropped next.
      await looks;
    },
  ));

test('F42: --resume-at says where to go on once, not after each wait again', () =>
  withSite(
    [
      {
        id: 'a1',
        up: `${table}CREATE TABLE calls (n integer);\nCREATE PROCEDURE p() LANGUAGE plpgsql AS $$BEGIN COMMIT; END$$;\n`,
      },
      {
        id: 'b2',
        up: '-- updown: no-transaction\n-- updown: lock-timeout=100ms\nCALL p();\nINSERT INTO calls VALUES (1);\nALTER TABLE t ADD COLUMN x integer;\n',
      },
    ],
    async (site) => {
      await runUntil(site, ".resume('up', 'b2', 0)");
      const asked = await site.run();
      assert.match(asked.error?.hint ?? '', /--resume-at 1 .* or --resume-at 2/);
      const { error, events } = await whileHeld(site.database.url, 'LOCK TABLE t', async (release) => {
        return await site.run(undefined, 2, ({ kind }) => void (kind === 'waiting' && release()));
      });
      assert.is(error, undefined, error?.message);
      assert.ok(events.some(({ kind }) => kind === 'waiting'));
      assert.is((await site.database.query('SELECT FROM calls')).length, 1);
      assert.is(await readProgress(site), '2, 3');
    },
  ));

test("F24: another session's INVALID index does not keep one without a name from being recorded", () =>
  withSite(twoBuilds, async (site) => {
    const { error } = await runAround(site, ".start('up', 'b2'", async () => {
      const failed = site.database.query('CREATE UNIQUE INDEX CONCURRENTLY foreign_one ON t ((n % 2))');
      assert.ok(
        await failed.then(
          () => false,
          () => true,
        ),
      );
    });
    assert.is(error, undefined, error?.message);
    assert.is(await readIndexes(site), 'foreign_one INVALID, t_m_idx, t_n_idx');
  }));

test('F24: what a broken off REINDEX TABLE CONCURRENTLY leaves in the TOAST table goes too', () =>
  withSite(
    [
      { id: 'a1', up: `${table}CREATE INDEX t_n ON t (n);\n` },
      { id: 'b2', up: '-- updown: no-transaction\nREINDEX TABLE CONCURRENTLY t;\n' },
    ],
    async (site) => {
      await runUntil(site, ".start('up', 'b2'");
      await leaveInvalid(site, 't;');
      assert.ok((await readInvalid(site)).includes('pg_toast'), await readInvalid(site));
      const { error } = await site.run();
      assert.is(error, undefined, error?.message);
      assert.is(await readInvalid(site), '');
    },
  ));

async function readInvalid({ database }: Site): Promise<string> {
  const rows = await database.query(
    "SELECT indexrelid::regclass::text AS name FROM pg_index WHERE NOT indisvalid OR indexrelid::regclass::text ~ '_cc(new|old)'",
  );
  return rows.map(({ name }) => name).join(', ');
}

test('F10: a server that hangs up while the program still loads is an error in words', async () => {
  const listener = createServer((socket) =>
    // The answer to a request for encryption, and nothing more.
    socket.on('error', () => {}).once('data', () => socket.end('N', () => socket.destroy())),
  ).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  try {
    await withProject({}, async (cwd) => {
      await writeProject(cwd, [{ id: 'a1' }]);
      const { port } = listener.address() as AddressInfo;
      const { status, stderr } = await updown(['upgrade', '--url', `postgres://u@127.0.0.1:${port}/d`], { cwd });
      assert.is(status, 1, stderr);
      assert.match(stderr, /^error \(connection\): Cannot connect/);
    });
  } finally {
    listener.close();
  }
});

test('F35: tables that another run has made since there was no ledger are no strangers', () =>
  withSite(twoBuilds, async (site) => {
    const { error } = await runAround(site, "c.relkind IN ('r', 'p', 'v', 'm')", async () => {
      assert.is((await site.run()).error, undefined);
    });
    assert.is(error, undefined, error?.message);
  }));

test('F3: a connection lost while the ledger is read is an error in words', () =>
  withSite(twoBuilds, async (site) => {
    await withProxy(site.database.url, { onQuery: () => 'last' }, async (proxy) => {
      const { error } = await site.run(proxy.url);
      assert.is(error?.code, 'connection');
      assert.match(error?.message ?? '', /lost while the ledger was read/);
    });
  }));

test('F3: a connection lost when all is done leaves the outcome as it is', () =>
  withSite(twoBuilds, async (site) => {
    const seen = { end: false, loss: false };
    const onQuery = ({ text }: Query): Verdict => {
      const isLost = seen.end && !seen.loss && text.includes('FROM updown.applied');
      seen.loss ||= isLost;
      seen.end ||= text.includes(".leave('up', 'b2'");
      return isLost ? 'drop' : 'pass';
    };
    await withProxy(site.database.url, { onQuery }, async (proxy) => {
      const { error } = await site.run(proxy.url);
      assert.is(error, undefined, error?.message);
      assert.ok(seen.loss);
    });
  }));

test.run();
