import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TestRevision } from '../support/project.ts';
import { type Desk, withDesk } from './desk.ts';
import { hintsOf, isSaid } from './scan.ts';

const line = [{ id: 'a1' }, { id: 'b1' }, { id: 'c1' }];
const fork = [
  { id: 'a1' },
  { id: 'b1', parents: ['a1'], labels: ['left'] },
  { id: 'c1', parents: ['a1'], labels: ['right'] },
];
const alike = [{ id: 'abc' }, { id: 'abd' }, { id: 'abc-1', parents: ['abd'] }];

interface Word {
  /** As test/hints/table.txt has it. */
  readonly says: string;
  readonly wrong: string;
  /** Written as the hint says; where that gives the words, taken out of it. */
  readonly right: string | ((hint: string) => string);
  readonly files?: readonly TestRevision[];
  readonly before?: (desk: Desk) => Promise<unknown>;
}

/** What the hint puts in quotes, the nth. */
const quoted =
  (command: string, nth = 0) =>
  (hint: string) =>
    command.replace('%', [...hint.matchAll(/"([^"]+)"/g)][nth]?.[1] ?? '?');

const words: readonly Word[] = [
  {
    says: 'Leave one of them out.',
    wrong: 'upgrade --sql --from a1 --from-database',
    right: 'upgrade --sql --from-database',
  },
  { says: 'Leave one of them out.', wrong: 'upgrade --sql --bootstrap --annotate', right: 'upgrade --sql --bootstrap' },
  { says: 'Leave one of them out.', wrong: 'upgrade a1:b1 --sql --from a1', right: 'upgrade b1 --sql --from a1' },
  {
    says: 'Write --fail-on error, or --fail-on warning.',
    wrong: 'review base:a1 --fail-on info',
    right: 'review base:a1 --fail-on error',
  },
  {
    says: 'Say what it does: updown revision -m "add orders.status"',
    wrong: 'revision',
    right: (hint) => /updown (.*)$/.exec(hint)?.[1] ?? '',
  },
  {
    says: 'Say what it does: -m "add orders.status"',
    wrong: 'revision -m " "',
    right: (hint) => `revision ${/(-m .*)$/.exec(hint)?.[1]}`,
  },
  {
    says: 'Known: script verify <file>.',
    wrong: 'script check up.sql',
    right: (hint) => /script verify <file>/.exec(hint)?.[0].replace('<file>', 'up.sql') ?? '',
    before: (desk) => desk.does('upgrade --sql --output up.sql'),
  },
  {
    says: 'Name a file or folder that --output has written.',
    wrong: 'script verify nowhere.sql',
    right: 'script verify up.sql',
    before: (desk) => desk.does('upgrade --sql --output up.sql'),
  },
  { says: 'Run: updown …--help', wrong: 'upgrade a1 b1', right: (hint) => /updown (.*)$/.exec(hint)?.[1] ?? '' },
  {
    says: 'Write it after the command: updown <command> …',
    wrong: '--wait 5 upgrade',
    right: 'upgrade --wait 5',
  },
  {
    says: 'It is an option of …. Those of this command: updown … --help',
    wrong: 'upgrade --splice',
    right: (hint) => /updown (.*)$/.exec(hint)?.[1] ?? '',
  },
  { says: 'Run: updown …--help', wrong: 'stamp', right: (hint) => /updown (.*)$/.exec(hint)?.[1] ?? '' },
  {
    says: 'Name what --output or `updown plan --json` has written, or a digest.',
    wrong: 'upgrade --expect up.sql',
    right: 'upgrade --expect up.sql',
    before: async () => {},
  },
  {
    says: 'Name a file that `updown upgrade --sql` or `updown plan --json` has written, or a digest of 64 digits.',
    wrong: 'upgrade --expect updown.json',
    right: 'upgrade --expect up.sql',
    before: (desk) => desk.put('updown.json', '{}'),
  },
  {
    says: 'It is the same for every plan of a version: emit it again, with the options that it was made with, and compare the two.',
    wrong: 'script verify ledger.sql',
    right: 'upgrade --sql --bootstrap --output again.sql',
    before: (desk) => desk.does('upgrade --sql --bootstrap --output ledger.sql'),
  },
  {
    says: 'Write `…` as the target, without `--from`.',
    wrong: 'upgrade --sql --from a1:b1',
    right: (hint) => `upgrade ${/`(\w+:\w+)`/.exec(hint)?.[1]} --sql`,
  },
  { says: 'Leave "…" out.', wrong: 'upgrade a1 --sql --bootstrap', right: 'upgrade --sql --bootstrap' },
  {
    says: 'Type the name again, without that character.',
    wrong: 'upgrade --sql --bootstrap --grant-to a\u200bpp',
    right: 'upgrade --sql --bootstrap --grant-to app',
  },
  { says: 'Name one: an id, a label, or head.', wrong: 'show base', right: 'show head' },
  { says: 'Name one of them.', wrong: 'show heads', right: 'show b1', files: fork },
  { says: 'Stamp with one of them, then with the other.', wrong: 'stamp a1 --only --forget', right: 'stamp --only a1' },
  { says: 'Type more of it.', wrong: 'show abcd', right: 'show abcd1', files: [{ id: 'abcd1' }, { id: 'abcd2' }] },
  {
    says: 'Name the revision: an id, a label, "head", "heads" or "base".',
    wrong: 'upgrade --sql --from -1',
    right: 'upgrade --sql --from a1',
  },
  {
    says: 'Leave "…@" out, or name a revision above or below "…".',
    wrong: 'upgrade left@c1',
    right: 'upgrade c1',
    files: fork,
  },
  {
    says: 'Name one: ….……',
    wrong: 'upgrade',
    right: (hint) => `upgrade ${/Name one: (\S+)/.exec(hint)?.[1]?.replace(/[",.]/g, '')}`,
    files: fork,
  },
  {
    says: 'Name one: ….……',
    wrong: 'upgrade',
    right: (hint) => /To join them: updown (.*)$/.exec(hint)?.[1] ?? '',
    files: fork,
  },
  { says: 'Name the revision itself.', wrong: 'upgrade +2', right: 'upgrade b1', files: fork },
  {
    says: 'Say which: …, or name the revision to go to.',
    wrong: 'upgrade +1',
    right: (hint) => `upgrade ${/Say which: ([^, ]+)/.exec(hint)?.[1]?.replace(/"/g, '')}`,
    files: [...fork, { id: 'd1', parents: ['b1'] }, { id: 'e1', parents: ['c1'] }],
    before: async (desk) => [await desk.does('upgrade b1'), await desk.does('upgrade c1')],
  },
  { says: 'Ask for one step or more.', wrong: 'upgrade +0', right: 'upgrade +1' },
  { says: 'Write ….', wrong: 'upgrade left@', right: quoted('upgrade %'), files: fork },
  {
    says: 'Write ….',
    wrong: 'upgrade @head',
    right: (hint) => quoted('upgrade %')(hint).replace('<branch>', 'left'),
    files: fork,
  },
  {
    says: 'For the revision, write its folder: "…".…',
    wrong: 'upgrade abc-1',
    right: quoted('upgrade %'),
    files: alike,
  },
  { says: ' For the step: "……".', wrong: 'upgrade abc-1', right: 'upgrade abd', files: alike },
  { says: 'Write <from>:<to>, <from>: or :<to>.', wrong: 'history a1:b1:c1', right: 'history a1:b1' },
  { says: 'Write <revision>+N, or -N to count down from the heads.', wrong: 'history +1:', right: 'history a1+1:' },
  {
    says: 'A range goes up along one branch: the older end comes first.',
    wrong: 'history c1:a1',
    right: 'history a1:c1',
  },
  {
    says: 'Stamp with one start, or make a script for each.',
    wrong: 'stamp a1:b1 base:c1 --sql',
    right: 'stamp a1:b1 --sql',
    files: fork,
  },
  { says: 'Write <from>:<to>, both of them.', wrong: 'upgrade a1: --sql', right: 'upgrade a1:c1 --sql' },
];

for (const [number, { says, wrong, right, files = line, before }] of words.entries()) {
  test(`what a hint says to write on the command line is accepted (${number}): ${wrong}`, () =>
    withDesk(files, async (desk) => {
      await before?.(desk);
      const { stdout, stderr, status } = await desk.run(`${wrong} --json`);
      const hint: string = JSON.parse(stdout || '{}').error?.hint ?? '';
      assert.ok(isSaid(hint, says.trim()), `${status} ${hint}\n${stdout}${stderr}`);
      if (wrong.includes('--expect')) await desk.does('upgrade --sql --from-database --output up.sql');
      await desk.does(typeof right === 'string' ? right : right(hint));
    }));
}

test('there is a case for every hint of the section', () => {
  const told = hintsOf('hints/words.test.ts: what a hint says to write on the command line is accepted');
  assert.equal(
    told.filter((hint) => !words.some(({ says }) => says.trim() === hint.trim())),
    [],
  );
});

test.run();
