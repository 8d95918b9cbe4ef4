import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type CliOptions, type CliOutcome, updown } from './cli.ts';

const hook = `import { writeFileSync } from 'node:fs';
process.on('exit', () => writeFileSync(process.env.UPDOWN_TEST_PEAK, String(process.resourceUsage().maxRSS)));
`;

/** Runs the command line, and tells the most memory it had, in bytes. */
export async function updownWithPeak(
  args: readonly string[],
  options: CliOptions,
): Promise<{ readonly outcome: CliOutcome; readonly peak: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'updown-peak-'));
  try {
    const [script, result] = [join(folder, 'hook.mjs'), join(folder, 'peak')];
    await writeFile(script, hook);
    const env = { ...options.env, UPDOWN_TEST_PEAK: result, NODE_OPTIONS: `--import=${pathToFileURL(script).href}` };
    const outcome = await updown(args, { ...options, env });
    return { outcome, peak: Number(await readFile(result, 'utf8')) * 1024 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
