import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isUpdownError } from '../../lib/errors.ts';
import { findData } from '../../lib/sql/data.ts';
import { inspect } from '../../lib/sql/gate.ts';
import { joinFiles } from '../../lib/sql/join.ts';
import { loadParser } from '../../lib/sql/parser.ts';
import { readSql } from '../../lib/sql/read.ts';

test.before(async () => {
  await loadParser();
});

const toFile = (text: string, drops = false) => {
  const inspected = inspect(readSql(text, 'f/up.sql'), { direction: 'up' });
  return { title: 'a1 first', inspected, dropped: drops ? findData(inspected) : [] };
};

const join = (...texts: readonly string[]) => joinFiles(texts.map((text) => toFile(text)));

test('the texts stand one behind the other, each closed', () => {
  assert.is(
    join('CREATE TABLE a ()', 'CREATE TABLE b (); -- b', '-- nothing to do', ''),
    '-- a1 first\nCREATE TABLE a ()\n;\n\n-- a1 first\nCREATE TABLE b (); -- b\n\n-- a1 first\n-- nothing to do\n\n-- a1 first\n\n',
  );
});

test('directives are those of the whole, and stand at its head', () => {
  const first = '-- mine\n-- updown: lock-timeout=3s\n--updown: allow no-index: small\nCREATE TABLE a ();\n';
  const text = join(first, '-- updown: lock-timeout=0\n-- updown: statement-timeout=5s\nCREATE TABLE b ();\n');
  assert.match(
    text,
    /^-- updown: lock-timeout=3s\n-- updown: statement-timeout=5s\n-- updown: allow no-index: small\n/,
  );
  assert.match(text, '-- mine\nCREATE TABLE a ();');
  assert.is(text.match(/updown:/g)?.length, 3);
  assert.equal(readSql(text, 'up.sql').directives.lockTimeout, '3s');
});

test('what is left out leaves a comment, and all else as it was', () => {
  const given = 'CREATE TABLE a (); INSERT INTO a DEFAULT VALUES /* one */ ; CREATE TABLE b ();\nDELETE FROM a';
  const text = joinFiles([toFile(given, true)]);
  assert.is(text, '-- a1 first\nCREATE TABLE a (); -- left out: INSERT\n CREATE TABLE b ();\n-- left out: DELETE\n');
  assert.is(inspect(readSql(text, 'up.sql'), { direction: 'up' }).statements.length, 2);
});

test('what would not be the same in one transaction is refused at its place', () => {
  for (const [texts, words] of [
    [['-- updown: no-transaction\nVACUUM;', ''], /outside a transaction/],
    [['-- updown: unparsed\nSELECT 1;', ''], /marked unparsed/],
    [["SET work_mem = '8MB';", 'SELECT 1;'], /SET would also apply/],
    [["SELECT set_config('a.b', 'c', false);", 'SELECT 1;'], /SELECT would also apply/],
  ] as const) {
    assert.throws(
      () => join(...texts),
      (error: unknown) =>
        isUpdownError(error) && error.code === 'input' && words.test(error.message) && error.place?.file === 'f/up.sql',
    );
  }
  assert.match(join('SELECT 1;', "SET work_mem = '8MB';"), 'work_mem');
});

test.run();
