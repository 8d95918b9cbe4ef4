import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph } from '../../lib/graph/graph.ts';
import { planStamp } from '../../lib/plan/stamp.ts';
import { applied, errorOf, graph, say } from '../support/graph.ts';

const line = graph('a -> b -> c -> d');
const fork = graph('a -> b -> c1[left] -> d1; b -> c2[right] -> d2');
const merge = graph('a -> b -> c1[left] -> d1 -> e; b -> c2[right] -> d2 -> e');
const split = graph('a[main] -> b1 -> c1; a -> b2 -> c2');

function stamp(of: Graph, current: string, ...targets: string[]): string {
  return say(planStamp(of, applied(of, current), targets));
}

test('a stamp up records what is below, a stamp down takes back what is above', () => {
  assert.is(stamp(line, 'a', 'c'), 'b c => c');
  assert.is(stamp(line, 'd', 'b'), '-d -c => b');
  assert.is(stamp(line, 'b', 'b'), '=> b');
  assert.is(stamp(line, '', 'heads'), 'a b c d => d');
});

test('a stamp leaves the branches it has nothing to do with', () => {
  assert.is(stamp(fork, 'd1,c2', 'd2'), 'd2 => d1 d2');
  assert.is(stamp(fork, 'd1,d2', 'c1'), '-d1 => c1 d2');
  assert.is(stamp(fork, 'd1', 'c2'), 'c2 => c2 d1');
});

test('a stamp collapses the branches it is below or above', () => {
  assert.is(stamp(fork, 'd1,c2', 'b'), '-d1 -c2 -c1 => b');
  assert.is(stamp(merge, 'd1,c2', 'e'), 'd2 e => e');
  assert.is(stamp(merge, 'e', 'c2'), '-e -d2 -d1 -c1 => c2');
});

test('a branch widens a stamp to all that is related to it', () => {
  assert.is(stamp(split, 'c1,b2', 'b1'), '-c1 => b1 b2');
  assert.is(stamp(split, 'c1,b2', 'main@b1'), '-c1 -b2 => b1');
  assert.is(stamp(split, 'b1,b2', 'main@b1'), '=> b1 b2');
});

test('several targets all end up as heads, also those that were heads before', () => {
  assert.is(stamp(fork, 'd1,c2', 'heads'), 'd2 => d1 d2');
  assert.is(stamp(fork, 'd1,d2', 'd1', 'c2'), '-d2 => c2 d1');
  assert.is(stamp(line, '', 'a', 'c'), 'a b c => c');
});

test('base takes back everything, in a branch what is related to it', () => {
  assert.is(stamp(fork, 'd1,c2', 'base'), '-d1 -c2 -c1 -b -a =>');
  assert.is(stamp(fork, 'd1,d2', 'left@base'), '-d1 -c1 => d2');
});

test('a stamp records a late revision below it, and none elsewhere', () => {
  const of = graph('a -> n -> b; x -> y -> z');
  assert.is(say(planStamp(of, new Set(['a', 'b', 'x', 'z']), ['b'])), 'n => b z');
  assert.is(say(planStamp(of, new Set(['a', 'b', 'x']), ['z'])), 'y z => b z');
});

test('relative targets, ranges and several heads are refused', () => {
  const refusal = (text: string): string => errorOf(() => stamp(fork, 'b', text)).code;
  assert.is(refusal('+1'), 'unknown-revision');
  assert.is(refusal('head-1'), 'unknown-revision');
  assert.is(refusal('a:b'), 'bad-range');
  assert.is(refusal('head'), 'multiple-heads');
});

test('a stamp refuses an applied revision that the files do not hold; a purge forgets it', () => {
  const state = new Set(['a', 'gone9']);
  assert.is(errorOf(() => planStamp(line, state, ['b'])).code, 'unknown-applied');
  assert.is(say(planStamp(line, state, ['b'], { purge: true })), '-gone9 b => b');
});

test('a purge forgets what is not below the targets', () => {
  assert.is(say(planStamp(fork, applied(fork, 'd1,c2'), ['c2'], { purge: true })), '-d1 -c1 => c2');
});

test.run();
