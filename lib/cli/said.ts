import { quoteWord } from '../index.ts';
import { commands, globalOptions } from './spec.ts';

/** Which files and which ledger are meant. Said on the command line, each command that a hint names needs it again. */
const kept = ['dir', 'config', 'ledger-schema'] as const;

/** These options as they were given, each behind a space: ` --ledger-schema other`. */
export function readSaid(argv: readonly string[]): string {
  const words = kept.flatMap((name) => {
    const value = lastValue(argv, name);
    return value === undefined ? [] : [` --${name} ${quoteWord(value)}`];
  });
  return words.join('');
}

function lastValue(argv: readonly string[], name: string): string | undefined {
  const behind = argv.indexOf('--');
  const words = behind === -1 ? argv : argv.slice(0, behind);
  let value: string | undefined;
  for (const [index, word] of words.entries()) {
    if (word.startsWith(`--${name}=`)) value = word.slice(name.length + 3);
    // It is the value of another option: `--dir --config`.
    else if (word === `--${name}` && !takesValue(words[index - 1])) value = words[index + 1];
  }
  return value;
}

function takesValue(word: string | undefined): boolean {
  return globalOptions.some(({ name, type }) => type !== 'flag' && word === `--${name}`);
}

/** A hint in which each command has what was said. Commands of a hint that names such an option itself are whole. */
export function repeatSaid(hint: string, said: string): string {
  if (said === '' || kept.some((name) => hint.includes(`--${name}`))) return hint;
  const names = commands.map(({ name }) => name).join('|');
  return hint.replace(
    new RegExp(`\\bupdown (?:${names})(?: verify)?(?![\\w-])`, 'g'),
    (command) => `${command}${said}`,
  );
}
