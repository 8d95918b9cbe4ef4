import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { buildGraph } from '../../lib/graph/build.ts';
import type { Node } from '../../lib/graph/graph.ts';
import { errorOf, graph, nodes } from '../support/graph.ts';

function node(id: string, rest: Partial<Node> = {}): Node {
  return { id, parents: [], dependsOn: [], labels: [], folder: id, ...rest };
}

function refusal(...list: readonly Node[]): string {
  const { code, message } = errorOf(() => buildGraph(list));
  return `${code}: ${message}`;
}

test('the smaller id comes first where nothing else decides', () => {
  assert.equal(graph('r -> b,a,D,c -> m').order, ['r', 'D', 'a', 'b', 'c', 'm']);
});

test('the older folder time comes before the smaller id', () => {
  assert.equal(graph('r -> a@20240102_1200,z@20240102_1159,y@20240101_2359').order, ['r', 'y', 'z', 'a']);
});

test('a time with seconds sorts within its minute', () => {
  assert.equal(graph('a@20240101_120030,b@20240101_1200,c@20240101_1201,d@20240101_120029').order, [
    'b',
    'd',
    'a',
    'c',
  ]);
});

test('a folder without a time counts as older than any with one', () => {
  assert.equal(graph('a@20240101_1200,z,b@19700101_0000').order, ['z', 'b', 'a']);
});

test('a younger parent still comes before its older child', () => {
  assert.equal(graph('late@20300101_0000 -> early@20200101_0000; other@20250101_0000').order, [
    'other',
    'late',
    'early',
  ]);
});

test('a dependency comes before its dependent, by id or by label', () => {
  assert.equal(graph('z[base1]; a+base1; b+z').order, ['z', 'a', 'b']);
});

test('the order does not depend on the order of the lines', () => {
  const list = nodes('a -> b,c -> d; x -> y+c; e@20240101_1200 -> f');
  const { order } = buildGraph(list);
  for (let turn = 1; turn < list.length; turn++) {
    assert.equal(buildGraph([...list.slice(turn), ...list.slice(0, turn)].reverse()).order, order);
  }
});

test('children and dependents are indexed in order, apart from each other', () => {
  const { children, dependents, dependencies, labels, position } = graph('a[l] -> c,b; d+l; b -> e+a');
  assert.equal([...children], [['a', ['b', 'c']], ['b', ['e']]]); // biome-ignore format: one line
  assert.equal([...dependents], [['a', ['d', 'e']]]);
  assert.equal([...dependencies].sort(), [['d', ['a']], ['e', ['a']]]); // biome-ignore format: one line
  assert.equal([...labels], [['l', 'a']]);
  assert.is(position.get('a'), 0);
});

test('an empty graph is fine', () => {
  assert.equal(buildGraph([]).order, []);
});

test('a duplicate id is refused', () => {
  assert.is(refusal(node('a'), node('a')), 'duplicate-id: Revision "a" is there twice');
});

test('F43: ids that differ in case alone are refused, both named', () => {
  const expected = 'duplicate-id: Revisions "Add_User" and "add_user" are the same name on some file systems';
  assert.is(refusal(node('Add_User'), node('x'), node('add_user')), expected);
});

test('F43: ids that differ in Unicode form alone are refused, both named', () => {
  assert.match(refusal(node('caf\u00e9'), node('cafe\u0301')), /^duplicate-id: .*caf\u00e9.*cafe\u0301/);
});

for (const id of [
  '',
  'a b',
  'a:b',
  'a@b',
  'a+b',
  "a'b",
  'a/b',
  'é',
  'x'.repeat(65),
  'head',
  'HEADS',
  'Base',
  'current',
]) {
  test(`the id "${id}" is refused`, () => {
    assert.match(refusal(node(id)), /^manifest: .*can't be a revision's id/);
  });
}

for (const label of ['', 'a b', 'a@b', 'Head', 'base']) {
  test(`the label "${label}" is refused`, () => {
    assert.match(refusal(node('a', { labels: [label] })), /^manifest: .*can't be a branch label/);
  });
}

test('ids that hold "-" and "_", and digits alone, are fine', () => {
  assert.equal(graph('a-1 -> b_2 -> 20240101').order, ['a-1', 'b_2', '20240101']);
});

test('a label may stand on one revision only', () => {
  assert.match(refusal(...nodes('a[l] -> b[l]')), /^duplicate-label: .*"l", on revision "b", is taken by revision "a"/);
});

test('a label may not be the id of a revision, not even of its own or a later one', () => {
  assert.match(refusal(...nodes('a[b] -> b')), /^duplicate-label: .*taken by revision "b"/);
  assert.match(refusal(...nodes('a[a]')), /^duplicate-label/);
});

test('an unknown parent is refused', () => {
  assert.match(refusal(node('a', { parents: ['gone'] })), /^unknown-parent: Revision "a" has the parent "gone"/);
});

test('a parent named twice is refused', () => {
  assert.match(refusal(node('a'), node('b', { parents: ['a', 'a'] })), /^duplicate-revisions/);
});

test('an unknown dependency is refused', () => {
  assert.match(refusal(...nodes('a -> b+gone')), /^missing-dependency: Revision "b" depends on "gone"/);
});

test('a parent that is a dependency as well is fine', () => {
  assert.equal(graph('a -> b+a').order, ['a', 'b']);
});

test('a cycle is drawn with its members only', () => {
  const drawn = nodes('r -> x -> b -> c -> a -> b; c -> tail; a -> other');
  assert.is(refusal(...drawn), "cycle: Revisions are each other's parents: a -> b -> c -> a");
});

test('a revision that is its own parent is a cycle', () => {
  assert.is(refusal(node('a', { parents: ['a'] })), "cycle: Revisions are each other's parents: a -> a");
});

test('a cycle that needs a dependency is called so', () => {
  const expected = 'dependency-cycle: Revisions depend on each other: a -> b -> c -> a';
  assert.is(refusal(...nodes('r; a+c -> b -> c; r -> d')), expected);
});

test('a revision that depends on its own label is a cycle', () => {
  assert.is(refusal(...nodes('a[l]+l')), 'dependency-cycle: Revisions depend on each other: a -> a');
});

test('an error tells the manifest line', () => {
  const { place, subject } = errorOf(() => buildGraph(nodes('a -> b -> c+gone'), 'migrations/manifest.jsonl'));
  assert.equal(place, { file: 'migrations/manifest.jsonl', line: 4, column: 1 });
  assert.is(subject, 'c');
});

test('a chain of 100,000 with merges is ordered without deep recursion, and so is its cycle', () => {
  const list: Node[] = [];
  for (let i = 0; i < 100_000; i++) {
    const parents = i === 0 ? [] : i % 10 === 7 ? [`n${i - 1}`, `n${i - 3}`] : [`n${i % 10 === 5 ? i - 2 : i - 1}`];
    list.push(node(`n${i}`, { parents, dependsOn: i % 100 === 50 ? [`n${i - 40}`] : [] }));
  }
  assert.is(buildGraph(list).order.length, 100_000);
  list[0] = node('n0', { parents: ['n99999'] });
  assert.match(refusal(...list), /^cycle: .* more … -> /);
});

test.run();
