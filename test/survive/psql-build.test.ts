import type { ChildProcess } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareUpgrade } from '../../lib/index.ts';
import type { Outcome } from '../support/process.ts';
import type { TestRevision } from '../support/project.ts';
import { needsPsql } from '../support/run.ts';
import { lastLine, print, runScript } from '../support/script.ts';
import { readEvents, type Trial, untilBackend, whileHeld, withTrial } from './broken.ts';

const table =
  "CREATE TABLE t (n integer, s text);\nINSERT INTO t SELECT g, 's' || g FROM generate_series(1, 100) AS g;\n";
const snapshot = 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT 1';
const building = "datname = current_database() AND wait_event_type = 'Lock' AND query ~ 'INDEX CONCURRENTLY'";

const builds = [
  ['a named build', 'CREATE INDEX CONCURRENTLY t_s ON t (s)', 't_s'],
  ['a build with IF NOT EXISTS', 'CREATE INDEX CONCURRENTLY IF NOT EXISTS t_s ON t (s)', 't_s'],
  ['an unnamed build', 'CREATE INDEX CONCURRENTLY ON t (s)', 't_s_idx'],
  ['a unique build', 'CREATE UNIQUE INDEX CONCURRENTLY t_s ON t (s)', 't_s'],
  ['an unnamed build of an expression', 'CREATE INDEX CONCURRENTLY ON t (lower(s))', 't_lower_idx'],
] as const;

function around(build: string, setUp = table): readonly TestRevision[] {
  return [
    { id: 'a1', up: setUp },
    { id: 'b1', up: `-- updown: no-transaction\n${build}` },
  ];
}

async function emit({ cwd }: Trial): Promise<string> {
  return print(await prepareUpgrade({ cwd, env: {} }));
}

/** Every index of the table, with whether it is valid. */
async function readIndexes({ database }: Trial): Promise<readonly string[]> {
  const rows = await database.query(`
    SELECT c.relname || CASE WHEN i.indisvalid AND i.indisready THEN '' ELSE ' INVALID' END AS words
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = 't'::regclass ORDER BY 1`);
  return rows.map(({ words }) => String(words));
}

async function completes(trial: Trial, script: string): Promise<Outcome> {
  const outcome = await runScript(trial.database.url, script);
  assert.is(outcome.status, 0, outcome.stderr);
  assert.is(lastLine(outcome), 'updown: done, the database is at b1');
  return outcome;
}

/** psql is killed while its backend waits, in the middle of the build, for a snapshot; that goes on meanwhile. */
async function whileKilled(
  trial: Trial,
  script: string,
  body: (pid: number, release: () => Promise<void>) => Promise<void>,
): Promise<void> {
  await whileHeld(trial.database.url, snapshot, async (release) => {
    let child: ChildProcess | undefined;
    const running = runScript(trial.database.url, script, { spawned: (started) => (child = started) });
    const [backend] = await untilBackend(trial.database.query, building);
    child!.kill('SIGKILL');
    assert.is((await running).signal, 'SIGKILL');
    await body(Number(backend!.pid), release);
  });
}

async function untilGone({ database }: Trial, pid: number): Promise<void> {
  while ((await database.query(`SELECT FROM pg_stat_activity WHERE pid = ${pid}`)).length > 0)
    await new Promise((resolve) => setTimeout(resolve, 10));
}

for (const [what, sql, name] of builds) {
  needsPsql(test, `F24: ${what} whose psql and backend are gone is dropped and built anew by the same script`, () =>
    withTrial(around(sql), async (trial) => {
      const script = await emit(trial);
      await whileKilled(trial, script, async (pid) => {
        await trial.database.query(`SELECT pg_terminate_backend(${pid})`);
        await untilGone(trial, pid);
      });
      assert.equal(await readIndexes(trial), [`${name} INVALID`]);
      const { stdout } = await completes(trial, script);
      assert.match(stdout, 'looking for what an interrupted run left');
      assert.equal(await readIndexes(trial), [name]);
      assert.is(await readEvents(trial.database), 'start 0, start 0, progress 1, up');
    }),
  );

  needsPsql(
    test,
    `F2: ${what} whose psql is gone goes on; a second psql is refused until it is done, and records it`,
    () =>
      withTrial(around(sql), async (trial) => {
        const script = await emit(trial);
        await whileKilled(trial, script, async (pid, release) => {
          const refused = await runScript(trial.database.url, script);
          assert.is(refused.status, 3, refused.stderr);
          assert.match(refused.stderr, `pid ${pid} works on up of b1, outside a transaction`);
          await release();
          await untilGone(trial, pid);
        });
        const { stdout } = await completes(trial, script);
        assert.match(stdout, 'statement 1 has run already, only recording it');
        assert.equal(await readIndexes(trial), [name]);
        assert.is(await readEvents(trial.database), 'start 0, start 0, progress 1, up');
      }),
  );
}

for (const [what, sql, name] of [
  ['a unique build', 'CREATE UNIQUE INDEX CONCURRENTLY t_s ON t (s)', 't_s'],
  ['a unique build with IF NOT EXISTS', 'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_s ON t (s)', 't_s'],
  ['an unnamed unique build', 'CREATE UNIQUE INDEX CONCURRENTLY ON t (s)', 't_s_idx'],
] as const) {
  needsPsql(test, `F24: ${what} that met duplicates in psql is built by the same script once they are gone`, () =>
    withTrial(around(sql, `${table}INSERT INTO t VALUES (0, 's1');\n`), async (trial) => {
      const script = await emit(trial);
      for (const n of [1, 2]) {
        const { status, stderr } = await runScript(trial.database.url, script);
        assert.is(status, 3, stderr);
        assert.match(stderr, 'could not create unique index');
        assert.equal(await readIndexes(trial), [`${name} INVALID`], `try ${n}`);
      }
      await trial.database.query('DELETE FROM t WHERE n = 0');
      await completes(trial, script);
      assert.equal(await readIndexes(trial), [name]);
      assert.is(await readEvents(trial.database), 'start 0, start 0, start 0, progress 1, up');
    }),
  );
}

needsPsql(test, 'F24: psql asks, too, whose an index is that a statement without a name may have made', () =>
  withTrial(around('CREATE INDEX CONCURRENTLY ON t ((s || n))'), async (trial) => {
    const script = await emit(trial);
    await whileKilled(trial, script, async (pid, release) => {
      await release();
      await untilGone(trial, pid);
    });
    const { status, stderr } = await runScript(trial.database.url, script);
    assert.is(status, 3, stderr);
    assert.match(stderr, 'index public.t_expr_idx may be what statement 1 of b1 has made');
    assert.is((await trial.upgrade({ resumeAt: 2 })).error, undefined);
    assert.equal(await readIndexes(trial), ['t_expr_idx']);
  }),
);

test.run();
