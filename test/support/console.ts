import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import type { Host } from '../../lib/cli/host.ts';
import { main } from '../../lib/cli/main.ts';

export interface Answer {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line within this process: for what has to be asked often, and leaves nothing behind. */
export async function runHere(
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<Answer> {
  const [stdout, stderr] = [new Lines(), new Lines()];
  const signals = new EventEmitter();
  const host = {
    stdin: { isTTY: false },
    stdout,
    stderr,
    env,
    cwd: () => cwd,
    on: signals.on.bind(signals),
    removeListener: signals.removeListener.bind(signals),
    exit: () => {},
  } as unknown as Host;
  // A path in an option is relative to the folder of the process.
  const before = process.cwd();
  process.chdir(cwd);
  const status = await main(args, host).finally(() => process.chdir(before));
  return { status, stdout: stdout.text, stderr: stderr.text };
}

class Lines extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}
