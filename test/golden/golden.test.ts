import { readdir, readFile } from 'node:fs/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { collectGolden, place } from './corpus.ts';

const next = 'Where the change of text is meant: npm run golden, and read the diff.';

test('every script is, byte for byte, the one that is kept', async () => {
  const golden = await collectGolden();
  for (const [name, text] of golden) {
    const kept = await readFile(new URL(name, place), 'utf8').catch(() => '');
    const [lines, old] = [text, kept].map((one) => one.split('\n')) as [string[], string[]];
    const at = lines.findIndex((line, index) => line !== old[index]);
    assert.is(lines[at], old[at], `${name}:${at + 1}. ${next}`);
    assert.is(lines.length, old.length, `${name}. ${next}`);
  }
  const files = await readdir(place, { recursive: true, withFileTypes: true });
  const stale = files
    .filter((file) => file.isFile())
    .map(({ parentPath, name }) => `${parentPath}/${name}`.slice(place.pathname.length).replace(/^\//, ''))
    .filter((name) => !golden.has(name));
  assert.equal(stale, [], next);
});

test.run();
