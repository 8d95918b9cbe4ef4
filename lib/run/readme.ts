import type { Script } from '../plan/script.ts';
import { describePlan, describeSteps, type ScriptFile } from './header.ts';

/** What to run in which order, for who gets a folder of files. */
export function printReadme(script: Script, files: readonly ScriptFile[], advice: readonly string[]): string {
  const rows = files.map(
    ({ name, about }, index) => `| ${index + 1} | \`${name}\` | ${about.replaceAll('|', '\\|')} |\n`,
  );
  return `# What to run

${advice.join('\n')}

| | file | what it does |
|---|---|---|
${rows.join('')}
## The plan

${[...describePlan(script), '', ...describeSteps(script)].map((line) => `    ${line}`.trimEnd()).join('\n')}
`;
}
