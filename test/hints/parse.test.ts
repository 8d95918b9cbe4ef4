import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseTarget } from '../../lib/libpq/parse.ts';
import type { Environment } from '../../lib/libpq/target.ts';
import { configErrorOf, parseOn } from '../support/target.ts';
import { hintsOf, isSaid } from './scan.ts';

interface Site {
  readonly url?: string;
  readonly env?: Environment;
  /** What stands in the service file. */
  readonly service?: string;
}

interface Place {
  /** As test/hints/table.txt has it. */
  readonly says: string;
  readonly wrong: Site;
  /** Written as the hint says; where that gives the text, taken out of it. */
  readonly right: Site | ((hint: string) => Site);
}

const url = (rest: string): Site => ({ url: `postgres://u:p@h/d${rest}` });
const service = (text: string): Site => ({ url: 'service=shop', service: text });
/** The parameter that the hint gives, in the url. */
const given = (hint: string): Site => url(`?${/\b[a-z_]+=[\w-]+/.exec(hint)?.[0]}`);

const places: readonly Place[] = [
  {
    says: 'Known are the parameters of libpq, such as sslmode. What it sets for the session is written as "settings" in updown.json; then take it out of the url.',
    wrong: url('?jit_above_cost=1'),
    right: url(''),
  },
  {
    says: 'Known are the parameters of libpq, such as host and sslmode.',
    wrong: service('[shop]\nzzzzzzzzz=1\n'),
    right: service('[shop]\nhost=h\n'),
  },
  {
    says: 'Correct PGSERVICEFILE, or unset it to use ~/.pg_service.conf.',
    wrong: { ...service('[shop]\nhost=h\n'), env: { PGSERVICEFILE: '/nowhere' } },
    right: service('[shop]\nhost=h\n'),
  },
  {
    says: 'Add a section […] there, or correct the name (service=… or PGSERVICE).',
    wrong: service('[store]\nhost=h\n'),
    right: (hint) => service(`${/section (\[\w+\])/.exec(hint)?.[1]}\nhost=h\n`),
  },
  { says: 'Write the parameters here.', wrong: service('[shop]\nservice=store\n'), right: service('[shop]\nhost=h\n') },
  { says: 'Write the parameters here.', wrong: service('[shop]\nldap://h/o\n'), right: service('[shop]\nhost=h\n') },
  {
    says: 'Write parameter=value, or "#" before a remark.',
    wrong: service('[shop]\nof the shop\nhost=h\n'),
    right: service('[shop]\n# of the shop\nhost=h\n'),
  },
  { says: 'Write parameter=value.', wrong: service('[shop]\nhost =h\n'), right: service('[shop]\nhost=h\n') },
  {
    says: 'Use one of ….',
    wrong: url('?sslmode=sure'),
    right: (hint) => url(`?sslmode=${/Use one of (\w+)/.exec(hint)?.[1]}`),
  },
  {
    says: 'Use one of ….',
    wrong: url('?ssl_min_protocol_version=SSLv3'),
    right: (hint) => url(`?ssl_min_protocol_version=${/, (TLSv1\.3)/.exec(hint)?.[1]}`),
  },
  { says: 'For example …=10.', wrong: url('?connect_timeout=soon'), right: given },
  { says: 'Give a name as host instead.', wrong: url('?hostaddr=db.example.com'), right: url('?host=db.example.com') },
  {
    says: 'Use sslmode=verify-full with it.',
    wrong: url('?sslrootcert=system&sslmode=require'),
    right: (hint) => url(`?sslrootcert=system&${/sslmode=[\w-]+/.exec(hint)?.[0]}`),
  },
  {
    says: 'Leave ssl_max_protocol_version out, or set ssl_min_protocol_version to … or lower.',
    wrong: url('?ssl_max_protocol_version=TLSv1.1'),
    right: (hint) =>
      url(`?ssl_max_protocol_version=TLSv1.1&ssl_min_protocol_version=${/ to (\S+) or lower/.exec(hint)?.[1]}`),
  },
  {
    says: 'Give as many of the one as of the other…. PG* variables count too.',
    wrong: { url: 'host=a,b port=1,2,3' },
    right: { url: 'host=a,b port=1,2' },
  },
  {
    says: 'Give as many of the one as of the other…. PG* variables count too.',
    wrong: { url: 'host=a,b,c port=1,2' },
    right: { url: 'host=a,b,c port=1' },
  },
  {
    says: 'For example 5432. In the password of a url write # as %23, / as %2F, @ as %40, : as %3A and % as %25.',
    wrong: { url: 'host=h port=many' },
    right: { url: 'host=h port=5432' },
  },
  {
    says: "Write host=… port=… dbname=… user=…; a value with blanks stands in '…', and in it \\' is a quote and \\\\ a backslash.",
    wrong: { url: 'host=h dbname=my shop' },
    right: { url: "host=h dbname='my shop'" },
  },
  {
    says: "Write host=… port=… dbname=… user=…; a value with blanks stands in '…', and in it \\' is a quote and \\\\ a backslash.",
    wrong: { url: "host=h dbname='Ada's shop'" },
    right: { url: "host=h dbname='Ada\\'s shop'" },
  },
  {
    says: 'Only "extensions" is known: pglite:./data?extensions=pgcrypto,citext',
    wrong: { url: 'pglite:./data?user=x' },
    right: (hint) => ({ url: /pglite:\S+/.exec(hint)?.[0] ?? '' }),
  },
  {
    says: 'Write pglite:<folder> to keep the data, or pglite:memory to forget it.',
    wrong: { url: 'pglite:' },
    right: (hint) => ({ url: /pglite:memory/.exec(hint)?.[0] ?? '' }),
  },
  {
    says: '…The shape is postgres://<user>:<password>@<host>:5432/<database>. In the password write # as %23, / as %2F, @ as %40, ',
    wrong: { url: 'postgres://u:p@w@h/d' },
    right: { url: 'postgres://u:p%40w@h/d' },
  },
  {
    says: ': as %3A and % as %25.',
    wrong: { url: 'postgres://u:100%@h/d' },
    right: { url: 'postgres://u:100%25@h/d' },
  },
  {
    says: 'Begin with …://.',
    wrong: { url: 'postgres:u@h/d' },
    right: (hint) => ({ url: `${/Begin with (\w+:\/\/)/.exec(hint)?.[1]}u@h/d` }),
  },
  {
    says: 'Begin with postgres:// instead; the rest may stay.',
    wrong: { url: 'pgx5://u@h/d' },
    right: (hint) => ({ url: `${/Begin with (\w+:\/\/)/.exec(hint)?.[1]}u@h/d` }),
  },
  {
    says: 'Give the url of a PostgreSQL database.',
    wrong: { url: 'mysql://u@h/d' },
    right: { url: 'postgres://u@h/d' },
  },
  {
    says: 'Take it out: hosts are tried in the order given.',
    wrong: url('?load_balance_hosts=random'),
    right: url(''),
  },
  {
    says: 'Write sslmode=verify-full instead, with sslrootcert where the authority is your own.',
    wrong: url('?sslaccept=strict'),
    right: given,
  },
  {
    says: 'Write sslmode=require instead, which encrypts and checks no certificate.',
    wrong: url('?sslaccept=accept_invalid_certs'),
    right: given,
  },
  {
    says: 'Write sslcert=<file> and sslkey=<file> (PEM) instead, and sslrootcert for the authority.',
    wrong: url('?sslidentity=/me.p12'),
    right: url('?sslcert=/me.crt&sslkey=/me.key&sslrootcert=/ca'),
  },
  {
    says: 'Take it out, and use a socket folder that only the server may write to.',
    wrong: url('?requirepeer=postgres'),
    right: { url: 'postgres://u@%2Frun%2Fpostgresql/d' },
  },
  { says: 'Use sslcertmode=allow, and "cert" in pg_hba.conf.', wrong: url('?sslcertmode=require'), right: given },
  {
    says: 'Put the lists into one file and name that with sslcrl.',
    wrong: url('?sslcrldir=/lists'),
    right: url('?sslcrl=/lists.pem'),
  },
  { says: 'Use sslnegotiation=postgres.', wrong: url('?sslnegotiation=direct'), right: given },
  { says: 'Take it out.', wrong: url('?replication=database'), right: url('') },
  { says: 'Take it out: protocol 3.0 is spoken.', wrong: url('?min_protocol_version=3.2'), right: url('') },
  { says: 'Take it out: files and session are UTF-8.', wrong: url('?client_encoding=latin1'), right: url('') },
];

function read({ url: text, env, service: shop }: Site): void {
  if (text?.startsWith('pglite:')) parseTarget(text, {});
  else parseOn(shop === undefined ? {} : { '/home/ada/.pg_service.conf': shop }, text, env);
}

for (const [number, { says, wrong, right }] of places.entries()) {
  test(`what names a database is read once it is written as its hint says (${number}): ${says}`, () => {
    const { hint = '' } = configErrorOf(() => read(wrong));
    assert.ok(isSaid(hint, says.trim()), hint);
    read(typeof right === 'function' ? right(hint) : right);
  });
}

test('there is a case for every hint of the section', () => {
  const told = hintsOf('hints/parse.test.ts: what names a database is read once it is written as its hint says');
  assert.equal(
    told.filter((hint) => !places.some(({ says }) => says.trim() === hint.trim())),
    [],
  );
});

test.run();
