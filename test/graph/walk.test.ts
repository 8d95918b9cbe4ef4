import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  ancestorsOf,
  appliedHeadsOf,
  appliedTipsOf,
  basesOf,
  branchPointsOf,
  descendantsOf,
  effectiveHeadsOf,
  headsOf,
  inOrder,
  lineageOf,
} from '../../lib/graph/walk.ts';
import { applied, graph } from '../support/graph.ts';

const two = graph('x1[x] -> x2; y1[y] -> y2+x1');
const merge = graph('a -> b -> c1,c2 -> m');

test('heads are without children, effective heads without dependents too', () => {
  const of = graph('a1 -> a2; b1 -> b2+a2');
  assert.equal(headsOf(of), ['a2', 'b2']);
  assert.equal(effectiveHeadsOf(of), ['b2']);
});

test('bases and branch points go by parents', () => {
  assert.equal(basesOf(two), ['x1', 'y1']);
  assert.equal(branchPointsOf(merge), ['b']);
});

test('ancestors and descendants follow dependencies, lineage does not', () => {
  assert.equal(inOrder(two, ancestorsOf(two, ['y2'])), ['x1', 'y1', 'y2']);
  assert.equal(inOrder(two, descendantsOf(two, ['x1'])), ['x1', 'x2', 'y2']);
  assert.equal(inOrder(two, lineageOf(two, 'x1')), ['x1', 'x2']);
});

test('the heads of a database leave out what others depend on, its tips do not', () => {
  assert.equal(appliedHeadsOf(two, applied(two, 'y2')), ['y2']);
  assert.equal(appliedTipsOf(two, applied(two, 'y2')), ['x1', 'y2']);
});

test('a gap below a head makes no other head', () => {
  assert.equal(appliedHeadsOf(merge, new Set(['a', 'm', 'c1'])), ['m']);
  assert.equal(appliedTipsOf(merge, new Set(['a', 'm'])), ['m']);
});

test.run();
