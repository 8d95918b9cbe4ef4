import { createHash } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readSql } from '../../lib/sql/read.ts';
import { file, read, refused } from './vocabulary.ts';

const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');

test('F46: LF, CRLF and a BOM give one text and one digest', () => {
  const text = "-- Grüße 😀\nSELECT 'ä';\n";
  for (const variant of [text, text.replaceAll('\n', '\r\n'), `\uFEFF${text}`]) {
    assert.is(read(variant).text, text);
    assert.is(read(variant).digest, sha256(text));
  }
});

test('F52: a lone carriage return is data', () => {
  assert.is(read("SELECT 'a\rb\r\r\n';").text, "SELECT 'a\rb\r\n';");
});

test('F51: a byte order mark between statements is refused with its place', () => {
  const { message, at } = refused(() => read('SELECT 1;\n\n  \uFEFFSELECT 2;'));
  assert.match(message, 'U+FEFF');
  assert.is(at, '3:3');
  assert.is(refused(() => read('\uFEFF\uFEFFSELECT 1;')).at, '1:1');
});

test('F51: a byte order mark in a string or a comment is data', () => {
  assert.is(read("SELECT '\uFEFF' /* \uFEFF */ -- \uFEFF").text.length, 23);
});

test('F53: invalid UTF-8 is refused with byte offset, line and column', () => {
  const bytes = Buffer.concat([Buffer.from("SELECT 1;\r\n-- é😀 '"), Buffer.from([0xe9, 0x27, 0x3b])]);
  const { message, at, hint } = refused(() => readSql(bytes, file));
  assert.is(message, 'The file is not valid UTF-8: byte 0xe9 at offset 22');
  assert.is(at, '2:8');
  assert.is(hint, 'Save the file as UTF-8.');
});

test('F53: a character cut off at the end of the file is refused', () => {
  const bytes = Buffer.concat([Buffer.from('SELECT 1;\n'), Buffer.from([0xe2, 0x82])]);
  assert.match(refused(() => readSql(bytes, file)).message, 'byte 0xe2 at offset 10');
});

test('F53: a BOM counts as bytes, not as a column', () => {
  const { message, at } = refused(() => readSql(Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0xe9, 0x62]), file));
  assert.match(message, 'at offset 4');
  assert.is(at, '1:2');
});

test('F53: an encoded lone surrogate is refused', () => {
  assert.match(refused(() => readSql(Buffer.from([0x61, 0xed, 0xa0, 0x80]), file)).message, 'at offset 1');
});

test('F53: UTF-16 is recognised', () => {
  assert.match(refused(() => readSql(Buffer.from('\uFEFFSELECT 1', 'utf16le'), file)).hint, 'UTF-16');
});

test('F54: a NUL byte is refused with its line and column', () => {
  const { message, at } = refused(() => read('SELECT 1;\r\n-- é😀\0\nSELECT 2;'));
  assert.is(message, 'The file holds a NUL byte');
  assert.is(at, '2:6');
});

test.run();
