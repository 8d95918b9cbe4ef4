import sade from 'sade';
import { readVersion } from '../index.ts';
import { type OptionSpec, shownValue } from './options.ts';
import { commands, globalOptions } from './spec.ts';

/** Prints to stdout: all commands, or one of them with its examples. */
export function printHelp(name: string | undefined): void {
  describe().help(name);
}

function describe(): sade.Sade {
  const program = sade('updown').version(readVersion());
  program.describe('Raw SQL migrations for PostgreSQL: what was reviewed is what runs.');
  for (const option of globalOptions) program.option(printFlag(option), printMeaning(option));
  for (const command of commands) {
    program.command(`${command.name} ${command.usage}`.trim(), command.describe).action(() => {});
    for (const option of command.options) program.option(printFlag(option), printMeaning(option));
    for (const example of command.examples) program.example(example);
  }
  return program;
}

function printFlag({ name, short }: OptionSpec): string {
  return short === undefined ? `--${name}` : `-${short}, --${name}`;
}

function printMeaning(option: OptionSpec): string {
  const value = shownValue(option);
  return value === undefined ? option.describe : `${value}  ${option.describe}`;
}
