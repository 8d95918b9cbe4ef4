import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { golangMigrate } from '../../lib/import/golang-migrate.ts';
import { hasCode, makeHistory } from './history.ts';

const pair = (name: string): Record<string, string> => ({ [`${name}.up.sql`]: 'select 1;', [`${name}.down.sql`]: '' });

test('migrations come in the order of their numbers, not of their names', async () => {
  const foreign = await golangMigrate.read(makeHistory({ ...pair('10_c'), ...pair('9_b'), ...pair('000001_a') }));
  assert.equal(
    foreign.migrations.map((m) => [m.version, m.title, m.path]),
    [
      ['1', 'a', '000001_a.up.sql'],
      ['9', 'b', '9_b.up.sql'],
      ['10', 'c', '10_c.up.sql'],
    ],
  );
  assert.equal(foreign.decisions, []);
});

test('numbers beyond 2^53 keep their order', async () => {
  const foreign = await golangMigrate.read(
    makeHistory({ '9007199254740993_b.up.sql': '', '9007199254740992_a.up.sql': '' }),
  );
  assert.equal(
    foreign.migrations.map((m) => m.title),
    ['a', 'b'],
  );
});

test('up and down may differ in title and in leading zeros', async () => {
  const foreign = await golangMigrate.read(
    makeHistory({ '00072_add.up.sql': 'select 1', '72_remove.down.sql': 'select 2' }),
  );
  const [only] = foreign.migrations;
  assert.is(foreign.migrations.length, 1);
  assert.is(only?.version, '72');
  assert.is(only?.title, 'add');
  assert.is(only?.down?.path, '72_remove.down.sql');
});

test('an up without a down has no down', async () => {
  const foreign = await golangMigrate.read(makeHistory({ '1_a.up.sql': '' }));
  assert.is(foreign.migrations[0]?.down, undefined);
});

test('a down without an up is skipped and reported', async () => {
  const foreign = await golangMigrate.read(makeHistory({ ...pair('1_a'), '2_b.down.sql': '' }));
  assert.is(foreign.migrations.length, 1);
  assert.equal(foreign.decisions, [
    { kind: 'skipped', version: '2', file: '2_b.down.sql', message: 'a down without an up' },
  ]);
});

test('two files of one version and direction are an error that names both', async () => {
  const folder = makeHistory({ ...pair('00010_a'), '10_b.up.sql': '' });
  const error = await hasCode('input', golangMigrate.read(folder));
  assert.match(error.message, '"00010_a.up.sql" and "10_b.up.sql" are both version 10');
});

test('a title keeps dots and directions in it', async () => {
  const foreign = await golangMigrate.read(makeHistory({ '1_a.down.x.up.sql': '', '2_.up.sql': '' }));
  assert.equal(
    foreign.migrations.map((m) => m.title),
    ['a.down.x', ''],
  );
});

test('what is no SQL migration is skipped and reported; hidden files are not mentioned', async () => {
  const folder = makeHistory({
    ...pair('1_a'),
    'README.md': '',
    '.gitkeep': '',
    '2_b.up.go': '',
    '18446744073709551616_c.up.sql': '',
    'testdata/1_x.up.sql': '',
  });
  const foreign = await golangMigrate.read(folder);
  assert.is(foreign.migrations.length, 1);
  assert.equal(
    foreign.decisions.map((d) => [d.kind, d.file]),
    [
      ['skipped', '18446744073709551616_c.up.sql'],
      ['skipped', '2_b.up.go'],
      ['skipped', 'README.md'],
      ['skipped', 'testdata'],
    ],
  );
});

test('F44: a migration that is a link out of the folder is refused', async () => {
  const outside = makeHistory({ secret: 'x' });
  const folder = makeHistory(pair('1_a'));
  await symlink(join(outside, 'secret'), join(folder, '2_b.up.sql'));
  const error = await hasCode('unsafe-path', golangMigrate.read(folder));
  assert.match(error.message, '2_b.up.sql');
});

test('F44: a link that stays in the folder is read', async () => {
  const folder = makeHistory(pair('1_a'));
  await symlink('1_a.up.sql', join(folder, '2_b.up.sql'));
  const foreign = await golangMigrate.read(folder);
  assert.is(foreign.migrations.length, 2);
});

test('F44: a name with a control character is refused', async () => {
  const folder = makeHistory({ '1_a\u001b[31m.up.sql': '' });
  const error = await hasCode('unsafe-path', golangMigrate.read(folder));
  assert.not.match(error.message, '\u001b');
});

test('a folder that is not there, or is a file, is named', async () => {
  const folder = makeHistory({ file: '' });
  assert.match((await hasCode('input', golangMigrate.read(join(folder, 'none')))).message, 'does not exist');
  assert.match((await hasCode('input', golangMigrate.read(join(folder, 'file')))).message, 'is not a folder');
});

test.run();
