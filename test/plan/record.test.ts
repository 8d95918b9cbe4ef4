import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph } from '../../lib/graph/graph.ts';
import { planRecord, type RecordAs, resolveRecord } from '../../lib/plan/record.ts';
import { applied, errorOf, graph, say } from '../support/graph.ts';

const line = graph('a -> b -> c -> d');
const fork = graph('a -> b -> c1[left] -> d1; b -> c2[right] -> d2');
const merge = graph('a -> b -> c1[left] -> d1 -> e; b -> c2[right] -> d2 -> e');

function record(of: Graph, current: string | ReadonlySet<string>, as: RecordAs, ...targets: string[]): string {
  const state = typeof current === 'string' ? applied(of, current) : current;
  return say(planRecord(of, state, resolveRecord(of, state, targets, as), { as, isOpen: () => true }));
}

test('what is recorded leaves what stands above and beside it as it is', () => {
  assert.is(record(line, 'd', 'only', 'b'), 'b => d');
  assert.is(record(fork, 'd1,d2', 'only', 'b', 'c1'), 'b c1 => d1 d2');
  assert.is(record(merge, 'e', 'only', 'right'), 'c2 => e');
  assert.is(record(line, new Set(['a', 'c', 'd']), 'only', 'b'), 'b => d');
  assert.is(record(line, 'a', 'only', 'b', 'c'), 'b c => c');
});

test('what is forgotten leaves other branches, and may be what only the database knows', () => {
  assert.is(record(line, 'd', 'forget', 'd'), '-d => c');
  assert.is(record(fork, 'd1,d2', 'forget', 'd1'), '-d1 => c1 d2');
  assert.is(record(line, new Set(['a', 'gone9']), 'forget', 'gone9'), '-gone9 => a');
  assert.is(record(merge, 'e', 'forget', 'e'), '-e => d1 d2');
});

test('a record that would leave a hole, or hang in the air, is refused with the command that does not', () => {
  const hole = errorOf(() => record(line, 'a', 'only', 'd'));
  assert.is(hole.code, 'wrong-start');
  assert.match(hole.hint!, 'updown stamp --only b c d');
  const used = errorOf(() => record(fork, 'd1,d2', 'forget', 'b'));
  assert.is(used.code, 'wrong-start');
  assert.match(used.hint!, 'updown downgrade b');
  assert.is(errorOf(() => record(line, 'a', 'only', 'base')).code, 'usage');
  assert.is(errorOf(() => record(line, 'a', 'forget', 'never9')).code, 'unknown-revision');
});

test.run();
