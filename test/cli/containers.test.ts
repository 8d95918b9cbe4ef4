import { spawnSync } from 'node:child_process';
import { chmod, cp, mkdir, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, parseAllDocuments } from 'yaml';
import { updown } from '../support/cli.ts';
import { type Database, withDatabase } from '../support/database.ts';
import { findFences } from '../support/markdown.ts';
import { cleanEnvironment, runProcess } from '../support/process.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';
import { needs } from '../support/run.ts';
import { until } from '../support/until.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const page = await readFile(join(repository, 'docs/containers.md'), 'utf8');
const fences = findFences(page);

/** The text of the one block that holds this. */
function block(language: string, part: string): string {
  const found = fences.filter((fence) => fence.language === language && fence.text.includes(part));
  assert.is(found.length, 1, `${language} with ${part} in docs/containers.md`);
  return found[0]!.text;
}

interface Container {
  readonly name: string;
  readonly args: readonly string[];
}

const compose = parse(block('yaml', 'services:')) as {
  readonly services: Record<string, { readonly command?: readonly string[]; readonly depends_on?: object }>;
};
const [job, deployment] = parseAllDocuments(block('yaml', 'kind: Job')).map((document) => document.toJS()) as [
  { readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Container[] } } } },
  { readonly spec: { readonly template: { readonly spec: { readonly initContainers: readonly Container[] } } } },
];
const migrate = [
  { name: 'the image', args: commandIn(block('dockerfile', 'COPY migrations')) },
  { name: 'compose.yaml', args: compose.services.migrations?.command ?? [] },
  { name: 'the Job', args: job.spec.template.spec.containers[0]?.args ?? [] },
];
const waits = deployment.spec.template.spec.initContainers[0]?.args ?? [];

/** Of the arguments of CMD, a JSON array. */
function commandIn(dockerfile: string): readonly string[] {
  return JSON.parse(/^CMD (.*)$/m.exec(dockerfile)?.[1] ?? '[]') as readonly string[];
}

/** A project as an image holds it, of another user than the one who runs it. */
async function withImage(
  body: (cwd: string, database: Database) => Promise<void>,
  revisions: readonly TestRevision[] = [{ id: 'aaaaaaaaaaaa' }, { id: 'bbbbbbbbbbbb' }],
): Promise<void> {
  await withDatabase((database) =>
    withProject({}, async (folder) => {
      await chmod(folder, 0o755);
      const cwd = join(folder, 'project');
      await mkdir(cwd);
      await writeProject(cwd, revisions);
      await body(cwd, database);
    }),
  );
}

/** Whom an image runs as: a test that is not root is somebody without rights on the files already. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

for (const { name, args } of migrate)
  test(`what ${name} says brings a database to the head, as somebody who may write nothing and has no home`, () =>
    withImage(async (cwd, { url }) => {
      const before = await readdir(cwd, { recursive: true });
      const env = { DATABASE_URL: url, HOME: '/nonexistent' };
      const { status, stderr } = await updown(args, { cwd, env, ...nobody });
      assert.is(status, 0, stderr);
      assert.equal(await readdir(cwd, { recursive: true }), before);
      const standing = await updown(['status', '--exit-code'], { cwd, env, ...nobody });
      assert.is(standing.status, 0, standing.stdout + standing.stderr);
    }));

test('a pod waits until the Job is done, with a role that reads the ledger alone, and an older image does not wait', () =>
  withImage(async (cwd, { url, name, query }) => {
    const role = `${name}_reader`;
    const address = new URL(url);
    [address.username, address.password] = [role, 'secret'];
    await query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
    try {
      await updown(['upgrade', '+1'], { cwd, env: { DATABASE_URL: url } });
      await query(`GRANT USAGE ON SCHEMA updown TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA updown TO ${role}`);
      const env = { DATABASE_URL: address.href };
      const short = await updown(['status', '--wait', '1', '--quiet'], { cwd, env });
      assert.is(short.status, 3, short.stdout + short.stderr);
      const [pod] = await Promise.all([
        updown(waits, { cwd, env }),
        updown(['upgrade'], { cwd, env: { DATABASE_URL: url } }),
      ]);
      assert.is(pod.status, 0, pod.stdout + pod.stderr);
      await rm(join(cwd, 'migrations'), { recursive: true });
      await writeProject(cwd, [{ id: 'aaaaaaaaaaaa' }]);
      const older = await updown(waits, { cwd, env });
      assert.is(older.status, 0, older.stdout + older.stderr);
      const back = await updown(['upgrade'], { cwd, env: { DATABASE_URL: url } });
      assert.is(back.status, 4, back.stderr);
      const ahead = await updown(['upgrade', '--allow-ahead'], { cwd, env: { DATABASE_URL: url } });
      assert.is(ahead.status, 0, ahead.stderr);
    } finally {
      await query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  }));

test('the API of compose.yaml starts behind the migrations, and those behind the database', () => {
  assert.equal(compose.services.api?.depends_on, { migrations: { condition: 'service_completed_successfully' } });
  assert.equal(compose.services.migrations?.depends_on, { database: { condition: 'service_healthy' } });
});

const namespace = ['--pid', '--fork', '--kill-child', '--mount-proc'];
const isApart = spawnSync('unshare', [...namespace, 'true']).status === 0;

needs(
  test,
  'as process 1, which ignores signals by itself, it cancels what runs on SIGTERM and ends with 130',
  () =>
    withImage(
      async (cwd, { url, query }) => {
        const program = process.env.UPDOWN_TEST_CLI ?? join(repository, 'dist/bin/updown.js');
        const script = `unshare ${namespace.join(' ')} "$0" "$1" upgrade --dir "$2" & wait -n; exit $?`;
        // Others run upgrades at the same time: no other one has this folder.
        const dir = join(cwd, 'migrations');
        const run = runProcess('bash', ['-c', script, process.execPath, program, dir], {
          cwd,
          env: cleanEnvironment({ DATABASE_URL: url }),
        });
        const sleeping = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
        await until('it runs', async () => (await count(query, sleeping)) === 1);
        const found = spawnSync('pgrep', ['-f', `^${process.execPath} ${program} upgrade --dir ${dir}$`], {
          encoding: 'utf8',
        });
        assert.match(found.stdout, /^\d+\n$/);
        process.kill(Number(found.stdout), 'SIGTERM');
        const { status, stderr } = await run;
        assert.is(status, 130, stderr);
        assert.is(await count(query, sleeping), 0);
      },
      [{ id: 'aaaaaaaaaaaa', up: 'SELECT pg_sleep(600);\n' }],
    ),
  isApart ? undefined : 'a process namespace of its own can’t be made here',
);

async function count(query: Database['query'], from: string): Promise<number> {
  const [row] = await query(`SELECT count(*)::int AS count ${from}`);
  return Number(row?.count);
}

test('the Dockerfile of the repository copies all that a package is made of', () =>
  withProject({}, async (folder) => {
    const ignored = await readFile(join(repository, '.dockerignore'), 'utf8');
    const copied = Array.from(ignored.matchAll(/^!(.*)$/gm), ([, name]) => name!);
    for (const name of copied) await cp(join(repository, name), join(folder, name), { recursive: true });
    await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'));
    const { status, stdout, stderr } = await runProcess('npm', ['pack', '--dry-run', '--json', '--silent'], {
      cwd: folder,
    });
    assert.is(status, 0, stderr);
    const [{ files }] = JSON.parse(stdout) as [{ readonly files: readonly { readonly path: string }[] }];
    const paths = new Set(files.map(({ path }) => path));
    for (const path of ['dist/bin/updown.js', 'dist/lib/index.js', 'dist/lib/ledger/core.sql', 'README.md', 'LICENSE'])
      assert.ok(paths.has(path), path);
  }));

test('what is optional is most of what is installed', async () => {
  const [mandatory, optional] = await Promise.all([
    sizeOf(['kleur', 'libpg-query', 'mri', 'postgres', 'sade', 'sql-template-strings']),
    sizeOf(['@dagrejs', '@electric-sql/pglite', 'highlight.js']),
  ]);
  assert.ok(optional > 5 * mandatory, `${optional} and ${mandatory} bytes`);
});

// Seen with npm 10 and 11: a global installation has the optional packages all the same.
test('no image leaves out the optional packages by an installation that ignores --omit', async () => {
  const own = await readFile(join(repository, 'Dockerfile'), 'utf8');
  for (const dockerfile of [own, block('dockerfile', 'COPY migrations')]) {
    const install = /^RUN npm install .*--omit=optional.*$/m.exec(dockerfile)?.[0] ?? '';
    assert.match(install, /--prefix (\S+)/);
    assert.not.match(install, /--global|-g\b/);
    const [, folder] = /--prefix (\S+)/.exec(install) ?? [];
    assert.match(dockerfile, `ENV PATH="${folder}/node_modules/.bin:$PATH"`);
  }
});

async function sizeOf(names: readonly string[]): Promise<number> {
  const folders = names.map((name) => join(repository, 'node_modules', name));
  const { stdout } = await runProcess('du', ['-sb', ...folders]);
  return stdout
    .trim()
    .split('\n')
    .reduce((sum, line) => sum + Number.parseInt(line, 10), 0);
}

test.run();
