import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Scratch } from '../../lib/review/scratch.ts';
import { serverUrl } from '../support/server.ts';
import { measureAside, withBench } from './bench.ts';

const made = `
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TYPE pair AS (a integer, b mood);
CREATE DOMAIN amount AS integer DEFAULT 1;
CREATE TABLE t (a integer, b mood);
CREATE TABLE parted (a integer) PARTITION BY LIST (a);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
CREATE FUNCTION f(first integer, other mood) RETURNS mood LANGUAGE sql AS 'SELECT other';
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touched BEFORE UPDATE OF a ON t FOR EACH ROW WHEN (NEW.a > 0) EXECUTE FUNCTION touch();
CREATE TRIGGER touched BEFORE INSERT ON parted FOR EACH ROW EXECUTE FUNCTION touch();
CREATE POLICY seen ON t USING (a > 0);
CREATE RULE kept AS ON DELETE TO t WHERE OLD.a = 1 DO INSTEAD NOTHING;
CREATE PUBLICATION pub FOR TABLE t;
CREATE STATISTICS st ON a, b FROM t;
`;

/** Each statement alone, with all that it changes. */
const cases: readonly (readonly [string, ...string[]])[] = [
  // What the server prints of policies, rules, triggers, functions and publications has these names in it.
  ['ALTER TABLE t RENAME COLUMN a TO z', 'renamed column public.t.a'],
  ['ALTER TABLE t RENAME TO u', 'renamed table public.t'],
  ['ALTER TRIGGER touched ON t RENAME TO touching', 'renamed trigger touched on public.t'],
  ['ALTER POLICY seen ON t RENAME TO shown', 'renamed policy seen on public.t'],
  ['ALTER RULE kept ON t RENAME TO keeping', 'renamed rule kept on public.t'],
  ['ALTER FUNCTION f(integer, mood) RENAME TO g', 'renamed function public.f(integer, public.mood)'],
  ['ALTER STATISTICS st RENAME TO statistics', 'renamed statistics public.st'],
  ['ALTER TYPE pair RENAME ATTRIBUTE a TO z', 'renamed attribute public.pair.a'],
  ['ALTER TYPE pair DROP ATTRIBUTE a', 'dropped attribute public.pair.a'],
  ['ALTER TYPE pair ADD ATTRIBUTE c text', 'definition type public.pair'],
  ['ALTER TYPE pair ALTER ATTRIBUTE a TYPE bigint', 'definition type public.pair'],
  ["ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'", 'enum-value-renamed type public.mood'],
  ["ALTER TYPE mood ADD VALUE 'so so' AFTER 'sad'", 'enum-value type public.mood'],
  ['ALTER DOMAIN amount DROP DEFAULT', 'default domain public.amount'],
  ['ALTER DOMAIN amount SET NOT NULL', 'not-null domain public.amount'],
  ['GRANT USAGE ON TYPE mood TO PUBLIC; REVOKE USAGE ON TYPE mood FROM PUBLIC', 'privileges type public.mood'],
  ['ALTER FUNCTION f(integer, mood) COST 7 IMMUTABLE', 'replaced function public.f(integer, public.mood)'],
  [
    "CREATE OR REPLACE FUNCTION f(first integer, other mood) RETURNS mood LANGUAGE sql AS 'SELECT other'",
    // The same as before.
  ],
  ['ALTER POLICY seen ON t USING (a > 1)', 'replaced policy seen on public.t'],
  ['ALTER TABLE t DISABLE TRIGGER touched', 'trigger trigger touched on public.t'],
  ['ALTER PUBLICATION pub ADD TABLE parted', 'replaced publication pub'],
  ['CREATE TYPE span AS RANGE (subtype = integer)', 'created type public.span'],
  ['ALTER TABLE parted DISABLE TRIGGER touched', 'trigger trigger touched on public.parted'],
  ["COMMENT ON TYPE mood IS 'x'"],
  ['DROP FUNCTION f(integer, mood)', 'dropped function public.f(integer, public.mood)'],
];

test('an object is the same under another name, and what only others’ names have changed in is unchanged', () =>
  withBench([made], 'in process', tryAll));

test('and so on a PostgreSQL 15', async () => withBench([made], { url: await serverUrl() }, tryAll));

async function tryAll(scratch: Scratch): Promise<void> {
  for (const [text, ...expected] of cases) {
    const [first, ...others] = await measureAside(scratch, text);
    assert.is(first?.error, undefined, text);
    const changes = [first, ...others].flatMap((one) => one?.changes ?? []);
    assert.equal(
      changes.map(({ kind, object }) => `${kind} ${object}`),
      expected,
      text,
    );
  }
}

test.run();
