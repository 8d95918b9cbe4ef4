import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type CliOptions, updown } from '../support/cli.ts';
import { commitAll, git, gitDoes, gitEnvironment } from '../support/git.ts';
import { runProcess } from '../support/process.ts';
import { withProject } from '../support/project.ts';
import { codesOf, type Found } from './files.ts';
import { type Repository, withRepository } from './repository.ts';

const start = [{ id: 'a1' }];

/** Of both branches, each in order by itself. */
async function withTwo(body: (repository: Repository) => Promise<void>): Promise<void> {
  await withRepository(start, async (repository) => {
    await repository.branch('feature', 'main', 'f1', 'f2');
    assert.equal(await repository.against('main'), []);
    git(repository.cwd, 'checkout', '--quiet', 'main');
    await repository.add('m1');
    assert.equal(await repository.finds(), []);
    git(repository.cwd, 'checkout', '--quiet', 'feature');
    assert.equal(await repository.finds(), []);
    await body(repository);
  });
}

/** As the hint says it, with what git leaves in conflict put together by hand: the lines of both sides. */
async function getMain({ cwd, manifest, write }: Repository, command: string): Promise<void> {
  assert.is(gitDoes(cwd, ...command.split(' ').slice(1)), false, 'git leaves a conflict');
  const lines = (await manifest()).split('\n').filter((line) => !/^(<{7}|={7}|>{7})/.test(line));
  await write('migrations/manifest.jsonl', lines.join('\n'));
}

for (const way of ['rebase f1 --onto m1', 'merge f2 m1']) {
  test(`two branches are each in order, and not together; ${way} puts them in order`, () =>
    withTwo(async (repository) => {
      const { cwd, against, run } = repository;
      const [finding, ...more] = await against('main');
      assert.equal([finding?.code, finding?.severity, more], ['multiple-heads', 'error', []]);
      assert.is(finding?.message, 'Merged with main, the revisions have 2 heads: "f2" (here) and "m1" (main)');
      const commands = Array.from(finding!.hint.matchAll(/(git merge \w+|updown [^.]*)/g), ([command]) => command);
      assert.equal(commands, ['git merge main', 'updown rebase f1 --onto m1', 'updown merge f2 m1']);
      await getMain(repository, commands[0]!);
      assert.is((await run(way)).status, 0);
      commitAll(cwd, 'settled');
      assert.equal(await against('main'), []);
      git(cwd, 'checkout', '--quiet', 'main');
      git(cwd, 'merge', '--quiet', 'feature');
      assert.equal(await repository.finds(), []);
    }));
}

test('a folder of migrations that was moved is found where it stood, by the name of its project', () =>
  withTwo(async (repository) => {
    const { cwd, run, write, against, add } = repository;
    git(cwd, 'mv', 'migrations', 'db');
    await write('updown.json', '{ "dir": "db" }\n');
    // Of another project.
    await mkdir(join(cwd, 'other'));
    await write('other/manifest.jsonl', '{"updown":1,"project":"other-1a2b"}\n');
    commitAll(cwd, 'moved');
    assert.equal(codesOf(await against('main')), ['multiple-heads f2']);
    assert.is((await run('rebase f1 --onto a1')).status, 0);
    git(cwd, 'checkout', '--quiet', '-b', 'more');
    await add('f3');
    const { revisions } = JSON.parse((await run('verify --since feature --json --quiet --schema-only')).stdout);
    assert.equal(
      revisions.map(({ id }: { id: string }) => id),
      ['f3'],
    );
    const since = JSON.parse((await run('verify --since main --json --quiet --schema-only')).stdout);
    assert.equal(
      since.revisions.map(({ id }: { id: string }) => id),
      ['f1', 'f2', 'f3'],
    );
  }));

test('the text names the branch, and ends with 3; in order it says so', () =>
  withTwo(async ({ run, cwd }) => {
    const red = await run('check --against main');
    assert.is(red.status, 3);
    assert.match(
      red.stdout,
      /^error \(multiple-heads\): Merged with main, .*\n {2}next: Get main into this branch: git merge main, then/,
    );
    const document = (await run('check --against main --json')).json<{ against: object }>();
    const [commit, mergeBase] = [git(cwd, 'rev-parse', 'main').trim(), git(cwd, 'rev-parse', 'main~1').trim()];
    assert.equal(document.against, { ref: 'main', commit, mergeBase, heads: ['f2', 'm1'] });
    const green = await run('check --against HEAD');
    assert.equal(
      [green.status, green.stdout],
      [0, '✓ The files are in order, merged with HEAD too: 3 revisions, 1 head. No database was asked.\n'],
    );
  }));

test('three branches: the second is in order until the first is merged, and then rebased', () =>
  withRepository(start, async (repository) => {
    const { cwd, branch, against, run } = repository;
    await branch('one', 'main', 'b1');
    await branch('two', 'main', 'c1');
    await branch('three', 'main', 'd1');
    for (const name of ['one', 'two', 'three']) {
      git(cwd, 'checkout', '--quiet', name);
      assert.equal(await against('main'), [], name);
    }
    git(cwd, 'checkout', '--quiet', 'main');
    git(cwd, 'merge', '--quiet', 'one');
    for (const [name, command] of [
      ['two', 'rebase c1 --onto b1'],
      ['three', 'merge c1 d1'],
    ] as const) {
      git(cwd, 'checkout', '--quiet', name);
      assert.equal(codesOf(await against('main')).length, 1, name);
      await getMain(repository, 'git merge main');
      assert.is((await run(command)).status, 0, command);
      commitAll(cwd, 'settled');
      assert.equal(await against('main'), [], name);
      git(cwd, 'checkout', '--quiet', 'main');
      git(cwd, 'merge', '--quiet', name);
    }
    assert.equal(await repository.finds(), []);
  }));

test('a squash merge: what stands on the merged branch goes on', () =>
  withRepository(start, async ({ cwd, branch, against, add }) => {
    await branch('feature', 'main', 'f1');
    await branch('next', 'feature', 'n1');
    git(cwd, 'checkout', '--quiet', 'main');
    git(cwd, 'merge', '--quiet', '--squash', 'feature');
    commitAll(cwd, 'squashed');
    git(cwd, 'branch', '--quiet', '-D', 'feature');
    git(cwd, 'checkout', '--quiet', 'next');
    assert.equal(await against('main'), []);
    git(cwd, 'checkout', '--quiet', 'main');
    await add('m1');
    git(cwd, 'checkout', '--quiet', 'next');
    const [finding] = await against('main');
    assert.match(finding?.hint ?? '', 'updown rebase n1 --onto m1');
  }));

test('a squash merge of a branch that was rebased first: the other one takes its line over', () =>
  withRepository(start, async ({ cwd, branch, against, add }) => {
    await branch('feature', 'main', 'f1');
    await branch('next', 'feature', 'n1');
    git(cwd, 'checkout', '--quiet', 'main');
    await add('m1');
    git(cwd, 'checkout', '--quiet', 'feature', '--', '.');
    const lines = git(cwd, 'show', 'feature:migrations/manifest.jsonl').trim().split('\n');
    const own = git(cwd, 'show', 'main:migrations/manifest.jsonl');
    await writeFile(join(cwd, 'migrations/manifest.jsonl'), `${own}${lines.at(-1)!.replace('["a1"]', '["m1"]')}\n`);
    commitAll(cwd, 'squashed');
    git(cwd, 'checkout', '--quiet', 'next');
    const [finding, ...more] = await against('main');
    assert.equal([finding?.code, finding?.revision, more], ['moved', 'f1', []]);
    assert.match(finding?.message ?? '', 'is based on "a1" here, and on "m1" in main');
    const written = /"parents":\[.*?\]/.exec(finding!.hint)?.[0] ?? '';
    gitDoes(cwd, 'merge', 'main', '-X', 'ours');
    await writeFile(
      join(cwd, 'migrations/manifest.jsonl'),
      `${own}${lines.at(-1)!.replace(/"parents":\[.*?\]/, written)}\n${git(cwd, 'show', 'next:migrations/manifest.jsonl').trim().split('\n').at(-1)}\n`,
    );
    commitAll(cwd, 'merged');
    assert.equal(await against('main'), []);
  }));

test('a branch that is deleted is named, and one that was taken out of main again leaves what stands on it without a parent', () =>
  withRepository(start, async (repository) => {
    const { cwd, branch, against, run, add } = repository;
    await branch('feature', 'main', 'f1');
    git(cwd, 'checkout', '--quiet', 'main');
    git(cwd, 'merge', '--quiet', '--no-ff', 'feature');
    await branch('next', 'main', 'n1');
    git(cwd, 'branch', '--quiet', '-D', 'feature');
    const refused = await run('check --against feature --json');
    const { error } = refused.json<{ error: { code: string; message: string; hint: string } }>();
    assert.equal([refused.status, error.code, error.message], [2, 'git', 'Git knows no commit "feature" here']);
    const listing =
      / To list the branches and tags of this clone: (git for-each-ref)$/.exec(error.hint)?.[1] ?? 'false';
    gitDoes(cwd, ...listing.split(' ').slice(1));
    git(cwd, 'checkout', '--quiet', 'main');
    git(cwd, 'revert', '--no-edit', '-m', '1', 'HEAD');
    await add('m1');
    git(cwd, 'checkout', '--quiet', 'next');
    assert.equal(await repository.finds(), []);
    const [finding, ...more] = await against('main');
    assert.equal([finding?.code, finding?.revision, more], ['unknown-parent', 'n1', []]);
    const command = /updown (rebase .*)$/.exec(finding!.hint)?.[1] ?? '';
    assert.is(command, 'rebase n1 --onto m1');
    gitDoes(cwd, 'merge', 'main');
    const lines = (await repository.manifest()).split('\n');
    const kept = lines.filter((line) => !/^(<{7}|={7}|>{7})/.test(line) && !line.includes('"id":"f1"'));
    await repository.write('migrations/manifest.jsonl', kept.join('\n'));
    assert.is((await run(command)).status, 0);
    commitAll(cwd, 'settled');
    assert.equal(await against('main'), []);
  }));

test('what main has is not edited, removed, moved or put something below; what only main has changed is its own affair', () =>
  withRepository([{ id: 'a1' }, { id: 'b1' }, { id: 'c1' }, { id: 'd1' }], async (repository) => {
    const { cwd, against, write, edit, path, manifest, branch } = repository;
    await branch('feature', 'main');
    git(cwd, 'checkout', '--quiet', 'main');
    await write(await path('b1'), 'CREATE TABLE by_main (id integer);\n');
    commitAll(cwd, 'edited in main');
    git(cwd, 'checkout', '--quiet', 'feature');
    assert.equal(await against('main'), []);

    await write(await path('a1'), 'CREATE TABLE other (id integer);\n');
    await write(await path('c1', 'down'), '-- stays\n');
    const edited = await against('main');
    assert.equal(
      edited.map(({ code, revision, severity }) => [code, revision, severity]),
      [
        ['edited', 'a1', 'error'],
        ['edited', 'c1', 'note'],
      ],
    );
    assert.equal(edited[0]!.place, { file: await path('a1'), line: 1, column: 1 });
    for (const { hint } of edited) {
      const command = /git (checkout main -- '.*?')/.exec(hint)?.[1] ?? '';
      git(cwd, ...command.replaceAll("'", '').split(' '));
    }
    assert.equal(await against('main'), []);

    const before = await manifest();
    await rm(join(cwd, await path('d1'), '..'), { recursive: true });
    await write('migrations/manifest.jsonl', before.trim().split('\n').slice(0, -1).join('\n'));
    const [removed, ...others] = await against('main');
    assert.equal([removed?.code, removed?.revision, others], ['removed', 'd1', []]);
    const restore = /git (checkout main -- '.*?')/.exec(removed!.hint)?.[1] ?? '';
    git(cwd, ...restore.replaceAll("'", '').split(' '));
    const [note = ''] = (removed as Found & { notes: string[] }).notes;
    await write('migrations/manifest.jsonl', `${await manifest()}\n${note.replace('its line: ', '')}\n`);
    assert.is(await manifest(), before);
    assert.equal(await against('main'), []);

    await edit('{"id":"d1","parents":["c1"]', '{"id":"d1","parents":["b1"]');
    const codes = codesOf(await against('main'));
    assert.ok(codes.includes('moved d1'), codes.join());
    await write('migrations/manifest.jsonl', before);
  }));

test('a revision that is put below one of main is found, and put on a head as the hint says', () =>
  withRepository(
    [{ id: 'a1' }, { id: 'b1' }, { id: 'c1' }],
    async ({ cwd, against, run, edit, branch, finds, write, path }) => {
      await branch('feature', 'main');
      assert.is((await run(`revision -m 'in between' --rev-id n1 --parent a1 --splice`)).status, 0);
      await write(await path('n1'), 'SELECT 1;\n');
      await edit('{"id":"b1","parents":["a1"]', '{"id":"b1","parents":["n1"]');
      commitAll(cwd, 'put in');
      assert.equal(await finds(), []);
      const [finding, ...more] = await against('main');
      assert.equal([finding?.code, finding?.revision, more], ['inserted', 'n1', []]);
      assert.match(finding!.message, '"n1" was put below "b1", which main has');
      const parents = /"parents":\[.*?\]/.exec(finding!.hint)?.[0] ?? '';
      await edit('{"id":"b1","parents":["n1"]', `{"id":"b1",${parents}`);
      assert.is((await run(/updown (rebase n1)$/.exec(finding!.hint)?.[1] ?? '')).status, 0);
      assert.equal(await against('main'), []);
    },
  ));

test('what main has sealed is not edited where the seal was taken out or renewed here', () =>
  withRepository([{ id: 'a1' }, { id: 'b1' }], async ({ cwd, run, against, write, path, finds, branch }) => {
    assert.is((await run('seal')).status, 0);
    commitAll(cwd, 'sealed');
    await branch('feature', 'main');
    await write(await path('a1', 'down'), '-- stays\n');
    assert.equal(codesOf(await against('main')), ['sealed a1']);
    assert.is((await run('seal --renew a1')).status, 0);
    assert.equal(await finds(), []);
    const [finding, ...more] = await against('main');
    assert.equal([finding?.code, finding?.severity, more], ['edited', 'error', []]);
    assert.match(finding!.message, 'which main has and has sealed, has another down.sql here');
    assert.equal(codesOf(await finds('--against main --allow edited')), ['edited a1']);
  }));

test('a seal that was taken out here is told, and one that main has made since is not', () =>
  withRepository([{ id: 'a1' }, { id: 'b1' }], async ({ cwd, run, against, manifest, write, branch }) => {
    assert.is((await run('seal a1')).status, 0);
    commitAll(cwd, 'sealed');
    await branch('feature', 'main');
    git(cwd, 'checkout', '--quiet', 'main');
    assert.is((await run('seal b1')).status, 0);
    commitAll(cwd, 'sealed, too');
    git(cwd, 'checkout', '--quiet', 'feature');
    assert.equal(await against('main'), []);
    await write('migrations/manifest.jsonl', (await manifest()).replace(/,"sealed":\{.*?\}/, ''));
    const [note, ...more] = await against('main');
    assert.equal([note?.code, note?.severity, note?.revision, more], ['unsealed', 'note', 'a1', []]);
    assert.is((await run(/: updown (seal a1)$/.exec(note!.hint)?.[1] ?? '')).status, 0);
    assert.equal(await against('main'), []);
  }));

test('line ends and a byte order mark are no edit', () =>
  withRepository([{ id: 'a1' }], async ({ cwd, against, write, path }) => {
    const file = await path('a1');
    const text = await readFile(join(cwd, file), 'utf8');
    await write(file, `\uFEFF${text.replaceAll('\n', '\r\n')}`);
    assert.equal(await against('HEAD'), []);
  }));

test('a label that both branches give is found before they are merged', () =>
  withRepository(start, async ({ cwd, branch, against, run, path, write }) => {
    for (const [name, id] of [
      ['feature', 'f1'],
      ['other', 'o1'],
    ] as const) {
      await branch(name, 'main');
      await run(`revision -m x --rev-id ${id} --label billing`);
      await write(await path(id), 'SELECT 1;\n');
      commitAll(cwd, id);
    }
    const [finding, ...more] = await against('feature');
    assert.equal([finding?.code, more], ['duplicate-label', []]);
    assert.match(finding!.message, /^Merged with feature: Label "billing"/);
  }));

test('from a folder below, in a linked worktree, in a folder of another name, and where a hook sets GIT_DIR', () =>
  withTwo(async ({ cwd }) => {
    const red = async (folder: string, args: readonly string[] = [], env: CliOptions['env'] = {}) => {
      const outcome = await updown(['check', '--against', 'main', '--json', ...args], { cwd: folder, env });
      const { findings } = outcome.json<{ findings: readonly Found[] }>();
      assert.equal([outcome.status, findings?.map(({ code }) => code)], [3, ['multiple-heads']], outcome.stdout);
    };
    await mkdir(join(cwd, 'src'));
    await red(join(cwd, 'src'), ['--dir', '../migrations']);
    await red(join(cwd, 'migrations'), ['--dir', '.']);
    git(cwd, 'worktree', 'add', '--quiet', join(cwd, 'linked'), '-b', 'again', 'feature');
    await red(join(cwd, 'linked'));
    await red(cwd, [], { GIT_DIR: '.git', GIT_INDEX_FILE: '.git/index', GIT_PREFIX: '' });
    await mkdir(join(cwd, 'app'));
    git(cwd, 'checkout', '--quiet', 'main');
    git(cwd, 'mv', 'migrations', 'app/a folder');
    commitAll(cwd, 'moved');
    const check = (ref: string) => updown(['check', '--against', ref, '--dir', 'app/a folder', '--json'], { cwd });
    assert.equal(codesOf((await check('feature')).json<{ findings: readonly Found[] }>().findings), [
      'multiple-heads m1',
    ]);
    git(cwd, 'branch', 'moved');
    git(cwd, 'checkout', '--quiet', '--orphan', 'first');
    git(cwd, 'rm', '-r', '--quiet', '--cached', 'app');
    git(cwd, 'commit', '--quiet', '--allow-empty', '-m', 'nothing yet');
    const { status, stdout } = await check('first');
    assert.equal([status, JSON.parse(stdout).error?.code], [2, 'git']);
    assert.match(JSON.parse(stdout).error.message, 'There is no app/a folder/manifest.jsonl in "first"');
  }));

test('a shallow clone of one branch gets what it lacks by the commands that the hints name', () =>
  withTwo(async ({ cwd }) => {
    const clone = join(cwd, '..', `${basename(cwd)}-clone`);
    try {
      git(cwd, 'clone', '--quiet', '--depth=1', '--branch=feature', `file://${cwd}`, clone);
      const ask = async () => {
        const { stdout } = await updown(['check', '--against', 'origin/main', '--json'], { cwd: clone });
        return JSON.parse(stdout) as { error?: { hint: string }; findings: readonly Found[] };
      };
      const { error } = await ask();
      const obey = async (hint = '') => {
        const command = /: (git fetch .*)$/.exec(hint)?.[1] ?? 'false';
        const { status, stderr } = await runProcess('sh', ['-c', command], { cwd: clone, env: gitEnvironment() });
        assert.is(status, 0, stderr);
      };
      await obey(error?.hint);
      const { findings } = await ask();
      assert.equal(codesOf(findings), ['multiple-heads f2', 'no-merge-base']);
      await obey(findings[1]?.hint);
      assert.equal(codesOf((await ask()).findings), ['multiple-heads f2']);
    } finally {
      await rm(clone, { recursive: true, force: true });
    }
  }));

test('what to fetch is named by the remote that there is, and nothing where there is none', () =>
  withTwo(async ({ cwd, refuses }) => {
    const clone = join(cwd, '..', `${basename(cwd)}-clone`);
    try {
      git(cwd, 'clone', '--quiet', '--origin=upstream', '--single-branch', '--branch=feature', `file://${cwd}`, clone);
      const run = async (ref: string) => {
        const { status, stdout } = await updown(['check', '--against', ref, '--json'], { cwd: clone });
        return { status, hint: (JSON.parse(stdout) as { error?: { hint: string } }).error?.hint ?? '' };
      };
      for (const ref of ['main', 'upstream/main', 'origin/main']) {
        const command = /: (git fetch .*)$/.exec((await run(ref)).hint)?.[1] ?? 'false';
        const fetched = await runProcess('sh', ['-c', command], { cwd: clone, env: gitEnvironment() });
        assert.is(fetched.status, 0, `${ref}: ${command}: ${fetched.stderr}`);
        assert.is((await run(ref)).hint, '', ref);
        git(clone, 'update-ref', '-d', ref === 'main' ? 'refs/heads/main' : `refs/remotes/${ref}`);
      }
      assert.match((await run('HEAD~99')).hint, / To list .*: git for-each-ref$/);
      assert.match((await refuses('check --against nowhere', 'git')).hint, / To list .*: git for-each-ref$/);
    } finally {
      await rm(clone, { recursive: true, force: true });
    }
  }));

test('of two histories without a commit in common, the hint names what shows their difference', () =>
  withRepository(start, async ({ cwd, against }) => {
    git(cwd, 'checkout', '--quiet', '--orphan', 'apart');
    commitAll(cwd, 'apart');
    const [finding, ...more] = await against('main');
    assert.equal([finding?.code, more], ['no-merge-base', []]);
    const command = /: (git diff .*)$/.exec(finding?.hint ?? '')?.[1] ?? 'false';
    gitDoes(cwd, ...command.split(' ').slice(1));
  }));

test('no repository, no commit, no git: each is said as such', () =>
  withRepository(start, async ({ cwd, run, refuses }) => {
    const option = await refuses('check --against=--help', 'git');
    assert.match(option.message, 'Git knows no commit "--help" here');
    await refuses('check --against main:migrations', 'git');
    await withProject({}, async (outside) => {
      await cp(join(cwd, 'migrations'), join(outside, 'migrations'), { recursive: true });
      const { status, stderr } = await updown(['check', '--against', 'main'], {
        cwd: outside,
        env: { GIT_CEILING_DIRECTORIES: join(outside, '..') },
      });
      assert.equal([status, stderr.includes('Git finds no repository at "migrations"')], [2, true], stderr);
    });
    const gone = await updown(['check', '--against', 'main'], { cwd, env: { PATH: '/nowhere' } });
    assert.equal([gone.status, gone.stderr.includes('no program "git" on PATH')], [2, true], gone.stderr);
    assert.is((await run('check')).status, 0);
  }));

test('a manifest of main that cannot be read, or is of another project, is a finding', () =>
  withRepository(start, async ({ cwd, against, edit, branch }) => {
    await branch('other', 'main');
    await edit('"project":"test-abc123"', '"project":"shop-abc123"');
    commitAll(cwd, 'renamed');
    assert.equal(codesOf(await against('main')), ['wrong-project']);
    await edit('"parents":[]', '"parents":[');
    commitAll(cwd, 'broken');
    git(cwd, 'checkout', '--quiet', 'main');
    const [finding] = await against('other');
    assert.equal(
      [finding?.code, finding?.place?.file, finding?.place?.line],
      ['manifest', 'other:migrations/manifest.jsonl', 2],
    );
  }));

test('two histories with nothing in common are compared, and what that can not tell is said', () =>
  withRepository(start, async ({ cwd, against }) => {
    git(cwd, 'checkout', '--quiet', '--orphan', 'alone');
    commitAll(cwd, 'alone');
    const [note, ...more] = await against('main');
    assert.equal([note?.code, note?.severity, more], ['no-merge-base', 'note', []]);
  }));

test.run();
