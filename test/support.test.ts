import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { updown } from './support/cli.ts';
import { psql, withDatabase } from './support/database.ts';
import { withProject, writeProject } from './support/project.ts';
import { needsBaseBackup, needsPgDump, needsPsql } from './support/run.ts';
import { startServer } from './support/server.ts';

test('a database is fresh, reachable by its address, and gone afterwards', async () => {
  let database = '';
  let address = '';
  await withDatabase(async ({ url, name, admin, query }) => {
    [database, address] = [name, admin];
    assert.equal(await query('SELECT current_database() AS name'), [{ name }]);
    assert.equal(await query('CREATE TABLE one (id int); INSERT INTO one VALUES (1); SELECT id FROM one'), [{ id: 1 }]);
    assert.equal(await query('SELECT id FROM one WHERE false'), []);
    assert.is(new URL(url).pathname, `/${name}`);
  });
  assert.is(await countDatabases(address, database), 0);
});

test('a database is dropped though a session is left in it, and the test’s own error is kept', async () => {
  let [name, address] = ['', ''];
  let session: postgres.Sql | undefined;
  try {
    await withDatabase(async (database) => {
      [name, address] = [database.name, database.admin];
      session = postgres(database.url, { max: 1 });
      await session`SELECT 1`;
      throw new Error('of the test');
    });
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).message, 'of the test');
  }
  await session?.end({ timeout: 1 });
  assert.is(await countDatabases(address, name), 0);
});

test('a wrong password is refused', () =>
  withDatabase(async ({ url }) => {
    const wrong = new URL(url);
    wrong.password = 'wrong';
    const code = await readRow(wrong.href, 'SELECT 1').catch((error: { code: string }) => error.code);
    assert.is(code, '28P01');
  }));

test('a server of a test’s own survives an immediate restart and leaves no folder', async () => {
  const server = await startServer({ settings: { work_mem: '3MB' } });
  await readRow(server.url, 'CREATE TABLE kept (id int)');
  await server.restart('immediate');
  assert.equal(
    await readRow(server.url, "SELECT count(*)::int AS kept, current_setting('work_mem') AS memory FROM kept"),
    {
      kept: 0,
      memory: '3MB',
    },
  );
  await server.stop();
  await server.stop();
  assert.not(existsSync(server.socketFolder));
});

needsPsql(test, 'psql runs with its standard input and without a psqlrc', () =>
  withDatabase(({ url }) =>
    withProject({ psqlrc: '\\echo from the psqlrc\n' }, async (folder) => {
      const env = { PSQLRC: join(folder, 'psqlrc') };
      const good = await psql(url, ['-At'], { stdin: 'SELECT 1 + 1;\n', env });
      assert.equal([good.status, good.stdout, good.stderr], [0, '2\n', '']);
      const bad = await psql(url, ['-v', 'ON_ERROR_STOP=1', '-c', 'SELECT 1 / 0']);
      assert.is(bad.status, 1);
      assert.match(bad.stderr, 'division by zero');
    }),
  ),
);

needsPgDump(test, 'two dumps of one schema are equal, and the schema updown is left out', () =>
  withDatabase(async ({ query, dump }) => {
    await query('CREATE TABLE seen (id int); CREATE SCHEMA updown; CREATE TABLE updown.unseen (id int)');
    const first = await dump();
    assert.match(first, 'CREATE TABLE public.seen');
    assert.not.match(first, /unseen|restrict|Dumped/);
    assert.is(await dump(), first);
  }),
);

needsBaseBackup(test, 'a standby follows its primary', async () => {
  const primary = await startServer();
  const standby = await startServer({ standbyOf: primary });
  assert.equal(await readRow(standby.url, 'SELECT pg_is_in_recovery() AS standby'), { standby: true });
  await standby.stop();
  await primary.stop();
});

test('a project has the files it is given and is gone afterwards', async () => {
  let left = '';
  await withProject({ 'updown.json': '{}\n', 'a/b/c.sql': 'SELECT 1;' }, async (folder) => {
    left = folder;
    assert.is(await readFile(join(folder, 'a/b/c.sql'), 'utf8'), 'SELECT 1;');
  });
  assert.not(existsSync(left));
});

test('a manifest and its folders are written as design says', () =>
  withProject({}, async (folder) => {
    const folders = await writeProject(folder, [
      { id: '5cd038a8f131', message: 'Initial schema!', time: '20251024_1740' },
      { id: 'b2', labels: ['core'], dependsOn: ['5cd038a8f131'], up: 'SELECT 2;', down: null },
      { id: 'c3', parents: [] },
    ]);
    const manifest = await readFile(join(folder, 'migrations/manifest.jsonl'), 'utf8');
    assert.equal(manifest.split('\n'), [
      '{"updown":1,"project":"test-abc123"}',
      '{"id":"5cd038a8f131","parents":[],"folder":"20251024_1740_5cd038a8f131_initial_schema","message":"Initial schema!"}',
      '{"id":"b2","parents":["5cd038a8f131"],"folder":"20250101_0001_b2_add_b2","message":"add b2","labels":["core"],"depends_on":["5cd038a8f131"]}',
      '{"id":"c3","parents":[],"folder":"20250101_0002_c3_add_c3","message":"add c3"}',
      '',
    ]);
    assert.equal((await readdir(join(folder, 'migrations', folders.get('c3')!))).sort(), ['down.sql', 'up.sql']);
    assert.equal(await readdir(join(folder, 'migrations', folders.get('b2')!)), ['up.sql']);
    assert.ok((await stat(join(folder, 'migrations', folders.get('b2')!, 'up.sql'))).isFile());
  }));

test('the command line runs in its folder, with an environment that reaches no database by itself', () =>
  withProject({}, async (folder) => {
    const kept = { ...process.env };
    Object.assign(process.env, { DATABASE_URL: 'x', PGHOST: 'x', NO_COLOR: '1', TZ: 'Asia/Tokyo' });
    process.env.UPDOWN_TEST_CLI = fileURLToPath(new URL('./fixtures/echo-cli.js', import.meta.url));
    const outcome = await updown(['status', '--json'], { cwd: folder, env: { PGUSER: 'given' }, stdin: 'yes\n' });
    process.env = kept;
    const { args, env, cwd, stdin } = outcome.json<{
      args: string[];
      env: NodeJS.ProcessEnv;
      cwd: string;
      stdin: string;
    }>();
    assert.equal([outcome.status, outcome.stderr], [3, 'said on stderr\n']);
    assert.equal([args, cwd, stdin], [['status', '--json'], folder, 'yes\n']);
    assert.equal(
      [env.DATABASE_URL, env.PGHOST, env.NO_COLOR, env.PGUSER, env.TZ],
      [undefined, undefined, undefined, 'given', 'Asia/Tokyo'],
    );
  }));

test.run();

async function readRow(url: string, sql: string): Promise<unknown> {
  const client = postgres(url, { max: 1, onnotice: () => {} });
  try {
    return (await client.unsafe(sql)).at(0);
  } finally {
    await client.end({ timeout: 1 });
  }
}

async function countDatabases(url: string, name: string): Promise<number> {
  const row = await readRow(url, `SELECT count(*)::int AS count FROM pg_database WHERE datname = '${name}'`);
  return (row as { count: number }).count;
}
