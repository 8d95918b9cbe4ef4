import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { rules } from '../../lib/review/rules/all.ts';
import { printRuleIndex, printRulePage } from '../../lib/review/rules/page.ts';

const folder = new URL('../../docs/rules/', import.meta.url);

test('the pages in docs/rules are those of the rules: npm run docs:rules makes them', () => {
  const read = (name: string) => readFileSync(fileURLToPath(new URL(name, folder)), 'utf8');
  assert.is(read('index.md'), printRuleIndex(rules));
  for (const rule of rules) assert.is(read(`${rule.id}.md`), printRulePage(rule), rule.id);
  assert.equal(readdirSync(fileURLToPath(folder)).sort(), ['index.md', ...rules.map(({ id }) => `${id}.md`)].sort());
});

test.run();
