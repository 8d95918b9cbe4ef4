import { describePlan, describeSteps, type RenderOptions, type ScriptFile } from './header.ts';
import type { Script } from './script.ts';

export interface ReadmeOptions extends RenderOptions {
  /** How to run them, a line each. */
  readonly advice: readonly string[];
  /** How they were asked for. */
  readonly form: string;
}

/** What to run in which order, for who gets a folder of files. */
export function printReadme(script: Script, files: readonly ScriptFile[], options: ReadmeOptions): string {
  const rows = files.map(
    ({ name, about }, index) => `| ${index + 1} | \`${name}\` | ${about.replaceAll('|', '\\|')} |\n`,
  );
  return `# What to run

${options.advice.join('\n')}

| | file | what it does |
|---|---|---|
${rows.join('')}
## The plan

${[...describePlan(script, options, options.form), '', ...describeSteps(script, options)].map((line) => `    ${line}`.trimEnd()).join('\n')}
`;
}
