import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { diesel } from '../../lib/import/diesel.ts';
import { hasCode, makeHistory } from './history.ts';

const pair = (name: string): Record<string, string> => ({ [`${name}/up.sql`]: 'select 1;', [`${name}/down.sql`]: '' });

test('a version is what stands before the first underscore, without dashes, and is ordered as text', async () => {
  const foreign = await diesel.read(
    makeHistory({
      ...pair('2026-02-01-205644-0000_d'),
      ...pair('20260201205645_e'),
      ...pair('2025-08-01-000016_c_c'),
      ...pair('00000000000000_diesel_initial_setup'),
      ...pair('20180101000000'),
    }),
  );
  assert.equal(
    foreign.migrations.map((m) => [m.version, m.title]),
    [
      ['00000000000000', 'diesel_initial_setup'],
      ['20180101000000', ''],
      ['20250801000016', 'c_c'],
      ['202602012056440000', 'd'],
      ['20260201205645', 'e'],
    ],
  );
  assert.equal(foreign.decisions, []);
});

test('metadata.toml takes the transaction away from its migration only', async () => {
  const foreign = await diesel.read(
    makeHistory({ ...pair('1_a'), ...pair('2_b'), '2_b/metadata.toml': 'run_in_transaction = false' }),
  );
  assert.equal(
    foreign.migrations.map((m) => m.transactional),
    [true, false],
  );
});

test('a setting that is not understood is reported with its migration', async () => {
  const foreign = await diesel.read(makeHistory({ ...pair('1_a'), '1_a/metadata.toml': '\nx = 1' }));
  assert.equal(
    foreign.decisions.map((d) => [d.kind, d.version, d.file, d.line]),
    [['settings', '1', '1_a/metadata.toml', 2]],
  );
});

test('a missing down.sql is no error', async () => {
  const foreign = await diesel.read(makeHistory({ '1_a/up.sql': '' }));
  assert.is(foreign.migrations.length, 1);
  assert.is(foreign.migrations[0]?.down, undefined);
});

test('what is no migration is skipped and reported; hidden files and diesel.toml are not mentioned', async () => {
  const foreign = await diesel.read(
    makeHistory({
      ...pair('1_a'),
      '1_a/notes.txt': '',
      '1_a/.keep': '',
      '2_b/down.sql': '',
      '.git/x': '',
      '.gitkeep': '',
      'README.md': '',
      'diesel.toml': '',
    }),
  );
  assert.is(foreign.migrations.length, 1);
  assert.equal(
    foreign.decisions.map((d) => [d.kind, d.file, d.message]),
    [
      ['skipped', '1_a/notes.txt', 'not run by diesel'],
      ['skipped', '2_b', 'a folder without an up.sql'],
      ['skipped', 'README.md', 'not a migration folder'],
    ],
  );
});

test('two folders of one version are an error that names both', async () => {
  const folder = makeHistory({ ...pair('2020-01-01_a'), ...pair('20200101_b') });
  const error = await hasCode('input', diesel.read(folder));
  assert.match(error.message, '"2020-01-01_a" and "20200101_b" are both version 20200101');
});

test('F44: a folder that is a link out of the history is refused', async () => {
  const outside = makeHistory(pair('x'));
  const folder = makeHistory(pair('1_a'));
  await symlink(join(outside, 'x'), join(folder, '2_b'));
  assert.match((await hasCode('unsafe-path', diesel.read(folder))).message, '"2_b" is a link that leads out of');
});

test('F44: a down.sql that is a link out of the history is refused, not taken for missing', async () => {
  for (const target of ['/etc/hostname', '/nowhere/at/all']) {
    const folder = makeHistory({ '1_a/up.sql': '' });
    await symlink(target, join(folder, '1_a/down.sql'));
    assert.match((await hasCode('unsafe-path', diesel.read(folder))).message, '1_a/down.sql');
  }
});

test('an up.sql that is a folder is refused', async () => {
  const error = await hasCode('unsafe-path', diesel.read(makeHistory({ '1_a/up.sql/x': '' })));
  assert.match(error.message, '"1_a/up.sql" is a folder where a file belongs');
});

test.run();
