import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph } from '../../lib/graph/graph.ts';
import { findLate } from '../../lib/plan/late.ts';
import { planUpgrade, type UpgradeOptions } from '../../lib/plan/upgrade.ts';
import { applied, errorOf, graph, say } from '../support/graph.ts';

const line = graph('a -> b -> c -> d');
const fork = graph('a -> b -> c1[left] -> d1; b -> c2[right] -> d2');
const merge = graph('a -> b -> c1[left] -> d1 -> e -> f; b -> c2[right] -> d2 -> e');
const dependent = graph('x1[x] -> x2; y1[y] -> y2+x1');

function up(of: Graph, current: string, ...targets: string[]): string {
  return say(planUpgrade(of, applied(of, current), targets));
}

function refusal(of: Graph, current: string, target: string): string {
  return errorOf(() => up(of, current, target)).code;
}

test('up to a revision runs what it stands on, dependencies too', () => {
  assert.is(up(line, 'a', 'c'), 'b c => c');
  assert.is(up(dependent, '', 'y@head'), 'x1 y1 y2 => y2');
});

test('at or above the target there is nothing to do', () => {
  assert.is(up(line, 'c', 'b'), '=> c');
  assert.is(up(line, 'c', 'base'), '=> c');
});

test('several targets are reached in one plan', () => {
  assert.is(up(fork, 'a', 'c1', 'd2'), 'b c1 c2 d2 => c1 d2');
});

test('a branch that is not asked for stays', () => {
  assert.is(up(fork, 'c1', 'right@head'), 'c2 d2 => c1 d2');
});

test('+N counts children from the one head', () => {
  assert.is(up(line, 'a', '+2'), 'b c => c');
  assert.is(up(line, '', '+1'), 'a => a');
  assert.is(up(merge, 'd1', '+1'), 'c2 d2 e => e');
});

test('+N is refused past the end, at a fork and from several heads', () => {
  assert.is(refusal(line, 'c', '+2'), 'relative-out-of-range');
  assert.is(refusal(fork, 'b', '+1'), 'ambiguous-walk');
  assert.is(refusal(graph('a,b'), '', '+1'), 'ambiguous-walk');
  assert.is(refusal(fork, 'c1,c2', '+1'), 'ambiguous-walk');
});

test('several heads are named, with a branch to go up', () => {
  const { message, hint } = errorOf(() => up(fork, 'c1,c2', '+1'));
  assert.match(message, /"c1", "c2"/);
  assert.match(hint!, /"c1@\+1", "c2@\+1"/);
});

test('<label>@+N follows its branch, from the fork where need be', () => {
  assert.is(up(fork, 'a', 'left@+2'), 'b c1 => c1');
  assert.is(up(fork, 'd1', 'right@+1'), 'c2 => c2 d1');
  assert.is(up(fork, '', 'right@+3'), 'a b c2 => c2');
});

test('<label>@+N starts from the head in its branch, not from what another branch depends on', () => {
  assert.is(up(graph('x1[x] -> x2 -> x4; x1 -> x3; y+x3'), 'x2,y', 'x@+1'), 'x4 => x4 y');
});

for (const target of ['+0', '-0', '-1', 'left@-1', 'left@+0', 'left@+9', 'base-1', 'd1+1', 'd1-5', 'left@head-9']) {
  test(`upgrade ${target} is out of range`, () => {
    assert.is(refusal(fork, '', target), 'relative-out-of-range');
  });
}

test('+1junk is no target', () => {
  assert.is(refusal(line, 'a', '+1junk'), 'unknown-revision');
});

test('<rev>+N and <rev>-N count from that revision', () => {
  assert.is(up(line, '', 'head-2'), 'a b => b');
  assert.is(up(line, '', 'a+1'), 'a b => b');
  assert.is(up(line, '', 'base+2'), 'a b => b');
  assert.is(up(line, '', 'c+0'), 'a b c => c');
  assert.is(refusal(merge, '', 'head-2'), 'ambiguous-walk');
});

test('a late revision stops the upgrade, by name, until it is included', () => {
  const of = graph('a -> n -> b -> c');
  const state = new Set(['a', 'b']);
  const plan = (options?: UpgradeOptions): string => say(planUpgrade(of, state, ['head'], options));
  assert.equal(findLate(of, state), ['n']);
  const { code, message, hint, exitStatus } = errorOf(() => plan());
  assert.is(code, 'late');
  assert.is(exitStatus, 4);
  assert.match(message, /"n"/);
  assert.match(hint!, /--include-late/);
  assert.is(plan({ includeLate: true }), 'n c => c');
});

test('a late revision is found behind another, and behind a dependency', () => {
  assert.equal(findLate(graph('a -> m -> n -> b'), new Set(['a', 'b'])), ['m', 'n']);
  assert.equal(findLate(graph('x; y -> z+x'), new Set(['y', 'z'])), ['x']);
  assert.equal(findLate(line, new Set(['a', 'b'])), []);
});

test('a late revision even stops an upgrade to what is applied already', () => {
  assert.is(errorOf(() => planUpgrade(graph('a -> n -> b'), new Set(['a', 'b']), ['b'])).code, 'late');
});

test('a late revision elsewhere does not stop an upgrade', () => {
  const of = graph('a -> n -> b; x -> y');
  assert.is(say(planUpgrade(of, new Set(['a', 'b', 'x']), ['y'])), 'y => b y');
});

test('a branch that a later merge brings in is not late', () => {
  assert.is(up(graph('a -> b -> c -> m; a -> x -> m'), 'c', 'head'), 'x m => m');
});

test('an applied revision that the files do not hold stops the upgrade', () => {
  const { code, message, exitStatus } = errorOf(() => planUpgrade(line, new Set(['a', 'gone9']), ['head']));
  assert.is(code, 'unknown-applied');
  assert.is(exitStatus, 4);
  assert.match(message, /"gone9"/);
});

test('a plan tells the heads it starts from', () => {
  assert.equal(planUpgrade(fork, applied(fork, 'c1,d2'), ['heads']).from, ['c1', 'd2']);
});

test.run();
