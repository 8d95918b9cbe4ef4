import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { judge } from '../../lib/review/judge.ts';
import { findingsOf } from '../../lib/review/review.ts';
import type { Scratch } from '../../lib/review/scratch.ts';
import { measureAside, withBench } from './bench.ts';

const fixture = `
CREATE TABLE parted (id integer, note text) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (100);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (100) TO (200);
CREATE TABLE above (a integer, b text);
CREATE TABLE below (c integer) INHERITS (above);
CREATE TABLE counted (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text);
CREATE TABLE counting (id integer REFERENCES counted, v text);
CREATE TABLE above_keyed (id integer PRIMARY KEY);
CREATE TABLE below_keyed () INHERITS (above_keyed);
CREATE TABLE pointing (id integer REFERENCES above_keyed);
`;
// Emptied first: what was rolled back keeps its places in the file.
const rows = `
TRUNCATE parted, above;
INSERT INTO parted SELECT i, 'n' FROM generate_series(0, 139) AS i;
INSERT INTO above SELECT i, 'a' FROM generate_series(1, 50) AS i;
INSERT INTO below (b) SELECT 'b' FROM generate_series(1, 20) AS i;
`;

async function adviseFor(scratch: Scratch, text: string, rule: string): Promise<string> {
  const statements = await measureAside(scratch, `${text};`);
  assert.equal(statements[0]!.error, undefined, text);
  const step = { op: 'up' as const, id: 'x', name: 'x', file: 'x', transactional: true, lockTimeout: '5s', allow: [] };
  const findings = findingsOf(judge({ scratch: '', steps: [{ ...step, statements }] }, undefined));
  const advice = findings.find((finding) => finding.rule === rule)?.advice;
  assert.ok(advice !== undefined, `${text}: ${rule} is not found`);
  return advice;
}

async function query({ session }: Scratch, text: string): Promise<readonly string[]> {
  const sets = await session.send(text);
  return (sets.at(-1) ?? []).map((row) => Object.values(row).join(' '));
}

let open: { readonly scratch: Scratch; readonly close: () => void } | undefined;

/** In a transaction of its own on one that all share: starting a PostgreSQL takes longer than all of it. */
async function aside(body: (scratch: Scratch) => Promise<void>): Promise<void> {
  const { scratch } = open!;
  await scratch.session.send(`BEGIN; ${rows}`);
  try {
    await body(scratch);
  } finally {
    await scratch.session.send('ROLLBACK');
  }
}

test.before(
  () =>
    new Promise<void>((ready, failed) => {
      void withBench([fixture], undefined, (scratch) => {
        return new Promise<void>((close) => {
          open = { scratch, close };
          ready();
        });
      }).catch(failed);
    }),
);

test.after(() => open!.close());

for (const table of ['parted', 'above']) {
  test(`a batch writes no row of ${table} that an earlier one has written`, async () => {
    const advice = await adviseFor(
      open!.scratch,
      `ALTER TABLE ${table} ADD COLUMN z uuid DEFAULT gen_random_uuid()`,
      'volatile-default',
    );
    const [, alter = '', batch = ''] = /^(.*?)(UPDATE .*?;)/s.exec(advice.replace('LIMIT 10000', 'LIMIT 30')) ?? [];
    await aside(async (scratch) => {
      await scratch.session.send(alter);
      const seen: string[] = [];
      for (let round = 0; round < 9; round += 1) {
        await scratch.session.send(batch);
        const filled = await query(scratch, `SELECT z FROM ${table} WHERE z IS NOT NULL`);
        assert.equal(
          seen.filter((one) => !filled.includes(one)),
          [],
        );
        seen.splice(0, seen.length, ...filled);
      }
      assert.equal(await query(scratch, `SELECT count(*) FROM ${table} WHERE z IS NULL`), ['0']);
    });
  });
}

test('ALTER TABLE ONLY stays the matter of that table alone', async () => {
  const advice = await adviseFor(open!.scratch, 'ALTER TABLE ONLY above ALTER a SET NOT NULL', 'not-null-scans');
  await aside(async (scratch) => {
    await scratch.session.send(advice);
    assert.equal(
      await query(
        scratch,
        `SELECT attrelid::regclass, attnotnull FROM pg_attribute WHERE attname = 'a' AND attrelid IN ('above'::regclass, 'below'::regclass) ORDER BY 1`,
      ),
      ['above t', 'below f'],
    );
  });
});

test('TRUNCATE without CASCADE still restarts what counts, and empties no child that it let be', async () => {
  const { scratch } = open!;
  assert.match(
    await adviseFor(scratch, 'TRUNCATE counted RESTART IDENTITY CASCADE', 'truncate'),
    'TRUNCATE public.counted, public.counting RESTART IDENTITY;',
  );
  assert.match(
    await adviseFor(scratch, 'TRUNCATE ONLY above_keyed CASCADE', 'truncate'),
    'TRUNCATE ONLY public.above_keyed, public.pointing;',
  );
});

test.run();
