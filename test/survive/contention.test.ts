import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Event, type MigrateOptions, type UpdownError, upgrade } from '../../lib/index.ts';
import { lockKeys } from '../../lib/ledger/name.ts';
import { updown } from '../support/cli.ts';
import type { Database } from '../support/database.ts';
import type { TestRevision } from '../support/project.ts';
import { withProject, writeProject } from '../support/project.ts';
import { type Ended, readEvents, type Trial, untilBackend, whileHeld, withTrial } from './broken.ts';

const snapshot = 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT 1';
const table = 'CREATE TABLE t (n integer, s text);\nINSERT INTO t SELECT g, g FROM generate_series(1, 1000) AS g;\n';

const building: readonly TestRevision[] = [
  { id: 'a1', up: table },
  {
    id: 'b1',
    up: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY t_n ON t (n);\nCREATE INDEX CONCURRENTLY ON t (s);\n',
  },
  { id: 'c1' },
];

/** So many runners at once, each with a name its backends carry. */
function startRunners(
  trial: Trial,
  count: number,
  options: (name: string) => MigrateOptions = () => ({}),
): readonly Promise<Ended>[] {
  return Array.from({ length: count }, (_, index) =>
    trial.upgrade({ wait: 60_000, ...options(`runner-${index}`) }, {}, `runner-${index}`),
  );
}

function assertNoneFailed(ended: readonly Ended[]): void {
  assert.equal(
    ended.flatMap(({ error }) => (error === undefined ? [] : [`${error.message} ${error.notes.join(' ')}`])),
    [],
  );
}

/** Each revision once, no failure, and no deadlock seen by the server. */
async function assertOnce({ query }: Database, revisions: readonly TestRevision[]): Promise<void> {
  const rows = await query(
    "SELECT event, revision FROM updown.journal WHERE event NOT IN ('start', 'progress', 'header') ORDER BY seq",
  );
  assert.equal(
    rows,
    revisions.map(({ id }) => ({ event: 'up', revision: id })),
  );
  assert.equal(await query("SELECT FROM updown.journal WHERE event = 'header' OFFSET 1"), []);
  assert.equal(await query('SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid'), []);
  assert.equal(await query('SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()'), [
    { deadlocks: 0 },
  ]);
}

test('F16, F17: while one of eight runners builds, the others wait without a lock, a snapshot or a connection', () =>
  withTrial(building, async (trial) => {
    const { query, url } = trial.database;
    assert.is((await trial.upgrade({ target: 'a1' })).error, undefined);
    const waiting = new Set<string>();
    const away = new Set<string>();
    const seen: Backend[][] = [];
    await whileHeld(url, snapshot, async (release) => {
      const options = (name: string): MigrateOptions => ({
        emit: (event) => void (event.kind === 'waiting' && waiting.add(name)),
      });
      const runners = startRunners(trial, 8, options);
      // Longer than deadlock_timeout, so that a waiter in the way of the build would be found out; and until all are there, and were away.
      const end = performance.now() + 1_800;
      const isSeen = () => performance.now() >= end && waiting.size === 7 && away.size === 7;
      for (let looks = 0; !isSeen() && looks < 1_000; looks++) {
        const asked = [...waiting];
        const moment = (await query(backends)) as unknown as Backend[];
        seen.push(moment);
        for (const name of asked) if (moment.every((backend) => backend.name !== name)) away.add(name);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await release();
      assertNoneFailed(await Promise.all(runners));
    });
    await assertOnce(trial.database, building);
    assert.is(waiting.size, 7, [...waiting].join());
    // The two views a look reads are not of one moment: what counts is what a backend still has at the next look.
    for (const [index, moment] of seen.entries()) {
      for (const backend of moment) {
        assert.is.not(backend.state, 'idle in transaction', JSON.stringify(backend));
        const before = seen[index - 1]?.find(({ pid }) => pid === backend.pid);
        if ([backend, before].some((look) => look === undefined || look.state === 'active')) continue;
        const isHeld = [backend, before].every((look) => look?.xmin !== null || look.locks !== 0);
        assert.not(isHeld, JSON.stringify([before, backend]));
      }
    }
    const builder = seen.flat().find(({ builds }) => builds)!.name;
    assert.equal([...away].sort(), [...waiting].sort(), 'one of those that wait was connected all the time');
    assert.not(waiting.has(builder));
    assert.is(await readEvents(trial.database), 'start 0, progress 1, progress 2, up');
  }));

interface Backend {
  readonly pid: number;
  readonly name: string;
  readonly state: string;
  readonly xmin: string | null;
  readonly locks: number;
  readonly builds: boolean;
}

const backends = `
SELECT a.pid, a.application_name AS name, a.state, a.backend_xmin::text AS xmin, a.query ~ 'CONCURRENTLY t_n' AND a.state = 'active' AS builds,
       (SELECT count(*)::int FROM pg_locks l WHERE l.pid = a.pid) AS locks
  FROM pg_stat_activity a WHERE a.datname = current_database() AND a.application_name LIKE 'runner%'`;

test('F18, F19: eight runners at once on an empty database make one ledger and run each revision once', async () => {
  for (let round = 0; round < 4; round++) {
    await withTrial(building, async (trial) => {
      const ended = await Promise.all(startRunners(trial, 8));
      assertNoneFailed(ended);
      await assertOnce(trial.database, building);
      const ran = ended.flatMap(({ ran }) => ran);
      assert.equal([...ran].sort(), ['a1', 'b1', 'c1'], 'two runners say they ran the same, or none does');
    });
  }
});

test('F19: a runner whose plan another has done meanwhile finds that out under the lock, and has nothing to do', () =>
  withTrial([{ id: 'a1' }, { id: 'b1' }], async (trial) => {
    await trial.upgrade({ target: 'a1' });
    let release = () => {};
    const held = new Promise<'pass'>((resolve) => {
      release = () => resolve('pass');
    });
    let arrived = () => {};
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const late = trial.upgrade(
      {},
      {
        onQuery: ({ text, connection }) => {
          if (connection !== 1 || !text.includes('CREATE TABLE "t_b1"')) return 'pass';
          arrived();
          return held;
        },
      },
    );
    await arrival;
    assert.equal((await trial.upgrade()).ran, ['b1']);
    release();
    const { error, ran } = await late;
    assert.is(error, undefined, error?.message);
    assert.equal(ran, []);
    await assertOnce(trial.database, [{ id: 'a1' }, { id: 'b1' }]);
  }));

const altering: readonly TestRevision[] = [
  { id: 'a1', up: table },
  { id: 'b1', up: '-- updown: lock-timeout=300ms\nALTER TABLE t ADD COLUMN x integer;\n' },
];

test('F22: a lock that can not be acquired is tried again, says who is in the way, and ends with exit 5', () =>
  withTrial(altering, async (trial) => {
    await trial.upgrade({ target: 'a1' });
    await whileHeld(trial.database.url, 'SELECT count(*) FROM t', async (_, pid) => {
      const events: Event[] = [];
      const { error } = await trial.upgrade({ wait: 2_000, emit: (event) => void events.push(event) });
      assert.equal([error?.code, error?.exitStatus, error?.sqlstate], ['busy', 5, '55P03'], error?.message);
      assert.match(error!.message, 'A lock could not be acquired in 2 s: canceling statement due to lock timeout');
      assert.match(error!.hint!, `SELECT pg_terminate_backend(${pid});`);
      assert.match(error!.hint!, '--wait');
      assert.match(error!.notes.join('\n'), inTheWay(pid));
      const waits = events.filter((event) => event.kind === 'waiting');
      assert.ok(waits.length >= 2, `${waits.length} tries`);
      assert.equal(
        waits.map(({ attempt }) => attempt),
        waits.map((_, index) => index + 1),
      );
      assert.ok(waits.slice(1).every(({ holder }) => holder?.pid === pid));
      assert.ok(
        events.some((event) => event.kind === 'blocked' && event.pid === pid && inTheWay(pid).test(event.words)),
      );
    });
    assert.is(await readEvents(trial.database), 'fail');
    assert.is((await trial.upgrade()).error, undefined);
  }));

test('F22: however short the lock timeout, the first try says who is in the way', () =>
  withTrial(altering, async (trial) => {
    await trial.edit(altering.map((one) => ({ ...one, up: one.up?.replace('300ms', '390ms') ?? '' })));
    await trial.upgrade({ target: 'a1' });
    await whileHeld(trial.database.url, 'SELECT count(*) FROM t', async (_, pid) => {
      const { error } = await trial.upgrade({ wait: 0 });
      assert.equal([error?.code, error?.sqlstate], ['busy', '55P03'], error?.message);
      assert.match(error!.hint!, `SELECT pg_terminate_backend(${pid});`);
    });
  }));

function inTheWay(pid: number): RegExp {
  return new RegExp(
    `pid ${pid} \\(holder, user postgres, from 127\\.0\\.0\\.1\\), idle in transaction for \\d\\d:\\d\\d:\\d\\d: SELECT`,
  );
}

test('F22: once the lock is free the step goes through, in the same run', () =>
  withTrial(altering, async (trial) => {
    await trial.upgrade({ target: 'a1' });
    let waits = 0;
    await whileHeld(trial.database.url, 'SELECT count(*) FROM t', async (release) => {
      const emit = (event: Event) => void (event.kind === 'waiting' && ++waits === 2 && release());
      assert.is((await trial.upgrade({ emit })).error, undefined);
    });
    assert.ok(waits >= 2);
    assert.is(await readEvents(trial.database), 'up');
  }));

test('F22: the command line shows each try, who is in the way, and the statement that ends it', () =>
  withTrial(altering, async (trial) => {
    await trial.upgrade({ target: 'a1' });
    await whileHeld(trial.database.url, 'SELECT count(*) FROM t', async (_, pid) => {
      const args = ['upgrade', '--url', trial.database.url, '--wait', '1.5'];
      const { status, stdout, stderr } = await updown(args, { cwd: trial.cwd });
      assert.is(status, 5, stderr);
      assert.is(stdout, '');
      assert.match(stderr, /waiting: canceling statement due to lock timeout.* \(try 1, .* left\)/);
      assert.match(stderr, `to end it: SELECT pg_terminate_backend(${pid});`);
      assert.match(stderr, /\n {4}it runs: SELECT/);
      assert.match(stderr, inTheWay(pid));
      assert.match(stderr, 'error (busy): A lock could not be acquired');
      assert.is(stderr.match(/^ {2}[x✗] /gm)?.length, 1, stderr);
    });
  }));

test('F22: what works outside a transaction without a build keeps its lock timeout', () =>
  withTrial(
    [
      { id: 'a1', up: table },
      { id: 'b1', up: '-- updown: no-transaction\nVACUUM FULL t;\n' },
    ],
    async (trial) => {
      await trial.upgrade({ target: 'a1' });
      await trial.configure({ lockTimeout: '100ms' });
      await whileHeld(trial.database.url, 'SELECT count(*) FROM t', async () => {
        const { error } = await trial.upgrade({ wait: 400 });
        assert.equal([error?.code, error?.sqlstate], ['busy', '55P03'], error?.message);
      });
      assert.is((await trial.upgrade()).error, undefined);
    },
  ));

test('F23: no lock timeout ends a build that waits for an old transaction', () =>
  withTrial(building, async (trial) => {
    await trial.upgrade({ target: 'a1' });
    await trial.configure({ lockTimeout: '100ms' });
    const tries: Event[] = [];
    await whileHeld(trial.database.url, snapshot, async (release) => {
      setTimeout(release, 700);
      const { error } = await trial.upgrade({ emit: (event) => void (event.kind === 'waiting' && tries.push(event)) });
      assert.is(error, undefined, error?.message);
    });
    assert.equal(tries, []);
    await assertOnce(trial.database, building);
  }));

test('F23: a lock timeout the file asks for is kept, and a build it ended is dropped and done again', () =>
  withTrial(building, async (trial) => {
    await trial.edit(
      building.map((one) =>
        one.id === 'b1' ? { ...one, up: one.up!.replace('\n', '\n-- updown: lock-timeout=100ms\n') } : one,
      ),
    );
    await trial.upgrade({ target: 'a1' });
    let waits = 0;
    await whileHeld(trial.database.url, snapshot, async (release) => {
      const emit = (event: Event) => void (event.kind === 'waiting' && ++waits === 2 && release());
      const { error, sent } = await trial.upgrade({ emit });
      assert.is(error, undefined, error?.message);
      assert.ok(sent.filter((text) => text === 'DROP INDEX CONCURRENTLY t_n').length >= 1, sent.join('; '));
    });
    await assertOnce(trial.database, building);
  }));

test('F27: two ledgers in one database have keys of their own, and neither blocks the other', () =>
  withTrial([{ id: 'a1', up: 'CREATE TABLE one (n integer);\nLOCK one;\nSELECT pg_sleep(30);\n' }], async (trial) => {
    assert.is.not(lockKeys('one')[1], lockKeys('two')[1]);
    assert.is(lockKeys('one')[0], lockKeys('two')[0]);
    const { query, url } = trial.database;
    const first = trial.upgrade({ ledgerSchema: 'one' });
    const [{ pid }] = (await untilBackend(query, "datname = current_database() AND wait_event = 'PgSleep'")) as [
      { pid: number },
    ];
    await withProject({}, async (cwd) => {
      await writeProject(cwd, [{ id: 'b1' }], { project: 'other-xyz789' });
      const emit = ({ kind }: Event) => assert.is.not(kind, 'waiting');
      await upgrade({ cwd, env: {}, url, wait: 0, ledgerSchema: 'two', allowExisting: true, emit });
    });
    await query(`SELECT pg_cancel_backend(${pid})`);
    assert.is((await first).error?.sqlstate, '57014');
    assert.equal(await query('SELECT revision FROM two.applied'), [{ revision: 'b1' }]);
  }));

test('F28: a holder of the lock that hangs is named, with what it does, for how long, and how to end it', () =>
  withTrial([{ id: 'a1', up: 'CREATE TABLE one (n integer);\nSELECT pg_sleep(60);\n' }], async (trial) => {
    const { query, url } = trial.database;
    const hung = trial.upgrade({}, {}, 'hanging-pod');
    const [{ pid }] = (await untilBackend(query, "datname = current_database() AND wait_event = 'PgSleep'")) as [
      { pid: number },
    ];
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const { error } = await trial.upgrade({ wait: 700 });
    assert.equal([error?.code, error?.exitStatus], ['busy', 5], error?.message);
    const words = new RegExp(
      `pid ${pid} \\(hanging-pod, user postgres, from 127\\.0\\.0\\.1\\), active for (?!00:00:00)\\d\\d:\\d\\d:\\d\\d: up of revision a1$`,
    );
    assert.ok(
      error!.notes.some((note) => note.startsWith('in the way: ') && words.test(note)),
      error!.notes.join('\n'),
    );
    assert.match(error!.hint!, `To end what is in the way: SELECT pg_terminate_backend(${pid});`);
    await trial.edit([{ id: 'a1' }]);
    const waits: Extract<Event, { kind: 'waiting' }>[] = [];
    let next: Promise<Ended> | undefined;
    await new Promise<void>((resolve) => {
      next = trial.upgrade({
        wait: 60_000,
        emit: (event) => {
          if (event.kind === 'waiting') resolve(void waits.push(event));
        },
      });
    });
    assert.ok(
      waits.every(({ holder }) => holder !== undefined && words.test(holder.words)),
      JSON.stringify(waits),
    );
    await query(/SELECT pg_terminate_backend\(\d+\);/.exec(error!.hint!)![0]);
    assert.is((await hung).error?.code, 'connection');
    assert.is((await next)?.error, undefined);
    assert.ok(url);
  }));

test('F28: one that hangs outside a transaction is named as well', () =>
  withTrial(
    [
      { id: 'a1', up: table },
      { id: 'b1', up: '-- updown: no-transaction\nVACUUM t;\nSELECT pg_sleep(60);\n' },
    ],
    async (trial) => {
      const { query } = trial.database;
      const hung = trial.upgrade({}, {}, 'hanging-pod');
      const [{ pid }] = (await untilBackend(query, "datname = current_database() AND wait_event = 'PgSleep'")) as [
        { pid: number },
      ];
      const { error } = await trial.upgrade({ wait: 1_000 });
      assert.equal([error?.code, error?.exitStatus], ['busy', 5], error?.message);
      assert.match(
        error!.message,
        `Another run was still at work after 1 s: Pid ${pid} works on up of b1, outside a transaction`,
      );
      assert.match(
        error!.notes.join('\n'),
        `in the way: pid ${pid} (hanging-pod, user postgres, from 127.0.0.1), active for`,
      );
      assert.match(error!.hint!, `SELECT pg_terminate_backend(${pid});`);
      await query(`SELECT pg_terminate_backend(${pid})`);
      assert.is(((await hung).error as UpdownError).code, 'connection');
    },
  ));

test.run();
