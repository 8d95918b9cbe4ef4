import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type UpdownError, upgrade } from '../../lib/index.ts';
import { updown } from '../support/cli.ts';
import { type Database, withDatabase } from '../support/database.ts';
import { findFreePort } from '../support/free-port.ts';
import { installCommand } from '../support/install.ts';
import { findFences } from '../support/markdown.ts';
import { cleanEnvironment, runProcess } from '../support/process.ts';
import { withProject, writeProject } from '../support/project.ts';
import { needs } from '../support/run.ts';
import { sourceLoader } from '../support/source-loader.ts';

const page = readFileSync(new URL('../../docs/start-up.md', import.meta.url), 'utf8');
const fencesOf = (language: string) =>
  findFences(page).flatMap((fence) => (fence.language === language ? [fence.text] : []));
const [migrates = '', waits = ''] = fencesOf('js');
const two = [{ id: 'a1' }, { id: 'b1' }];

/** A project in which the examples are `migrates.mjs` and `waits.mjs`, and `updown` and `express` are packages. */
function withShop(body: (cwd: string, database: Database) => Promise<void>): Promise<void> {
  return withProject({ 'migrates.mjs': migrates, 'waits.mjs': waits }, async (cwd) => {
    await writeProject(cwd, two);
    const built = process.env.UPDOWN_TEST_CLI;
    const file = built ? resolve(built, '../../lib/index.js') : new URL('../../lib/index.ts', import.meta.url).pathname;
    const folder = join(cwd, 'node_modules/updown');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'package.json'), '{ "type": "module", "exports": "./index.js" }');
    await writeFile(join(folder, 'index.js'), `export * from ${JSON.stringify(pathToFileURL(file).href)};\n`);
    await symlink(fileURLToPath(new URL('../../node_modules/express', import.meta.url)), join(folder, '../express'));
    await withDatabase((database) => body(cwd, database));
  });
}

/** Starts a program; what its server answers, once it listens. */
async function serves(command: readonly [string, ...string[]], cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  const [program, ...args] = command;
  const child = spawn(program, args, {
    cwd,
    env: cleanEnvironment({ PORT: '0', ...env }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [said, wrong] = ['', ''];
  child.stderr.setEncoding('utf8').on('data', (text) => {
    wrong += text;
  });
  const ended = once(child, 'close');
  try {
    for await (const text of child.stdout.setEncoding('utf8')) {
      said += text;
      const port = /(?:listening on |port |running on http:\/\/[\d.]+:)(\d+)/.exec(said)?.[1];
      if (port !== undefined) return await (await fetch(`http://127.0.0.1:${port}/`)).text();
    }
    throw new Error(`it ended without a server: ${said}${wrong}`);
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

const node = (file: string): [string, ...string[]] => [
  process.execPath,
  ...(process.env.UPDOWN_TEST_CLI ? [] : sourceLoader()),
  file,
];

test('three instances with Express that start at once migrate once, and all serve', () =>
  withShop(async (cwd, { url, query }) => {
    const answers = await Promise.all([1, 2, 3].map(() => serves(node('migrates.mjs'), cwd, { DATABASE_URL: url })));
    assert.equal(answers, ['at b1\n', 'at b1\n', 'at b1\n']);
    const rows = await query("SELECT revision FROM updown.journal WHERE event = 'up' ORDER BY seq");
    assert.equal(
      rows.map(({ revision }) => revision),
      ['a1', 'b1'],
    );
  }));

test('an instance that may not migrate serves once another one has', () =>
  withShop(async (cwd, { url }) => {
    const waiting = serves(node('waits.mjs'), cwd, { DATABASE_URL: url });
    const early = await updown(['status', '--wait', '0'], { cwd, env: { DATABASE_URL: url } });
    assert.is(early.status, 3);
    await upgrade({ cwd, url, env: {} });
    assert.is(await waiting, 'ok\n');
    assert.is((await updown(['status', '--wait', '0'], { cwd, env: { DATABASE_URL: url } })).status, 0);
  }));

// Without uvicorn: the same command starts the server that Python itself has.
test('the command in front of a server of another language starts it, and not where the upgrade fails', () =>
  withShop(async (cwd, { url }) => {
    const [line = ''] = fencesOf('sh');
    const shell = line.replace(/exec uvicorn .*/, 'exec python3 -u -m http.server --bind 127.0.0.1 0');
    assert.is.not(shell, line);
    const path = [await installCommand(cwd), process.env.PATH].join(delimiter);
    const command: [string, ...string[]] = ['bash', '-c', shell];
    assert.match(await serves(command, cwd, { DATABASE_URL: url, PATH: path }), 'migrates.mjs');
    await writeProject(cwd, [...two, { id: 'c1', up: 'SELECT 1 / 0;\n' }]);
    const failed = await serves(command, cwd, { DATABASE_URL: url, PATH: path }).catch((error) => error.message);
    assert.match(failed, /ended without a server[\s\S]*division by zero/);
  }));

// Next.js is not among what these tests install: its hook is called as Next calls it.
test("Next's hook migrates in a server, and neither in the edge runtime nor in a build", () =>
  withShop(async (cwd, { url, query }) => {
    const [hook = ''] = fencesOf('ts');
    await writeFile(join(cwd, 'instrumentation.mjs'), hook);
    await writeFile(join(cwd, 'next.mjs'), "import { register } from './instrumentation.mjs';\nawait register();\n");
    const [program, ...args] = node('next.mjs');
    const start = async (env: NodeJS.ProcessEnv) => {
      const { status, stderr } = await runProcess(program, args, {
        cwd,
        env: cleanEnvironment({ DATABASE_URL: url, ...env }),
      });
      assert.is(status, 0, stderr);
      return await query("SELECT to_regclass('t_b1') IS NOT NULL AS made");
    };
    assert.equal(await start({ NEXT_RUNTIME: 'edge' }), [{ made: false }]);
    assert.equal(await start({ NEXT_RUNTIME: 'nodejs', NEXT_PHASE: 'phase-production-build' }), [{ made: false }]);
    assert.equal(await start({ NEXT_RUNTIME: 'nodejs' }), [{ made: true }]);
  }));

// Where FastAPI is not installed, plain Python enters what FastAPI enters when it starts.
test("FastAPI's hook migrates before it serves, and does not serve where that fails", () =>
  withShop(async (cwd, { url }) => {
    const [hook = ''] = fencesOf('python');
    await writeFile(join(cwd, 'migrations.py'), hook);
    const serve = `import asyncio\nfrom migrations import lifespan\n
async def main():
    async with lifespan(None):
        print("serves")\n
asyncio.run(main())\n`;
    await writeFile(join(cwd, 'serve.py'), serve);
    const path = [await installCommand(cwd), process.env.PATH].join(delimiter);
    const start = async () =>
      await runProcess('python3', ['serve.py'], { cwd, env: cleanEnvironment({ DATABASE_URL: url, PATH: path }) });
    const started = await start();
    assert.equal([started.status, /^serves$/m.test(started.stdout)], [0, true], started.stderr);
    assert.match(started.stdout, /^Done: 2 revisions applied/m);
    await writeProject(cwd, [...two, { id: 'c1', up: 'SELECT 1 / 0;\n' }]);
    const failed = await start();
    assert.equal([failed.status, failed.stdout.includes('serves')], [1, false]);
    assert.match(failed.stderr, /division by zero[\s\S]*could not be brought up to date/);
  }));

const python = spawnSync('python3', ['-c', 'import fastapi, uvicorn']);

needs(
  test,
  'FastAPI itself, behind uvicorn, migrates before it serves',
  () =>
    withShop(async (cwd, { url, query }) => {
      const [hook = ''] = fencesOf('python');
      const app = 'from fastapi import FastAPI\n\napp = FastAPI(lifespan=lifespan)\n';
      const route = '@app.get("/")\ndef root():\n    return "ok"\n';
      await writeFile(join(cwd, 'shop.py'), `${hook}\n\n${app}\n\n${route}`);
      const port = await findFreePort();
      const path = [await installCommand(cwd), process.env.PATH].join(delimiter);
      const [line = ''] = fencesOf('sh');
      const [, uvicorn = ''] = /exec (uvicorn .*)/.exec(line) ?? [];
      const shell = `exec python3 -m ${uvicorn.replace('"$PORT"', String(port))} 2>&1`;
      const answer = await serves(['bash', '-c', shell], cwd, { DATABASE_URL: url, PATH: path });
      assert.is(answer, '"ok"');
      assert.equal(await query("SELECT to_regclass('t_b1') IS NOT NULL AS made"), [{ made: true }]);
    }),
  python.status === 0 ? undefined : 'python3 has no FastAPI or no uvicorn',
);

test('the role that serves reads the ledger, waits by it and works with rows, and can change nothing else', () =>
  withShop(async (cwd, { url, name, query }) => {
    const [roles = '', ledger = ''] = fencesOf('sql');
    const own = (sql: string) =>
      sql.replace(/\bshop_(migrate|app)\b/g, `${name}_$1`).replace('DATABASE shop ', `DATABASE ${name} `);
    const as = (role: string, password: string) =>
      Object.assign(new URL(url), { username: `${name}_${role}`, password }).href;
    const run = async (words: string, at: string) => await updown(words.split(' '), { cwd, env: { DATABASE_URL: at } });
    try {
      await query(own(roles));
      assert.is((await run('upgrade', as('migrate', 'one'))).status, 0);
      await query(`SET ROLE ${name}_migrate; ${own(ledger)} RESET ROLE`);
      const waited = await run('status --wait 0', as('app', 'two'));
      assert.is(waited.status, 0, waited.stderr);
      await query(`SET ROLE ${name}_app; INSERT INTO t_a1 VALUES (1); RESET ROLE`);
      for (const sql of ['CREATE TABLE mine ()', 'DROP TABLE t_a1', 'INSERT INTO updown.journal DEFAULT VALUES'])
        await query(`SET ROLE ${name}_app; ${sql}`).then(
          () => assert.unreachable(sql),
          (error) => assert.match(error.message, /permission denied|must be owner/),
        );
      await writeProject(cwd, [...two, { id: 'c1' }]);
      assert.is((await run('status --wait 0', as('app', 'two'))).status, 3);
      assert.is.not((await run('upgrade', as('app', 'two'))).status, 0);
      assert.is((await run('upgrade', as('migrate', 'one'))).status, 0);
    } finally {
      for (const role of ['app', 'migrate'])
        await query(`RESET ROLE; DROP OWNED BY ${name}_${role} CASCADE; DROP ROLE ${name}_${role}`);
    }
  }));

test('what the page says is waited for is, and what it says is not ends the command at once', () =>
  withShop(async (cwd, { url, query }) => {
    const starting = await startsUp();
    const away = (parts: object) => Object.assign(new URL(url), parts).href;
    const cases: Readonly<Record<string, string>> = {
      'connection refused': away({ hostname: '127.0.0.1', port: String(await findFreePort()) }),
      'the database system is starting up': `${away({ hostname: '127.0.0.1', port: String(starting.port) })}?sslmode=disable`,
      'the name of the host': away({ hostname: 'no-such-host.invalid' }),
      'the password is wrong': away({ password: 'wrong' }),
      'no such database': away({ pathname: '/nowhere' }),
    };
    for (const [what, address] of Object.entries(cases)) {
      const row = page.split('\n').find((line) => line.startsWith('|') && line.includes(what)) ?? '';
      let waited = false;
      const error: UpdownError = await upgrade({
        cwd,
        url: address,
        env: {},
        wait: 1_000,
        awaitsServer: true,
        emit: ({ kind }) => {
          if (kind === 'waiting') waited = true;
        },
      }).then(
        () => assert.unreachable(what),
        (caught) => caught,
      );
      assert.is(error.exitStatus, 1, what);
      assert.is(waited, row.includes('| waited for |'), `${what}: ${error.message}`);
    }
    starting.close();
    assert.equal(await query('SELECT 1 AS one'), [{ one: 1 }]);
  }));

/** A server that answers each login as one that starts up. */
async function startsUp(): Promise<{ readonly port: number; close(): void }> {
  const body = Buffer.from('SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0');
  const head = Buffer.from('E\0\0\0\0');
  head.writeUInt32BE(body.length + 4, 1);
  const server = createServer((socket) => {
    socket.on('error', () => {}).once('data', () => socket.end(Buffer.concat([head, body])));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as { port: number }).port, close: () => server.close() };
}

test.run();
