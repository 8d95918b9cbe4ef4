import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from '../../lib/sql/parser.ts';
import { file, refused } from './vocabulary.ts';

function bounds(text: string, cuts: readonly number[] = []): string[] {
  return Array.from(parse({ file, text }, cuts), ({ start, stop }) => text.slice(start, stop));
}

function syntaxError(text: string): ReturnType<typeof refused> {
  return refused(() => [...parse({ file, text })]);
}

test('a statement starts at its first token, whatever stands before it', () => {
  assert.equal(bounds(' -- é\n /* 😀 */ SELECT 1 ;; /* é */\n SELECT 2'), ['SELECT 1 ', 'SELECT 2']);
});

test('byte offsets become UTF-16 offsets', () => {
  assert.equal(bounds("SELECT 'é名😀'; SELECT '😀é'; SELECT 3"), ["SELECT 'é名😀'", "SELECT '😀é'", 'SELECT 3']);
});

test('a syntax error stands where it is, behind multi-byte text too', () => {
  assert.is(syntaxError('selec').at, '1:1');
  assert.is(syntaxError('SELECT 1;\n  SELEC 2').at, '2:3');
  const { at, message, excerpt } = syntaxError("SELECT 'é名😀';\nSELECT '😀é' FROM FROM t");
  assert.is(at, '2:18');
  assert.is(message, 'Syntax error at or near "FROM"');
  assert.is(excerpt, "SELECT '😀é' FROM FROM t");
  assert.is(syntaxError('SELECT (\n').at, '2:1');
});

test('a long offending token is cut, on one line', () => {
  const { message } = syntaxError(`SELECT 'a' '${'x\n'.repeat(500)}'`);
  assert.is(message.length, 120);
  assert.not.match(message, '\n');
});

test('F63: a psql variable is named as such', () => {
  assert.match(syntaxError('SELECT :name').hint, 'psql variable');
  assert.match(syntaxError('SELECT FROM WHERE').hint, 'updown: unparsed');
});

test('an invisible character is named', () => {
  assert.match(syntaxError('CREATE TABLE\u00a0t (a int)').hint, '\\xa0');
  for (const sql of [
    'SELECT 1 AS "a" "b\u00a0c"',
    "SELECT 'a' 'b\u00a0c'",
    'SELECT 1 2 /*\u00a0*/',
    'SELECT 1 $$\u00a0$$',
  ])
    assert.not.match(syntaxError(sql).hint, 'invisible', sql);
});

test('an expression too deep for the parser is refused, and the next text is parsed', () => {
  const { message, hint } = syntaxError(`SELECT ${Array(60_000).fill('1').join('+')}`);
  assert.match(message, 'too deeply nested');
  assert.match(hint, 'updown: unparsed');
  assert.equal(bounds('SELECT 1'), ['SELECT 1']);
});

test('a text of megabytes is parsed in pieces, with offsets and errors in the whole', () => {
  const line = "INSERT INTO t VALUES ('é😀');\n";
  const count = 60_000;
  const text = line.repeat(count);
  const cuts = Array.from({ length: count }, (_, index) => index * line.length + line.length - 1);
  const statements = bounds(text, cuts);
  assert.is(statements.length, count);
  assert.ok(statements.every((statement) => statement === "INSERT INTO t VALUES ('é😀')"));
  assert.is(refused(() => [...parse({ file, text: `${text}SELEC` }, cuts)]).at, `${count + 1}:1`);
});

test.run();
