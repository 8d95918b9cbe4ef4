import sade from 'sade';
import { readVersion } from '../version.ts';
import type { CommandSpec, OptionSpec } from './command.ts';
import { commands, globalOptions } from './spec.ts';

/** The words and options of normalized arguments. */
export function parseCall(
  command: CommandSpec,
  normalized: readonly string[],
): { words: readonly unknown[]; flags: Readonly<Record<string, unknown>> } {
  const options = [...command.options, ...globalOptions];
  const named = (wanted: (option: OptionSpec) => boolean) => options.filter(wanted).map(({ name }) => escapeNo(name));
  const string = named(({ value }) => value !== undefined);
  const boolean = named(({ value }) => value === undefined);
  const words = normalized.map((word) => (word.startsWith('--') ? `--${escapeNo(word.slice(2))}` : word));
  const { args } = describe().parse(['node', 'updown', command.name, ...words], { lazy: true, string, boolean });
  const { _: rest, ...flags } = args.at(-1) as unknown as Record<string, unknown> & { _: unknown[] };
  return {
    words: [...args.slice(0, -1), ...rest],
    flags: Object.fromEntries(
      Object.entries(flags).flatMap(([name, value]) => (value === undefined ? [] : [[unescapeNo(name), value]])),
    ),
  };
}

/** Prints to stdout: all commands, or one of them with its examples. */
export function printHelp(name: string | undefined): void {
  describe().help(name);
}

// The parser takes `--no-x` for the opposite of `--x`, and lists every option that was not given as undefined, under its own name.
function escapeNo(name: string): string {
  return name.replace(/^no-/, 'non-');
}

function unescapeNo(name: string): string {
  return name.replace(/^non-/, 'no-');
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

function printMeaning({ value, describe: meaning }: OptionSpec): string {
  return value === undefined ? meaning : `${value}  ${meaning}`;
}
