import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { chooseId, nameFolder, wordTitle } from '../../lib/import/identity.ts';

const free = (): boolean => false;

test('a version that may be an id is kept', () => {
  assert.is(chooseId('diesel', 'a1b2c3', free), 'a1b2c3');
  assert.is(chooseId('diesel', 'Init-1', free), 'Init-1');
});

test('a number gets a hash of tool and version, the same for ever', () => {
  assert.is(chooseId('golang-migrate', '1', free), '41ca41ac1c29');
  assert.is(chooseId('golang-migrate', '10', free), '49d7ebc664e6');
  assert.is(chooseId('diesel', '20240112123456', free), '7896c3c3dede');
  assert.is(chooseId('diesel', '00000000000000', free), '5420df895777');
});

test('whatever reads as a number is hashed', () => {
  for (const version of ['1e5', '0x1f', '0b11', 'Infinity', '1e999', '-5', '']) {
    assert.match(chooseId('diesel', version, free), /^[0-9a-f]{12}$/);
  }
});

test('what no id may look like is hashed', () => {
  for (const version of ['a b', 'é', 'x'.repeat(65), '--force', 'HEAD', 'base']) {
    assert.match(chooseId('diesel', version, free), /^[0-9a-f]{12}$/);
  }
});

test('a hash of digits alone is not used: 22 hashes to 326910400537', () => {
  const id = chooseId('golang-migrate', '22', free);
  assert.is(id, 'c909265ff29c');
});

test('no id of the first 20,000 numbers reads as a number or comes twice', () => {
  const ids = new Set<string>();
  for (let n = 1; n <= 20_000; n += 1) {
    const id = chooseId('golang-migrate', String(n), (other) => ids.has(other));
    assert.match(id, /^(?=.*[abcdf])[0-9a-f]{12}$/);
    assert.ok(Number.isNaN(Number(id)));
    ids.add(id);
  }
  assert.is(ids.size, 20_000);
});

test('an id that is taken is not given again', () => {
  assert.is.not(
    chooseId('diesel', 'abc', (id) => id === 'abc'),
    'abc',
  );
  assert.is.not(
    chooseId('golang-migrate', '1', (id) => id === '41ca41ac1c29'),
    '41ca41ac1c29',
  );
});

const folderTimes: readonly (readonly [version: string, time: string])[] = [
  ['20240112123456', '20240112_1234'],
  ['202602012056440000', '20260201_2056'],
  ['20240112123456789', '20240112_1234'],
  ['202401121234', '20240112_1234'],
  ['2024011212', '20240112_1200'],
  ['20240112', '20240112_0000'],
  ['20241812144402', '20241212_1444'],
  ['20230229996199', '20230228_2359'],
  ['20230000000000', '20230101_0000'],
  ['1705062896', '20240112_1234'],
  ['1705062896123', '20240112_1234'],
  ['1705062896123456', '20240112_1234'],
  ['00000000000000', '00000000_0000'],
  ['1', '00000000_0001'],
  ['000072', '00000000_0072'],
  ['12345', '00000001_2345'],
  ['20249912', '00002024_9912'],
  ['18446744073709551615', '00000000_0000'],
  ['init', '00000000_0000'],
];

for (const [version, time] of folderTimes) {
  test(`version ${version} is dated ${time}`, () => {
    assert.is(nameFolder(version, 'abc', 'x'), `${time}_abc_x`);
  });
}

test('a folder name is plain lower-case ASCII of bounded length', () => {
  assert.is(nameFolder('1', 'abc', 'Add Über-Users (2)!'), '00000000_0001_abc_add_uber_users_2');
  assert.is(nameFolder('1', 'abc', '日本'), '00000000_0001_abc');
  assert.is(nameFolder('1', 'abc', '../../etc'), '00000000_0001_abc_etc');
  assert.ok(nameFolder('1', 'abc', 'word_'.repeat(100)).length <= 80);
});

test('the message is the title in words', () => {
  assert.is(wordTitle('1', 'create_user-table'), 'create user table');
  assert.is(wordTitle('1', 'update  extensions'), 'update extensions');
  assert.is(wordTitle('7', ''), 'version 7');
});

test.run();
