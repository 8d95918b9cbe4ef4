import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { blankPieces, dropPieces, findDumpPieces, isDump } from '../../lib/sql/dump.ts';

const dump = `--
-- PostgreSQL database dump
--

\\restrict Ab1

SET client_encoding = 'UTF8';
SELECT pg_catalog.set_config('search_path', '', false);
CREATE FUNCTION public.f() RETURNS text LANGUAGE sql AS $$ SELECT '
COPY public.t FROM stdin;
\\restrict x' $$;
CREATE TABLE public."a ; b" (id integer);
COPY public."a ; b" (id, "c )") FROM stdin;
1	it's a "quote;
\\N	/* no comment
\\.

INSERT INTO public.t VALUES (1, '; \\restrict ');
SELECT pg_catalog.setval('public.s', 3, true);
CREATE INDEX i ON public."a ; b" (id);

\\unrestrict Ab1
`;

test('what a file of pg_dump has for psql, and rows, are found, and nothing beside', () => {
  assert.equal(
    findDumpPieces(dump).map(({ kind, of }) => [kind, of]),
    [
      ['psql', ''],
      ['rows', 'public."a ; b"'],
      ['rows', 'public.t'],
      ['counter', 'public.s'],
      ['psql', ''],
    ],
  );
});

test('without them the lines stay where they are, or go', () => {
  const pieces = findDumpPieces(dump);
  const [blank, rest] = [blankPieces(dump, pieces), dropPieces(dump, pieces)];
  const lineOf = (text: string) => text.split('\n').findIndex((line) => line.startsWith('CREATE INDEX'));
  assert.is(lineOf(blank), lineOf(dump));
  assert.ok(lineOf(rest) < lineOf(dump));
  for (const text of [blank, rest]) {
    assert.match(text, "COPY public.t FROM stdin;\n\\restrict x' $$;");
    assert.not.match(text, 'Ab1');
    assert.not.match(text, 'INSERT');
  }
});

test('a file is one of pg_dump where its head says so', () => {
  assert.ok(isDump(dump));
  assert.ok(isDump('\\restrict Ab1\n'));
  assert.not.ok(isDump('CREATE TABLE t ();\n-- PostgreSQL database dump\n'));
});

test.run();
