import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parameters } from '../../lib/libpq/parameter.ts';
import { describeTarget } from '../../lib/libpq/target.ts';
import { configErrorOf, parse } from '../support/target.ts';

/** As `host:port`, or `host(address):port`. */
function hostsOf(text: string | undefined, env: Record<string, string> = {}): string {
  const { hosts } = parse(text, env);
  return hosts.map(({ host, address, port }) => `${host}${address ? `(${address})` : ''}:${port}`).join(' ');
}

test('hosts are listed with one port for all or one for each', () => {
  const cases = [
    ['postgres://a,b/d', 'a:5432 b:5432'],
    ['postgres://a:1,b:2/d', 'a:1 b:2'],
    ['postgres://a,b:2,[::1]:3/d', 'a:5432 b:2 ::1:3'],
    ['postgres://u@/d?host=a,b&port=7', 'a:7 b:7'],
    ['host=a,b,c port=1,,3', 'a:1 b:5432 c:3'],
    ['host=a,', 'a:5432 localhost:5432'],
    ['host=/tmp/a,/tmp/b port=1', '/tmp/a:1 /tmp/b:1'],
    ['host=a,b hostaddr=1.1.1.1,::1', 'a(1.1.1.1):5432 b(::1):5432'],
    ['hostaddr=1.1.1.1', '1.1.1.1(1.1.1.1):5432'],
  ] as const;
  for (const [text, expected] of cases) assert.is(hostsOf(text), expected, text);
  assert.is(hostsOf(undefined, { PGHOST: 'a,b', PGPORT: '1,2' }), 'a:1 b:2');
  assert.is(hostsOf(undefined, { PGHOST: 'a', PGHOSTADDR: '1.2.3.4' }), 'a(1.2.3.4):5432');
  assert.is(hostsOf('postgres://a/d', { PGPORT: '9' }), 'a:9');
  assert.is(hostsOf('postgres://a,b/d', { PGPORT: '9' }), 'a:5432 b:5432', 'as libpq: a list has its own ports');
});

test('lists of uneven length, bad ports and bad addresses are refused', () => {
  assert.match(configErrorOf(() => parse('host=a,b port=1,2,3')).message, /"port" lists 3 where "host" lists 2/);
  assert.match(configErrorOf(() => parse('host=a,b hostaddr=1.1.1.1')).message, /"host" lists 2/);
  assert.match(configErrorOf(() => parse('host=a,b port=1,x')).message, /"port"/);
  assert.match(configErrorOf(() => parse(undefined, { PGPORT: '0' })).message, /"port" \(PGPORT\)/);
  assert.match(configErrorOf(() => parse('hostaddr=db.example')).message, /"hostaddr"/);
  assert.match(configErrorOf(() => parse('postgres://[::1]x/d')).message, /IPv6/);
});

test('a target of several hosts is described by a url that leads there', () => {
  for (const text of [
    'postgres://u@a:1,b:2/d',
    'postgres://u@%2Ftmp%2Fs:1,[::1]:2/d',
    'postgres://u@a:1,b:2/d?hostaddr=1.1.1.1,',
    'postgres://u@a:1/d?hostaddr=::1',
    'postgres://u@%2Ftmp:1/d?hostaddr=::1',
  ]) {
    assert.is(describeTarget(parse(text)), text);
  }
});

test('an empty value asks for the default, an empty variable for nothing', () => {
  const env = { PGHOST: 'elsewhere', PGUSER: 'other', PGDATABASE: '', PGSSLMODE: '' };
  const { hosts, user, database, ssl } = parse("host='' user=''", env);
  assert.equal([hosts, user, database, ssl.mode], [[{ host: 'localhost', port: 5432 }], 'ada', 'ada', 'prefer']);
  assert.match(configErrorOf(() => parse('postgres://h/d?sslmode=', { PGSSLMODE: 'require' })).message, /"sslmode"/);
});

test('what is not supported is refused wherever it comes from, and what asks for nothing passes', () => {
  for (const [name, value, variable] of [
    ['gssencmode', 'require', 'PGGSSENCMODE'],
    ['load_balance_hosts', 'random', 'PGLOADBALANCEHOSTS'],
    ['requirepeer', 'postgres', 'PGREQUIREPEER'],
    ['require_auth', 'scram-sha-256', 'PGREQUIREAUTH'],
    ['sslcertmode', 'require', 'PGSSLCERTMODE'],
    ['sslcrldir', '/crl', 'PGSSLCRLDIR'],
    ['sslnegotiation', 'direct', 'PGSSLNEGOTIATION'],
  ] as const) {
    assert.match(configErrorOf(() => parse(`postgres://h/d?${name}=${value}`)).message, new RegExp(`^"${name}" `));
    const { message } = configErrorOf(() => parse(undefined, { [variable]: value }));
    assert.match(message, new RegExp(`^"${name}" \\(${variable}\\) `));
  }
  assert.match(configErrorOf(() => parse('host=h client_encoding=latin1')).message, /"client_encoding"/);
  assert.match(configErrorOf(() => parse('host=h replication=true')).message, /"replication"/);
  parse(
    'channel_binding=prefer gssencmode=prefer krbsrvname=x load_balance_hosts=disable sslnegotiation=postgres ' +
      "sslcompression=0 requirepeer='' client_encoding=UTF8 replication=false sslcertmode=allow gsslib=gssapi",
    { PGCHANNELBINDING: 'disable', PGGSSENCMODE: 'disable', PGREQUIREPEER: '', PGCLIENTENCODING: 'LATIN1' },
  );
});

test('what needs TLS is not advised where there is none, and what is advised is accepted', () => {
  const bare = [
    'postgres://h/d?sslmode=disable&',
    'postgres://%2Frun%2Fpostgresql/d?',
    'postgres:///d?host=/run,%40x&',
  ];
  const encrypted = ['postgres://h/d?', 'postgres://h/d?sslmode=require&', 'postgres://h,%2Frun/d?'];
  for (const query of ['gssencmode=require', 'require_auth=scram-sha-256']) {
    const hintOf = (url: string) => configErrorOf(() => parse(`${url}${query}`)).hint ?? '';
    for (const url of bare) {
      assert.not.match(hintOf(url), /verify-full/, url);
      const advised = /[a-z]+_?[a-z]+=prefer/.exec(hintOf(url))?.[0];
      parse(`${url}${advised ?? ''}`.replace(/[?&]$/, ''));
      assert.match(hintOf(url), advised === undefined ? /^Take it out/ : /^Use /);
    }
    for (const url of encrypted) {
      const hint = hintOf(url);
      const settings = hint.match(/\b[a-z_]+=[a-z-]+/g) ?? [];
      assert.ok(settings.length > 0, hint);
      parse(`${url.replace(/sslmode=require&/, '')}${settings.join('&')}`);
    }
  }
});

test('a channel is bound where there can be TLS, and its words are libpq’s', () => {
  assert.is(parse('postgres://h/d?channel_binding=require').ssl.bindsChannel, true);
  assert.is(parse('host=h', { PGCHANNELBINDING: 'require' }).ssl.bindsChannel, true);
  for (const value of ['disable', 'prefer', ''])
    assert.is(parse(`postgres://h/d?channel_binding=${value}`).ssl.bindsChannel, undefined, value);
  for (const rest of ['h/d?sslmode=disable&', '%2Frun%2Fpostgresql/d?', '/d?host=/run,%40x&']) {
    const { message, hint = '' } = configErrorOf(() => parse(`postgres://${rest}channel_binding=require`));
    assert.match(message, '"channel_binding" asks for TLS, and this connection has none');
    parse(`postgres://${rest}${/channel_binding=[a-z]+/.exec(hint)?.[0]}`);
  }
  assert.match(configErrorOf(() => parse('host=h channel_binding=on')).hint ?? '', /disable, prefer, require/);
});

test('the parameters of TLS have their variables', () => {
  const env = {
    PGSSLMODE: 'verify-full',
    PGSSLROOTCERT: '/ca',
    PGSSLCRL: '/crl',
    PGSSLCERT: '/crt',
    PGSSLKEY: '/key',
    PGSSLSNI: '0',
    PGSSLMINPROTOCOLVERSION: 'TLSv1.3',
    PGSSLMAXPROTOCOLVERSION: 'tlsv1.3',
  };
  assert.equal(parse('sslpassword=x', env).ssl, {
    mode: 'verify-full',
    rootCert: '/ca',
    crl: '/crl',
    cert: '/crt',
    key: '/key',
    keyPassword: 'x',
    hidesHost: true,
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
  });
  assert.is(parse(undefined, { PGREQUIRESSL: '1' }).ssl.mode, 'require');
  assert.is(parse(undefined, { PGREQUIRESSL: '1', PGSSLMODE: 'disable' }).ssl.mode, 'disable');
  assert.match(configErrorOf(() => parse('ssl_min_protocol_version=SSLv3')).message, /"ssl_min_protocol_version"/);
  assert.is(parse(undefined).certificateFolder, '/home/ada/.postgresql');
});

test('keepalives are sent, at the interval asked for, unless they are turned off', () => {
  assert.is(parse('host=h').keepAliveMilliseconds, 60_000);
  assert.is(
    parse('keepalives=1 keepalives_idle=7 keepalives_interval=1 keepalives_count=2').keepAliveMilliseconds,
    7000,
  );
  assert.is(parse('keepalives=0 keepalives_idle=7').keepAliveMilliseconds, 0);
  for (const name of ['keepalives', 'keepalives_idle', 'keepalives_count', 'tcp_user_timeout']) {
    assert.match(configErrorOf(() => parse(`${name}=soon`)).message, new RegExp(`"${name}" is not a whole number`));
  }
});

test('an application that names itself wins over one that only suggests', () => {
  assert.is(parse('fallback_application_name=f').applicationName, 'f');
  assert.is(parse('fallback_application_name=f', { PGAPPNAME: 'v' }).applicationName, 'v');
});

test('docs/connection.md names every parameter', () => {
  const page = readFileSync(new URL('../../docs/connection.md', import.meta.url), 'utf8');
  assert.equal(
    parameters.filter((name) => !new RegExp(`\\b${name}\\b`).test(page)),
    [],
  );
});

test.run();
