import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { pass, refusedText } from './vocabulary.ts';

const changing = [
  'SET LOCAL backslash_quote = off',
  'SET backslash_quote TO safe_encoding',
  'RESET backslash_quote',
  "SELECT 1 FROM set_config('backslash_quote', 'off', true)",
  "INSERT INTO t SELECT x FROM u WHERE set_config('Standard_Conforming_Strings', 'off', true) = ''",
  "WITH a AS (SELECT set_config('client_encoding'::text, 'LATIN1', true)) SELECT FROM a",
  "VALUES (pg_catalog.set_config(setting_name => 'backslash_quote', new_value => 'on', is_local => true))",
  "SELECT U&\"set\\005fconfig\"('backslash_quote', 'on', true)",
  "DO $$ BEGIN PERFORM set_config('standard_conforming_strings', 'off', true); END $$",
  'DO $$ BEGIN SET LOCAL backslash_quote = on; END $$',
  "DO 'BEGIN EXECUTE ''SET NAMES ''''LATIN1''''''; END'",
  'DO $$ BEGIN RESET "client_encoding"; END $$',
];

const keeping = [
  "SELECT set_config('search_path', '', false), current_setting('backslash_quote')",
  "DO $$ BEGIN SET LOCAL client_encoding = 'UTF8'; PERFORM set_config('standard_conforming_strings', 'on', true); END $$",
  'CREATE FUNCTION f() RETURNS int LANGUAGE sql SET standard_conforming_strings = off AS $$ SELECT 1 $$',
  'ALTER ROLE app SET standard_conforming_strings = off',
  "COMMENT ON TABLE t IS 'set_config(''backslash_quote'')'",
];

test('whatever changes how the rest of a text is read is refused, wherever it stands', () => {
  for (const text of changing) {
    const { message, hint, at } = refusedText(`SELECT 1;\n${text};\nSELECT E'it\\'s';`);
    assert.match(message, /must stay/, text);
    assert.match(hint, /^Take it out/);
    assert.is(at, '2:1', text);
  }
  for (const text of keeping) assert.is(pass(`${text};`).statements.length, 1, text);
});

test('so it is in a text that nobody parses', () => {
  for (const text of changing.filter(
    (text) => !text.includes('U&"') && !text.includes('=>') && !text.includes('::text'),
  ))
    assert.match(refusedText(`-- updown: unparsed\nFROB;\n${text};`).message, /must stay/, text);
  pass(`-- updown: unparsed\nFROB; ${keeping[0]}; ${keeping[1]};`);
});

test('a word that runs into a number is read otherwise by servers before 15', () => {
  for (const [text, at] of [
    ['SELECT 1begin', '1:9'],
    ['SELECT 1.5x', '1:11'],
    ['SELECT 0x1Fg', '1:12'],
    ['SELECT $1a', '1:10'],
    ['SELECT CASE WHEN a THEN 1END', '1:26'],
    ['SELECT 1_000_', '1:13'],
  ] as const)
    for (const head of ['', '-- updown: unparsed\n']) {
      const refusal = refusedText(head + text);
      assert.is(refusal.message, 'A number runs into the word after it');
      assert.is(refusal.at, head === '' ? at : at.replace('1:', '2:'));
    }
  pass('SELECT 1_000, 0x1F, 1e5, 1 x, $1, a1, 1.5e-3 FROM t WHERE a=1AND'.replace('1AND', '1 AND b'));
});

test.run();
