import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import kleur from 'kleur';
import { parse, type Suite } from 'uvu/parse';
import { compileSources } from './support/compile.ts';
import { startNewest } from './support/newest.ts';
import { runProcess } from './support/process.ts';
import { guardFolder, type Server, startServer } from './support/server.ts';
import { type FileResult, killTestFiles, runTestFile } from './support/test-file.ts';

// npm test [pattern or file]...: the files whose path matches any of them, or all of `test/**/*.test.ts`.
const root = fileURLToPath(new URL('..', import.meta.url));
/** Half of the time a test waits for a server or a lock. More would not help on two cores, and a file that embeds PostgreSQL takes some 700 MB. */
const concurrency = 4;
const failures: string[] = [];
const servers: Server[] = [];
/** What is made once a run, and goes with it. */
const own = mkdtempSync(join(tmpdir(), 'updown-run-'));
guardFolder(own);
// What embedded databases start from. Nothing of it is left in the developer's home.
process.env.XDG_CACHE_HOME = join(own, 'cache');

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, interrupt);
try {
  const files = await chooseFiles(process.argv.slice(2));
  if (files.length > 0) await prepare(files);
  printSummary(await runFiles(files));
} catch (error) {
  console.error(error);
  failures.push(`The run itself failed: ${(error as Error).message}`);
  printSummary([]);
} finally {
  for (const server of servers) await server.stop();
}

async function chooseFiles(args: readonly string[]): Promise<readonly Suite[]> {
  const exact = args.filter((arg) => arg.endsWith('.ts') && existsSync(arg)).map((arg) => resolve(arg));
  const patterns = args.filter((arg) => !exact.includes(resolve(arg))).map((arg) => new RegExp(arg, 'i'));
  const { suites } = await parse(resolve(root, 'test'), /\.test\.ts$/, { ignore: ['^fixtures'] });
  const all = args.length === 0;
  const matching = suites.filter(
    ({ name, file }) => all || exact.includes(file) || patterns.some((one) => one.test(name)),
  );
  const others = exact.filter((file) => !suites.some((suite) => suite.file === file));
  const chosen = [...matching, ...others.map((file) => ({ name: relative(root, file), file }))];
  if (chosen.length === 0) failures.push(all ? 'There is no test file' : `No test file matches ${args.join(' ')}`);
  return chosen;
}

/** Waits for both even if one fails: the summary is the last thing printed. What none of the files uses is not made. */
async function prepare(files: readonly Suite[]): Promise<void> {
  const used = reachedFrom(files.map(({ file }) => file));
  // A file that is named by its path may use what its text does not say.
  const isNamed = process.argv.slice(2).some((arg) => arg.endsWith('.ts'));
  const needs = (name: string) => isNamed || used.has(resolve(root, 'test/support', name));
  const outcomes = await Promise.allSettled([
    ...(needs('cli.ts') || needs('install.ts') || needs('process.ts') ? [build()] : []),
    ...(needs('server.ts') ? [share('UPDOWN_TEST_SERVER', startServer)] : []),
    ...(needs('newest.ts') ? [share('UPDOWN_TEST_NEWEST', startNewest)] : []),
    ...(process.env.UPDOWN_TEST_COMPILED === undefined ? [compileSources(join(own, 'sources'))] : []),
  ]);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

/** These files and all of the tests' own that they import, one by way of another. */
function reachedFrom(files: readonly string[]): ReadonlySet<string> {
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file) || !existsSync(file)) return;
    reached.add(file);
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)) {
      const other = resolve(dirname(file), path);
      if (other.startsWith(resolve(root, 'test'))) visit(other);
    }
  };
  for (const file of files) visit(file);
  return reached;
}

/** Built once, since a start from the sources costs every test of the command line 140 ms. */
async function build(): Promise<void> {
  if (process.env.UPDOWN_TEST_CLI !== undefined) return;
  const { status, stdout, stderr } = await runProcess('npm', ['run', '--silent', 'build'], { cwd: root });
  if (status !== 0) failures.push('npm run build failed');
  process.stdout.write(stdout + stderr);
  const built = resolve(root, 'dist/bin/updown.js');
  if (existsSync(built)) process.env.UPDOWN_TEST_CLI = built;
}

/** One for all files, whose address they have from this variable. */
async function share(variable: string, start: () => Promise<Server>): Promise<void> {
  if (process.env[variable] !== undefined) return;
  const server = await start();
  servers.push(server);
  process.env[variable] = server.url;
}

async function runFiles(files: readonly Suite[]): Promise<readonly FileResult[]> {
  const endings: Promise<FileResult>[] = [];
  const waiting = [...files];
  const work = async (): Promise<void> => {
    for (let file = waiting.shift(); file; file = waiting.shift()) {
      const { tested, ended } = runTestFile(file);
      endings.push(ended.then(printFile));
      await tested;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return await Promise.all(endings);
}

function printFile(result: FileResult): FileResult {
  const word = result.failed > 0 ? kleur.red('FAIL') : kleur.green('ok  ');
  const time = `${Math.round(result.milliseconds)} ms, CPU ${Math.round(result.cpuMilliseconds)} ms`;
  console.log(`${word}  ${result.name.padEnd(36)}  ${count(result)}  ${kleur.gray(time)}`);
  if (result.failed > 0) printFailure(result);
  return result;
}

function printFailure({ output, problems }: FileResult): void {
  for (const line of output.trim().split('\n')) console.log(`      ${line}`);
  for (const problem of problems) console.log(`      ${kleur.red(problem)}`);
}

function printSummary(results: readonly FileResult[]): void {
  const total = (key: 'passed' | 'failed' | 'skipped'): number => results.reduce((sum, result) => sum + result[key], 0);
  const failed = total('failed') + failures.length;
  console.log('');
  for (const result of results) for (const skip of result.skips) printSkip(result.name, skip.title, skip.reason);
  // Once more, as the middle of a long log is what a reader does not see.
  for (const result of results.filter((each) => each.failed > 0)) {
    console.log(kleur.red(`Failed: ${result.name}`));
    printFailure(result);
  }
  for (const failure of failures) console.log(kleur.red(failure));
  process.exitCode = failed > 0 ? 1 : 0;
  console.log(count({ passed: total('passed'), failed, skipped: total('skipped') }));
}

function printSkip(file: string, title: string, reason: string): void {
  console.log(kleur.yellow(`SKIPPED: ${file}: ${title}: ${reason}`));
}

function count({ passed, failed, skipped }: Pick<FileResult, 'passed' | 'failed' | 'skipped'>): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** The server stops by itself when this process ends. */
function interrupt(): void {
  killTestFiles();
  console.log('Interrupted.');
  process.exit(130);
}
