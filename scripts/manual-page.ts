import { groups } from '../lib/cli/groups.ts';
import { type OptionSpec, shownValue } from '../lib/cli/options.ts';
import { commands, globalOptions } from '../lib/cli/spec.ts';

/** Where the manual page lies, from the root. */
export const manualFile = 'updown.1';

/**
 * The manual page, in the man macros that every `man` reads. `exits` are the rows of the README's table of exit statuses, in Markdown.
 * It has no date and no version: it is compared with the sources.
 */
export function renderManual(exits: readonly (readonly string[])[]): string {
  const lines = [
    '.\\" Written by: npm run docs:man',
    '.TH UPDOWN 1 "" "updown" "User Commands"',
    '.SH NAME',
    'updown \\- migrations for PostgreSQL in plain SQL',
    '.SH SYNOPSIS',
    '.B updown',
    '\\fIcommand\\fR [\\fIoptions\\fR]',
    '.SH DESCRIPTION',
    roff(
      'A revision is a folder with up.sql and down.sql. A manifest of parent pointers orders the revisions. upgrade runs what is',
    ),
    roff('missing, or prints the same plan as one psql script: what was reviewed is what runs.'),
    '.SH COMMANDS',
    ...groups.flatMap(([title, names]) => [`.SS ${roff(title)}`, ...names.flatMap(renderCommand)]),
    '.SH OPTIONS OF EVERY COMMAND',
    ...globalOptions.flatMap(renderOption),
    '.SH EXIT STATUS',
    ...exits.flatMap(([status = '', meaning = '']) => ['.TP', `.B ${roff(status)}`, roff(meaning)]),
    '.SH ENVIRONMENT',
    ...environment.flatMap(([name, meaning]) => ['.TP', `.B ${roff(name)}`, roff(meaning)]),
    '.SH FILES',
    ...files.flatMap(([name, meaning]) => ['.TP', `.I ${roff(name)}`, roff(meaning)]),
    '.SH SEE ALSO',
    '.BR psql (1),',
    'the pages in the folder docs of the package',
  ];
  return `${lines.join('\n')}\n`;
}

const environment: readonly (readonly [name: string, meaning: string])[] = [
  ['DATABASE_URL', 'The database, where --url is not given.'],
  ['PGHOST, PGPORT, PGDATABASE, PGUSER and others', 'As for psql, where neither --url nor DATABASE_URL is given.'],
  ['CI', 'Where it is set, a pglite: url counts only as --url.'],
  ['NO_COLOR', 'Where it is set, nothing is coloured.'],
  ['UPDOWN_DEBUG', 'Where it is 1, an error shows its cause, with passwords taken out.'],
];

const files: readonly (readonly [name: string, meaning: string])[] = [
  ['updown.json', 'The configuration of a project.'],
  ['migrations/manifest.jsonl', 'The order: a line for each revision, with its parents.'],
  ['migrations/*/up.sql, migrations/*/down.sql', 'The SQL of a revision.'],
];

function renderCommand(name: string): readonly string[] {
  const command = commands.find((one) => one.name === name);
  if (command === undefined) throw new Error(`no command ${name}`);
  return [
    '.PP',
    `\\fBupdown ${roff(name)}\\fR ${roff(command.usage)}`.trimEnd(),
    '.RS 4',
    roff(command.describe),
    ...command.options.flatMap(renderOption),
    ...(command.examples.length > 0
      ? ['.PP', 'Examples:', '.nf', ...command.examples.map((one) => roff(`updown ${one}`)), '.fi']
      : []),
    '.RE',
  ];
}

function renderOption(option: OptionSpec): readonly string[] {
  const flags = [option.short === undefined ? undefined : `-${option.short}`, `--${option.name}`].filter(
    (one) => one !== undefined,
  );
  const value = shownValue(option);
  return [
    '.TP',
    `\\fB${flags.map(roff).join('\\fR, \\fB')}\\fR${value === undefined ? '' : ` \\fI${roff(value)}\\fR`}`,
    roff(option.describe),
  ];
}

/** Text as roff prints it: a hyphen that can be copied, no escapes, and no request at the start of a line. Of Markdown, links and backticks go. */
function roff(text: string): string {
  const plain = text.replace(/\[([^\]]+)\]\([^)]+\)/g, '$1').replaceAll('`', '');
  const escaped = plain.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('…', '...').replaceAll('×', 'x');
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}
