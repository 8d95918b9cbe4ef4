import { runProcess } from '../support/process.ts';
import { ask } from './ask.ts';
import { createCuts } from './cuts.ts';
import { type Attempt, startFleet } from './fleet.ts';
import { injectFaults } from './inject.ts';
import type { FaultKind } from './schedule.ts';
import { commandLine, type Site, withSite } from './site.ts';
import { type Findings, judge, questions } from './verdict.ts';
import { makeWork, type Work } from './work.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly runners: number;
  readonly revisions: number;
  /** How many of the revisions run outside a transaction. */
  readonly bare: number;
  /** At least so many faults must have hit something. */
  readonly faults: number;
  /** By way of PgBouncer in transaction mode. */
  readonly pooled: boolean;
  /** How long a runner waits for others, in seconds. */
  readonly wait: number;
}

export type Form = Omit<ChaosOptions, 'seed' | 'pooled'>;

export const fullForm: Form = { runners: 8, revisions: 150, bare: 15, faults: 60, wait: 60 };
/** For every test run: each kind of statement once. */
export const shortForm: Form = { runners: 3, revisions: 31, bare: 15, faults: 10, wait: 30 };

export interface Summary {
  readonly seed: number;
  /** How many faults hit something, by kind. */
  readonly faults: ReadonlyMap<FaultKind, number>;
  readonly attempts: readonly Attempt[];
  readonly seconds: number;
  /** The longest a runner waited for others without getting anywhere, in seconds. */
  readonly longestWait: number;
  /** Everything that is not as it must be. */
  readonly problems: readonly string[];
}

/** Once through: runners that do the same work at once, faults until it is done, and what stands then. */
export async function runChaos(options: ChaosOptions): Promise<Summary> {
  const work = makeWork(options.revisions, options.bare);
  const cuts = createCuts();
  let summary: Summary | undefined;
  await withSite({ work, cuts, pooled: options.pooled }, async (site) => {
    const started = performance.now();
    const args = ['upgrade', '--wait', String(options.wait), '--url', site.runnersUrl];
    const fleet = startFleet({ size: options.runners, command: commandLine(args), cwd: site.folder });
    const restart = (): Promise<void> => site.server.restart('immediate');
    const { hits, stuck } = await injectFaults(options, { url: site.url, fleet, cuts, restart });
    const hung = await fleet.drain((options.wait + grace) * 1_000);
    const enough = [...hits.values()].reduce((sum, count) => sum + count, 0);
    const problems = [
      ...(stuck === undefined ? [] : [stuck]),
      ...(hung === 0 ? [] : [`${hung} runners did not end by themselves`]),
      ...(enough >= options.faults ? [] : [`only ${enough} faults hit something`]),
      ...judge(await look(site), fleet.attempts, work),
      ...(await askAgain(site, work)),
    ];
    summary = {
      seed: options.seed,
      faults: hits,
      attempts: fleet.attempts,
      seconds: (performance.now() - started) / 1_000,
      longestWait: Math.max(...fleet.attempts.map(({ waited }) => waited)) / 1_000,
      problems,
    };
  });
  return summary!;
}

/** What a runner may take beyond its waiting: its start, the step it is at, and reading back what stands. */
const grace = 20;
async function look({ url }: Site): Promise<Findings> {
  const answers = await Promise.all(
    Object.entries(questions).map(async ([name, sql]) => [name, await ask(url, sql)] as const),
  );
  const found = Object.fromEntries(answers) as unknown as Record<keyof Findings, readonly Record<string, unknown>[]>;
  return { ...found, counted: Number(found.counted[0]?.n) };
}

/** One more run has nothing to do, and the state is clean. */
async function askAgain({ folder, runnersUrl }: Site, { revisions }: Work): Promise<readonly string[]> {
  const run = async (...args: readonly string[]) => {
    const [program, ...rest] = commandLine([...args, '--url', runnersUrl]);
    return await runProcess(program!, rest, { cwd: folder });
  };
  const again = await run('upgrade', '--json');
  const status = await run('status', '--exit-code', '--json');
  const steps = again.status === 0 ? (JSON.parse(again.stdout) as { steps: unknown[] }).steps.length : undefined;
  const heads = status.status === 0 ? (JSON.parse(status.stdout) as { heads: unknown[] }).heads : [];
  return [
    ...(steps === 0 ? [] : [`a last upgrade did ${steps} steps, exit ${again.status}: ${again.stderr}`]),
    ...(status.status === 0 && String(heads) === revisions.at(-1)!.id
      ? []
      : [`status ended with ${status.status}, heads ${heads}: ${status.stderr}`]),
  ];
}
