import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { updown } from '../support/cli.ts';
import { withProject, writeProject } from '../support/project.ts';
import { needs } from '../support/run.ts';
import { documentOf, includes } from './vocabulary.ts';

const page = 4096;
const pages = 16;

/** A disk of 16 pages, given back whatever happens. */
async function withDisk(body: (folder: string) => Promise<void>): Promise<void> {
  await withProject({}, async (folder) => {
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    const size = `size=${pages * page}`;
    assert.is(spawnSync('mount', ['-t', 'tmpfs', '-o', size, 'tmpfs', disk]).status, 0);
    try {
      await body(disk);
    } finally {
      spawnSync('umount', ['-l', disk]);
    }
  });
}

function missing(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root may mount a small disk';
  const probe = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { encoding: 'utf8' });
  return probe.status === 0 ? undefined : `no small disk can be mounted: ${probe.stderr ?? probe.error}`;
}

/** Everything on it but the filler. */
function lookAt(disk: string): readonly string[] {
  const entries = readdirSync(disk, { recursive: true, withFileTypes: true });
  return entries
    .filter(({ name }) => name !== 'filler')
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return `${path} ${entry.isFile() ? readFileSync(path, 'utf8') : ''}`;
    })
    .sort();
}

/** Leaves so many pages free. */
function fill(disk: string, free: number): void {
  const filler = join(disk, 'filler');
  let size = pages;
  rmSync(filler, { force: true });
  for (; size > 0; size--) {
    try {
      writeFileSync(filler, Buffer.alloc(size * page));
      break;
    } catch {
      rmSync(filler, { force: true });
    }
  }
  rmSync(filler, { force: true });
  if (size - free > 0) writeFileSync(filler, Buffer.alloc((size - free) * page));
}

/** With each page more the command comes further, until it is done; before that it leaves nothing, and another one works. */
async function leavesNothing(disk: string, command: readonly string[]): Promise<void> {
  const before = lookAt(disk);
  for (let free = 0; ; free++) {
    fill(disk, free);
    const outcome = await updown([...command, '--json'], { cwd: disk });
    if (free > 1 && outcome.status === 0) break;
    const { error } = documentOf(outcome) as { error: Readonly<Record<'code' | 'message' | 'hint', string>> };
    assert.is(error.code, 'unwritable', `${free} free: ${error.message}`);
    assert.is(outcome.status, 2);
    includes(error.message, 'the disk is full');
    includes(error.hint, 'Make room');
    assert.equal(lookAt(disk), before, `with ${free} pages free it left something`);
  }
  assert.not.equal(lookAt(disk), before);
}

needs(
  test,
  'a disk that is full: a revision is written whole or not at all',
  () =>
    withDisk(async (disk) => {
      await writeProject(disk, [{ id: 'a1' }]);
      await leavesNothing(disk, ['revision', '-m', 'more']);
      assert.is((await updown(['heads'], { cwd: disk })).status, 0);
      rmSync(join(disk, 'filler'), { force: true });
      const { status, stderr } = await updown(['revision', '-m', 'another'], { cwd: disk });
      assert.is(status, 0, stderr);
    }),
  missing(),
);

needs(
  test,
  'a disk that is full: a history is imported whole or not at all',
  () =>
    withDisk((disk) =>
      withProject(
        {
          '2024-01-01-000000_one/up.sql': 'CREATE TABLE one ();\n',
          '2024-01-01-000000_one/down.sql': 'DROP TABLE one;\n',
          '2024-01-02-000000_two/up.sql': 'CREATE TABLE two ();\n',
          '2024-01-02-000000_two/down.sql': 'DROP TABLE two;\n',
        },
        async (history) => {
          await leavesNothing(disk, ['import', 'diesel', history]);
          const { status, stdout, stderr } = await updown(['heads'], { cwd: disk });
          assert.is(status, 0, stderr);
          includes(stdout, 'two');
        },
      ),
    ),
  missing(),
);

needs(
  test,
  'a disk that is full: init leaves nothing, and works once there is room',
  () => withDisk((disk) => leavesNothing(disk, ['init'])),
  missing(),
);

test.run();
