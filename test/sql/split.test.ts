import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from '../../lib/sql/parser.ts';
import { scan } from '../../lib/sql/scan.ts';
import { file, read, refused } from './vocabulary.ts';

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
  SELECT CASE a WHEN 1 THEN 2 ELSE CASE WHEN true THEN 3 END END AS end;
  INSERT INTO t SELECT ';', x.end FROM x -- END;
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

test('where the lexer errs, the parser decides', () => {
  const text = 'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 end; SELECT 2; END';
  const { spans } = scan(read(`${text};SELECT 3`));
  assert.is(spans.length, 4);
  const statements = [...parse({ file, text: `${text};SELECT 3` })];
  assert.is(statements.length, 2);
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
  assert.equal(scan(read(`SELECT :'lit', :"id", :{?set}`)).variables, ['id', 'lit', 'set']);
});

test('F63: a name that psql keeps itself is refused', () => {
  for (const name of ['ROW_COUNT', 'AUTOCOMMIT', 'SQLSTATE', 'ON_ERROR_STOP']) {
    const { message, at, hint } = refused(() => scan(read(`SELECT a[1:n],\n a[1:${name}]`)));
    assert.is(message, `psql would put its own variable ${name} here when it runs the emitted script`);
    assert.equal([at, hint], ['2:5', 'Put a blank behind the colon.']);
    assert.equal(scan(read(`SELECT a[1: ${name}], a[1:${name.toLowerCase()}]`)).variables, [name.toLowerCase()]);
  }
});

test.run();
