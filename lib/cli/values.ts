import { type Parsed, usage } from './argv.ts';
import { type Option, type OptionSpec, shownValue, type Values, type ValueTypes } from './options.ts';
import { type CommandName, type Given, globalOptions } from './spec.ts';

/** What was given, each option as its type says; throws `usage` for a value that is none of its type. */
export function readValues(parsed: Parsed): Given<CommandName> {
  const options = [...parsed.command.options, ...globalOptions];
  const values = options.map((option) => [option.key, readers[option.type](option, parsed)]);
  return Object.fromEntries(values) as Values;
}

const readers: { readonly [Type in keyof ValueTypes]: (option: Option, parsed: Parsed) => ValueTypes[Type] } = {
  flag: ({ key }, { has }) => has(key),
  text: ({ key }, { last }) => last(key),
  list: ({ key }, { all }) => all(key),
  heads: ({ key }, { last }) => last(key),
  seconds: (option, parsed) => readNumber(option, parsed, /^\d+(\.\d+)?$/, 'a number of seconds'),
  count: (option, parsed) => readNumber(option, parsed, /^[1-9]\d*$/, 'a whole number from 1 on'),
  choice: (option, { last }) => {
    const word = last(option.key);
    if (word === undefined || option.of?.includes(word)) return word;
    return refuseWord(option, word);
  },
};

function readNumber({ key, name }: Option, { last }: Parsed, shape: RegExp, meaning: string): number | undefined {
  const text = last(key);
  if (text === undefined) return undefined;
  if (!shape.test(text)) throw usage(`"--${name}" is ${meaning}, not "${text}"`);
  return Number(text);
}

function refuseWord(option: OptionSpec, word: string): never {
  const { name, of = [] } = option;
  const kind = shownValue(option)?.slice(1, -1);
  throw usage(
    `There is no ${kind} "${word}"`,
    undefined,
    of.length > 2 ? `Known: ${of.join(', ')}.` : `Write ${of.map((known) => `--${name} ${known}`).join(', or ')}.`,
  );
}
