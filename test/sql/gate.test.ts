import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { given } from '../support/given.ts';
import { pass, refusedText } from './vocabulary.ts';

test('a real file passes, with its statements, their lines and labels', () => {
  const { statements, terminated, variables, warnings } = pass(`-- Größe 😀
CREATE TABLE users (id bigint PRIMARY KEY, name text DEFAULT 'ü;😀'); -- first

/* then */ CREATE INDEX ON users (name) -- no semicolon here;
;
DO $do$ BEGIN EXECUTE $$ COMMIT; \\! $$; END $do$;
SAVEPOINT a; ROLLBACK TO a; RELEASE a
-- the end`);
  assert.equal(
    statements.map(({ line, label, text }) => [line, label, text]),
    [
      [2, 'CREATE TABLE', "CREATE TABLE users (id bigint PRIMARY KEY, name text DEFAULT 'ü;😀')"],
      [4, 'CREATE INDEX', 'CREATE INDEX ON users (name)'],
      [6, 'DO', 'DO $do$ BEGIN EXECUTE $$ COMMIT; \\! $$; END $do$'],
      [7, 'SAVEPOINT', 'SAVEPOINT a'],
      [7, 'ROLLBACK TO', 'ROLLBACK TO a'],
      [7, 'RELEASE', 'RELEASE a'],
    ],
  );
  assert.is(terminated, false);
  assert.equal([variables, warnings], [[], []]);
});

test('F47: psql commands are refused with their place and a way out', () => {
  const restrict = refusedText('--\n-- dump\n--\n\n\\restrict abc\nSELECT 1;\n\\unrestrict abc\n');
  assert.is(restrict.message, '"\\restrict" is a psql command, not SQL');
  assert.is(restrict.at, '5:1');
  assert.match(restrict.hint, 'pg_dump');
  assert.match(refusedText('SELECT 1;\n\\connect other').hint, 'database');
  assert.match(refusedText('\\i other.sql').hint, 'that file');
  assert.match(refusedText("\\copy t from program 'sed x y'").hint, 'INSERT');
  assert.is(refusedText('SELECT 1 \\gexec').at, '1:10');
  assert.match(refusedText('SELECT 1;\n\\! rm').message, '"\\!"');
  assert.match(refusedText('SELECT 1\\; SELECT 2').message, '"\\;"');
});

test('F47: a backslash in quotes and comments is none of psql', () => {
  const text = "/* \\! */ -- \\!\nSELECT '\\', '\\! ls', E'\\'\\!', \"\\\", $$\\restrict$$, $a$ $$ \\! $a$;";
  assert.is(pass(text).statements.length, 1);
});

test('F48: COPY FROM STDIN is refused before its data is read as SQL', () => {
  const { message, at, hint } = refusedText("SELECT 1;\nCOPY public.t (a, b) FROM stdin;\n1\tit's $$ \\N\n\\.\n");
  assert.is(message, 'COPY FROM STDIN cannot run in a migration');
  assert.is(at, '2:27');
  assert.match(hint, 'INSERT');
  assert.match(refusedText('copy t from /* x */ STDIN with (format csv)').message, 'FROM STDIN');
  assert.match(refusedText('COPY t FROM stdout').message, 'COPY FROM STDOUT');
});

test('F49: COPY TO STDOUT is refused', () => {
  assert.match(refusedText('COPY (SELECT a FROM stdin) TO STDOUT').message, 'COPY TO STDOUT');
});

test('COPY with a file of the server, or a table called stdin, passes', () => {
  assert.is(pass("COPY stdin FROM '/a'; COPY t (stdin) TO PROGRAM 'x'; SELECT 1 FROM stdin;").statements.length, 3);
});

test('F58: unclosed quotes and comments are refused where they were opened', () => {
  const quoted = refusedText("SELECT 'é';\n  SELECT 'it''s;\n\nSELECT 2;");
  assert.is(quoted.message, 'A string is opened here and never closed');
  assert.is(quoted.at, '2:10');
  assert.match(refusedText("SELECT 'it\\'s';").hint, 'backslash');
  assert.not.match(quoted.hint, 'backslash');
  assert.is(refusedText('SELECT "a;').at, '1:8');
  assert.is(refusedText('SELECT 1 /* /* */ ;').at, '1:10');
  const dollar = refusedText('DO $body$ BEGIN $$;$$ END $boyd$;');
  assert.is(dollar.at, '1:4');
  assert.match(dollar.hint, '$body$');
});

test('F20: transaction verbs are refused in a transactional file', () => {
  const verbs = ['BEGIN', 'START TRANSACTION', 'COMMIT', 'END', 'ROLLBACK', 'ABORT', 'COMMIT AND CHAIN'];
  for (const verb of verbs) {
    const { message, at, hint } = refusedText(`SELECT 1;\n  ${verb};`);
    assert.match(message, `${verb.replace(' AND CHAIN', '')} cannot stand in a migration`);
    assert.is(at, '2:3');
    assert.match(hint, 'one transaction already');
  }
  assert.match(refusedText("PREPARE TRANSACTION 'x'").message, 'PREPARE TRANSACTION');
});

test('F20: transaction verbs are refused in a no-transaction file, in other words', () => {
  const { message, hint, at } = refusedText('-- updown: no-transaction\nBEGIN;');
  assert.is(message, 'BEGIN cannot stand in a no-transaction file');
  assert.match(hint, 'sent on its own');
  assert.is(at, '2:1');
  assert.match(refusedText('-- updown: no-transaction\nSAVEPOINT a;').message, 'SAVEPOINT cannot');
});

test('25001: what runs outside a transaction needs the directive', () => {
  const text = '-- é\nCREATE INDEX CONCURRENTLY i ON t (a);';
  const { message, at, hint } = refusedText(text);
  assert.is(message, 'CREATE INDEX CONCURRENTLY cannot run inside a transaction');
  assert.is(at, '2:1');
  assert.match(hint, '-- updown: no-transaction');
  const [statement] = pass(`-- updown: no-transaction\n${text}`).statements;
  const { shape, ...index } = statement?.index ?? {};
  assert.equal(given(index), { action: 'create', name: 'i', table: { name: 't' } });
  assert.is(statement?.transactional, false);
  assert.is(statement?.text, 'CREATE INDEX CONCURRENTLY i ON t (a)');
});

test('a no-transaction file is cut into its statements, without comments around them', () => {
  const { statements } = pass(`-- updown: no-transaction
VACUUM t; -- a
/* b */ UPDATE t SET a = ';' WHERE b -- c
; CALL p();`);
  assert.equal(
    statements.map(({ text, transactional }) => [text, transactional]),
    [
      ['VACUUM t', false],
      ["UPDATE t SET a = ';' WHERE b", true],
      ['CALL p()', true],
    ],
  );
});

test('F60: standard_conforming_strings cannot be turned off', () => {
  assert.is(refusedText('SELECT 1;\nSET standard_conforming_strings = off;').at, '2:1');
  assert.is(pass('SET standard_conforming_strings = on;').statements.length, 1);
});

for (const head of ['', '-- updown: no-transaction\n']) {
  const where = head === '' ? 'in a transaction' : 'outside one';
  for (const [name, sets] of Object.entries({
    client_encoding: [
      "SET client_encoding = 'LATIN1'",
      "SET NAMES 'LATIN1'",
      'SET NAMES DEFAULT',
      'RESET client_encoding',
      "SET LOCAL Client_Encoding TO 'sql_ascii'",
      "SELECT set_config('client_encoding', 'LATIN1', false)",
      "SELECT 1, pg_catalog.set_config('CLIENT_ENCODING', 'LATIN1', true) AS x",
    ],
    standard_conforming_strings: [
      'SET standard_conforming_strings = off',
      'RESET standard_conforming_strings',
      'SET LOCAL standard_conforming_strings TO DEFAULT',
      "SELECT pg_catalog.set_config('standard_conforming_strings', 'off', false)",
    ],
  })) {
    test(`F60, F64: what changes ${name} is refused ${where}`, () => {
      for (const set of sets) {
        const { at, message, hint } = refusedText(`${head}SELECT 1;\n${set};`);
        assert.is(at, head === '' ? '2:1' : '3:1', set);
        assert.ok(message.startsWith(name), set);
        assert.match(hint, /Take it out/);
      }
    });
  }

  test(`F60, F64: what keeps the encoding and strings as they are, as dumps write it, passes ${where}`, () => {
    for (const set of [
      "SET client_encoding = 'UTF8'",
      "SET NAMES 'utf-8'",
      'SET LOCAL client_encoding TO unicode',
      "SELECT pg_catalog.set_config('client_encoding', 'UTF8', false)",
      'SET standard_conforming_strings = on',
      "SELECT pg_catalog.set_config('standard_conforming_strings', 'on', false)",
      "SELECT current_setting('client_encoding')",
    ])
      assert.is(pass(`${head}${set};`).statements.length, 1, set);
  });
}

test('F55: an up.sql without a statement passes with a warning', () => {
  for (const text of ['', ' \n', '-- merge', '/* a */', ';;;', '\uFEFF']) {
    const { statements, warnings, terminated } = pass(text);
    assert.is(statements.length, 0);
    assert.ok(terminated);
    assert.equal(
      warnings.map(({ message, place }) => [message, place.line]),
      [['The file has no statement', 1]],
    );
    assert.equal(pass(text, 'down').warnings, []);
  }
});

test('a syntax error is refused with its line and column, as the server would name it', () => {
  assert.is(refusedText('CREATE TABLE t (a int);\nALTER TABLE t ADD COLUM b int oops;').at, '2:27');
});

test('a missing semicolon is found by the parser', () => {
  assert.is(refusedText('ALTER TABLE t DROP a\nALTER TABLE t DROP b;').at, '2:1');
});

const unparsed = '-- updown: unparsed\n';

test('unparsed: syntax is left to the server, as one text', () => {
  const { statements, terminated } = pass(`${unparsed}FROBNICATE TABLE t; -- a\nSELECT 1;\n-- b`);
  assert.is(statements.length, 1);
  assert.is(statements[0]?.text, 'FROBNICATE TABLE t; -- a\nSELECT 1');
  assert.is(statements[0]?.line, 2);
  assert.is(statements[0]?.label, '2 statements');
  assert.ok(statements[0]?.transactional);
  assert.ok(terminated);
});

test('unparsed: what the lexer sees is still refused', () => {
  assert.match(refusedText(`${unparsed}FROB; \\! x`).message, 'psql command');
  assert.match(refusedText(`${unparsed}FROB 'x`).message, 'never closed');
  assert.match(refusedText(`${unparsed}COPY t FROM STDIN`).message, 'COPY FROM STDIN');
  assert.is(refusedText(`${unparsed}FROB (a; b) ((`).at, '2:13');
});

test('unparsed: transaction verbs at the start of a statement are refused', () => {
  for (const verb of [
    'BEGIN',
    'start transaction',
    'COMMIT',
    'END WORK',
    'ROLLBACK',
    'ROLLBACK WORK',
    'abort',
    "PREPARE TRANSACTION 'x'",
  ]) {
    const { message, at } = refusedText(`${unparsed}FROB;\n/* a */ ${verb};`);
    assert.match(message, 'cannot stand in a migration');
    assert.is(at, '3:9');
  }
  const text =
    'PREPARE p AS SELECT 1; ROLLBACK TO a; ROLLBACK WORK TO SAVEPOINT a; FROB (x; COMMIT); DO $$ COMMIT; $$;';
  const atomic = 'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; END; SELECT 1';
  assert.is(pass(unparsed + text + atomic).statements.length, 1);
});

test('unparsed: names that look like a body hide no transaction verb behind them', () => {
  for (const text of [
    'CREATE TABLE q (begin atomic)',
    'create table q (a int, begin atomic, "end" int)',
    'CREATE TABLE function (begin atomic); CREATE OR REPLACE VIEW v AS SELECT begin AS x FROM q',
    'ALTER TABLE q ALTER begin TYPE atomic',
    'CREATE FUNCTION f(begin atomic) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
    'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT (SELECT t.end FROM t); END',
  ])
    for (const verb of ['COMMIT', 'ROLLBACK', 'END']) {
      const { message, at } = refusedText(`${unparsed}FROB;\n${text};\n${verb};`);
      assert.is(message, `${verb} cannot stand in a migration`, text);
      assert.is(at, '4:1');
    }
});

test('unparsed: a no-transaction file holds one statement', () => {
  const head = `${unparsed}-- updown: no-transaction\n`;
  const [statement] = pass(`${head}FROB TABLE t CONCURRENTLY; -- a`).statements;
  assert.is(statement?.text, 'FROB TABLE t CONCURRENTLY');
  assert.is(statement?.transactional, false);
  assert.is(refusedText(`${head}FROB;\n FROB;`).at, '4:2');
});

test('F57: 20,000 statements are cut in a moment', () => {
  const { statements } = pass("INSERT INTO t VALUES (1, 'é');\n".repeat(20_000));
  assert.is(statements.length, 20_000);
  assert.is(statements.at(-1)?.line, 20_000);
});

test.run();
