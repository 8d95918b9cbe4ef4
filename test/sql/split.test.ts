import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from '../../lib/sql/parser.ts';
import { scan } from '../../lib/sql/scan.ts';
import { pass, read, refused } from './vocabulary.ts';

/** The statements of a text, cut by the lexer; the parser must agree. */
function split(text: string): string[] {
  const source = read(text);
  const { spans } = scan(source);
  assert.equal(
    spans.map((span) => span.start),
    Array.from(parse(source), ({ start }) => start),
  );
  return spans.map(({ start, end }) => source.text.slice(start, end));
}

const body = `CREATE FUNCTION f(a int DEFAULT (1)) RETURNS int LANGUAGE sql
BEGIN ATOMIC
  SELECT CASE a WHEN 1 THEN 2 ELSE CASE WHEN true THEN 3 END END AS "end";
  INSERT INTO t SELECT ';', x."end" FROM x -- END;
  ;
  SELECT 1;
END`;

test('F61: a BEGIN ATOMIC body is one statement', () => {
  assert.equal(split(`${body};\nSELECT 2;`), [body, 'SELECT 2']);
  const replace = body.replace('CREATE', 'CREATE OR REPLACE').replace('BEGIN', 'begin -- c\n');
  assert.equal(split(`SELECT 1;${replace};SELECT 2`), ['SELECT 1', replace, 'SELECT 2']);
});

test('F61: CASE … END outside a body changes nothing', () => {
  const text = 'SELECT CASE WHEN a THEN 1 END FROM t';
  assert.equal(split(`${text};${text}`), [text, text]);
});

test('F61: CREATE RULE holds semicolons in its parentheses', () => {
  const rule = 'CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO a VALUES (1); DELETE FROM b)';
  assert.equal(split(`${rule};\n${rule}`), [rule, rule]);
});

test('F61: dollar quotes hide semicolons, tags inside tags too', () => {
  const text = "DO $do$ BEGIN EXECUTE $$ SELECT ';'; $$; EXECUTE $q$ a; $q$; END; $do$";
  assert.equal(split(`${text};SELECT $1$;`.replace('$1$', '1')), [text, 'SELECT 1']);
});

test('F61: strings with backslashes', () => {
  assert.equal(split(`SELECT '\\'; SELECT E'\\';', E'\\\\'; SELECT U&'\\0041;';`), [
    "SELECT '\\'",
    "SELECT E'\\';', E'\\\\'",
    "SELECT U&'\\0041;'",
  ]);
});

test('operators, casts, slices and comments do not disturb the cut', () => {
  const text = `SELECT a ?| ARRAY['x'], b @> '{}'::jsonb, c[1:n], d[:2], -1-/* ; */-1, "a;""b", e->>'f;'`;
  assert.equal(split(`/* ; */ ${text} -- ;\n ; -- ;\n;;${text}`), [text, text]);
});

/** A body with `more` in it, and the first thing psql counts wrong there. */
function misread(more: string, head = 'CREATE FUNCTION f() RETURNS int'): string {
  const [first] = scan(read(`${head} BEGIN ATOMIC ${more} END; SELECT 3;`)).misreadings;
  return first === undefined ? '' : `${first.word} ${first.reason}`;
}

test('F61: psql counts words, and tells names from keywords by nothing but quotes', () => {
  for (const [more, first] of Object.entries({
    'SELECT 1 AS end;': 'end name',
    'SELECT 1 end;': 'end name',
    'SELECT t.end FROM t;': 'end name',
    'SELECT 1': 'end name',
    'SELECT CASE WHEN a THEN 1 END AS end;': 'end name',
    'SELECT CASE WHEN a THEN 1 END end;': 'end name',
    'SELECT CASE a WHEN 1 THEN t.case END FROM t;': 'case name',
    'SELECT 1 case;': 'case open',
    'SELECT 1 AS begin;': 'begin name',
    'SELECT begin FROM t;': 'begin name',
  }))
    assert.is(misread(more), first, more);
  for (const more of [
    '',
    'SELECT 1;',
    ';;',
    'SELECT (1) AS "end", t."case", "begin" FROM t;',
    'SELECT (SELECT t.end FROM t), f(CASE WHEN a THEN 1 END);',
    'SELECT CASE WHEN a THEN CASE WHEN b THEN 1 END END; SELECT 2;',
    "SELECT 'end', $$ end; $$ /* end; */;",
  ])
    assert.is(misread(more), '', more);
});

test('F61: psql looks for a body behind four words alone', () => {
  assert.is(misread('SELECT 1;', 'CREATE PROCEDURE p()'), '');
  assert.is(misread('SELECT 1;', 'create Or REPLACE function f()'), '');
  assert.is(misread('SELECT 1;', 'CREATE SCHEMA s CREATE FUNCTION f()'), 'begin missed');
  assert.is(misread('SELECT 1;', 'CREATE FUNCTION begin()'), 'begin name');
  const of = (text: string) => Math.min(1, scan(read(text)).misreadings.length);
  assert.is(of('CREATE TABLE q (begin atomic); COMMIT;'), 0);
  assert.is(of('SELECT begin, "atomic", t.end FROM t; CREATE VIEW v AS SELECT CASE WHEN a THEN 1 END AS end;'), 0);
  assert.is(of('CREATE FUNCTION f() RETURNS int LANGUAGE begin;'), 1);
  assert.is(of('CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1;'), 1);
});

test('F61: where psql would cut otherwise, the gate refuses, and the hint works', () => {
  const refusals: readonly (readonly [text: string, at: string, mended: string])[] = [
    ['SELECT 1 AS end; SELECT 2;', '2:28', 'SELECT 1 AS "end"; SELECT 2;'],
    ['SELECT t.end FROM t;', '2:25', 'SELECT t."end" FROM t;'],
    ['SELECT 1 Case;', '2:25', 'SELECT 1 "case";'],
    ['SELECT 1 AS begin;', '2:28', 'SELECT 1 AS "begin";'],
    ['SELECT 1', '2:25', 'SELECT 1;'],
  ];
  const text = (more: string) =>
    `SELECT 1;\n  BEGIN ATOMIC ${more} END;`.replace('  ', 'CREATE FUNCTION f() RETURNS int\n');
  for (const head of ['', '-- updown: unparsed\n'])
    for (const [more, , mended] of refusals) {
      const { message, hint } = refused(() => pass(head + text(more)));
      assert.match(`${message} ${hint}`, /body.*If it is a name, write it as "/);
      assert.is(pass(head + text(mended)).statements.length, head === '' ? 2 : 1);
    }
  assert.is(pass('SELECT begin atomic FROM t;').statements.length, 1);
  assert.match(
    refused(() => pass('-- updown: unparsed\nCREATE SCHEMA s CREATE FUNCTION f() BEGIN ATOMIC SELECT 1; END;')).message,
    'cut this body',
  );
});

test('F59: only a finished statement, or none, lets the next one follow', () => {
  const terminated = (text: string) => scan(read(text)).terminated;
  for (const text of ['', '-- a', '/* a */\n', ';', 'SELECT 1;', 'SELECT 1; -- a', 'SELECT 1 -- a\n; /* b */ -- c\n']) {
    assert.ok(terminated(text), text);
  }
  for (const text of ['SELECT 1', 'SELECT 1 -- a;', 'SELECT 1 /* ; */', "SELECT 1; SELECT ';'"]) {
    assert.not(terminated(text), text);
  }
});

test('F63: variables outside quotes are named, sorted and once', () => {
  const text = `SELECT a[1:zeta], a[1:n], a[2:n], a[1:2], b::int, ':no' || $$:no$$ || ":no", 'x' /* :no */ -- :no`;
  assert.equal(scan(read(text)).variables, ['2', 'n', 'zeta']);
  assert.equal(scan(read(`SELECT :'lit', :"id"`)).variables, ['id', 'lit']);
});

test('F63: what no script can keep psql from replacing is refused, parsed or not', () => {
  for (const head of ['', '-- updown: unparsed\n'])
    for (const text of [
      ':{?a}',
      'a[1: :{?é1}]',
      '(:{?updown_at})',
      ':updown_at',
      ":'updown_run'",
      ':"updown_todo_1"',
      'a[1:updown_x]',
    ]) {
      const { message, at } = refused(() => pass(`${head}SELECT 1;\nSELECT ${text};`));
      assert.match(message, /^psql would put TRUE or FALSE|^The emitted script has its own variables/);
      assert.match(at, head === '' ? /^2:/ : /^3:/);
    }
  assert.equal(scan(read('SELECT a[1: updown_at], a[1:UPDOWN_AT], \':{?a}\', ":{?a}", :{a}')).variables, ['UPDOWN_AT']);
});

test('F63: a name that psql keeps itself is refused', () => {
  for (const name of ['ROW_COUNT', 'AUTOCOMMIT', 'SQLSTATE', 'ON_ERROR_STOP', 'ENCODING']) {
    const { message, at, hint } = refused(() => scan(read(`SELECT a[1:n],\n a[1:${name}]`)));
    assert.is(message, `psql would put its own variable ${name} here when it runs the emitted script`);
    assert.equal([at, hint], ['2:5', 'Put a space after the colon.']);
    assert.equal(scan(read(`SELECT a[1: ${name}], a[1:${name.toLowerCase()}]`)).variables, [name.toLowerCase()]);
  }
});

test.run();
