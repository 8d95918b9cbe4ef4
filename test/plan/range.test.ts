import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { appliedHeadsOf } from '../../lib/graph/walk.ts';
import {
  goesDown,
  type Offline,
  resolveDowngradeRange,
  resolveStampRange,
  resolveUpgradeRange,
} from '../../lib/plan/range.ts';
import { errorOf, graph } from '../support/graph.ts';

const line = graph('a -> b -> c');
const fork = graph('a -> b -> c1[left] -> d1; b -> c2[right] -> d2');

function tell({ applied, targets }: Offline, of: typeof line = line): string {
  return `${appliedHeadsOf(of, applied).join(',')} to ${targets.join(' ')}`;
}

test('an upgrade starts from base, from a of a:b, or from --from', () => {
  assert.is(tell(resolveUpgradeRange(line, 'head')), ' to head');
  assert.is(tell(resolveUpgradeRange(line, 'a:+1')), 'a to +1');
  assert.is(tell(resolveUpgradeRange(line, 'b', { from: 'a' })), 'a to b');
  assert.is(tell(resolveUpgradeRange(line, 'base:b')), ' to b');
  assert.is(tell(resolveUpgradeRange(line, 'base:base')), ' to base');
});

test('a start may be several heads', () => {
  assert.is(tell(resolveUpgradeRange(fork, 'c1,right:heads'), fork), 'c1,c2 to heads');
  assert.is(tell(resolveDowngradeRange(fork, 'b', { from: 'd1, d2' }), fork), 'd1,d2 to b');
});

test('a start that stands for several heads is refused, with what to type', () => {
  const { code, hint } = errorOf(() => resolveUpgradeRange(fork, 'heads:d1'));
  assert.is(code, 'multiple-heads');
  assert.match(hint!, /"d1,d2"/);
});

test('a start that the files do not hold is unknown', () => {
  assert.is(errorOf(() => resolveUpgradeRange(line, 'gone9:head')).code, 'unknown-revision');
  assert.is(errorOf(() => resolveUpgradeRange(line, 'head-1:head')).code, 'unknown-revision');
});

for (const range of ['a:', ':b', ':', 'a:b:c', 'a::b']) {
  test(`"${range}" is no range`, () => {
    assert.is(errorOf(() => resolveUpgradeRange(line, range)).code, 'bad-range');
    assert.is(errorOf(() => resolveDowngradeRange(line, range)).code, 'bad-range');
    assert.is(errorOf(() => resolveStampRange(line, [range])).code, 'bad-range');
  });
}

test('a start given twice is refused', () => {
  assert.is(errorOf(() => resolveUpgradeRange(line, 'a:c', { from: 'b' })).code, 'bad-range');
});

test('a reversed upgrade is refused, one that has arrived is not', () => {
  assert.is(errorOf(() => resolveUpgradeRange(line, 'c:a')).code, 'not-an-ancestor');
  assert.is(errorOf(() => resolveUpgradeRange(line, 'c:base')).code, 'not-an-ancestor');
  assert.is(tell(resolveUpgradeRange(line, 'c:head')), 'c to head');
  assert.is(tell(resolveUpgradeRange(fork, 'd1:right@head'), fork), 'd1 to right@head');
});

test('a range goes down where it ends below its start, and only there', () => {
  for (const down of ['c:a', 'c:base', 'head:-1', 'head:head-2', 'b:a']) assert.ok(goesDown(line, down), down);
  for (const up of ['a:c', 'base:head', 'a:+1', 'c:head', 'base:base', 'head', '-1'])
    assert.not(goesDown(line, up), up);
  assert.not(goesDown(fork, 'd1:right@head'));
  assert.is(errorOf(() => goesDown(line, 'a:b:c')).code, 'bad-range');
});

test('a downgrade has to say where it starts', () => {
  assert.is(errorOf(() => resolveDowngradeRange(line, 'a')).code, 'sql-downgrade-needs-range');
  assert.is(tell(resolveDowngradeRange(line, 'head:-1')), 'c to -1');
});

test('stamps share one start', () => {
  assert.is(tell(resolveStampRange(fork, ['a:d1', 'a:d2']), fork), 'a to d1 d2');
  assert.is(tell(resolveStampRange(fork, ['heads']), fork), ' to heads');
  assert.is(errorOf(() => resolveStampRange(fork, ['a:d1', 'b:d2'])).code, 'bad-range');
});

test('a purge needs a database', () => {
  assert.is(errorOf(() => resolveStampRange(line, ['head'], { purge: true })).code, 'purge-not-allowed-offline');
});

test.run();
