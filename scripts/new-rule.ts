import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Group, groups } from '../lib/review/rules/rule.ts';
import { readRules, renderNewRule, rulesFolder } from './rule-files.ts';

// npm run new:rule <id> <group>: writes an empty rule, which is listed, and whose test fails until it is filled in.
const [id = '', group = ''] = process.argv.slice(2);
const file = join(rulesFolder, `${id}.ts`);

if (!/^[a-z0-9]+(-[a-z0-9]+)+$/.test(id)) fail('the id of a rule is kebab-case, of two words at least: drop-table');
if (existsSync(file)) fail(`there is a rule ${id}: lib/review/rules/${id}.ts`);
if (!isGroup(group)) fail(`name a group behind the id: ${groups.join(', ')}`);
const places = (await readRules()).filter((rule) => rule.group === group).map(({ place }) => place);
writeFileSync(file, renderNewRule(id, group, Math.max(0, ...places) + 10));
await import('./rules.ts');
console.log(`lib/review/rules/${id}.ts: fill it in until this passes: RULE=${id} npm test -- review/rule-examples`);

function isGroup(word: string): word is Group {
  return groups.some((one) => one === word);
}

function fail(words: string): never {
  console.error(`npm run new:rule <id> <group>: ${words}`);
  process.exit(1);
}
