import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { groups } from '../../lib/cli/groups.ts';
import { commands, globalOptions } from '../../lib/cli/spec.ts';
import { findProgram } from '../support/binaries.ts';
import { updown } from '../support/cli.ts';
import { cleanEnvironment, runProcess } from '../support/process.ts';
import { withProject, writeProject } from '../support/project.ts';

async function printFor(shell: string, cwd = process.cwd()): Promise<string> {
  const { stdout, status, stderr } = await updown(['completion', shell], { cwd });
  assert.is(status, 0, stderr);
  return stdout;
}

test('bash completes commands, options, values and revisions, from what it is given so far', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [{ id: 'a1b2' }, { id: 'b2c3' }]);
    await writeFile(join(cwd, 'completion.bash'), await printFor('bash', cwd));
    const complete = async (line: string): Promise<readonly string[]> => {
      const words = line.split(' ').map((word) => `'${word}'`);
      const script = `source ./completion.bash; COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _updown; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout, stderr } = await runProcess('bash', ['-c', script], { cwd, env: cleanEnvironment() });
      assert.is(stderr, '');
      return stdout.split('\n').filter((word) => word !== '');
    };
    assert.equal(await complete('updown up'), ['upgrade']);
    assert.is((await complete('updown ')).length, commands.length);
    assert.equal(await complete('updown upgrade '), ['head', 'heads', 'base', 'a1b2', 'b2c3']);
    assert.equal(await complete('updown --url postgres://x show b'), ['base', 'b2c3']);
    assert.equal(await complete('updown upgrade --flavor '), ['psql', 'plain']);
    assert.equal(await complete('updown upgrade --from '), ['a1b2', 'b2c3']);
    assert.equal(await complete('updown upgrade --all'), ['--allow-ahead', '--allow-existing']);
    assert.equal(await complete('updown status --all'), []);
    // Files are bash's own answer where there is none.
    assert.equal(await complete('updown upgrade --output '), []);
    assert.equal(await complete('updown completion '), ['bash', 'zsh', 'fish']);
  }));

for (const shell of ['bash', 'zsh', 'fish'])
  test(`${shell}: every command and option is in it, and the shell itself reads it`, () =>
    withProject({}, async (cwd) => {
      const script = await printFor(shell, cwd);
      for (const { name, options } of commands)
        for (const word of [name, ...[...options, ...globalOptions].map((option) => option.name)])
          assert.ok(script.includes(word), `${name}: ${word}`);
      if (!findProgram(shell)) return;
      await writeFile(join(cwd, 'script'), script);
      const { status, stderr } = await runProcess(shell, ['-n', 'script'], { cwd, env: cleanEnvironment() });
      assert.equal([status, stderr], [0, '']);
    }));

test('another shell is refused with those there are', async () => {
  const { status, stderr } = await updown(['completion', 'tcsh'], { cwd: process.cwd() });
  assert.is(status, 2);
  assert.match(stderr, 'Known: bash, zsh, fish.');
});

test('help has each command in one group, and fits into 80 columns, for each command too', async () => {
  assert.equal(groups.flatMap(([, names]) => names).sort(), commands.map(({ name }) => name).sort());
  for (const name of ['', ...commands.map((command) => command.name)]) {
    const { stdout } = await updown(
      [name, '--help'].filter((word) => word !== ''),
      { cwd: process.cwd() },
    );
    for (const line of stdout.split('\n')) assert.ok([...line].length <= 80, `${name}: ${line}`);
    if (name === '') for (const [title] of groups) assert.match(stdout, `\n  ${title}\n`);
  }
});

test.run();
