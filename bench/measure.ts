import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { cleanEnvironment } from '../test/support/process.ts';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What it prints goes here, not through this process: reading it would take time from what is measured. */
  readonly output: string;
}

/** Wall clock of one process, from its start to its end. One that fails is no measurement. */
export async function time(command: Command, spawned?: (child: ChildProcess) => void): Promise<number> {
  const { file, args, cwd, env = {}, output } = command;
  const handle = openSync(output, 'w');
  try {
    const start = performance.now();
    const child = spawn(file, args, { cwd, env: cleanEnvironment(env), stdio: ['ignore', handle, handle] });
    spawned?.(child);
    const [status, signal] = await once(child, 'exit');
    const milliseconds = performance.now() - start;
    if (status === 0) return milliseconds;
    const last = readFileSync(output, 'utf8').slice(-2000);
    throw new Error(`${file} ${args.slice(0, 3).join(' ')} … ended with ${status ?? signal}:\n${last}`);
  } finally {
    closeSync(handle);
  }
}

/** The same with the most memory it had, where the system tells: looked at while it runs, since it is gone with the process. */
export async function timeWithMemory(command: Command): Promise<{ milliseconds: number; megabytes: number }> {
  let megabytes = Number.NaN;
  let timer: NodeJS.Timeout | undefined;
  const milliseconds = await time(command, ({ pid }) => {
    timer = setInterval(() => {
      const peak = readPeak(pid);
      if (peak !== undefined) megabytes = peak;
    }, 10);
  });
  clearInterval(timer);
  return { milliseconds, megabytes };
}

function readPeak(pid: number | undefined): number | undefined {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
  } catch {
    return undefined;
  }
}

/** Runs every subject once a round, each round beginning with another, so that none always comes first. */
export async function interleave<T>(
  rounds: number,
  subjects: readonly T[],
  run: (subject: T, round: number) => Promise<void>,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const [index] of subjects.entries()) await run(subjects[(index + round) % subjects.length]!, round);
  }
}

export type Samples = Map<string, readonly number[]>;

export function addSample(samples: Samples, name: string, value: number): void {
  samples.set(name, [...(samples.get(name) ?? []), value]);
}

export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
