import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ErrorCode, UpdownError } from '../lib/errors.ts';
import { updown } from '../test/support/cli.ts';
import { type Database, withDatabase } from '../test/support/database.ts';
import { findCode, findFences, findSession } from '../test/support/markdown.ts';
import { withProject, writeProject } from '../test/support/project.ts';

// Prints a table: each row and each console command of the two pages on other tools, what was run for it, and how it ended. The commands of
// rows are run here, each in a project and a database of its own; those of console blocks are run by test/pages/docs.test.ts, which compares
// what they print, and stand here with the exit that the page shows.

interface Line {
  readonly page: string;
  readonly section: string;
  readonly what: string;
  readonly command: string;
  readonly exit: string;
}

const revisions = [
  { id: 'a1', up: 'CREATE TABLE orders (id bigint PRIMARY KEY);\n', down: 'DROP TABLE orders;\n' },
  { id: 'b1', up: 'ALTER TABLE orders ADD COLUMN note text;\n', down: 'ALTER TABLE orders DROP COLUMN note;\n' },
  { id: 'c1', up: 'ALTER TABLE orders ADD COLUMN total int;\n', down: 'ALTER TABLE orders DROP COLUMN total;\n' },
];
const [first, second, third] = revisions as [object, object, object];
const fork = [first, second, { ...third, parents: ['a1'] }] as typeof revisions;
const schema = 'CREATE TABLE orders (id bigint PRIMARY KEY, note text, total int, paid date);\n';

const lines: Line[] = [];
for (const page of ['docs/from-alembic.md', 'docs/from-others.md']) {
  const text = await readFile(new URL(`../${page}`, import.meta.url), 'utf8');
  for (const { section, body } of sectionsOf(text)) {
    for (const [what = '', ours = ''] of rowsOf(body))
      for (const code of findCode(ours).filter((one) => one.startsWith('updown ')))
        lines.push({ page, section, what, ...(await run(code)) });
    for (const { language, text: block } of findFences(body))
      if (language === 'console')
        lines.push(...findShown(block).map((shown) => ({ page, section, what: '', ...shown })));
  }
}

console.log('| page | section | theirs | command that was run | exit |\n|---|---|---|---|---|');
for (const { page, section, what, command, exit } of lines)
  console.log(`| ${page} | ${section} | ${what} | \`${command.replaceAll('|', '\\|')}\` | ${exit} |`);
// A row's command does what the row says, or finds something; what a console block shows, the page's own test compares.
if (lines.some(({ what, exit }) => what !== '' && !/^[03]$/.test(exit))) process.exitCode = 1;

function sectionsOf(text: string): readonly { readonly section: string; readonly body: string }[] {
  return text.split(/^## /m).map((part, index) => {
    const [head = '', ...rest] = part.split('\n');
    return { section: index === 0 ? 'beginning' : head, body: rest.join('\n') };
  });
}

function rowsOf(body: string): readonly (readonly string[])[] {
  const prose = body.replace(/^```.*?^```$/gms, '');
  return prose
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[-|]+\|$/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

/** A command that fails shows its error, or its exit. */
function findShown(block: string): readonly { readonly command: string; readonly exit: string }[] {
  const steps = findSession(block);
  return steps.flatMap(({ command, output }, at) => {
    if (command === 'echo $?') return [];
    const next = steps[at + 1];
    if (next?.command === 'echo $?') return [{ command: oneLine(command), exit: next.output.trim() }];
    return [{ command: oneLine(command), exit: exitOf(output) }];
  });
}

/** By the code of the error that it prints; findings have an exit of their own. */
function exitOf(output: string): string {
  const code = /^error \((\S+)\)/m.exec(output)?.[1];
  if (/^✗ .* finding/m.test(output)) return `3 (${code})`;
  return code === undefined ? '0' : `${new UpdownError(code as ErrorCode, '').exitStatus} (${code})`;
}

function oneLine(command: string): string {
  return command.split('\n')[0] ?? '';
}

async function run(code: string): Promise<{ readonly command: string; readonly exit: string }> {
  let answer = { command: code, exit: '' };
  await withDatabase((database) =>
    withProject({}, async (cwd) => {
      const words = await prepare(code, cwd, database);
      const { status, stderr, stdout } = await updown(words, { cwd, env: { DATABASE_URL: database.url } });
      if (status !== 0 && status !== 3) console.error(`${words.join(' ')}\n${stdout}${stderr}`);
      const shown = words.map((word) => (word.includes(' ') ? `"${word}"` : word)).join(' ');
      answer = { command: `updown ${shown.replaceAll(database.url, '$URL')}`, exit: String(status) };
    }),
  );
  return answer;
}

/** The project and the database that the command needs, and the command with its placeholders filled in. */
async function prepare(code: string, cwd: string, { url, query }: Database): Promise<readonly string[]> {
  const words =
    code
      .slice('updown '.length)
      .replace(/<a>:<b>/, 'a1:b1')
      .replace(/<b>:<a>/, 'b1:a1')
      .replaceAll(/<(rev|revision)>/g, code.includes('downgrade') ? 'a1' : 'c1')
      .replaceAll(/<url>/g, url)
      .replaceAll('"…"', '"add paid"')
      .match(/"[^"]*"|\S+/g)
      ?.map((word) => word.replaceAll('"', '')) ?? [];
  const [name = ''] = words;
  const config: Record<string, unknown> = { url, scratch: url };
  if (name === 'init') return words;
  if (name === 'baseline') {
    await query('CREATE TABLE orders (id bigint)');
    await updown(['init', '--bare'], { cwd, env: {} });
    return [...words, '--url', url, '--scratch', url];
  }
  if (words.includes('--autogenerate')) {
    config.schema = 'schema.sql';
    await writeFile(join(cwd, 'schema.sql'), schema);
  }
  if (name === 'reset') config.development = true;
  await mkdir(join(cwd, 'migrations'), { recursive: true });
  await rm(join(cwd, 'migrations'), { recursive: true });
  const isFork = name === 'merge' || name === 'rebase' || name === 'branches';
  await writeProject(cwd, isFork ? fork : revisions);
  await writeFile(join(cwd, 'updown.json'), JSON.stringify(config));
  // What goes back, or looks at all of it, finds all of it applied.
  const start = ['downgrade', 'current', 'status', 'check', 'reset', 'snapshot'].includes(name) ? 'c1' : 'b1';
  await updown(['upgrade', isFork ? 'b1' : start], { cwd, env: {} });
  const more: Readonly<Record<string, readonly string[]>> = {
    downgrade: words.includes('--sql') ? (/:/.test(code) ? [] : ['--from', 'c1']) : ['--yes'],
    reset: ['--yes'],
    rebase: words.length === 1 ? ['c1'] : [],
  };
  return [...words, ...(more[name] ?? [])];
}
