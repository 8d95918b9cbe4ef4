import { execFileSync } from 'node:child_process';
import { lstat, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Refusal, type World, withWorld } from './vocabulary.ts';

const manifest = 'migrations/manifest.jsonl';
const folderOf = (world: World, id: string): string => world.path(id).replace('/up.sql', '');

/** A project of a1, b1 and c1 after something was done to it. */
function refuses(
  title: string,
  expected: Partial<Refusal>,
  spoil: (world: World) => Promise<void>,
  commands: readonly string[] = ['upgrade'],
): void {
  test(title, () =>
    withWorld([{ id: 'a1' }, { id: 'b1' }, { id: 'c1' }], async (world) => {
      await spoil(world);
      for (const command of commands) await world.refuses(command, { code: 'manifest', exit: 2, ...expected });
    }),
  );
}

/** The same, where one line of the manifest becomes something else. Line 1 is the header, line 3 is b1. */
function refusesLine(
  title: string,
  line: number,
  change: (text: string) => string | readonly string[],
  expected: Partial<Refusal>,
): void {
  refuses(title, { place: `${manifest}:${line}:1`, ...expected }, async (world) => {
    const lines = (await world.read(manifest)).split('\n');
    await world.write(manifest, lines.flatMap((text, index) => (index === line - 1 ? change(text) : text)).join('\n'));
  });
}

function having(values: object): (line: string) => string {
  return (line) => JSON.stringify({ ...JSON.parse(line), ...values });
}

refusesLine('a line with a fault in its JSON is named, to the column', 3, (line) => line.replace(':["a1"]', ':[a1"]'), {
  names: 'not valid JSON',
  place: `${manifest}:3:23`,
});
refusesLine('a line that was cut off is named', 3, () => '{"id":"b1","par', {
  names: 'not valid JSON',
  place: `${manifest}:3:16`,
});
refusesLine('a line that is JSON but no object is named', 3, () => '["b1"]', { names: 'not a JSON object' });
refusesLine('an empty line is named', 3, (line) => ['', line], { names: 'empty' });
test('a manifest without a line is told as that, and init writes another where it is deleted', () =>
  withWorld([], async (world) => {
    for (const text of ['', '\n', '\uFEFF \r\n\n']) {
      await world.write(manifest, text);
      const expected = { names: 'The manifest is empty', place: `${manifest}:1:1`, hint: /Restore it/ };
      await world.refuses('history', { code: 'manifest', exit: 2, ...expected });
    }
    await rm(join(world.folder, manifest));
    await world.run('init --bare');
    assert.match(await world.read(manifest), /^\{"updown":1,/);
  }));
refusesLine(
  'conflict markers of git are named as such',
  3,
  (line) => ['<<<<<<< ours', line, '=======', '>>>>>>> theirs'],
  {
    names: 'conflict',
    hint: /`updown merge` and `updown rebase`/,
  },
);
refusesLine('a manifest without a header', 1, () => [], { names: 'no header', hint: '"updown":1' });
refusesLine('a manifest of a newer format', 1, having({ updown: 2 }), { names: 'format 2', hint: 'newer version' });
refusesLine('a header without a project', 1, () => '{"updown":1}', { names: 'no header' });
refusesLine('an unknown key is named with its column', 3, having({ parent: 'a1' }), {
  names: '"parent"',
  hint: 'parents',
  place: `${manifest}:3:83`,
});
refusesLine('an id that is missing', 3, having({ id: undefined }), { names: '"id"' });
refusesLine('parents that are missing: a base says so', 3, having({ parents: undefined }), {
  names: '"b1" has no "parents"',
  hint: '[]',
});
refusesLine('a key that stands twice is named with its column', 3, (line) => line.replace('{', '{"id":"x1",'), {
  names: 'the key "id" twice',
  place: `${manifest}:3:12`,
});
refusesLine('a list that is a string', 3, having({ parents: 'a1' }), { names: '"parents"' });
refusesLine('an unknown parent', 3, having({ parents: ['zz'] }), { code: 'unknown-parent', names: /"b1".*"zz"/ });
refusesLine('an unknown dependency', 3, having({ depends_on: ['zz'] }), {
  code: 'missing-dependency',
  names: /"b1".*"zz"/,
});
refusesLine('a cycle of parents', 2, having({ parents: ['c1'] }), { code: 'cycle', names: /a1.*c1.*b1|a1.*b1.*c1/ });
refusesLine('a revision that is its own parent', 3, having({ parents: ['b1'] }), { code: 'cycle', names: 'b1' });
refusesLine('a cycle through a dependency', 2, having({ depends_on: ['c1'] }), {
  code: 'dependency-cycle',
  names: 'c1',
});
refusesLine('an id that stands twice', 4, having({ id: 'b1' }), {
  code: 'duplicate-id',
  names: /"b1".*line 3.*line 4/,
});
refusesLine('F43: ids that differ only in case', 4, having({ id: 'B1' }), {
  code: 'duplicate-id',
  names: /"b1" and "B1"/,
});
refusesLine('F43: ids that are twins in Unicode', 4, having({ id: 'é1' }), { names: 'é1' });
for (const id of ['head', 'HEADS', 'base', 'current', '+1', 'a@b', 'a:b', 'a b', '../x', '']) {
  refusesLine(`"${id}" is no id: a target could mean something else`, 4, having({ id }), { names: id });
}
refusesLine('two revisions in one folder', 4, having({ folder: '20250101_0001_b1_add_b1' }), {
  names: /"b1" and "c1".*"20250101_0001_b1_add_b1"/,
});
for (const folder of ['../x', '/etc', '..', '.', 'a/b', 'a\\b', 'x\ny', 'x\u202ey']) {
  refusesLine(`F44: the folder ${JSON.stringify(folder)} is refused`, 4, having({ folder }), {
    code: 'unsafe-path',
    names: '"c1"',
  });
}

refuses('a folder that is missing', { names: /"b1".*"migrations\/.*b1_add_b1"/, place: `${manifest}:3:1` }, (world) =>
  rm(join(world.folder, folderOf(world, 'b1')), { recursive: true }),
);
refuses('a folder that is a file', { names: '"b1"', place: `${manifest}:3:1` }, async (world) => {
  await rm(join(world.folder, folderOf(world, 'b1')), { recursive: true });
  await world.write(folderOf(world, 'b1'), '');
});
refuses('a folder without a line', { names: '"migrations/20250101_0009_d1_lost"', place: `${manifest}:4:1` }, (world) =>
  world.write('migrations/20250101_0009_d1_lost/up.sql', 'SELECT 1;\n'),
);
refuses(
  'F44: a folder that is a link out of migrations/',
  { code: 'unsafe-path', names: /_b1_add_b1" is a link/, place: `${manifest}:3:1` },
  async (world) => {
    await rename(join(world.folder, folderOf(world, 'b1')), join(world.folder, 'outside'));
    await symlink(join(world.folder, 'outside'), join(world.folder, folderOf(world, 'b1')));
  },
);
const runners = ['upgrade', 'upgrade --sql'];
refuses(
  'F44: a file that is a link out of migrations/',
  { code: 'unsafe-path', names: 'up.sql' },
  async (world) => {
    await world.write('secret', 'not to be seen');
    await rm(join(world.folder, world.path('b1')));
    await symlink(join(world.folder, 'secret'), join(world.folder, world.path('b1')));
  },
  runners,
);
refuses(
  'F44: a manifest that is a link out of migrations/ is neither read nor replaced',
  { code: 'unsafe-path', names: manifest },
  async (world) => {
    await rename(join(world.folder, manifest), join(world.folder, 'outside.jsonl'));
    await symlink('../outside.jsonl', join(world.folder, manifest));
  },
  ['upgrade', 'revision -m next'],
);
refuses(
  'F44: a manifest that is a FIFO is refused, not waited for',
  { code: 'unsafe-path', names: 'is not a regular file' },
  async (world) => {
    await rm(join(world.folder, manifest));
    execFileSync('mkfifo', [join(world.folder, manifest)]);
  },
);
refuses(
  'F44: an updown.json that never ends is refused, not read',
  { code: 'unsafe-path', names: '"updown.json" is not a regular file' },
  (world) => symlink('/dev/zero', join(world.folder, 'updown.json')),
);
refuses(
  'F53: a manifest that is not valid UTF-8 is refused with its line, and not written anew',
  { place: `${manifest}:3:7`, names: 'not valid UTF-8: byte 0xff' },
  async (world) => {
    const bytes = await readFile(join(world.folder, manifest));
    bytes[bytes.indexOf('"b1"')] = 0xff;
    await world.write(manifest, bytes);
  },
  ['upgrade', 'revision -m next'],
);
test('F53, F65: an updown.json that is not valid UTF-8 is refused with its line, which is not shown', () =>
  withWorld([{ id: 'a1' }], async (world) => {
    await world.write('updown.json', Buffer.from('{\n"url": \xff "postgres://u:secret@h/d"}', 'latin1'));
    const place = 'updown.json:2:8';
    const { text } = await world.refuses('upgrade', { code: 'config', exit: 2, place, names: 'not valid UTF-8' });
    assert.not.match(text, 'secret');
  }));

test('a link to another name inside migrations/ stays one when a revision is added', () =>
  withWorld([{ id: 'a1' }], async (world) => {
    await rename(join(world.folder, manifest), join(world.folder, 'migrations/all.jsonl'));
    await symlink('all.jsonl', join(world.folder, manifest));
    await world.does('revision -m next');
    assert.ok((await lstat(join(world.folder, manifest))).isSymbolicLink());
    assert.match(await world.read('migrations/all.jsonl'), '"message":"next"');
  }));

refuses(
  'F44: a file that is a folder',
  { code: 'unsafe-path', names: 'up.sql' },
  async (world) => {
    await rm(join(world.folder, world.path('b1')));
    await mkdir(join(world.folder, world.path('b1')));
  },
  runners,
);
refuses('an up.sql that is missing', { names: 'up.sql' }, (world) => rm(join(world.folder, world.path('b1'))), runners);
refuses(
  'a down.sql that is missing, when it is needed',
  { names: 'down.sql' },
  async (world) => {
    await world.does('upgrade');
    await rm(join(world.folder, world.path('b1', 'down')));
  },
  ['downgrade base --yes', 'downgrade c1:base --sql'],
);
refuses('no manifest at all', { code: 'no-project', names: manifest, hint: 'updown init' }, (world) =>
  rm(join(world.folder, manifest)),
);

const readers = [
  'upgrade --sql',
  'downgrade base --yes',
  'status',
  'current',
  'history',
  'heads',
  'branches',
  'show head',
];
const writers = ['revision -m x', 'merge', 'stamp head', 'import diesel .'];
refuses(
  'every command that reads the project refuses it alike',
  { names: 'not valid JSON', place: `${manifest}:5:3` },
  async (world) => world.write(manifest, `${await world.read(manifest)}{"`),
  [...readers, ...writers],
);

test.run();
