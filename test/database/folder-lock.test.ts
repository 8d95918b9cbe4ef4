import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lockFolder } from '../../lib/database/folder-lock.ts';
import type { UpdownError } from '../../lib/errors.ts';

async function withFolder(body: (folder: string, file: string) => Promise<void>): Promise<void> {
  const parent = await mkdtemp(join(tmpdir(), 'lock-'));
  try {
    await body(join(parent, 'data'), join(parent, 'data.lock'));
  } finally {
    await rm(parent, { recursive: true });
  }
}

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '0']);
  await once(child, 'exit');
  return child.pid!;
}

async function refusal(locking: Promise<unknown>): Promise<UpdownError> {
  return await locking.then(
    () => assert.unreachable() as never,
    (error) => error,
  );
}

test('the lock holds our pid and goes when it is released, once', async () => {
  await withFolder(async (folder, file) => {
    const unlock = await lockFolder(folder);
    assert.is(await readFile(file, 'utf8'), `${process.pid}\n`);
    await unlock();
    await writeFile(file, 'of somebody else');
    await unlock();
    assert.is(await readFile(file, 'utf8'), 'of somebody else');
  });
});

test('a second lock on the same folder is refused within the process too', async () => {
  await withFolder(async (folder) => {
    const unlock = await lockFolder(folder);
    assert.is((await refusal(lockFolder(folder))).code, 'busy');
    await unlock();
    await (await lockFolder(folder))();
  });
});

test('a live process keeps its lock and is named', async () => {
  await withFolder(async (folder, file) => {
    await writeFile(file, `${process.ppid}\n`);
    const error = await refusal(lockFolder(folder));
    assert.is(error.code, 'busy');
    assert.match(error.message, new RegExp(`process ${process.ppid}`));
    assert.ok(error.hint?.includes(file));
  });
});

test('a lock of a dead process, of our own pid from another life, or without a pid is taken over', async () => {
  for (const content of [`${await deadPid()}\n`, `${process.pid}\n`, '', 'nonsense']) {
    await withFolder(async (folder, file) => {
      await writeFile(file, content);
      const unlock = await lockFolder(folder);
      assert.is(await readFile(file, 'utf8'), `${process.pid}\n`);
      await unlock();
      assert.equal(await readdir(join(folder, '..')), []);
    });
  }
});

test('a folder that may not be written beside is told', async () => {
  const error = await refusal(lockFolder('/dev/null/data'));
  assert.is(error.code, 'unwritable');
});

test.run();
