import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { renderExcerpt } from '../../lib/sql/excerpt.ts';

function render(excerpt: string, mark: string): string[] {
  const column = Array.from(excerpt.slice(0, excerpt.indexOf(mark))).length + 1;
  return renderExcerpt({ file: 'a', line: 12, column, excerpt });
}

test('the caret stands under the column', () => {
  assert.equal(render('SELECT a, b', 'b'), ['12 | SELECT a, b', '   |           ^']);
});

test('tabs, wide and combining characters move the caret by what they take', () => {
  assert.equal(render('\tx', 'x'), ['12 |     x', '   |     ^']);
  assert.equal(render('名😀x', 'x'), ['12 | 名😀x', '   |     ^']);
  assert.equal(render('e\u0301x', 'x'), ['12 | e\u0301x', '   |  ^']);
});

test('F66: control characters are shown, not sent', () => {
  assert.equal(render('\x1b[2K\u202ex', 'x'), [
    '12 | \\x1b[2K\\u202ex',
    `   | ${' '.repeat('\\x1b[2K\\u202e'.length)}^`,
  ]);
});

test('long lines are cut around the caret, to 80 columns', () => {
  for (const at of [0, 10, 60, 100, 300, 499]) {
    const line = `${'.'.repeat(at)}X${'.'.repeat(500 - at)}`;
    const [shown = '', caret = ''] = render(line, 'X');
    assert.ok(shown.length <= 80, `${shown.length} columns`);
    assert.is(shown[caret.indexOf('^')], 'X');
  }
  assert.match(render(`${'.'.repeat(300)}X${'.'.repeat(300)}`, 'X')[0] ?? '', /^12 \| ….*X.*…$/);
});

test('an error at the end of a line points behind it', () => {
  assert.equal(renderExcerpt({ file: 'a', line: 1, column: 4, excerpt: 'abc' }), ['1 | abc', '  |    ^']);
});

test('a place without its line shows nothing', () => {
  assert.equal(renderExcerpt({ file: 'a', line: 1, column: 1 }), []);
});

test.run();
