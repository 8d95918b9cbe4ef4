import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { updown } from '../support/cli.ts';
import { psql, withDatabase } from '../support/database.ts';
import { withProject, writeProject } from '../support/project.ts';
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
    await configure({ command: 'cat ddl.sql' });
    const done = await run('--autogenerate', '--rev-id', 'b2');
    assert.is(done.status, 0, done.stderr);
    assert.is((await run('--autogenerate')).status, 3);
  }));

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

test.run();
