import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Environment } from '../../lib/libpq/target.ts';
import { configErrorOf, parseOn } from '../support/target.ts';

const own = '/home/ada/.pg_service.conf';
const text = `# the shop's databases
[shop]
host=db1,db2
port=5433
  dbname=shop
user=own
user=late
application_name=a = b

[shop2]
dbname=other
`;

function nameOf(files: Readonly<Record<string, string>>, url: string | undefined, env: Environment = {}): string {
  return parseOn(files, url, env).applicationName ?? '';
}

test('a service fills in what the url leaves open, by name or by variable', () => {
  for (const [url, env] of [
    ['service=shop', {}],
    ['postgres:///?service=shop', {}],
    [undefined, { PGSERVICE: 'shop' }],
  ] as const) {
    const { hosts, database, user, applicationName } = parseOn({ [own]: text }, url, env);
    assert.equal(
      { hosts, database, user, applicationName },
      {
        hosts: [
          { host: 'db1', port: 5433 },
          { host: 'db2', port: 5433 },
        ],
        database: 'shop',
        user: 'own',
        applicationName: 'a = b',
      },
    );
  }
  assert.is(parseOn({ [own]: text }, 'service=shop2').database, 'other');
});

test('the url wins over the service, and the service over the variables', () => {
  const files = { [own]: '[s]\napplication_name=service\n' };
  const env = { PGAPPNAME: 'variable', PGUSER: 'variable' };
  assert.is(nameOf(files, 'service=s application_name=url', env), 'url');
  assert.is(nameOf(files, 'postgres:///?service=s&application_name=url', env), 'url');
  assert.is(nameOf(files, 'service=s', env), 'service');
  assert.is(parseOn(files, 'service=s', env).user, 'variable');
  assert.is(nameOf(files, undefined, env), 'variable');
  assert.is(
    nameOf({ ...files, '/other': '[s]\n[t]\napplication_name=t' }, 'service=t', { PGSERVICEFILE: '/other' }),
    't',
  );
  assert.is(nameOf(files, 'service=s', { ...env, PGSERVICE: 'unknown' }), 'service');
});

test("the file named is asked, else the user's own, and after either the machine's", () => {
  const system = '/etc/pg/pg_service.conf';
  const files = {
    [own]: '[mine]\napplication_name=own\n[both]\napplication_name=own',
    [system]: '[both]\napplication_name=system\n[theirs]\napplication_name=system',
    '/named': '[mine]\napplication_name=named',
    '/etc/postgresql-common/pg_service.conf': '[debian]\napplication_name=debian',
  };
  const env = { PGSYSCONFDIR: '/etc/pg' };
  assert.is(nameOf(files, 'service=mine', env), 'own');
  assert.is(nameOf(files, 'service=both', env), 'own');
  assert.is(nameOf(files, 'service=theirs', env), 'system');
  assert.is(nameOf(files, 'service=mine', { ...env, PGSERVICEFILE: '/named' }), 'named');
  assert.is(nameOf(files, 'service=mine servicefile=/named', env), 'named');
  assert.is(nameOf(files, 'service=both', { ...env, PGSERVICEFILE: '/named' }), 'system');
  assert.is(nameOf(files, 'service=debian', {}), 'debian');
});

test('a file or a section that is not there is named', () => {
  const noFile = configErrorOf(() => parseOn({}, 'service=shop', { PGSERVICEFILE: '/no/such' }));
  assert.match(noFile.message, /"\/no\/such" cannot be read/);
  const noSection = configErrorOf(() => parseOn({ [own]: text }, 'service=sho'));
  assert.match(noSection.message, /no service "sho" in "\/home\/ada\/\.pg_service\.conf"/);
  assert.match(configErrorOf(() => parseOn({}, undefined, { PGSERVICE: 'shop' })).hint ?? '', /\[shop\]/);
});

test('a line that will not do is shown by file and line, F65: without what it says', () => {
  const cases = [
    ['[s]\n\nhots=s3cret', /unknown parameter "hots"/, 3, 1],
    ['[s]\n  s3cret', /no "="/, 2, 3],
    ['[s]\npassword = s3cret', /blanks before "="/, 2, 1],
    ['[s]\nservice=s3cret', /cannot name another/, 2, 1],
    ['[s]\nldap://s3cret', /LDAP/, 2, 1],
    ['[s]\r\nhost=h\r\nsslmode=s3cret\r\n', /"sslmode" has an unknown value/, 3, 1],
    ['[s]\nconnect_timeout=s3cret', /"connect_timeout" is not a whole number/, 2, 1],
    ['[s]\nrequirepeer=s3cret', /"requirepeer" is not supported/, 2, 1],
  ] as const;
  for (const [file, message, line, column] of cases) {
    const error = configErrorOf(() => parseOn({ [own]: file }, 'service=s'));
    assert.match(error.message, message);
    assert.equal(error.place, { file: own, line, column });
    assert.not.match(`${error.message} ${error.hint}`, /s3cret/);
  }
});

test('what stands in other sections is not judged', () => {
  assert.is(nameOf({ [own]: '[a]\nnonsense\n[s]\napplication_name=s\n[b]\nnonsense' }, 'service=s'), 's');
});

test.run();
