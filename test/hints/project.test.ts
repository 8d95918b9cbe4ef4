import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Desk, withDesk } from './desk.ts';
import { hintsOf, isSaid } from './scan.ts';

const three = [{ id: 'a1' }, { id: 'b1', labels: ['left'] }, { id: 'c1', parents: ['a1'], dependsOn: ['b1'] }];

interface Fault {
  /** As test/hints/table.txt has it. */
  readonly says: string;
  /** The line of the revision c1, or the text of updown.json. */
  readonly spoilt: string;
  /** Edited as the hint says. */
  readonly mended: string | ((hint: string) => string);
}

const line = (fields: object) =>
  JSON.stringify({ id: 'c1', parents: ['a1'], folder: 'FOLDER', message: 'add c1', ...fields });
const good = line({ depends_on: ['b1'] });

const inManifest: readonly Fault[] = [
  {
    says: 'Remove one of the two lines, or give one of them a new id. Where git has kept the lines of both sides: updown merge',
    spoilt: line({ id: 'b1' }),
    mended: good,
  },
  {
    says: 'Give one of them an id that differs in more than case or accents.',
    spoilt: line({ id: 'B1' }),
    mended: line({ id: 'b2' }),
  },
  { says: 'Give the revision another id.', spoilt: line({ id: 'head' }), mended: good },
  { says: 'Use 1 to 64 letters, digits, "_" and "-".', spoilt: line({ id: 'c 1' }), mended: line({ id: 'c_1' }) },
  {
    says: 'It has a meaning of its own in targets: choose another.',
    spoilt: line({ labels: ['heads'] }),
    mended: line({ labels: ['right'] }),
  },
  {
    says: 'Only one revision may have a label, and no id may be equal to it.',
    spoilt: line({ labels: ['left'] }),
    mended: line({ labels: ['right'] }),
  },
  {
    says: 'Restore "…", or give "…" another parent.',
    spoilt: line({ parents: ['z9'] }),
    mended: line({ parents: ['a1'] }),
  },
  { says: 'Restore "…", or take it out of depends_on.', spoilt: line({ depends_on: ['z9'] }), mended: line({}) },
  { says: 'One of them needs another parent.', spoilt: line({ parents: ['c1'] }), mended: line({ parents: ['a1'] }) },
  { says: 'Take one of them out of depends_on.', spoilt: line({ parents: [], depends_on: ['c1'] }), mended: line({}) },
  {
    says: 'A folder is one plain name inside the migrations folder.',
    spoilt: line({ folder: '../elsewhere' }),
    mended: good,
  },
  { says: 'Each revision has its own folder.', spoilt: line({ folder: 'OTHER' }), mended: good },
  {
    says: 'Restore the folder from git, or take the line out if the revision was never applied anywhere.',
    spoilt: `${good}\n${line({ id: 'd1', folder: 'nowhere' })}`,
    mended: good,
  },
  { says: 'A revision is {"id":"…","parents":[…],"folder":"…","message":"…"}.', spoilt: '["c1"]', mended: good },
  {
    says: 'A revision is {"id":"…","parents":[…],"folder":"…","message":"…"}.',
    spoilt: line({ id: undefined }),
    mended: good,
  },
  { says: 'Name the folder that holds its up.sql and down.sql.', spoilt: line({ folder: undefined }), mended: good },
  { says: 'Write it in quotes.', spoilt: line({ message: 1 }), mended: line({ message: '1' }) },
  {
    says: 'Name the revisions it follows, or write [] for a base.',
    spoilt: line({ parents: undefined }),
    mended: line({ parents: [] }),
  },
  {
    says: 'Write "…":["…"].',
    spoilt: line({ parents: 'a1' }),
    mended: (hint) => line({ ...JSON.parse(`{${/Write (.*)\.$/.exec(hint)?.[1]?.replace('…', 'a1')}}`) }),
  },
  { says: 'Remove the second one.', spoilt: line({ labels: ['right', 'right'] }), mended: line({ labels: ['right'] }) },
  { says: 'Remove one of the two.', spoilt: good.replace('{', '{"id":"c1",'), mended: good },
  {
    says: 'Run `updown check`: it shows both sides, and the commands that settle them, `updown merge` and `updown rebase`.',
    spoilt: `<<<<<<< HEAD\n${good}\n=======\n>>>>>>> theirs`,
    mended: good,
  },
  { says: 'Remove it: the manifest holds one JSON object a line.', spoilt: `\n${good}`, mended: good },
  {
    says: 'Restore it from git, or correct it: one JSON object a line.',
    spoilt: good.replace('"c1",', '"c1"'),
    mended: good,
  },
];

const inConfig: readonly Fault[] = [
  {
    says: 'Mind quotes and commas; comments are not allowed.',
    spoilt: '{ // here\n "dir": "migrations", }',
    mended: '{ "dir": "migrations" }',
  },
  { says: 'For example { "dir": "migrations" }.', spoilt: '[]', mended: (hint) => /\{.*\}/.exec(hint)?.[0] ?? '' },
  {
    says: 'Choose another name.',
    spoilt: '{ "ledger": { "schema": "pg_updown" } }',
    mended: '{ "ledger": { "schema": "updown" } }',
  },
  {
    says: 'Write "5s", "500ms" or "10min"; "0" means no limit.',
    spoilt: '{ "lockTimeout": "soon" }',
    mended: (hint) => `{ "lockTimeout": ${/"\w+"/.exec(hint)?.[0]} }`,
  },
  {
    says: 'Write "…": { … }, with what is to be set in it.',
    spoilt: '{ "settings": [] }',
    mended: '{ "settings": { "work_mem": "8MB" } }',
  },
  { says: 'Write a string in quotes, or leave the key out.', spoilt: '{ "dir": 1 }', mended: '{}' },
  {
    says: 'Write its value in quotes, as after the "=" of SET.',
    spoilt: '{ "settings": { "work_mem": ["8MB"] } }',
    mended: '{ "settings": { "work_mem": "8MB" } }',
  },
  {
    says: 'updown sets this one itself, or every step needs it as it is; a file may SET LOCAL it for its own SQL.',
    spoilt: '{ "settings": { "array_nulls": "off" } }',
    mended: '{}',
  },
  {
    says: 'Name a server setting, such as "search_path" or "app.tenant".',
    spoilt: '{ "settings": { "work mem": "8MB" } }',
    mended: '{ "settings": { "work_mem": "8MB" } }',
  },
  {
    says: 'Take it out of "…": nobody could review the name.',
    spoilt: '{ "settings": { "search_path": "public\u200b" } }',
    mended: '{ "settings": { "search_path": "public" } }',
  },
  {
    says: 'Write it as in SET search_path: app, public',
    spoilt: '{ "settings": { "search_path": "app public" } }',
    mended: (hint) => `{ "settings": { "search_path": "${/search_path: (.*)$/.exec(hint)?.[1]}" } }`,
  },
];

async function refused(desk: Desk, command: string, says: string): Promise<string> {
  const { stdout, stderr } = await desk.run(`${command} --json`);
  const hint: string = JSON.parse(stdout || '{}').error?.hint ?? '';
  assert.ok(isSaid(hint, says), `${hint}\n${stdout}${stderr}`);
  return hint;
}

for (const { says, spoilt, mended } of inManifest) {
  test(`a line of the manifest is mended as its hint says: ${says}`, () =>
    withDesk(three, async (desk) => {
      const file = join(desk.folder, 'migrations/manifest.jsonl');
      const [head, first, second] = (await readFile(file, 'utf8')).split('\n');
      const folderOf = async (id: string) => JSON.parse((await desk.does(`show ${id} --json`)).stdout).folder;
      const [own, other] = [await folderOf('c1'), await folderOf('b1')];
      const write = (text: string) =>
        writeFile(
          file,
          `${[head, first, second, text.replaceAll('FOLDER', own).replaceAll('OTHER', other)].join('\n')}\n`,
        );
      await write(spoilt);
      const hint = await refused(desk, 'upgrade heads', says);
      await write(typeof mended === 'string' ? mended : mended(hint));
      await desk.does('upgrade heads');
    }));
}

for (const { says, spoilt, mended } of inConfig) {
  test(`updown.json is mended as its hint says: ${says}`, () =>
    withDesk(three, async (desk) => {
      await desk.database.query('CREATE SCHEMA app');
      await desk.put('updown.json', spoilt);
      const hint = await refused(desk, 'upgrade heads', says);
      await desk.put('updown.json', typeof mended === 'string' ? mended : mended(hint));
      await desk.does('upgrade heads');
    }));
}

test('there is a case for every hint of the sections', () => {
  for (const [title, faults] of [
    ['a line of the manifest is mended as its hint says', inManifest],
    ['updown.json is mended as its hint says', inConfig],
  ] as const)
    assert.equal(
      hintsOf(`hints/project.test.ts: ${title}`).filter((hint) => !faults.some(({ says }) => says === hint)),
      [],
    );
});

test('where a project starts: init, another folder, a path, a revision of another name', () =>
  withDesk([{ id: 'a1' }, { id: 'b1' }], async (desk) => {
    await refused(desk, 'init', 'Nothing was changed. Add to it with: updown revision -m "…"');
    await desk.does('revision -m "more" --rev-id c1');
    await desk.write('b1', 'SELECT 1;\n');
    await desk.put('full/other/up.sql', 'x');
    const named =
      "Name another folder: updown init <dir>. To take over another tool's history: updown import <tool> <folder> --dir <new folder>";
    await refused(desk, 'init full', named);
    await desk.does('init empty');
    await desk.put('updown.json', '{}');
    await desk.put('plain', 'x');
    await refused(desk, 'init plain', 'Name a folder: updown init <dir>.');
    await refused(
      desk,
      'history --dir nowhere',
      'Run `updown init` to start a project here, or say where one is: --dir <folder>.',
    );
    await desk.does('history --dir migrations');
    await refused(desk, 'history --config nowhere.json', 'Check the path after --config.');
    await desk.put('old/1_first.up.sql', 'SELECT 1;\n');
    await refused(
      desk,
      'import golang-migrate old',
      'Nothing was changed. Import into a separate folder: --dir <new folder>.',
    );
    await desk.does('import golang-migrate old --dir taken');
    await refused(desk, 'revision -m x --rev-id 123', 'It reads as a number: add a letter.');
    await desk.does('revision -m x --rev-id 123a --parent c1');
    await refused(
      desk,
      'revision -m x --rev-id a.b',
      'Use 1 to 64 letters, digits, "_" and "-", not starting with "-".',
    );
    await desk.does('revision -m x --rev-id a_b --parent 123a');
    await mkdir(join(desk.folder, 'migrations/20250101_0009_lost_lost'));
    await refused(desk, 'history', 'A merge may have lost the line: restore it from git, or remove the folder.');
    await rm(join(desk.folder, 'migrations/20250101_0009_lost_lost'), { recursive: true });
    await desk.does('history');
  }));

test('what is merged is named once, and what stands on another one left out', () =>
  withDesk([{ id: 'a1' }, { id: 'b1', parents: ['a1'] }, { id: 'c1', parents: ['a1'] }], async (desk) => {
    await refused(desk, 'merge b1 b1 -m both', 'Name each revision to merge once.');
    await refused(desk, 'merge a1 b1 c1 -m both --splice', 'Leave "…" out.');
    await desk.does('merge b1 c1 -m both');
  }));

test.run();
