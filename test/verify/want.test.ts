import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Gap, isForWant } from '../../lib/verify/missing.ts';

const failed: Gap = {
  lacks: new Set(),
  failed: new Set(['aaaaaaaaaaaa']),
  unrun: [
    'CREATE TABLE Orders (id serial, note text); CREATE FUNCTION total(a integer) RETURNS integer …',
    'CREATE TABLE "Odd Table" (größe integer); CREATE OPERATOR ### (FUNCTION = int4pl, LEFTARG = integer, RIGHTARG = integer);',
  ].map((text) => ({ text, isPartly: false })),
};
const lacking: Gap = { lacks: new Set(['pg_stat_statements']), failed: new Set(), unrun: [] };

/** What the server says, whether a failed up.sql may be why, and whether a missing extension may. */
const said: readonly (readonly [code: string, message: string, ofFailed: boolean, ofLacking: boolean])[] = [
  ['42P01', 'relation "orders" does not exist', true, false],
  ['42P01', 'relation "public.orders" does not exist', true, false],
  ['42P01', 'relation "orders_id_seq" does not exist', true, false],
  ['42P01', 'relation "other_id_seq" does not exist', false, false],
  ['42P01', 'relation "pg_stat_statements" does not exist', false, true],
  ['42P01', 'relation "cron.job" does not exist', false, true],
  ['42703', 'column "note" of relation "orders" does not exist', true, false],
  ['42703', 'column "none" of relation "orders" does not exist', false, false],
  ['42703', 'column orders.note does not exist', true, false],
  ['42704', 'index "orders_note_idx" does not exist', true, false],
  ['42704', 'constraint "orders_note_key" of relation "orders" does not exist', true, false],
  ['42704', 'type "geometry" does not exist', false, true],
  ['42883', 'function total(integer) does not exist', true, true],
  ['42883', 'function public.other(integer) does not exist', false, true],
  ['42P01', 'relation "Odd Table" does not exist', true, false],
  ['42P01', 'relation "public.Odd Table" does not exist', true, false],
  ['42P01', 'relation "Other Table" does not exist', false, false],
  ['42703', 'column t.größe does not exist', true, false],
  ['42883', 'function größe(integer) does not exist', true, true],
  ['3F000', 'schema "cron" does not exist', false, true],
  ['0A000', 'extension "pg_stat_statements" is not available', false, true],
  ['42P07', 'relation "orders" already exists', false, false],
  ['23505', 'could not create unique index "orders"', false, false],
];

test('a failure for want of something is told from one that has its own reason', () => {
  for (const [code, message, ofFailed, ofLacking] of said) {
    const found = [failed, lacking].map((gap) => isForWant({ code, message }, gap));
    assert.equal(found, [ofFailed, ofLacking], message);
    const itself = failed.unrun.map(({ text }) => text).join();
    if (ofFailed) assert.not(isForWant({ code, message }, failed, itself), `${message}: it has made that itself`);
    assert.not(isForWant({ code, message }, { lacks: new Set(), failed: new Set(), unrun: [] }), message);
  }
});

test('an operator is named by no word of the message, so that any gap may be why', () => {
  const failure = { code: '42883', message: 'operator does not exist: integer ### integer' };
  assert.ok(isForWant(failure, failed));
  assert.ok(isForWant(failure, lacking, 'CREATE TABLE t (x integer NOT NULL)'));
});

test.run();
