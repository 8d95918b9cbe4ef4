import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { MeasuredStatement } from '../../lib/review/measured.ts';
import { rules } from '../../lib/review/rules/all.ts';
import type { Rule, RuleContext } from '../../lib/review/rules/rule.ts';
import { readRules, renderAll, renderNewRule, rulesFolder } from '../../scripts/rule-files.ts';
import { renderRuleIndex, renderRulePage } from '../../scripts/rule-page.ts';
import { withProject } from '../support/project.ts';

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

test('rules do not import each other: what two of them need stands beside their folder', () => {
  const isOther = (line: string) => /from '\.\/(?!rule\.ts')/.test(line);
  const found = rules.flatMap(({ id }) =>
    readFileSync(join(rulesFolder, `${id}.ts`), 'utf8')
      .split('\n')
      .filter(isOther)
      .map((line) => `${id}: ${line}`),
  );
  assert.equal(found, []);
});

test('what npm run new:rule writes is a rule that finds nothing, in the place it was given', () =>
  withProject({}, async (cwd) => {
    const file = join(cwd, 'a-new-rule.ts');
    const at = (path: string) => pathToFileURL(join(rulesFolder, path)).href;
    const text = renderNewRule('a-new-rule', 'locks', 110);
    writeFileSync(
      file,
      text.replaceAll(/'(\.\.?\/[^']*)'/g, (_, path: string) => `'${at(path)}'`),
    );
    const { rule } = (await import(pathToFileURL(file).href)) as { readonly rule: Rule };
    assert.equal([rule.id, rule.group, rule.place], ['a-new-rule', 'locks', 110]);
    const statement = { number: 1, label: 'SELECT', text: 'SELECT 1' } as unknown as MeasuredStatement;
    assert.equal(rule.judge(statement, { told: {} } as unknown as RuleContext), []);
    for (const words of [rule.title, rule.why, ...rule.found, ...rule.letBe]) assert.match(words, 'TODO');
  }));

test('the pages in docs/rules are those of the rules: npm run docs:rules makes them', () => {
  const read = (name: string) => readFileSync(fileURLToPath(new URL(name, folder)), 'utf8');
  assert.is(read('index.md'), renderRuleIndex(rules));
  for (const rule of rules) assert.is(read(`${rule.id}.md`), renderRulePage(rule), rule.id);
  assert.equal(readdirSync(fileURLToPath(folder)).sort(), ['index.md', ...rules.map(({ id }) => `${id}.md`)].sort());
});

test.run();
