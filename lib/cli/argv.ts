import { didYouMean, plural, UpdownError } from '../index.ts';
import { type Option, type OptionKey, shownValue } from './options.ts';
import { type CommandSpec, globalOptions } from './spec.ts';

/** What was written behind a command, each option by its key. */
export interface Parsed {
  readonly command: CommandSpec;
  readonly words: readonly string[];
  readonly has: (key: OptionKey) => boolean;
  /** The values in their order; the last one counts where only one is wanted. */
  readonly all: (key: OptionKey) => readonly string[];
  readonly last: (key: OptionKey) => string | undefined;
}

/**
 * Reads what no general parser gets right, because targets look like options and numbers: `--sql head`, `-1`, `0042`. Refuses unknown
 * options, missing values and extra words.
 */
export function parseArgv(argv: readonly string[], command: CommandSpec): Parsed {
  const options = [...command.options, ...globalOptions];
  const words: string[] = [];
  const given = new Map<OptionKey, string[]>();
  const give = ({ key }: Option, ...values: string[]) => given.set(key, [...(given.get(key) ?? []), ...values]);
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] as string;
    if (word === '--') {
      words.push(...argv.slice(i + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-' || /^-\d/.test(word)) {
      words.push(word);
      continue;
    }
    const [name = '', inline] = splitOnce(word);
    const option = findOption(name, options, command);
    if (option.type === 'flag') {
      if (inline !== undefined) throw usage(`"${name}" takes no value`, command);
      give(option);
      continue;
    }
    const value = inline ?? argv[++i];
    if (
      value === undefined ||
      value === '' ||
      (inline === undefined && /^--?[a-z]/i.test(value) && isOption(value, options))
    )
      throw usage(`"${name}" needs a value: ${name} ${shownValue(option)}`, command);
    give(option, value);
  }
  if (words.length > command.words.most)
    throw usage(
      `"${command.name}" takes ${command.words.most === 0 ? 'no words' : `at most ${plural(command.words.most, 'word')}`} after it, and got ${words.length}`,
      command,
    );
  if (words.length < command.words.least) throw usage(`"${command.name}" needs ${command.words.named}`, command);
  const all = (key: OptionKey) => given.get(key) ?? [];
  return { command, words, has: (key) => given.has(key), all, last: (key) => all(key).at(-1) };
}

export function usage(message: string, command?: CommandSpec, hint?: string): UpdownError {
  return new UpdownError('usage', message, {
    hint: hint ?? `Run: updown ${command === undefined ? '' : `${command.name} `}--help`,
  });
}

function findOption(name: string, options: readonly Option[], command: CommandSpec): Option {
  const bare = name.replace(/^--?/, '');
  const found = options.find((option) => (name.startsWith('--') ? option.name === bare : option.short === bare));
  if (found !== undefined) return found;
  const known = options.map((option) => `--${option.name}`);
  throw usage(`"${command.name}" has no option "${name}"`, command, didYouMean(name, known));
}

function isOption(word: string, options: readonly Option[]): boolean {
  const bare = word.replace(/^--?/, '').split('=')[0];
  return options.some((option) => option.name === bare || option.short === bare);
}

function splitOnce(word: string): readonly [string, string | undefined] {
  const at = word.indexOf('=');
  return at === -1 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}
