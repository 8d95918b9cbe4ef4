import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { buildGraph } from '../../lib/graph/build.ts';
import type { Graph } from '../../lib/graph/graph.ts';
import type { Replaced } from '../../lib/graph/revision.ts';
import { assertKnown } from '../../lib/plan/late.ts';
import { foldApplied } from '../../lib/plan/replaced.ts';
import { planUpgrade } from '../../lib/plan/upgrade.ts';

/** `b` stands for `p`, `q` and itself; of these, `q` stood for `m` and itself. */
const replaces: Replaced = { revisions: ['p', 'q'], before: ['m'], up: ['old'] };
const node = { dependsOn: [], labels: [] };
const graph: Graph = buildGraph([
  { ...node, id: 'b', parents: [], folder: 'b', replaces },
  { ...node, id: 'c', parents: ['b'], folder: 'c' },
]);

const fold = (...applied: readonly string[]) => {
  const entries = applied.map((word) => word.split('=') as [string, string]);
  const { applied: folded, wholes } = foldApplied(graph, new Map(entries), () => 'now');
  return { applied: [...folded].map(([id, digest]) => `${id}=${digest}`).join(' '), wholes };
};

test('what is recorded singly is read as the one revision, from its file as it is now', () => {
  assert.equal(fold('p=1', 'q=2', 'b=old', 'c=3'), { applied: 'b=now c=3', wholes: ['b'] });
  assert.equal(fold('m=0', 'p=1', 'q=2', 'b=old'), { applied: 'b=now', wholes: ['b'] });
});

test('what has run as one revision is that, with what it was run from', () => {
  assert.equal(fold('b=now', 'c=3'), { applied: 'b=now c=3', wholes: [] });
  assert.equal(fold('b=edited'), { applied: 'b=edited', wholes: [] });
  // Recorded by a stamp over what was half done.
  assert.equal(fold('p=1', 'b=now'), { applied: 'b=now', wholes: ['b'] });
  assert.equal(fold('p=1', 'q=2', 'b=edited'), { applied: 'b=edited', wholes: ['b'] });
});

test('a part of it stays what it is, and nothing is planned from there', () => {
  for (const [applied, lacks] of [
    [['p=1'], '"q", "b"'],
    [['m=0'], '"p", "q", "b"'],
    [['p=1', 'q=2'], '"b"'],
    [['q=2', 'b=old', 'c=3'], '"p"'],
    [['b=old'], undefined],
  ] as const) {
    assert.is(fold(...applied).applied, applied.join(' '));
    const ids = new Set(applied.map((word) => word.split('=')[0] ?? ''));
    const refused = (error: Error & { code?: string }) =>
      error.code === 'half-way' && error.message.includes(`lacks ${lacks}`);
    if (lacks === undefined) assert.not.throws(() => assertKnown(graph, ids));
    else {
      assert.throws(() => assertKnown(graph, ids), refused);
      assert.throws(() => planUpgrade(graph, ids, ['c'], { allowAhead: true }), refused);
    }
  }
});

test.run();
