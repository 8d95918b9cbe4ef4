import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findPassword, readPassfile } from '../../lib/libpq/passfile.ts';

const key = { host: 'h', port: 5432, database: 'd', user: 'u' };

test('the first line that fits gives the password', () => {
  assert.is(findPassword('x:5432:d:u:no\nh:5432:d:u:yes\nh:5432:d:u:late', key), 'yes');
  assert.is(findPassword('h:5433:d:u:no\nh:5432:e:u:no\nh:5432:d:v:no', key), undefined);
});

test('a star fits anything, and comments and short lines nothing', () => {
  assert.is(findPassword('# *:*:*:*:no\n*:*:*:no\n*:*:*:u:yes\r\n', key), 'yes');
});

test('backslashes take colons, backslashes and stars by their word', () => {
  assert.is(findPassword('h:5432:a\\:b\\\\c:u:p\\:w\\\\:ignored', { ...key, database: 'a:b\\c' }), 'p:w\\');
  assert.is(findPassword('\\*:*:*:*:no', key), undefined);
});

test('"localhost" fits the usual socket folders', () => {
  assert.is(findPassword('localhost:*:*:*:yes', { ...key, host: '/var/run/postgresql' }), 'yes');
  assert.is(findPassword('/srv/pg:*:*:*:yes', { ...key, host: '/srv/pg' }), 'yes');
});

test('a file that others may read is ignored with a warning', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'passfile-'));
  const passfile = join(folder, 'pgpass');
  assert.equal(await readPassfile(passfile), { text: '' });
  await writeFile(passfile, '*:*:*:*:s3cret\n', { mode: 0o600 });
  assert.equal(await readPassfile(passfile), { text: '*:*:*:*:s3cret\n' });
  await chmod(passfile, 0o640);
  const { text, warning } = await readPassfile(passfile);
  assert.is(text, '');
  assert.match(warning ?? '', /chmod 600/);
  assert.match((await readPassfile('/dev/null')).warning ?? '', /no plain file/);
  await rm(folder, { recursive: true });
});

test.run();
