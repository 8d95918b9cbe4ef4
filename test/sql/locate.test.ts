import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { codePointsBefore, lineCounter, offsetOfCodePoint, placeAt } from '../../lib/sql/locate.ts';

const text = 'é😀x\n\nlast 😀!';

test('a place counts code points from 1', () => {
  const at = (offset: number) => {
    const { line, column, excerpt } = placeAt({ file: 'a', text }, offset);
    return `${line}:${column} ${excerpt}`;
  };
  assert.is(at(0), '1:1 é😀x');
  assert.is(at(text.indexOf('x')), '1:3 é😀x');
  assert.is(at(4), '1:4 é😀x');
  assert.is(at(5), '2:1 ');
  assert.is(at(text.indexOf('!')), '3:7 last 😀!');
  assert.is(at(text.length), '3:8 last 😀!');
  assert.is(placeAt({ file: 'a', text: '\nb' }, 0).line, 1);
});

test('code points and UTF-16 offsets convert both ways', () => {
  for (const [index, character] of Array.from(text).entries()) {
    const offset = offsetOfCodePoint(text, index);
    assert.is(String.fromCodePoint(text.codePointAt(offset) ?? 0), character);
    assert.is(codePointsBefore(text, offset), index);
  }
  assert.is(offsetOfCodePoint(text, 999), text.length);
});

test('lines are counted in one walk', () => {
  const lineAt = lineCounter('a\nb\n\nc');
  assert.equal([0, 1, 2, 3, 4, 5].map(lineAt), [1, 1, 2, 2, 3, 4]);
});

test.run();
