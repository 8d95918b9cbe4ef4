import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { updown } from '../support/cli.ts';
import { commitAll, git, gitEnvironment } from '../support/git.ts';
import { installCommand } from '../support/install.ts';
import { findFences, findRows } from '../support/markdown.ts';
import { runProcess } from '../support/process.ts';
import { withProject } from '../support/project.ts';
import { serverUrl } from '../support/server.ts';
import { withRepository } from './repository.ts';

interface Step {
  readonly name: string;
  readonly run?: string;
  readonly uses?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface GithubAction {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>;
  readonly runs: { readonly steps: readonly Step[] };
}

const action = parse(await readFile(new URL('../../action.yml', import.meta.url), 'utf8')) as GithubAction;
const page = await readFile(new URL('../../docs/ci.md', import.meta.url), 'utf8');

/** What stands for the hosting service's own program: it keeps comments in a folder, by number, and finds what begins with the mark. */
const hosting = `#!/bin/sh
set -e
case "$*" in
  *"--method POST"*) number=$(( $(ls "$COMMENTS" | wc -l) + 1 )) ;;
  *"--method PATCH"*) number=$(echo "$*" | sed 's/.*comments\\/\\([0-9]*\\).*/\\1/') ;;
  *) cd "$COMMENTS"; grep -lF -- "$MARK" * || true; exit 0 ;;
esac
for word in "$@"; do case "$word" in body=@*) cp "\${word#body=@}" "$COMMENTS/$number" ;; esac; done
`;

interface Job {
  /** How each step that runs something has ended, by its name. */
  readonly ended: ReadonlyMap<string, number | null>;
  readonly said: string;
  /** The texts of the pull request's comments. */
  comment(number: number): Promise<string>;
  report(name: string): Promise<string>;
  readonly output: string;
}

/** Runs the steps of the action in a clone as a runner would, but for the installation and what other actions do. */
async function withJob(
  origin: string,
  inputs: Readonly<Record<string, string>>,
  body: (run: () => Promise<Job>) => Promise<void>,
): Promise<void> {
  await withProject({}, async (outside) => {
    const [clone, comments] = [join(outside, 'clone'), join(outside, 'comments')];
    const path = [await installCommand(outside), process.env.PATH].join(delimiter);
    await writeFile(join(outside, 'bin/gh'), hosting);
    await chmod(join(outside, 'bin/gh'), 0o755);
    await mkdir(comments);
    git(outside, 'clone', '--quiet', '--branch=feature', origin, clone);
    await body(async () => {
      git(clone, 'pull', '--quiet');
      const ended = new Map<string, number | null>();
      let said = '';
      const outputFile = join(outside, 'output');
      await writeFile(outputFile, '');
      for (const { name, run, env = {} } of action.runs.steps) {
        if (run === undefined || run.startsWith('npm install')) continue;
        const given = Object.entries(env).map(([variable, text]) => [variable, fill(text, inputs)]);
        const outcome = await runProcess('bash', ['-e', '-o', 'pipefail', '-c', run], {
          cwd: clone,
          env: {
            ...gitEnvironment(),
            ...Object.fromEntries(given),
            ...{ PATH: path, CI: 'true', RUNNER_TEMP: outside, GITHUB_OUTPUT: outputFile },
            ...{ GITHUB_REPOSITORY: 'example/app', COMMENTS: comments },
          },
        });
        ended.set(name, outcome.status);
        said += `${name}\n${outcome.stdout}${outcome.stderr}`;
      }
      return {
        ended,
        said,
        comment: (number) => readFile(join(comments, String(number)), 'utf8'),
        report: (name) => readFile(join(outside, 'updown', name), 'utf8'),
        output: await readFile(outputFile, 'utf8'),
      };
    });
  });
}

/** An expression is an input, as it was given or by default, or what the hosting service knows. */
function fill(text: string, inputs: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{\{ ([\w.-]+) \}\}/g, (_, name: string) => {
    const input = name.startsWith('inputs.') ? name.slice('inputs.'.length) : undefined;
    if (input === undefined) return known[name] ?? '';
    return inputs[input] ?? fill(action.inputs[input]?.default ?? '', inputs);
  });
}

const known: Readonly<Record<string, string>> = {
  'github.base_ref': 'main',
  'github.token': 'secret',
  'github.event.pull_request.number': '7',
};

test('the steps of action.yml are green for a branch in order, and comment once; the script is what was reviewed', () =>
  withRepository([{ id: 'a1' }], async ({ cwd, branch, add }) => {
    await branch('feature', 'main', 'f1');
    await withJob(cwd, { scratch: await serverUrl() }, async (run) => {
      const first = await run();
      assert.equal([...first.ended.values()], [0, 0, 0, 0, 0], first.said);
      assert.match(await first.comment(1), /^<!-- updown review of \. -->\n/);
      assert.match(await first.comment(1), 'f1');
      const digest = /^digest=([0-9a-f]{64})$/m.exec(first.output)?.[1] ?? '';
      const script = await first.report('upgrade.sql');
      assert.match(script, `digest   ${digest}`);
      assert.not.match(script, 'a1_', 'what the other branch has is not in it');
      assert.match(await first.report('review.html'), /^<!doctype html>/);

      await add('f2', 'SELECT 1;\n');
      const second = await run();
      assert.equal([...second.ended.values()], [0, 3, 0, 0, 0], second.said);
      assert.match(await second.comment(1), 'f2');
      assert.is(await second.comment(2).catch(() => 'none'), 'none');
    });
  }));

test('a finding of the severity that was named fails the review, and is in the comment all the same', () =>
  withRepository(
    [{ id: 'a1', up: 'CREATE TABLE t (a int);\n', down: 'DROP TABLE t;\n' }],
    async ({ cwd, branch, path, write }) => {
      await branch('feature', 'main', 'f1');
      await write(await path('f1'), 'ALTER TABLE t ADD COLUMN a int;\n');
      commitAll(cwd, 'twice');
      await withJob(cwd, { scratch: await serverUrl() }, async (run) => {
        const { ended, comment, said } = await run();
        assert.is(ended.get('Review what is added'), 3, said);
        assert.match(await comment(1), 'fails');
      });
    },
  ));

test('docs/ci.md lists each input of the action, and uses only such', () => {
  const inputs = Object.keys(action.inputs);
  const listed = findRows(page).flatMap(([first = '']) =>
    Array.from(first.matchAll(/`([\w-]+)`/g), ([, name]) => name),
  );
  assert.equal(
    inputs.filter((name) => !listed.includes(name)),
    [],
  );
  const used = findFences(page).filter(({ text }) => text.includes('uses: updown/updown'));
  assert.is(used.length, 1);
  const workflow = parse(used[0]!.text) as {
    readonly jobs: { readonly updown: { readonly steps: readonly { readonly with?: object }[] } };
  };
  const given = Object.keys(workflow.jobs.updown.steps.at(-1)?.with ?? {});
  assert.equal(
    given.filter((name) => !inputs.includes(name)),
    [],
  );
});

test('a report that already exists, or can’t be made, is refused before anything is measured', () =>
  withRepository([{ id: 'a1' }], async ({ cwd }) => {
    await writeFile(join(cwd, 'there.md'), 'mine');
    const { status, stderr } = await updown(['review', 'base:head', '--markdown', 'there.md'], { cwd });
    assert.is(status, 2, stderr);
    assert.is(await readFile(join(cwd, 'there.md'), 'utf8'), 'mine');
  }));

test.run();
