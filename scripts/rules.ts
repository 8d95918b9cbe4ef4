import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readRules, renderAll, rulesFolder } from './rule-files.ts';
import { renderRuleIndex, renderRulePage } from './rule-page.ts';

// Writes lib/review/rules/all.ts and docs/rules anew.
const rules = await readRules();
writeFileSync(join(rulesFolder, 'all.ts'), renderAll(rules));
const folder = fileURLToPath(new URL('../docs/rules', import.meta.url));
mkdirSync(folder, { recursive: true });
for (const name of readdirSync(folder)) rmSync(join(folder, name));
writeFileSync(join(folder, 'index.md'), renderRuleIndex(rules));
for (const rule of rules) writeFileSync(join(folder, `${rule.id}.md`), renderRulePage(rule));
