import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { codesOf, withFiles } from './files.ts';

const three = [{ id: 'a1' }, { id: 'b1' }, { id: 'c1' }];

test('files in order have no finding, and no database is asked', () =>
  withFiles(three, async ({ run, finds }) => {
    assert.equal(await finds(), []);
    const { status, stdout } = await run('check');
    assert.equal([status, stdout], [0, '✓ The files are in order: 3 revisions, 1 head. No database was asked.\n']);
  }));

test('all that is wrong is found at once, each with its place and its next step', () =>
  withFiles(
    [...three, { id: 'd1', parents: ['b1'] }, { id: 'e1', parents: ['b1'] }],
    async ({ finds, path, write, run, cwd }) => {
      assert.is((await run('seal a1')).status, 0);
      await write(path('a1'), 'CREATE TABLE edited (id integer);\n');
      await write(path('b1'), 'CREATE TABEL b1 (id integer);\n');
      await write(path('c1'), '-- updown: no-transactoin\nSELECT 1;\n');
      await write(path('c1', 'down'), '');
      await write(path('d1', 'down'), '-- updown: irreversible\n');
      await write(path('d1'), '-- updown: allow drop-tabel: it is empty\nDROP TABLE t_a1;\n');
      await write(path('e1', 'down'), '\n');
      await mkdir(join(cwd, 'migrations/20990101_0000_lost'));
      const findings = await finds();
      assert.equal(codesOf(findings), [
        'manifest',
        'multiple-heads',
        'sealed a1',
        'input b1',
        'input c1',
        'input c1',
        'empty-down e1',
        'allow-unknown d1',
        'irreversible d1',
      ]);
      const places = findings.map(({ place }) => place && `${place.file}:${place.line}:${place.column}`);
      assert.equal(places.slice(1, 5), [null, `${path('a1')}:1:1`, `${path('b1')}:1:8`, `${path('c1')}:1:12`]);
      assert.equal(places[6], `${path('e1', 'down')}:1:1`);
      assert.match(findings[1]!.hint, 'updown merge c1 d1 e1');
      assert.match(findings[7]!.hint, '"drop-table"');
      const { stdout, status, stderr } = await run('check');
      assert.equal([status, stderr], [3, '']);
      assert.match(stdout, /^error \(sealed\): Revision "a1" is sealed/m);
      assert.match(stdout, /^note \(irreversible\): Revision "d1" can't be reverted/m);
      assert.match(stdout, '\n✗ 7 findings in 5 revisions, 3 heads.\n');
    },
  ));

test('a graph that is at fault is found beside what is wrong with the files', () =>
  withFiles(three, async ({ finds, edit, write, path }) => {
    await edit('"parents":["b1"]', '"parents":["zz"]');
    await write(path('b1'), 'SELECT (;\n');
    assert.equal(codesOf(await finds()), ['unknown-parent c1', 'input b1']);
    await edit('"parents":["zz"]', '"parents":["c1"]');
    assert.equal(codesOf(await finds()), ['cycle c1', 'input b1']);
  }));

test('a manifest that cannot be read is a finding with its line', () =>
  withFiles(three, async ({ finds, edit }) => {
    await edit('"parents":["b1"]', '"parents":["b1"');
    const [finding, ...more] = await finds();
    assert.equal([finding?.code, finding?.place?.line, more], ['manifest', 4, []]);
  }));

test('each folder that is missing is found, and each file', () =>
  withFiles(three, async ({ cwd, finds, path }) => {
    await rm(join(cwd, path('a1'), '..'), { recursive: true });
    await rm(join(cwd, path('b1'), '..'), { recursive: true });
    await rm(join(cwd, path('c1', 'down')));
    assert.equal(codesOf(await finds()), ['manifest a1', 'manifest b1', 'manifest c1']);
  }));

test('what a merge leaves empty is right, and what a revision leaves as it was made is not', () =>
  withFiles([{ id: 'a1' }, { id: 'b1' }, { id: 'c1', parents: ['a1'] }], async ({ finds, run, write, path }) => {
    assert.is((await run('merge')).status, 0);
    assert.equal(await finds(), []);
    const { stdout } = await run('revision -m next --rev-id d1 --json');
    assert.equal(codesOf(await finds()), ['input d1']);
    const [up = ''] = (JSON.parse(stdout) as { files: string[] }).files;
    await write(up, '-- Only the application changes with this one.\n');
    assert.equal(codesOf(await finds()), ['no-statement d1']);
    await write(path('b1', 'down'), '-- what it has made may stay\n');
    assert.equal(codesOf(await finds()), ['no-statement d1']);
  }));

test('the file that prepares scratch is looked at, too', () =>
  withFiles(three, async ({ finds, write }) => {
    await write('updown.json', '{ "scratch": { "setup": "setup.sql" } }');
    const [finding] = await finds();
    assert.match(finding?.message ?? '', '"setup.sql" is missing');
    await write('setup.sql', 'CREATE ROLE app;\n');
    assert.equal(await finds(), []);
  }));

test('what is meant is allowed by its code, and told as a note', () =>
  withFiles([{ id: 'a1' }, { id: 'b1' }, { id: 'c1', parents: ['a1'] }], async ({ run, finds, write, path }) => {
    await write(path('b1', 'down'), '');
    assert.equal(codesOf(await finds('--allow multiple-heads')), ['empty-down b1', 'multiple-heads']);
    const all = await finds('--allow multiple-heads --allow empty-down');
    assert.equal(
      all.map(({ severity }) => severity),
      ['note', 'note'],
    );
    const refused = await run('check --allow multiple-head --json');
    const { error } = refused.json<{ error: { code: string; hint: string } }>();
    assert.equal([refused.status, error.code, error.hint], [2, 'usage', 'Did you mean "multiple-heads"?']);
  }));

test('a finding is mended as its hint says', () =>
  withFiles(
    [{ id: 'a1' }, { id: 'b1' }, { id: 'c1', parents: ['a1'] }],
    async ({ finds, run, write, path, manifest }) => {
      const [heads] = await finds();
      const commands = Array.from((heads?.hint ?? '').matchAll(/updown ([^.]*)/g), ([, command]) => command!);
      assert.equal(commands, ['rebase c1 --onto b1', 'rebase b1 --onto c1', 'merge b1 c1']);
      const before = await manifest();
      for (const command of commands) {
        assert.is((await run(command)).status, 0);
        assert.equal(await finds(), []);
        if (command !== commands[2]) await write('migrations/manifest.jsonl', before);
      }
      await write(path('b1'), '-- updown: allow drop-tabel: it is empty\nSELECT 1;\n');
      const [allowed] = await finds();
      const rule = /"(.*)"/.exec(allowed?.hint ?? '')?.[1] ?? '';
      await write(path('b1'), `-- updown: allow ${rule}: it is empty\nSELECT 1;\n`);
      assert.equal(await finds(), []);
    },
  ));

test('without a project, or with a configuration that is wrong, there is nothing to check', () =>
  withFiles(three, async ({ run, write }) => {
    for (const [command, code] of [
      ['check --dir nowhere', 'no-project'],
      ['check --config nowhere.json', 'config'],
    ] as const) {
      const { status, stdout } = await run(`${command} --json`);
      assert.equal([status, JSON.parse(stdout).error.code], [2, code]);
    }
    await write('updown.json', '{');
    assert.is((await run('check')).status, 2);
  }));

test.run();
