import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { updown } from '../support/cli.ts';
import { psql, withDatabase } from '../support/database.ts';
import { newestUrl } from '../support/newest.ts';
import { withProject, writeProject } from '../support/project.ts';
import { needsPgDump } from '../support/run.ts';
import { serverUrl } from '../support/server.ts';

const ddl = 'CREATE TABLE t_a1 (id integer);\nCREATE TABLE other (id integer);\n';

test('what says nothing is refused, and what the hints say is done', () =>
  withProject({ 'ddl.sql': ddl }, async (cwd) => {
    await writeProject(cwd, [{ id: 'a1' }]);
    const scratch = await serverUrl();
    const run = (...args: readonly string[]) =>
      updown(['revision', '-m', 'more', ...args, ...(args.includes('--autogenerate') ? ['--scratch', scratch] : [])], {
        cwd,
      });
    const configure = (schema: unknown) => writeFile(join(cwd, 'updown.json'), JSON.stringify({ schema }));

    const needless = await run('--from-schema', 'ddl.sql');
    assert.match(needless.stderr, 'Add --autogenerate.');
    const unsaid = await run('--autogenerate');
    assert.match(
      unsaid.stderr.replaceAll(/\s+/g, ' '),
      '"schema": "schema.sql" in updown.json, or --from-schema schema.sql.',
    );
    await configure({ program: 'x' });
    assert.match((await run('--autogenerate')).stderr, '{ "command": "npm run -s ddl" }');
    await configure({ command: 'exit 7' });
    const broken = await run('--autogenerate');
    assert.match(broken.stderr, '"exit 7" ends with 7');
    assert.match(broken.stderr.replaceAll(/\s+/g, ' '), 'or correct "command" of "schema" there.');
    await configure({ command: 'true' });
    assert.match(
      (await run('--autogenerate')).stderr.replaceAll(/\s+/g, ' '),
      'is to print the SQL of the whole schema',
    );
    await configure({ command: 'echo no models; exit 3' });
    const silent = await run('--autogenerate');
    assert.match(silent.stderr, 'ends with 3\n  no models\n');
    await configure({ command: 'exit 3' });
    assert.not.match((await run('--autogenerate')).stderr, /\n\s*\n/);
    await configure({ command: 'echo; echo "Loading models ..."; cat ddl.sql' });
    const logging = await run('--autogenerate');
    assert.is(logging.status, 2, logging.stderr);
    const said = logging.stderr.replaceAll(/\s+/g, ' ');
    assert.match(said, 'Line 2 of what "echo; echo "Loading models ..."; cat ddl.sql" prints has the error.');
    assert.match(said, 'write logs to standard error');
    await configure({ command: 'echo "Loading models ..." >&2; cat ddl.sql; echo "CREATE TABLE t (a nowhere);"' });
    assert.match((await run('--autogenerate')).stderr.replaceAll(/\s+/g, ' '), 'Line 3 of what ');
    await configure({ command: 'echo "Loading models ..." >&2; cat ddl.sql' });
    const done = await run('--autogenerate', '--rev-id', 'b2');
    assert.is(done.status, 0, done.stderr);
    assert.is((await run('--autogenerate')).status, 3);
  }));

needsPgDump(
  test,
  'pg_dump may be the command, and is refused where it writes an archive or the whole of a database',
  () =>
    withDatabase(({ url }) =>
      withProject({}, async (cwd) => {
        await writeProject(cwd, [{ id: 'a1' }]);
        await psql(url, ['-q', '-c', ddl]);
        const generate = async (options: string) => {
          const command = `pg_dump ${options} "${url}"`;
          await writeFile(join(cwd, 'updown.json'), JSON.stringify({ schema: { command } }));
          return updown(['revision', '--autogenerate', '-m', 'more', '--scratch', await serverUrl()], { cwd });
        };
        for (const [options, what] of [
          ['--format=custom', 'is an archive of pg_dump, not SQL'],
          ['--create', 'This dump creates and connects to its own database'],
        ] as const) {
          const refused = await generate(options);
          assert.is(refused.status, 2, refused.stderr);
          const said = refused.stderr.replaceAll(/\s+/g, ' ');
          assert.match(said, what);
          assert.match(said, "it is to print the SQL of one database's schema, as pg_dump --schema-only does.");
        }
        const done = await generate('--schema-only');
        assert.is(done.status, 0, done.stderr);
        assert.is((await generate('--schema-only')).status, 3);
      }),
    ),
);

test('a database and a file that is named for once say it, too', () =>
  withDatabase(({ url }) =>
    withProject({ 'ddl.sql': ddl }, async (cwd) => {
      await writeProject(cwd, [{ id: 'a1' }]);
      await writeFile(join(cwd, 'updown.json'), JSON.stringify({ schema: { url } }));
      await psql(url, ['-q', '-c', ddl]);
      const revise = ['revision', '--autogenerate', '-m', 'more', '--json', '--scratch', await serverUrl()];
      const first = await updown(revise, { cwd });
      assert.is(first.status, 0, first.stderr);
      assert.equal(first.json<{ notGenerated: unknown }>().notGenerated, []);
      const again = await updown([...revise, '--from-schema', 'ddl.sql'], { cwd });
      assert.equal([again.status, again.json<{ revisions: unknown }>().revisions], [3, []]);
      const empty = await updown([...revise, '--empty'], { cwd });
      assert.equal([empty.status, empty.json<{ revisions: readonly unknown[] }>().revisions.length], [0, 1]);
    }),
  ));

test('a database of another version than scratch names the one that it takes', async () => {
  const server = await newestUrl();
  await withDatabase(
    ({ url }) =>
      withProject({}, async (cwd) => {
        await writeProject(cwd, [{ id: 'a1' }]);
        const scratch = await serverUrl();
        await writeFile(join(cwd, 'updown.json'), JSON.stringify({ schema: { url }, scratch }));
        await psql(url, ['-q', '-c', ddl]);
        const revise = ['revision', '--autogenerate', '-m', 'more'];
        const refused = await updown(revise, { cwd });
        if (refused.status === 0) return;
        assert.is(refused.status, 4, refused.stderr);
        assert.match(
          refused.stderr.replaceAll(/\s+/g, ' '),
          'Name a server of PostgreSQL 18 for temporary databases: --scratch <url>,',
        );
        const checked = await updown(['check'], { cwd });
        assert.match(
          checked.stdout.replaceAll(/\s+/g, ' '),
          'Name a server of PostgreSQL 18 for temporary databases: --scratch <url>,',
        );
        assert.is((await updown([...revise, '--scratch', server], { cwd })).status, 0);
      }),
    { server },
  );
});

test('an empty schema of an empty project is nothing to do', () =>
  withProject({ 'schema.sql': '-- nothing yet\n' }, async (cwd) => {
    await writeProject(cwd, []);
    const revise = ['revision', '--autogenerate', '-m', 'first', '--from-schema', 'schema.sql', '--scratch'];
    const { status, stdout } = await updown([...revise, await serverUrl()], { cwd });
    assert.is(status, 3);
    assert.match(stdout, 'Nothing to do');
    assert.equal(readdirSync(join(cwd, 'migrations')), ['manifest.jsonl']);
  }));

const circle = {
  'schema/a.sql':
    '-- What refers to b.\nSET search_path = app;\nCREATE TABLE a (id integer PRIMARY KEY, b integer);\nALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;\n',
  'schema/b.sql':
    '-- What refers to a.\nCREATE TABLE app.b (id integer PRIMARY KEY, a integer);\nALTER TABLE app.b ADD FOREIGN KEY (a) REFERENCES app.a',
  'schema/c.sql': 'CREATE SCHEMA app;\n',
};

test('files that need each other in a circle are run statement by statement, and what still fails is named where it stands', () =>
  withDatabase(({ url }) =>
    withProject(circle, async (cwd) => {
      await writeProject(cwd, []);
      await writeFile(join(cwd, 'updown.json'), JSON.stringify({ schema: 'schema', url, scratch: url }));
      const run = (...args: readonly string[]) => updown(args, { cwd });
      const done = await run('revision', '--autogenerate', '-m', 'first', '--json');
      assert.is(done.status, 0, done.stderr);
      const [file = ''] = done.json<{ files: readonly string[] }>().files;
      const text = readFileSync(join(cwd, file), 'utf8');
      assert.match(text, '-- What refers to a.\nCREATE TABLE app.b');
      const upgraded = await run('upgrade');
      assert.is(upgraded.status, 0, upgraded.stderr);
      assert.is((await run('check', '--url', url)).status, 0);
      await writeFile(
        join(cwd, 'schema/b.sql'),
        `${circle['schema/b.sql']};\n\nALTER TABLE app.b ADD FOREIGN KEY (a) REFERENCES app.d;\n`,
      );
      const failed = await run('revision', '--autogenerate', '-m', 'next');
      assert.is(failed.status, 1);
      assert.match(failed.stderr, `"schema/b.sql" can't be run on an empty database: relation "app.d" does not exist`);
      assert.match(failed.stderr, 'schema/b.sql:5:1');
      await writeFile(join(cwd, 'schema/b.sql'), 'CREATE VIEW app.b AS SELECT id FROM app.a;\n');
      await writeFile(join(cwd, 'schema/a.sql'), 'CREATE VIEW app.a AS SELECT id FROM app.b;\n');
      const stuck = await run('revision', '--autogenerate', '-m', 'next');
      assert.match(stuck.stderr, `"schema/a.sql" can't be run on an empty database: relation "app.b" does not exist`);
      assert.match(stuck.stderr, `"schema/b.sql" can't be run, either: relation "app.a" does not exist`);
    }),
  ));

test('a wanted schema that fails is told at once: revisions that take longer are stopped', () =>
  withProject({ 'schema.sql': 'CREATE TABLE t (a nowhere);\n' }, async (cwd) => {
    await writeProject(cwd, [{ id: 'a1', up: 'SELECT pg_sleep(100000);' }]);
    await writeFile(join(cwd, 'updown.json'), JSON.stringify({ schema: 'schema.sql' }));
    for (const args of [['revision', '--autogenerate', '-m', 'next'], ['check']]) {
      const { stdout, stderr } = await updown(args, { cwd });
      assert.match(stdout + stderr, 'type "nowhere" does not exist');
    }
  }));

test.run();
