import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph } from '../../lib/graph/graph.ts';
import { type ParentOptions, resolveDependency, resolveMerge, resolveParents } from '../../lib/graph/parents.ts';
import { errorOf, graph } from '../support/graph.ts';

const line = graph('a -> b -> c');
const fork = graph('a -> b -> c1[left] -> d1; b -> c2[right] -> d2');

function parents(of: Graph, text?: string, options?: ParentOptions): string {
  return resolveParents(of, text, options).join(' ');
}

function merge(of: Graph, texts?: readonly string[], options?: ParentOptions): string {
  return resolveMerge(of, texts, options).join(' ');
}

test('a new revision stands on the one head', () => {
  assert.is(parents(line), 'c');
  assert.is(parents(graph('')), '');
});

test('a new revision stands on the head that is named, or on nothing', () => {
  assert.is(parents(fork, 'left@head'), 'd1');
  assert.is(parents(fork, 'd2'), 'd2');
  assert.is(parents(line, 'base'), '');
  assert.is(parents(fork, 'heads'), 'd1 d2');
});

test('several heads: the new revision has to say which', () => {
  const { code, hint } = errorOf(() => parents(fork));
  assert.is(code, 'multiple-heads');
  assert.match(hint!, /--parent .*updown merge/);
});

test('a parent that is no head needs --splice', () => {
  assert.is(errorOf(() => parents(line, 'b')).code, 'not-a-head');
  assert.is(parents(line, 'b', { splice: true }), 'b');
});

test('a revision that others merely depend on is still a head', () => {
  assert.is(parents(graph('a; b+a'), 'a'), 'a');
});

test('a merge takes all heads, or those named', () => {
  assert.is(merge(fork), 'd1 d2');
  assert.is(merge(fork, ['right@head', 'd1']), 'd2 d1');
});

test('a merge of one revision twice is refused, however it is named', () => {
  assert.is(errorOf(() => merge(fork, ['d1', 'd1'])).code, 'duplicate-revisions');
  assert.is(errorOf(() => merge(fork, ['heads', 'left@head'])).code, 'duplicate-revisions');
});

test('a merge below a head needs --splice', () => {
  assert.is(errorOf(() => merge(fork, ['c1', 'd2'])).code, 'not-a-head');
  assert.is(merge(fork, ['c1', 'd2'], { splice: true }), 'c1 d2');
});

test('a merge of a revision with one it stands on already is refused, --splice or not', () => {
  const { code, message } = errorOf(() => merge(line, ['a', 'c'], { splice: true }));
  assert.is(code, 'duplicate-revisions');
  assert.match(message, /"c" is already based on "a"/);
});

test('a dependency on a label stays a label, a beginning becomes an id', () => {
  assert.is(resolveDependency(fork, 'left'), 'left');
  assert.is(resolveDependency(graph('1f0a9c'), '1f'), '1f0a9c');
  assert.is(errorOf(() => resolveDependency(fork, 'gone')).code, 'unknown-revision');
});

test.run();
