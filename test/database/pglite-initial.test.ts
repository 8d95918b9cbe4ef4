import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { sourceLoader } from '../support/source-loader.ts';

/** A process of its own, whose folder for caches is this one. Resolves to what its embedded database says. */
async function start(cache: string, url: string): Promise<string> {
  const text = `
    import { openSession } from ${JSON.stringify(new URL('../../lib/database/open.ts', import.meta.url).href)};
    import { parseTarget } from ${JSON.stringify(new URL('../../lib/libpq/parse.ts', import.meta.url).href)};
    const session = await openSession(parseTarget(${JSON.stringify(url)}, {}), { applicationName: 'test', onNotice: () => {} });
    const [rows] = await session.send('CREATE TABLE IF NOT EXISTS t (); SELECT system_identifier FROM pg_control_system()').then((all) => all.slice(-1));
    process.stdout.write(JSON.stringify(rows));
    await session.close();
    process.exit(0);`;
  const child = spawn(process.execPath, [...sourceLoader(), '--input-type=module', '-e', text], {
    cwd: new URL('../..', import.meta.url),
    env: { ...process.env, XDG_CACHE_HOME: cache },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  await once(child, 'close');
  return said;
}

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'initial-'));
  try {
    await body(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('what initdb has made is kept for the next process, old files go, and a damaged one is no harm', () =>
  withFolder(async (cache) => {
    const folder = join(cache, 'updown');
    await mkdir(folder);
    const old = ['0.1.0', '0.1.1', '0.1.2', '0.1.3'].map((version) => `embedded-${version}.tar.gz`);
    // Left by a process that was killed, and by one that writes now.
    const [cut, fresh] = ['embedded-0.1.0.tar.gz.0123456789ab', 'embedded-0.2.0.tar.gz.0123456789ab'];
    for (const name of [...old, cut, fresh, 'notes.txt']) await writeFile(join(folder, name), 'x');
    const past = (hours: number) => new Date(Date.now() - hours * 3_600_000);
    for (const [index, name] of old.entries()) await utimes(join(folder, name), past(9 - index), past(9 - index));
    await utimes(join(folder, cut), past(2), past(2));

    const first = await start(cache, 'pglite:memory');
    const left = new Set(await readdir(folder));
    for (const name of [...old.slice(1), fresh, 'notes.txt']) assert.ok(left.delete(name), name);
    const [name = '', ...others] = left;
    assert.equal(others, []);
    assert.match(name, /^embedded-[\d.]+-wal1\.tar\.gz$/);
    const { size, mode } = await stat(join(folder, name));
    assert.is(mode & 0o777, 0o600);

    assert.is(await start(cache, `pglite:${cache}/data`), first, 'the same cluster');
    await truncate(join(folder, name), size - 1000);
    const again = await start(cache, 'pglite:memory');
    assert.match(again, 'system_identifier');
    assert.is.not(again, first);
    assert.is(await start(cache, `pglite:${cache}/data`), first, 'a folder with a database stays what it is');
    assert.is(await start(cache, 'pglite:memory'), again);
  }));

test('where nothing can be kept, the database starts all the same', () =>
  withFolder(async (cache) => {
    await writeFile(join(cache, 'updown'), 'a file in the place of the folder');
    assert.match(await start(cache, 'pglite:memory'), 'system_identifier');
    assert.is(await readFile(join(cache, 'updown'), 'utf8'), 'a file in the place of the folder');
  }));

test.run();
