import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph } from '../../lib/graph/graph.ts';
import { resolveHistory, resolveShown } from '../../lib/plan/history.ts';
import { applied, errorOf, graph } from '../support/graph.ts';

const line = graph('a -> b -> c -> d -> e');
const merge = graph('a -> b -> c1[left] -> d1 -> e -> f; b -> c2[right] -> d2 -> e');
const trees = graph('x1[x] -> x2; y1[y] -> y2+x1');

function history(of: Graph, range?: string, current = ''): string {
  return resolveHistory(of, range, applied(of, current)).join(' ');
}

for (const [range, expected] of [
  [undefined, 'e d c b a'],
  [':', 'e d c b a'],
  ['b:d', 'd c b'],
  ['b:', 'e d c b'],
  [':b', 'b a'],
  ['c:c', 'c'],
  ['current:', 'e d c'],
  [':current', 'c b a'],
  ['current:current', 'c'],
  ['-2:', 'e d c'],
  ['-2:d', 'd c'],
  ['-9:', 'e d c b a'],
  ['b:+2', 'd c b'],
  ['b:+99', 'e d c b'],
  ['head-1:head', 'e d'],
  ['a+1:head-1', 'd c b'],
] as const) {
  test(`history ${range ?? ''} is ${expected}`, () => {
    assert.is(history(line, range, 'c'), expected);
  });
}

test('what does not descend from the lower end stays out', () => {
  assert.is(history(merge, 'd1:f'), 'f e d1');
  assert.is(history(merge, 'b:e'), 'e d2 d1 c2 c1 b');
});

test('-N counts from each head', () => {
  assert.is(history(graph('a -> b -> c -> d; a -> e'), '-1:'), 'e d c b a');
  assert.is(history(graph('a -> b -> c; x -> y -> z'), '-1:'), 'z y c b');
});

test('a branch at the lower end narrows the heads', () => {
  assert.is(history(trees, 'x@base:'), 'x2 x1');
  assert.is(history(trees, 'y@base:'), 'y2 y1 x1');
  assert.is(history(trees, 'x@-1:x@head'), 'x2 x1');
});

test('with nothing applied, current is base', () => {
  assert.is(history(line, 'current:b'), 'b a');
  assert.is(history(line, ':current'), '');
});

for (const [range, code] of [
  ['c', 'bad-range'],
  ['a:b:c', 'bad-range'],
  ['d:b', 'not-an-ancestor'],
  ['a:-1', 'relative-out-of-range'],
  ['+1:', 'unknown-revision'],
  ['zzz:', 'unknown-revision'],
] as const) {
  test(`history ${range} is refused: ${code}`, () => {
    assert.is(errorOf(() => history(line, range)).code, code);
  });
}

test('two branches are no range', () => {
  assert.is(errorOf(() => history(merge, 'c1:d2')).code, 'not-an-ancestor');
});

test('show takes current, base and heads', () => {
  assert.equal(resolveShown(merge, 'current', applied(merge, 'd1,c2')), ['c2', 'd1']);
  assert.equal(resolveShown(merge, 'base', new Set()), []);
  assert.equal(resolveShown(trees, 'heads', new Set()), ['x2', 'y2']);
});

test.run();
