import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment, type Outcome, runProcess } from './process.ts';

export interface CliOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly stdin?: string;
  readonly spawned?: (child: ChildProcess) => void;
  /** Another user, for a test that runs as root. */
  readonly uid?: number;
  readonly gid?: number;
}

export interface CliOutcome extends Outcome {
  /** Standard output read as one JSON document. */
  json<T = unknown>(): T;
}

/** Runs the command line as a user would: the built one in a test run, the sources where a test file runs alone. */
export async function updown(args: readonly string[], options: CliOptions): Promise<CliOutcome> {
  const env = cleanEnvironment(options.env);
  const [program, ...words] = findCommand(args);
  const outcome = await runProcess(program, words, { ...options, env });
  return { ...outcome, json: <T>() => JSON.parse(outcome.stdout) as T };
}

/** The same as a command line for something else to start. */
export function findCommand(args: readonly string[]): readonly [string, ...string[]] {
  return [process.execPath, ...findCli(), ...args];
}

function findCli(): readonly string[] {
  const built = process.env.UPDOWN_TEST_CLI;
  if (built) return [built];
  const source = fileURLToPath(new URL('../../bin/updown.ts', import.meta.url));
  // Resolved here, since the child's working folder is not the repository.
  return ['--import', import.meta.resolve('tsx'), source];
}
