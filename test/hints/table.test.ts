import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readTable, scanHints } from './scan.ts';

const folder = new URL('..', import.meta.url);
const sections = readTable();

test('every hint in the sources has its place in test/hints/table.txt, and every line there is a hint', () => {
  const found = scanHints().map(({ file, text }) => `${file} | ${text.replaceAll('\n', '\\n')}`.trim());
  assert.ok(found.length > 300, `the scan finds ${found.length}`);
  const listed = [...sections.values()].flat();
  assert.equal(
    { new: found.filter((hint) => !listed.includes(hint)), gone: listed.filter((line) => !found.includes(line)) },
    { new: [], gone: [] },
    'Put each new one into a section of test/hints/table.txt: with a test that does what it says, or why there is none',
  );
  assert.equal(
    listed.filter((line, at) => listed.indexOf(line) !== at),
    [],
    'each stands once',
  );
});

test('a hint that is obeyed names the test that obeys it', () => {
  for (const title of sections.keys()) {
    const [, file = '', name = ''] = /^obeyed: (\S+): (.+)$/.exec(title) ?? [];
    if (!title.startsWith('told: ')) assert.ok(existsSync(new URL(file, folder)), `${title}: there is such a file`);
    if (file !== '') assert.ok(readFileSync(fileURLToPath(new URL(file, folder)), 'utf8').includes(name), title);
  }
});

test('a command in a hint is obeyed by a test, or it only looks', () => {
  const told = [...sections].flatMap(([title, lines]) => (title.startsWith('told: ') ? lines : []));
  const acting = told.filter((line) => /\bupdown (stamp|downgrade|upgrade --(?!sql))/.test(line));
  assert.equal(
    acting.filter((line) => !inScripts.test(line)),
    [],
  );
});

/** What a script or its preflight says is said of the same state by a run, whose hint has its test. */
const inScripts = /^(ledger\/refusals|command\/reach)\.ts /;

test.run();
