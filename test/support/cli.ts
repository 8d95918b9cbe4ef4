import type { ChildProcess } from 'node:child_process';
import { Readable, Writable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Host } from '../../lib/cli/host.ts';
import { cleanEnvironment, type Outcome, runProcess } from './process.ts';
import { giveSign } from './sign.ts';
import { sourceLoader } from './source-loader.ts';

export interface CliOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly stdin?: string;
  /** What somebody types on a terminal, where one is to be there. */
  readonly typed?: string;
  readonly spawned?: (child: ChildProcess) => void;
  /** Another user, for a test that runs as root. */
  readonly uid?: number;
  readonly gid?: number;
}

export interface CliOutcome extends Outcome {
  /** Standard output read as one JSON document. */
  json<T = unknown>(): T;
}

/**
 * Runs the command line as a user would. Its `main` is called within this process where that makes no difference: most of a short command's
 * time is the start of a process. `UPDOWN_TEST_APART=yes` starts one each time.
 */
export async function updown(args: readonly string[], options: CliOptions): Promise<CliOutcome> {
  const outcome = await (mayRunWithin(args, options) ? runWithin(args, options) : runApart(args, options));
  return { ...outcome, json: <T>() => JSON.parse(outcome.stdout) as T };
}

/** The same as a command line for something else to start. */
export function findCommand(args: readonly string[]): readonly [string, ...string[]] {
  return [process.execPath, ...findCli(), ...args];
}

/** Only so on a terminal. Not so for signals, another user, standard input, a help text, which the console prints by itself, or variables that libraries read by themselves. */
function mayRunWithin(args: readonly string[], { env = {}, stdin, typed, spawned, uid }: CliOptions): boolean {
  if (typed !== undefined) return true;
  if (process.env.UPDOWN_TEST_APART === 'yes') return false;
  if (stdin !== undefined || spawned !== undefined || uid !== undefined) return false;
  if ((args[0] ?? '-').startsWith('-') || args.some((word) => ['help', '--help', '-h'].includes(word))) return false;
  return Object.entries(env).every(([name, value]) => value === undefined || harmless.has(name));
}

/** Only ever read from the environment that the command line is given. */
const harmless = new Set(['DATABASE_URL', 'NO_COLOR', 'FORCE_COLOR', 'CI', 'TERM', 'LANG', 'LC_ALL', 'LC_CTYPE']);

async function runApart(args: readonly string[], options: CliOptions): Promise<Outcome> {
  const env = cleanEnvironment(options.env);
  const [program, ...words] = findCommand(args);
  return await runProcess(program, words, { ...options, env });
}

async function runWithin(args: readonly string[], options: CliOptions): Promise<Outcome> {
  const { main } = await loadMain();
  const [stdout, stderr] = [collect(), collect()];
  const { typed } = options;
  const host = {
    stdin: typed === undefined ? { isTTY: false } : Object.assign(Readable.from([`${typed}\n`]), { isTTY: true }),
    stdout: stdout.stream,
    stderr: stderr.stream,
    env: cleanEnvironment(options.env),
    cwd: () => options.cwd,
    on: () => host,
    removeListener: () => host,
    exit: () => {
      throw new Error('the command line ends its process');
    },
  } as unknown as Host;
  const status = await main(args, host);
  giveSign();
  return { status, signal: null, stdout: stdout.text(), stderr: stderr.text() };
}

/** Of the built one, which the processes of other tests run as well. */
async function loadMain(): Promise<typeof import('../../lib/cli/main.ts')> {
  const built = process.env.UPDOWN_TEST_CLI;
  return await import(built ? new URL('../lib/cli/main.js', pathToFileURL(built)).href : '../../lib/cli/main.ts');
}

function collect(): { readonly stream: Writable; text(): string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') };
}

function findCli(): readonly string[] {
  const built = process.env.UPDOWN_TEST_CLI;
  if (built) return [built];
  const source = fileURLToPath(new URL('../../bin/updown.ts', import.meta.url));
  // Resolved here, since the child's working folder is not the repository.
  return [...sourceLoader(), source];
}
