import { readFileSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stamp, upgrade } from '../lib/index.ts';
import { replaceShapes } from '../scripts/library-shapes.ts';
import { withDatabase } from './support/database.ts';
import { runProcess } from './support/process.ts';
import { withProject, writeProject } from './support/project.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** What a program of a user's installs: this folder, or the package that is tested. */
const installed = resolve(process.env.UPDOWN_TEST_CLI ?? join(root, 'dist/bin/updown.js'), '../../..');

test('the types in docs/library.md are those of the sources: npm run docs:library writes them', () => {
  const page = readFileSync(join(root, 'docs/library.md'), 'utf8');
  assert.is(page, replaceShapes(page));
});

/** As a user's: strict, and with the types of neither Node.js nor the DOM. */
const compilerOptions = {
  target: 'es2022',
  lib: ['es2022'],
  module: 'nodenext',
  types: [],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noEmit: true,
  skipLibCheck: false,
};

const program = `import { current, downgrade, type Event, history, type RunResult, show, stamp, status, UpdownError, upgrade } from 'updown';

const seen: string[] = [];
const emit = (event: Event): void => void (event.kind === 'step-end' && seen.push(event.id));
try {
  const up: RunResult = await upgrade({ dir: 'migrations', emit, allowExisting: true });
  const lines: readonly string[] = up.steps.map(({ op, id, folder, transactional }) =>
    [op, id, folder ?? 'none', transactional ? 'in a transaction' : 'outside one'].join(' '));
  const down = await downgrade({ target: 'base', confirm: () => true });
  const stamped = await stamp({ targets: ['head'] });
  const texts: readonly string[] = [...up.heads, up.digest, ...lines, ...down.heads, ...stamped.steps.map(({ id }) => id)];
  const { pending, late, edited, unknown, unfinished, torn, heads } = await status({});
  const ids: readonly string[] = [...pending, ...late, ...edited, ...unfinished, ...torn, ...heads].map(({ id }) => id);
  const [newest] = (await history({})).revisions;
  const state: 'applied' | 'pending' | 'late' | 'unfinished' | 'unknown' | 'unasked' | undefined = newest?.state;
  const parents: readonly string[] = (await show({ target: 'head' })).revision.parents;
  const { applied } = await current({});
  void [texts, ids, state, parents, applied, unknown];
} catch (error) {
  if (error instanceof UpdownError) void [error.code, error.exitStatus, error.hint, error.place?.line, error.notes];
}
`;

test('a program that has only this package compiles against its types', () => {
  const files = {
    'package.json': '{ "type": "module" }',
    'app.ts': program,
    'tsconfig.json': JSON.stringify({ compilerOptions, files: ['app.ts'] }),
    'node_modules/.keep': '',
  };
  return withProject(files, async (cwd) => {
    await symlink(installed, join(cwd, 'node_modules/updown'));
    const { status, stdout, stderr } = await runProcess(join(root, 'node_modules/.bin/tsc'), ['-p', cwd], { cwd });
    assert.is(stdout + stderr, '');
    assert.is(status, 0);
  });
});

test('a step of a result is one revision, a stamp of several too', () =>
  withProject({}, (cwd) =>
    withDatabase(async ({ url }) => {
      const folders = await writeProject(cwd, [{ id: 'a1' }, { id: 'b1', up: '-- updown: no-transaction\nVACUUM;\n' }]);
      const options = { cwd, env: {}, url };
      assert.equal((await upgrade(options)).steps, [
        { op: 'up', id: 'a1', folder: folders.get('a1'), transactional: true },
        { op: 'up', id: 'b1', folder: folders.get('b1'), transactional: false },
      ]);
      assert.equal((await stamp({ ...options, targets: ['base'], purge: true })).steps, [
        { op: 'unstamp', id: 'b1', folder: null, transactional: true },
        { op: 'unstamp', id: 'a1', folder: null, transactional: true },
      ]);
    }),
  ));

test.run();
