import { UpdownError } from '../errors.ts';
import { didYouMean } from '../suggest.ts';
import type { CommandSpec, OptionSpec } from './command.ts';

/** Words after the command, and options by their long name without dashes. */
export interface Parsed {
  readonly words: readonly string[];
  readonly flags: Readonly<Record<string, string | true>>;
}

/**
 * Repairs what the option parser misreads (`--sql head` eats the target, `-1` is a flag, `0042` a number), so that it sees only
 * `--name=value` and words. Refuses unknown options, missing values and extra words. `^` marks a word that starts with a dash.
 */
export function normalizeArgv(
  argv: readonly string[],
  command: CommandSpec,
  options: readonly OptionSpec[],
): readonly string[] {
  const out: string[] = [];
  let words = 0;
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] as string;
    if (word === '--') {
      out.push(...argv.slice(i + 1).map(guard));
      words += argv.length - i - 1;
      break;
    }
    if (!word.startsWith('-') || word === '-' || /^-\d/.test(word)) {
      out.push(guard(word));
      words++;
      continue;
    }
    const [name = '', inline] = splitOnce(word);
    const option = findOption(name, options, command);
    if (option.value === undefined) {
      if (inline !== undefined) throw usage(`"${name}" takes no value`, command);
      out.push(`--${option.name}=true`);
      continue;
    }
    const value = inline ?? argv[++i];
    if (
      value === undefined ||
      value === '' ||
      (inline === undefined && /^--?[a-z]/i.test(value) && isOption(value, options))
    )
      throw usage(`"${name}" needs a value: ${name} ${option.value}`, command);
    out.push(`--${option.name}=${value}`);
  }
  if (words > command.words.most)
    throw usage(
      `"${command.name}" takes ${command.words.most === 0 ? 'no words' : `at most ${command.words.most} word${command.words.most === 1 ? '' : 's'}`} after it, and got ${words}`,
      command,
    );
  if (words < command.words.least) throw usage(`"${command.name}" needs ${command.words.named}`, command);
  return out;
}

/** Undoes the marks. */
export function readWords(words: readonly unknown[]): readonly string[] {
  return words.filter((word) => word !== undefined).map((word) => String(word).replace(/^\^/, ''));
}

export function usage(message: string, command?: CommandSpec, hint?: string): UpdownError {
  return new UpdownError('usage', message, {
    hint: hint ?? `Run: updown ${command === undefined ? '' : `${command.name} `}--help`,
  });
}

// Relative targets and digits: kept from being read as flags or numbers.
function guard(word: string): string {
  return `^${word}`;
}

function findOption(name: string, options: readonly OptionSpec[], command: CommandSpec): OptionSpec {
  const bare = name.replace(/^--?/, '');
  const found = options.find((option) => (name.startsWith('--') ? option.name === bare : option.short === bare));
  if (found !== undefined) return found;
  const known = options.map((option) => `--${option.name}`);
  throw usage(`"${command.name}" has no option "${name}"`, command, didYouMean(name, known));
}

function isOption(word: string, options: readonly OptionSpec[]): boolean {
  const bare = word.replace(/^--?/, '').split('=')[0];
  return options.some((option) => option.name === bare || option.short === bare);
}

function splitOnce(word: string): readonly [string, string | undefined] {
  const at = word.indexOf('=');
  return at === -1 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}
