import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Callback, Test } from 'uvu';
import { findBinaries, findProgram } from './binaries.ts';
import { findBrowser } from './browser.ts';
import { findPooler } from './pooler.ts';

export interface Skip {
  readonly title: string;
  readonly reason: string;
}

/** What this file left out, for the runner's report. */
export const skips: Skip[] = [];

/** A test that needs psql: without one it is skipped and named, and where CI=true it fails. */
export function needsPsql(test: Test, title: string, body: Callback): void {
  runOrSkip(test, title, body, missingProgram('psql'));
}

/** A test that needs a pg_dump not older than the server, which refuses newer ones. */
export function needsPgDump(test: Test, title: string, body: Callback): void {
  runOrSkip(test, title, body, missingProgram('pg_dump') ?? olderThanServer('pg_dump'));
}

/** A test that needs a standby, and with it pg_basebackup beside the server's own programs. */
export function needsBaseBackup(test: Test, title: string, body: Callback): void {
  runOrSkip(test, title, body, missingProgram('pg_basebackup') ?? olderThanServer('pg_basebackup'));
}

/** A test that looks at a page as a reader would. */
export function needsBrowser(test: Test, title: string, body: Callback): void {
  runOrSkip(test, title, body, findBrowser() ? undefined : 'chromium is not on PATH');
}

/** A test that needs PgBouncer. Not every place has a package of it, so that even where CI=true it is skipped and named. */
export function needsPooler(test: Test, title: string, body: Callback): void {
  needs(test, title, body, findPooler() ? undefined : 'pgbouncer is neither on PATH nor in /usr/sbin');
}

/** A test of what not every system has: where it is missing, the test is skipped and the reason named. */
export function needs(test: Test, title: string, body: Callback, missing: string | undefined): void {
  if (missing === undefined) test(title, body);
  else skip(test, title, missing);
}

function runOrSkip(test: Test, title: string, body: Callback, missing: string | undefined): void {
  if (missing === undefined) test(title, body);
  else if (process.env.CI === 'true') test(title, () => fail(missing));
  else skip(test, title, missing);
}

function missingProgram(name: string): string | undefined {
  return findProgram(name) ? undefined : `${name} is not on PATH`;
}

function olderThanServer(name: string): string | undefined {
  const program = majorOf(findProgram(name)!);
  const server = majorOf(join(findBinaries(), 'postgres'));
  return program >= server ? undefined : `${name} ${program} is older than the tests' server ${server}`;
}

function majorOf(program: string): number {
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return Number(/\) (\d+)/.exec(stdout)?.[1]);
}

function fail(reason: string): never {
  throw new Error(`${reason}, and where CI=true that is a failure, not a skip`);
}

function skip(test: Test, title: string, reason: string): void {
  skips.push({ title, reason });
  console.error(`SKIPPED: ${title}: ${reason}`);
  test.skip(title);
}
