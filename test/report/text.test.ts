import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { listFindings } from '../../lib/report/listed.ts';
import { printText } from '../../lib/report/text.ts';
import { waitShortly } from '../../lib/review/advice/words.ts';
import type { Finding, Review } from '../../lib/review/review.ts';
import { rules } from '../../lib/review/rules/all.ts';
import { reviewAll, reviewPartitions } from './reviewed.ts';

const same = (text: string): string => text;
const style = { bold: same, dim: same, good: same, bad: same, warn: same };

function print(review: Review, width: number): readonly string[] {
  return [...printText(review, { width, unicode: true, style })].join('').split('\n');
}

/** SQL is not broken to fit: it is there to be copied. Neither is the name of a file. */
const isWhole = (line: string): boolean => /^ {6,}(?!--)\S/.test(line) || /^\S+$/.test(line);

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
      lines.filter((line) => [...line].length > width && !isWhole(line) && !line.startsWith('plan ')),
      [],
    );
    // What is broken stays a comment, and whole.
    assert.ok(lines.join('').replaceAll('      -- ', ' ').includes(words));
    assert.ok(lines.includes('      -- updown: lock-timeout=2s'));
    assert.ok(lines.some((line) => /^\d+ errors, /.test(line)));
  }
});

test('findings come first, errors before warnings, each below its file and line, and the statement of each is printed once', async () => {
  const lines = print(await reviewPartitions(), 80);
  const end = lines.indexOf('What each statement does');
  const found = lines.slice(0, end);
  assert.is(found[0], 'Findings, worst first');
  assert.equal(
    found.flatMap(
      (line) =>
        /^(?: {2}([✗!]) ([\w-]+):|\S+\/(\w+)\/up\.sql:(\d+)$)/.exec(line)?.slice(1).filter(Boolean).join(' ') ?? [],
    ),
    [
      '20250101_0001_bbbbbbbbbbbb_stricter 1',
      '✗ type-rewrites',
      '20250101_0001_bbbbbbbbbbbb_stricter 2',
      '✗ not-null-scans',
      '✗ work-after-lock',
      '20250101_0001_bbbbbbbbbbbb_stricter 3',
      '✗ work-after-lock',
      '✗ backfill-with-ddl',
      '20250101_0001_bbbbbbbbbbbb_stricter 2',
      '! not-null',
    ],
  );
  for (const statement of ['ALTER TABLE orders ALTER COLUMN total TYPE bigint', 'UPDATE orders SET note = id::text'])
    assert.is(found.filter((line) => line === `    ${statement}`).length, 1, statement);
  assert.match(lines.slice(end).join('\n'), /^ {4}1 {2}ALTER TABLE orders ALTER COLUMN total TYPE bigint\n {7}lock /m);
});

test('partitions of one table are counted, in findings and in what a statement does', async () => {
  const text = print(await reviewPartitions(), 200).join('\n');
  assert.match(
    text,
    'not-null-scans: reads all of 5 partitions of public.events under a lock that keeps everybody out',
  );
  assert.match(text, 'lock        ACCESS EXCLUSIVE on public.events and 5 partitions of it\n');
  assert.match(
    text,
    'still held  ACCESS EXCLUSIVE on public.events and 5 partitions of it since 2, ACCESS EXCLUSIVE on public.orders since 1\n',
  );
  assert.match(
    text,
    'change      not-null column public.events.kind\n       change      not-null column on 5 partitions of public.events\n',
  );
  assert.not.match(text, 'public.events_1');
});

test('findings of one rule about several partitions are one', async () => {
  const review = await reviewPartitions();
  const [step] = review.steps;
  const [first, second, third] = step!.statements;
  const about = (relation: string, message: string): Finding => ({
    rule: 'work-under-lock',
    severity: 'error',
    relation,
    message,
    advice: '-- x',
  });
  const findings = [1, 2, 3, 4].flatMap((number) => [
    about(`public.events_${number}`, `reads ${number}`),
    about(`public.events_${number}`, `writes ${number}`),
  ]);
  const statements = [first!, { ...second!, findings: [...findings, about('public.orders', 'reads orders')] }, third!];
  const listed = listFindings({ ...review, steps: [{ ...step!, statements }] }).filter(
    ({ finding }) => finding.rule === 'work-under-lock',
  );
  assert.equal(
    listed.map(({ message }) => message),
    [
      'reads 1, and so for 3 more partitions of public.events',
      'writes 1, and so for 3 more partitions of public.events',
      'reads orders',
    ],
  );
});

test('a safe way that stands above for the same statement is named, not printed again; bodies keep their indentation', async () => {
  const lines = print(await reviewPartitions(), 80);
  const text = lines.join('\n');
  assert.is(text.split('VALIDATE CONSTRAINT events_kind_proof').length - 1, 1);
  assert.match(
    text,
    '  ! not-null: column public.events.kind must now be given\n      -- first release code that always gives it; then:\n      -- as for not-null-scans, above\n',
  );
  assert.match(text, '      BEGIN\n        NEW.total_new := NEW.total;\n        RETURN NEW;\n      END $$;\n');
});

test.run();
