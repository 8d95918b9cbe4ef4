import { cp, mkdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { updown } from '../support/cli.ts';
import { cleanEnvironment, runProcess } from '../support/process.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';
import { isSoak } from '../support/sample.ts';
import { sourceLoader } from '../support/source-loader.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const revisions: readonly TestRevision[] = [
  { id: 'a1', message: 'Ünïcödé İstanbul' },
  { id: 'i9', parents: ['a1'], up: 'CREATE TABLE "ıİ" (id int);\n', down: 'DROP TABLE "ıİ";\n', time: '20250301_0000' },
  { id: 'I8', parents: ['a1'], time: '20250301_0000' },
  { id: 'z2', parents: ['a1'], time: '20250301_0000', dependsOn: ['i9'] },
  { id: 'm3', parents: ['i9', 'I8', 'z2'], up: '-- joins', down: '-- parts' },
  { id: 'n4', up: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY i ON t_a1 (id);\n', down: 'DROP INDEX i;\n' },
];

const config = {
  settings: { search_path: 'app, "Öther"', 'app.i': 'İı', role: 'own er', timezone: 'Asia/Tokyo' },
  lockTimeout: '2s',
  ledger: { schema: 'lédger' },
};

const commands: readonly (readonly string[])[] = [
  ['upgrade', '--sql'],
  ['downgrade', 'n4:base', '--sql'],
  ['stamp', 'heads', '--sql'],
];

/** The project in another folder, its files made in this order. */
async function withCopy(order: readonly TestRevision[], body: (folder: string) => Promise<void>): Promise<void> {
  await withProject({}, async (folder) => {
    // Made first, and in this order: what lists a folder without sorting sees them so.
    for (const revision of order)
      await mkdir(join(folder, 'migrations', await folderOf(revision.id)), { recursive: true });
    await writeProject(folder, revisions);
    await writeFile(join(folder, 'updown.json'), JSON.stringify(config));
    await body(folder);
  });
}

let folders: ReadonlyMap<string, string> | undefined;

async function folderOf(id: string): Promise<string> {
  if (folders === undefined) {
    await withProject({}, async (folder) => {
      folders = await writeProject(folder, revisions);
    });
  }
  return folders!.get(id)!;
}

/** What every command prints. */
async function emit(
  folder: string,
  env: NodeJS.ProcessEnv = {},
  extra: readonly string[] = [],
  cwd = folder,
  which = commands,
): Promise<string> {
  let all = '';
  for (const command of which) {
    const { status, stdout, stderr } = await updown([...command, ...extra], { cwd, env });
    assert.is(status, 0, stderr);
    assert.match(stdout, `-- updown script for project test-abc123\n`);
    all += stdout;
  }
  return all;
}

const environments: Readonly<Record<string, NodeJS.ProcessEnv>> = {
  'in Tokyo': { TZ: 'Asia/Tokyo' },
  'in Newfoundland': { TZ: 'America/St_Johns' },
  'in Turkish': { LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8', LANGUAGE: 'tr' },
  'in the C locale': { LANG: 'C', LC_ALL: 'C' },
  'in Latin 1': { LANG: 'de_DE.ISO-8859-1', LC_ALL: 'de_DE.ISO-8859-1', PGCLIENTENCODING: 'LATIN1' },
  'as another user at home elsewhere': {
    HOME: '/nonexistent',
    USER: 'somebody',
    LOGNAME: 'somebody',
    USERNAME: 'somebody',
    HOSTNAME: 'elsewhere',
    TMPDIR: '/nonexistent',
  },
  'with colours forced, on a narrow terminal': {
    FORCE_COLOR: '3',
    CLICOLOR_FORCE: '1',
    TERM: 'xterm-256color',
    COLUMNS: '20',
  },
  'next to another database': {
    DATABASE_URL: 'postgres://nobody:nothing@127.0.0.1:1/nowhere',
    PGHOST: '127.0.0.1',
    PGPORT: '1',
    PGUSER: 'nobody',
    PGAPPNAME: 'other',
    PGOPTIONS: '-c search_path=other',
    PGTZ: 'Asia/Tokyo',
    PGDATESTYLE: 'German',
  },
  'long ago': { NODE_OPTIONS: clock('1999-12-31T23:59:59Z') },
  'in a century': { NODE_OPTIONS: clock('2126-02-28T12:00:00Z') },
};

/** Every clock of the process stands at this time. */
function clock(time: string): string {
  const now = Date.parse(time);
  const code = `const D=Date;globalThis.Date=class extends D{constructor(...a){super(...(a.length?a:[${now}]))}static now(){return ${now}}};Math.random=()=>0.25`;
  return `--import=data:text/javascript,${encodeURIComponent(code)}`;
}

test('a script has the same bytes in any time zone, language and environment, and at any time', () =>
  withCopy(revisions, async (folder) => {
    const first = await emit(folder);
    assert.is(await emit(folder), first);
    // One command in each of them is a third of the processes.
    for (const [index, [name, env]] of Object.entries(environments).entries()) {
      const which = isSoak ? commands : commands.slice(index % 3).slice(0, 1);
      assert.ok(first.includes(await emit(folder, env, [], folder, which)), name);
    }
  }));

test('a script has the same bytes in any folder, whatever the order its files were made in', () =>
  withCopy(revisions, async (folder) => {
    const first = await emit(folder);
    const orders = [revisions.toReversed(), revisions.toSorted((a, b) => (a.id < b.id ? -1 : 1))];
    for (const order of orders) {
      await withCopy(order, async (other) => {
        const old = new Date('2001-01-01');
        await utimes(join(other, 'migrations/manifest.jsonl'), old, old);
        assert.is(await emit(other), first);
      });
    }
  }));

test('F46: a script has the same bytes from a checkout with CRLF', () =>
  withCopy(revisions, async (folder) => {
    const first = await emit(folder);
    for (const { id } of revisions) {
      for (const name of ['up.sql', 'down.sql']) {
        const file = join(folder, 'migrations', await folderOf(id), name);
        await writeFile(file, (await readFile(file, 'utf8')).replaceAll('\n', '\r\n'));
      }
    }
    assert.is(await emit(folder), first);
  }));

test('a script has the same bytes from any working folder, by an absolute or a relative path', () =>
  withCopy(revisions, async (folder) => {
    const first = await emit(folder);
    const migrations = join(folder, 'migrations');
    const file = join(folder, 'updown.json');
    assert.is(await emit(folder, {}, ['--dir', 'migrations']), first);
    assert.is(await emit(folder, {}, ['--dir', './migrations/']), first);
    assert.is(await emit(folder, {}, ['--dir', migrations]), first);
    assert.is(await emit(folder, {}, ['--config', file, '--dir', migrations], root), first);
    assert.is(await emit(folder, {}, ['--config', '../updown.json', '--dir', '.'], migrations), first);
    await mkdir(join(folder, 'deep/er'), { recursive: true });
    assert.is(await emit(folder, {}, ['--config', '../../updown.json'], join(folder, 'deep/er')), first);
    await withProject({}, async (other) => {
      await symlink(folder, join(other, 'link'));
      assert.is(await emit(folder, {}, [], join(other, 'link')), first);
    });
  }));

test('a script has the same bytes on standard output and in a file', () =>
  withCopy(revisions, async (folder) => {
    const first = await emit(folder);
    let all = '';
    for (const [index, command] of commands.entries()) {
      const { status, stderr } = await updown([...command, '-o', `${index}.sql`], { cwd: folder });
      assert.is(status, 0, stderr);
      all += await readFile(join(folder, `${index}.sql`), 'utf8');
    }
    assert.is(all, first);
  }));

test('a script has the same bytes from the built program and from the sources', () =>
  withBuilt((built) =>
    withCopy(revisions, async (folder) => {
      const env = cleanEnvironment();
      for (const command of commands) {
        const [one, other] = await Promise.all([
          runProcess(process.execPath, [built, ...command], { cwd: folder, env }),
          runProcess(process.execPath, [...sourceLoader(), join(root, 'bin/updown.ts'), ...command], {
            cwd: folder,
            env,
          }),
        ]);
        assert.equal([one.status, other.status], [0, 0], one.stderr + other.stderr);
        assert.is(one.stdout, other.stdout);
      }
    }),
  ));

/** The built program of this test run; where a file runs alone, a build of its own. */
async function withBuilt(body: (program: string) => Promise<void>): Promise<void> {
  const given = process.env.UPDOWN_TEST_CLI;
  if (given !== undefined) return body(given);
  await withProject({}, async (folder) => {
    const program = join(folder, 'dist/bin/updown.js');
    const tsc = resolve(root, 'node_modules/.bin/tsc');
    const outcome = await runProcess(tsc, ['-p', 'tsconfig.build.json', '--outDir', join(folder, 'dist')], {
      cwd: root,
    });
    assert.is(outcome.status, 0, outcome.stdout);
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    await cp(join(root, 'package.json'), join(folder, 'package.json'));
    await body(program);
  });
}

test('a script holds no date, no user, no machine and no path', () =>
  withCopy(revisions, async (folder) => {
    const script = (await emit(folder)).replace(/\b\d{8}_\d{4}_\w+/g, '<folder>');
    const today = new Date().toISOString();
    for (const word of [
      folder,
      root,
      hostname(),
      process.version,
      today.slice(0, 10),
      today.slice(0, 10).replaceAll('-', ''),
    ])
      assert.not.match(script, word);
    assert.not.match(script, /\b(19|20)\d\d-\d\d|\d\d:\d\d|GMT|\/tmp/);
  }));

test.run();
