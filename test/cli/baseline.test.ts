import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findProgram } from '../support/binaries.ts';
import { updown } from '../support/cli.ts';
import { type Database, withDatabase } from '../support/database.ts';
import { newestUrl } from '../support/newest.ts';
import { cleanEnvironment, runProcess } from '../support/process.ts';
import { withProject, writeProject } from '../support/project.ts';
import { needsPgDump } from '../support/run.ts';

const shop = `SET check_function_bodies = off;
CREATE SCHEMA app;
CREATE TYPE app.state AS ENUM ('new', 'paid');
CREATE FUNCTION app.count_orders() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM app.orders';
CREATE TABLE app.orders (id serial PRIMARY KEY, state app.state NOT NULL DEFAULT 'new', note text);
CREATE VIEW app.paid AS SELECT id FROM app.orders WHERE state = 'paid';
CREATE INDEX orders_note ON app.orders (note);
ALTER TABLE app.orders OWNER TO pg_monitor;
INSERT INTO app.orders (note) VALUES ('it''s "one; ');`;

interface Site {
  readonly cwd: string;
  readonly database: Database;
  readonly run: (...args: readonly string[]) => ReturnType<typeof updown>;
  /** The text of the one up.sql. */
  readonly up: () => string;
}

async function withSite(body: (site: Site) => Promise<void>): Promise<void> {
  await withDatabase((database) =>
    withProject({}, async (cwd) => {
      await writeProject(cwd, []);
      await writeFile(join(cwd, 'updown.json'), JSON.stringify({ scratch: database.url }));
      await database.query(shop);
      const folder = () => readdirSync(join(cwd, 'migrations')).find((name) => name.endsWith('baseline')) ?? '';
      await body({
        ...{ cwd, database },
        run: (...args) => updown(args, { cwd }),
        up: () => readFileSync(join(cwd, 'migrations', folder(), 'up.sql'), 'utf8'),
      });
    }),
  );
}

const isEmpty = (cwd: string) => readdirSync(join(cwd, 'migrations')).join() === 'manifest.jsonl';

test('a baseline of a database makes the same schema elsewhere, and is recorded where it was taken from', () =>
  withSite(({ run, up, database }) =>
    withDatabase(async (other) => {
      const { status, stderr, stdout } = await run('baseline', '--url', database.url);
      assert.is(status, 0, stderr);
      assert.match(stdout, 'It is recorded as applied in');
      assert.match(up(), /^-- baseline\n-- A schema of PostgreSQL/);
      assert.match(up(), 'ALTER TABLE app.orders OWNER TO pg_monitor;');
      assert.match((await run('status', '--url', database.url)).stdout, '1 of 1');
      assert.is((await run('check', '--url', database.url)).status, 0);
      assert.is((await run('upgrade', '--url', other.url)).status, 0);
      const [here, there] = [
        await run('snapshot', '--sql', '--url', database.url),
        await run('snapshot', '--sql', '--url', other.url),
      ];
      assert.is(here.stdout, there.stdout);
      const again = await run('baseline', '--url', database.url);
      assert.is(again.status, 2);
      assert.match(again.stderr, /updown stamp --url postgres:\/\/\S+ head/);
    }),
  ));

test('without --url it is only read, and the next step says how to record it', () =>
  withSite(async ({ run, database }) => {
    const { stdout } = await run('baseline', database.url, '--no-owner');
    const [, command = ''] = /: (updown stamp \w+ --url) postgres:/.exec(stdout) ?? [];
    assert.is((await database.query("SELECT to_regnamespace('updown') AS ledger"))[0]?.ledger, null);
    const refused = await run(...command.split(' ').slice(1), database.url);
    assert.is(refused.status, 4);
    assert.match(refused.stderr, 'error (drift)');
    assert.match(refused.stderr, 'table app.orders: owner');
    assert.is((await database.query("SELECT to_regnamespace('updown') AS ledger"))[0]?.ledger, null);
    await database.query('ALTER TABLE app.orders OWNER TO postgres');
    assert.is((await run(...command.split(' ').slice(1), database.url)).status, 0);
  }));

test('what no SQL makes is told, and nothing is written without --force', () =>
  withSite(async ({ cwd, run, up, database }) => {
    await database.query(
      `CREATE TABLE a (id integer UNIQUE); CREATE TABLE b (id integer REFERENCES a (id)); ALTER TABLE b DISABLE TRIGGER ALL`,
    );
    const refused = await run('baseline', '--url', database.url);
    assert.is(refused.status, 4);
    assert.match(refused.stderr, 'constraint b_id_fkey of table public.b');
    assert.ok(isEmpty(cwd));
    const forced = await run('baseline', '--url', database.url, '--force', '--json');
    assert.is(forced.status, 0, forced.stderr);
    assert.is(forced.json<{ lacks: string[] }>().lacks.length, 1);
    assert.match(up(), '-- not made: constraint b_id_fkey of table public.b');
  }));

test('PostgreSQL of another version is no proof', () =>
  withSite(async ({ cwd, run, database }) => {
    const [row] = await database.query("SELECT current_setting('server_version_num')::integer / 10000 AS major");
    if (row?.major === 18) return;
    await rm(join(cwd, 'updown.json'));
    const { status, stderr } = await run('baseline', '--url', database.url);
    assert.is(status, 4);
    assert.match(stderr, 'other-major');
    assert.ok(isEmpty(cwd));
  }));

async function dump(url: string, ...options: readonly string[]): Promise<string> {
  const { stdout, status, stderr } = await runProcess(findProgram('pg_dump') ?? 'pg_dump', [...options, '-d', url], {
    env: cleanEnvironment(),
  });
  assert.is(status, 0, stderr);
  return stdout;
}

for (const [how, ...options] of [['COPY'], ['INSERT', '--inserts']] as const) {
  needsPgDump(
    test,
    `a baseline of a dump with rows as ${how} has its statements, without the rows, and its database is recorded`,
    () =>
      withSite(async ({ cwd, run, up, database }) => {
        await writeFile(join(cwd, 'dump.sql'), await dump(database.url, ...options));
        const { status, stdout, stderr } = await run('baseline', 'dump.sql', '--url', database.url);
        assert.is(status, 0, stderr);
        assert.match(stdout, 'left out, since rows are no schema: rows of app.orders');
        assert.match(stdout, 'left out, since rows are no schema: counters of app.orders_id_seq');
        const text = up();
        assert.match(text, '-- PostgreSQL database dump');
        assert.match(text, "set_config('search_path', '', true)");
        assert.match(text, 'SET LOCAL client_encoding');
        assert.match(text, 'ALTER TABLE app.orders OWNER TO pg_monitor;');
        assert.not.match(text, /^\\|it's|_timeout|^SET (?!LOCAL)/m);
        assert.is((await run('check', '--url', database.url)).status, 0);
      }),
  );
}

for (const [how, ...options] of [
  ['a schema'],
  ['rows', '--inserts'],
  ['a schema of plain owners', '-O', '-x'],
] as const) {
  needsPgDump(test, `of a dump of ${how} the ledger is left out, which each database has of its own`, () =>
    withSite(async ({ cwd, run, up, database }) => {
      await run('baseline', '--url', database.url);
      await writeFile(join(cwd, 'dump.sql'), await dump(database.url, ...options));
      const adopted = await run('init', 'own', '--config', 'own.json', '--from', 'dump.sql', '--scratch', database.url);
      assert.is(adopted.status, 0, adopted.stderr);
      assert.match(adopted.stdout, 'left out, since each database is given its own: the ledger, schema updown');
      assert.not.match(adopted.stdout, 'updown.journal');
      const [file = ''] = readdirSync(join(cwd, 'own')).filter((name) => name.endsWith('baseline'));
      const text = readFileSync(join(cwd, 'own', file, 'up.sql'), 'utf8');
      assert.match(text, '-- left out: the ledger, schema updown');
      assert.not.match(text, /updown\.|SCHEMA updown/);
      await withDatabase(async (other) => {
        const done = await run('upgrade', '--config', 'own.json', '--url', other.url);
        assert.is(done.status, 0, done.stderr);
        const there = await run('check', '--config', 'own.json', '--url', other.url, '--scratch', database.url);
        assert.is(there.status, 0, there.stderr);
      });
      assert.match(up(), 'CREATE TABLE app.orders');
    }),
  );
}

needsPgDump(test, 'a dump whose headings are gone does not make a revision that makes the ledger, or drops it', () =>
  withSite(async ({ cwd, run, database }) => {
    await writeProject(cwd, [{ id: 'aaaaaaaaaaaa' }], { dir: 'first' });
    await run('upgrade', '--dir', 'first', '--url', database.url, '--allow-existing');
    const whole = await dump(database.url, '--schema-only', '--clean', '--if-exists');
    const created = await dump(database.url, '--schema-only');
    for (const text of [whole, created].map((one) => one.replaceAll(/^-- Name: .*\n/gm, ''))) {
      await writeFile(join(cwd, 'dump.sql'), text);
      const refused = await run('baseline', 'dump.sql');
      assert.is(refused.status, 2, refused.stderr);
      assert.match(refused.stderr, 'pg_dump --schema-only -N updown -f ');
      assert.ok(isEmpty(cwd));
    }
    await writeFile(join(cwd, 'dump.sql'), await dump(database.url, '--schema-only', '-N', 'updown'));
    const { status, stderr, stdout } = await run('baseline', 'dump.sql');
    assert.is(status, 0, stderr);
    assert.not.match(stdout, 'ledger');
  }),
);

needsPgDump(
  test,
  'tables in which other tools record what they have run are told about, and what leaves them out does',
  () =>
    withSite(async ({ cwd, run, up, database }) => {
      await database.query(
        'CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY); CREATE TABLE app.schema_migrations ()',
      );
      await writeProject(cwd, [{ id: 'aaaaaaaaaaaa' }], { dir: 'other', project: 'other-abc123' });
      const other = ['--dir', 'other', '--ledger-schema', 'Other', '--url', database.url];
      assert.is((await run('upgrade', '--allow-existing', ...other)).status, 0);
      await writeFile(join(cwd, 'dump.sql'), await dump(database.url));
      const { stdout } = await run('baseline', 'dump.sql');
      assert.match(stdout, 'table public.alembic_version, in which Alembic records what it has run');
      assert.match(stdout, 'table app.schema_migrations, in which Rails, dbmate or golang-migrate records');
      assert.match(stdout, 'schema "Other", in which another project records what it has run');
      assert.match(up(), 'CREATE TABLE public.alembic_version');
      const options = [...stdout.matchAll(/takes pg_dump (-[NT]) '?([^'\n]*)/g)].flatMap(
        ([, option = '', name = '']) => [option, name],
      );
      assert.is(options.length, 6);
      await writeFile(join(cwd, 'dump.sql'), await dump(database.url, ...options));
      await rm(join(cwd, 'migrations'), { recursive: true });
      await writeProject(cwd, []);
      assert.not.match((await run('baseline', 'dump.sql')).stdout, 'records what it has run');
      await rm(join(cwd, 'migrations'), { recursive: true });
      await writeProject(cwd, []);
      const live = await run('baseline', database.url, '--json');
      const { records } = live.json<{ records: { without: string }[] }>();
      const ignore = records.flatMap(({ without }) => JSON.parse(`{${without.replace(' in updown.json', '')}}`).ignore);
      assert.is(ignore.length, 4);
      await writeFile(join(cwd, 'updown.json'), JSON.stringify({ scratch: database.url, ignore }));
      await rm(join(cwd, 'migrations'), { recursive: true });
      await writeProject(cwd, []);
      const last = await run('baseline', '--url', database.url);
      assert.is(last.status, 0, last.stderr);
      assert.not.match(last.stdout, 'records what it has run');
      assert.not.match(up(), /alembic|Other|schema_migrations/);
    }),
);

needsPgDump(test, 'a file of pg_dump is taken as what the schema is to be', () =>
  withSite(async ({ cwd, run, database }) => {
    await run('baseline', database.url);
    const text = await dump(database.url);
    await writeFile(join(cwd, 'schema.sql'), text);
    await writeFile(join(cwd, 'updown.json'), JSON.stringify({ scratch: database.url, schema: 'schema.sql' }));
    const same = await run('check');
    assert.is(same.status, 0, same.stderr);
    await writeFile(join(cwd, 'schema.sql'), text.replace(/CREATE INDEX [^;]*;/, ''));
    const other = await run('check');
    assert.is(other.status, 3);
    assert.match(other.stdout, 'index orders_note of table app.orders is made by the revisions');
  }),
);

test('what is neither a database nor a dump is refused, and what to do is said', () =>
  withSite(async ({ cwd, run, up, database }) => {
    await writeFile(join(cwd, 'own.sql'), 'CREATE TABLE t (id integer);\n');
    assert.match((await run('baseline', 'own.sql')).stderr, '"own.sql" is not a text that pg_dump has written');
    assert.match((await run('baseline', 'missing.sql')).stderr, `"missing.sql" can't be read (ENOENT)`);
    assert.ok(isEmpty(cwd));
    const written = await run('revision', '-m', 'baseline', '--json');
    const [file = ''] = written.json<{ files: readonly string[] }>().files;
    await writeFile(join(cwd, file), (await run('snapshot', '--sql', '--url', database.url)).stdout);
    assert.match(up(), 'CREATE TABLE app.orders');
    const late = await run('baseline', database.url);
    assert.is(late.status, 2);
    assert.match(late.stderr, 'record them there: updown stamp head');
    assert.is((await run('stamp', 'head', '--url', database.url)).status, 0);
  }));

needsPgDump(test, 'an archive of pg_dump is told from a text, and the command that is named makes one of it', () =>
  withSite(async ({ cwd, run, up, database }) => {
    for (const format of ['custom', 'tar', 'directory']) {
      const name = `shop ${format}.dump`;
      await dump(database.url, `--format=${format}`, `--file=${join(cwd, name)}`);
      const { status, stderr } = await run('baseline', name);
      assert.is(status, 2);
      assert.match(stderr, `"${name}" is an archive of pg_dump, not SQL`);
      assert.ok(isEmpty(cwd));
      const [, words = ''] = /Convert it to SQL: pg_restore (.*)$/.exec(stderr.replaceAll(/\s+/g, ' ').trim()) ?? [];
      const args = [...words.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
      const made = await runProcess(findProgram('pg_restore') ?? 'pg_restore', args, { cwd });
      assert.is(made.status, 0, made.stderr);
    }
    await mkdir(join(cwd, 'empty'));
    assert.match((await run('baseline', 'empty')).stderr, `"empty" can't be read (ENOENT)`);
    const taken = await run('baseline', 'shop directory.dump.sql', '--scratch', database.url);
    assert.is(taken.status, 0, taken.stderr);
    assert.match(up(), 'CREATE TABLE app.orders');
  }),
);

needsPgDump(test, 'large objects of a dump are data, and are left out', () =>
  withSite(async ({ cwd, run, up, database }) => {
    await database.query(`SELECT lo_from_bytea(4711, 'hello'); COMMENT ON LARGE OBJECT 4711 IS 'a file';
      GRANT SELECT ON LARGE OBJECT 4711 TO PUBLIC`);
    await writeFile(join(cwd, 'dump.sql'), await dump(database.url));
    const { status, stdout, stderr } = await run('baseline', 'dump.sql', '--url', database.url);
    assert.is(status, 0, stderr);
    assert.match(stdout, 'left out, since rows are no schema: large objects 4711');
    assert.match(up(), '-- left out: large objects 4711\n');
    // Nor is a heading left of what is data.
    assert.not.match(up(), /BLOB|LARGE OBJECT|TABLE DATA|SEQUENCE SET/);
    assert.not.match(up().replaceAll(/^--.*$/gm, ''), /LARGE OBJECT|lo_|lowrite|BEGIN;/);
    assert.match(up(), 'CREATE TABLE app.orders');
  }),
);

needsPgDump(test, 'a dump that connects to a database is refused at that line, and the dump of the hint is taken', () =>
  withSite(async ({ cwd, run, database }) => {
    const text = await dump(database.url, '--create');
    await writeFile(join(cwd, 'shop.sql'), text);
    const { status, stderr } = await run('baseline', 'shop.sql', '--scratch', database.url);
    assert.is(status, 2, stderr);
    assert.match(stderr, `shop.sql:${text.slice(0, text.indexOf('\n\\connect ')).split('\n').length + 1}:1`);
    const [, options = ''] = /: pg_dump (.*) "<connection string>"/.exec(stderr) ?? [];
    // Another file: this one may be the only copy of its rows.
    assert.is(options, "--schema-only -f 'shop-schema.sql'");
    await writeFile(join(cwd, 'shop-schema.sql'), await dump(database.url, '--schema-only'));
    assert.is((await run('baseline', 'shop-schema.sql', '--scratch', database.url)).status, 0);
  }),
);

needsPgDump(test, 'what is wrong with a dump is told by its own name and line', () =>
  withSite(async ({ cwd, run, database }) => {
    const text = await dump(database.url, '--schema-only');
    await writeFile(join(cwd, 'shop.sql'), `${text}CREATE TABL broken ();\n`);
    const { status, stderr } = await run('baseline', 'shop.sql', '--scratch', database.url);
    assert.is(status, 2, stderr);
    assert.match(stderr, `shop.sql:${text.split('\n').length}:`);
    assert.not.match(stderr, 'up.sql');
    assert.ok(isEmpty(cwd));
  }),
);

for (const [how, ...options] of [
  ['--clean', '--clean'],
  ['--clean --if-exists', '--clean', '--if-exists', '--no-owner'],
  ['the schema public by name', '-n', 'public', '-n', 'app'],
] as const)
  needsPgDump(test, `a dump with ${how} is taken without what an empty database refuses, and without a DROP`, () =>
    withSite(async ({ cwd, database, run, up }) => {
      await database.query(
        'CREATE TABLE o (id integer PRIMARY KEY); CREATE VIEW ov AS SELECT id, count(*) FROM o GROUP BY id',
      );
      await writeFile(join(cwd, 'shop.sql'), await dump(database.url, ...options));
      const { status, stderr } = await run('baseline', 'shop.sql', '--scratch', database.url);
      assert.is(status, 0, stderr);
      assert.not.match(up(), /^DROP |DROP CONSTRAINT|^CREATE SCHEMA public;|NULL::integer/m);
      assert.match(up(), 'CREATE VIEW public.ov');
    }),
  );

test('where the ledger is that of another project, or tells of other revisions, nothing is written', () =>
  withSite(async ({ cwd, run, database }) => {
    await writeProject(cwd, [{ id: 'aaaaaaaaaaaa' }], { dir: 'first' });
    await run('upgrade', '--dir', 'first', '--url', database.url, '--allow-existing');
    const unknown = await run('baseline', '--url', database.url);
    assert.is(unknown.status, 4);
    assert.match(unknown.stderr, 'unknown-applied');
    assert.ok(isEmpty(cwd));
    await writeProject(cwd, [], { project: 'other-abc123' });
    const other = await run('baseline', '--url', database.url);
    assert.is(other.status, 4);
    assert.match(other.stderr, 'wrong-project');
    assert.ok(isEmpty(cwd));
  }));

needsPgDump(test, 'init --from that can’t record its revision keeps it, and the next step records it', () =>
  withSite(async ({ cwd, run, database }) => {
    await writeFile(join(cwd, 'dump.sql'), await dump(database.url, '--schema-only'));
    await database.query('DROP VIEW app.paid');
    const refused = await run('init', 'own', '--from', 'dump.sql', '--url', database.url, '--scratch', database.url);
    assert.is(refused.status, 4, refused.stderr);
    assert.match(refused.stderr, 'view app.paid');
    const [, command = ''] = /: updown (stamp .* --force)/.exec(refused.stderr) ?? [];
    assert.is((await run(...command.split(' '), '--dir', 'own', '--url', database.url)).status, 0);
  }),
);

test('init --from a server, whose roles the embedded database lacks, and the next step of status', async () =>
  withDatabase(
    ({ url, query }) =>
      withProject({}, async (cwd) => {
        const run = (...args: readonly string[]) => updown(args, { cwd });
        const [owner, reader] = [`owner_${Date.now()}`, `Reader ${Date.now()}`];
        await query(`CREATE ROLE ${owner}; CREATE ROLE "${reader}"; CREATE TABLE a (id integer);
          ALTER TABLE a OWNER TO ${owner}; GRANT SELECT ON a TO "${reader}"`);
        try {
          assert.is((await run('init', '--from', url)).status, 0);
          assert.match((await run('status')).stdout, /^next: updown upgrade$/m);
          const done = await run('upgrade');
          assert.is(done.status, 0, done.stderr);
          assert.not.match(done.stderr, '✗');
          for (const role of [owner, reader])
            assert.match(done.stderr, `role "${role}" was created in the embedded database`);
          assert.match((await run('status')).stdout, '1 of 1');
          assert.is((await run('check', '--url', 'pglite:.updown/dev')).status, 0);
          await query(`DROP TABLE a; DROP ROLE ${owner}`);
          const lacks = await run('upgrade', '--url', url);
          assert.is(lacks.status, 1);
          assert.match(lacks.stderr.replaceAll(/\s+/g, ' '), 'make it there first, CREATE ROLE <name>,');
          await query(`CREATE ROLE ${owner}`);
          assert.is((await run('upgrade', '--url', url)).status, 0);
        } finally {
          await query(`DROP TABLE IF EXISTS a; DROP ROLE IF EXISTS ${owner}; DROP ROLE IF EXISTS "${reader}"`);
        }
      }),
    { server: await newestUrl() },
  ));

test('init --from ends with the command that works on the database it was taken from', () =>
  withDatabase(({ url, query }) =>
    withProject({}, async (cwd) => {
      await query('CREATE TABLE a (id integer)');
      const run = (...args: readonly string[]) => updown(args, { cwd, env: { SHOP: url } });
      const begun = await run('init', '--from', url, '--scratch', url);
      assert.is(begun.status, 0, begun.stderr);
      assert.match(begun.stdout, /^A command without --url works on another database, pglite:\S+\.updown\/dev\.$/m);
      assert.match(
        begun.stdout,
        /^next: where that schema is, record it: updown stamp \w+ --url (\S+) --scratch <url>$/m,
      );
      assert.not.match(begun.stdout, /--url <url>/);
      await rm(join(cwd, 'updown.json'));
      await rm(join(cwd, 'migrations'), { recursive: true });
      const { stdout, status, stderr } = await run('init', '--from', url, '--url', url, '--scratch', url);
      assert.is(status, 0, stderr);
      const [, command = ''] = /^next: updown (.*)$/m.exec(stdout) ?? [];
      assert.match(
        (await run(...command.split(' ').map((word) => (word === '"$SHOP"' ? url : word)))).stdout,
        '1 of 1',
      );
      const none = { cwd, env: { DATABASE_URL: url } };
      await rm(join(cwd, 'updown.json'));
      await rm(join(cwd, 'migrations'), { recursive: true });
      await query('DROP SCHEMA updown CASCADE');
      const named = await updown(['init', '--from', url, '--url', url, '--scratch', url], none);
      assert.is(named.status, 0, named.stderr);
      assert.not.match(named.stdout, /without --url|next:/);
    }),
  ));

test('init --from starts a project with what an embedded database has, and stamps it there', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [{ id: 'aaaaaaaaaaaa' }], { dir: 'old' });
    await updown(['upgrade', '--dir', 'old', '--url', 'pglite:db', '--ledger-schema', 'before'], { cwd });
    const { status, stdout, stderr } = await updown(
      ['init', '--from', 'pglite:db', '--url', 'pglite:db', '--ledger-schema', 'before_that'],
      { cwd },
    );
    assert.is(status, 0, stderr);
    assert.match(stdout, 'It is recorded as applied in');
    assert.ok(existsSync(join(cwd, 'updown.json')));
    const manifest = await readFile(join(cwd, 'migrations/manifest.jsonl'), 'utf8');
    assert.is(manifest.trim().split('\n').length, 2);
  }));

test('init --from leaves nothing where the first revision can’t be made, and works once that is corrected', () =>
  withProject({ 'dump.sql': '-- PostgreSQL database dump\nCREATE TABLE t (a nowhere.kind);\n' }, async (cwd) => {
    const failed = await updown(['init', '--from', 'dump.sql'], { cwd });
    assert.is(failed.status, 1, failed.stderr);
    assert.is(existsSync(join(cwd, 'updown.json')), false);
    assert.is(existsSync(join(cwd, 'migrations/manifest.jsonl')), false);
    await writeFile(join(cwd, 'dump.sql'), '-- PostgreSQL database dump\nCREATE TABLE t (a integer);\n');
    const done = await updown(['init', '--from', 'dump.sql'], { cwd });
    assert.is(done.status, 0, done.stderr);
  }));

test.run();
