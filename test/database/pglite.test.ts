import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { embeddedMajor } from '../../lib/database/embedded-major.ts';
import { openSession } from '../../lib/database/open.ts';
import { SendError, type ServerMessage, type Session, type SessionOptions } from '../../lib/database/session.ts';
import type { UpdownError } from '../../lib/errors.ts';
import { parseTarget } from '../../lib/libpq/parse.ts';
import { sourceLoader } from '../support/source-loader.ts';

function open(url: string, extra: Partial<SessionOptions> = {}): Promise<Session> {
  return openSession(parseTarget(url, {}), { applicationName: "pglite's test", onNotice: () => {}, ...extra });
}

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'pglite-'));
  try {
    await body(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function refusal(opening: Promise<Session>): Promise<UpdownError> {
  const session = await opening.catch((error: UpdownError) => error);
  if (!('send' in session)) return session;
  await session.close();
  throw new Error('it opened');
}

test('the embedded server gives no rows where nobody asks for them', async () => {
  const session = await open('pglite:memory?extensions=citext,uuid-ossp');
  const text =
    "SELECT repeat('x', 100), g FROM generate_series(1, 300000) g; SELECT repeat('y', 30000000); SELECT 1 AS a";
  const used = (): number => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
  const before = used();
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, used() - before);
  }, 1);
  assert.equal(await session.send(text, { dropsRows: true }), []);
  clearInterval(timer);
  most = Math.max(most, used() - before);
  assert.ok(most < 50_000_000, `${Math.round(most / 1e6)} MB`);
  const error = await session.send('SELECT 1; SELECT 1/0', { dropsRows: true }).catch((caught) => caught);
  assert.equal([error.fields.code, error.completed, error.lost], ['22012', ['SELECT 1'], false]);
  assert.equal(await session.send('SELECT 2 AS a'), [[{ a: '2' }]]);
  await session.close();
});

test('the embedded server answers like any other, and the next session starts clean', async () => {
  const notices: ServerMessage[] = [];
  const onNotice = (notice: ServerMessage): void => void notices.push(notice);
  const first = await open('pglite:memory?extensions=citext,uuid-ossp', { onNotice });
  assert.is(first.kind, 'pglite');
  assert.match(first.parameters.get('server_version') ?? '', /^1\d\./);
  assert.is(Number.parseInt(first.parameters.get('server_version') ?? '', 10), embeddedMajor);
  assert.equal(await first.send('SELECT 1 AS a, true AS b; SELECT 2 AS c WHERE false'), [[{ a: '1', b: 't' }], []]);
  assert.equal(await first.send('SELECT pg_backend_pid() AS pid'), [[{ pid: String(first.backendPid) }]]);
  assert.equal(await first.send('SHOW application_name'), [[{ application_name: "pglite's test" }]]);
  await first.send(
    'DO $$ BEGIN RAISE WARNING \'careful\'; END $$; CREATE EXTENSION citext; CREATE EXTENSION "uuid-ossp"',
  );
  assert.equal(
    notices.map((notice) => `${notice.severity} ${notice.message}`),
    ['WARNING careful'],
  );

  const error = await first.send('CREATE TABLE gone (a int); SELECT 1/0').catch((caught) => caught);
  assert.instance(error, SendError);
  assert.equal([error.fields.code, error.completed, error.lost], ['22012', ['CREATE TABLE'], false]);

  await first.send(
    "CREATE TABLE kept (a int); CREATE ROLE other; SET work_mem = '77MB'; CREATE TEMP TABLE temporary (a int)",
  );
  await first.send('SELECT pg_advisory_lock(1); SET SESSION AUTHORIZATION other; BEGIN; SAVEPOINT open');
  await first.cancel();
  await first.close();
  await first.close();

  const second = await open('pglite:memory?extensions=uuid-ossp,citext', { onNotice });
  const [[state] = []] = await second.send(`
    SELECT current_setting('work_mem') AS work_mem, current_user, to_regclass('kept') AS kept, to_regclass('gone') AS gone,
      to_regclass('temporary') AS temporary, (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory') AS locks,
      pg_current_xact_id_if_assigned() IS NULL AND now() = statement_timestamp() AS outside`);
  assert.equal(state, {
    work_mem: '4MB',
    current_user: 'postgres',
    kept: 'kept',
    gone: null,
    temporary: null,
    locks: '0',
    outside: 't',
  });
  await second.close();
  assert.is(notices.length, 1);
});

test('a large message and a large result go through', async () => {
  const session = await open('pglite:memory?extensions=citext,uuid-ossp');
  assert.is((await session.send("SELECT 'é';".repeat(5000))).length, 5000);
  const [rows] = await session.send("SELECT g, repeat('x', 100) AS x FROM generate_series(1, 20000) g");
  assert.is(rows?.length, 20_000);
  await session.close();
});

test('a second session waits for its turn, and is refused when its time is up', async () => {
  const url = 'pglite:memory?extensions=citext,uuid-ossp';
  const first = await open(url);
  const error = await refusal(open(url, { connectTimeoutMilliseconds: 30 }));
  assert.is(error.code, 'busy');
  const waiting = open(url);
  await first.close();
  const second = await waiting;
  assert.equal(await second.send('SELECT 1 AS a'), [[{ a: '1' }]]);
  await second.close();
});

test('F48: an instance that dies is reported, and the next session gets a new one', async () => {
  const session = await open('pglite:memory?extensions=citext,uuid-ossp');
  const error = await session.send('CREATE TEMP TABLE t (a int); COPY t FROM STDIN').catch((caught) => caught);
  assert.instance(error, SendError);
  assert.is(error.lost, true);
  const late = await session.send('SELECT 1').catch((caught) => caught);
  assert.is(late.lost, true);
  await session.close();
});

test('a folder is made, kept, locked while open and released on close', async () => {
  await withFolder(async (folder) => {
    const url = `pglite:${folder}/deep/data`;
    const first = await open(url);
    await first.send('CREATE TABLE kept (a int); INSERT INTO kept VALUES (7)');
    assert.equal((await readdir(join(folder, 'deep'))).sort(), ['data', 'data.lock']);
    await first.close();
    assert.equal(await readdir(join(folder, 'deep')), ['data']);

    const second = await open(url);
    assert.equal(await second.send('SELECT a FROM kept'), [[{ a: '7' }]]);
    await second.close();

    // In a process of its own: it must see the data, end by itself after close, and meet the lock of a live process.
    const outcome = await runScript(`
      const { openSession } = await import(${JSON.stringify(new URL('../../lib/database/open.ts', import.meta.url).href)});
      const target = { kind: 'pglite', folder: ${JSON.stringify(`${folder}/deep/data`)}, extensions: [] };
      const session = await openSession(target, { applicationName: 'x', onNotice() {} });
      console.log((await session.send('SELECT a FROM kept'))[0][0].a);
      await session.close();`);
    assert.equal(outcome, { status: 0, stdout: '7\n' });

    await writeFile(join(folder, 'deep', 'data.lock'), `${process.ppid}\n`);
    const error = await refusal(open(url));
    assert.is(error.code, 'busy');
    assert.match(error.message, new RegExp(`process ${process.ppid}\\b`));
    assert.equal((await readdir(join(folder, 'deep'))).sort(), ['data', 'data.lock']);
  });
});

async function runScript(text: string): Promise<{ status: number | null; stdout: string }> {
  const child = spawn(process.execPath, [...sourceLoader(), '--input-type=module', '-e', text], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  const limit = setTimeout(() => child.kill('SIGKILL'), 30_000);
  const [status] = await once(child, 'close');
  clearTimeout(limit);
  return { status, stdout };
}

test('a folder with other files in it is refused and left alone', async () => {
  await withFolder(async (folder) => {
    await mkdir(join(folder, 'data'));
    await writeFile(join(folder, 'data', 'letter.txt'), 'dear');
    const error = await refusal(open(`pglite:${folder}/data`));
    assert.is(error.code, 'config');
    assert.equal(await readdir(join(folder, 'data')), ['letter.txt']);
    assert.equal(await readdir(folder), ['data']);
  });
});

test('an unknown extension is named', async () => {
  for (const name of ['postgis', '../index']) {
    const error = await refusal(open(`pglite:memory?extensions=${name}`));
    assert.is(error.code, 'config');
    assert.ok(error.message.includes(`"${name}"`));
  }
});

test('those on threads of their own are new each time, also where they start from the files of the one before', async () => {
  const systems: unknown[] = [];
  for (const n of [1, 2, 3, 4]) {
    const session = await openSession(
      { kind: 'pglite', apart: true, extensions: ['citext'] },
      { applicationName: 'test', onNotice: () => {} },
    );
    const [rows] = await session.send(
      "SELECT system_identifier AS id, to_regclass('public.left') AS left FROM pg_control_system()",
    );
    assert.is(rows?.[0]?.left, null, `number ${n}`);
    systems.push(rows?.[0]?.id);
    await session.send('CREATE EXTENSION citext; CREATE TABLE public.left (a citext)');
    await session.close();
  }
  assert.is(new Set(systems).size, 1);
});

test('a file where the folder should be is refused with its name', () =>
  withFolder(async (folder) => {
    const file = join(folder, 'passwd');
    await writeFile(file, 'x');
    const error = await refusal(open(`pglite:${file}`));
    assert.is(error.code, 'config');
    assert.is(error.message, `"${file}" of the pglite url is a file`);
    assert.equal(await readdir(folder), ['passwd']);
  }));

test.run();
