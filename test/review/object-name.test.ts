import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { judge } from '../../lib/review/judge.ts';
import type { ObjectName } from '../../lib/review/object-name.ts';
import { findingsOf } from '../../lib/review/review.ts';
import { measureStepAside, withBench } from './bench.ts';

const schema = `
CREATE SCHEMA "a.b";
CREATE DOMAIN "a.b"."d on e" AS integer CONSTRAINT "c on domain x" CHECK (VALUE > 0);
CREATE TABLE "a.b"."t on u" (id integer, "q.r" integer, "Select" integer CONSTRAINT "k on v" CHECK ("Select" > 0));
CREATE INDEX "i.j" ON "a.b"."t on u" (id);
CREATE TYPE "a.b"."p q" AS ("x y" integer, z integer);
CREATE TYPE "a.b".mood AS ENUM ('sad');
CREATE FUNCTION "a.b"."f(g" (a integer, "b c" text) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION "a.b".fire() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER "g on h" BEFORE INSERT ON "a.b"."t on u" FOR EACH ROW EXECUTE FUNCTION "a.b".fire();
CREATE COLLATION "a.b"."Coll" FROM "C";
CREATE PUBLICATION "pub.one" FOR TABLE "a.b"."t on u";`;

const table = { type: 'relation', name: { schema: 'a.b', name: 't on u' } } as const;
const domain = { type: 'domain', name: { schema: 'a.b', name: 'd on e' } } as const;

const expected: readonly (readonly [sql: string, object: string, name: ObjectName])[] = [
  ['ALTER TABLE "a.b"."t on u" SET (fillfactor = 70)', 'table "a.b"."t on u"', table.name],
  ['DROP INDEX "a.b"."i.j"', 'index "a.b"."i.j"', { schema: 'a.b', name: 'i.j' }],
  ['ALTER TABLE "a.b"."t on u" DROP "q.r"', 'column "a.b"."t on u"."q.r"', { name: 'q.r', of: table }],
  [
    'ALTER TABLE "a.b"."t on u" DROP CONSTRAINT "k on v"',
    'constraint "k on v" on "a.b"."t on u"',
    { name: 'k on v', of: table },
  ],
  [
    'ALTER DOMAIN "a.b"."d on e" DROP CONSTRAINT "c on domain x"',
    'constraint "c on domain x" on domain "a.b"."d on e"',
    { name: 'c on domain x', of: domain },
  ],
  ['ALTER DOMAIN "a.b"."d on e" SET DEFAULT 5', 'domain "a.b"."d on e"', domain.name],
  [
    'ALTER TABLE "a.b"."t on u" DISABLE TRIGGER "g on h"',
    'trigger "g on h" on "a.b"."t on u"',
    { name: 'g on h', of: table },
  ],
  [
    'ALTER TYPE "a.b"."p q" RENAME ATTRIBUTE "x y" TO w',
    'attribute "a.b"."p q"."x y"',
    { name: 'x y', of: { type: 'type', name: { schema: 'a.b', name: 'p q' } } },
  ],
  ['ALTER TYPE "a.b".mood ADD VALUE \'on type\'', 'type "a.b".mood', { schema: 'a.b', name: 'mood' }],
  [
    'ALTER FUNCTION "a.b"."f(g" STRICT',
    'function "a.b"."f(g"(integer, text)',
    { schema: 'a.b', name: 'f(g', arguments: 'integer, text' },
  ],
  ['DROP COLLATION "a.b"."Coll"', 'collation "a.b"."Coll"', { schema: 'a.b', name: 'Coll' }],
  ['ALTER SCHEMA "a.b" RENAME TO c', 'schema "a.b"', { name: 'a.b' }],
  ['DROP PUBLICATION "pub.one"', 'publication "pub.one"', { name: 'pub.one' }],
];

test('a change names what it is about by values, and its words are made from them', () =>
  withBench([schema], 'newest', async (scratch) => {
    for (const [sql, object, name] of expected) {
      const { statements } = await measureStepAside(scratch, sql);
      const [change] = statements[0]?.changes.filter((one) => one.object === object) ?? [];
      assert.equal(change?.name, name, `${sql}: ${JSON.stringify(statements[0]?.changes)}`);
    }
  }));

test('a column is found by its name, not by how it ends', () =>
  withBench(
    [
      `CREATE TABLE public.t (id integer, ba integer, "A" integer);
CREATE FUNCTION reads() RETURNS bigint LANGUAGE sql AS 'SELECT sum("A") FROM public.t';`,
    ],
    'newest',
    async (scratch) => {
      const text = 'ALTER TABLE t DROP "A"; ALTER TABLE t DROP ba;';
      const step = await measureStepAside(scratch, text);
      const found = findingsOf(judge({ scratch: '', steps: [step] }, undefined));
      assert.ok(found.some(({ rule }) => rule === 'body-names-gone'));
      const placed = judge({ scratch: '', steps: [step] }, undefined).flatMap((one) =>
        one.statements.flatMap(({ number, findings }) => findings.map(({ rule }) => `${number} ${rule}`)),
      );
      assert.ok(placed.includes('1 body-names-gone'), placed.join());
    },
  ));

test.run();
