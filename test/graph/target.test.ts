import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { buildGraph } from '../../lib/graph/build.ts';
import { resolveAll } from '../../lib/graph/resolve.ts';
import { parseTarget, readTarget } from '../../lib/graph/target.ts';
import { errorOf, graph, nodes } from '../support/graph.ts';

const fork = graph('a -> b -> c1[left] -> d1; b -> c2[right] -> d2');
const hex = graph('1f0a9c77d2e1 -> 1f0b33c0aa42 -> 9e41d07b5c13 -> abc -> abcd55aa0f99');

function refusal(of: typeof fork, text: string): string {
  const { code, message, hint } = errorOf(() => resolveAll(of, text));
  return `${code}: ${message}. ${hint}`;
}

function read(of: typeof fork, text: string): string {
  const reading = readTarget(of, text);
  if (reading.kind === 'from-current') return `current ${reading.offset.steps}`;
  return reading.kind === 'from-name' ? `${reading.name} ${reading.offset.steps}` : reading.name;
}

test('a target is split at the first @ and before the last sign', () => {
  assert.equal(parseTarget('left@c1-12'), {
    text: 'left@c1-12',
    branch: 'left',
    name: 'c1-12',
    offset: { name: 'c1', steps: -12, text: '-12' },
  });
});

test('a second @ belongs to the name, which then is none', () => {
  assert.is(parseTarget('a@b@c').branch, 'a');
  assert.match(refusal(fork, 'left@a@b'), /^unknown-revision: .*"a@b"/);
});

test('a range is no target', () => {
  assert.is(errorOf(() => parseTarget('a:b')).code, 'bad-range');
});

for (const [text, expected] of [
  ['a', 'a'],
  ['left', 'c1'],
  ['left@head', 'd1'],
  ['left@heads', 'd1'],
  ['d1@head', 'd1'],
  ['left@a', 'a'],
  ['righ@head', 'd2'],
  ['heads', 'd1 d2'],
  ['b@heads', 'd1 d2'],
  ['base', ''],
  ['left@base', ''],
] as const) {
  test(`"${text}" is ${expected === '' ? 'base' : expected}`, () => {
    assert.is(resolveAll(fork, text).join(' '), expected);
  });
}

test('heads counts a dependency as an edge, head and <label>@heads do not', () => {
  const of = graph('a1[x] -> a2; b1[y] -> b2+a2');
  assert.equal(resolveAll(of, 'heads'), ['b2']);
  assert.equal(resolveAll(of, 'x@heads'), ['a2']);
  assert.match(refusal(of, 'head'), /^multiple-heads/);
});

test('a unique beginning will do, of any length', () => {
  assert.equal(resolveAll(hex, '9'), ['9e41d07b5c13']);
  assert.equal(resolveAll(hex, '1f0b'), ['1f0b33c0aa42']);
});

test('a whole id beats a beginning', () => {
  assert.equal(resolveAll(hex, 'abc'), ['abc']);
});

test('names of up to three characters are never completed', () => {
  assert.match(refusal(graph('abc -> xyz'), 'ab'), /^unknown-revision/);
});

test('a whole folder name beats a label', () => {
  const of = buildGraph(nodes('a -> b[x]').map((node) => (node.id === 'a' ? { ...node, folder: 'x' } : node)));
  assert.equal(resolveAll(of, 'x'), ['a']);
  assert.equal(resolveAll(graph('a@20240101_1200'), '20240101_1200_a'), ['a']);
});

test('a beginning of several names is ambiguous, and names them', () => {
  assert.match(refusal(hex, '1f0'), /^ambiguous-revision: "1f0" begins several names: "1f0a9c77d2e1", "1f0b33c0aa42"/);
});

test('a beginning is looked for within the branch first', () => {
  const of = graph('r -> 1f0a11[left]; r -> 1f0b22[right]');
  assert.equal(resolveAll(of, 'left@1f0'), ['1f0a11']);
});

test('ids are case sensitive, and the hint knows', () => {
  assert.match(refusal(hex, '1F0B'), /^unknown-revision: .*Did you mean "1f0b33c0aa42"/);
});

test('a mistyped id, label or word of a message is guessed', () => {
  assert.match(refusal(hex, '9e41d07b5c31'), /Did you mean "9e41d07b5c13"/);
  assert.match(refusal(fork, 'lefft'), /Did you mean "left"/);
  assert.match(refusal(fork, 'haed'), /Did you mean "head"/);
  const of = buildGraph(
    nodes('5cd038a8f131').map((node) => ({ ...node, folder: '20240101_1200_5cd038a8f131_add_user' })),
  );
  assert.match(refusal(of, 'add user'), /Did you mean "5cd038a8f131"/);
});

test('wrong branch and no such branch are errors of their own', () => {
  assert.match(refusal(fork, 'left@c2'), /^not-in-branch: Revision "c2" is not in branch "left"/);
  assert.match(refusal(fork, 'middle@head'), /^unknown-revision: There is no revision or branch "middle"/);
  assert.match(refusal(fork, 'head@c1'), /^unknown-revision/);
  assert.match(refusal(fork, '@c1'), /^unknown-revision/);
});

test('a branch or a revision that is left out beside the "@" is said to be, with what was typed', () => {
  assert.is(
    refusal(fork, '@head'),
    'unknown-revision: "@head" names no branch before its "@". Write "<branch>@head", or "head" alone.',
  );
  assert.is(
    refusal(fork, 'left@'),
    'unknown-revision: "left@" names no revision after its "@". Write "left@head" for the head of the branch.',
  );
  assert.is(refusal(fork, '@'), 'unknown-revision: "@" names no branch before its "@". Write "<branch>@head".');
});

test('several heads are named, with what to type instead', () => {
  assert.match(refusal(fork, 'head'), /several heads: "d1", "d2"\. Name one: "left@head", "right@head"\..*"heads"/);
  assert.match(refusal(graph('a -> b,c'), 'a@head'), /^multiple-heads: .*Name one: "b", "c"/);
});

for (const text of ['+1junk', '1+', '+', '-', 'a+1x', 'current', 'HEAD', '', 'a b', 'a@b@c', '-1.5']) {
  test(`"${text}" is refused`, () => {
    assert.match(refusal(fork, text), /^unknown-revision/);
  });
}

test('relative targets are refused where a revision itself is asked for', () => {
  assert.match(refusal(fork, '+1'), /^unknown-revision: "\+1" is relative/);
  assert.match(refusal(fork, 'd1-1'), /^unknown-revision: "d1-1" is relative/);
});

test('an id that holds "-N" is taken where no other reading is there', () => {
  assert.is(read(graph('abc-1 -> x'), 'abc-1'), 'abc-1');
  assert.is(read(graph('abc -> x'), 'abc-1'), 'abc -1');
  assert.is(read(graph('abc-12 -> xyz1'), 'xyz1-1'), 'xyz1 -1');
  assert.is(read(graph('fix-1 -> fix-2'), 'fix-2'), 'fix-2');
  assert.is(read(graph('fix-1'), 'fix-1'), 'fix-1');
});

test('an id that holds "-N" is ambiguous beside a revision of the name before it; the folder name settles it', () => {
  const of = graph('abc@20240101_1100 -> abc-1@20240101_1200');
  const { code, hint } = errorOf(() => readTarget(of, 'abc-1'));
  assert.is(code, 'ambiguous-revision');
  const [revision = '', step = ''] = [...hint!.matchAll(/"(.*?)"/g)].map(([, name = '']) => name);
  assert.equal(resolveAll(of, revision), ['abc-1']);
  assert.is(read(of, step), `${of.nodes.get('abc')!.folder} -1`);
  assert.match(errorOf(() => readTarget(graph('abc -> abc-1'), 'abc-1')).hint!, 'rename the folder');
  assert.is(errorOf(() => readTarget(graph('head-1 -> x'), 'head-1')).code, 'ambiguous-revision');
  assert.is(errorOf(() => readTarget(graph('-1 -> x'), '-1')).code, 'ambiguous-revision');
  assert.is(errorOf(() => readTarget(graph('abc -> abc-1234'), 'abc-1')).code, 'ambiguous-revision');
});

test('signs and digits alone are relative, whatever ids begin so', () => {
  assert.is(read(graph('-1abc'), '-1'), 'current -1');
  assert.is(read(fork, '+2'), 'current 2');
});

test.run();
