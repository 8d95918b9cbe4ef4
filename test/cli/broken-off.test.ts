import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { updown } from '../support/cli.ts';
import { commitAll, git, gitEnvironment, startRepository } from '../support/git.ts';
import { withProject, writeProject } from '../support/project.ts';
import { isSoak } from '../support/sample.ts';
import { serverUrl } from '../support/server.ts';

const migrations = (cwd: string) => join(cwd, 'migrations');

/** All that counts: a text that was left beside its file does not. */
function readFiles(folder: string): Readonly<Record<string, string>> {
  if (!existsSync(folder)) return {};
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path))
    .filter((path) => statSync(path).isFile() && !/\/\.[\w.]+\.\d+$/.test(path));
  return Object.fromEntries(paths.sort().map((path) => [relative(folder, path), readFileSync(path, 'utf8')]));
}

interface Begun {
  readonly cwd: string;
  readonly before: Readonly<Record<string, string>>;
  readonly after: Readonly<Record<string, string>>;
  readonly run: (...args: readonly string[]) => ReturnType<typeof updown>;
}

/** The command in a copy of the project, killed at each of its writes, or every n-th; the last of them. */
async function killEverywhere(
  start: string,
  command: readonly string[],
  body: (begun: Begun) => Promise<void>,
  every = isSoak ? 1 : 2,
): Promise<number> {
  let after: Begun['after'] = {};
  await copied(start, async (cwd) => {
    const { status, stderr } = await updown(command, { cwd });
    assert.is(status, 0, stderr);
    after = readFiles(migrations(cwd));
  });
  const before = readFiles(migrations(start));
  for (let at = 1; ; at += every) {
    let ended = false;
    await copied(start, async (cwd) => {
      const hook = new URL('../support/kill-at.mjs', import.meta.url);
      hook.search = String(new URLSearchParams({ below: migrations(cwd), at: String(at) }));
      const { status, signal, stderr } = await updown(command, {
        cwd,
        env: { NODE_OPTIONS: `--import="${hook.href}"` },
      });
      ended = status === 0;
      assert.ok(ended || signal === 'SIGKILL', stderr);
      if (!ended) await body({ cwd, before, after, run: (...args) => updown(args, { cwd }) });
    });
    if (ended) return at - every;
  }
}

async function copied(start: string, body: (cwd: string) => Promise<void>): Promise<void> {
  await withProject({}, async (cwd) => {
    cpSync(start, cwd, { recursive: true });
    await body(cwd);
  });
}

function isSame(one: Begun['before'], other: Begun['before']): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Does what the hints say until nothing is at fault; which of them were there. */
async function obey({ cwd, run }: Begun): Promise<readonly string[]> {
  const obeyed: string[] = [];
  for (;;) {
    const { status, stdout } = await run('check', '--json');
    if (status === 0) return obeyed;
    assert.is(status, 3);
    assert.is((await run('plan', '--from', 'base', '--dry-run')).status, 2, 'other commands refuse it, too');
    const [{ hint }] = JSON.parse(stdout).findings;
    const [, said = '', commands = ''] = /^(?:.*\. )?(.*?): ((?:mv|rm|git) .*)$/.exec(hint) ?? [];
    assert.ok(commands !== '', hint);
    execFileSync('sh', ['-ec', commands], { cwd, env: gitEnvironment() });
    obeyed.push(said);
  }
}

const three = [{ id: 's1' }, { id: 's2' }, { id: 's3' }];

for (const [keeps, options] of [
  ['git', []],
  ['nobody', ['--force']],
] as const)
  test(`a squash that is killed is not begun, or check says how to finish it, where ${keeps} has the files`, () =>
    withProject({}, async (start) => {
      await writeFile(join(start, 'updown.json'), JSON.stringify({ scratch: await serverUrl() }));
      await writeProject(start, three);
      if (keeps === 'git') startRepository(start);
      const command = ['squash', ':s2', ...options];
      const seen = new Set<string>();
      const points = await killEverywhere(start, command, async (begun) => {
        const { before, cwd, run } = begun;
        if (isSame(readFiles(migrations(cwd)), before)) {
          seen.add('not begun');
          const again = await run(...command);
          assert.is(again.status, 0, again.stderr);
        } else {
          for (const said of await obey(begun)) seen.add(said);
        }
        const after = Object.entries(begun.after).map(([name, text]) => [name, withoutCommit(text)]);
        const now = Object.entries(readFiles(migrations(cwd))).map(([name, text]) => [name, withoutCommit(text)]);
        assert.equal(now, after);
        assert.is((await run('check')).status, 0);
      });
      assert.ok(points > 8, `${points} writes`);
      assert.equal([...seen], ['not begun', 'Finish it', 'Revision "s2" has replaced it']);
    }));

/** Of a copy it is the same one; that it is named is another test's. */
function withoutCommit(text: string): string {
  return text.replace(/"commit":"\w+"/, '');
}

test('a squash that was broken off, and whose texts are gone, is taken back', () =>
  withProject({}, async (cwd) => {
    await writeFile(join(cwd, 'updown.json'), JSON.stringify({ scratch: await serverUrl() }));
    await writeProject(cwd, three);
    startRepository(cwd);
    assert.is((await updown(['squash', ':s2'], { cwd })).status, 0);
    git(cwd, 'checkout', '--quiet', '--', 'migrations/20250101_0001_s2_add_s2');
    const run = (...args: readonly string[]) => updown(args, { cwd });
    const begun = { cwd, before: {}, after: {}, run };
    const { stdout } = await run('check');
    assert.match(
      stdout,
      'The squash into revision "s2" was broken off: the manifest has it, and the up.sql is the one',
    );
    // The folders that were gone are part of what the commit has.
    git(cwd, 'checkout', '--quiet', '--', 'migrations/20250101_0000_s1_add_s1');
    assert.equal(await obey(begun), ['Else take it back, and run it again']);
    assert.is(git(cwd, 'status', '--porcelain'), '');
  }));

test('a rebase that is killed with its folders moved gives them their names back', () =>
  withProject({}, async (start) => {
    await writeProject(start, [...three, { id: 'b1', parents: ['s1'] }, { id: 'b2' }]);
    const command = ['rebase', 'b1', '--onto', 's3', '--rename-folders'];
    const seen = new Set<string>();
    await killEverywhere(start, command, async (begun) => {
      const { before, cwd, run } = begun;
      const { stdout } = await run('check', '--allow', 'multiple-heads', '--json');
      if (JSON.parse(stdout).findings.some(({ severity }: { severity: string }) => severity === 'error')) {
        const [{ hint }] = JSON.parse(stdout).findings;
        seen.add(hint.replace(/:.*/, ''));
        for (const { hint, code } of JSON.parse(stdout).findings)
          if (code === 'manifest')
            execFileSync('sh', ['-ec', /: (mv .*)$/.exec(hint)?.[1] ?? `exit 7 # ${hint}`], { cwd });
      }
      assert.equal(readFiles(migrations(cwd)), before);
      assert.is((await run(...command)).status, 0);
    });
    assert.equal([...seen], ['A rebase seems to have been interrupted. Rename the folder back']);
  }));

test('a revision that is killed while it is written is none, and its folder is named', () =>
  withProject({}, async (start) => {
    await writeProject(start, three);
    startRepository(start);
    await killEverywhere(start, ['revision', '-m', 'more', '--rev-id', 'm1'], async ({ before, cwd, run }) => {
      const { status, stderr } = await run('heads');
      if (status !== 0) {
        const [, folder = ''] = /Folder "(\S+)" has no line in the manifest/.exec(stderr) ?? [];
        assert.match(stderr, 'remove the folder');
        execFileSync('rm', ['-r', folder], { cwd });
      }
      assert.equal(readFiles(migrations(cwd)), before);
      assert.is((await run('revision', '-m', 'more', '--rev-id', 'm1')).status, 0);
      commitAll(cwd, 'more');
    });
  }));

test.run();
