import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { rules } from '../../lib/review/rules/all.ts';
import type { Scratch } from '../../lib/review/scratch.ts';
import { sample } from '../support/sample.ts';
import { serverUrl } from '../support/server.ts';
import { type Case, cases, fixture } from './advice-cases.ts';
import { check, judged, readRevisions } from './advice-follow.ts';
import { measureAside, withBench } from './bench.ts';
import { examples } from './examples.ts';
import { schema } from './fixture.ts';
import { only } from './only.ts';

/** Work that others wait for: no part of a safe way may do any. */
const work =
  /scan|build|rewrit|validated|recheck|volatile|counted|generated|domain-column|not-concurrent|on-partitioned|logged|work|vacuum|reads|same-transaction/;
const harmful = new Set(rules.filter(({ id, severity }) => severity === 'error' && work.test(id)).map(({ id }) => id));

async function checkAll(scratch: Scratch, all: readonly Case[] = cases): Promise<void> {
  const wrong: string[] = [];
  for (const one of all.filter(({ rule }) => only === undefined || rule === only)) {
    await check(scratch, fixture, one, harmful).catch(async ({ message, actual }) => {
      wrong.push(`${one.rule}: ${one.sql}: ${message}\n${actual}`);
      await scratch.session.send('ROLLBACK');
    });
  }
  assert.equal(wrong, []);
}

test('the safe way of each rule, run as it is written, leaves what the statement would leave', () =>
  withBench([], 'newest', (scratch) => checkAll(scratch, only ? cases : sample(cases, 2))));

test('and so on a PostgreSQL 15', async () =>
  withBench([], { url: await serverUrl() }, (scratch) => checkAll(scratch, only ? cases : sample(cases, 4, 1))));

/** Advice with SQL that no case can run as it stands, and why. */
const unrun: Readonly<Record<string, string>> = {
  'backfill-at-once': 'its batches have bounds to be filled in: advice-rows.test.ts fills them in',
  'backfill-with-ddl': 'the same',
  'combine-alters': 'its statement is what is found: that it does the same is tested below',
  'vacuum-full': 'it leaves the rows as they are, and what it leaves out is the copy',
  'enum-created': 'another thing than what was made: a table of values',
  'constrained-domain-created': 'the same: a domain that asks less',
  'enum-value-too-early': 'the statement itself, later',
};

test('no rule has SQL in its advice that is not run here', () =>
  withBench([schema, examples], 'in process', async (scratch) => {
    const run = new Set(cases.map(({ rule }) => rule));
    const missed: string[] = [];
    const all = rules.filter(({ id }) => only === undefined || id === only);
    for (const { id, sql } of all.flatMap((rule) => rule.found.map((sql) => ({ id: rule.id, sql })))) {
      const isBare = sql.includes('no-transaction');
      if (run.has(id) || id in unrun || isBare) continue;
      const found = judged(await measureAside(scratch, sql)).filter(({ rule }) => rule === id);
      if (found.some(({ advice }) => readRevisions(advice).length > 0)) missed.push(id);
    }
    assert.equal(missed, []);
  }));

test.run();
