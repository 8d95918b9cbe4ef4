import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rules } from '../lib/review/rules/all.ts';
import { printRuleIndex, printRulePage } from '../lib/review/rules/page.ts';

/** Writes docs/rules anew. */
const folder = fileURLToPath(new URL('../docs/rules', import.meta.url));
mkdirSync(folder, { recursive: true });
for (const name of readdirSync(folder)) rmSync(join(folder, name));
writeFileSync(join(folder, 'index.md'), printRuleIndex(rules));
for (const rule of rules) writeFileSync(join(folder, `${rule.id}.md`), printRulePage(rule));
