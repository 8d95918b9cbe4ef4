import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { importers } from '../../lib/import/importer.ts';
import { updown } from '../support/cli.ts';
import { withDatabase } from '../support/database.ts';
import { findCode, findRows } from '../support/markdown.ts';
import { withProject } from '../support/project.ts';

const page = await readFile(new URL('../../docs/from-others.md', import.meta.url), 'utf8');

/** What each tool leaves in a database, as its sources make it. */
const left: Readonly<Record<string, string>> = {
  Flyway: `CREATE TABLE flyway_schema_history (installed_rank int NOT NULL CONSTRAINT flyway_schema_history_pk PRIMARY KEY,
      version varchar(50), description varchar(200) NOT NULL, type varchar(20) NOT NULL, script varchar(1000) NOT NULL, checksum int,
      installed_by varchar(100) NOT NULL, installed_on timestamp NOT NULL DEFAULT now(), execution_time int NOT NULL, success boolean NOT NULL);
    CREATE INDEX flyway_schema_history_s_idx ON flyway_schema_history (success);`,
  Liquibase: `CREATE TABLE databasechangelog (id varchar(255) NOT NULL, author varchar(255) NOT NULL, filename varchar(255) NOT NULL);
    CREATE TABLE databasechangeloglock (id int NOT NULL CONSTRAINT databasechangeloglock_pkey PRIMARY KEY, locked boolean NOT NULL);`,
  'dbmate, golang-migrate':
    'CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL);',
  Prisma: `CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz,
    started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count int NOT NULL DEFAULT 0);`,
  Atlas: `CREATE SCHEMA atlas_schema_revisions;
    CREATE TABLE atlas_schema_revisions.atlas_schema_revisions (version varchar PRIMARY KEY, description varchar NOT NULL);`,
};

test('what docs/from-others.md puts into "ignore" is all that a tool leaves', async () => {
  const patterns = Object.fromEntries(
    findRows(page).flatMap(([tool = '', ignored = '']) =>
      tool in left && findCode(ignored).length > 0 ? [[tool, findCode(ignored)]] : [],
    ),
  );
  assert.equal(Object.keys(patterns), Object.keys(left));
  for (const [tool, sql] of Object.entries(left))
    await withProject({ 'updown.json': JSON.stringify({ ignore: patterns[tool] }) }, async (cwd) => {
      await withDatabase(async ({ url, admin, query }) => {
        await query(`${sql} CREATE TABLE orders (id bigint);`);
        await updown(['init', '--bare'], { cwd });
        const made = await updown(['baseline', '--url', url, '--scratch', admin], { cwd });
        assert.is(made.status, 0, made.stderr);
        const [folder = ''] = (await readdir(join(cwd, 'migrations'))).filter((name) => name.endsWith('_baseline'));
        const up = await readFile(join(cwd, 'migrations', folder, 'up.sql'), 'utf8');
        assert.equal(up.match(/CREATE \w+ \S+/g), ['CREATE TABLE public.orders'], tool);
        const checked = await updown(['check', '--url', url, '--scratch', admin], { cwd });
        assert.is(checked.status, 0, `${tool}: ${checked.stdout}`);
      });
    });
});

test('an option of another tool that a table names is known here, or answered with what does it', async () => {
  const alembic = await readFile(new URL('../../docs/from-alembic.md', import.meta.url), 'utf8');
  const asked = [...findRows(page), ...findRows(alembic)].flatMap(([theirs = '', ours = '']) => {
    const command = /^updown (\S+)/.exec(findCode(ours).find((code) => code.startsWith('updown ')) ?? '')?.[1];
    if (command === undefined) return [];
    return findCode(theirs).flatMap((code) =>
      [...code.matchAll(/(?<=^| )-{1,2}[a-z][\w-]*/gi)].map(([option]) => ({ command, option })),
    );
  });
  assert.ok(asked.length > 20, `${asked.length}`);
  await withProject({}, async (cwd) => {
    for (const { command, option } of asked) {
      const { status, stderr } = await updown([command, option], { cwd });
      if (!stderr.includes('has no option')) continue;
      assert.is(status, 2);
      assert.not.match(stderr, /next: Run: updown|Did you mean|It is an option of/, `updown ${command} ${option}`);
    }
  });
});

test('docs/from-others.md names the tools that are imported, and no other', () => {
  const named = importers.filter(({ name }) => page.includes(`updown import ${name} `)).map(({ name }) => name);
  assert.equal(named, ['golang-migrate']);
  for (const [, tool = ''] of page.matchAll(/updown import (\S+) /g))
    assert.ok(importers.some(({ name }) => name === tool));
});

test.run();
