import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { rules } from '../../lib/review/rules/all.ts';
import { readRules, renderAll, rulesFolder } from '../../scripts/rule-files.ts';
import { renderRuleIndex, renderRulePage } from '../../scripts/rule-page.ts';

const folder = new URL('../../docs/rules/', import.meta.url);

test('lib/review/rules/all.ts lists the files beside it: npm run docs:rules makes it', async () => {
  const files = await readRules();
  assert.is(readFileSync(join(rulesFolder, 'all.ts'), 'utf8'), renderAll(files));
  assert.equal(
    rules.map(({ id }) => id),
    files.map(({ id }) => id),
  );
  const places = rules.map(({ group, place }) => `${group} ${place}`);
  assert.equal(
    places.filter((one, index) => places.indexOf(one) !== index),
    [],
    'two rules of one group have the same place',
  );
});

test('the pages in docs/rules are those of the rules: npm run docs:rules makes them', () => {
  const read = (name: string) => readFileSync(fileURLToPath(new URL(name, folder)), 'utf8');
  assert.is(read('index.md'), renderRuleIndex(rules));
  for (const rule of rules) assert.is(read(`${rule.id}.md`), renderRulePage(rule), rule.id);
  assert.equal(readdirSync(fileURLToPath(folder)).sort(), ['index.md', ...rules.map(({ id }) => `${id}.md`)].sort());
});

test.run();
