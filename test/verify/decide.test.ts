import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { buildGraph } from '../../lib/graph/build.ts';
import type { Change } from '../../lib/schema/change.ts';
import { ordersOf } from '../../lib/verify/merges.ts';
import { type Count, type Counts, findLost } from '../../lib/verify/rows.ts';
import { isSound, onlyOf, type RevisionVerdict } from '../../lib/verify/verdict.ts';

const change = (kind: string) => ({ kind }) as unknown as Change;

test('differences are slight only where all of them are of one slight kind', () => {
  assert.is(onlyOf([]), undefined);
  assert.is(onlyOf([change('table-column-order')]), 'column order');
  assert.is(onlyOf([change('table-grants'), change('column-grants'), change('view-owner-lacks')]), 'grants');
  assert.is(onlyOf([change('default-privileges-dropped')]), 'grants');
  assert.is(onlyOf([change('column-comment'), change('table-comment')]), 'comments');
  assert.is(onlyOf([change('column-comment'), change('table-grants')]), undefined);
  assert.is(onlyOf([change('column-comment'), change('index-dropped')]), undefined);
  assert.is(onlyOf([change('composite-attribute-order')]), undefined);
});

const sound: RevisionVerdict = {
  ...{ id: 'a', name: '', up: 'ok', down: 'ok', again: 'ok', differences: [], repeated: [] },
};

test('a revision is sound where it comes back, or says that it does not', () => {
  assert.ok(isSound(sound));
  assert.ok(isSound({ ...sound, down: 'irreversible', again: 'skipped' }));
  assert.ok(
    isSound({ ...sound, differences: [change('table-column-order')], repeated: [change('table-column-order')] }),
  );
  assert.ok(isSound({ ...sound, rows: { lost: [], dropped: [{ table: 't', column: null, count: 1 }] } }));
  assert.ok(isSound({ ...sound, rows: { lost: [{ table: 't', column: 'a', count: 1, by: 'up' }], dropped: [] } }));
  const wrong: readonly Partial<RevisionVerdict>[] = [
    { up: 'failed' },
    { down: 'missing', again: 'skipped' },
    { down: 'failed', again: 'skipped' },
    { again: 'failed' },
    { differences: [change('index-added')] },
    { differences: [change('table-comment')] },
    { repeated: [change('index-added')] },
    { rows: { lost: [{ table: 't', column: null, count: 1, by: 'down' }], dropped: [] } },
  ];
  for (const part of wrong) assert.not.ok(isSound({ ...sound, ...part }), JSON.stringify(part));
});

const count = (rows: number, values: Readonly<Record<string, number>>): Count => ({
  rows,
  values: new Map(Object.entries(values)),
});
const counts = (tables: Readonly<Record<string, Count>>): Counts => new Map(Object.entries(tables));

test('what is lost was there before and is not behind; what the way up made is dropped', () => {
  const found = findLost({
    before: counts({
      kept: count(2, { a: 2, b: 1 }),
      emptied: count(2, { a: 2 }),
      renamed: count(1, { old: 1, id: 1 }),
      remade: count(1, { a: 1 }),
    }),
    between: counts({
      kept: count(2, { a: 2, b: 1, extra: 2 }),
      emptied: count(0, { a: 0 }),
      renamed: count(1, { id: 1, new: 1 }),
      made: count(1, { a: 1 }),
      remade: count(1, { a: 1 }),
      'made, empty': count(0, { a: 0 }),
    }),
    behind: counts({
      kept: count(3, { a: 3, b: 2 }),
      emptied: count(0, { a: 0 }),
      renamed: count(1, { old: 0, id: 1 }),
      remade: count(0, { a: 0 }),
    }),
  });
  assert.equal(found.lost, [
    { table: 'emptied', column: null, count: 2, by: 'up' },
    { table: 'renamed', column: 'old', count: 1, by: 'up' },
    { table: 'remade', column: null, count: 1, by: 'down' },
  ]);
  assert.equal(found.dropped, [
    { table: 'kept', column: 'extra', count: 2 },
    { table: 'renamed', column: 'new', count: 1 },
    { table: 'made', column: null, count: 1 },
  ]);
});

const node = (id: string, parents: readonly string[], dependsOn: readonly string[] = []) => ({
  ...{ id, parents, dependsOn, labels: [], folder: `20250101_0000_${id}_x` },
});

test('a merge has two orders, each with all that it stands on in front of it', () => {
  const graph = buildGraph([
    node('root', []),
    node('left', ['root']),
    node('left2', ['left']),
    node('right', ['root'], ['left']),
    node('joined', ['left2', 'right']),
    node('top', ['joined']),
  ]);
  assert.equal(ordersOf(graph, [...graph.order]), [
    {
      id: 'joined',
      first: ['root', 'left', 'left2', 'right'],
      last: ['root', 'left', 'right', 'left2'],
    },
  ]);
});

test('a merge of a revision and what stands on it has one order', () => {
  const graph = buildGraph([node('root', []), node('left', ['root']), node('joined', ['left', 'root'])]);
  assert.equal(ordersOf(graph, [...graph.order]), []);
});

test.run();
