import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseKeywords } from '../../lib/libpq/keywords.ts';
import { configErrorOf, parse } from '../support/target.ts';

test('a string of name=value says the same as a url', () => {
  const { hosts, user, password, database, ssl } = parse(
    "host=db.example port=6543 user=bob password='s3 cret' dbname=app sslmode=require",
  );
  assert.equal(
    { hosts, user, password, database, ssl },
    {
      hosts: [{ host: 'db.example', port: 6543 }],
      user: 'bob',
      password: 's3 cret',
      database: 'app',
      ssl: { mode: 'require' },
    },
  );
});

test('blanks, quotes and backslashes are read as libpq reads them', () => {
  const cases: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ["host=a  port = 5 dbname='x \\' y' user=b\\ c", { host: 'a', port: '5', dbname: "x ' y", user: 'b c' }],
    ['host=', { host: '' }],
    ["host='' port=1", { host: '', port: '1' }],
    ["host=a'b'", { host: "a'b'" }],
    ['host=\\', { host: '' }],
    ["user='a'port=3", { user: 'a', port: '3' }],
    ["user='a\\\\' port=3", { user: 'a\\', port: '3' }],
    ['user=\t\na\r\nport\n=\n3 ', { user: 'a', port: '3' }],
    ["user=' a '", { user: ' a ' }],
    ['host= port=5', { host: 'port=5' }],
  ];
  for (const [text, expected] of cases) assert.equal(Object.fromEntries(parseKeywords(text)), expected, text);
});

test('of two values for one name the last counts', () => {
  assert.equal(parse('host=a host=b').hosts, [{ host: 'b', port: 5432 }]);
});

test('a missing "=", an open quote and an unknown name are refused', () => {
  for (const text of ['host=a b', "host='a", 'host=a port']) {
    assert.match(configErrorOf(() => parse(text)).message, /malformed/, text);
  }
  const unknown = configErrorOf(() => parse('host=a sslmod=require'));
  assert.match(unknown.message, /"sslmod"/);
  assert.match(unknown.hint ?? '', /sslmode/);
  assert.match(configErrorOf(() => parse('HOST=a')).message, /"HOST"/);
});

test('F65: nothing that may be a piece of the password is shown', () => {
  for (const text of ['password=top s3cret=x host=a', 'password=top s3cret', "password='top s3cret"]) {
    const { message, hint } = configErrorOf(() => parse(text));
    assert.not.match(`${message} ${hint}`, /s3cret|top/, text);
  }
});

test.run();
