import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Skip } from './run.ts';
import { sourceLoader } from './source-loader.ts';

/** What the process of a test file says while it works: that it gets on, and what became of its tests in the end. */
export type Message = { readonly kind: 'sign' } | { readonly kind: 'report'; readonly report: Report };

export interface Report {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly skips: readonly Skip[];
  /** What went wrong beside failing tests. */
  readonly problems: readonly string[];
  /** Processor time of the file's process, and of those that it has started and waited for. */
  readonly cpuMilliseconds: number;
}

export interface FileResult extends Report {
  readonly name: string;
  readonly output: string;
  readonly milliseconds: number;
}

const nothing: Report = { passed: 0, failed: 0, skipped: 0, skips: [], problems: [], cpuMilliseconds: 0 };
const running = new Set<ChildProcess>();

export interface TestFileRun {
  /** Its tests are done: what it still waits for, such as an embedded server's idle timer of ten seconds, takes no processor. */
  readonly tested: Promise<void>;
  readonly ended: Promise<FileResult>;
}

/** Runs one test file in a process of its own, so that a crash, a leak or a hang is that file's alone. */
export function runTestFile(file: { readonly name: string; readonly file: string }): TestFileRun {
  const child = start(file.file);
  let tell = (): void => {};
  const tested = new Promise<void>((resolve) => {
    tell = resolve;
  });
  return { tested, ended: collect(file.name, child, tell).finally(tell) };
}

async function collect(name: string, child: ChildProcess, onReport: () => void): Promise<FileResult> {
  const started = performance.now();
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  let milliseconds: number | undefined;
  const end = await watch(child, () => {
    milliseconds = performance.now() - started;
    onReport();
  });
  const problems = judge(end);
  const report = end.report ?? nothing;
  return {
    ...report,
    name,
    failed: report.failed + report.problems.length + problems.length,
    problems: [...report.problems, ...problems],
    output: Buffer.concat(chunks).toString('utf8'),
    milliseconds: milliseconds ?? performance.now() - started,
  };
}

/** Ends the files that still run, for a run that is interrupted. */
export function killTestFiles(): void {
  for (const child of running) killGroup(child);
}

interface End {
  readonly report: Report | undefined;
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly killed: string | undefined;
}

function start(file: string): ChildProcess {
  const entry = fileURLToPath(new URL('./test-file-process.ts', import.meta.url));
  const args = [...sourceLoader(), entry, file];
  // A group of its own, so that what a test leaves running goes with it.
  return spawn(process.execPath, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
}

function watch(child: ChildProcess, onReport: () => void): Promise<End> {
  return new Promise((resolve, reject) => {
    let report: Report | undefined;
    let killed: string | undefined;
    const patience = Number(process.env.UPDOWN_TEST_PATIENCE ?? 300_000);
    // The embedded server's idle timer takes ten seconds, and its process waits for that.
    const lingerLimit = Number(process.env.UPDOWN_TEST_LINGER ?? 20_000);
    const kill = (why: string): void => {
      killed = why;
      killGroup(child);
    };
    let timer: NodeJS.Timeout | undefined;
    const allow = (milliseconds: number, why: string): void => {
      clearTimeout(timer);
      timer = setTimeout(kill, milliseconds, why);
    };
    // How long a test takes depends on what else the machine does: only standing still is a fault.
    const renew = (): void => {
      if (report === undefined) allow(patience, `It was killed: for ${patience / 1000} s none of its tests got on`);
    };
    renew();
    running.add(child);
    child.on('error', reject);
    // uvu writes a dot for each test that has ended.
    child.stdout!.on('data', renew);
    child.on('message', (message: Message) => {
      if (message.kind === 'sign') return renew();
      ({ report } = message);
      onReport();
      allow(lingerLimit, 'Its tests are done but something is left open that keeps the process alive');
    });
    child.on('exit', () => killGroup(child));
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ report, status, signal, killed });
    });
  });
}

function judge({ report, status, signal, killed }: End): readonly string[] {
  const ending = signal ? `by ${signal}` : `with exit status ${status}`;
  if (killed) return [killed];
  if (!report) return [`It ended ${ending} before its tests did`];
  const isGreen = report.failed === 0 && report.problems.length === 0;
  return isGreen && status !== 0 ? [`Its tests passed but it ended ${ending}`] : [];
}

function killGroup(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch {
    // Nothing of the group is left.
  }
}
