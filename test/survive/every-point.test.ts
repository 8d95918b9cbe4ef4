import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { downgrade, UpdownError, upgrade } from '../../lib/index.ts';
import { updown } from '../support/cli.ts';
import { withDatabase } from '../support/database.ts';
import { withProxy } from '../support/proxy.ts';
import { needsPgDump } from '../support/run.ts';
import { sample } from '../support/sample.ts';
import { atEvery, cutAt } from './point.ts';
import {
  assertJournal,
  type Course,
  type Entry,
  enumerate,
  finish,
  ids,
  named,
  type Op,
  picture,
  readEntries,
  withSite,
} from './trip.ts';

const courses: readonly Course[] = [
  { op: 'up', moves: ids, prepare: async () => {}, run: (site, url) => upgrade({ ...site, url }) },
  {
    op: 'down',
    moves: ids.toReversed(),
    prepare: (site, url) => upgrade({ ...site, url }),
    run: (site, url) => downgrade({ ...site, url, target: 'base' }),
  },
];

for (const course of courses) {
  needsPgDump(test, `F2, F3: ${course.op}, cut before and after every message, is finished by a second run`, () =>
    withSite(async (site) => {
      const points = await enumerate(site, course);
      assert.ok(points.length > 120, `${points.length} points`);
      const end = await finish(site, course);
      await atEvery(sample(points, 5), async (point, database) => {
        await course.prepare(site, named(database.url, 'before'));
        let told: unknown;
        await cutAt(named(database.url, 'first'), point, async (url) => {
          told = await course.run(site, url).catch((error: unknown) => error);
        });
        await course.run(site, named(database.url, 'second'));
        assert.is(await picture(database), end.picture);
        if (point.at === 'message') assert.is(await database.dump(), end.dump);
        assertJournal(await readEntries(database), course);
        assertTruth(told, await readEntries(database), course);
      });
    }),
  );
}

const places: readonly { readonly cut: string; readonly at: RegExp; readonly says: RegExp }[] = [
  { cut: 'the making of the ledger', at: /CREATE SCHEMA/, says: /the ledger was (not )?made, and no revision was run/ },
  { cut: 'a revision', at: /UPDATE t SET k = k \+ 1/, says: /b1 is (not )?applied/ },
  { cut: 'the start outside a transaction', at: /CALL updown\.start\(/, says: /c1 is not (applied|finished)/ },
  {
    cut: 'a build',
    at: /^CREATE INDEX CONCURRENTLY t_s/m,
    says: /c1 is not finished, with 0 of its statements recorded/,
  },
  {
    cut: 'the record of a build',
    at: /\.progress\('up', 'c1', 0/,
    says: /c1 is not finished, with [01] of its statements/,
  },
];
for (const { cut, at, says } of places) {
  for (const verdict of ['drop', 'last'] as const) {
    test(`F3: the command line, cut at ${cut} (${verdict}), says what stands, exits 1, and goes on when it is run again`, () =>
      withSite((site) =>
        withDatabase(async (database) => {
          const upgradeThrough = (url: string) => updown(['upgrade', '--url', url], site);
          const hooks = { onQuery: ({ text }: { text: string }) => (at.test(text) ? verdict : 'pass') };
          await withProxy(database.url, hooks, async ({ url }) => {
            const { status, stderr } = await upgradeThrough(url);
            assert.is(status, 1, stderr);
            assert.match(stderr, says);
            assert.match(stderr, 'The connection was lost');
            assert.match(stderr, 'Run the command again');
          });
          const { status, stderr } = await upgradeThrough(named(database.url, 'second'));
          assert.is(status, 0, stderr);
          assertJournal(await readEntries(database), courses[0]!);
        }),
      ));
  }
}

/** What the run that was cut said of itself, against what its entries say. */
function assertTruth(told: unknown, entries: readonly Entry[], { op, moves }: Course): void {
  const mine = (id: string) => entries.filter(({ revision, by }) => revision === id && by === 'first');
  const done = moves.filter((id) => mine(id).some(({ event }) => event === op));
  if (!(told instanceof Error)) {
    assert.equal(done, moves, 'it said it was done');
    return;
  }
  assert.instance(told, UpdownError, told.stack);
  const { code, exitStatus, message, notes, hint } = told as UpdownError;
  assert.equal([code, exitStatus], ['connection', 1], message);
  assert.ok(hint);
  if (/^Cannot connect|^The connection was lost while the ledger was read/.test(message)) {
    assert.equal(done, [], message);
    return;
  }
  assertClaim(notes.find((note) => note.startsWith('ledger: ')) ?? 'nothing about the ledger', mine, op);
}

function assertClaim(claim: string, mine: (id: string) => readonly Entry[], op: Op): void {
  const [, id = '', words = ''] = /^ledger: (\S+) is (.*)$/.exec(claim) ?? [];
  const own = mine(id);
  const isDone = own.some(({ event }) => event === op);
  const recorded = own.filter(({ event }) => event === 'progress').length;
  if (words === 'applied') assert.is(isDone, op === 'up', claim);
  else if (words.startsWith('not applied')) assert.is(isDone, op === 'down', claim);
  else if (words.startsWith('not finished'))
    assert.is(words, `not finished, with ${recorded} of its statements recorded`, claim);
  else if (!words.startsWith('still running on pid'))
    assert.match(claim, /^ledger: the ledger was (not )?made, and no revision was run$/);
}

test.run();
