import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isUpdownError } from '../../lib/errors.ts';
import { buildGraph } from '../../lib/graph/build.ts';
import type { Graph } from '../../lib/graph/graph.ts';
import { findClosedRun, labelsOf } from '../../lib/graph/run.ts';

const node = (id: string, parents: readonly string[], more: object = {}) => ({
  ...{ id, parents, folder: id, dependsOn: [], labels: [] },
  ...more,
});

/** `a`; `b` and `c` on it; `m` joins them; `d` on that. */
const diamond: Graph = buildGraph([
  node('a', []),
  node('b', ['a'], { labels: ['left'] }),
  node('c', ['a'], { labels: ['right'] }),
  node('m', ['b', 'c']),
  node('d', ['m']),
]);

const codeOf = (body: () => unknown) => {
  try {
    body();
  } catch (error) {
    if (isUpdownError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return undefined;
};

test('what lies above one revision, up to another one, with both sides of a merge', () => {
  assert.equal(findClosedRun(diamond, undefined, 'd').ids, ['a', 'b', 'c', 'm', 'd']);
  assert.equal(findClosedRun(diamond, 'a', 'm').ids, ['b', 'c', 'm']);
  // The side that is part of it stands on what is below.
  assert.equal(findClosedRun(diamond, 'b', 'm').ids, ['c', 'm']);
  assert.equal(labelsOf(diamond, ['b', 'c', 'm']), ['left', 'right']);
});

test('what else stands on its inside is named, by a parent or a dependency', () => {
  assert.match(codeOf(() => findClosedRun(diamond, undefined, 'b')) ?? '', 'not-closed: "c" is based on "a"');
  const beside = buildGraph([
    ...[node('a', []), node('b', ['a']), node('c', ['b'])],
    node('x', [], { dependsOn: ['b'] }),
  ]);
  assert.match(codeOf(() => findClosedRun(beside, undefined, 'c')) ?? '', 'not-closed: "x" depends on "b"');
  assert.equal(findClosedRun(beside, undefined, 'b').ids, ['a', 'b']);
});

test('one alone, and ends that are not on one branch, are refused', () => {
  assert.match(codeOf(() => findClosedRun(diamond, 'm', 'd')) ?? '', 'usage');
  assert.match(codeOf(() => findClosedRun(diamond, 'd', 'm')) ?? '', 'not-an-ancestor');
  assert.match(codeOf(() => findClosedRun(diamond, 'b', 'c')) ?? '', 'not-an-ancestor');
});

test.run();
