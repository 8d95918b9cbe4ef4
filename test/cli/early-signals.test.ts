import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cleanEnvironment, runProcess } from '../support/process.ts';
import { withProject, writeProject } from '../support/project.ts';
import { sourceLoader } from '../support/source-loader.ts';

const file = (path: string) => new URL(`../../${path}`, import.meta.url);

/** As bin/updown.ts does, with signals that come before the rest is loaded. */
const program = (names: readonly string[], words: readonly string[]) => `
import { setTimeout as sleep } from 'node:timers/promises';
import { keepEarlySignals } from ${JSON.stringify(file('lib/cli/early-signals.ts').href)};
keepEarlySignals(process);
for (const name of ${JSON.stringify(names)}) {
  process.kill(process.pid, name);
  await sleep(50);
}
const { main } = await import(${JSON.stringify(file('lib/cli/main.ts').href)});
process.exitCode = await main(${JSON.stringify(words)}, process);
`;

async function start(cwd: string, names: readonly string[], words: readonly string[]) {
  const args = [...sourceLoader(), '--input-type=module', '--eval', program(names, words)];
  return await runProcess(process.execPath, args, { cwd, env: cleanEnvironment() });
}

const words = ['upgrade', '--url', 'pglite:dev'];

test('F15: a signal while the program is loaded ends the command before it has begun: exit 130, and a word', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [{ id: 'a1' }]);
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      const { status, stdout, stderr } = await start(cwd, [name], words);
      assert.equal([status, stdout], [130, ''], stderr);
      assert.match(
        stderr,
        /^error \(interrupted\): interrupted: nothing was changed\n {2}next: Run the command again\.$/m,
      );
    }
    const json = await start(cwd, ['SIGINT'], [...words, '--json']);
    assert.equal([json.status, JSON.parse(json.stdout).error.code], [130, 'interrupted']);
    const twice = await start(cwd, ['SIGINT', 'SIGINT'], words);
    assert.equal([twice.status, twice.stdout, twice.stderr], [130, '', '']);
    const after = await start(cwd, [], ['heads']);
    assert.equal([after.status, after.stdout], [0, 'a1 add a1\n'], after.stderr);
  }));

test('F15: nothing is loaded before signals are kept', () => {
  const imports = (path: string) => [...readFileSync(file(path), 'utf8').matchAll(/^import (?!type ).*'(.+)';$/gm)];
  assert.equal(
    imports('bin/updown.ts').map(([, name]) => name),
    ['../lib/cli/early-signals.ts'],
  );
  assert.equal(imports('lib/cli/early-signals.ts'), []);
});

test.run();
