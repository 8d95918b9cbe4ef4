import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Group, groups, type Rule } from '../lib/review/rules/rule.ts';

export const rulesFolder: string = fileURLToPath(new URL('../lib/review/rules', import.meta.url));

/** The files of the folder that hold no rule. */
const others = new Set(['all.ts', 'rule.ts']);

/** The rule of each file, in the order in which they are listed: by group, then by place. */
export async function readRules(): Promise<readonly Rule[]> {
  const files = readdirSync(rulesFolder).filter((name) => name.endsWith('.ts') && !others.has(name));
  const rules = await Promise.all(files.map(readRule));
  return rules.sort(
    (a, b) => groups.indexOf(a.group) - groups.indexOf(b.group) || a.place - b.place || (a.id < b.id ? -1 : 1),
  );
}

async function readRule(name: string): Promise<Rule> {
  const { rule } = (await import(`../lib/review/rules/${name}`)) as { readonly rule?: Rule };
  if (rule === undefined) throw new Error(`lib/review/rules/${name} exports no "rule"`);
  if (`${rule.id}.ts` !== name) throw new Error(`the rule of lib/review/rules/${name} has the id ${rule.id}`);
  return rule;
}

/** The text of lib/review/rules/all.ts. */
export function renderAll(rules: readonly Rule[]): string {
  const ids = rules.map(({ id }) => id);
  const imports = [
    "import type { Rule } from './rule.ts';",
    ...ids.map((id) => `import { rule as ${toName(id)} } from './${id}.ts';`),
  ];
  return `// Made by \`npm run docs:rules\` from the files beside it.
${imports.sort(byPath).join('\n')}

/** Every rule that a review judges by, in the order in which they are listed. docs/rules has a page for each. */
export const rules: readonly Rule[] = [
${ids.map((id) => `  ${toName(id)},\n`).join('')}];
`;
}

/** An empty rule: its test fails until the author has filled it in. */
export function renderNewRule(id: string, group: Group, place: number): string {
  return `import { everyStatement } from '../facts/subjects.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: '${id}',
  group: '${group}',
  place: ${place},
  severity: 'warning',
  title: 'TODO: what happens, in a few words',
  why: 'TODO: why it matters, in a sentence.',
  found: 'SELECT 1; -- TODO',
  letBe: 'SELECT 2; -- TODO: what looks alike, and is harmless',
  on: everyStatement,
  judge: () => [],
});
`;
}

/** As Biome sorts them. */
function byPath(a: string, b: string): number {
  const [one, other] = [a, b].map((line) => line.slice(line.indexOf("'"), -".ts';".length));
  return one! < other! ? -1 : 1;
}

/** `dropTable` of `drop-table`. */
function toName(id: string): string {
  return id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
