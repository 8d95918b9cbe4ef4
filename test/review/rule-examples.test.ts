import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findDrift } from '../../lib/review/drift.ts';
import { judge } from '../../lib/review/judge.ts';
import { measure } from '../../lib/review/measure.ts';
import type { MeasuredStep } from '../../lib/review/measured.ts';
import { findingsOf, type Production } from '../../lib/review/review.ts';
import { rules } from '../../lib/review/rules/all.ts';
import type { Given, Rule } from '../../lib/review/rules/rule.ts';
import type { Scratch } from '../../lib/review/scratch.ts';
import { relationsNamed } from '../../lib/review/snapshot.ts';
import { createSnapshotTaker } from '../../lib/review/snapshots.ts';
import { measureStepAside, toPiece } from './bench.ts';
import { examples, forgetExamples } from './examples.ts';
import { schema } from './fixture.ts';
import { only } from './only.ts';
import { shareBench } from './shared-bench.ts';

const open = shareBench([schema, examples], 'newest');

test('there is a rule to test', () => assert.ok(only === undefined || rules.some(({ id }) => id === only), only));

for (const rule of rules.filter(({ id }) => only === undefined || id === only)) {
  test(`${rule.id} finds what its file says, and lets be what it says`, () => tryExamples(open(), rule));
}

async function tryExamples(scratch: Scratch, { id, given, found, letBe, title, why }: Rule): Promise<void> {
  assert.not.match([title, why, ...found, ...letBe].join('\n'), 'TODO');
  for (const text of found) {
    const rulesHit = await judgeExample(scratch, id, text, given);
    assert.ok(rulesHit.includes(id), `not found, but: ${rulesHit}: ${text}`);
  }
  for (const text of letBe) {
    const rulesHit = await judgeExample(scratch, id, text, given);
    assert.not.ok(rulesHit.includes(id), `found: ${text}`);
    assert.ok(id === 'fails' || !rulesHit.includes('fails'), `it fails: ${text}`);
  }
}

async function judgeExample(scratch: Scratch, id: string, text: string, given: Given = {}): Promise<readonly string[]> {
  const isBare = text.includes('no-transaction');
  if (given.sql !== undefined) await scratch.session.send(given.sql);
  const measured = isBare ? await measureBare(scratch, text) : await measureStepAside(scratch, text);
  const { lockTimeout = '5s' } = toPiece('x', text).inspected.source.directives;
  const step = { ...measured, id, lockTimeout };
  const production = await findProduction(scratch, step, given);
  if (isBare || given.sql !== undefined) await scratch.session.send(`${forgetExamples}${schema}${examples}`);
  return findingsOf(judge({ scratch: '', steps: [step] }, production))
    .filter(({ allowed }) => allowed === undefined)
    .map(({ rule }) => rule);
}

/** What it does stays. */
async function measureBare(scratch: Scratch, text: string): Promise<MeasuredStep> {
  const { steps } = await measure(scratch, {
    history: [],
    plan: [toPiece('x', text)],
    pins: new Map([['search_path', 'public']]),
    emit: () => {},
    signal: undefined,
  });
  return steps[0]!;
}

async function findProduction(
  scratch: Scratch,
  step: MeasuredStep,
  { version, changedByHand }: Given,
): Promise<Production | undefined> {
  const none = { database: '', relations: new Map() };
  if (!changedByHand) return version === undefined ? undefined : { ...none, version };
  const start = await createSnapshotTaker(scratch).outside();
  const [orders] = relationsNamed({ name: 'orders' }, start);
  const [, first] = [...start.columns.values()].filter(({ relation }) => relation === orders!.oid);
  const there = { ...start, columns: new Map([...start.columns, ['by hand', { ...first!, name: 'by_hand' }]]) };
  const view = { on: 'column public.orders.note', object: undefined, words: 'view by_hand', isConstraint: false };
  return {
    ...none,
    version: version ?? '18.0',
    drift: findDrift({ steps: [step], start, there, dependents: [view] }),
  };
}

test.run();
