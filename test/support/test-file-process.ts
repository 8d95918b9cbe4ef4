import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { skips } from './run.ts';
import type { Message } from './test-file.ts';

/** What a suite's run comes to in uvu: the failures' text (`true` for none), passed, skipped, tests. */
type SuiteRun = () => Promise<readonly [errors: string | true, passed: number, skipped: number, total: number]>;

declare global {
  var UVU_DEFER: number;
  var UVU_INDEX: number;
  var UVU_QUEUE: SuiteRun[][];
}

// The process of one test file. uvu's own `exec` calls a suite green that lost its tests to a throwing hook, so the suites
// are run from its queue here and their numbers compared.
const problems: string[] = [];
let [passed, failed, skipped] = [0, 0, 0];

process.on('uncaughtException', (error) => addProblem('An exception nobody caught', error));
process.on('unhandledRejection', (reason) => addProblem('A rejected promise nobody handled', reason));
process.on('disconnect', () => process.exit(1));
// The channel must not keep a finished file's process alive.
process.channel?.unref();

globalThis.UVU_DEFER = 1;
globalThis.UVU_INDEX = 0;
globalThis.UVU_QUEUE = [[]];
await runFile(process.argv[2]!);
const cpuMilliseconds = await readCpu();
const message: Message = { kind: 'report', report: { passed, failed, skipped, skips, problems, cpuMilliseconds } };
process.send!(message);

async function runFile(file: string): Promise<void> {
  await checkOnly(file);
  try {
    await import(pathToFileURL(file).href);
  } catch (error) {
    return addProblem('The file could not be loaded', error);
  }
  const suites = globalThis.UVU_QUEUE[0]!;
  if (suites.length === 0) addProblem('The file ran no suite', 'Is test.run() missing at its end?');
  for (const suite of suites) await runSuite(suite);
}

async function runSuite(suite: SuiteRun): Promise<void> {
  try {
    const [errors, good, left, total] = await suite();
    passed += good;
    failed += total - good;
    skipped += left;
    if (total + left === 0) addProblem('A suite has no tests', 'Is test.run() called before them?');
    if (errors !== true) process.stdout.write(`\n${errors}\n`);
    else if (good < total)
      console.error(
        `Only ${good} of ${total} tests came to an end: a hook threw, or something that is not an Error was thrown.`,
      );
  } catch (error) {
    addProblem('An `after` hook threw', error);
  }
}

/** Where there is no /proc, without the processes that were started. */
async function readCpu(): Promise<number> {
  const stat = await readFile('/proc/self/stat', 'utf8').catch(() => undefined);
  if (stat === undefined) {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }
  // The fields behind the name, in ticks of 10 ms: utime, stime, cutime, cstime.
  const ticks = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15);
  return ticks.reduce((sum, each) => sum + Number(each), 0) * 10;
}

/** uvu does not tell; it counts the other tests as skipped. */
async function checkOnly(file: string): Promise<void> {
  const source = await readFile(file, 'utf8');
  if (!/^[^'"`/*]*\.only\(/m.test(source)) return;
  if (process.env.CI === 'true') addProblem('The file has a test.only', 'With CI=true that is a failure.');
  else skips.push({ title: 'every other test of the file', reason: 'it has a test.only' });
}

function addProblem(what: string, why: unknown): void {
  problems.push(what);
  // A problem that comes after the report still has to fail the file.
  process.exitCode = 1;
  console.error(`${what}: ${typeof why === 'string' ? why : inspect(why)}`);
}
