import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { rebase } from '../../lib/index.ts';
import type { TestRevision } from '../support/project.ts';
import { type Files, withFiles } from './files.ts';
import { withWorld } from './vocabulary.ts';

interface Document {
  readonly moved: readonly string[];
  readonly onto: string;
  readonly from: readonly string[];
  readonly heads: readonly string[];
  readonly database: string | null;
  readonly renamed: readonly { readonly id: string; readonly from: string; readonly to: string }[];
}

/** m1 is another's; f1 and f2 are a branch. */
const forked: readonly TestRevision[] = [
  { id: 'a1' },
  { id: 'f1', parents: ['a1'] },
  { id: 'f2', parents: ['f1'] },
  { id: 'm1', parents: ['a1'] },
];

async function parentsIn({ manifest }: Pick<Files, 'manifest'>): Promise<Readonly<Record<string, readonly string[]>>> {
  const lines = (await manifest()).trim().split('\n').slice(1);
  return Object.fromEntries(lines.map((line) => JSON.parse(line)).map(({ id, parents }) => [id, parents]));
}

test('rebase moves a revision and what stands on it onto the other head, in one line of the manifest', () =>
  withFiles(forked, async (files) => {
    const { asks, manifest, finds, run } = files;
    const before = await manifest();
    const answer = await asks<Document>('rebase f1');
    assert.equal(
      [answer.moved, answer.onto, answer.from, answer.heads, answer.database],
      [['f1', 'f2'], 'm1', ['a1'], ['f2'], null],
    );
    assert.is(await manifest(), before.replace('{"id":"f1","parents":["a1"]', '{"id":"f1","parents":["m1"]'));
    assert.equal(await finds(), []);
    const again = await run('rebase f1 --onto m1');
    assert.equal([again.status, again.stdout], [0, 'Nothing to do: it is already based on m1.\n']);
  }));

test('rebase tells what it has done, and that no database was asked', () =>
  withFiles(forked, async ({ run }) => {
    const { stdout, status } = await run('rebase f2 --onto m1');
    assert.is(status, 0);
    assert.is(
      stdout,
      'f2 add f2: now on m1, was on f1\n' +
        '1 revision moved in the manifest; no SQL was touched.\n' +
        'No database was asked: one that has applied them must not be there.\n' +
        'next: 2 heads are left: f1, f2. To join them: updown merge\n',
    );
    assert.is((await run('merge')).status, 0);
    assert.is((await run('check')).status, 0);
  }));

test('rebase refuses what makes no sense, and says what does', () =>
  withFiles([...forked, { id: 'm2', parents: ['m1'] }], async ({ refuses, asks }) => {
    const above = await refuses('rebase f1 --onto f2', 'cycle');
    assert.match(above.hint, /: updown rebase f1 --onto m2$/);
    await refuses('rebase f1 --onto f1', 'cycle');
    assert.match((await refuses('rebase a1 --onto f1', 'cycle')).hint, 'updown heads');
    const inner = await refuses('rebase f1 --onto m1', 'not-a-head');
    assert.match(inner.message, /"m1" is not a head: it is a parent of "m2"/);
    assert.match(inner.hint, /: updown rebase f1 --onto m2$/);
    await refuses('rebase zz', 'unknown-revision');
    await refuses('rebase f1 --onto base', 'usage');
    await refuses('rebase heads', 'multiple-heads');
    await asks(/: updown (.*)$/.exec(inner.hint)?.[1] ?? '');
    // Nothing stands beside the one base.
    await refuses('rebase a1', 'usage');
  }));

test('of several heads, the one is named', () =>
  withFiles([...forked, { id: 'n1', parents: ['a1'] }], async ({ refuses, run }) => {
    const { hint } = await refuses('rebase f1', 'multiple-heads');
    const command = /: updown (rebase .*)$/.exec(hint)?.[1] ?? '';
    assert.is((await run(command)).status, 0);
  }));

test('what is sealed stays where it is: the hint joins the heads instead', () =>
  withFiles(forked, async ({ asks, refuses, run, finds }) => {
    await asks('seal f1');
    const { message, hint } = await refuses('rebase f1', 'sealed');
    assert.match(message, '"f1" would be moved');
    const command = /: updown (merge .*)$/.exec(hint)?.[1] ?? '';
    assert.is(command, 'merge f2 m1');
    assert.is((await run(command)).status, 0);
    assert.equal(await finds(), []);
  }));

test('what stands on it and is sealed is not moved along, also where it only depends on it', () =>
  withFiles(
    [...forked, { id: 'd1', parents: ['m1'], dependsOn: ['f2'] }, { id: 'x1', parents: ['a1'] }],
    async (files) => {
      await files.asks('seal d1');
      const { message } = await files.refuses('rebase f2 --onto x1', 'sealed');
      assert.match(message, '"f2", "d1"');
    },
  ));

test('a cycle through a dependency is found before anything is written', () =>
  withFiles([...forked, { id: 'm2', parents: ['m1'], dependsOn: ['f1'] }], async ({ refuses }) => {
    await refuses('rebase f1 --onto m2', 'cycle');
  }));

test('a merge goes on joining its own side with the head it is put on', () =>
  withFiles([...forked, { id: 'g1', parents: ['f2', 'm1'] }, { id: 'm2', parents: ['m1'] }], async (files) => {
    await files.asks('rebase g1 --onto m2');
    assert.equal((await parentsIn(files)).g1, ['f2', 'm2']);
    assert.equal(await files.finds(), []);
  }));

test('a merge of other heads is not put on one that stands on none of them', () =>
  withFiles(
    [...forked, { id: 'g1', parents: ['f2', 'm1'] }, { id: 'r1', parents: [] }],
    async ({ refuses, run, finds }) => {
      const { hint } = await refuses('rebase g1 --onto r1', 'usage');
      const command = /: updown (merge g1 r1)/.exec(hint)?.[1] ?? '';
      assert.is((await run(command)).status, 0);
      assert.equal(await finds(), []);
    },
  ));

test('a revision whose parent is gone gets another one: a branch that it was put on never came', () =>
  withFiles(forked, async (files) => {
    await files.edit('{"id":"f1","parents":["a1"]', '{"id":"f1","parents":["gone"]');
    await files.refuses('heads', 'unknown-parent');
    await files.asks('rebase f1 --onto m1');
    assert.equal((await parentsIn(files)).f1, ['m1']);
    assert.equal(await files.finds(), []);
    await files.edit('{"id":"f2","parents":["f1"]', '{"id":"f2","parents":["f1","gone"]');
    await files.asks('rebase f2');
    assert.equal((await parentsIn(files)).f2, ['f1']);
  }));

test('--rename-folders gives later times to the folders of what is moved, and to no other', () =>
  withFiles(forked, async ({ cwd, run, finds }) => {
    const moved = await rebase({
      cwd,
      env: {},
      revision: 'f1',
      renameFolders: true,
      now: new Date('2025-03-01T10:00:30Z'),
    });
    assert.equal(
      moved.renamed.map(({ to }) => to),
      ['20250301_0959_f1_add_f1', '20250301_1000_f2_add_f2'],
    );
    const folders = (await readdir(join(cwd, 'migrations'))).sort();
    assert.equal(folders, [
      '20250101_0000_a1_add_a1',
      '20250101_0003_m1_add_m1',
      '20250301_0959_f1_add_f1',
      '20250301_1000_f2_add_f2',
      'manifest.jsonl',
    ]);
    assert.equal(await finds(), []);
    assert.is((await run('show f1')).status, 0);
  }));

test('a clock that is behind gives times behind that of the head all the same', () =>
  withFiles(forked, async ({ cwd }) => {
    const moved = await rebase({
      cwd,
      env: {},
      revision: 'f1',
      renameFolders: true,
      now: new Date('2020-01-01T00:00:00Z'),
    });
    assert.equal(
      moved.renamed.map(({ to }) => to),
      ['20250101_0004_f1_add_f1', '20250101_0005_f2_add_f2'],
    );
  }));

test('where a folder cannot be renamed, all have their old names and the manifest is whole', () =>
  withFiles(forked, async (files) => {
    const { cwd, manifest, write } = files;
    const before = await manifest();
    await write('migrations/20250301_1000_f2_add_f2', 'a file in its way');
    const now = new Date('2025-03-01T10:00:00Z');
    try {
      await rebase({ cwd, env: {}, revision: 'f1', renameFolders: true, now });
      assert.unreachable();
    } catch (error) {
      assert.is((error as { code?: string }).code, 'exists');
    }
    assert.is(await manifest(), before);
    assert.ok((await readdir(join(cwd, 'migrations'))).includes('20250101_0001_f1_add_f1'));
  }));

test('what a database has applied is not moved; what the hint says is done, both ways', () =>
  withWorld(forked, async (world) => {
    await world.does('upgrade f1');
    const { hint } = await world.refuses('rebase f1', {
      code: 'applied',
      exit: 4,
      names: /has applied 1 revision.*"f1"/,
    });
    const commands = Array.from((hint ?? '').matchAll(/updown ([^.]*)/g), ([, command]) => command!);
    assert.equal(commands, ['merge f2 m1', 'downgrade f1@a1']);
    await world.does(`${commands[1]} --yes`);
    const answer = await world.asks<Document>('rebase f1');
    assert.equal([answer.moved, answer.heads], [['f1', 'f2'], ['f2']]);
    assert.match(answer.database ?? '', /^postgres:\/\//);
    await world.does('upgrade');
    assert.equal((await world.asks('current')).heads, ['f2']);
  }));

test('a database that is named and does not answer is told, and the files are moved', () =>
  withFiles(forked, async ({ run }) => {
    const { status, stdout, stderr } = await run('rebase f1 --url postgres://nobody@127.0.0.1:1/none');
    assert.is(status, 0, stderr);
    assert.match(stderr, 'whether it has what is moved is not known');
    assert.match(stdout, 'No database was asked');
  }));

test('the ledger of another project is refused, as by every command', () =>
  withWorld(forked, async (world) => {
    await world.does('upgrade m1');
    await world.edit('migrations/manifest.jsonl', '"project":"test-abc123"', '"project":"other-abc123"');
    await world.refuses('rebase f1', { code: 'wrong-project', exit: 4 });
  }));

test.run();
