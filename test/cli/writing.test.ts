import { spawnSync } from 'node:child_process';
import { chmod, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findCommand } from '../support/cli.ts';
import { cleanEnvironment } from '../support/process.ts';
import { skips } from '../support/run.ts';
import { type Refusal, type World, withWorld } from './vocabulary.ts';

const two = [{ id: 'a1' }, { id: 'b1', parents: ['a1'] }, { id: 'c1', parents: ['a1'] }];

/** Whom the command line runs as where permissions shall bind: root is let through everywhere. */
const ordinary = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** A test in which a folder can't be written; skipped where nobody but root can read this repository. */
function readOnly(title: string, body: (world: World) => Promise<void>): void {
  const { status } = spawnSync(process.execPath, ['-e', `fs.readdirSync(${JSON.stringify(import.meta.dirname)})`], {
    ...ordinary,
    cwd: '/',
  });
  if (status !== 0) {
    skips.push({ title, reason: "an ordinary user can't read this repository" });
    test.skip(title);
    return;
  }
  test(title, () =>
    withWorld(two, async (world) => {
      await chmod(world.folder, 0o755);
      await chmod(join(world.folder, 'migrations'), 0o555);
      try {
        await body(world);
      } finally {
        await chmod(join(world.folder, 'migrations'), 0o755);
      }
    }),
  );
}

const unwritable: Refusal = { code: 'unwritable', exit: 2, names: /may not write/, hint: 'permissions' };

readOnly('revision in a folder that may not be written', (world) =>
  world
    .refuses(
      'revision -m x --parent b1',
      { ...unwritable, names: /"migrations\/.*_x" can't be written: you may not write there/ },
      ordinary,
    )
    .then(() => {}),
);
readOnly('merge in a folder that may not be written', (world) =>
  world.refuses('merge', unwritable, ordinary).then(() => {}),
);
readOnly('a manifest that may not be read', async (world) => {
  await chmod(join(world.folder, 'migrations/manifest.jsonl'), 0o000);
  const names = '"migrations/manifest.jsonl" may not be read';
  await world.refuses('revision -m x', { code: 'manifest', exit: 2, names, hint: 'permissions' }, ordinary);
});
if (process.getuid?.() === 0) {
  readOnly('a manifest that may not be replaced: the new folder is taken away again', async (world) => {
    // In a sticky folder anybody may make files, and nobody may replace another's.
    await chmod(join(world.folder, 'migrations'), 0o1777);
    const names = '"migrations/manifest.jsonl" can\'t be written';
    await world.refuses('revision -m x --parent b1', { ...unwritable, names }, ordinary);
  });
}
readOnly('init in a folder that may not be written', async (world) => {
  await chmod(world.folder, 0o555);
  await world.refuses('init db', { ...unwritable, names: /"(db|updown.json)" can't be written/ }, ordinary);
  await chmod(world.folder, 0o755);
});
readOnly('import into a folder that may not be written', async (world) => {
  await world.write('old/1_x/up.sql', 'SELECT 1;\n');
  await world.write('old/1_x/down.sql', 'SELECT 1;\n');
  await world.write('empty/.keep', '');
  await chmod(join(world.folder, 'empty'), 0o555);
  await world.refuses('import diesel old --dir empty', { ...unwritable, names: '"empty' }, ordinary);
  await chmod(join(world.folder, 'empty'), 0o755);
});

/** The same without permissions, so that root meets it too. */
function refuses(title: string, prepare: (world: World) => Promise<unknown>, command: string, expected: Refusal): void {
  test(title, () =>
    withWorld(two, async (world) => {
      await prepare(world);
      await world.refuses(command, expected);
    }),
  );
}
const aFile = (world: World): Promise<unknown> => world.write('file', 'x');
const isFile: Refusal = { code: 'unwritable', exit: 2, names: 'is a file', hint: /./ };

refuses('init where a file stands', aFile, 'init file', isFile);
refuses('init below a file', aFile, 'init file/db', isFile);
refuses(
  'import where a file stands',
  async (world) => {
    await aFile(world);
    await world.write('old/1_x/up.sql', 'SELECT 1;\n');
    await world.write('old/1_x/down.sql', 'SELECT 1;\n');
  },
  'import diesel old --dir file',
  isFile,
);
refuses('--dir that is a file', aFile, 'upgrade --dir file', { code: 'no-project', exit: 2, names: 'file' });
refuses('--config that is not there', async () => {}, 'upgrade --config nowhere.json', {
  code: 'config',
  exit: 2,
  names: '"nowhere.json"',
  hint: '--config',
});
refuses('--config that is a folder', async () => {}, 'upgrade --config migrations', {
  code: 'unsafe-path',
  exit: 2,
  names: '"migrations" is not a regular file',
});
refuses('init twice', async () => {}, 'init', {
  code: 'exists',
  exit: 2,
  names: '"migrations/manifest.jsonl"',
  hint: 'updown revision',
});
refuses('init in a folder that another tool uses', (world) => world.write('db/001_x.sql', 'SELECT 1;\n'), 'init db', {
  code: 'exists',
  exit: 2,
  names: '"001_x.sql"',
  hint: 'updown import',
});
refuses('import where revisions are', (world) => world.write('old/1_x/up.sql', ''), 'import diesel old', {
  code: 'exists',
  exit: 2,
  names: '"migrations"',
  hint: '--dir',
});
refuses('import of a folder that is not there', async () => {}, 'import diesel nowhere --dir new', {
  code: 'input',
  exit: 2,
  names: 'nowhere',
});
refuses('import of an unknown tool', async () => {}, 'import rails migrations --dir new', {
  code: 'usage',
  exit: 2,
  names: '"rails"',
  hint: 'diesel',
});
refuses('revision with an id that is taken', async () => {}, 'revision -m x --parent b1 --rev-id a1', {
  code: 'duplicate-id',
  exit: 2,
  names: '"a1"',
});
refuses(
  'revision with a folder that is there',
  (world) => world.write('migrations/.hidden', ''),
  'revision -m x --parent b1 --rev-id A1',
  { code: 'duplicate-id', exit: 2, names: '"A1"' },
);
refuses('revision on two heads', async () => {}, 'revision -m x', {
  code: 'multiple-heads',
  exit: 2,
  names: /b1.*c1/,
  hint: 'updown merge',
});
refuses('revision without a message', async () => {}, 'revision', {
  code: 'usage',
  exit: 2,
  names: 'message',
  hint: '-m',
});
refuses('revision with a blank message', async () => {}, "revision --parent b1 -m ' '", {
  code: 'usage',
  exit: 2,
  names: 'message',
  hint: '-m',
});
refuses('--output to a file that is there', (world) => world.write('s.sql', 'mine'), 'upgrade heads --sql -o s.sql', {
  code: 'exists',
  exit: 2,
  names: '"s.sql"',
  hint: 'overwritten',
});
refuses('--output into a folder that is not there', async () => {}, 'upgrade heads --sql -o nowhere/s.sql', {
  code: 'unwritable',
  exit: 2,
  names: '"nowhere/s.sql"',
  hint: /./,
});
refuses('--output to a folder', async () => {}, 'upgrade heads --sql -o migrations', {
  code: 'exists',
  exit: 2,
  names: '"migrations"',
});
refuses(
  '--output of a plan that is refused leaves no file',
  (world) => world.write(world.path('b1'), '\\q\n'),
  'upgrade heads --sql -o s.sql',
  { code: 'input', exit: 2, place: 'migrations/20250101_0001_b1_add_b1/up.sql:1:1' },
);

test('revision adds one line and one folder, and leaves the rest byte for byte', () =>
  withWorld([{ id: 'a1' }], async (world) => {
    const before = await world.read('migrations/manifest.jsonl');
    const { id, files } = await world.asks<{ id: string; files: string[] }>("revision -m 'more of it'");
    const after = await world.read('migrations/manifest.jsonl');
    assert.ok(after.startsWith(before));
    assert.is(after.slice(before.length).split('\n').length, 2);
    assert.match(after, `"id":"${id}","parents":["a1"]`);
    assert.is((await readdir(join(world.folder, 'migrations'))).length, 3);
    for (const file of files) assert.ok((await stat(join(world.folder, file))).isFile());
  }));
test('revision --no-transaction says so in both files', () =>
  withWorld([], async (world) => {
    const { files } = await world.asks<{ files: string[] }>('revision -m x --no-transaction');
    for (const file of files) assert.match(await world.read(file), /^-- updown: no-transaction\n/);
  }));
test('--output writes the same bytes that stdout gets', () =>
  withWorld([{ id: 'a1' }], async (world) => {
    const { stdout } = await world.does('upgrade --sql');
    const { file } = await world.asks('upgrade --sql --output s.sql');
    assert.is(file, 's.sql');
    assert.is(await readFile(join(world.folder, 's.sql'), 'utf8'), stdout);
  }));
test('--output to a device, a pipe or an output of this process writes there, and replaces nothing', () =>
  withWorld([{ id: 'a1' }], async (world) => {
    const { stdout } = await world.does('upgrade --sql');
    await world.does('upgrade --sql -o /dev/null');
    assert.ok((await stat('/dev/null')).isCharacterDevice());
    const [node, ...words] = findCommand(['upgrade', '--sql', '-q', '-o', '/dev/stdout']);
    const env = cleanEnvironment();
    const piped = spawnSync(node, words, { cwd: world.folder, env, encoding: 'utf8' });
    assert.ok(piped.stdout.startsWith(stdout), piped.stderr);
    const fifo = join(world.folder, 'pipe');
    if (spawnSync('mkfifo', [fifo]).status !== 0) return;
    const reading = readFile(fifo, 'utf8');
    const written = spawnSync(node, [...words.slice(0, -1), fifo], { cwd: world.folder, env, encoding: 'utf8' });
    assert.is(written.status, 0, written.stderr);
    assert.is(await reading, stdout);
    assert.ok((await stat(fifo)).isFIFO());
    assert.is((await world.run('upgrade --sql --split -o /dev/null')).status, 2);
  }));

test.run();
