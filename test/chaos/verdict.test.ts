import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Attempt } from './fleet.ts';
import { allKinds, type Fault, scheduleFaults } from './schedule.ts';
import { type Findings, judge } from './verdict.ts';
import { makeWork } from './work.ts';

const work = makeWork(5, 2);
const [plain, bare] = ['c001', 'c002'];

/** What a run without any fault leaves. */
function clean(): Findings {
  const ids = work.revisions.map(({ id }) => id);
  const pid = 7;
  const entriesOf = (revision: string): Findings['journal'] => {
    const progress = Array.from({ length: work.bare.get(revision) ?? 0 }, (_, done) => ({
      revision,
      event: 'progress',
      statement: done + 1,
      backend_pid: pid,
    }));
    const start = { revision, event: 'start', statement: 0, backend_pid: pid };
    const up = { revision, event: 'up', statement: null, backend_pid: pid };
    return progress.length === 0 ? [up] : [start, ...progress, up];
  };
  return {
    seen: ids.map((revision) => ({ revision, count: 1 })),
    counted: work.counted,
    indexes: work.indexes.map((name) => ({ name, schema: 'public', valid: true })),
    journal: [{ revision: null, event: 'header' }, ...ids.flatMap(entriesOf)],
    applied: ids.map((revision) => ({ revision, event: 'up' })),
    unfinished: [],
    inherits: [{ part: 'part_1' }, { part: 'part_2' }],
  };
}

const attempt: Attempt = { runner: 1, status: 0, signal: null, stdout: '', stderr: '', milliseconds: 1, waited: 0 };

test('the verdict finds nothing where all is as it must be', () => {
  assert.equal(judge(clean(), [attempt], work), []);
});

test('the verdict names what ran twice, an index too many, too few or INVALID, and a leftover', () => {
  const { seen, indexes, ...rest } = clean();
  const twice = seen.map((row) => (row.revision === plain ? { ...row, count: 2 } : row));
  const odd = [
    ...indexes.slice(1),
    { name: 'big_b_idx1', schema: 'public', valid: true },
    { name: 'pg_toast_1_index_ccnew', schema: 'pg_toast', valid: false },
  ];
  assert.equal(judge({ ...rest, seen: twice, indexes: odd }, [], work), [
    'revision c001 ran 2 times',
    'INVALID indexes: pg_toast.pg_toast_1_index_ccnew',
    'indexes too many: big_b_idx1',
    `indexes missing: ${indexes[0]!.name}`,
    'a leftover of REINDEX CONCURRENTLY: pg_toast.pg_toast_1_index_ccnew',
  ]);
});

test('the verdict names a statement recorded twice, by somebody else, or not at all', () => {
  const { journal, ...rest } = clean();
  const second = { revision: bare, event: 'progress', statement: 2, backend_pid: 7 };
  const at = journal.findIndex(({ revision, statement }) => revision === bare && statement === 2);
  assert.equal(judge({ ...rest, journal: journal.toSpliced(at, 0, second) }, [], work), [
    'progress of c002: 2 comes after 2',
    'c002 was recorded as done after 3 of 2 statements',
  ]);
  assert.equal(judge({ ...rest, journal: journal.toSpliced(at, 1) }, [], work), [
    'c002 was recorded as done after 1 of 2 statements',
  ]);
  assert.equal(judge({ ...rest, journal: journal.toSpliced(at, 1, { ...second, backend_pid: 8 }) }, [], work), [
    'progress 2 of c002 is by pid 8, its start by 7',
  ]);
});

test('the verdict takes no end of a runner but those that are documented, and no stack trace', () => {
  const end = (change: Partial<Attempt>): number => judge(clean(), [{ ...attempt, ...change }], work).length;
  assert.is(end({ status: 1, stderr: 'error (connection): lost\n' }), 0);
  assert.is(end({ status: null, signal: 'SIGKILL' }), 0);
  assert.is(end({ status: 1, stderr: 'error (internal): a fault\n' }), 1);
  assert.is(end({ status: 4, stderr: 'error (unfinished): a step\n' }), 1);
  assert.is(end({ status: 13 }), 1);
  assert.is(end({ status: null, signal: 'SIGSEGV' }), 1);
  assert.is(end({ stderr: 'TypeError: x\n    at f (file.js:1:2)\n' }), 1);
});

test('the same seed gives the same faults', () => {
  const first = (seed: number): readonly Fault[] => {
    const faults = scheduleFaults(seed, allKinds);
    return Array.from({ length: 200 }, () => faults.next().value);
  };
  assert.equal(first(3), first(3));
  assert.not.equal(first(3), first(4));
  assert.equal([...new Set(first(3).map(({ kind }) => kind))].sort(), Object.keys(allKinds).sort());
});

test.run();
