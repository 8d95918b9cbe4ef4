import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withDatabase } from '../support/database.ts';
import { cleanEnvironment, type Outcome, runProcess } from '../support/process.ts';
import { withProject, writeProject } from '../support/project.ts';
import { serverUrl } from '../support/server.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

type Run = (args: readonly string[], env?: NodeJS.ProcessEnv) => Promise<Outcome>;

/** As `npm install --omit=optional` leaves it: the package, and of the packages that it needs the ones that every command needs. */
async function withoutOptional(body: (run: Run, cwd: string) => Promise<void>): Promise<void> {
  await withProject({}, async (folder) => {
    const [cwd, modules] = [join(folder, 'project'), join(folder, 'node_modules')];
    const installed = join(modules, 'updown');
    await mkdir(cwd);
    // The compiled program, whichever one the tests run.
    const bin = dirname(process.env.UPDOWN_TEST_CLI ?? join(repository, 'dist/bin/updown.js'));
    await cp(join(bin, '..'), join(installed, 'dist'), { recursive: true });
    await cp(join(repository, 'package.json'), join(installed, 'package.json'));
    for (const name of ['kleur', 'libpg-query', 'postgres', 'sade', 'sql-template-strings'])
      await symlink(join(repository, 'node_modules', name), join(modules, name));
    await writeProject(cwd, [{ id: 'aaaaaaaaaaaa' }]);
    const program = join(installed, 'dist/bin/updown.js');
    await body(
      (args, env) => runProcess(process.execPath, [program, ...args], { cwd, env: cleanEnvironment(env) }),
      cwd,
    );
  });
}

test('without the optional packages, everything that a server is enough for is there', () =>
  withoutOptional((run) =>
    withDatabase(async ({ url }) => {
      const scratch = await serverUrl();
      for (const args of [
        ['check'],
        ['upgrade', '--url', url],
        ['status', '--url', url],
        ['verify', '--scratch', scratch],
        ['review', 'base:head', '--scratch', scratch, '--format', 'markdown'],
      ]) {
        const { status, stderr } = await run(args);
        assert.is(status, 0, `${args.join(' ')}: ${stderr}`);
      }
    }),
  ));

test('an autogenerate goes on without the second planner, and says so in a sentence where something is left', () =>
  withoutOptional(async (run, cwd) => {
    await writeProject(cwd, [{ id: 'aaaaaaaaaaaa', up: 'CREATE TABLE t (id integer) PARTITION BY RANGE (id);\n' }]);
    await writeFile(
      join(cwd, 'schema.sql'),
      'CREATE TABLE t (id integer) PARTITION BY LIST (id);\nCREATE TABLE n (id integer);\n',
    );
    const generate = ['revision', '--autogenerate', '-m', 'n', '--from-schema', 'schema.sql'];
    const { status, stdout, stderr } = await run([...generate, '--scratch', await serverUrl()]);
    assert.is(status, 3, stderr);
    assert.match(
      stderr.replaceAll(/\s+/g, ' '),
      /planner, .* needs the package @supabase\/pg-delta, which is not installed: npm install --prefix \S+ @supabase\/pg-delta@1\.0\.0-alpha\.34/,
    );
    assert.match(stdout, /_n\/up\.sql\n[\s\S]*not generated up\.sql: table public\.t: partition key/);
    await writeFile(
      join(cwd, 'schema.sql'),
      'CREATE TABLE t (id integer) PARTITION BY RANGE (id);\nCREATE TABLE m ();\n',
    );
    const whole = await run([...generate, '--scratch', await serverUrl()]);
    assert.not.match(whole.stderr, 'pg-delta');
  }));

test('what needs one says so in a sentence, with the command that installs it', () =>
  withoutOptional(async (run) => {
    const scratch = await serverUrl();
    const page = await run(['review', 'base:head', '--scratch', scratch, '--html', 'review.html']);
    assert.is(page.status, 2);
    assert.match(
      page.stderr,
      'error (missing-package): A review as a page needs the package @dagrejs/dagre, which is not installed',
    );
    assert.match(page.stderr.replaceAll(/\s+/g, ' '), /npm install --prefix \S+ @dagrejs\/dagre@\d+\.\d+\.\d+\./);
    const graph = await run(['history', '--html', 'history.html']);
    assert.is(graph.status, 2);
    assert.match(
      graph.stderr,
      'error (missing-package): A history as a page needs the package @dagrejs/dagre, which is not installed',
    );
    assert.match(graph.stderr.replaceAll(/\s+/g, ' '), 'The same as text: updown history --graph');
    for (const args of [['upgrade', '--url', 'pglite:data'], ['verify'], ['review', 'base:head']]) {
      const { status, stderr } = await run(args);
      assert.is(status, 2, args.join(' '));
      assert.match(
        stderr,
        'error (missing-package): A database in this process needs the package @electric-sql/pglite',
      );
      assert.match(stderr.replaceAll(/\s+/g, ' '), 'name a server: --url, and --scratch for throwaway databases');
    }
  }));

test('spans that are asked for without their packages are one sentence, and the run goes on', () =>
  withoutOptional((run) =>
    withDatabase(async ({ url }) => {
      const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
      const { status, stdout, stderr } = await run(['upgrade', '--url', url], env);
      assert.is(status, 0, stderr);
      assert.match(stdout, /^Done: 1 revision applied/);
      const [, said = ''] = /^warning: (.*)$/m.exec(stderr) ?? [];
      assert.match(
        said,
        /^OTEL_EXPORTER_OTLP_ENDPOINT needs the packages .*, which are not installed, so that no spans are sent/,
      );
      for (const name of ['api', 'sdk-trace', 'resources', 'exporter-trace-otlp-http'])
        assert.match(said, new RegExp(`npm install .*@opentelemetry/${name}@\\d+\\.\\d+\\.\\d+`));
      assert.not.match((await run(['status', '--url', url], env)).stderr, 'OTEL');
    }),
  ));

test.run();
