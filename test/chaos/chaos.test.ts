import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { printTable } from './report.ts';
import { runChaos, shortForm } from './run.ts';

const seed = Number(process.env.UPDOWN_CHAOS_SEED ?? 1);

test(`F1-F24: runners at once, faults by seed ${seed}: each revision once, no index INVALID, none hangs`, async () => {
  const summary = await runChaos({ ...shortForm, seed, pooled: false });
  printTable([summary]);
  assert.is(summary.problems.join('\n'), '');
});

test.run();
