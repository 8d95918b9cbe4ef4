import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkCodes } from '../../lib/command/finding.ts';
import { psql, withDatabase } from '../support/database.ts';
import { commitAll, git, gitDoes, gitEnvironment } from '../support/git.ts';
import { installCommand } from '../support/install.ts';
import { findCode, findFences, findRows } from '../support/markdown.ts';
import { type Outcome, runProcess } from '../support/process.ts';
import { withProject } from '../support/project.ts';
import { serverUrl } from '../support/server.ts';
import { withRepository } from './repository.ts';

const page = await readFile(new URL('../../docs/ci.md', import.meta.url), 'utf8');
const fences = findFences(page);

/** The text of the one block that holds this. */
function block(language: string, part: string): string {
  const found = fences.filter((fence) => fence.language === language && fence.text.includes(part));
  assert.is(found.length, 1, `${language} with ${part} in docs/ci.md`);
  return found[0]!.text;
}

/** What the runner of a pipeline would have a shell do, but for the installation. */
function stepsOf(lines: string, step: RegExp): readonly string[] {
  const steps = Array.from(lines.matchAll(step), ([, command]) => command!);
  assert.ok(steps.some((command) => command.startsWith('npm install')));
  return steps.filter((command) => !command.startsWith('npm install'));
}

const github = block('yaml', 'check --against "origin/$GITHUB');
const gitlab = block('yaml', 'check --against "origin/$CI');
const shell = block('sh', 'check --against origin/main');

const pipelines = [
  { name: 'GitHub', steps: stepsOf(github, /^ +- run: (.*)$/gm), env: { GITHUB_BASE_REF: 'main' } },
  {
    name: 'GitLab',
    steps: stepsOf(gitlab.replace(/^.*- if:.*$/m, ''), /^ +- (.*)$/gm),
    env: { CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'main' },
  },
  { name: 'a shell', steps: [shell], env: {} },
];

test('docs/ci.md lists each code that only check has', () => {
  const listed = new Set(findRows(page).flatMap(([first = '']) => findCode(first)));
  assert.equal(
    checkCodes.filter((code) => !listed.has(code)),
    [],
  );
});

test('the hook for the pre-commit framework looks at the files of a project, and refuses what check refuses', async () => {
  const hook = block('yaml', 'repo: local');
  const files = new RegExp(/^ +files: (.*)$/m.exec(hook)?.[1] ?? '');
  const [command = '', ...words] = (/^ +entry: (.*)$/m.exec(hook)?.[1] ?? '').split(' ');
  assert.is(command, 'updown');
  await withRepository([{ id: 'a1' }], async ({ cwd, run }) => {
    const paths = git(cwd, 'ls-files').trim().split('\n');
    assert.equal(
      paths.filter((path) => /sql|json/.test(path) && !files.test(path)),
      [],
    );
    assert.is((await run(words.join(' '))).status, 0);
    const up = paths.find((path) => path.endsWith('up.sql')) ?? '';
    await writeFile(join(cwd, up), 'CREATE TABLE (');
    assert.is((await run(words.join(' '))).status, 3);
  });
});

test('what the pipelines fetch is all of the history', () => {
  assert.match(github, /fetch-depth: 0$/m);
  assert.match(gitlab, /GIT_DEPTH: "0"$/m);
});

for (const { name, steps, env } of pipelines) {
  test(`the steps of docs/ci.md for ${name} end with 3 where two branches do not fit together, and else with 0`, () =>
    withRepository([{ id: 'a1' }], async ({ cwd, branch, add, run }) => {
      await branch('feature', 'main', 'f1');
      await withProject({}, async (outside) => {
        const clone = join(outside, 'clone');
        const path = [await installCommand(outside), process.env.PATH].join(delimiter);
        const pipeline = async (): Promise<Outcome> => {
          git(outside, 'clone', '--quiet', '--branch=feature', cwd, clone);
          git(clone, 'checkout', '--quiet', '--detach');
          const script = ['set -e', ...steps].join('\n');
          const outcome = await runProcess('bash', ['-c', script], {
            cwd: clone,
            env: { ...gitEnvironment(), ...env, PATH: path, CI: 'true' },
          });
          await runProcess('rm', ['-rf', clone]);
          return outcome;
        };
        const green = await pipeline();
        assert.is(green.status, 0, green.stdout + green.stderr);
        git(cwd, 'checkout', '--quiet', 'main');
        await add('m1');
        const red = await pipeline();
        assert.is(red.status, 3, red.stdout + red.stderr);
        const command = /updown (rebase [\w -]*)\./.exec(red.stdout)?.[1] ?? '';
        git(cwd, 'checkout', '--quiet', 'feature');
        assert.is(gitDoes(cwd, 'merge', 'main'), false);
        assert.is((await run(command)).status, 0);
        commitAll(cwd, 'settled');
        const again = await pipeline();
        assert.equal([again.status, again.stdout.startsWith('✓ ')], [0, true], again.stdout + again.stderr);
      });
    }));
}

const proving = [
  {
    name: 'GitHub',
    steps: stepsOf(block('yaml', 'verify --since "origin/$GITHUB'), /^ +- run: (.*)$/gm),
    env: { GITHUB_BASE_REF: 'main' },
  },
  {
    name: 'GitLab',
    steps: stepsOf(block('yaml', 'verify --since "origin/$CI').replace(/^.*- if:.*$/m, ''), /^ +- (.*)$/gm),
    env: { CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'main' },
  },
  { name: 'a shell', steps: [block('sh', 'verify --since origin/main')], env: {} },
];

/** A clone of a repository on its branch, where the command is on PATH, and what a pipeline's shell says of these lines there. */
async function inClone(
  origin: string,
  branch: string,
  lines: readonly string[],
  variables: NodeJS.ProcessEnv,
): Promise<Outcome> {
  let outcome: Outcome | undefined;
  await withProject({}, async (outside) => {
    const clone = join(outside, 'clone');
    git(outside, 'clone', '--quiet', `--branch=${branch}`, origin, clone);
    const path = [await installCommand(outside), process.env.PATH].join(delimiter);
    const env = { ...gitEnvironment(), ...variables, PATH: path, CI: 'true' };
    outcome = await runProcess('bash', ['-c', ['set -e', ...lines].join('\n')], { cwd: clone, env });
  });
  return outcome!;
}

for (const { name, steps, env } of proving) {
  test(`the steps of docs/ci.md for ${name} prove what a branch adds`, () =>
    withRepository([{ id: 'a1' }], async ({ cwd, branch, add }) => {
      await branch('feature', 'main', 'f1');
      const variables = { ...env, SCRATCH: await serverUrl() };
      const green = await inClone(cwd, 'feature', steps, variables);
      assert.is(green.status, 0, green.stdout + green.stderr);
      assert.match(green.stdout, /^1 revision: 1 restored$/m);
      await add('f2', 'SELECT 1;\n');
      const red = await inClone(cwd, 'feature', steps, variables);
      assert.is(red.status, 3, red.stdout + red.stderr);
      assert.match(red.stdout, /down\.sql does not restore the schema/);
    }));
}

const watching = [
  { name: 'GitHub', steps: stepsFrom(block('yaml', '      - run: updown check --url'), /^ +- run: (.*)$/gm) },
  { name: 'GitLab', steps: stepsOf(block('yaml', 'drift:'), /^ +- (.*)$/gm) },
  { name: 'a shell', steps: [block('sh', 'check --url "$DATABASE_URL"')] },
];

function stepsFrom(lines: string, step: RegExp): readonly string[] {
  return Array.from(lines.matchAll(step), ([, command]) => command!);
}

for (const { name, steps } of watching) {
  test(`the steps of docs/ci.md for ${name} find what was changed by hand`, () =>
    withDatabase(({ url }) =>
      withRepository([{ id: 'a1' }], async ({ cwd, run }) => {
        const variables = { DATABASE_URL: url, SCRATCH: await serverUrl() };
        assert.is((await run(`upgrade --url ${url}`)).status, 0);
        assert.is((await run(`verify --write --quiet --scratch ${await serverUrl()}`)).status, 0);
        commitAll(cwd, 'the hash of the schema');
        const green = await inClone(cwd, 'main', steps, variables);
        assert.is(green.status, 0, green.stdout + green.stderr);
        await psql(url, ['-qc', 'CREATE TABLE by_hand (id integer)']);
        const red = await inClone(cwd, 'main', steps, variables);
        assert.is(red.status, 3, red.stdout + red.stderr);
      }),
    ));
}

test('the commands of docs/ci.md settle what git has left in conflict', () =>
  withRepository([{ id: 'a1' }], async ({ cwd, branch, add, finds, against }) => {
    const [theirs, ours] = ['5cd038a8f131', '9e4107c2d6ab'];
    await branch('feature', 'main', ours!);
    git(cwd, 'checkout', '--quiet', 'main');
    await add(theirs!);
    git(cwd, 'checkout', '--quiet', 'feature');
    await withProject({}, async (outside) => {
      const env = { ...gitEnvironment(), PATH: [await installCommand(outside), process.env.PATH].join(delimiter) };
      const text = block('sh', 'git merge main');
      const { status, stderr, stdout } = await runProcess('bash', ['-c', text], { cwd, env });
      assert.is(status, 0, stdout + stderr);
    });
    assert.is(git(cwd, 'status', '--porcelain'), '');
    assert.equal(await finds(), []);
    assert.equal(await against('main'), []);
  }));

test.run();
