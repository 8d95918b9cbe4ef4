import { randomUUID } from 'node:crypto';
import { didYouMean, UpdownError } from '../index.ts';
import { parseArgv, unknownOption, usage } from './argv.ts';
import type { Host } from './host.ts';
import { actions } from './load.ts';
import { KnownFacts } from './log-facts.ts';
import { refuseNeedless } from './needs.ts';
import { readSaid } from './said.ts';
import { type CommandSpec, commands, globalOptions } from './spec.ts';
import { readValues } from './values.ts';
import { answerWord } from './words-of-others.ts';

/** Arguments in, exit status out. Everything that fails ends here, in words. */
export async function main(argv: readonly string[], host: Host): Promise<number> {
  // What reads our output may stop reading, as `head` does: that is no failure of ours, and no end of a run that only tells its progress.
  host.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return host.exit();
    host.stderr.write(`error (unwritable): standard output can't be written: ${error.code}\n`);
    return host.exit(1);
  });
  host.stderr.on('error', () => {});
  const command = argv.find((word) => commands.some(({ name }) => name === word)) ?? '';
  const facts = new KnownFacts({ run: randomUUID(), command });
  try {
    return await dispatch(argv, host, facts);
  } catch (error) {
    const { reportError } = await import('./report.ts');
    return reportError(error instanceof UpdownError ? error : wordInternal(error), argv, host, facts.now);
  }
}

async function dispatch(argv: readonly string[], host: Host, facts: KnownFacts): Promise<number> {
  const { command, rest } = findCommand(argv);
  if (command === help) return answerHelp(rest);
  if (command === undefined) return answerAlone(rest, host);
  if (rest.some((word) => word === '--help' || word === '-h')) return showHelp(command.name);
  facts.name(command.name);
  const parsed = parseArgv(rest, command);
  refuseNeedless(parsed);
  const call = { words: parsed.words, given: readValues(parsed), cwd: findFolder(host), facts };
  // All at once: loading is mostly waiting for one file after another.
  const [{ perform }, action] = await Promise.all([import('./perform.ts'), actions[command.name]()]);
  return perform(action, call, host, readSaid(argv, host.env));
}

/** Asked for by a word, as in other programs. */
const help = 'help';

function answerHelp(rest: readonly string[]): Promise<number> {
  const name = rest.find((word) => !word.startsWith('-'));
  if (name !== undefined && name !== help && !commands.some((command) => command.name === name))
    throw unknownCommand(name);
  return showHelp(name === help ? undefined : name);
}

/** `--version` and `--help` need nothing else of the program, so nothing else is loaded. */
async function answerAlone(rest: readonly string[], host: Host): Promise<number> {
  if (rest.includes('--version') || rest.includes('-v')) {
    const { readVersion } = await import('../index.ts');
    host.stdout.write(`updown ${readVersion()}\n`);
    return 0;
  }
  const odd = rest.find((word, at) => isOdd(word) && !takesNext(rest[at - 1] ?? ''));
  if (odd !== undefined) throw unknownInFront(odd);
  const asked = rest.some((word) => word === '--help' || word === '-h');
  if (!asked && rest.includes('--json')) throw usage('A command is missing');
  await showHelp(undefined);
  return asked ? 0 : 2;
}

/** The first word that is neither an option nor an option's value. */
function findCommand(argv: readonly string[]): {
  command: CommandSpec | typeof help | undefined;
  rest: readonly string[];
} {
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] as string;
    if (takesNext(word)) i++;
    else if (!word.startsWith('-')) {
      const command = word === help ? help : commands.find(({ name }) => name === word);
      if (command === undefined) throw unknownIn(argv, i);
      return { command, rest: argv.toSpliced(i, 1) };
    }
  }
  return { command: undefined, rest: argv };
}

function takesNext(word: string): boolean {
  return globalOptions.some((option) => option.type !== 'flag' && word === `--${option.name}`);
}

/** What stands behind an option that takes a value, or that is not known, is most likely its value. */
function unknownIn(argv: readonly string[], at: number): UpdownError {
  const [before = '', word = '', behind] = [argv[at - 1], argv[at], argv[at + 1]];
  const isFlag = optionsOfAll.some((option) => option.type === 'flag' && `--${option.name}` === before);
  return isOdd(before) && !isFlag ? unknownInFront(before) : unknownCommand(word, behind);
}

/** An option that does not stand in front of a command. */
function isOdd(word: string): boolean {
  const known = [...globalOptions.flatMap(({ name, short = '' }) => [`--${name}`, `-${short}`]), '--help', '-h'];
  return /^-./.test(word) && !known.includes(word.split('=')[0] ?? '');
}

const optionsOfAll = [...globalOptions, ...commands.flatMap(({ options }) => options)];

function unknownInFront(word: string): UpdownError {
  return unknownOption(word.split('=')[0] ?? '', optionsOfAll);
}

function unknownCommand(word: string, behind?: string): UpdownError {
  const names = commands.map(({ name }) => name);
  const hint =
    answerWord(word, behind, names) ?? didYouMean(word, [...names, help]) ?? `Commands: ${names.join(', ')}.`;
  return usage(`There is no command "${word}"`, undefined, hint);
}

async function showHelp(name: string | undefined): Promise<number> {
  const { printHelp } = await import('./help.ts');
  printHelp(name);
  return 0;
}

/** `process.cwd()` throws if the folder was deleted. */
function findFolder(host: Host): string {
  try {
    return host.cwd();
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code;
    throw usage(
      `The current folder can't be found (${reason})`,
      undefined,
      'It may be deleted: go to one that is there.',
    );
  }
}

function wordInternal(error: unknown): UpdownError {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new UpdownError('internal', `updown itself failed: ${message}`, {
    hint: 'This is a bug in updown: please report it. UPDOWN_DEBUG=1 in the environment shows more.',
    cause: error,
  });
}
