import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph } from '../../lib/graph/graph.ts';
import { planDowngrade } from '../../lib/plan/downgrade.ts';
import { applied, errorOf, graph, say } from '../support/graph.ts';

const line = graph('a -> b -> c -> d');
const fork = graph('a -> b -> c1[left] -> d1; b -> c2[right] -> d2');
const merge = graph('a -> b -> c1[left] -> d1 -> e -> f; b -> c2[right] -> d2 -> e');
const trees = graph('x1[x] -> x2; y1[y] -> y2+x1');

function down(of: Graph, current: string, target: string): string {
  return say(planDowngrade(of, applied(of, current), target));
}

function refusal(of: Graph, current: string, target: string): string {
  return errorOf(() => down(of, current, target)).code;
}

test('down to a revision reverts what stands on it, newest first', () => {
  assert.is(down(line, 'd', 'b'), 'd c => b');
  assert.is(down(line, 'c', 'base'), 'c b a =>');
});

test('down to a fork reverts all branches above it, or the one that is named', () => {
  assert.is(down(fork, 'd1,d2', 'b'), 'd2 d1 c2 c1 => b');
  assert.is(down(fork, 'd1,d2', 'right@b'), 'd2 c2 => d1');
  assert.is(down(fork, 'd1,d2', 'd2@b'), 'd2 c2 => d1');
  assert.is(down(fork, 'd1,d2', 'c2'), 'd2 => c2 d1');
});

test('down to base in a branch reverts its own tree, and all of it where there is one root', () => {
  assert.is(down(trees, 'x2,y2', 'y@base'), 'y2 y1 => x2');
  assert.is(down(trees, 'x2,y2', 'x@base'), 'y2 x2 x1 => y1');
  assert.is(down(fork, 'd1,d2', 'right@base'), 'd2 d1 c2 c1 b a =>');
});

test('across a merge the other side stays', () => {
  assert.is(down(merge, 'f', 'd1'), 'f e => d1 d2');
  assert.is(down(merge, 'f', 'c1'), 'f e d1 => c1 d2');
  assert.is(down(merge, 'f', 'right@b'), 'f e d2 c2 => d1');
});

test('a revision that was implied by a dependency is a head again', () => {
  assert.is(down(trees, 'y2', 'y1'), 'y2 => x1 y1');
});

test('the database being there already is no error, below it is', () => {
  assert.is(down(line, 'b', 'b'), '=> b');
  assert.is(down(fork, 'd1,c2', 'd1'), '=> c2 d1');
  assert.is(down(line, '', 'base'), '=>');
  assert.is(refusal(line, 'b', 'c'), 'invalid-downgrade-target');
  assert.is(refusal(line, 'b', 'head'), 'invalid-downgrade-target');
  assert.is(refusal(trees, 'y2', 'x1'), 'invalid-downgrade-target');
});

test('-N reverts N revisions', () => {
  assert.is(down(line, 'd', '-1'), 'd => c');
  assert.is(down(line, 'c', '-3'), 'c b a =>');
  assert.is(down(trees, 'y2', '-1'), 'y2 => x1 y1');
  assert.is(down(trees, 'y2', '-2'), 'y2 y1 => x1');
});

test('-1 undoes a merge, and -N goes on as far as there is one way', () => {
  assert.is(down(merge, 'e', '-1'), 'e => d1 d2');
  assert.is(down(merge, 'f', '-2'), 'f e => d1 d2');
  assert.is(refusal(merge, 'f', '-3'), 'ambiguous-walk');
  assert.is(down(graph('a -> b -> c; a -> c'), 'c', '-2'), 'c b => a');
});

test('-N through a fork leaves the other branch', () => {
  assert.is(down(fork, 'd1', '-2'), 'd1 c1 => b');
});

test('-N from several heads is refused, naming them', () => {
  const { code, message, hint } = errorOf(() => down(fork, 'd1,d2', '-1'));
  assert.is(code, 'ambiguous-walk');
  assert.match(message, /"d1", "d2"/);
  assert.match(hint!, /"d1@-1", "d2@-1"/);
});

test('<label>@-N counts down from the branch', () => {
  assert.is(down(fork, 'd1,d2', 'left@-2'), 'd1 c1 => d2');
  assert.is(down(fork, 'd1,d2', 'd2@-1'), 'd2 => c2 d1');
  assert.is(down(trees, 'y2', 'x@-1'), 'y2 x1 => y1');
});

test('<label>@-N starts from the head in its branch, not from what another branch depends on', () => {
  assert.is(down(graph('x1[x] -> x2 -> x5; x1 -> x3; y+x3'), 'x5,y', 'x@-1'), 'x5 => x2 y');
});

test('<label>@-N never guesses: not at a merge, not from several heads of the branch', () => {
  assert.is(refusal(merge, 'e', 'right@-1'), 'ambiguous-walk');
  assert.is(refusal(fork, 'd1,d2', 'b@-1'), 'ambiguous-walk');
});

test('<rev>-N and <rev>+N count from that revision', () => {
  assert.is(down(line, 'd', 'c-1'), 'd c => b');
  assert.is(down(line, 'd', 'base+1'), 'd c b => a');
  assert.is(down(line, 'd', 'c-3'), 'd c b a =>');
  assert.is(down(fork, 'd1,d2', 'right@base+2'), 'd2 c2 => d1');
  assert.is(down(fork, 'd1,d2', 'left@head-1'), 'd1 => c1 d2');
  assert.is(refusal(merge, 'f', 'e-1'), 'ambiguous-walk');
});

for (const target of ['-5', '-0', '+0', '+1', 'left@+1', 'left@-5', 'c1-4', 'd1+1', 'base-1']) {
  test(`downgrade ${target} is out of range`, () => {
    assert.is(refusal(fork, 'd1', target), 'relative-out-of-range');
  });
}

test('-1 on an empty database is out of range', () => {
  assert.is(refusal(line, '', '-1'), 'relative-out-of-range');
  assert.is(refusal(fork, '', 'left@-1'), 'relative-out-of-range');
});

test('<label>@head is resolved in its branch', () => {
  assert.is(down(fork, 'd1,d2', 'left@head'), '=> d1 d2');
  assert.is(refusal(fork, 'd1,d2', 'head'), 'multiple-heads');
  assert.is(refusal(fork, 'd1,d2', 'heads'), 'multiple-heads');
});

test('a branch is checked even where it would change nothing', () => {
  assert.is(refusal(line, 'd', 'nosuch@base'), 'unknown-revision');
  assert.is(refusal(fork, 'd2', 'left@c2'), 'not-in-branch');
});

test('a branch with nothing on the target is refused', () => {
  assert.is(refusal(fork, 'd1,d2', 'b@b'), 'invalid-downgrade-target');
});

test('a gap below is no obstacle', () => {
  const of = graph('a -> n -> b -> c');
  assert.is(say(planDowngrade(of, new Set(['a', 'b', 'c']), 'a')), 'c b => a');
  assert.is(say(planDowngrade(of, new Set(['a', 'b', 'c']), '-1')), 'c => b');
});

test('an applied revision that the files do not hold stops the downgrade', () => {
  assert.is(errorOf(() => planDowngrade(line, new Set(['gone9']), 'base')).code, 'unknown-applied');
});

test.run();
