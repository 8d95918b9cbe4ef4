import { parseArgs } from 'node:util';
import { findPooler } from '../support/pooler.ts';
import { printProblems, printTable } from './report.ts';
import { type ChaosOptions, fullForm, runChaos, type Summary, shortForm } from './run.ts';

// npm run chaos -- [--seed N] [--runs N] [--short] [--pooler]
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    runs: { type: 'string', default: '1' },
    short: { type: 'boolean', default: false },
    pooler: { type: 'boolean', default: false },
  },
});

if (values.pooler && findPooler() === undefined) {
  console.error('SKIPPED: pgbouncer is neither on PATH nor in /usr/sbin');
} else {
  const summaries: Summary[] = [];
  for (let run = 0; run < Number(values.runs); run++) {
    const options = choose(Number(values.seed) + run);
    console.log(`seed ${options.seed} …`);
    const summary = await runChaos(options);
    printProblems(summary);
    printTable([summary]);
    summaries.push(summary);
  }
  if (summaries.length > 1) printTable(summaries);
  if (summaries.some(({ problems }) => problems.length > 0)) process.exitCode = 1;
}

function choose(seed: number): ChaosOptions {
  const form = values.short ? shortForm : fullForm;
  // A pooler has no place for what can't be in a transaction.
  return values.pooler ? { ...form, seed, pooled: true, bare: 0 } : { ...form, seed, pooled: false };
}
