import { EventEmitter } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Host } from '../../lib/cli/host.ts';
import { main } from '../../lib/cli/main.ts';
import { settleConflict } from '../../lib/project/conflict.ts';
import { commitAll, git, gitDoes } from '../support/git.ts';
import { findFences } from '../support/markdown.ts';
import { codesOf } from './files.ts';
import { type Repository, withRepository } from './repository.ts';

const file = 'migrations/manifest.jsonl';

/** The branch feature with f1, in which git could not merge main with m1. */
async function withConflict(
  body: (repository: Repository) => Promise<void>,
  { command = ['merge', 'main'], style = 'merge' } = {},
): Promise<void> {
  await withRepository([{ id: 'a1' }], async (repository) => {
    const { cwd, branch, add, manifest } = repository;
    git(cwd, 'config', 'merge.conflictStyle', style);
    await branch('feature', 'main', 'f1');
    git(cwd, 'checkout', '--quiet', 'main');
    await add('m1');
    git(cwd, 'checkout', '--quiet', 'feature');
    assert.is(gitDoes(cwd, ...command), false);
    assert.match(await manifest(), /^<{7} .*\n[\s\S]*\n={7}\n[\s\S]*\n>{7} /m);
    await body(repository);
  });
}

async function idsIn({ manifest }: Pick<Repository, 'manifest'>): Promise<readonly string[]> {
  const text = await manifest();
  assert.not.match(text, /^[<|=>]{7}/m);
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => JSON.parse(line))
    .map(({ id, parents }) => `${id} on ${parents.join('+')}`);
}

/** As somebody at a terminal would see it, who types this. */
async function onTerminal(cwd: string, command: string, typed: string | undefined) {
  const written = { stdout: '', stderr: '' };
  const collect = (name: keyof typeof written) =>
    Object.assign(
      new Writable({
        write: (chunk, _, done) => {
          written[name] += chunk;
          done();
        },
      }),
      { isTTY: true, columns: 80 },
    );
  const events = new EventEmitter();
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const host = {
    ...{ stdin, stdout: collect('stdout'), stderr: collect('stderr'), env: { LANG: 'C.UTF-8', NO_COLOR: '1' } },
    ...{ cwd: () => cwd, on: () => events, removeListener: () => events, exit: () => {} },
  } as unknown as Host;
  if (typed === undefined) stdin.end();
  else stdin.write(`${typed}\n`);
  const status = await main(command.split(' '), host);
  return { status, ...written };
}

for (const style of ['merge', 'diff3', 'zdiff3']) {
  test(`a conflict of style ${style} is settled by merge: both sides are kept, and joined`, () =>
    withConflict(
      async (repository) => {
        const { cwd, run, asks, finds, against } = repository;
        const { id, settled } = await asks<{ id: string; settled: boolean }>('merge');
        assert.is(settled, true);
        assert.equal(await idsIn(repository), ['a1 on ', 'f1 on a1', 'm1 on a1', `${id} on f1+m1`]);
        assert.equal(await finds(), []);
        commitAll(cwd, 'merged');
        assert.equal(await against('main'), []);
        assert.is((await run('upgrade --sql')).status, 0);
      },
      { style },
    ));

  test(`a conflict of style ${style} is settled by rebase: both sides are kept, one on the other`, () =>
    withConflict(
      async (repository) => {
        const { cwd, run, finds, against } = repository;
        const { status, stdout } = await run('rebase f1 --onto m1');
        assert.equal([status, stdout.includes('git add it, and go on')], [0, true], stdout);
        assert.equal(await idsIn(repository), ['a1 on ', 'f1 on m1', 'm1 on a1']);
        assert.equal(await finds(), []);
        commitAll(cwd, 'merged');
        assert.equal(await against('main'), []);
      },
      { style },
    ));
}

test('in a git rebase, the conflict of each commit is settled', () =>
  withConflict(
    async (repository) => {
      const { cwd, asks, finds, against } = repository;
      await asks('rebase f1 --onto m1');
      git(cwd, 'add', '--all');
      git(cwd, 'rebase', '--continue');
      assert.equal(await idsIn(repository), ['a1 on ', 'm1 on a1', 'f1 on m1']);
      assert.equal(await finds(), []);
      assert.equal(await against('main'), []);
    },
    { command: ['rebase', 'main'] },
  ));

test('check shows both sides and the commands; what they do is what their hint says', () =>
  withConflict(async ({ run, finds, manifest, write }) => {
    const conflict = await manifest();
    const [finding, ...more] = await finds();
    assert.equal([finding?.code, finding?.place?.file, finding?.place?.line, more], ['conflict', file, 3, []]);
    assert.match(finding!.message, 'both sides together have 2 heads: "f1", "m1"');
    const commands = Array.from(finding!.hint.matchAll(/updown ([^.]*)/g), ([, command]) => command!);
    assert.equal(commands, ['rebase f1 --onto m1', 'rebase m1 --onto f1', 'merge f1 m1']);
    const { stdout, status } = await run('check');
    assert.is(status, 3);
    assert.match(stdout, /m1 \(head\) add m1\n.*f1 \(head\) add f1\n.*a1 add a1\n/);
    assert.is(await manifest(), conflict);
    for (const command of commands) {
      assert.is((await run(command)).status, 0, command);
      assert.equal(await finds(), [], command);
      await write(file, conflict);
    }
  }));

for (const command of [
  ['merge', 'main'],
  ['rebase', 'main'],
  ['cherry-pick', 'main'],
] as const) {
  const newcomer = command[0] === 'cherry-pick' ? 'm1' : 'f1';
  test(`in git ${command.join(' ')} on a branch, what is new is put on what was there: ${newcomer} first`, () =>
    withConflict(
      async ({ finds }) => {
        const [finding] = await finds();
        assert.match(
          finding!.hint,
          new RegExp(`^Put the revisions that are new here after the older ones: updown rebase ${newcomer} --onto `),
        );
      },
      { command: [...command] },
    ));
}

test('on main, what a branch brings is new', () =>
  withRepository([{ id: 'a1' }], async ({ cwd, branch, add, finds }) => {
    await branch('feature', 'main', 'f1');
    git(cwd, 'checkout', '--quiet', 'main');
    await add('m1');
    assert.is(gitDoes(cwd, 'merge', 'feature'), false);
    const [finding] = await finds();
    assert.match(finding!.hint, 'updown rebase f1 --onto m1. If no database has "m1" yet');
  }));

test('a branch on a branch that was moved and squashed: each hint, obeyed word by word, leads to one head', () =>
  withRepository([{ id: 'a1' }], async ({ cwd, branch, add, run, against, finds, manifest, write }) => {
    await branch('one', 'main', 'f1');
    await branch('two', 'one', 'f2');
    git(cwd, 'checkout', '--quiet', 'main');
    await add('m1');
    git(cwd, 'checkout', '--quiet', 'one');
    assert.is(gitDoes(cwd, 'merge', 'main'), false);
    assert.is((await run('rebase f1 --onto m1')).status, 0);
    commitAll(cwd, 'merged');
    git(cwd, 'checkout', '--quiet', 'main');
    git(cwd, 'merge', '--squash', 'one');
    commitAll(cwd, 'squashed');
    git(cwd, 'branch', '-D', 'one');
    git(cwd, 'checkout', '--quiet', 'two');
    const [moved] = await against('main');
    assert.equal(
      [moved?.code, moved?.hint],
      ['moved', 'Get main into this branch: git merge main. Write what main has in its line: "parents":["m1"]'],
    );
    assert.is(gitDoes(cwd, 'merge', 'main'), false);
    const [differs] = await finds();
    assert.equal(differs?.code, 'manifest');
    const [, likely] = /most likely line (\d+), and run/.exec(differs!.hint) ?? [];
    const lines = (await manifest()).split('\n');
    assert.match(lines[Number(likely) - 1] ?? '', '"id":"f1","parents":["m1"]');
    await write(
      file,
      lines.filter((line, index) => index + 1 === Number(likely) || !line.includes('"id":"f1"')).join('\n'),
    );
    const [conflict] = await finds();
    assert.match(conflict!.hint, /: updown merge$/);
    assert.is((await run('merge')).status, 0);
    commitAll(cwd, 'merged');
    assert.equal([await finds(), await against('main')], [[], []]);
  }));

test('every other command refuses, and its hint leads to those that settle it', () =>
  withConflict(async ({ run, refuses }) => {
    for (const command of ['upgrade --sql', 'heads', 'history', 'seal', 'revision -m x', 'plan --from base']) {
      const { message, hint } = await refuses(command, 'manifest');
      assert.is(message, 'Git left a conflict in the manifest');
      assert.match(hint, '`updown check`');
    }
    const { stdout } = await run('check');
    const [, command = ''] = /updown (rebase [\w -]*)\./.exec(stdout) ?? [];
    assert.is((await run(command)).status, 0);
    assert.is((await run('upgrade --sql')).status, 0);
  }));

test('without a terminal, rebase without a revision says the commands and leaves all as it is', () =>
  withConflict(async ({ refuses, run, manifest, write, cwd }) => {
    const { hint } = await refuses('rebase', 'usage');
    assert.is(
      hint,
      'Name it: updown rebase f1 --onto m1. Or the other one: updown rebase m1 --onto f1. Or join them: updown merge f1 m1',
    );
    const before = await manifest();
    for (const [, command = ''] of hint.matchAll(/updown ([^.]*)/g)) {
      assert.is((await run(command)).status, 0, command);
      assert.is((await refuses('rebase', 'usage')).hint.startsWith('There is one head.'), true);
      await write('migrations/manifest.jsonl', before);
      git(cwd, 'clean', '--quiet', '-fd', '--', 'migrations');
    }
  }));

for (const [command, typed, ids] of [
  ['merge', '2', ['a1 on ', 'f1 on a1', 'm1 on f1']],
  ['rebase', '1', ['a1 on ', 'f1 on m1', 'm1 on a1']],
] as const) {
  test(`on a terminal, ${command} shows the graph and asks which way`, () =>
    withConflict(async (repository) => {
      const { status, stderr, stdout } = await onTerminal(repository.cwd, command, typed);
      assert.is(status, 0, stderr);
      assert.match(stderr, /m1 \(head\) add m1\n.*f1 \(head\) add f1\n.*a1 add a1\n/);
      assert.match(stderr, '  1  put one on the other: updown rebase f1 --onto m1\n');
      assert.match(stderr, '  3  join them: updown merge f1 m1\nWhich way? [1-3] ');
      assert.match(stdout, 'each revision once');
      assert.equal(await idsIn(repository), ids);
    }));
}

test('on a terminal, both lead to a merge, too, and any other answer changes nothing', () =>
  withConflict(async (repository) => {
    const { cwd, manifest, write } = repository;
    const conflict = await manifest();
    for (const typed of ['', 'x', '0', '4']) {
      const { status, stderr } = await onTerminal(cwd, 'merge', typed);
      assert.equal([status, stderr.includes('Nothing was changed: no way was chosen')], [2, true], stderr);
      assert.is(await manifest(), conflict);
    }
    const { status, stderr } = await onTerminal(cwd, 'rebase', undefined);
    assert.equal([status, stderr.includes('interrupted: nothing was changed')], [130, true], stderr);
    assert.is(await manifest(), conflict);
    for (const command of ['merge', 'rebase']) {
      assert.is((await onTerminal(cwd, command, '3')).status, 0);
      assert.match((await idsIn(repository)).at(-1)!, /on f1\+m1$/);
      const folders = await readdir(join(cwd, 'migrations'));
      git(
        cwd,
        'clean',
        '--quiet',
        '-fd',
        '--',
        ...folders.filter((name) => name.endsWith('_merge')).map((name) => `migrations/${name}`),
      );
      await write(file, conflict);
    }
  }));

test('what main has sealed meanwhile is sealed afterwards', () =>
  withRepository([{ id: 'a1' }], async (repository) => {
    const { cwd, branch, run, asks, finds, manifest } = repository;
    await branch('feature', 'main', 'f1');
    git(cwd, 'checkout', '--quiet', 'main');
    assert.is((await run('seal')).status, 0);
    commitAll(cwd, 'released');
    git(cwd, 'checkout', '--quiet', 'feature');
    assert.is(gitDoes(cwd, 'merge', 'main'), false);
    const [finding] = await finds();
    assert.equal([finding?.code, finding?.message], ['conflict', 'Git left a conflict in the manifest']);
    const command = /: updown (merge)$/.exec(finding!.hint)?.[1] ?? '';
    const { id, settled } = await asks<{ id: string | null; settled: boolean }>(command);
    assert.equal([id, settled], [null, true]);
    assert.equal(await idsIn(repository), ['a1 on ', 'f1 on a1']);
    assert.match(await manifest(), /"id":"a1".*"sealed":/);
    assert.equal(await finds(), []);
  }));

test('one revision with two contents is an error with both lines, and nothing is written', () =>
  withConflict(async ({ refuses, edit, manifest, finds }) => {
    await edit('{"id":"m1"', '{"id":"f1"');
    const before = await manifest();
    for (const command of ['merge', 'rebase f1 --onto a1']) {
      const { message, notes, place } = await refuses(command, 'manifest');
      assert.is(message, 'The two sides of the manifest differ in revision "f1": line 4 and line 6');
      assert.equal(place, { file, line: 6, column: 1 });
      assert.equal(
        notes.map((note) => note.slice(0, 20)),
        ['line 4: {"id":"f1","', 'line 6: {"id":"f1","'],
      );
    }
    assert.equal(codesOf(await finds()), ['manifest']);
    // With one of the two, what is left is the folder that has no line in this test.
    await edit(before.split('\n')[5]!, '');
    await edit('=======\n\n', '=======\n');
    assert.equal(codesOf(await finds()), ['manifest', 'conflict']);
  }));

test('a conflict that is not whole is refused with its line, and git writes it again', () =>
  withConflict(async ({ cwd, refuses, manifest, write, run }) => {
    const whole = await manifest();
    for (const [index, sign] of ['<', '=', '>'].entries()) {
      await write(
        file,
        whole
          .split('\n')
          .filter((line) => !line.startsWith(sign.repeat(7)))
          .join('\n'),
      );
      const { hint, place } = await refuses('merge', 'manifest');
      assert.match(hint, 'git checkout --merge -- <path of the manifest>');
      assert.is((place as { line: number }).line, [4, 6, 5][index]);
    }
    git(cwd, 'checkout', '--merge', '--', file);
    assert.is((await run('merge')).status, 0);
  }));

test('where a line of a side is wrong, its place is the one on the disk', () =>
  withConflict(async ({ refuses, edit, manifest }) => {
    await edit('{"id":"m1","parents":["a1"]', '{"id":"m1","parents":["zz"]');
    const number = (await manifest()).split('\n').findIndex((line) => line.includes('"zz"')) + 1;
    const { place } = await refuses('merge', 'unknown-parent');
    assert.equal(place, { file, line: number, column: 1 });
    await edit('"parents":["zz"]', '"parents":["zz"');
    assert.is(((await refuses('merge', 'manifest')).place as { line: number }).line, number);
  }));

test('what both have come from is left out, also where that is a conflict itself', () => {
  const line = (id: string) => `{"id":"${id}","parents":[],"folder":"${id}","message":""}`;
  const text = [
    '{"updown":1,"project":"p-1"}',
    '<<<<<<< HEAD',
    line('a'),
    '||||||| merged common ancestors',
    '<<<<<<<<< one',
    line('x'),
    '=========',
    line('y'),
    '>>>>>>>>> other',
    '=======',
    line('a'),
    line('b'),
    '>>>>>>> theirs',
    '',
  ].join('\n');
  const settled = settleConflict(text, 'm')!;
  assert.is(settled.text, ['{"updown":1,"project":"p-1"}', line('a'), line('b'), ''].join('\n'));
  assert.equal([settled.origin, settled.line, settled.hasMarkers], [[1, 3, 12, 14], 2, true]);
  assert.is(settleConflict(settled.text, 'm'), undefined);
});

test('two sides that each have begun a project of their own are told', () => {
  const text = '<<<<<<< a\n{"updown":1,"project":"p-1"}\n=======\n{"updown":1,"project":"p-2"}\n>>>>>>> b\n';
  assert.throws(() => settleConflict(text, 'm'), /differ in the first line: line 2 and line 4/);
});

test('the lines of .gitattributes in docs/ci.md: git keeps both sides, and never mixes two edits of one file', () =>
  withRepository([{ id: 'a1' }], async (repository) => {
    const { cwd, branch, add, run, finds, against, path, write, refuses } = repository;
    const page = await readFile(new URL('../../docs/ci.md', import.meta.url), 'utf8');
    const attributes = findFences(page).find(({ language }) => language === 'gitattributes')!.text;
    assert.is(attributes.trim().split('\n').length, 2);
    await writeFile(join(cwd, '.gitattributes'), attributes);
    const lines = Array.from({ length: 20 }, (_, index) => `SELECT ${index};`);
    await write(await path('a1'), lines.join('\n'));
    commitAll(cwd, 'attributes');
    await branch('feature', 'main', 'f1');
    await branch('edit', 'main');
    git(cwd, 'checkout', '--quiet', 'main');
    await add('m1');
    git(cwd, 'checkout', '--quiet', 'feature');
    git(cwd, 'merge', '--quiet', '--no-edit', 'main');
    assert.equal(await idsIn(repository), ['a1 on ', 'f1 on a1', 'm1 on a1']);
    assert.equal(codesOf(await finds()), ['multiple-heads']);
    assert.is((await run('rebase f1 --onto m1')).status, 0);
    commitAll(cwd, 'settled');
    assert.equal(await against('main'), []);
    // A seal on one side beside a new line on the other: git keeps both lines of the revision.
    git(cwd, 'checkout', '--quiet', 'main');
    assert.is((await run('seal')).status, 0);
    commitAll(cwd, 'released');
    git(cwd, 'checkout', '--quiet', 'feature');
    git(cwd, 'merge', '--quiet', '--no-edit', 'main');
    assert.ok(codesOf(await finds()).includes('conflict'));
    const { hint } = await refuses('heads', 'duplicate-id');
    assert.is((await run(/: updown (merge)$/.exec(hint)?.[1] ?? '')).status, 0);
    assert.equal(await finds(), []);
    commitAll(cwd, 'settled');
    // Two edits, far apart in one file, would make SQL that nobody has written.
    git(cwd, 'checkout', '--quiet', 'edit');
    await write(await path('a1'), ['-- here', ...lines].join('\n'));
    commitAll(cwd, 'first line');
    git(cwd, 'checkout', '--quiet', '-b', 'other', 'main');
    await write(await path('a1'), [...lines, '-- there'].join('\n'));
    commitAll(cwd, 'last line');
    assert.is(gitDoes(cwd, 'merge', 'edit'), false);
    assert.match(git(cwd, 'status', '--porcelain'), /^(UU|AA) .*up\.sql$/m);
  }));

test.run();
