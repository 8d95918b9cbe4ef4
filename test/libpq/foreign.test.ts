import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { configErrorOf, parse } from '../support/target.ts';

test('what files and secret stores leave around a url is taken off', () => {
  const url = 'postgres://u:p@h:5433/shop';
  const expected = parse(url);
  const around = [
    `${url}\n`,
    `${url}\r\n`,
    `${url}\r`,
    ` ${url} \t`,
    `\uFEFF${url}`,
    `\u00a0${url}\u00a0`,
    `"${url}"`,
    `'${url}'\n`,
    `${url} # production`,
    `"${url}" # production`,
  ];
  for (const text of around) assert.equal(parse(text), expected, JSON.stringify(text));
  assert.equal(parse('host=h dbname=shop user=u\r\n').hosts, [{ host: 'h', port: 5432 }]);
  assert.is(parse("host=h password='a #b' dbname=d").password, 'a #b');
  assert.is(parse('postgres://u:p#w@h/d').password, 'p#w');
  const variables = { PGHOST: 'h\n', PGDATABASE: 'd\r\n', PGPASSWORD: 'two words\n' };
  const { hosts, database, password } = parse(undefined, variables);
  assert.equal([hosts[0].host, database, password], ['h', 'd', 'two words']);
});

test('F65: what is no url, but holds one, is refused by what stands in front, and shows nothing of it', () => {
  const refused: Readonly<Record<string, RegExp>> = {
    '   \n': /is set, but empty/,
    '""': /is set, but empty/,
    'DATABASE_URL=postgres://bob:s3cret@h/d': /begins with "DATABASE_URL="/,
    "export DATABASE_URL='postgres://bob:s3cret@h/d'": /begins with "DATABASE_URL="/,
    "psql 'postgres://bob:s3cret@h/d'": /begins with "psql"/,
    'postgres://bob:s3cret@h/d\npostgres://bob:s3cret@h/e': /line break/,
    'postgres:/bob:s3cret@h/d': /not followed by two slashes/,
    'jdbc:postgresql:s3cret': /not followed by two slashes/,
    'pgx5://bob:s3cret@h/d': /starts with "pgx5:"/,
    'postgress://bob:s3cret@h/d': /starts with "postgress:"/,
    'Postgres://bob:s3cret@h/d': /starts with "Postgres:"/,
    'mysql://bob:s3cret@h/d': /MySQL/,
    'sqlserver://bob:s3cret@h/d': /SQL Server/,
    'bob:s3cret@h/d': /does not start with postgres:/,
    'Host=h;Port=5432;Username=bob;Password=s3cret': /";" stands between/,
    'Server=h;User Id=bob;Password=s3cret;': /";" stands between/,
  };
  for (const [url, shape] of Object.entries(refused)) {
    const error = configErrorOf(() => parse(url));
    assert.match(error.message, shape);
    assert.not.match(`${error.stack} ${error.hint}`, /s3cret|bob/, url);
  }
});

test('the urls of SQLAlchemy and JDBC are understood, and the parameters that mean the same', () => {
  const plain = parse('postgresql://u:p@h:5433/d');
  for (const driver of ['psycopg2', 'psycopg', 'asyncpg', 'pg8000'])
    assert.equal(parse(`postgresql+${driver}://u:p@h:5433/d`), plain);
  assert.equal(parse('jdbc:postgresql://h:5433/d?user=u&password=p'), plain);
  const { ssl, sessionAttributes, connectTimeoutMilliseconds, applicationName } = parse(
    'jdbc:postgresql://h/d?ssl=true&targetServerType=preferSecondary&loginTimeout=7&ApplicationName=shop',
  );
  assert.equal(
    [ssl.mode, sessionAttributes, connectTimeoutMilliseconds, applicationName],
    // JDBC's ssl=true checks the certificate.
    ['verify-full', 'prefer-standby', 7000, 'shop'],
  );
  assert.is(parse('postgres://h/d?ssl=true').ssl.mode, 'require');
  assert.is(parse('postgres://h/d?ssl=verify-full').ssl.mode, 'verify-full');
  assert.match(configErrorOf(() => parse('postgres://h/d?ssl=no-verify')).message, '"sslmode" has an unknown value');
  assert.equal(parse('db:pg://u:p@h:5433/d'), plain);
  assert.equal(parse('db:postgresql://u:p@h:5433/d'), plain);
  assert.is(parse('postgres://u@/d?socket=/run/postgresql').hosts[0].host, '/run/postgresql');
  for (const query of ['loadBalanceHosts=true', 'gssEncMode=require', 'sslNegotiation=direct'])
    assert.match(configErrorOf(() => parse(`jdbc:postgresql://h/d?${query}`)).message, /not supported$/, query);
  assert.is(parse('jdbc:postgresql://h/d?channelBinding=require').ssl.bindsChannel, true);
  assert.equal(parse('jdbc:postgresql://h/d?loadBalanceHosts=false&gssEncMode=prefer'), parse('postgres://h/d'));
  assert.match(configErrorOf(() => parse('postgres://h/d?charset=latin1')).message, '"client_encoding"');
});

test('how an application pools its connections means nothing here', () => {
  const plain = parse('postgres://u@h/d');
  for (const query of [
    'pgbouncer=true&connection_limit=1&pool_timeout=0',
    'statement_cache_mode=describe&pool_max_conns=4',
    'prepareThreshold=0&prepare_threshold=0&reWriteBatchedInserts=true',
    'x-multi-statement=false&x-multi-statement-max-size=20000000&x-use-transaction=true',
    'binary_parameters=yes&autosave=conservative&preferQueryMode=extended&readOnly=false',
    'pool=5&prepared_statements=false',
    'serverVersion=16&supa=base-pooler.x',
  ])
    assert.equal(parse(`postgres://u@h/d?${query}`), plain, query);
});

test('what would be lost in silence is refused with what to write instead', () => {
  const hints: Readonly<Record<string, RegExp>> = {
    'schema=app': /"settings": \{ "search_path": "app" \} in updown\.json/,
    'search_path=app,public': /"search_path": "app,public"/,
    'currentSchema=app': /"search_path": "app"/,
    'schema_search_path=app': /"search_path": "app"/,
    'options[search_path]=app': /"search_path": "app"/,
    'sslaccept=strict': /sslmode=verify-full/,
    'sslaccept=accept_invalid_certs': /sslmode=require/,
    'statement_timeout=5000': /"statementTimeout": "5000ms"/,
    'lock_timeout=2s': /"lockTimeout": "2s"/,
    'role=owner': /"settings": \{ "role": "owner" \}/,
    'app.tenant=x': /"settings": \{ "app\.tenant": "x" \}/,
    'x-migrations-table=m': /golang-migrate keeps its version; .*"ledger": .*updown import golang-migrate <folder>/,
    'x-migrations-table-quoted=1': /golang-migrate keeps its version/,
    'x-migrations-table-has-schema=true': /golang-migrate keeps its version/,
    'x-statement-timeout=5000': /"statementTimeout": "5000ms" in updown\.json/,
    'x-multi-statement=true': /"-- updown: no-transaction"/,
    'x-lock-strategy=table': /locks its ledger by itself, and --wait/,
    'x-lock-table=l': /locks its ledger by itself/,
    'readOnly=true': /A migration writes to the database/,
  };
  for (const [query, shape] of Object.entries(hints)) {
    const { message, hint = '' } = configErrorOf(() => parse(`postgres://u:p@h/d?${query}`));
    assert.match(message, `"${query.split('=')[0]}"`);
    assert.match(hint, shape, query);
  }
  assert.not.match(configErrorOf(() => parse('postgres://u@h/d?schema=s3!cret')).hint ?? '', /s3!cret/);
  assert.match(configErrorOf(() => parse('postgres://u@h/d?x-statement-timeout=s3!cret')).hint ?? '', '"5s"');
  assert.match(configErrorOf(() => parse('postgres://u@h/d?x-nothing-known=1')).message, /^Unknown/);
  assert.match(configErrorOf(() => parse('postgres://u@h/d?sslmod=require')).hint ?? '', '"sslmode"');
  assert.not.match(configErrorOf(() => parse('postgres://u@h/d?whatever=1')).hint ?? '', /^Take it out/);
});

test.run();
