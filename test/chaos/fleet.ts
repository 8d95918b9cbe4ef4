import { type ChildProcess, spawn } from 'node:child_process';
import { cleanEnvironment } from '../support/process.ts';

/** One life of a runner, from its start to its end. */
export interface Attempt {
  readonly runner: number;
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
  /** The longest it waited for others without getting anywhere. */
  readonly waited: number;
}

export interface Fleet {
  readonly attempts: readonly Attempt[];
  /** Resolves when a runner says that all is done. */
  readonly done: Promise<void>;
  /** One of those that run now. */
  victim(which: number): ChildProcess | undefined;
  /** Starts none any more, and resolves with how many had to be killed since for so long none of them ended or said anything. */
  drain(milliseconds: number): Promise<number>;
}

export interface FleetOptions {
  readonly size: number;
  readonly command: readonly string[];
  readonly cwd: string;
}

/** As an orchestrator would: whoever ends without being done is started again, a moment later. */
const restartPause = 150;

export function startFleet({ size, command, cwd }: FleetOptions): Fleet {
  const attempts: Attempt[] = [];
  const running = new Map<number, ChildProcess>();
  let draining = false;
  let heard = performance.now();
  let finish = (): void => {};
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  for (let runner = 0; runner < size; runner++) start(runner);
  return { attempts, done, victim, drain };

  function start(runner: number): void {
    if (draining) return;
    const child = launch(command, cwd);
    running.set(runner, child);
    const hear = (): void => {
      heard = performance.now();
    };
    void follow(child, runner, hear).then((attempt) => {
      hear();
      attempts.push(attempt);
      running.delete(runner);
      if (attempt.status === 0) finish();
      else setTimeout(start, restartPause, runner);
    });
  }

  function victim(which: number): ChildProcess | undefined {
    const all = [...running.values()];
    return all[Math.floor(which * all.length)];
  }

  async function drain(milliseconds: number): Promise<number> {
    draining = true;
    heard = performance.now();
    // One may have been stopped a moment ago.
    for (const child of running.values()) child.kill('SIGCONT');
    while (running.size > 0 && performance.now() - heard < milliseconds) await pause(50);
    const hung = running.size;
    for (const child of running.values()) child.kill('SIGKILL');
    while (running.size > 0) await pause(20);
    return hung;
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function launch(command: readonly string[], cwd: string): ChildProcess {
  const [program, ...args] = command;
  return spawn(program!, args, { cwd, env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
}

function follow(child: ChildProcess, runner: number, hear: () => void): Promise<Attempt> {
  const started = performance.now();
  const wait = createWatch();
  const texts = { stdout: '', stderr: '' };
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    texts.stdout += text;
  });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    texts.stderr += text;
    hear();
    wait.read(text);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) =>
      resolve({ runner, status, signal, ...texts, milliseconds: performance.now() - started, waited: wait.longest() }),
    );
  });
}

/** From the first `waiting` to the next step that is done, or to the end. */
function createWatch(): { read: (text: string) => void; longest: () => number } {
  let since: number | undefined;
  let longest = 0;
  const look = (): number => {
    if (since !== undefined) longest = Math.max(longest, performance.now() - since);
    return longest;
  };
  const read = (text: string): void => {
    for (const line of text.split('\n')) {
      if (/^ *waiting: /.test(line)) since ??= performance.now();
      if (/^ *[+✓] /.test(line)) {
        look();
        since = undefined;
      }
    }
  };
  return { read, longest: look };
}
