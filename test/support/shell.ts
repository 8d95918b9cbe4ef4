import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { giveSign } from './sign.ts';

export interface Answered {
  /** Both streams, as they come on a terminal. */
  readonly output: string;
  readonly status: number;
}

export interface Shell {
  /** What is set, defined or entered stays so for the next command, `$?` too. */
  run(command: string): Promise<Answered>;
}

/** One bash for all commands of `body`, as somebody has who reads a page. */
export async function withShell(
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
  body: (shell: Shell) => Promise<void>,
): Promise<void> {
  const child = spawn('bash', ['--noprofile', '--norc'], { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    printed += piece;
  });
  const answer = async (): Promise<Answered> => {
    for (;;) {
      const [whole, status] = mark.exec(printed) ?? [];
      if (whole !== undefined) {
        const [output = '', rest = ''] = printed.split(whole);
        printed = rest;
        giveSign();
        return { output, status: Number(status) };
      }
      const over = await Promise.race([once(child.stdout, 'data').then(() => false), ended.then(() => true)]);
      if (over && !mark.test(printed)) throw new Error(`the shell has ended: ${printed}`);
    }
  };
  try {
    child.stdin.write('exec 2>&1\n');
    await body({
      run: (command) => {
        child.stdin.write(`{ ${command}\n} < /dev/null; said=$?; printf '\\036%d\\036' $said; (exit $said)\n`);
        return answer();
      },
    });
  } finally {
    child.stdin.end();
    await ended;
  }
}

/** Behind what a command prints: a character that none of them prints, around its status. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that character is meant.
const mark = /\u001e(\d+)\u001e/;
