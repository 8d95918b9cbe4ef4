import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { updown } from '../support/cli.ts';
import { type Database, dump, withDatabase } from '../support/database.ts';
import { commitAll, git, startRepository } from '../support/git.ts';
import { startServer } from '../support/server.ts';
import { listOriginals, type Original, type Tool } from './original.ts';
import { readRevisions } from './site.ts';

// node --import tsx test/real/squash.ts <tool> <folder> [<count> [<name>]]: the first revisions of a public history as one, against what plain
// psql and pg_dump --schema-only make of its own files; then a database that has all of them, one that has none, and one half-way.
const [tool, folder, count = '100', name = basename(resolve(folder ?? '.'))] = process.argv.slice(2);
if ((tool !== 'diesel' && tool !== 'golang-migrate') || folder === undefined || !existsSync(folder)) {
  console.error(
    'Usage: node --import tsx test/real/squash.ts diesel|golang-migrate <folder of migrations> [<count> [<name>]]',
  );
  process.exit(2);
}
const project = mkdtempSync(join(tmpdir(), 'updown-squash-'));
const server = await startServer();
let bad = 0;
try {
  await check(tool, resolve(folder), Number(count));
  console.log(bad === 0 ? 'as it should be' : `${bad} not as it should be`);
  process.exitCode = bad === 0 ? 0 : 1;
} finally {
  rmSync(project, { recursive: true, force: true });
  await server.stop();
}

async function check(tool: Tool, folder: string, count: number): Promise<void> {
  await run('init', '--bare');
  writeFileSync(join(project, 'updown.json'), JSON.stringify({ scratch: server.url }));
  tell('import', (await run('import', tool, folder)).status === 0, name);
  startRepository(project);
  const revisions = await readRevisions(project);
  const originals = await listOriginals(tool, folder);
  const [last, middle] = [revisions[count - 1]?.id ?? '', revisions[Math.floor(count / 2) - 1]?.id ?? ''];
  const hash = (await run('snapshot', last, '--hash')).stdout;
  await withFour(async (databases) => {
    const [all, none, half, plain] = databases;
    tell('one by one', (await run('upgrade', last, '--url', all.url)).status === 0, `${count} revisions`);
    tell(
      'half-way',
      (await run('upgrade', middle, '--url', half.url)).status === 0,
      `${Math.floor(count / 2)} revisions`,
    );
    await squash(last, hash);
    await compare(originals.slice(0, count), { none, plain, last });
    await goOn(all, none);
    await leadOut(half, last);
  });
}

/** With all that is asked of whoever does it. */
async function squash(last: string, hash: string): Promise<void> {
  const refused = await run('squash', `:${last}`);
  if (refused.status !== 0) console.log(refused.stderr.trimEnd());
  const joined = await run('squash', `:${last}`, '--keep-data', '--dry-run');
  console.log(`--keep-data: ${(joined.status === 0 ? joined.stdout : joined.stderr).trimEnd()}`);
  const started = performance.now();
  const { status, stdout, stderr } = await run('squash', `:${last}`, ...(refused.status === 0 ? [] : ['--drop-data']));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  tell('squash', status === 0, `${seconds} s`, status === 0 ? stdout : stderr);
  commitAll(project, 'squash');
  tell('snapshot', (await run('snapshot', last, '--hash')).stdout === hash, hash.trim());
  const verified = await run('verify', `:${last}`.replace(/^:/, 'base:'));
  tell('verify', verified.status === 0, '', verified.stdout);
}

interface Compared {
  readonly none: Database;
  readonly plain: Database;
  readonly last: string;
}

async function compare(originals: readonly Original[], { none, plain, last }: Compared): Promise<void> {
  for (const original of originals) {
    const { status, stderr } = await original.run(plain.url, original.up);
    if (status !== 0) throw new Error(`${original.path}: ${stderr}`);
  }
  const fresh = await run('upgrade', last, '--url', none.url, '--json');
  const { steps } = JSON.parse(fresh.stdout) as { readonly steps: readonly unknown[] };
  tell('a new database', fresh.status === 0, `${steps.length} step`);
  tell(
    'pg_dump',
    (await dump(none.url)) === (await dump(plain.url)),
    'the same as of the files of the history, by psql',
  );
}

async function goOn(...databases: readonly Database[]): Promise<void> {
  for (const { url } of databases) {
    const status = await run('status', '--url', url);
    tell(
      'status',
      status.status === 0,
      status.stdout
        .split('\n')
        .filter((line) => /stands at|applied/.test(line))
        .map((line) => line.trim())
        .join(', '),
    );
    const { status: code, stderr } = await run('upgrade', '--url', url);
    tell('upgrade', code === 0, '', code === 0 ? '' : stderr);
    await checkDatabase(url);
  }
  const [one, other] = await Promise.all(databases.map(({ url }) => dump(url)));
  tell('pg_dump at head', one === other, 'the same of both');
}

/** What the message says, word by word. */
async function leadOut({ url }: Database, last: string): Promise<void> {
  const { status, stderr } = await run('upgrade', '--url', url);
  tell('half-way', status === 4, '', stderr);
  const [, place = '', commit = ''] = /git worktree add (\S+) ([0-9a-f]+)/.exec(stderr.replaceAll(/\s+/g, ' ')) ?? [];
  git(project, 'worktree', 'add', '--quiet', place, commit);
  const there = resolve(project, place);
  try {
    tell('there', (await updown(['upgrade', last, '--url', url], { cwd: there })).status === 0, `upgrade ${last}`);
  } finally {
    rmSync(there, { recursive: true, force: true });
  }
  tell('and here', (await run('upgrade', '--url', url)).status === 0, 'upgrade');
  await checkDatabase(url);
}

/** What is wrong with the history's own files is not the matter. */
async function checkDatabase(url: string): Promise<void> {
  const files = new Set((await findings()).map((one) => JSON.stringify(one)));
  const found = (await findings('--url', url)).filter((one) => !files.has(JSON.stringify(one)));
  tell(
    'check --url',
    found.length === 0,
    'nothing but what is wrong with the files by themselves',
    found.map(({ message }) => message).join('\n'),
  );
}

interface Found {
  readonly code: string;
  readonly message: string;
}

async function findings(...args: readonly string[]): Promise<readonly Found[]> {
  const { stdout } = await run('check', '--json', ...args);
  return (JSON.parse(stdout) as { readonly findings: readonly Found[] }).findings;
}

function run(...args: readonly string[]): ReturnType<typeof updown> {
  return updown(args, { cwd: project });
}

function tell(about: string, isGood: boolean, words: string, more = ''): void {
  if (!isGood) bad++;
  console.log(`${isGood ? 'ok ' : 'BAD'} ${about.padEnd(16)} ${words}${more === '' ? '' : `\n${more.trimEnd()}`}`);
}

type Four = readonly [Database, Database, Database, Database];

async function withFour(body: (databases: Four) => Promise<void>, ...made: readonly Database[]): Promise<void> {
  const [first, second, third, fourth] = made;
  if (first && second && third && fourth) return body([first, second, third, fourth]);
  await withDatabase((database) => withFour(body, ...made, database), { server: server.url });
}
