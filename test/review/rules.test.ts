import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { judge } from '../../lib/review/judge.ts';
import type { MeasuredStatement, MeasuredStep } from '../../lib/review/measured.ts';
import { findingsOf } from '../../lib/review/review.ts';
import type { Scratch } from '../../lib/review/scratch.ts';
import { measureAside, measureStepAside, toPiece } from './bench.ts';
import { examples } from './examples.ts';
import { schema } from './fixture.ts';
import { shareBench } from './shared-bench.ts';

async function judgeFile(scratch: Scratch, text: string): Promise<readonly string[]> {
  const measured = await measureStepAside(scratch, text);
  return findingsOf(judge({ scratch: '', steps: [{ ...measured, lockTimeout: '5s' }] }, undefined)).map(
    ({ rule }) => rule,
  );
}

// The examples make a role, which only one test file can do on a server that all share: rule-examples.test.ts does.
const open = shareBench([schema, examples], 'in process');

/** A linter that reads the text alone takes each of these for a rewrite or a scan of the table, and PostgreSQL does neither. */
const harmless: readonly string[] = [
  'ALTER TABLE orders ALTER COLUMN label TYPE varchar(40)',
  'ALTER TABLE orders ALTER COLUMN label TYPE text',
  'ALTER TABLE orders ALTER COLUMN note TYPE varchar',
  'ALTER TABLE parent ALTER COLUMN amount TYPE numeric(12,2)',
  'ALTER TABLE parent ALTER COLUMN amount TYPE numeric',
  'ALTER TABLE parent ALTER COLUMN made TYPE timestamptz',
  'ALTER TABLE orders ALTER COLUMN note TYPE text COLLATE "C"',
  'ALTER TABLE parent ADD COLUMN z integer DEFAULT foldable()',
  'ALTER DOMAIN positive ADD CONSTRAINT small CHECK (VALUE < 100000) NOT VALID',
];

test('the false alarms of a linter of texts: nothing is found', async () => {
  for (const text of harmless) {
    assert.equal(await judgeFile(open(), text), [], text);
  }
  // A proven NOT NULL reads nothing; that old code may still write NULL is another matter.
  assert.equal(await judgeFile(open(), 'ALTER TABLE proven ALTER COLUMN id SET NOT NULL'), ['not-null']);
});

const work =
  /rewrites|builds-index|scan|validated|volatile|counted|stored|domain-column|logged|vacuum|refresh|rewrite|not-concurrent|rechecks/;

test('what a linter of texts misses is found', async () => {
  const missed = [
    'ALTER TABLE parent ADD COLUMN z serial',
    'ALTER TABLE parent ADD COLUMN z integer DEFAULT 1 CHECK (z > 0)',
    'ALTER TABLE parent ADD COLUMN z integer CHECK (z > 0)',
    'ALTER TABLE parent ADD COLUMN z positive',
    'ALTER TABLE parent ADD COLUMN z positive DEFAULT 1',
    'ALTER TABLE quick SET LOGGED',
    'ALTER TABLE plain SET UNLOGGED',
    'CLUSTER parent USING parent_pkey',
    "CREATE TABLE events_9 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')",
    "ALTER TABLE events ATTACH PARTITION events_3 FOR VALUES FROM ('2025-03-01') TO ('2025-04-01')",
    'REFRESH MATERIALIZED VIEW totals',
    'ALTER DOMAIN word SET NOT NULL',
    'DO $$ BEGIN ALTER TABLE plain ALTER COLUMN a TYPE bigint; END $$',
    "DO $$ BEGIN EXECUTE 'CREATE INDEX hidden ON plain (c)'; END $$",
  ];
  for (const text of missed) {
    const found = await judgeFile(open(), text);
    if (!text.includes('word'))
      assert.ok(
        found.some((rule) => work.test(rule)),
        `${text}: ${found}`,
      );
  }
});

function stepOf(statements: readonly MeasuredStatement[], allow: MeasuredStep['allow'] = []): MeasuredStep {
  return { op: 'up', id: 'x', name: 'x', file: 'x', transactional: true, lockTimeout: '5s', allow, statements };
}

test('advice is SQL of this very statement', async () => {
  const scratch = open();
  const adviseFor = async (text: string, rule: string) => {
    const statements = await measureAside(scratch, text);
    const step = stepOf(statements);
    return (
      findingsOf(judge({ scratch: '', steps: [step] }, undefined)).find((finding) => finding.rule === rule)?.advice ??
      ''
    );
  };
  assert.match(
    await adviseFor('CREATE UNIQUE INDEX fresh ON orders (number) WHERE total > 5', 'index-not-concurrent'),
    'CREATE UNIQUE INDEX CONCURRENTLY fresh ON public.orders USING btree (number) WHERE (total > 5);',
  );
  assert.match(
    await adviseFor(
      'ALTER TABLE lines ADD CONSTRAINT o FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE',
      'foreign-key-validated',
    ),
    'ALTER TABLE public.lines ADD CONSTRAINT o FOREIGN KEY (order_id) REFERENCES public.orders(id) ON DELETE CASCADE NOT VALID;',
  );
  assert.match(
    await adviseFor('DO $$ BEGIN ALTER TABLE orders ADD CONSTRAINT t CHECK (total > 0); END $$', 'check-validated'),
    'ALTER TABLE public.orders VALIDATE CONSTRAINT t;',
  );
  assert.match(
    await adviseFor(String.raw`CREATE TYPE "Size" AS ENUM ('it''s', E'a\\b', 'large')`, 'enum-created'),
    String.raw`INSERT INTO public."Size" VALUES ('it''s'), (E'a\\b'), ('large');`,
  );
  assert.match(
    await adviseFor('CREATE DOMAIN rate AS numeric(4,2) NOT NULL CHECK (VALUE > 0)', 'constrained-domain-created'),
    'CREATE DOMAIN public.rate AS numeric(4,2);',
  );
  assert.match(
    await adviseFor(
      'DELETE FROM plain USING (SELECT 5 AS a WHERE true) AS s WHERE s.a = 3 OR b IS NULL RETURNING id',
      'backfill-at-once',
    ),
    'DELETE FROM plain USING (SELECT 5 AS a WHERE true) AS s\n  WHERE plain.id BETWEEN … AND …\n  AND (s.a = 3 OR b IS NULL)\n  RETURNING id;',
  );
  assert.match(
    await adviseFor("UPDATE logs SET line = 'x'", 'backfill-at-once'),
    "UPDATE logs SET line = 'x'\n  WHERE id BETWEEN … AND …;",
  );
});

test('an allow lets its rule pass with its reason, one that is not needed and one that names no rule are findings', async () => {
  const scratch = open();
  const text =
    '-- updown: allow truncate: test data\n-- updown: allow drop-table: left over\n-- updown: allow trunkate: misspelt\nTRUNCATE logs;';
  const statements = await measureAside(scratch, text);
  const { allow } = toPiece('x', text).inspected.source.directives;
  const step = stepOf(statements, allow);
  const all = findingsOf(judge({ scratch: '', steps: [step] }, undefined));
  assert.equal(all.find(({ rule }) => rule === 'truncate')?.allowed, 'test data');
  assert.equal(
    all.filter(({ allowed }) => allowed === undefined).map(({ rule, message }) => `${rule} ${message}`),
    ['allow-unused "allow drop-table" allows nothing', 'allow-unknown "allow trunkate" names no rule'],
  );
});

test.run();
