import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { updown } from '../support/cli.ts';
import { withDatabase } from '../support/database.ts';
import { withProject, writeProject } from '../support/project.ts';

const first = '-- A schema of PostgreSQL ';

const revisions = [
  { id: 'aaaaaaaaaaaa', up: 'CREATE TABLE t (id integer PRIMARY KEY);\n', down: 'DROP TABLE t;\n' },
  { id: 'bbbbbbbbbbbb', up: 'CREATE VIEW v AS SELECT id FROM t;\n', down: 'DROP VIEW v;\n' },
];

interface Site {
  readonly cwd: string;
  readonly run: (...args: readonly string[]) => ReturnType<typeof updown>;
  readonly structure: () => Promise<string>;
}

async function withSite(config: object, body: (site: Site) => Promise<void>): Promise<void> {
  await withProject({}, async (cwd) => {
    await writeProject(cwd, revisions);
    await writeFile(join(cwd, 'updown.json'), JSON.stringify(config));
    await body({
      cwd,
      run: (...args) => updown(args, { cwd }),
      structure: () => readFile(join(cwd, 'structure.sql'), 'utf8'),
    });
  });
}

test('each upgrade and downgrade of a development database keeps its schema as SQL, where it has changed', () =>
  withDatabase(({ url, query }) =>
    withSite({ url, development: true, structure: 'structure.sql' }, async ({ run, structure }) => {
      const upgraded = await run('upgrade', '+1', '--json');
      assert.is(upgraded.status, 0, upgraded.stderr);
      assert.is(upgraded.json<{ structure: string }>().structure, 'structure.sql');
      const one = await structure();
      assert.ok(one.startsWith(first), one);
      assert.match(one, 'CREATE TABLE public.t');
      assert.not.match(one, 'updown.journal');
      assert.match((await run('upgrade')).stdout, 'structure.sql has what the database has now');
      assert.match(await structure(), 'CREATE VIEW public.v');
      assert.not.match((await run('upgrade')).stdout, 'structure.sql');
      assert.is((await run('downgrade', '-1', '--yes')).status, 0);
      assert.is(await structure(), one);
      // What is no revision's is seen as well, and a stamp runs nothing.
      await query('CREATE TABLE stray (a integer)');
      await run('stamp', 'aaaaaaaaaaaa');
      assert.is(await structure(), one);
    }),
  ));

test('the schema of a database that is not marked for development is not kept', () =>
  withDatabase(({ url }) =>
    withSite({ url, structure: 'structure.sql' }, async ({ cwd, run }) => {
      assert.is((await run('upgrade')).status, 0);
      assert.not.ok(existsSync(join(cwd, 'structure.sql')));
      await writeFile(
        join(cwd, 'updown.json'),
        JSON.stringify({ url: `${url}_other`, development: true, structure: 'structure.sql' }),
      );
      assert.is((await run('upgrade', '--url', url)).status, 0);
      assert.not.ok(existsSync(join(cwd, 'structure.sql')));
    }),
  ));

test('a file that somebody else has written is not overwritten, and the upgrade stands', () =>
  withSite({ url: 'pglite:memory', structure: 'structure.sql' }, async ({ cwd, run, structure }) => {
    await writeFile(join(cwd, 'structure.sql'), 'CREATE TABLE mine ();\n');
    const { status, stdout, stderr } = await run('upgrade');
    assert.is(status, 0, stderr);
    assert.match(stdout, '2 revisions applied');
    assert.match(stderr, '"structure.sql" is not one that updown has written');
    assert.is(await structure(), 'CREATE TABLE mine ();\n');
    await rm(join(cwd, 'structure.sql'));
    await run('upgrade');
    assert.match(await structure(), 'CREATE VIEW public.v');
  }));

const faults: readonly (readonly [config: object, message: string, mended: object])[] = [
  [
    { development: true },
    '"development" says what "url" is, and there is no "url"',
    { development: true, url: 'postgres://x' },
  ],
  [
    { development: 'true', url: 'postgres://x' },
    '"development" must be true or false',
    { development: true, url: 'postgres://x' },
  ],
  [{ structure: '../structure.sql' }, '"structure" is outside of the project', { structure: 'structure.sql' }],
  [
    { scratch: { setup: 'db/a.sql' }, structure: './db/a.sql' },
    '"db/a.sql" is what it would write over',
    { structure: 'structure.sql' },
  ],
  [
    { schema: 'db/', structure: 'db/structure.sql' },
    '"db/" is what it would write over',
    { structure: 'structure.sql' },
  ],
];

for (const [config, message, mended] of faults) {
  test(`updown.json: ${message}`, () =>
    withSite(config, async ({ cwd, run }) => {
      const { status, stderr } = await run('check');
      assert.is(status, 2);
      assert.match(stderr, message);
      await writeFile(join(cwd, 'updown.json'), JSON.stringify(mended));
      assert.is((await run('check')).status, 0);
    }));
}

test('snapshot --sql of the files and of a database is one text, which makes it in another one; what is left out is told', () =>
  withDatabase(({ url }) =>
    withDatabase((other) =>
      withSite({ url }, async ({ cwd, run }) => {
        await run('upgrade');
        const live = await run('snapshot', '--sql');
        assert.is(live.status, 0, live.stderr);
        const made = await run('snapshot', 'head', '--sql', '--scratch', url, '-o', 'made.sql');
        assert.is(made.status, 0, made.stderr);
        assert.is(await readFile(join(cwd, 'made.sql'), 'utf8'), live.stdout);
        await other.query(live.stdout);
        assert.is((await run('snapshot', '--sql', '--url', other.url)).stdout, live.stdout);
        await other.query(
          'CREATE TABLE k (a integer CHECK (a > 0)); ALTER TABLE k DISABLE TRIGGER ALL; ALTER TABLE t OWNER TO pg_monitor;',
        );
        await other.query(
          'CREATE TABLE l (a integer UNIQUE); CREATE TABLE m (a integer REFERENCES l (a)); ALTER TABLE m DISABLE TRIGGER ALL;',
        );
        const { stderr, stdout } = await run('snapshot', '--sql', '--url', other.url);
        assert.match(
          stderr,
          'not written: constraint m_a_fkey of table public.m: That its triggers are disabled is not written.',
        );
        assert.match(stdout, 'ALTER TABLE public.t OWNER TO pg_monitor;');
        const bare = await run('snapshot', '--sql', '--no-owner', '--url', other.url, '--json');
        const { sql, unwritten } = bare.json<{ sql: string; unwritten: readonly unknown[] }>();
        assert.not.match(sql, 'OWNER TO');
        assert.is(unwritten.length, 1);
        assert.match((await run('snapshot', '--no-owner')).stderr, 'Add --sql.');
        assert.is((await run('snapshot', '--sql', '--hash')).status, 2);
      }),
    ),
  ));

test.run();
