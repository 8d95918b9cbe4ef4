import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from '../../lib/sql/parser.ts';
import { file, pass, refused } from './vocabulary.ts';

/** Long enough to be shortened. */
const rows = (count: number, row: (n: number) => string, between = ', '): string =>
  Array.from({ length: count }, (_, n) => row(n)).join(between);

const long = 60_000;
const values = rows(long, (n) => `(${n}, 'é😀', now())`);
const insert = `INSERT INTO t VALUES ${values}`;

const bounds = (text: string): readonly string[] =>
  Array.from(parse({ file, text }), ({ start, stop, more }) => (more ? [] : [text.slice(start, stop)])).flat();

const syntaxError = (text: string) => refused(() => [...parse({ file, text })]);

test('a long statement is one, whatever it is made of', () => {
  for (const text of [
    insert,
    `WITH a AS (SELECT 1), b AS (SELECT 2) ${insert} ON CONFLICT (n) DO UPDATE SET (a, b) = (1, 2) RETURNING n`,
    `SELECT * FROM (VALUES ${values}) AS v (a, b, c), (VALUES (1), (2)) AS w (a)`,
    `DELETE FROM t WHERE n IN (${rows(long, String)}) AND m IN (1, 2)`,
    `SELECT ARRAY[${rows(long, (n) => `-${n}`)}], '{${rows(long, String)}}'`,
    `SELECT ${rows(long, (n) => `a${n}`)} FROM t`,
    `SELECT f(${rows(long, (n) => `g(${n})`)}, (SELECT a, b FROM t))`,
    `COMMENT ON TABLE t IS '${"it''s long; ".repeat(long)}'`,
    `CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $body$ ${'SELECT 1; $$ '.repeat(long)} $body$`,
    `SELECT E'${"it\\'s \\\\ long; ".repeat(long)}', U&'${'\\00e9'.repeat(long)}', x'${'ab'.repeat(long * 3)}', n'${'é'.repeat(long * 6)}'`,
  ])
    assert.equal(bounds(`/* ${'long '.repeat(long)} */ ${text}`), [text], text.slice(0, 60));
});

test('a mistake in a long statement stands where it is', () => {
  const at = (text: string, mistake: string) => {
    const offset = text.indexOf(mistake);
    assert.is(syntaxError(text).at, `1:${[...text.slice(0, offset)].length + 1}`, mistake);
  };
  at(insert.replace("(30000, 'é😀'", "(30000 WRONG 'é😀'"), 'WRONG');
  at(`${insert} ON WRONG`, 'WRONG');
  at(`${insert}, WRONG`, 'WRONG');
  at(`INSERT INTO t (WRONG WRONG2) VALUES ${values}`, 'WRONG2');
  at(`SELECT '${'x'.repeat(600_000)}' 'é' FROM FROM t`, "'é'");
  at(`DELETE FROM t WHERE n IN (${rows(long, (n) => (n === 40_000 ? '40000 40001' : `${n}`))})`, '40001');
});

test('what is looked for in a statement is found in a long one', () => {
  const setting = (n: number) => (n === long - 1 ? "(set_config('client_encoding', 'LATIN1', false))" : `('${n}')`);
  assert.match(refused(() => pass(`INSERT INTO t VALUES ${rows(long, setting)};`)).message, 'client_encoding');
  const body = (end: string) => `DO $$ BEGIN ${'PERFORM 1; '.repeat(long)} ${end} END $$`;
  assert.match(refused(() => pass(body("SET client_encoding = 'LATIN1';"))).message, 'client_encoding');
  assert.is(pass(body('COMMIT;')).statements[0]?.mayCommit, true);
  assert.is(pass(body('')).statements[0]?.mayCommit, undefined);
  assert.equal(pass(`WITH d AS (DELETE FROM u) ${insert}`).statements[0]?.destroys, ['DELETE FROM u without WHERE']);
  const several = pass(`SELECT 1; ${insert}; SELECT 2`).statements;
  assert.equal(
    several.map(({ label, line }) => [label, line]),
    [
      ['SELECT', 1],
      ['INSERT', 1],
      ['SELECT', 1],
    ],
  );
});

test.run();
