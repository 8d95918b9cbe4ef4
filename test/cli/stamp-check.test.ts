import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { embeddedMajor } from '../../lib/database/embedded-major.ts';
import { updown } from '../support/cli.ts';
import { type Database, withDatabase } from '../support/database.ts';
import { newestUrl } from '../support/newest.ts';
import { withProject, writeProject } from '../support/project.ts';

interface Site extends Database {
  readonly cwd: string;
  readonly run: (...args: readonly string[]) => ReturnType<typeof updown>;
}

async function withSite(config: (url: string) => object, body: (site: Site) => Promise<void>): Promise<void> {
  await withDatabase((database) =>
    withProject({}, async (cwd) => {
      await writeProject(cwd, [{ id: 'aaaaaaaaaaaa' }, { id: 'bbbbbbbbbbbb' }]);
      await writeFile(join(cwd, 'updown.json'), JSON.stringify({ url: database.url, ...config(database.url) }));
      await body({ ...database, cwd, run: (...args) => updown(args, { cwd }) });
    }),
  );
}

const made = 'CREATE TABLE t_aaaaaaaaaaaa (id integer); CREATE TABLE t_bbbbbbbbbbbb (id integer);';

test('the first stamp of a schema that its revisions do not make is refused, and nothing is recorded', () =>
  withSite(
    (scratch) => ({ scratch }),
    async ({ run, query }) => {
      await query(made.replace('integer); CREATE', 'bigint); CREATE'));
      const { status, stderr } = await run('stamp', 'head');
      assert.is(status, 4);
      assert.match(stderr, 'error (drift)');
      assert.match(stderr, 'column id of table public.t_aaaaaaaaaaaa: type integer became bigint');
      assert.match(stderr, 'updown stamp head --force');
      assert.is((await query("SELECT to_regnamespace('updown') AS ledger"))[0]?.ledger, null);
      await query('ALTER TABLE t_aaaaaaaaaaaa ALTER COLUMN id TYPE integer');
      // What the first of them alone makes is less.
      assert.is((await run('stamp', 'aaaa')).status, 4);
      assert.is((await run('stamp', 'head')).status, 0);
      // From then on a stamp is how a ledger is put right.
      assert.is((await run('stamp', 'aaaa')).status, 0);
    },
  ));

test('with --force it is recorded, and what differs is told', () =>
  withSite(
    (scratch) => ({ scratch }),
    async ({ run, query }) => {
      await query(made.replace(/CREATE TABLE t_b.*/, ''));
      const { status, stderr } = await run('stamp', 'head', '--force');
      assert.is(status, 0, stderr);
      assert.match(stderr, 'is not what these revisions make: recorded all the same');
      assert.match(stderr, 'table public.t_bbbbbbbbbbbb was dropped');
      assert.match((await run('status')).stdout, '2 of 2');
      assert.is((await run('stamp', 'base', '--sql', '--force')).status, 2);
    },
  ));

test('where nothing can compare, it is refused, and each of the next steps records it', () =>
  withSite(
    () => ({}),
    async ({ run, url, query }) => {
      await query(made);
      const [{ major } = {}] = await query("SELECT current_setting('server_version_num')::integer / 10000 AS major");
      if (major === embeddedMajor) return;
      for (const targets of [['head'], ['aaaa']]) {
        const { status, stderr } = await run('stamp', ...targets);
        assert.is(status, 4);
        assert.match(stderr, 'error (other-major)');
        assert.match(stderr, `Name a server of PostgreSQL ${major} for temporary databases: updown stamp `);
        assert.is((await query("SELECT to_regnamespace('updown') AS ledger"))[0]?.ledger, null);
      }
      const refused = await run('stamp', 'head');
      const [, scratch = '', force = ''] =
        /: updown (stamp head --scratch) <url>.*: updown (stamp head --force)/.exec(refused.stderr) ?? [];
      assert.is((await run(...scratch.split(' '), url)).status, 0);
      assert.is((await run('stamp', 'base')).status, 0);
      assert.is((await run('stamp', 'base', '--purge')).status, 0);
      await query('DROP SCHEMA updown CASCADE');
      const forced = await run(...force.split(' '));
      assert.is(forced.status, 0, forced.stderr);
      assert.match(forced.stderr, 'the schema was not compared with what is recorded');
      // From then on a stamp is how a ledger is put right.
      assert.is((await run('stamp', 'aaaa')).status, 0);
    },
  ));

test('what a scratch of the configuration can’t do stops it, and a type or a function alone is a schema', () =>
  withSite(
    (url) => ({ scratch: url.replace(/:\d+\//, ':1/') }),
    async ({ run, url, query }) => {
      await query("CREATE TYPE state AS ENUM ('new')");
      const { status, stderr } = await run('stamp', 'head');
      assert.is(status, 1, stderr);
      assert.match(stderr, 'To record it without comparing: updown stamp head --force');
      const differs = await run('stamp', 'head', '--scratch', url);
      assert.is(differs.status, 4);
      assert.match(differs.stderr, 'enum type public.state');
      assert.is((await run('stamp', 'head', '--force')).status, 0);
    },
  ));

test('a server of the version that is in this process is compared there', async () =>
  withDatabase(
    ({ url, query }) =>
      withProject({}, async (cwd) => {
        await writeProject(cwd, [{ id: 'aaaaaaaaaaaa' }, { id: 'bbbbbbbbbbbb' }]);
        const run = (...args: readonly string[]) => updown([...args, '--url', url], { cwd });
        await query(made.replace('integer); CREATE', 'bigint); CREATE'));
        const refused = await run('stamp', 'head');
        assert.is(refused.status, 4);
        assert.match(refused.stderr, 'type integer became bigint');
        await query('ALTER TABLE t_aaaaaaaaaaaa ALTER COLUMN id TYPE integer');
        assert.is((await run('stamp', 'head')).status, 0);
      }),
    { server: await newestUrl() },
  ));

test('an empty database has nothing of what revisions with SQL make, with whatever it is compared', () =>
  withSite(
    () => ({}),
    async ({ run, url, query }) => {
      assert.is((await run('stamp', 'head', '--scratch', url)).status, 4);
      assert.is((await run('stamp', 'base')).status, 0);
      const refused = await run('stamp', 'head');
      assert.is(refused.status, 4);
      assert.match(refused.stderr, 'error (drift): The schema of');
      assert.match(refused.stderr, 'The database is empty.');
      assert.is((await query("SELECT to_regnamespace('updown') AS ledger"))[0]?.ledger, null);
      const forced = await run('stamp', 'head', '--force');
      assert.is(forced.status, 0);
      assert.match(forced.stderr, 'The database is empty.');
      assert.not.match((await run('stamp', 'aaaa')).stderr, 'The database is empty.');
    },
  ));

test('an empty database is what revisions without SQL make', () =>
  withSite(
    () => ({}),
    async ({ cwd, run }) => {
      await writeProject(cwd, [
        { id: 'aaaaaaaaaaaa', up: '-- Nothing yet.\n' },
        { id: 'bbbbbbbbbbbb', up: ';\n' },
      ]);
      const { status, stderr } = await run('stamp', 'head');
      assert.is(status, 0, stderr);
    },
  ));

test('a hash that is kept is enough, and what puts one revision right is not compared', () =>
  withSite(
    () => ({}),
    async ({ run, query, url }) => {
      assert.is((await run('verify', '--write', '--schema-only', '--scratch', url)).status, 0);
      const refused = await run('stamp', 'head');
      assert.is(refused.status, 4);
      assert.not.match(refused.stderr, 'verifying on scratch');
      await query(made);
      assert.is((await run('stamp', 'head')).status, 0);
      assert.is((await run('stamp', 'base', '--purge')).status, 0);
      assert.is((await run('stamp', '--only', 'aaaa')).status, 0);
    },
  ));

test.run();
