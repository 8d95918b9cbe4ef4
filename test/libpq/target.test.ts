import { inspect } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UpdownError } from '../../lib/errors.ts';
import { parseTarget } from '../../lib/libpq/parse.ts';
import { redact } from '../../lib/libpq/redact.ts';
import { type ConnectionTarget, describeTarget, type Environment } from '../../lib/libpq/target.ts';
import { given } from '../support/given.ts';
import { configErrorOf } from '../support/target.ts';

const machine = { user: 'ada', home: '/home/ada', read: () => undefined };

function parse(url: string | undefined, env: Environment = {}, socketFolder?: string): Record<string, unknown> {
  return { ...given(parseTarget(url, env, { ...machine, socketFolder })) };
}

function expect(actual: Record<string, unknown>, expected: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(expected)) assert.equal(actual[name], value, name);
}

function refusal(url: string | undefined, env: Environment = {}): UpdownError {
  try {
    parse(url, env);
  } catch (error) {
    assert.instance(error, UpdownError);
    assert.is((error as UpdownError).code, 'config');
    return error as UpdownError;
  }
  throw new Error('it was accepted');
}

test('a whole url is taken apart', () => {
  expect(parse('postgres://bob:s3cret@db.example:6543/app?sslmode=require&application_name=x%20y&connect_timeout=3'), {
    kind: 'server',
    hosts: [{ host: 'db.example', port: 6543 }],
    user: 'bob',
    password: 's3cret',
    database: 'app',
    ssl: { mode: 'require' },
    applicationName: 'x y',
    connectTimeoutMilliseconds: 3000,
    sessionAttributes: 'any',
  });
});

test('percent-encoded parts are decoded', () => {
  expect(parse('postgresql://b%40b:p%23%2F%40%3A%25@h/d%C3%A9'), { user: 'b@b', password: 'p#/@:%', database: 'dé' });
});

test('a "#" and a "?" in the password are read as libpq reads them', () => {
  expect(parse('postgres://u:p#w?x@h/d'), {
    user: 'u',
    password: 'p#w?x',
    hosts: [{ host: 'h', port: 5432 }],
    database: 'd',
  });
});

test('IPv6 hosts stand in brackets', () => {
  const target = parse('postgres://u@[::1]:5433/d');
  expect(target, { hosts: [{ host: '::1', port: 5433 }] });
  assert.is(describeTarget(target as unknown as ConnectionTarget), 'postgres://u@[::1]:5433/d');
});

test('a socket folder comes as a host parameter or percent-encoded', () => {
  expect(parse('postgres://u@/d?host=/tmp/s&port=5433'), {
    hosts: [{ host: '/tmp/s', port: 5433 }],
    database: 'd',
  });
  expect(parse('postgres://u@%2Ftmp%2Fs:5433/d'), { hosts: [{ host: '/tmp/s', port: 5433 }] });
  const target = parseTarget('postgres://u:x@/d?host=/tmp/s', {}, machine);
  assert.is(describeTarget(target), 'postgres://u@:5432/d?host=/tmp/s');
});

test('query parameters win over the parts before them', () => {
  expect(parse('postgres://u:p@h:1/d?user=v&password=q&port=2&dbname=e&host=i'), {
    user: 'v',
    password: 'q',
    hosts: [{ host: 'i', port: 2 }],
    database: 'e',
  });
});

test('what the url leaves open comes from the PG* variables', () => {
  const env = {
    PGHOST: 'eh',
    PGPORT: '7000',
    PGUSER: 'eu',
    PGPASSWORD: 'ep',
    PGDATABASE: 'ed',
    PGSSLMODE: 'verify-full',
    PGSSLROOTCERT: '/ca.pem',
    PGCONNECT_TIMEOUT: '4',
    PGPASSFILE: '/pf',
  };
  expect(parse('postgres://', env), {
    hosts: [{ host: 'eh', port: 7000 }],
    user: 'eu',
    password: 'ep',
    database: 'ed',
    ssl: { mode: 'verify-full', rootCert: '/ca.pem' },
    connectTimeoutMilliseconds: 4000,
    passfile: '/pf',
  });
  expect(parse('postgres://h/d', env), { hosts: [{ host: 'h', port: 7000 }], database: 'd', user: 'eu' });
  expect(parse(undefined, env), { hosts: [{ host: 'eh', port: 7000 }], database: 'ed' });
});

test("what nobody says is libpq's default", () => {
  expect(parse(undefined), {
    hosts: [{ host: 'localhost', port: 5432 }],
    user: 'ada',
    database: 'ada',
    ssl: { mode: 'prefer' },
    connectTimeoutMilliseconds: 10_000,
    passfile: '/home/ada/.pgpass',
  });
  expect(parse('postgres:///d', {}, '/var/run/postgresql'), {
    hosts: [{ host: '/var/run/postgresql', port: 5432 }],
    database: 'd',
  });
  expect(parse('postgres://u@h'), { database: 'u' });
});

test('connect_timeout=0 waits for ever, and "ssl=true" means require', () => {
  expect(parse('postgres://h/d?connect_timeout=0&ssl=true'), {
    connectTimeoutMilliseconds: 0,
    ssl: { mode: 'require' },
  });
});

test('an unknown parameter is named', () => {
  assert.match(refusal('postgres://h/d?schema=app').message, /"schema"/);
  assert.match(refusal('postgres://h/d?sslmode=maybe').message, /"sslmode"/);
  assert.match(refusal('postgres://h/d?target_session_attrs=x').message, /"target_session_attrs"/);
  assert.match(refusal('postgres://h/d?connect_timeout=soon').message, /"connect_timeout"/);
});

test('"sslrootcert=system" asks for verify-full', () => {
  expect(parse('postgres://h/d?sslrootcert=system'), { ssl: { mode: 'verify-full', rootCert: 'system' } });
  assert.match(refusal('postgres://h/d?sslrootcert=system&sslmode=require').hint ?? '', /verify-full/);
});

test('F65: a malformed url is refused without showing any of it', () => {
  const urls = [
    'postgres://bob:sec/ret@host:5432/db',
    'postgres://bob:sec@ret@host/db',
    'postgres://bob:secret@host:port/db',
    'postgres://bob:secret@host:99999/db',
    'postgres://bob:sec%ret@host/db',
    'postgres://bob:sec%00ret@host/db',
    'postgres://bob:1234/secret?x=ret@host/db',
    'postgres://bob:secret@host/db?sslmode',
    'mysql://bob:secret@host/db',
    'bob:secret@host',
    'host=h password=sec ret=secret',
    'host=h password=sec ret',
    "host=h password='secret",
    'host=h password=secret port=x',
  ];
  for (const url of urls) {
    const error = refusal(url);
    const shown = `${inspect(error, { depth: null, showHidden: true })} ${JSON.stringify(error)} ${error.stack}`;
    assert.not.match(shown.replaceAll(import.meta.url, ''), /secret|sec[/@%]|ret@|bob/, url);
    assert.match(error.hint ?? '', url.startsWith('host=') ? /'…'|%23/ : /%23.*%2F.*%40/);
    assert.is(error.cause, undefined);
  }
});

test('an empty url is refused: it is a missing secret, not a wish for the defaults', () => {
  assert.match(refusal('').message, /empty/);
});

test('a pglite url names a folder or the memory, and extensions', () => {
  assert.equal(parse('pglite:memory'), { kind: 'pglite', extensions: [] });
  assert.equal(parse('pglite:./data?extensions=pgcrypto,citext'), {
    kind: 'pglite',
    folder: './data',
    extensions: ['pgcrypto', 'citext'],
  });
  assert.match(refusal('pglite:').message, /no folder/);
  assert.match(refusal('pglite:x?foo=1').message, /"foo"/);
  assert.is(describeTarget({ kind: 'pglite', extensions: [] }), 'pglite:memory');
});

test('a described target shows no password and no control characters', () => {
  const target = parseTarget('postgres://b%1Bob:s3cret@h/d%0Ab', {}, machine);
  assert.is(describeTarget(target), 'postgres://b%1Bob@h:5432/d%0Ab');
});

test('redact takes passwords out of any text', () => {
  const cases = [
    ['at postgres://bob:s3cret@h/d and postgres://x@h', 'at postgres://bob:***@h/d and postgres://x@h'],
    ['postgres://bob:s3/c@r#et@h/d', 'postgres://bob:***@h/d'],
    ['postgres://:s3cret@h', 'postgres://:***@h'],
    ['host=h password=s3cret user=u', 'host=h password=*** user=u'],
    ["password = 's3 cret' x", 'password = *** x'],
    ["password='s3\\' cret' x", 'password=*** x'],
    ["password=s3\\ c,r;e't x", 'password=*** x'],
    ["password='s3cret\\' x", 'password=*** x'],
    ['sslpassword=s3cret x', 'sslpassword=*** x'],
    // Not quoted, though there is a blank in it.
    ['password = s3cret s3cret', 'password = ***'],
    ['host=h password=s3 cret', 'host=h password=***'],
    ["at 'host=h password = s3 c r e t'", "at 'host=h password = ***"],
    ['password=s3 cret dbname=d', 'password=*** dbname=d'],
    ['sslpassword = s3 cret user = u', 'sslpassword = *** user = u'],
    ['SET password = crypt(s3cret) WHERE id = 1', 'SET password = *** WHERE id = 1'],
    ['?user=a&password=s3cret&x=1', '?user=a&password=***&x=1'],
    ['PGPASSWORD=s3cret cmd', 'PGPASSWORD=*** cmd'],
    ['{"password":"s3\\"cret","a":1}', '{"password":***,"a":1}'],
    ["ALTER ROLE a PASSWORD 's3''cret';", "ALTER ROLE a PASSWORD '***';"],
    ["EXECUTE 'ALTER ROLE a PASSWORD ''s3''''cret'' x'", "EXECUTE 'ALTER ROLE a PASSWORD '***' x'"],
    ["'EXECUTE ''ALTER ROLE a PASSWORD ''''s3cret'''' x'''", "'EXECUTE ''ALTER ROLE a PASSWORD '***' x'''"],
    ['ALTER ROLE a PASSWORD $$s3cret$$ x', "ALTER ROLE a PASSWORD '***' x"],
    ["ALTER ROLE a PASSWORD $q$s3'cret$q$ x", "ALTER ROLE a PASSWORD '***' x"],
    ["ALTER ROLE a PASSWORD 's3cr", "ALTER ROLE a PASSWORD '***'"],
    ['nothing here: a@b.c', 'nothing here: a@b.c'],
    ['no command "postgres:/bob:s3cret@h"', 'no command "postgres:/bob:***@h"'],
    ['"postgres:bob:s3cret@h/d"', '"postgres:bob:***@h/d"'],
    ['postgres:///bob:s3cret@h', 'postgres:///bob:***@h'],
    ['mysql://bob:s3cret@h/d', 'mysql://bob:***@h/d'],
    ['jdbc:postgresql://h/d?user=bob&password=s3cret', 'jdbc:postgresql://h/d?user=bob&password=***'],
    ['postgresql+psycopg2://bob:s3@cret@h/d', 'postgresql+psycopg2://bob:***@h/d'],
    ['postgres://bob%3As3cret@h/d', 'postgres://bob%3A***@h/d'],
    ['postgres://bob:s3 cret@h/d', 'postgres://bob:***@h/d'],
    ["postgres://bob:s3'cret@h:5432/d", 'postgres://bob:***@h:5432/d'],
    ['no revision "bob:s3cret@db.example.com"', 'no revision "bob:***@db.example.com"'],
    ['bob:s3cret@localhost', 'bob:***@localhost'],
    ['bob:s3cret@h:5432/d', 'bob:***@h:5432/d'],
    ['Host=h;Pwd=s3cret;', 'Host=h;Pwd=***'],
    ['passphrase: s3cret', 'passphrase: ***'],
    // Targets, ports and times are none.
    ['a1:billing@head', 'a1:billing@head'],
    ['postgres://x@h:5432/d and ada@example.com/x', 'postgres://x@h:5432/d and ada@example.com/x'],
    ['at postgres://h:5432/d, 12:30', 'at postgres://h:5432/d, 12:30'],
    ['migrations/a/up.sql:3:14', 'migrations/a/up.sql:3:14'],
  ] as const;
  for (const [text, expected] of cases) assert.is(redact(text), expected);
});

test('an empty range of TLS versions is refused as by libpq, whatever the mode and wherever it is set', () => {
  const low = 'ssl_min_protocol_version=TLSv1.3&ssl_max_protocol_version=TLSv1.2';
  const refused: readonly (() => unknown)[] = [
    () => parse(`postgres://u@h/d?sslmode=require&${low}`),
    () => parse(`postgres://u@h/d?sslmode=disable&${low}`),
    () => parse('host=h ssl_min_protocol_version=tlsv1.1 ssl_max_protocol_version=TLSv1'),
    // The lower end is TLSv1.2 unless it is set.
    () => parse('postgres://u@h/d?ssl_max_protocol_version=TLSv1.1'),
    () => parse(undefined, { PGSSLMINPROTOCOLVERSION: 'TLSv1.3', PGSSLMAXPROTOCOLVERSION: 'TLSv1.2' }),
  ];
  for (const parsing of refused) assert.match(configErrorOf(parsing).message, 'invalid SSL protocol version range');
  for (const [min, max] of [
    ['TLSv1.2', 'TLSv1.2'],
    ['TLSv1', 'TLSv1.1'],
    ['', 'TLSv1.3'],
  ])
    parse(`postgres://u@h/d?ssl_min_protocol_version=${min}&ssl_max_protocol_version=${max}`);
});

test.run();
