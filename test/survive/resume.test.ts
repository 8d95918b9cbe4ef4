import postgres from 'postgres';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Emit, prepareUpgrade } from '../../lib/index.ts';
import { updown } from '../support/cli.ts';
import type { Database } from '../support/database.ts';
import type { TestRevision } from '../support/project.ts';
import type { Verdict } from '../support/proxy.ts';
import { needsPsql } from '../support/run.ts';
import { lastLine, print, runScript } from '../support/script.ts';
import { breakOff, cutBeforeRecord, readEvents, type Trial, whileHeld, withTrial } from './broken.ts';

const table =
  "CREATE TABLE t (n integer, s text);\nINSERT INTO t SELECT g, 's' || g FROM generate_series(1, 100) AS g;\n";

/** A table, and a step outside a transaction that does something to it. */
function around(up: string, setUp = table): readonly TestRevision[] {
  return [
    { id: 'a1', up: setUp },
    { id: 'b1', up: `-- updown: no-transaction\n${up}` },
  ];
}

/** Every index, with whether it is valid; also those of what is stored beside a table. */
async function readIndexes({ query }: Database): Promise<readonly string[]> {
  const rows = await query(`
    SELECT c.relname || CASE WHEN i.indisvalid AND i.indisready THEN '' ELSE ' INVALID' END AS words
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
     WHERE t.relnamespace = 'public'::regnamespace OR NOT i.indisvalid ORDER BY 1`);
  return rows.map(({ words }) => String(words));
}

async function succeeds(trial: Trial, options?: Parameters<Trial['upgrade']>[0]): Promise<readonly string[]> {
  const { error, sent } = await trial.upgrade(options);
  assert.is(error, undefined, `${error?.message}\n${error?.notes.join('\n')}`);
  return sent;
}

/** A build of somebody else's, however it ends. */
async function buildByHand({ database }: Trial, sql: string): Promise<void> {
  const other = postgres(database.url, { max: 1, onnotice: () => {}, connection: { application_name: 'somebody' } });
  await other.unsafe(sql).catch(() => {});
  await other.end({ timeout: 1 });
}

async function isCut(trial: Trial, statement: number): Promise<void> {
  const { error } = await trial.upgrade({}, cutBeforeRecord(statement));
  assert.is(error?.code, 'connection', error?.message);
  assert.match(error!.notes.join('\n'), `b1 is not finished, with ${statement - 1} of its statements recorded`);
}

const builds = [
  ['a named build', 'CREATE INDEX CONCURRENTLY t_s ON t (s)', 't_s'],
  ['a build with IF NOT EXISTS', 'CREATE INDEX CONCURRENTLY IF NOT EXISTS t_s ON t (s)', 't_s'],
  ['an unnamed build', 'CREATE INDEX CONCURRENTLY ON t (s)', 't_s_idx'],
  ['a unique build', 'CREATE UNIQUE INDEX CONCURRENTLY t_s ON t (s)', 't_s'],
] as const;

const snapshot = 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT 1';
const reader = 'SELECT FROM t LIMIT 0';
const holders = [
  ['a writer', 'INSERT INTO t VALUES (-1, NULL)'],
  ['a snapshot', snapshot],
] as const;

for (const [what, sql, name] of builds) {
  test(`F24: ${what} that ran but was not recorded is recorded, not built again`, () =>
    withTrial(around(sql), async (trial) => {
      await isCut(trial, 1);
      const [before] = await trial.database.query(`SELECT '${name}'::regclass::oid AS oid`);
      assert.equal(await succeeds(trial), []);
      assert.equal(await readIndexes(trial.database), [name]);
      assert.equal((await trial.database.query(`SELECT '${name}'::regclass::oid AS oid`))[0], before);
      assert.is(await readEvents(trial.database), 'start 0, start 0, progress 1, up');
    }));

  for (const [holder, hold] of holders) {
    test(`F24: ${what} that broke off while it waited for ${holder} is dropped and done again`, () =>
      withTrial(around(sql), async (trial) => {
        await succeeds(trial, { target: 'a1' });
        const { error } = await breakOff(trial.database, hold, () => trial.upgrade());
        assert.is(error?.code, 'connection');
        assert.equal(await readIndexes(trial.database), [`${name} INVALID`]);
        assert.equal(await succeeds(trial), [`DROP INDEX CONCURRENTLY ${name}`, sql]);
        assert.equal(await readIndexes(trial.database), [name]);
        assert.is(await readEvents(trial.database), 'start 0, start 0, progress 1, up');
      }));
  }
}

test('F24: a unique build that meets duplicates is not recorded, and goes on once they are gone', () =>
  withTrial(
    around('CREATE UNIQUE INDEX CONCURRENTLY t_s ON t (s)', `${table}INSERT INTO t VALUES (0, 's1');\n`),
    async (trial) => {
      for (const n of [1, 2]) {
        const { error } = await trial.upgrade();
        assert.equal([error?.code, error?.exitStatus, error?.sqlstate], ['sql', 1, '23505'], `try ${n}`);
        assert.equal(await readIndexes(trial.database), ['t_s INVALID']);
      }
      await trial.database.query('DELETE FROM t WHERE n = 0');
      await succeeds(trial);
      assert.equal(await readIndexes(trial.database), ['t_s']);
      assert.is(await readEvents(trial.database), 'start 0, fail 1, start 0, fail 1, start 0, progress 1, up');
    },
  ));

test('F24: IF NOT EXISTS in a transaction does not hide an INVALID index; a valid one, and one that waits for its parts, it may find', () =>
  withTrial(
    [
      {
        id: 'a1',
        up: 'CREATE TABLE t (n integer);\nINSERT INTO t VALUES (1), (1);\nCREATE TABLE p (n integer) PARTITION BY LIST (n);\n',
      },
      { id: 'b1', up: 'CREATE UNIQUE INDEX IF NOT EXISTS u ON t (n);\n' },
      { id: 'c1', up: 'CREATE INDEX IF NOT EXISTS w ON ONLY p (n);\nCREATE UNIQUE INDEX IF NOT EXISTS u ON t (n);\n' },
      { id: 'd1', up: 'SELECT 1;\nCREATE INDEX IF NOT EXISTS u ON t (n);\n' },
    ],
    async ({ database, upgrade }) => {
      await upgrade({ target: 'a1' });
      await database.query('CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)');
      await database.query('CREATE UNIQUE INDEX CONCURRENTLY u ON t (n)').catch(() => {});
      const { error } = await upgrade();
      assert.equal([error?.code, error?.sqlstate], ['sql', 'UD008'], error?.message);
      assert.match(error!.hint!, 'DROP INDEX CONCURRENTLY u;');
      await database.query('DROP INDEX u');
      await database.query('DELETE FROM t');
      assert.is((await upgrade({ target: 'c1' })).error, undefined);
      const other = await upgrade();
      assert.match(other.error!.message, 'existed before, and differs');
      assert.is(other.error?.place?.line, 2);
    },
  ));

test('F24: an INVALID index that was there before is not ours to drop, and IF NOT EXISTS does not hide it', () =>
  withTrial(around('CREATE INDEX CONCURRENTLY IF NOT EXISTS t_s ON t (s)'), async (trial) => {
    await succeeds(trial, { target: 'a1' });
    await breakOff(trial.database, snapshot, () => buildByHand(trial, 'CREATE INDEX CONCURRENTLY t_s ON t (s)'));
    for (const n of [1, 2]) {
      const { error } = await trial.upgrade();
      assert.equal([error?.code, error?.exitStatus, error?.sqlstate], ['sql', 1, 'UD008'], `try ${n}`);
      assert.match(error!.message, 'index t_s on t is INVALID');
      assert.match(error!.hint!, 'DROP INDEX CONCURRENTLY');
    }
    await trial.database.query('DROP INDEX t_s');
    await succeeds(trial);
    assert.equal(await readIndexes(trial.database), ['t_s']);
  }));

test("an unnamed build stands beside somebody else's INVALID index", () =>
  withTrial(around('CREATE INDEX CONCURRENTLY ON t (s)'), async (trial) => {
    await succeeds(trial, { target: 'a1' });
    await breakOff(trial.database, snapshot, () => buildByHand(trial, 'CREATE INDEX CONCURRENTLY theirs ON t (n)'));
    await succeeds(trial);
    assert.equal(await readIndexes(trial.database), ['t_s_idx', 'theirs INVALID']);
  }));

test('DROP INDEX CONCURRENTLY that ran but was not recorded is recorded', () =>
  withTrial(around('DROP INDEX CONCURRENTLY t_s', `${table}CREATE INDEX t_s ON t (s);\n`), async (trial) => {
    await isCut(trial, 1);
    assert.equal(await succeeds(trial), []);
    assert.is(await readEvents(trial.database), 'start 0, start 0, progress 1, up');
  }));

test('DROP INDEX CONCURRENTLY that broke off is done again', () =>
  withTrial(around('DROP INDEX CONCURRENTLY t_s', `${table}CREATE INDEX t_s ON t (s);\n`), async (trial) => {
    await succeeds(trial, { target: 'a1' });
    await breakOff(trial.database, reader, () => trial.upgrade());
    assert.equal(await readIndexes(trial.database), ['t_s INVALID']);
    assert.equal(await succeeds(trial), ['DROP INDEX CONCURRENTLY t_s']);
    assert.equal(await readIndexes(trial.database), []);
  }));

const refused = [
  ['DROP INDEX CONCURRENTLY nowhere', '42704'],
  ['DROP DATABASE updown_nowhere', '3D000'],
  ['CREATE DATABASE postgres', '42P04'],
  ["CREATE TABLESPACE pg_default LOCATION '/nowhere'", '42939'],
  ['ALTER TABLE t DETACH PARTITION u CONCURRENTLY', '42P17'],
] as const;
for (const [sql, sqlstate] of refused) {
  test(`what fails is not recorded by a second run: ${sql}`, () =>
    withTrial(around(sql, `${table}CREATE TABLE u ();\n`), async (trial) => {
      for (const n of [1, 2, 3]) {
        const { error } = await trial.upgrade();
        assert.is(error?.sqlstate, sqlstate, `try ${n}: ${error?.message}`);
      }
      assert.is(await readEvents(trial.database), 'start 0, fail 1, start 0, fail 1, start 0, fail 1');
    }));
}

for (const [sql, what] of [
  ['REINDEX INDEX CONCURRENTLY t_s', 'an index'],
  ['REINDEX TABLE CONCURRENTLY t', 'a table and what is stored beside it'],
  ['REINDEX SCHEMA CONCURRENTLY public', 'a schema'],
] as const) {
  test(`REINDEX CONCURRENTLY of ${what} that broke off leaves nothing once it is done again`, () =>
    withTrial(around(sql, `${table}CREATE INDEX t_s ON t (s);\n`), async (trial) => {
      await succeeds(trial, { target: 'a1' });
      await breakOff(trial.database, snapshot, () => trial.upgrade());
      const left = await readIndexes(trial.database);
      assert.ok(left.includes('t_s_ccnew INVALID'), left.join());
      const sent = await succeeds(trial);
      assert.equal(sent.at(-1), sql);
      assert.is(sent.length, left.filter((name) => name.endsWith('INVALID')).length + 1, sent.join('; '));
      assert.equal(await readIndexes(trial.database), ['t_s']);
    }));
}

const parted = `CREATE TABLE p (n integer) PARTITION BY RANGE (n);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
`;
const detach = 'ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY';

test('DETACH PARTITION CONCURRENTLY that ran but was not recorded is recorded', () =>
  withTrial(around(detach, parted), async (trial) => {
    await isCut(trial, 1);
    assert.equal(await succeeds(trial), []);
    assert.is(await readEvents(trial.database), 'start 0, start 0, progress 1, up');
  }));

test('DETACH PARTITION CONCURRENTLY that is pending is finalized', () =>
  withTrial(around(detach, parted), async (trial) => {
    await succeeds(trial, { target: 'a1' });
    await breakOff(trial.database, 'SELECT FROM p', () => trial.upgrade());
    const pending = 'SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhdetachpending';
    assert.equal(await trial.database.query(pending), [{ name: 'p1' }]);
    assert.equal(await succeeds(trial), ['ALTER TABLE p DETACH PARTITION p1 FINALIZE']);
    assert.equal(await trial.database.query(pending), []);
    assert.is(await readEvents(trial.database), 'start 0, start 0, progress 1, up');
  }));

for (const sql of [
  'VACUUM t',
  'VACUUM (FULL, ANALYZE) t',
  "ALTER SYSTEM SET log_min_duration_statement = '-1'",
  'CLUSTER',
]) {
  test(`what may run twice is run again: ${sql}`, () =>
    withTrial(around(sql), async (trial) => {
      await isCut(trial, 1);
      assert.equal(await succeeds(trial), [sql]);
      assert.is(await readEvents(trial.database), 'start 0, start 0, progress 1, up');
    }));
}

test('CREATE and DROP DATABASE that ran but were not recorded are recorded', () =>
  withTrial([], async (trial) => {
    const name = `${trial.database.name}_made`;
    await trial.edit(around(`CREATE DATABASE ${name};\nDROP DATABASE ${name}`));
    const there = () => trial.database.query(`SELECT FROM pg_database WHERE datname = '${name}'`);
    await isCut(trial, 1);
    assert.is((await there()).length, 1);
    await isCut(trial, 2);
    assert.is((await there()).length, 0);
    assert.equal(await succeeds(trial), []);
    assert.is(await readEvents(trial.database), 'start 0, start 0, progress 1, start 1, progress 2, up');
  }));

test('an enum value added outside a transaction is added once, wherever it was cut', () =>
  withTrial(around("ALTER TYPE e ADD VALUE 'z'", "CREATE TYPE e AS ENUM ('a');\n"), async (trial) => {
    const at = (verdict: 'drop' | 'last') => ({
      onQuery: ({ text }: { text: string }) => (text.includes('ADD VALUE') ? verdict : 'pass'),
    });
    assert.is((await trial.upgrade({}, at('drop'))).error?.code, 'connection');
    assert.is((await trial.upgrade({}, at('last'))).error?.code, 'connection');
    assert.equal(await succeeds(trial), []);
    assert.is(await readEvents(trial.database), 'start 0, start 0, progress 1, start 1, up');
  }));

const committing = `CREATE TABLE log (n serial);
CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log DEFAULT VALUES; COMMIT; END $$;
`;
const blind: readonly (readonly [string, string])[] = [
  ['CALL', 'CALL p()'],
  ['DO with COMMIT', 'DO $$ BEGIN INSERT INTO log DEFAULT VALUES; COMMIT; END $$'],
];
for (const [what, sql] of blind) {
  for (const [has, at, rows] of [
    ['has not run', 1, 2],
    ['has run', 2, 1],
  ] as const) {
    test(`F21, F42: of a ${what} nothing shows whether it has run: a person says that it ${has}`, () =>
      withTrial(around(sql, committing), async (trial) => {
        await isCut(trial, 1);
        for (const n of [1, 2]) {
          const { error, sent } = await trial.upgrade();
          assert.equal([error?.code, error?.exitStatus], ['unfinished', 4], `try ${n}: ${error?.message}`);
          assert.match(error!.message, 'statement 1 of up b1 may have run or not');
          assert.match(error!.hint!, '--resume-at 1 (it has not run) or --resume-at 2 (it has)');
          assert.equal(sent, []);
        }
        await succeeds(trial, { resumeAt: at });
        assert.equal(await trial.database.query('SELECT count(*)::int AS count FROM log'), [{ count: rows }]);
        const progress = at === 1 ? ', progress 1' : '';
        assert.is(await readEvents(trial.database), `start 0, start ${at - 1}${progress}, up`);
      }));
  }
}

test('--resume-at on the command line', () =>
  withTrial(around('CALL p()', committing), async (trial) => {
    await isCut(trial, 1);
    const at = { cwd: trial.cwd };
    const url = ['--url', trial.database.url];
    const asked = await updown(['upgrade', ...url], at);
    assert.is(asked.status, 4, asked.stderr);
    assert.match(asked.stderr, 'error (unfinished)');
    assert.match(
      asked.stderr,
      'Look at the database; then run again with --resume-at 1 (it has not run) or --resume-at 2',
    );
    const odd = await updown(['upgrade', ...url, '--resume-at', '4'], at);
    assert.is(odd.status, 4, odd.stderr);
    assert.match(odd.stderr, 'cannot go on with up of b1 at statement 4: the ledger has 0 of 1');
    assert.match(odd.stderr, '--resume-at 1 (it has not run) or --resume-at 2');
    assert.is((await updown(['upgrade', ...url, '--resume-at', '2'], at)).status, 0);
    const done = await updown(['upgrade', ...url, '--resume-at', '2'], at);
    assert.is(done.status, 2, done.stderr);
    assert.match(done.stderr, 'No step is unfinished');
  }));

needsPsql(test, 'a script is told by a variable of psql where to go on, each time it asks, and its errors say so', () =>
  withTrial(
    [
      ...around('CALL p();\nINSERT INTO log VALUES (70);\nCALL p()', committing),
      { id: 'c1', up: '-- updown: no-transaction\nVACUUM log;' },
    ],
    async (trial) => {
      const { database } = trial;
      const script = print(await prepareUpgrade({ cwd: trial.cwd, env: {} }));
      const psql = (...args: string[]) => runScript(database.url, script, { args });
      const count = async () => (await database.query('SELECT count(*)::int AS count FROM log'))[0]?.count;
      await isCut(trial, 1);
      const asked = await psql();
      assert.is(asked.status, 3, asked.stderr);
      assert.match(
        asked.stderr,
        'run again with -v updown_resume_at=1 (it has not run) or -v updown_resume_at=2 (it has).',
      );
      for (const odd of ['3', 'nonsense']) {
        const refused = await psql('-v', `updown_resume_at=${odd}`);
        assert.is(refused.status, 3, refused.stderr);
        if (odd === '3') assert.match(refused.stderr, '-v updown_resume_at=1 (it has not run)');
      }
      // It breaks off again, at another CALL.
      await database.query('ALTER TABLE log ADD CHECK (n <> 70)');
      const broken = await psql('-v', 'updown_resume_at=2');
      assert.is(broken.status, 3, broken.stderr);
      const early = await psql('-v', 'updown_resume_at=3');
      assert.match(
        early.stderr,
        'Run again without -v updown_resume_at: it finds out itself whether the next statement has run',
      );
      await database.query('ALTER TABLE log DROP CONSTRAINT log_n_check');
      const done = await psql('-v', 'updown_resume_at=2');
      assert.is(done.status, 0, done.stderr);
      assert.is(lastLine(done), 'updown: done, the database is at c1');
      assert.is(await count(), 3);
      // What was said of one step is not said of the next one.
      const [start] = await database.query(
        "SELECT detail ? 'told' AS told FROM updown.journal WHERE event = 'start' AND revision = 'c1'",
      );
      assert.equal(start, { told: false });
    },
  ),
);

test('--resume-at is an answer to one question: what stands recorded is not run again, and nothing else is skipped', () =>
  withTrial(
    around('INSERT INTO log DEFAULT VALUES;\nCALL p();\nCALL p();\nVACUUM log;\nSELECT 1', committing),
    async (trial) => {
      await isCut(trial, 3);
      for (const resumeAt of [1, 2, 5, 6, 7]) {
        const { error, sent } = await trial.upgrade({ resumeAt });
        assert.equal([error?.code, error?.exitStatus], ['unfinished', 4], `${resumeAt}: ${error?.message}`);
        assert.match(error!.message, `go on with up of b1 at statement ${resumeAt}: the ledger has 2 of 5`);
        assert.match(error!.hint!, '--resume-at 3 (it has not run) or --resume-at 4 (it has)');
        assert.equal(sent, []);
      }
      await succeeds(trial, { resumeAt: 4 });
      assert.equal(await trial.database.query('SELECT count(*)::int AS count FROM log'), [{ count: 3 }]);
      assert.is(
        await readEvents(trial.database),
        'start 0, progress 1, progress 2, start 3, progress 4, progress 5, up',
      );
    },
  ));

test('--resume-at does not skip a statement of which the ledger or the database tells whether it has run', () =>
  withTrial(
    around(
      'INSERT INTO log VALUES (70);\nDROP INDEX CONCURRENTLY log_n',
      `${committing}CREATE INDEX log_n ON log (n);\n`,
    ),
    async (trial) => {
      for (const [statement, has] of [
        [1, 'INSERT INTO log VALUES (70)'],
        [2, 'DROP INDEX CONCURRENTLY log_n'],
      ] as const) {
        const before = { onQuery: ({ text }: { text: string }) => (text.includes(has) ? 'drop' : 'pass') as Verdict };
        assert.is((await trial.upgrade({}, before)).error?.code, 'connection');
        const { error } = await trial.upgrade({ resumeAt: statement + 1 });
        assert.equal([error?.code, error?.exitStatus], ['unfinished', 4], error?.message);
        assert.match(error!.hint!, 'Run again without --resume-at');
      }
      await succeeds(trial, { resumeAt: 2 });
      assert.equal(await readIndexes(trial.database), []);
    },
  ));

test('what is recorded may not be edited, whatever --resume-at says', () =>
  withTrial(around('INSERT INTO log DEFAULT VALUES;\nCALL p()', committing), async (trial) => {
    await isCut(trial, 2);
    await trial.edit(around('INSERT INTO log VALUES (7);\nCALL p()', committing));
    for (const resumeAt of [2, 3]) {
      const { error } = await trial.upgrade({ resumeAt });
      assert.equal([error?.code, error?.exitStatus], ['edited', 4], error?.message);
    }
  }));

test('what is recorded does not run again in a transaction, where the directive was taken out', () =>
  withTrial(around('INSERT INTO log DEFAULT VALUES;\nCALL p()', committing), async (trial) => {
    await isCut(trial, 2);
    const [first, { up }] = around('INSERT INTO log DEFAULT VALUES;\nSELECT 1', committing) as [
      TestRevision,
      TestRevision,
    ];
    await trial.edit([first, { id: 'b1', up: `${up}`.replace('-- updown: no-transaction\n', '') }]);
    const { error, sent } = await trial.upgrade();
    assert.equal([error?.code, error?.exitStatus, sent], ['edited', 4, []], error?.message);
    assert.match(error!.hint!, 'Put `-- updown: no-transaction` back at its head');
    await trial.edit([first, { id: 'b1', up: `${up}` }]);
    await succeeds(trial);
    // One of them is the procedure's, whose entry was cut off.
    assert.is((await trial.database.query('TABLE log')).length, 2);
  }));

needsPsql(test, 'nor by a script, whatever it was emitted from', () =>
  withTrial(around('INSERT INTO log DEFAULT VALUES;\nCALL p()', committing), async (trial) => {
    await isCut(trial, 2);
    const [first, { up }] = around('INSERT INTO log DEFAULT VALUES;\nSELECT 1', committing) as [
      TestRevision,
      TestRevision,
    ];
    const rows = () => trial.database.query('TABLE log');
    const before = await rows();
    await trial.edit([first, { id: 'b1', up: `${up}`.replace('-- updown: no-transaction\n', '') }]);
    const script = print(await prepareUpgrade({ cwd: trial.cwd, env: {} }));
    const { status, stderr } = await runScript(trial.database.url, script);
    assert.is(status, 3, stderr);
    assert.match(stderr, 'UD005: 1 of the statements of up of b1 have run outside a transaction');
    assert.match(stderr, 'Put `-- updown: no-transaction` back at its head');
    assert.equal(await rows(), before);
    assert.is(await readEvents(trial.database), 'start 0, progress 1');
  }),
);

const retried = '-- updown: lock-timeout=200ms\nCALL p();\nALTER TABLE t ADD COLUMN x integer';
test('what a person said of one statement is not said again when a later one has to be retried', () =>
  withTrial(around(retried, `${table}${committing}`), async (trial) => {
    await isCut(trial, 1);
    let waits = 0;
    await whileHeld(trial.database.url, 'LOCK t', async (release) => {
      const emit: Emit = ({ kind }) => void (kind === 'waiting' && ++waits === 2 && release());
      await succeeds(trial, { resumeAt: 1, emit });
    });
    assert.ok(waits >= 2);
    assert.equal(await trial.database.query('SELECT count(*)::int AS count FROM log'), [{ count: 2 }]);
  }));

test('SET before a statement is said again when the step goes on behind it', () =>
  withTrial(
    around(
      `SET search_path = other;
SET app.word = 'kept';
CREATE INDEX CONCURRENTLY ON t (s);
RESET app.word;
SET app.word = 'last';
INSERT INTO seen VALUES (current_setting('app.word'))`,
      `${table}CREATE SCHEMA other; ALTER TABLE t SET SCHEMA other; CREATE TABLE other.seen (word text);\n`,
    ),
    async (trial) => {
      await isCut(trial, 3);
      await isCut(trial, 5);
      await succeeds(trial);
      assert.equal(await trial.database.query('SELECT * FROM other.seen'), [{ word: 'last' }]);
      assert.equal(await trial.database.query("SELECT FROM pg_indexes WHERE schemaname = 'other'"), [{}]);
    },
  ));

test('a dry run says which step goes on where, and that another one would have to wait for it', () =>
  withTrial(
    [...around('VACUUM t;\nSELECT 1 / n FROM t WHERE n = 0', `${table}INSERT INTO t VALUES (0);\n`), { id: 'c1' }],
    async (trial) => {
      await trial.upgrade();
      const run = (...args: readonly string[]) => updown([...args, '--url', trial.database.url], { cwd: trial.cwd });
      const { stdout } = await run('upgrade', '--dry-run');
      assert.match(stdout, /^up b1 .* \(no transaction\) unfinished: continues after 1 of 2 statements\nup c1 [^(]*\n/);
      const { steps } = (await run('plan', '--json')).json<{ steps: { id: string; recorded?: number }[] }>();
      assert.equal(
        steps.map(({ id, recorded }) => [id, recorded]),
        [
          ['b1', 1],
          ['c1', undefined],
        ],
      );
      const other = await run('downgrade', 'base', '--dry-run');
      assert.is(other.status, 4, other.stderr);
      assert.match(other.stderr, 'The up of revision "b1" was started outside a transaction and is not finished');
    },
  ));

const asMonitor =
  "CREATE FUNCTION be() RETURNS text LANGUAGE sql AS $$ SELECT set_config('role', 'pg_monitor', false) $$;\n";

test('the hint on a role that a function has set is not to grant it the ledger, and can be obeyed', () =>
  withTrial(around('SELECT be();\nVACUUM t', `${table}${asMonitor}`), async (trial) => {
    const { error } = await trial.upgrade();
    assert.equal([error?.code, error?.sqlstate], ['privilege', '42501'], error?.message);
    assert.match(error!.hint!, 'Write SET ROLE in the file instead');
    await trial.edit(around('SET ROLE pg_monitor;\nANALYZE t', `${table}${asMonitor}`));
    await succeeds(trial);
  }));

const threeStatements = ['CREATE INDEX CONCURRENTLY t_s ON t (s)', 'INSERT INTO t VALUES (0)', 'SELECT 1 / 0'];

test('a statement that has not run may be edited, and the step goes on', () =>
  withTrial(around(threeStatements.join(';\n')), async (trial) => {
    assert.is((await trial.upgrade()).error?.sqlstate, '22012');
    await trial.edit(around([...threeStatements.slice(0, 2), '-- mended\nSELECT 1 / 1', 'VACUUM t'].join(';\n')));
    assert.equal(await succeeds(trial), ['VACUUM t']);
    assert.is(
      await readEvents(trial.database),
      'start 0, progress 1, progress 2, fail 3, start 2, progress 3, progress 4, up',
    );
    assert.equal(await trial.database.query('SELECT FROM t WHERE n = 0'), [{}]);
  }));

test('a statement that has run may not be edited while its step is unfinished', () =>
  withTrial(around(threeStatements.join(';\n')), async (trial) => {
    assert.is((await trial.upgrade()).error?.sqlstate, '22012');
    for (const [index, changed] of [
      [0, 'CREATE INDEX CONCURRENTLY t_s ON t (n)'],
      [1, 'INSERT INTO t VALUES (1)'],
    ] as const) {
      await trial.edit(around([...threeStatements.with(index, changed).slice(0, 2), 'SELECT 1'].join(';\n')));
      const { error, sent } = await trial.upgrade();
      assert.equal([error?.code, error?.exitStatus], ['edited', 4], error?.message);
      assert.match(error!.message, 'up of b1 has run up to statement 2, and the file has changed there since');
      assert.equal(sent, []);
    }
    await trial.edit(
      around([threeStatements[0], `/* only a comment */ ${threeStatements[1]}`, 'SELECT 1'].join(';\n')),
    );
    await succeeds(trial);
  }));

test('another revision waits for a step that is not finished', () =>
  withTrial([...around(threeStatements.join(';\n')), { id: 'c1' }], async (trial) => {
    await trial.upgrade();
    const other = await updown(['downgrade', 'base', '--yes', '--url', trial.database.url], { cwd: trial.cwd });
    assert.is(other.status, 4, other.stderr);
    assert.match(
      other.stderr,
      'The up of revision "b1" was started outside a transaction and is not finished, with 2 of its statements',
    );
    assert.match(other.stderr, /Finish it: updown upgrade --url postgres:\/\/\S+ b1/);
  }));

test.run();
