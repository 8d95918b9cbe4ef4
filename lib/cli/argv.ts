import { didYouMean, listSome, plural, UpdownError } from '../index.ts';
import { type Option, type OptionKey, shownValue } from './options.ts';
import { type CommandSpec, commands, globalOptions } from './spec.ts';
import { answerOption } from './words-of-others.ts';

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
  const { words, given } = readWords(argv, command);
  const { name, words: wanted } = command;
  if (words.length > wanted.most) {
    const most = wanted.most === 0 ? 'no words' : `at most ${plural(wanted.most, 'word')}`;
    throw usage(`"${name}" takes ${most} after it, and got ${words.length}`, command);
  }
  if (words.length < wanted.least) throw usage(`"${name}" needs ${wanted.named}`, command);
  const all = (key: OptionKey) => given.get(key) ?? [];
  return { command, words, has: (key) => given.has(key), all, last: (key) => all(key).at(-1) };
}

interface Words {
  readonly words: readonly string[];
  readonly given: ReadonlyMap<OptionKey, readonly string[]>;
}

function readWords(argv: readonly string[], command: CommandSpec): Words {
  const options = [...command.options, ...globalOptions];
  const words: string[] = [];
  const given = new Map<OptionKey, string[]>();
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] as string;
    if (word === '--') return { words: [...words, ...argv.slice(i + 1)], given };
    if (isPlain(word)) {
      words.push(word);
      continue;
    }
    const [name = '', inline] = splitOnce(word);
    const option = findOption(name, options, command);
    const values = given.get(option.key) ?? [];
    given.set(option.key, values);
    if (option.type === 'flag') {
      if (inline !== undefined) throw usage(`"${name}" takes no value`, command);
      continue;
    }
    const value = inline ?? argv[++i];
    if (value === undefined || value === '' || (inline === undefined && looksLikeOption(value, options)))
      throw usage(`"${name}" needs a value: ${name} ${shownValue(option)}`, command);
    values.push(value);
  }
  return { words, given };
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
  throw unknownOption(name, options, command);
}

/** Of an option that the command does not have; without one, of an option that stands in front of any. */
export function unknownOption(name: string, options: readonly Option[], command?: CommandSpec): UpdownError {
  const message = command === undefined ? `There is no option "${name}"` : `"${command.name}" has no option "${name}"`;
  const known = options.map((option) => `--${option.name}`);
  const meant = `--${name.replace(/^--?/, '')}`;
  const hint = answerOption(name, command?.name) ?? hintElsewhere(meant, command) ?? didYouMean(meant, known);
  return usage(message, command, hint);
}

/** The very name, of another command. */
function hintElsewhere(name: string, command: CommandSpec | undefined): string | undefined {
  const having = commands.filter(({ options }) => options.some((option) => `--${option.name}` === name));
  if (having.length === 0 || command?.options.some((option) => `--${option.name}` === name)) return undefined;
  if (command === undefined) return `Write it after the command: updown <command> ${name}`;
  const names = having.map((each) => `"${each.name}"`);
  return `It is an option of ${listSome(names, 4)}. Those of this command: updown ${command.name} --help`;
}

/** No option: a target such as `-1` is none, either. */
function isPlain(word: string): boolean {
  return !word.startsWith('-') || word === '-' || /^-\d/.test(word);
}

function looksLikeOption(word: string, options: readonly Option[]): boolean {
  if (!/^--?[a-z]/i.test(word)) return false;
  const bare = word.replace(/^--?/, '').split('=')[0];
  return options.some((option) => option.name === bare || option.short === bare);
}

function splitOnce(word: string): readonly [string, string | undefined] {
  const at = word.indexOf('=');
  return at === -1 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}
