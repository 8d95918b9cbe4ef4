import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { pass, refusedText } from './vocabulary.ts';

const heads = ['', '-- updown: unparsed\n'];

test('what looks like a space or like nothing is no part of a bare name', () => {
  for (const character of '\u00a0\u2003\u3000\u200b\u200d\u00ad\u0085\u2028\u200f\u202e\u2060\u3164\ufe0f\u{e0020}\u2800')
    for (const head of heads) {
      const before = `${head}-- ${'é'}\nSELECT 'ok';\nCREATE TABLE a(`;
      const { message, at, hint } = refusedText(`${before}${character}i int);`);
      const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
      assert.is(message, `An invisible character U+${code} would be part of a name here`);
      assert.is(at, head === '' ? '3:16' : '4:16');
      assert.match(hint, 'plain space');
      assert.is(pass(`${before} i int);`).statements.length, head === '' ? 2 : 1);
    }
  for (const text of [
    'SELECT 1 AS\u00a0',
    '\u00a0SELECT 1',
    'SELECT a[1:n\u00a0]',
    'DO $\u200b$ x $\u200b$',
    'SELECT \u{1d7d8}\u200b',
  ])
    assert.match(refusedText(text).message, 'invisible');
  for (const text of [
    'CREATE TABLE größe (名前 int, Ü1 int, 𝔸 int, نام int)',
    "SELECT '\u00a0\u200b', $$\u00a0$$ -- \u00a0",
  ])
    assert.is(pass(text).statements.length, 1);
});

test('a quoted name may hold spaces and what joins letters; what is not seen in it is spelled out', () => {
  for (const character of ' \u00a0\u3000\u200d\ufe0f')
    assert.is(pass(`SELECT 1 AS "a${character}b"`).statements.length, 1);
  for (const [character, escaped] of [
    ['\u200b', '\\200b'],
    ['\u2060', '\\2060'],
    ['\u200f', '\\200f'],
    ['\ufeff', '\\feff'],
    ['\x1b', '\\001b'],
    ['\u{e0041}', '\\+0e0041'],
  ] as const) {
    const { hint, at } = refusedText(`SELECT 1 AS "a${character}b"`);
    assert.is(at, '1:15');
    assert.match(hint, `U&"…${escaped}…"`);
    assert.is(pass(`SELECT 1 AS U&"a${escaped}b"`).statements.length, 1);
  }
});

test('a direction mark does not turn round what stands behind its line or its token', () => {
  for (const [text, at] of [
    ["SELECT 'a\u202e'; -- b", '1:10'],
    ['SELECT 1 /* \u2066 */ , 2', '1:13'],
    ['SELECT 1 -- \u202b x', '1:13'],
    ['DO $$ BEGIN -- \u2067 x\n\u2069 END $$', '1:16'],
    ["SELECT '\u2068 \u202c'", '1:9'],
  ] as const) {
    const refusal = refusedText(text);
    assert.match(refusal.message, 'direction mark');
    assert.is(refusal.at, at);
    assert.match(refusal.hint, /close it.*with U\+20(?:2C|69)/);
  }
  assert.match(refusedText("SELECT '\u202e'").hint, "E'…\\u202e…'");
  for (const text of [
    "SELECT '\u2066a\u202eb\u202c\u2069\n\u2068c\u2069', '\u200fא'",
    '-- \u202a a \u202c\nSELECT 1',
    "SELECT E'\\u202e'",
  ])
    assert.is(pass(text).statements.length, 1);
});

test('a carriage return alone hides nothing behind a comment', () => {
  for (const text of ['-- a\rDROP TABLE t;', 'SELECT 1 --\r , 2', '--\r-- x', 'SELECT 1; -- a\r\n\n-- b\rSELECT 2']) {
    const { message, hint } = refusedText(text);
    assert.match(message, 'what follows on the line is run');
    assert.match(hint, 'line feed');
    pass(text.replaceAll('\r', '\n'));
  }
  for (const text of [
    "SELECT 'a\rb'",
    'SELECT\r1;\rSELECT 2',
    'SELECT 1 -- a\r',
    '-- a\r \t\nSELECT 1',
    '/* a\r */ SELECT 1',
  ])
    pass(text);
});

test('a vertical tab between words is refused, for servers before 16', () => {
  for (const text of ['SELECT\v1', "SELECT 'a'\v\n'b'", '\vSELECT 1', 'SELECT 1;\v']) {
    const { message, hint } = refusedText(text);
    assert.match(message, 'U+000B');
    assert.match(hint, 'plain space');
    pass(text.replace('\v', ' '));
  }
  for (const text of ["SELECT '\v'", 'SELECT 1 -- \v', 'SELECT $$\v$$', 'SELECT\f1']) pass(text);
});

test.run();
