import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { commands } from '../../lib/cli/spec.ts';
import { manualFile, renderManual } from '../../scripts/manual-page.ts';
import { findRows } from '../support/markdown.ts';

const root = new URL('../../', import.meta.url);
const written = readFileSync(new URL(manualFile, root), 'utf8');

test('updown.1 is what the sources say: npm run docs:man', () => {
  const rows = findRows(readFileSync(new URL('README.md', root), 'utf8'));
  assert.is(written, renderManual(rows.filter(([status = '']) => /^\d+$/.test(status))));
});

test('the package names the manual page', () => {
  const { man, files } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
  assert.is(man, `./${manualFile}`);
  assert.ok(files.includes(manualFile));
});

const hasGroff = spawnSync('groff', ['--version']).status === 0;
(hasGroff ? test : test.skip)('groff prints it without a warning, with every command and option', () => {
  const path = fileURLToPath(new URL(manualFile, root));
  const { stdout, stderr, status } = spawnSync('groff', ['-man', '-Tascii', '-ww', '-P-cbou', path], {
    encoding: 'utf8',
  });
  assert.equal([status, stderr], [0, '']);
  const text = stdout.replace(/\s+/g, ' ');
  for (const { name, describe, options } of commands) {
    assert.ok(text.includes(`updown ${name}`), name);
    assert.ok(text.includes(describe.slice(0, 20)), describe);
    for (const option of options) assert.ok(text.includes(`--${option.name}`), option.name);
  }
});

test.run();
