import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Block, dueOf, type OutsideStatement, partsOf } from '../../lib/script/block.ts';

const block = (text: string): Block => ({ kind: 'statement', text });
const [own, again, record, repair, probe] = ['own', 'again', 'record', 'repair', 'probe'].map(block) as [
  Block,
  Block,
  Block,
  Block,
  Block,
];
const alone: OutsideStatement = { kind: 'alone', number: 2, takeOver: '', block: own, repair, probe, record };
const setting: OutsideStatement = { kind: 'setting', number: 2, takeOver: '', block: own, record };

test('a statement that no run has begun is sent and recorded, and nothing is looked for', () => {
  assert.equal(dueOf(alone, -1), { looks: {}, own, behind: [record] });
  assert.equal(dueOf({ kind: 'recorded', number: 2, takeOver: '', block: own }, -1), { looks: {}, own, behind: [] });
});

test('of a step that goes on, what is not recorded is looked for first', () => {
  for (const recorded of [0, 1])
    assert.equal(dueOf(alone, recorded), { looks: { repair, probe }, own, behind: [record] });
});

test('what is recorded is not sent again', () => {
  assert.equal(dueOf(alone, 2), { looks: {}, own: undefined, behind: [] });
  assert.equal(dueOf({ kind: 'recorded', number: 2, takeOver: '', block: own }, 2), {
    looks: {},
    own: undefined,
    behind: [],
  });
});

test('a setting is said again until the statement that takes its place is recorded', () => {
  assert.equal(dueOf(setting, 1), { looks: {}, own, behind: [record] });
  assert.equal(dueOf(setting, 5), { looks: {}, own, behind: [] });
  assert.equal(dueOf({ ...setting, until: 5 }, 4), { looks: {}, own, behind: [] });
  assert.equal(dueOf({ ...setting, until: 5 }, 5), { looks: {}, own: undefined, behind: [] });
});

test('behind a RESET ALL the settings of the step are said again, whatever is recorded', () => {
  assert.equal(dueOf({ ...alone, again }, -1).behind, [again, record]);
  assert.equal(dueOf({ ...alone, again }, 2).behind, [again]);
});

test('F56: a block is taken in parts without being put together: a file of many megabytes would be there twice', () => {
  const block: Block = {
    kind: 'transaction',
    parts: ['BEGIN;', 'a file', 'COMMIT;'],
    get text(): string {
      throw new Error('it is put together');
    },
  };
  assert.equal(partsOf(block), ['BEGIN;', 'a file', 'COMMIT;']);
  assert.equal(partsOf({ kind: 'settings', text: 'SET a = 1;' }), ['SET a = 1;']);
});

test.run();
