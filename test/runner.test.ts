import type { ChildProcess } from 'node:child_process';
import { chmod, readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findBinaries } from './support/binaries.ts';
import { cleanEnvironment, type Outcome, type ProcessOptions, runProcess } from './support/process.ts';
import { withProject } from './support/project.ts';
import { sourceLoader } from './support/source-loader.ts';
import { until } from './support/until.ts';

interface Trap {
  readonly title: string;
  readonly file: string;
  readonly summary: string;
  readonly says: RegExp;
  readonly env?: NodeJS.ProcessEnv;
}

const traps: readonly Trap[] = [
  {
    title: 'a failing test is shown with what it compared',
    file: 'test-fails',
    summary: '1 passed, 1 failed',
    says: /"one is two"[\s\S]*Expected values to be strictly equal/,
  },
  {
    title: 'false green: a `before` hook throws',
    file: 'before-throws',
    summary: '0 passed, 1 failed',
    says: /Only 0 of 1 tests came to an end/,
  },
  {
    title: 'false green: a test throws a string',
    file: 'string-thrown',
    summary: '0 passed, 2 failed',
    says: /Only 0 of 2 tests came to an end/,
  },
  {
    title: 'false green: an `after.each` hook throws after a failing test',
    file: 'after-each-throws',
    summary: '0 passed, 2 failed',
    says: /Only 0 of 2 tests came to an end/,
  },
  {
    title: 'false green: test.run() is forgotten',
    file: 'run-forgotten',
    summary: '0 passed, 1 failed',
    says: /The file ran no suite/,
  },
  {
    title: 'false green: no file matches',
    file: 'is-not-there',
    summary: '0 passed, 1 failed',
    says: /No test file matches/,
  },
  {
    title: 'false green: test.only is left in a file',
    file: 'only-left',
    summary: '1 passed, 1 failed, 1 skipped',
    says: /The file has a test\.only/,
    env: { CI: 'true' },
  },
  {
    title: 'an `after` hook throws',
    file: 'after-throws',
    summary: '0 passed, 1 failed',
    says: /An `after` hook threw[\s\S]*Error: after/,
  },
  { title: 'a suite is empty', file: 'no-tests', summary: '0 passed, 1 failed', says: /A suite has no tests/ },
  {
    title: 'a rejection is left unhandled',
    file: 'unhandled-rejection',
    summary: '1 passed, 1 failed',
    says: /Error: left behind/,
  },
  {
    title: 'an exception is thrown after the tests',
    file: 'uncaught-exception',
    summary: '1 passed, 1 failed',
    says: /Error: thrown later/,
  },
  {
    title: 'a test ends the process with status 0',
    file: 'exits-early',
    summary: '0 passed, 1 failed',
    says: /It ended with exit status 0 before its tests did/,
  },
  {
    title: 'a test waits for a promise nobody settles',
    file: 'waits-for-nothing',
    summary: '0 passed, 1 failed',
    says: /before its tests did/,
  },
  {
    title: 'a test hangs',
    file: 'hangs',
    summary: '0 passed, 1 failed',
    says: /It was killed: for 2 s none of its tests got on/,
    env: { UPDOWN_TEST_PATIENCE: '2000' },
  },
  {
    title: 'a test leaves something open',
    file: 'left-open',
    summary: '1 passed, 1 failed',
    says: /something is left open/,
    env: { UPDOWN_TEST_LINGER: '500' },
  },
  {
    title: 'a file throws while it is loaded',
    file: 'does-not-load',
    summary: '0 passed, 1 failed',
    says: /The file could not be loaded: Error: at the top/,
  },
  {
    title: 'the tests pass but the process ends with another status',
    file: 'exit-status',
    summary: '1 passed, 1 failed',
    says: /Its tests passed but it ended with exit status 3/,
  },
];

for (const { title, file, summary, says, env } of traps) {
  test(`the runner fails: ${title}`, async () => {
    const outcome = await runFixture(file, env);
    assert.is(lastLine(outcome), summary, outcome.stdout + outcome.stderr);
    assert.is(outcome.status, 1);
    assert.match(outcome.stdout, says);
  });
}

test('the runner passes: a file whose tests pass', async () => {
  const outcome = await runFixture('green');
  assert.is(lastLine(outcome), '2 passed, 0 failed');
  assert.is(outcome.status, 0);
  assert.match(outcome.stdout, /^ok {4}\S*green\.ts +2 passed, 0 failed {2}\d+ ms, CPU \d+ ms$/m);
});

test('the runner passes outside CI: the tests beside a test.only are named as skipped', async () => {
  const outcome = await runFixture('only-left', { CI: '' });
  assert.is(lastLine(outcome), '1 passed, 0 failed, 1 skipped');
  assert.is(outcome.status, 0);
  assert.match(outcome.stdout, /^SKIPPED: .*only-left\.ts: every other test of the file: it has a test\.only$/m);
});

test('a missing psql is a loud skip, and a failure where CI=true', () =>
  withoutClients(async (env) => {
    const local = await runFixture('needs-psql', { ...env, CI: '' });
    assert.is(lastLine(local), '1 passed, 0 failed, 1 skipped');
    assert.is(local.status, 0);
    assert.match(local.stdout, /^SKIPPED: .*needs-psql\.ts: reads the script with psql: psql is not on PATH$/m);
    const ci = await runFixture('needs-psql', { ...env, CI: 'true' });
    assert.is(lastLine(ci), '1 passed, 1 failed');
    assert.is(ci.status, 1);
  }));

test('one broken file of several fails the run, and the others are counted', async () => {
  const outcome = await run([fixture('green'), fixture('run-forgotten'), fixture('test-fails')]);
  assert.is(lastLine(outcome), '3 passed, 2 failed');
  assert.is(outcome.status, 1);
});

for (const signal of ['SIGINT', 'SIGKILL'] as const) {
  for (const { moment, file, has } of [
    { moment: 'while initdb works', file: 'data/postmaster.pid', has: /^-\d/ },
    { moment: 'once the server is up', file: 'server.log', has: /ready to accept connections/ },
  ]) {
    test(`the server and its folder are gone after ${signal} ${moment}`, () =>
      withProject({}, async (folder) => {
        await chmod(folder, 0o777);
        const env = { UPDOWN_TEST_SERVER: undefined, TMPDIR: folder };
        const outcome = await run([fixture('hangs')], {
          env,
          spawned: (child) => void killOnce(child, signal, () => serverHas(folder, file, has)),
        });
        assert.ok(outcome.status === 130 || outcome.signal === signal, inspect(outcome));
        await until('the server and its folder are gone', async () => (await foldersOf(folder, '')).length === 0);
      }));
  }
}

test.run();

function runFixture(name: string, env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return run([fixture(name)], { env });
}

/** A run of its own: no server, nothing built, and not CI unless asked. */
function run(args: readonly string[], options: ProcessOptions = {}): Promise<Outcome> {
  const own = { UPDOWN_TEST_SERVER: 'none', UPDOWN_TEST_CLI: 'none', CI: '' };
  const runner = fileURLToPath(new URL('./run-tests.ts', import.meta.url));
  const env = cleanEnvironment({ ...own, ...options.env });
  return runProcess(process.execPath, [...sourceLoader(), runner, ...args], { ...options, env });
}

function fixture(name: string): string {
  return fileURLToPath(new URL(`./fixtures/runner/${name}.ts`, import.meta.url));
}

function lastLine({ stdout }: Outcome): string | undefined {
  return stdout.trimEnd().split('\n').at(-1);
}

/** The server's programs without any client's, on PATH too. */
async function withoutClients(body: (env: NodeJS.ProcessEnv) => Promise<void>): Promise<void> {
  await withProject({}, async (folder) => {
    const binaries = findBinaries();
    for (const name of ['initdb', 'pg_ctl', 'postgres']) await symlink(join(binaries, name), join(folder, name));
    // The server of another major is not started: without a PATH nobody is found whom it could run as.
    await body({ UPDOWN_TEST_PG_BIN: folder, PATH: folder, UPDOWN_TEST_NEWEST: 'postgres://unused' });
  });
}

async function killOnce(child: ChildProcess, signal: NodeJS.Signals, holds: () => Promise<boolean>): Promise<void> {
  await until('the server has come that far', holds);
  child.kill(signal);
}

async function serverHas(folder: string, name: string, text: RegExp): Promise<boolean> {
  const [server = ''] = await foldersOf(folder, 'test-');
  return text.test(await readFile(join(folder, server, name), 'utf8').catch(() => ''));
}

async function foldersOf(folder: string, kind: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => name.startsWith(`updown-${kind}`));
}
