import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { printText } from '../../lib/report/text.ts';
import { waitShortly } from '../../lib/review/advice/words.ts';
import type { Review } from '../../lib/review/review.ts';
import { rules } from '../../lib/review/rules/all.ts';
import { reviewAll } from './reviewed.ts';

const same = (text: string): string => text;
const style = { bold: same, dim: same, good: same, bad: same, warn: same };

function print(review: Review, width: number): readonly string[] {
  return [...printText(review, { width, unicode: true, style })].join('').split('\n');
}

/** SQL is not broken to fit: it is there to be copied. */
const isSql = (line: string): boolean => /^ {6,}(?!--)\S/.test(line);

test('at 80 and at 60 columns none of its own words goes beyond', async () => {
  const review = await reviewAll();
  const words =
    'keep both alike with a trigger; then, in batches, each in a transaction of its own, until none is left:';
  const long = {
    rule: 'type-rewrites',
    severity: 'error',
    message: 'x',
    advice: `-- ${words}\nSELECT 1;\n${waitShortly}`,
  } as const;
  const many = Array.from({ length: 120 }, () => long);
  const [step] = review.steps;
  const steps = [{ ...step!, findings: many }, ...review.steps.slice(1)];
  for (const width of [80, 60]) {
    const lines = print({ ...review, steps, unmeasured: rules.slice(0, 20).map(({ id }) => id) }, width);
    assert.equal(
      lines.filter((line) => [...line].length > width && !isSql(line) && !line.startsWith('plan ')),
      [],
    );
    // What is broken stays a comment, and whole.
    assert.ok(lines.join('').replaceAll('      -- ', ' ').includes(words));
    assert.ok(lines.includes('      -- updown: lock-timeout=2s'));
    assert.ok(lines.some((line) => /^\d+ errors, /.test(line)));
  }
});

test.run();
