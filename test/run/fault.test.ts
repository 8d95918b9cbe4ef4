import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Host } from '../../lib/cli/host.ts';
import { main } from '../../lib/cli/main.ts';
import { type Event, UpdownError, upgrade } from '../../lib/index.ts';
import { type CliOutcome, updown } from '../support/cli.ts';
import { type Database, withDatabase } from '../support/database.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';
import {
  type Answer,
  type AnswerHook,
  type ProxyHooks,
  type QueryHook,
  type Verdict,
  type WireProxy,
  withProxy,
} from '../support/proxy.ts';
import { isSoak, sample } from '../support/sample.ts';
import { readEvents } from '../support/script.ts';
import { startServer } from '../support/server.ts';
import { settled, until } from '../support/until.ts';

interface Site {
  readonly cwd: string;
  readonly env: Record<string, never>;
  readonly url: string;
}

async function withSite(
  revisions: readonly TestRevision[],
  body: (site: Site, database: Database) => Promise<void>,
  server?: string,
): Promise<void> {
  await withProject({}, async (cwd) => {
    await writeProject(cwd, revisions);
    await withDatabase((database) => body({ cwd, env: {}, url: database.url }, database), {
      ...(server !== undefined && { server }),
    });
  });
}

/** The same with a proxy between the program and the server; `database` goes past it. */
function withFaults(
  revisions: readonly TestRevision[],
  hooks: ProxyHooks,
  body: (site: Site, database: Database, proxy: WireProxy) => Promise<void>,
): Promise<void> {
  return withSite(revisions, (site, database) =>
    withProxy(site.url, hooks, (proxy) => body({ ...site, url: proxy.url }, database, proxy)),
  );
}

async function failureOf(run: Promise<unknown>): Promise<UpdownError> {
  try {
    await run;
  } catch (error) {
    assert.instance(error, UpdownError);
    return error as UpdownError;
  }
  throw new Error('the run went well');
}

/** An end in words: nothing uncaught, no stack. */
function assertInWords({ stderr, status }: CliOutcome, exit: number): void {
  assert.is(status, exit, stderr);
  assert.match(stderr, /^error \([a-z-]+\): /m);
  assert.not.match(stderr, /^ +at .*(\(|file:|node:)|TypeError|Unhandled|uncaught|updown itself failed|Warning: /m);
}

/** Waits until a backend of this database is in the slow statement. */
async function untilSlow({ query, name }: Database): Promise<number> {
  return await until('the slow statement runs', async () => {
    const [row] = await query(
      `SELECT pid FROM pg_stat_activity WHERE datname = '${name}' AND state = 'active' AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()`,
    );
    return row?.pid as number | undefined;
  });
}

async function untilAlone({ query, name }: Database): Promise<void> {
  const ours = `SELECT FROM pg_stat_activity WHERE datname = '${name}' AND application_name LIKE 'updown test-%'`;
  await until('no runner is left', async () => (await query(ours)).length === 0);
}

/**
 * The number of the message with the first step, where there is no ledger: six messages find that none is there, and one makes it.
 */
const firstStep = 8;

const slow = (seconds: number) => `CREATE TABLE half (id int);\nSELECT pg_sleep(${seconds});\n`;
const three = (up: string): readonly TestRevision[] => [{ id: 'a1' }, { id: 'b1', up }, { id: 'c1' }];
const finished = 'up a1, up b1, up c1';

const answers = (wanted: Partial<Answer>) => (answer: Answer) =>
  Object.entries(wanted).every(([name, value]) => answer[name as keyof Answer] === value);

/** Starts the command line and hands over its process; what it ends in comes as a promise. */
function start(site: Site, args: readonly string[] = []): { child: () => ChildProcess; ended: Promise<CliOutcome> } {
  let child: ChildProcess | undefined;
  const ended = updown(['upgrade', '--url', site.url, ...args], {
    cwd: site.cwd,
    spawned: (spawned) => {
      child = spawned;
    },
  });
  return { child: () => child!, ended };
}

test('F1: a runner killed between two messages leaves what was committed, and the next goes on from there', async () => {
  let kill = () => {};
  // The first step is committed; the runner does not hear of it.
  const committed = answers({ type: 'C', text: 'COMMIT', query: firstStep });
  const onAnswer: AnswerHook = (answer) => {
    if (!committed(answer)) return 'pass';
    kill();
    return 'stall';
  };
  await withFaults(three('CREATE TABLE b (id int)'), { onAnswer }, async (site, database, proxy) => {
    const { child, ended } = start(site);
    kill = () => void child().kill('SIGKILL');
    assert.is((await ended).signal, 'SIGKILL');
    assert.is(proxy.queries.length, firstStep);
    assert.is(await readEvents(database), 'up a1');
    assert.equal((await upgrade({ ...site, url: database.url })).heads, ['c1']);
    assert.is(await readEvents(database), finished);
  });
});

test('F2: a runner killed in a message leaves the server to finish it; the next waits for that and runs the rest', () =>
  withSite(three(slow(1.5)), async (site, database) => {
    const { child, ended } = start(site);
    await untilSlow(database);
    child().kill('SIGKILL');
    await ended;
    const seen: Event[] = [];
    const result = await upgrade({ ...site, emit: (event) => void seen.push(event) });
    assert.ok(seen.some(({ kind }) => kind === 'waiting'));
    assert.equal(
      result.steps.map(({ id }) => id),
      ['c1'],
    );
    assert.is(await readEvents(database), finished);
  }));

test('F3: a connection cut behind the server’s COMMIT: the step is told as committed, and not run again', async () => {
  const onAnswer: AnswerHook = (answer) =>
    answer.connection === 1 && answer.query === firstStep + 1 && answer.text === 'COMMIT' ? 'drop' : 'pass';
  await withFaults(three('CREATE TABLE b (id int)'), { onAnswer }, async (site, database) => {
    const error = await failureOf(upgrade(site));
    assert.is(error.code, 'connection');
    assert.equal(error.notes.at(-1), 'ledger: b1 is applied');
    assert.is(await readEvents(database), 'up a1, up b1');
    assert.is((await upgrade(site)).steps.length, 1);
    assert.is(await readEvents(database), finished);
  });
});

test('F3: a connection cut before the message: the step is told as not committed, and run by the next', async () => {
  const onQuery: QueryHook = ({ connection, number }) =>
    connection === 1 && number === firstStep + 1 ? 'drop' : 'pass';
  await withFaults(three('CREATE TABLE b (id int)'), { onQuery }, async (site, database) => {
    const error = await failureOf(upgrade(site));
    assert.is(error.code, 'connection');
    assert.match(error.notes.at(-1)!, /^ledger: b1 is not applied, nothing of it is left$/);
    assert.is(await readEvents(database), 'up a1');
    assert.is((await upgrade(site)).steps.length, 2);
    assert.is(await readEvents(database), finished);
  });
});

test('F3: a connection cut while the server works: the run waits for the truth and tells it', async () => {
  const onQuery: QueryHook = ({ connection, number }) =>
    connection === 1 && number === firstStep + 1 ? 'last' : 'pass';
  await withFaults(three(slow(1)), { onQuery }, async (site, database) => {
    const error = await failureOf(upgrade(site));
    assert.match(error.notes.at(-1)!, /^ledger: b1 is applied$/);
    assert.is((await upgrade(site)).steps.length, 1);
    assert.is(await readEvents(database), finished);
  });
});

test('F3: cut at any message, before or behind it or at its answer, the next run ends with each revision applied once', () =>
  withSite(three('CREATE TABLE t_b1 (id int)'), async (site, database) => {
    const places = ['before', 'behind', 'first answer', 'last answer'] as const;
    const cuts = places.flatMap((place) => Array.from({ length: firstStep + 3 }, (_, n) => ({ place, number: n + 1 })));
    for (const { place, number } of sample(cuts, 3)) {
      const cutter = createCutter(place, number);
      await withProxy(site.url, cutter.hooks, async ({ url }) => {
        const error = await upgrade({ ...site, url }).then(
          () => undefined,
          (reason: unknown) => reason as UpdownError,
        );
        const title = `${place} message ${number}: ${error?.message}`;
        assert.ok(cutter.done(), title);
        // The last one only reads back what stands: that is asked again on another connection.
        assert.is(error?.code, number === firstStep + 3 ? undefined : 'connection', title);
        assert.equal((await upgrade({ ...site, url })).heads, ['c1'], title);
        assert.is(await readEvents(database), finished, title);
      });
      await database.query(clear);
    }
  }));

const clear = 'DROP SCHEMA updown CASCADE; DROP TABLE t_a1, t_b1, t_c1';

/** Cuts the first connection once, at its n-th message. */
function createCutter(
  place: 'before' | 'behind' | 'first answer' | 'last answer',
  number: number,
): { readonly hooks: ProxyHooks; readonly done: () => boolean } {
  let cut = false;
  const judge = (connection: number, query: number, verdict: Verdict | undefined): Verdict => {
    if (cut || connection !== 1 || query !== number || verdict === undefined) return 'pass';
    cut = true;
    return verdict;
  };
  const ofQuery = { before: 'drop', behind: 'last', 'first answer': undefined, 'last answer': undefined } as const;
  const ofAnswer = (type: string) =>
    place === 'first answer' || (place === 'last answer' && type === 'Z') ? 'drop' : undefined;
  return {
    hooks: {
      onQuery: (query) => judge(query.connection, query.number, ofQuery[place]),
      onAnswer: ({ connection, query, type }) => judge(connection, query, ofAnswer(type)),
    },
    done: () => cut,
  };
}

test('F4: a backend terminated in a statement is told in words, exit 1, and the next run finishes', () =>
  withSite(three(slow(1.5)), async (site, database) => {
    for (const json of [[], ['--json']]) {
      const { ended } = start(site, json);
      const pid = await untilSlow(database);
      await database.query(`SELECT pg_terminate_backend(${pid})`);
      const outcome = await ended;
      assertInWords(outcome, 1);
      assert.match(outcome.stderr, /57P01 terminating connection due to administrator command/);
      assert.match(outcome.stderr, /ledger: b1 is not applied, nothing of it is left/);
      assert.is(await readEvents(database), 'up a1');
      if (json.length > 0) assert.is(outcome.json<{ error: { code: string } }>().error.code, 'connection');
    }
    assert.is((await start(site).ended).status, 0);
    assert.is(await readEvents(database), finished);
  }));

test('F4: a backend terminated at random moments never leaves a step twice, or by half', () =>
  withSite(
    Array.from({ length: 12 }, (_, n) => ({ id: `r${n}`, up: `CREATE TABLE t${n} (id int);\nSELECT pg_sleep(0.01);` })),
    async (site, database) => {
      let going = true;
      // On a slow machine a runner needs longer for a step than for dying: some faults, then a step.
      let since = 0;
      const terminating = (async () => {
        for (; going; await sleep(20 + Math.random() * 60)) {
          if (since >= 4) continue;
          const hit = await database.query(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database.name}' AND application_name LIKE 'updown test-%'`,
          );
          since += hit.length;
        }
      })();
      const emit = ({ kind }: Event): void => {
        if (kind === 'step-end') since = 0;
      };
      try {
        for (;;) {
          const error = await upgrade({ ...site, emit }).then(
            () => undefined,
            (reason: unknown) => reason as UpdownError,
          );
          if (error === undefined) break;
          assert.is(error.code, 'connection', error.message);
        }
      } finally {
        going = false;
        await terminating;
      }
      assert.is(await readEvents(database), Array.from({ length: 12 }, (_, n) => `up r${n}`).join(', '));
    },
  ));

const bare = (...statements: readonly string[]) => `-- updown: no-transaction\n${statements.join(';\n')};\n`;

test('F5: a connection that dies between two statements is not replaced: the rest does not run outside its session', async () => {
  let killed = false;
  let kill = async () => {};
  const onQuery: QueryHook = async ({ text }): Promise<Verdict> => {
    if (killed || !text.includes('TABLE two')) return 'pass';
    killed = true;
    await kill();
    return 'pass';
  };
  const up = bare('CREATE TABLE one (id int)', 'CREATE TABLE two (id int)');
  await withFaults([{ id: 'a1', up }], { onQuery }, async (site, database, proxy) => {
    kill = async () => {
      const ours = `datname = '${database.name}' AND application_name LIKE 'updown test-%'`;
      await database.query(`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE ${ours}`);
    };
    const error = await failureOf(upgrade(site));
    assert.is(error.code, 'connection');
    assert.match(error.notes.at(-1)!, /^ledger: a1 is not finished, with 1 of its statements recorded$/);
    assert.equal(await database.query("SELECT to_regclass('one')::text AS one, to_regclass('two')::text AS two"), [
      { one: 'one', two: null },
    ]);
    const later = proxy.queries.filter(({ connection }) => connection > 1);
    assert.not.ok(later.some(({ text }) => /CREATE|CALL/.test(text)));

    assert.is((await upgrade(site)).steps.length, 1);
    assert.equal(await database.query("SELECT to_regclass('two')::text AS two"), [{ two: 'two' }]);
  });
});

test('F6: an old connection is not closed under a run, whatever the driver’s own variables say', () =>
  withFaults(
    [{ id: 'a1', up: bare('SELECT pg_sleep(1.2)', 'SELECT pg_sleep(1.2)', 'CREATE TABLE t (id int)') }],
    {},
    async (site, database, proxy) => {
      const env = { PGMAX_LIFETIME: '1', PGIDLE_TIMEOUT: '1', PGMAX: '5', PGCONNECT_TIMEOUT: '1' };
      const outcome = await updown(['upgrade', '--url', site.url], { cwd: site.cwd, env });
      assert.is(outcome.status, 0, outcome.stderr);
      // The second one watches; what runs goes over the first.
      assert.not.ok(
        proxy.queries.some(
          ({ connection, text }) =>
            connection > 1 &&
            !/^SET LOCAL search_path = [\w, ]+;\nSET LOCAL statement_timeout = 0;\nSELECT a\.pid/.test(text),
        ),
      );
      assert.match(await readEvents(database), /up a1$/);
    },
  ));

test('F7: a server that restarts at once in a step: that is told in words, and the next run finishes', async () => {
  const server = await startServer();
  try {
    await withSite(
      three(slow(20)),
      async (site, database) => {
        const { ended } = start(site);
        await untilSlow(database);
        await server.restart('immediate');
        const outcome = await ended;
        assertInWords(outcome, 1);
        assert.match(outcome.stderr, /The connection was lost/);
        await writeProject(site.cwd, three('CREATE TABLE half (id int)'));
        assert.equal((await upgrade(site)).heads, ['c1']);
        await withDatabase(async () => {}, { server: server.url });
      },
      server.url,
    ).catch((error: Error & { code?: string }) => {
      // The test's own connection was lost with the server.
      if (error.code !== 'CONNECTION_CLOSED') throw error;
    });
  } finally {
    await server.stop();
  }
});

test('F10: what accepts connections and closes them is tried once and told in words', async () => {
  let connections = 0;
  const listener = createServer((socket) => {
    connections++;
    socket.on('error', () => {}).end();
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  try {
    await withSite([{ id: 'a1' }], async (site) => {
      const url = `postgres://u@127.0.0.1:${(listener.address() as AddressInfo).port}/d`;
      const outcome = await start({ ...site, url }).ended;
      assertInWords(outcome, 1);
      assert.match(outcome.stderr, /closed the connection during the login/);
      // Once with the request for TLS, once without.
      assert.ok(connections <= 2, String(connections));
    });
  } finally {
    listener.close();
  }
});

test('F11: the first message of a cold connection is answered, also where nothing else is sent', () =>
  withSite([], async (site) => {
    const outcome = await settled('it is answered', updown(['current', '--url', site.url], { cwd: site.cwd }));
    assert.is(outcome.status, 0);
  }));

test('F13: a step that runs the server out of locks leaves nothing, and is told with the server’s hint', async () => {
  const server = await startServer({ settings: { max_locks_per_transaction: '10', max_connections: '10' } });
  try {
    const many = "DO $$ BEGIN FOR n IN 1..5000 LOOP EXECUTE format('CREATE TABLE m%s ()', n); END LOOP; END $$;";
    await withSite(
      three(many),
      async (site, database) => {
        const outcome = await start(site).ended;
        assertInWords(outcome, 1);
        assert.match(outcome.stderr, /out of shared memory/);
        assert.match(outcome.stderr, /the server says: You might need to increase "?max_locks_per_transaction/);
        assert.is(await readEvents(database), 'up a1, fail b1');
        assert.equal(await database.query("SELECT FROM pg_class WHERE relname = 'm1'"), []);
      },
      server.url,
    );
  } finally {
    await server.stop();
  }
});

test('F14: a deferred constraint that fails at COMMIT fails the step, whatever its statements reported', () => {
  const up = `CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
INSERT INTO child VALUES (1);
`;
  return withSite(three(up), async (site, database) => {
    const outcome = await start(site, ['--json']).ended;
    assertInWords(outcome, 1);
    const { error } = outcome.json<{ error: { code: string; sqlstate: string; notes: string[] } }>();
    assert.equal([error.code, error.sqlstate], ['sql', '23503']);
    assert.ok(error.notes.includes('constraint: child_id_fkey'));
    assert.is(await readEvents(database), 'up a1, fail b1');
    assert.equal(await database.query("SELECT to_regclass('child') AS child"), [{ child: null }]);
    await writeProject(site.cwd, three(up.replace('(1)', '(NULL)')));
    assert.equal((await upgrade(site)).heads, ['c1']);
    assert.is(await readEvents(database), 'up a1, fail b1, up b1, up c1');
  });
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`F15: ${signal} in a statement cancels it: exit 130, long before it would end, and the ledger says what stands`, () =>
    withSite(three(slow(3600)), async (site, database) => {
      const { child, ended } = start(site);
      await untilSlow(database);
      child().kill(signal);
      const outcome = await settled('the interrupted run ends', ended);
      assertInWords(outcome, 130);
      assert.match(outcome.stderr, /error \(interrupted\)/);
      assert.match(outcome.stderr, /1 of 3 steps done; this one was rolled back and left nothing/);
      assert.is(await readEvents(database), 'up a1, fail b1');
      await untilAlone(database);
      await writeProject(site.cwd, three('CREATE TABLE half (id int)'));
      assert.equal((await upgrade(site)).heads, ['c1']);
    }));
}

test('F15: SIGINT outside a transaction: exit 130, and what is done stands in the ledger', () =>
  withSite(
    [{ id: 'a1' }, { id: 'b1', up: bare('CREATE TABLE one (id int)', 'SELECT pg_sleep(60)') }],
    async (site, database) => {
      const { child, ended } = start(site);
      await untilSlow(database);
      child().kill('SIGINT');
      const outcome = await ended;
      assertInWords(outcome, 130);
      assert.match(outcome.stderr, /what it has recorded is kept/);
      assert.is(await readEvents(database), 'up a1, start b1, progress b1, fail b1');
      await writeProject(site.cwd, [{ id: 'a1' }, { id: 'b1', up: bare('CREATE TABLE one (id int)', 'SELECT 1') }]);
      assert.is((await upgrade(site)).steps.length, 1);
    },
  ));

test('F15: an interrupt between two messages, where nothing is there to be cancelled, ends the run before the next', async () => {
  const interrupt = new AbortController();
  const onAnswer: AnswerHook = async ({ connection, query, type }): Promise<Verdict> => {
    if (connection !== 1 || query !== firstStep || type !== 'Z') return 'pass';
    interrupt.abort();
    // The request to cancel comes to a server that has done its work.
    await sleep(300);
    return 'pass';
  };
  await withFaults(three('CREATE TABLE b (id int)'), { onAnswer }, async (site, database) => {
    const error = await failureOf(upgrade({ ...site, signal: interrupt.signal }));
    assert.is(error.code, 'interrupted');
    assert.is(await readEvents(database), 'up a1');
    assert.equal((await upgrade(site)).heads, ['c1']);
  });
});

test('F15: an interrupt before anything was sent sends nothing', () =>
  withSite(three('CREATE TABLE b (id int)'), async (site, database) => {
    const error = await failureOf(upgrade({ ...site, signal: AbortSignal.abort() }));
    assert.is(error.code, 'interrupted');
    assert.equal(await database.query("SELECT to_regclass('updown.journal') AS ledger"), [{ ledger: null }]);
  }));

test('F15: an interrupt while it waits for another run ends the wait, and nothing is run', () =>
  withSite(three(slow(1)), async (site, database) => {
    await upgrade({ ...site, target: 'a1' });
    const other = upgrade(site);
    await untilSlow(database);
    try {
      const interrupt = new AbortController();
      let afterAbort = 0;
      const error = await failureOf(
        upgrade({
          ...site,
          signal: interrupt.signal,
          emit: ({ kind }) => {
            if (interrupt.signal.aborted && kind !== 'run-fail') afterAbort++;
            if (kind === 'waiting') setTimeout(() => interrupt.abort(), 20);
          },
        }),
      );
      assert.is(error.code, 'interrupted');
      assert.is(afterAbort, 0);
    } finally {
      await other;
    }
  }));

test('F15: an interrupt that the server does not answer ends the run all the same', async () => {
  const interrupt = new AbortController();
  // The connection goes dead, as behind a firewall that forgot it: neither the answer nor an end comes through.
  const onAnswer: AnswerHook = ({ connection, query }) => {
    if (connection !== 1 || query !== firstStep) return 'pass';
    setTimeout(() => interrupt.abort(), 50);
    return 'stall';
  };
  await withFaults(three('CREATE TABLE b (id int)'), { onAnswer }, async (site) => {
    const error = await failureOf(settled('the run ends', upgrade({ ...site, signal: interrupt.signal })));
    assert.is(error.code, 'interrupted');
    assert.match(error.message, 'the server was asked to cancel what ran, and has not answered');
    assert.match(error.hint!, 'updown status');
    // It had done it: only the answer was lost.
    assert.match(error.notes.join('\n'), 'ledger: a1 is applied');
  });
});

test('F9: a line that goes silent ends the run all the same, and the ledger says that the step is applied', async () => {
  const onAnswer: AnswerHook = ({ connection, query }) => (connection === 1 && query === firstStep ? 'stall' : 'pass');
  await withFaults(three('CREATE TABLE b (id int)'), { onAnswer }, async (site, database) => {
    const error = await failureOf(settled('the run ends', upgrade(site)));
    assert.is(error.code, 'connection');
    assert.match(error.notes.join('\n'), 'ledger: a1 is applied');
    assert.is(await readEvents(database), 'up a1');
  });
});

test('F15: a second SIGINT does not wait for the first', async () => {
  const onAnswer: AnswerHook = ({ connection, query }) => (connection === 1 && query === firstStep ? 'stall' : 'pass');
  await withFaults(three('CREATE TABLE b (id int)'), { onAnswer }, async (site, _, proxy) => {
    const { child, ended } = start(site);
    await until('the step is sent', () => proxy.queries.length >= firstStep);
    child().kill('SIGINT');
    await sleep(300);
    child().kill('SIGINT');
    const { status, stderr } = await ended;
    assert.is(status, 130);
    // The first alone would have waited for the server, and then told what stands.
    assert.not.match(stderr, /ledger: /);
  });
});

for (const [name, key] of [
  ['Ctrl-C', '\x03'],
  ['Ctrl-D', '\x04'],
] as const) {
  test(`F15: ${name} at the question before a downgrade: exit 130, nothing changed`, () =>
    withSite([{ id: 'a1' }], async (site, database) => {
      await upgrade(site);
      const { host, stderr } = createTerminal(site.cwd, key);
      assert.is(await main(['downgrade', 'base', '--url', site.url], host), 130);
      assert.match(stderr(), /error \(interrupted\).*: .*nothing was changed/);
      assert.is(await readEvents(database), 'up a1');
    }));
}

/** A terminal on which the user answers the question with a key. */
function createTerminal(cwd: string, key: string): { readonly host: Host; readonly stderr: () => string } {
  let said = '';
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => stdin });
  const stderr = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  stderr.on('data', (chunk) => {
    said += chunk;
    if (String(chunk).includes('[y/N]')) setImmediate(() => stdin.write(key));
  });
  const host = {
    stdin,
    stderr,
    stdout: new PassThrough(),
    env: {},
    cwd: () => cwd,
    on: () => host,
    removeListener: () => host,
  };
  return { host: host as unknown as Host, stderr: () => said };
}

test('F18: eight processes that start at once on an empty database all end well, and each revision is applied once', async () => {
  for (let round = 1; round <= (isSoak ? 2 : 1); round++) {
    await withSite(three('CREATE TABLE b (id int)'), async (site, database) => {
      const outcomes = await Promise.all(Array.from({ length: 8 }, () => start(site).ended));
      for (const { status, stderr } of outcomes) assert.is(status, 0, stderr);
      assert.is(await readEvents(database), finished);
      assert.equal(await database.query("SELECT count(*)::int AS n FROM updown.journal WHERE event = 'header'"), [
        { n: 1 },
      ]);
    });
  }
});

test('F18: eight runners in one process, started at once on an empty database, in several rounds', () =>
  withSite(three('CREATE TABLE t_b1 (id int)'), async (site, database) => {
    for (let round = 1; round <= (isSoak ? 10 : 3); round++) {
      const results = await Promise.all(Array.from({ length: 8 }, () => upgrade(site)));
      assert.is(results.flatMap(({ steps }) => steps).length, 3);
      for (const { heads } of results) assert.equal(heads, ['c1']);
      assert.is(await readEvents(database), finished);
      await database.query(clear);
    }
  }));

test('F19: a runner that gives up waiting changes nothing, the ledger included', () =>
  withSite(three(slow(1)), async (site, database) => {
    await upgrade({ ...site, target: 'a1' });
    const other = upgrade(site);
    try {
      await untilSlow(database);
      const error = await failureOf(upgrade({ ...site, wait: 0 }));
      assert.is(error.code, 'busy');
    } finally {
      await other;
    }
    assert.is(await readEvents(database), finished);
  }));

test('F19: eight runners share twenty revisions, and each is applied by one of them', () => {
  const revisions = Array.from({ length: 20 }, (_, n) => ({
    id: `r${n}`,
    up: `CREATE TABLE t${n} (id int);\nSELECT pg_sleep(0.02);`,
  }));
  return withSite(revisions, async (site, database) => {
    const results = await Promise.all(Array.from({ length: 8 }, () => upgrade(site)));
    assert.is(results.flatMap(({ steps }) => steps).length, 20);
    for (const { heads } of results) assert.equal(heads, ['r19']);
    assert.is(await readEvents(database), revisions.map(({ id }) => `up ${id}`).join(', '));
  });
});

test.run();
