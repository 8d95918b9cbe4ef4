import { quoteWord, repeatUrl } from '../index.ts';
import { type CommandName, commands, globalOptions } from './spec.ts';

/** An option that was given on the command line, and that the commands of a hint need again. */
export interface Said {
  readonly name: (typeof kept)[number];
  /** As a shell reads it: `--ledger-schema other`. */
  readonly words: string;
  /** What has to be known beside it. */
  readonly remark?: string | undefined;
}

/** Which files, which database and which ledger are meant. */
const kept = ['dir', 'url', 'config', 'ledger-schema'] as const;

type Environment = Readonly<Record<string, string | undefined>>;

export function readSaid(argv: readonly string[], env: Environment): readonly Said[] {
  return kept.flatMap((name) => {
    const value = lastValue(argv, name);
    if (value === undefined) return [];
    return [name === 'url' ? sayUrl(value, env) : { name, words: `--${name} ${quoteWord(value)}` }];
  });
}

/** Where no `--url` was given: the url by which a command was told of a database otherwise, as by `--from`. */
export function sayInstead(said: readonly Said[], url: string, env: Environment): readonly Said[] {
  return said.some(({ name }) => name === 'url') ? said : [...said, sayUrl(url, env)];
}

/**
 * Never with its password (F65): then by the variable that holds all of it, or without the password. One that can't be printed at all is asked
 * for, so that no command acts on another database.
 */
function sayUrl(url: string, env: Environment): Said {
  const repeated = repeatUrl(url);
  if (repeated !== undefined && !repeated.lacksPassword)
    return { name: 'url', words: `--url ${quoteUrl(repeated.url)}` };
  const variable = Object.keys(env)
    .sort()
    .find((name) => env[name] === url && /^(?!npm_)[A-Za-z]\w*$/.test(name));
  if (variable !== undefined) return { name: 'url', words: `--url "$${variable}"` };
  if (repeated === undefined) return { name: 'url', words: unknownUrl };
  return {
    name: 'url',
    words: `--url ${quoteUrl(repeated.url)}`,
    remark: 'the url is without its password here: set PGPASSWORD',
  };
}

const unknownUrl = '--url <url>';

/** Most urls are one word to a shell as they are. */
function quoteUrl(url: string): string {
  return /^[\w:/.@%+,=-]+$/.test(url) ? url : quoteWord(url);
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

/** Whether it looks for a database of its own where none is named. To the others a url says something else: to `check`, to ask one as well. */
const asksDatabase: Readonly<Record<CommandName, boolean>> = {
  approve: true,
  baseline: false,
  branches: false,
  check: false,
  completion: false,
  current: true,
  downgrade: true,
  heads: false,
  history: true,
  import: false,
  init: false,
  merge: false,
  plan: true,
  rebase: true,
  reset: true,
  review: true,
  revision: false,
  rules: false,
  script: true,
  seal: false,
  show: true,
  snapshot: true,
  squash: false,
  stamp: true,
  status: true,
  upgrade: true,
  verify: false,
};

/**
 * A hint in which each command has what was said. Commands of a hint that names such an option itself are whole in that. A remark stands behind
 * it as a comment of the shell, so that the line can be pasted.
 */
export function repeatSaid(hint: string, said: readonly Said[]): string {
  const url = said.find(({ name }) => name === 'url');
  const named = url === undefined ? hint : hint.replaceAll(unknownUrl, () => url.words);
  const lacking = said.filter(({ name }) => !new RegExp(`--${name}\\b`).test(hint));
  const used = new Set<Said>(named === hint || url === undefined ? [] : [url]);
  const whole = named.replace(command, (found, name: CommandName, at: number) => {
    const connects = asksDatabase[name] && !isOffline(name, named.slice(at + found.length));
    const wanted = lacking.filter((one) => one.name !== 'url' || connects);
    for (const one of wanted) used.add(one);
    return [found, ...wanted.map(({ words }) => words)].join(' ');
  });
  return [whole, ...said.flatMap((one) => (used.has(one) && one.remark !== undefined ? [`# ${one.remark}`] : []))].join(
    ' ',
  );
}

/** `behind` is what stands behind the command's name. */
function isOffline(name: CommandName, behind: string): boolean {
  const [own = ''] = behind.split(/\bupdown /);
  // A range says where it starts.
  if (name === 'approve' && /^ [^\s:]+:\S/.test(own)) return true;
  return / --sql\b/.test(own) && !own.includes('--from-database');
}

const command = new RegExp(`\\bupdown (${commands.map(({ name }) => name).join('|')})(?: verify)?(?![\\w-])`, 'g');
