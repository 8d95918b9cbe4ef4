import sade from 'sade';
import { readVersion } from '../index.ts';
import { groups } from './groups.ts';
import { type OptionSpec, shownValue } from './options.ts';
import { commands, globalOptions } from './spec.ts';

/** Prints to stdout: all commands, or one of them with its examples. */
export function printHelp(name: string | undefined): void {
  if (name === undefined) console.log(printCommands());
  else describe().help(name);
}

/** All commands, grouped by what one wants to do. */
function printCommands(): string {
  const described = new Map(commands.map((command) => [command.name, command.describe]));
  const sections = groups.map(([title, names]) =>
    section(
      title,
      names.map((name) => [name, described.get(name) ?? '']),
    ),
  );
  const options = [...globalOptions.map(toRow), ...ownOptions];
  return [
    '\n  Raw SQL migrations for PostgreSQL: what was reviewed is what runs.\n',
    section('Usage', [['$ updown <command> [options]', '']]),
    ...sections,
    section('Options of every command', options),
    section('Without a command', [['-v, --version', 'Displays the version']]),
    '  The options of one command, with examples: updown <command> --help\n',
  ].join('\n');
}

function toRow(option: OptionSpec): Row {
  return [[printFlag(option), shownValue(option)].filter((part) => part !== undefined).join(' '), option.describe];
}

type Row = readonly [name: string, meaning: string];

const ownOptions: readonly Row[] = [['-h, --help', 'Displays this message']];

function section(title: string, rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, meaning]) => `    ${name.padEnd(width)}  ${meaning}`.trimEnd());
  return `  ${title}\n${lines.join('\n')}\n`;
}

function describe(): sade.Sade {
  const program = sade('updown').version(readVersion());
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
