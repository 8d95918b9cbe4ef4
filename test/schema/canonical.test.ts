import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { canonical, withoutStorage } from '../../lib/schema/canonical.ts';

/** What the server prints, and the form that it keeps. */
const rewritten: readonly (readonly [string, string])[] = [
  [
    "((v)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
    "((v)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text]))",
  ],
  ["(ARRAY['a,]('::bpchar, lower(b)])::text[]", "ARRAY[('a,]('::bpchar)::text, (lower(b))::text]"],
  ['(ARRAY[1, 2])::numeric(10,2)[]', 'ARRAY[(1)::numeric(10,2), (2)::numeric(10,2)]'],
  [`(ARRAY['x'::text])::"S""s"."T[]"[]`, `ARRAY[('x'::text)::"S""s"."T[]"]`],
  ['(ARRAY[a])::timestamp(3) with time zone[]', 'ARRAY[(a)::timestamp(3) with time zone]'],
  [
    "(ARRAY[ARRAY['a'::character varying], ARRAY['b'::character varying]])::text[]",
    "ARRAY[ARRAY[('a'::character varying)::text], ARRAY[('b'::character varying)::text]]",
  ],
  ['(((a = 1) OR (a = 2)) OR (a = 3))', '((a = 1) OR (a = 2) OR (a = 3))'],
  ['((a = 1) AND ((b = 2) AND (c = 3)) AND (d = 4))', '((a = 1) AND (b = 2) AND (c = 3) AND (d = 4))'],
  [' SELECT NULL::text AS text\n   FROM t', ' SELECT NULL::text\n   FROM t'],
  [`SELECT 'x'::character varying AS "varchar",\n    2`, "SELECT 'x'::character varying,\n    2"],
  ['(SELECT NULL::integer AS int4)', '(SELECT NULL::integer)'],
  ['SELECT NULL::numeric(10,2) AS "numeric" UNION', 'SELECT NULL::numeric(10,2) UNION'],
  ["SELECT 'sad'::app.mood AS mood", "SELECT 'sad'::app.mood"],
  ["SELECT '{}'::text[] AS text", "SELECT '{}'::text[]"],
  ["SELECT '2020-01-01'::timestamp with time zone AS timestamptz", "SELECT '2020-01-01'::timestamp with time zone"],
];

/** What looks like it, and says something. */
const kept: readonly string[] = [
  "ARRAY['a'::text, 'b'::text]",
  "(ARRAY['a'::text])[1]",
  "'(ARRAY[''a''::character varying])::text[]'::text",
  '((a = 1) OR ((b = 2) AND (c = 3)))',
  '(((a = 1) AND (b = 2)) OR (c = 3))',
  '(NOT ((a = 1) AND (b = 2)))',
  'sum(a) OVER (PARTITION BY b ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)',
  "'((a OR b) OR c)'::text",
  "SELECT 'x'::text AS other",
  'SELECT (a)::text AS text',
  "SELECT lower('x'::text) AS lower",
  '(ARRAY[a, b',
  'AND (unfinished OR',
  '',
];

test('what the server prints otherwise a second time is written as it is then', () => {
  for (const [text, expected] of rewritten) {
    assert.is(canonical(text), expected);
    assert.is(canonical(expected), expected, 'and stays so');
  }
});

test('everything else stays as it is', () => {
  for (const text of kept) assert.is(canonical(text), text);
  assert.is(canonical(null), null);
});

test('an index without its storage parameters', () => {
  const head = 'CREATE INDEX i ON public.t USING btree (a)';
  assert.is(
    withoutStorage(`${head} WITH (fillfactor='70', deduplicate_items=off) WHERE (b <> ' WITH (x)'::text)`),
    `${head} WHERE (b <> ' WITH (x)'::text)`,
  );
  assert.is(withoutStorage(`${head} WHERE (b = ' WITH (x)'::text)`), `${head} WHERE (b = ' WITH (x)'::text)`);
  assert.is(
    withoutStorage(`CREATE INDEX " WITH (x)" ON public.t USING gin (a)`),
    `CREATE INDEX " WITH (x)" ON public.t USING gin (a)`,
  );
});

test.run();
