import postgres from 'postgres';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareUpgrade } from '../../lib/index.ts';
import { findProgram } from '../support/binaries.ts';
import { findPooler, startPooler } from '../support/pooler.ts';
import { needs } from '../support/run.ts';
import { lastLine, print, runScript } from '../support/script.ts';
import { startServer } from '../support/server.ts';
import { readEvents, type Trial, untilBackend, withTrial } from './broken.ts';

const missing = findPooler() && findProgram('psql') ? undefined : 'pgbouncer or psql is not there';

needs(
  test,
  'F25: a script whose backend a pooler changes within a step records nothing more, and goes on without the pooler',
  async () => {
    const server = await startServer();
    const pooler = await startPooler(server);
    try {
      await withTrial(
        [
          { id: 'a1', up: 'CREATE TABLE t (n integer);\n' },
          {
            id: 'b1',
            up: '-- updown: no-transaction\nINSERT INTO t VALUES (1);\nCREATE INDEX CONCURRENTLY ON t (n);\n',
          },
        ],
        (trial) => meetPooler(trial, new URL(pooler.url).port),
        { server: server.url },
      );
    } finally {
      await pooler.stop();
      await server.stop();
    }
  },
  missing,
);

async function meetPooler({ cwd, database }: Trial, port: string): Promise<void> {
  const script = print(await prepareUpgrade({ cwd, env: {} }));
  const pooled = Object.assign(new URL(database.url), { port }).href;
  const running = runScript(pooled, script.replace('-- statement 1\n', '\\! sleep 2\n-- statement 1\n'));
  const paused = "datname = current_database() AND application_name = 'updown test-abc123' AND state = 'idle'";
  await untilBackend(database.query, `${paused} AND query ~ '^(SET|DO) ' AND now() - query_start > '300ms'`);
  // The pooler hands out the backend that came back last.
  const other = postgres(pooled, { max: 1, prepare: false, fetch_types: false });
  await other.unsafe('BEGIN; SELECT 1').simple();
  const { status, stderr } = await running;
  await other.unsafe('COMMIT').simple();
  await other.end();
  assert.is(status, 3, stderr);
  assert.match(stderr, 'cannot go on with up of b1 after statement 0');
  assert.match(stderr, 'a transaction pooler has changed the backend: connect to the server itself');
  assert.is(await readEvents(database), 'start 0');
  // Until then the pooler keeps the one that began the step.
  await database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  );
  const direct = await runScript(database.url, script);
  assert.is(direct.status, 0, direct.stderr);
  assert.is(lastLine(direct), 'updown: done, the database is at b1');
  assert.is(await readEvents(database), 'start 0, start 0, progress 1, progress 2, up');
}

test.run();
