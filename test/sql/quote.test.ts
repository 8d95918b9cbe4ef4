import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { quoteEcho, quoteIdent, quoteLiteral, sanitizeLine, splitName, textArray } from '../../lib/sql/quote.ts';

test('F60: a literal means the same whatever standard_conforming_strings is', () => {
  assert.is(quoteLiteral("it's"), "'it''s'");
  assert.is(quoteLiteral("a\\b'"), "E'a\\\\b'''");
  assert.is(quoteLiteral(''), "''");
});

test('F66: what must not reach a terminal stands in a literal as an escape, and means the same', () => {
  assert.is(quoteLiteral('a\u202eb'), "E'a\\u202eb'");
  assert.is(quoteLiteral("\x1b[2K'\\\u2066"), "E'\\u001b[2K''\\\\\\u2066'");
  assert.is(quoteLiteral('\u0085\r\ufeff'), "E'\\u0085\\u000d\\ufeff'");
  for (const text of ['a\n\tb', 'Grüße 名前 😀', 'a\u00a0b']) assert.is(quoteLiteral(text), `'${text}'`);
});

test('names are quoted where they must be', () => {
  assert.is(quoteIdent('updown'), 'updown');
  for (const name of ['Users', 'user', 'order', 'system_user', '1a', 'a b', 'größe', '']) {
    assert.is(quoteIdent(name), `"${name}"`);
  }
  assert.is(quoteIdent('a"b'), '"a""b"');
});

test('arrays are typed, the empty one too', () => {
  assert.is(textArray([]), "'{}'::pg_catalog.text[]");
  assert.is(textArray(['a', "b'"]), "ARRAY['a', 'b''']::pg_catalog.text[]");
});

test('F67: a description cannot leave its comment line', () => {
  assert.is(sanitizeLine('add x\n\\! rm\r\nb\u2028c\u0085d'), 'add x \\! rm b c d');
});

test('F66: escapes and bidi controls are made visible', () => {
  assert.is(sanitizeLine('\x1b[2K\x9b\x7f\0 \u202eabc\ufeff'), '\\x1b[2K\\x9b\\x7f\\x00 \\u202eabc\\ufeff');
  assert.is(sanitizeLine('Grüße 名前 😀'), 'Grüße 名前 😀');
});

test('F67: an echoed text runs nothing', () => {
  assert.is(quoteEcho("it's `date` \\! x\ny"), "'it''s `date` \\\\! x y'");
});

test('a qualified name has parts', () => {
  assert.equal(splitName('App.Orders'), ['app', 'orders']);
  assert.equal(splitName('"a.b"."x ""y"" on z"'), ['a.b', 'x "y" on z']);
  assert.equal(splitName('public."Odd"'), ['public', 'Odd']);
  assert.equal(splitName('orders'), ['orders']);
});

test.run();
