import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lex } from '../../lib/sql/lexer.ts';
import { given } from '../support/given.ts';

/** `kind text` of every token; an unclosed one is marked. */
function tokens(text: string): string[] {
  return Array.from(
    lex(text),
    ({ kind, start, end, closed }) => `${kind} ${text.slice(start, end)}${closed ? '' : ' …'}`,
  );
}

function one(kind: string, text: string): void {
  assert.equal(tokens(text), [`${kind} ${text}`]);
}

test('words take letters beyond ASCII, digits and dollars', () => {
  for (const word of ['a', '_x1', 'größe', '名前', 'a$$b', 'x😀']) one('word', word);
  assert.equal(tokens('a\u00a0b'), ['word a\u00a0b']);
});

test('plain strings keep backslashes and double their quotes', () => {
  for (const text of ["''", "N'a'", "'a''b'", "'\\'", "'\\! ls'", "'-- /* $$'", "U&'\\00e9'", "X'1F'", "b'01'"])
    one('string', text);
});

test('E strings escape with backslashes', () => {
  for (const text of ["E'\\''", "e'\\\\'", "E'a''\\'b'"]) one('string', text);
  assert.equal(tokens("e '\\'"), ['word e', "string '\\'"]);
  assert.equal(tokens("ne'\\'"), ['word ne', "string '\\'"]);
});

test('a string goes on behind a line end, in the same mode', () => {
  for (const text of ["'a'\n  'b'", "'a' -- it's\n -- more\n'b'", "E'a'\r'\\''"]) one('string', text);
  assert.equal(tokens("'a' 'b'"), ["string 'a'", "string 'b'"]);
  assert.equal(tokens("'a' /* c */\n'b'").length, 3);
});

test('psql forgets at a line end that a string is an E one: where that matters, the piece is marked', () => {
  const forgotten = (text: string) => lex(text).next().value?.forgotten;
  assert.is(forgotten("E'a'\n'b\\' c'"), 5);
  assert.is(forgotten("e'' -- x\n\n  '\\''"), 12);
  assert.is(forgotten("E'a'\n'b\\\\'\n'c\\' d'"), 11);
  assert.is(forgotten("E'a'\n'\\' \\! ls'"), 5);
  for (const text of ["E'a'\n'b\\n'", "E'a'\n'b''c'", "E'\\''\n'b'", "E'a\\\n' 'b'", "E'a'\r'b\\''"])
    assert.is(forgotten(text), undefined, text);
  for (const text of ["'a'\n'b\\'", "U&'a'\n'b\\'", "N'a'\n'\\'", "B'0'\n'\\'"])
    assert.is(forgotten(text), undefined, text);
});

test('quoted names', () => {
  for (const text of ['"a b"', '"a""b;"', '"\\"', 'U&"\\0441"']) one('name', text);
});

test('dollar quotes end at their own tag', () => {
  for (const text of ["$$ $a$ ' -- $$", '$a$ $$ $b$ $a$', '$b$a$a$b$', '$é$;$é$', '$$a$b$$']) one('dollar', text);
  assert.equal(tokens('$1 $1$ $'), ['parameter $1', 'parameter $1', 'punctuation $', 'punctuation $']);
});

test('comments nest and hide everything', () => {
  for (const text of ['/* \\! */', '/* /* */ ; */', "/*/ ' */", '-- \\! $$ /*']) one('comment', text);
  assert.equal(tokens('--a\rb'), ['comment --a', 'word b']);
  assert.equal(tokens('*/'), ['operator */']);
});

test('a comment ends an operator', () => {
  assert.equal(tokens('@--x'), ['operator @', 'comment --x']);
  assert.equal(tokens('+/*x*/-'), ['operator +', 'comment /*x*/', 'operator -']);
  for (const text of ['?|', '@>', '->>', '#-', '@@', '<=>', '|/']) one('operator', text);
});

test('numbers', () => {
  for (const text of ['1', '1.5', '.5', '1.', '1e-5', '1_000', '0x1F', '0b01']) one('number', text);
  assert.equal(tokens('1..2'), ['number 1', 'punctuation .', 'number .2']);
});

test('F63: psql variables, and what only looks like one', () => {
  for (const text of [':name', ":'name'", ':"näme"', ':{?name}', ':1']) one('variable', text);
  assert.equal(tokens('a::b'), ['word a', 'operator ::', 'word b']);
  assert.equal(tokens('a:=b'), ['word a', 'operator :=', 'word b']);
  assert.equal(tokens('[1:n]').slice(2, 3), ['variable :n']);
  assert.equal(tokens('\':a\' $$:b$$ ":c"'), ["string ':a'", 'dollar $$:b$$', 'name ":c"']);
});

test('F47: a backslash outside quotes is a token of its own', () => {
  assert.equal(tokens('a\\b'), ['word a', 'backslash \\', 'word b']);
});

test('a vertical tab is no space: servers before 16 take it for a character', () => {
  assert.equal(tokens('a\vb\f\r\t\nc'), ['word a', 'punctuation \v', 'word b', 'word c']);
  assert.equal(tokens("'a'\v\n'b'").length, 3);
});

test('F58: what is not closed begins where it was opened', () => {
  assert.equal(tokens("a 'b\nc"), ['word a', "string 'b\nc …"]);
  for (const text of ["'a''", "E'\\'", '"a', '$a$ $$', '$$', '/* /* */', "'a'\n'b"]) {
    assert.match(tokens(text).at(-1) ?? '', / …$/);
  }
});

test('tokens come one by one: the head of a file is read without the rest', () => {
  const first = lex(`-- head\n${"'".repeat(3)}`).next().value;
  assert.equal(given(first), { kind: 'comment', start: 0, end: 7, closed: true });
});

test.run();
