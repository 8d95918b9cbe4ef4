import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Scratch } from '../../lib/review/scratch.ts';
import type { Snapshot } from '../../lib/review/snapshot.ts';
import { createSnapshotTaker } from '../../lib/review/snapshots.ts';
import { serverUrl } from '../support/server.ts';
import { type Place, withBench } from './bench.ts';

const schema = `CREATE TABLE orders (id integer PRIMARY KEY, code text);
CREATE TABLE lines (id integer PRIMARY KEY, order_id integer REFERENCES orders);
CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER noted BEFORE UPDATE OF code ON orders FOR EACH ROW EXECUTE FUNCTION noted();
CREATE VIEW codes AS SELECT code FROM orders;
`;

/** Each after the one before it, in one transaction. */
const statements = [
  'CREATE INDEX first ON orders (code)',
  "INSERT INTO orders VALUES (1, 'a')",
  'CREATE UNIQUE INDEX second ON lines (order_id)',
  'ALTER TABLE orders RENAME COLUMN code TO label',
  'ALTER INDEX first RENAME TO third',
  'ALTER TABLE lines ADD CONSTRAINT positive CHECK (id > 0) NOT VALID',
  'ALTER TABLE lines VALIDATE CONSTRAINT positive',
  'ALTER TABLE orders DISABLE TRIGGER noted',
  "COMMENT ON TABLE orders IS 'all of them'",
  'SAVEPOINT one; DROP VIEW codes; ROLLBACK TO one',
  'ALTER VIEW codes RENAME TO labels',
  'CREATE SEQUENCE numbers',
  'ALTER TABLE lines ALTER COLUMN order_id SET DEFAULT 3',
  'ALTER TABLE lines ALTER COLUMN order_id TYPE bigint',
  "DO $$ BEGIN EXECUTE 'ALTER TABLE orders RENAME TO purchases'; END $$",
  "CREATE TYPE mood AS ENUM ('good')",
  'DROP INDEX second',
  'DROP TABLE lines',
];

/** Without definitions, which a snapshot has of what is new in it alone. */
function restOf({ columns, constraints, objects, relations }: Snapshot): unknown {
  const bare = new Map(Array.from(constraints, ([oid, row]) => [oid, { ...row, definition: null }]));
  return { columns, constraints: bare, objects, names: Array.from(relations.values(), ({ name }) => name) };
}

async function onEach(body: (scratch: Scratch) => Promise<void>): Promise<void> {
  const places: readonly Place[] = ['in process', { url: await serverUrl() }];
  for (const place of places) await withBench([schema], place, body);
}

test('a snapshot that keeps what rests is the one that reads everything', () =>
  onEach(async (scratch) => {
    const { session, snapshots } = scratch;
    await session.send('BEGIN');
    let before = await snapshots.inside();
    for (const text of statements) {
      await session.send(text);
      const after = await snapshots.inside(before);
      const whole = await createSnapshotTaker(scratch).inside();
      assert.equal(restOf(after), restOf(whole), text);
      // The other taker has prepared the queries anew: this one goes on from there.
      before = after;
    }
    await session.send('ROLLBACK');
  }));

test('an index or rows leave the other catalogs as they are, which are not read again', () =>
  onEach(async ({ session, snapshots }) => {
    await session.send('BEGIN');
    const before = await snapshots.inside();
    const steps = [
      'CREATE INDEX a ON orders (code)',
      "INSERT INTO orders VALUES (1, 'a')",
      'CREATE INDEX b ON lines (order_id)',
    ];
    let last = before;
    for (const text of steps) {
      await session.send(text);
      last = await snapshots.inside(last);
      assert.is(last.columns, before.columns, text);
      assert.is(last.objects, before.objects, text);
    }
    const definitions = Array.from(last.relations.values()).flatMap(({ called, index }) =>
      index?.definition ? [`${called}: ${index.definition}`] : [],
    );
    assert.equal(definitions, ['b: CREATE INDEX b ON public.lines USING btree (order_id)']);
    await session.send('ROLLBACK');
  }));

test('a transaction that does not count its writes is read anew', () =>
  onEach(async ({ session, snapshots }) => {
    await session.send('BEGIN');
    const before = await snapshots.inside();
    for (const text of [
      'SET LOCAL track_counts = off',
      'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$SELECT 1$$',
    ]) {
      snapshots.beforeStatement(text);
      await session.send(text);
    }
    const after = await snapshots.inside(before);
    assert.is(after.objects.size, before.objects.size + 1);
    await session.send('ROLLBACK');
  }));

test.run();
