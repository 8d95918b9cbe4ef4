import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { listAll, listNames, listSome, plural, printHeads } from '../lib/words.ts';

test('one is one, and none or more are several', () => {
  assert.equal(
    [0, 1, 2].map((count) => plural(count, 'step')),
    ['0 steps', '1 step', '2 steps'],
  );
  assert.is(plural(2, 'index was', 'indexes were'), '2 indexes were');
});

test('a long list ends with how many more there are', () => {
  assert.is(listSome(['a', 'b'], 2), 'a, b');
  assert.is(listSome(['a', 'b', 'c', 'd'], 2), 'a, b and 2 more');
  assert.is(listNames(['a', 'b', 'c'], 1), '"a" and 2 more');
});

test('a whole list has "and" or "or" before its last', () => {
  assert.equal(
    [[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map((items) => listAll(items)),
    ['', 'a', 'a and b', 'a, b and c'],
  );
  assert.is(listAll(['a', 'b', 'c'], 'or'), 'a, b or c');
});

test('below the first revision is base', () => {
  assert.is(printHeads([]), 'base');
  assert.is(printHeads(['a', 'b']), 'a, b');
});

test.run();
