import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { giveSign } from './sign.ts';

export interface Outcome {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProcessOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly stdin?: string | Uint8Array;
  readonly uid?: number;
  readonly gid?: number;
  /** Stays open as long as the program and what it starts do. */
  readonly holds?: Writable;
  /** Called with the running process, for tests that send it a signal. */
  readonly spawned?: (child: ChildProcess) => void;
}

/** Runs a program to its end and never judges its status. */
export function runProcess(command: string, args: readonly string[], options: ProcessOptions = {}): Promise<Outcome> {
  const { stdin, holds, spawned, ...rest } = options;
  return new Promise((resolve, reject) => {
    const held = holds === undefined ? [] : [holds];
    const stdio: StdioOptions = [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...held];
    const child = spawn(command, args, { ...rest, stdio });
    const stdout = collect(child.stdout!);
    const stderr = collect(child.stderr!);
    child.on('error', reject);
    child.on('close', (status, signal) => {
      giveSign();
      resolve({ status, signal, stdout: stdout(), stderr: stderr() });
    });
    // A program may end before it has read everything: its status tells, not EPIPE.
    child.stdin?.on('error', () => {}).end(stdin);
    spawned?.(child);
  });
}

/** This process's environment without what would reach a database or change the colours behind a test's back. */
export function cleanEnvironment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const hidden = /^(PG.*|DATABASE_URL|CI|NO_COLOR|FORCE_COLOR)$/;
  const kept = Object.entries(process.env).filter(([name]) => !hidden.test(name));
  return { ...Object.fromEntries(kept), ...extra };
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}
