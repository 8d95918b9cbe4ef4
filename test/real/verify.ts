import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { updown } from '../support/cli.ts';
import { type Database, dump, psql, withDatabase } from '../support/database.ts';
import { startServer } from '../support/server.ts';
import { listOriginals, type Original, type Tool } from './original.ts';
import { readRevisions } from './site.ts';

// node --import tsx test/real/verify.ts <tool> <folder> [<name> [<setup.sql>]]: the verdict of `updown verify` on each revision of a public
// history, against the one that plain psql and pg_dump --schema-only come to with its own files. The setup has what the history stands on and
// does not make.
const [tool, folder, name = basename(resolve(folder ?? '.')), setup] = process.argv.slice(2);
if ((tool !== 'diesel' && tool !== 'golang-migrate') || folder === undefined || !existsSync(folder)) {
  console.error(
    'Usage: node --import tsx test/real/verify.ts diesel|golang-migrate <folder of migrations> [<name> [<setup.sql>]]',
  );
  process.exit(2);
}
const project = mkdtempSync(join(tmpdir(), 'updown-verify-'));
const server = await startServer();
try {
  process.exitCode = (await compare(tool, resolve(folder))) ? 0 : 1;
} finally {
  rmSync(project, { recursive: true, force: true });
  await server.stop();
}

type Verdict = 'restored' | 'not restored' | 'down fails' | 'missing' | 'up fails';

interface Judged {
  readonly down: Verdict;
  /** Whether up.sql runs behind down.sql, and makes the same again. */
  readonly again: 'same' | 'another' | 'fails' | 'skipped';
}

async function compare(tool: Tool, folder: string): Promise<boolean> {
  const originals = await listOriginals(tool, folder);
  await updown(['init', '--bare'], { cwd: project });
  if (setup !== undefined) {
    copyFileSync(setup, join(project, 'setup.sql'));
    writeFileSync(join(project, 'updown.json'), '{ "scratch": { "setup": "setup.sql" } }\n');
  }
  const imported = await updown(['import', tool, folder], { cwd: project });
  if (imported.status !== 0) throw new Error(imported.stderr);
  const revisions = await readRevisions(project);
  const started = performance.now();
  const { stdout, stderr } = await updown(['verify', '--json', '--quiet', '--scratch', server.url], { cwd: project });
  const seconds = (performance.now() - started) / 1000;
  const found = JSON.parse(stdout) as {
    readonly revisions?: readonly Found[];
    readonly unverified?: readonly { readonly id: string }[];
  };
  if (found.revisions === undefined) throw new Error(stdout + stderr);
  const judged = found.revisions;
  const unverified = new Set(found.unverified?.map(({ id }) => id));
  let agreed = 0;
  let open = 0;
  const others: string[] = [];
  await judgeByHand(originals, (original, byHand) => {
    const revision = revisions.find(({ source }) => source.path === original.path);
    if (unverified.has(revision?.id ?? '')) return void open++;
    const verdict = judged.find(({ id }) => id === revision?.id);
    const ours = verdict === undefined ? above(judged) : toJudged(verdict);
    if (ours?.down === byHand.down && ours.again === byHand.again) agreed++;
    else
      others.push(
        `${original.path}: by hand ${word(byHand)}, by updown ${ours === undefined ? 'nothing' : word(ours)}`,
      );
  });
  console.log(`${name} (${tool}): ${originals.length} revisions, verified in ${seconds.toFixed(1)} s`);
  console.log(`the same verdict on ${agreed}${open === 0 ? '' : `, none on ${open} above an up.sql that fails`}`);
  for (const line of others) console.log(`  ${line}`);
  return others.length === 0;
}

interface Found {
  readonly id: string;
  readonly up: string;
  readonly down: string;
  readonly again: string;
  readonly differences: readonly object[];
  readonly repeated: readonly object[];
}

/** Nothing stands above an up.sql that fails: by hand it is run all the same, and mostly fails, too. */
function above(judged: readonly Found[]): Judged | undefined {
  return judged.at(-1)?.up === 'failed' ? { down: 'up fails', again: 'skipped' } : undefined;
}

/** The order of columns counts here, as in a dump. */
function toJudged({ up, down, again, differences, repeated }: Found): Judged {
  if (up !== 'ok') return { down: 'up fails', again: 'skipped' };
  if (down === 'missing' || down === 'irreversible') return { down: 'missing', again: 'skipped' };
  if (down === 'failed' || down === 'skipped') return { down: 'down fails', again: 'skipped' };
  const made = again === 'failed' ? 'fails' : repeated.length === 0 ? 'same' : 'another';
  return { down: differences.length === 0 ? 'restored' : 'not restored', again: made };
}

function word({ down, again }: Judged): string {
  return again === 'skipped' ? down : `${down}, up again ${again}`;
}

/** Each revision on a copy of a database that only ever went up. */
function judgeByHand(
  originals: readonly Original[],
  tell: (original: Original, judged: Judged) => void,
): Promise<void> {
  return withDatabase(
    async (state) => {
      if (setup !== undefined) await psql(state.url, ['-q', '-f', setup]);
      for (const original of originals) {
        tell(original, await onCopy(state, (copy) => judge(original, copy)));
        await original.run(state.url, original.up);
      }
    },
    { server: server.url },
  );
}

async function onCopy<T>(state: Database, body: (url: string) => Promise<T>): Promise<T> {
  const admin = server.url;
  const own = `${new URL(state.url).pathname.slice(1)}_copy`;
  await psql(admin, ['-q', '-c', `CREATE DATABASE ${own} TEMPLATE ${new URL(state.url).pathname.slice(1)}`]);
  const url = new URL(state.url);
  url.pathname = `/${own}`;
  try {
    return await body(url.href);
  } finally {
    await psql(admin, ['-q', '-c', `DROP DATABASE ${own}`]);
  }
}

async function judge({ up, down, run }: Original, url: string): Promise<Judged> {
  const before = await dump(url);
  if ((await run(url, up)).status !== 0) return { down: 'up fails', again: 'skipped' };
  const after = await dump(url);
  if (down === undefined) return { down: 'missing', again: 'skipped' };
  if ((await run(url, down)).status !== 0) return { down: 'down fails', again: 'skipped' };
  const verdict = (await dump(url)) === before ? 'restored' : 'not restored';
  if ((await run(url, up)).status !== 0) return { down: verdict, again: 'fails' };
  return { down: verdict, again: (await dump(url)) === after ? 'same' : 'another' };
}
