import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { verify as verifyInProcess } from '../../lib/command/verify.ts';
import { updown } from '../support/cli.ts';
import { type Database, psql, withDatabase } from '../support/database.ts';
import { runProcess } from '../support/process.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';
import { serverUrl } from '../support/server.ts';
import { until } from '../support/until.ts';
import { type Difference, type Document, env, table, verify } from './document.ts';

const messages = (differences: readonly Difference[]) => differences.map(({ message }) => message);

test('what comes back is sound, in process and on a server', () =>
  withProject({}, async (cwd) => {
    const revisions = [
      table,
      { id: 'bbbbbbbbbbbb', up: 'ALTER TABLE t ADD COLUMN more text;\n', down: 'ALTER TABLE t DROP COLUMN more;\n' },
      {
        id: 'cccccccccccc',
        up: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY t_note ON t (note);\n',
        down: '-- updown: no-transaction\nDROP INDEX CONCURRENTLY t_note;\n',
      },
    ];
    const { status, found } = await verify(cwd, revisions);
    assert.is(status, 0);
    assert.ok(found.ok);
    assert.match(found.scratch, /scratch server/);
    assert.equal(
      found.revisions.map(({ id, up, down, again, restored }) => [id, up, down, again, restored]),
      revisions.map(({ id }) => [id, 'ok', 'ok', 'ok', true]),
    );
    assert.equal(found.chain, { reverted: 3, above: null, differences: [], failure: null });
    assert.equal(found.revisions[0]?.rows?.dropped, [{ table: 'public.t', column: null, count: 1 }]);
    assert.equal(found.revisions[1]?.rows?.dropped, [{ table: 'public.t', column: 'more', count: 1 }]);
    assert.is(found.revisions[2]?.rows, null, 'it cannot be rolled back');
    const apart = await updown(['verify', '--json', '--quiet'], { cwd, env });
    const inProcess = JSON.parse(apart.stdout) as Document;
    assert.match(inProcess.scratch, /in-process/);
    assert.equal(inProcess.revisions, found.revisions);
  }));

/** A way back that is wrong, and what is said of it. */
const wrong: Readonly<
  Record<
    string,
    { readonly up: string; readonly down: string; readonly said: readonly string[]; readonly only?: string }
  >
> = {
  'leaves an index': {
    up: 'CREATE INDEX t_note ON t (note); CREATE VIEW v AS SELECT id FROM t;\n',
    down: 'DROP VIEW v;\n',
    said: ['index t_note of table public.t was added'],
  },
  'takes too much': {
    up: 'ALTER TABLE t ADD COLUMN a integer;\n',
    down: 'ALTER TABLE t DROP COLUMN a, DROP COLUMN note;\n',
    said: ['column note of table public.t was dropped'],
  },
  'another type': {
    up: 'ALTER TABLE t ALTER COLUMN id TYPE bigint;\n',
    down: 'ALTER TABLE t ALTER COLUMN id TYPE numeric;\n',
    said: ['column id of table public.t: type integer became numeric'],
  },
  'comments only': {
    up: "COMMENT ON TABLE t IS 'one';\n",
    down: "COMMENT ON TABLE t IS 'two';\n",
    said: ["table public.t: comment 'two' was set"],
    only: 'comments',
  },
  'grants only': {
    up: 'GRANT SELECT ON t TO PUBLIC;\n',
    down: 'SELECT 1;\n',
    said: ['table public.t: SELECT was granted to PUBLIC'],
    only: 'grants',
  },
};

test('a down.sql that does not restore is told with exactly what differs', () =>
  withProject({}, async (cwd) => {
    for (const [name, { up, down, said, only = null }] of Object.entries(wrong)) {
      const { status, found } = await verify(cwd, [table, { id: 'bbbbbbbbbbbb', up, down }]);
      assert.is(status, 3, name);
      const [, verdict] = found.revisions;
      assert.equal([verdict?.down, verdict?.restored, verdict?.only], ['ok', false, only], name);
      assert.equal(messages(verdict?.differences ?? []), said, name);
      assert.ok(found.revisions[0]?.restored, name);
    }
  }));

test('a column that stands last behind a way back is told, and is no finding', () =>
  withProject({}, async (cwd) => {
    const { status, found } = await verify(cwd, [
      table,
      { id: 'bbbbbbbbbbbb', up: 'ALTER TABLE t DROP COLUMN id;\n', down: 'ALTER TABLE t ADD COLUMN id integer;\n' },
      { id: 'cccccccccccc', up: 'CREATE VIEW v AS SELECT * FROM t;\n', down: 'DROP VIEW v;\n' },
    ]);
    assert.is(status, 0, 'what up.sql drops is told, and is no finding');
    const [, verdict, above] = found.revisions;
    assert.equal([verdict?.restored, verdict?.only], [true, 'column order']);
    assert.ok(above?.restored);
    assert.equal(
      found.revisions.map(({ again }) => again),
      ['ok', 'ok', 'ok'],
    );
  }));

test('what cannot go back is told apart: empty, irreversible, failing, and failing a second time', () =>
  withProject({}, async (cwd) => {
    const { status, found } = await verify(cwd, [
      table,
      { id: 'bbbbbbbbbbbb', up: 'CREATE TABLE b (id integer);\n', down: '' },
      { id: 'cccccccccccc', up: 'DROP TABLE b;\n', down: '-- updown: irreversible\n' },
      { id: 'dddddddddddd', up: 'CREATE TABLE d (id integer);\n', down: 'DROP TABLE d;\nDROP TABLE nowhere;\n' },
      { id: 'eeeeeeeeeeee', up: 'CREATE TABLE e (id integer);\n', down: 'SELECT 1;\n' },
      { id: 'ffffffffffff', up: 'CREATE TABLE f (id integer);\n', down: 'DROP TABLE f;\n' },
    ]);
    assert.is(status, 3);
    assert.equal(
      found.revisions.map(({ up, down, again }) => [up, down, again]),
      [
        ['ok', 'ok', 'ok'],
        ['ok', 'missing', 'skipped'],
        ['ok', 'irreversible', 'skipped'],
        ['ok', 'failed', 'skipped'],
        ['ok', 'ok', 'failed'],
        ['ok', 'ok', 'ok'],
      ],
    );
    assert.equal([found.revisions[3]?.failure?.op, found.revisions[3]?.failure?.code], ['down', '42P01']);
    assert.match(JSON.stringify(found.revisions[3]?.failure?.place), /"line":2,"column":12|"line":2/);
    assert.equal([found.revisions[4]?.failure?.op, found.revisions[4]?.failure?.code], ['again', '42P07']);
    assert.is(found.chain?.above, 'cccccccccccc');
    assert.is(found.chain?.failure?.id, 'dddddddddddd');
  }));

test('above an up.sql that fails, what does not need it is judged', () =>
  withProject({}, async (cwd) => {
    const revisions: readonly TestRevision[] = [
      table,
      {
        id: 'bbbbbbbbbbbb',
        up: 'CREATE TABLE u (id integer); CREATE TABLE t (id integer);\n',
        down: 'DROP TABLE t;\n',
      },
      { id: 'cccccccccccc', up: 'ALTER TABLE u ADD a integer;\n', down: 'ALTER TABLE u DROP a;\n' },
      { id: 'dddddddddddd', up: 'ALTER TABLE t ADD a integer;\n', down: 'SELECT 1;\n' },
      { id: 'eeeeeeeeeeee', up: 'DROP INDEX IF EXISTS u_a;\n', down: 'CREATE INDEX u_a ON u (a);\n' },
      {
        id: 'ffffffffffff',
        up: '-- updown: no-transaction\nCREATE TABLE half (id integer);\nCREATE INDEX CONCURRENTLY half_none ON half (none);\n',
        down: '-- updown: no-transaction\nDROP TABLE half;\n',
      },
      // By what the one below has left.
      { id: 'abababababab', up: 'ALTER TABLE half ADD a integer;\n', down: 'ALTER TABLE half DROP a;\n' },
    ];
    for (const jobs of ['1', '2']) {
      const { status, found } = await verify(cwd, revisions, '--jobs', jobs);
      assert.is(status, 3);
      assert.equal(
        found.revisions.map(({ id, up, restored, again }) => [id, up, restored, again]),
        [
          ['aaaaaaaaaaaa', 'ok', true, 'ok'],
          ['bbbbbbbbbbbb', 'failed', null, 'skipped'],
          ['dddddddddddd', 'ok', false, 'failed'],
          // Nobody would have made that column: it fails for a reason of its own.
          ['ffffffffffff', 'failed', null, 'skipped'],
          ['abababababab', 'ok', true, 'ok'],
        ],
      );
      assert.equal(
        found.unverified.map(({ id }) => id),
        ['cccccccccccc', 'eeeeeeeeeeee'],
      );
      assert.equal([found.chain, found.merges.length], [null, 0]);
    }
  }));

test('rows and values that do not survive the way up and down are counted', () =>
  withProject({}, async (cwd) => {
    const { status, found } = await verify(cwd, [
      table,
      {
        id: 'bbbbbbbbbbbb',
        up: 'ALTER TABLE t ADD COLUMN text_of_note text; ALTER TABLE t DROP COLUMN note;\n',
        down: 'ALTER TABLE t ADD COLUMN note text; ALTER TABLE t DROP COLUMN text_of_note;\n',
      },
      {
        id: 'b1b1b1b1b1b1',
        up: 'ALTER TABLE t ADD COLUMN b integer;\n',
        down: 'DROP TABLE t; CREATE TABLE t (id integer, text_of_note text);\n',
      },
      { id: 'cccccccccccc', up: 'TRUNCATE t;\n', down: '-- nothing comes back\nSELECT 1;\n' },
      {
        id: 'c1c1c1c1c1c1',
        up: 'ALTER TABLE t ADD COLUMN must integer NOT NULL;\n',
        down: 'ALTER TABLE t DROP COLUMN must;\n',
      },
      { id: 'dddddddddddd', up: 'INSERT INTO t (id, must) VALUES (7, 1);\n', down: 'DELETE FROM t WHERE id = 7;\n' },
      {
        id: 'eeeeeeeeeeee',
        up: "CREATE TABLE mailing (id bigserial PRIMARY KEY, at timestamptz NOT NULL, address varchar(40) NOT NULL CHECK (address LIKE '%@%'), kind integer REFERENCES mailing);\n",
        down: 'DROP TABLE mailing;\n',
      },
    ]);
    assert.is(status, 3);
    const lost = found.revisions.map(({ rows }) => rows?.lost ?? []);
    assert.equal(lost, [
      [],
      [{ table: 'public.t', column: 'note', count: 1, by: 'up' }],
      [{ table: 'public.t', column: null, count: 1, by: 'down' }],
      [{ table: 'public.t', column: null, count: 1, by: 'up' }],
      [],
      [],
      [],
    ]);
    assert.match(
      found.revisions[4]?.rows?.failed ?? '',
      /^up\.sql: column "must" of relation "t" contains null values/,
    );
    const bare = await verify(cwd, [], '--schema-only');
    assert.ok(bare.found.revisions.every(({ rows }) => rows === null));
  }));

test('a file that is refused before it is sent fails, and the others are judged', () =>
  withProject({}, async (cwd) => {
    const { status, found } = await verify(cwd, [
      table,
      { id: 'bbbbbbbbbbbb', up: 'CREATE TABLE b (id integer);\n', down: 'DROP TABLE b\nDROP TABLE t;\n' },
      { id: 'cccccccccccc', up: 'CREATE TABLE c (id integer);\n', down: 'BEGIN; DROP TABLE c; COMMIT;\n' },
      { id: 'dddddddddddd' },
    ]);
    assert.is(status, 3);
    assert.equal(
      found.revisions.map(({ down, failure }) => [down, failure?.code]),
      [
        ['ok', undefined],
        ['failed', 'input'],
        ['failed', 'input'],
        ['ok', undefined],
      ],
    );
    assert.is(found.chain?.failure?.id, 'cccccccccccc');
  }));

test('an up.sql that is refused fails, and others go on', () =>
  withProject({}, async (cwd) => {
    const { found } = await verify(cwd, [
      table,
      { id: 'eeeeeeeeeeee', up: 'CREATE TABLE u ();\nCREATE TABLE;\n', down: 'SELECT 1;\n' },
      { id: 'ffffffffffff' },
      { id: 'abababababab', up: 'ALTER TABLE u ADD a integer;\n', down: 'ALTER TABLE u DROP a;\n' },
    ]);
    assert.equal(
      found.revisions.map(({ up, restored }) => [up, restored]),
      [
        ['ok', true],
        ['failed', null],
        ['ok', true],
      ],
    );
    assert.equal(
      found.unverified.map(({ id }) => id),
      ['abababababab'],
      'it needs what the refused one says',
    );
  }));

test('down.sql may be wrong one by one and right in a row, and the other way round', () =>
  withProject({}, async (cwd) => {
    const { found } = await verify(cwd, [
      { id: 'aaaaaaaaaaaa', up: 'CREATE TABLE a (id integer);\n', down: 'DROP TABLE IF EXISTS a, b;\n' },
      { id: 'bbbbbbbbbbbb', up: 'CREATE TABLE b (id integer);\n', down: 'SELECT 1;\n' },
    ]);
    assert.equal(
      found.revisions.map(({ restored }) => restored),
      [true, false],
    );
    assert.equal([found.chain?.reverted, found.chain?.differences], [2, []]);
  }));

test('branches that need one order are found', () =>
  withProject({}, async (cwd) => {
    const revisions: readonly TestRevision[] = [
      table,
      {
        id: 'bbbbbbbbbbbb',
        parents: ['aaaaaaaaaaaa'],
        up: 'ALTER TABLE t ADD COLUMN b integer;\n',
        down: 'ALTER TABLE t DROP COLUMN b;\n',
      },
      {
        id: 'cccccccccccc',
        parents: ['aaaaaaaaaaaa'],
        up: 'CREATE VIEW v AS SELECT * FROM t;\n',
        down: 'DROP VIEW v;\n',
      },
      { id: 'dddddddddddd', parents: ['bbbbbbbbbbbb', 'cccccccccccc'], up: '-- a merge\n', down: '-- a merge\n' },
    ];
    const { status, found } = await verify(cwd, revisions);
    assert.is(status, 3);
    assert.is(found.merges[0]?.id, 'dddddddddddd');
    assert.match(messages(found.merges[0]?.differences ?? []).join(), /view public\.v/);
    const needy = revisions.map((one) =>
      one.id === 'cccccccccccc' ? { ...one, up: 'CREATE VIEW v AS SELECT b FROM t;\n' } : one,
    );
    const second = await verify(cwd, needy);
    assert.is(second.found.merges[0]?.failure?.id, 'cccccccccccc');
  }));

test('what a branch adds is judged alone', () =>
  withProject({}, async (cwd) => {
    const git = (...args: readonly string[]) =>
      runProcess('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd });
    await writeProject(cwd, [table]);
    await git('init', '-q', '-b', 'main');
    await git('add', '-A');
    await git('commit', '-qm', 'one');
    await git('checkout', '-qb', 'topic');
    const all = [table, { id: 'bbbbbbbbbbbb', up: 'CREATE INDEX t_note ON t (note);\n', down: 'SELECT 1;\n' }];
    const { status, found } = await verify(cwd, all, '--since', 'main');
    assert.equal([status, found.from, found.revisions.map(({ id }) => id)], [3, ['aaaaaaaaaaaa'], ['bbbbbbbbbbbb']]);
    const none = await verify(cwd, [], '--since', 'nowhere');
    assert.is(none.status, 2);
    const both = await verify(cwd, [], '--since', 'main', 'head');
    assert.is(both.status, 2);
  }));

test('files that run as a role of their own may make a schema there', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [
      {
        id: 'aaaaaaaaaaaa',
        up: 'CREATE SCHEMA own; CREATE TABLE public.t (id integer);\n',
        down: 'DROP SCHEMA own; DROP TABLE public.t;\n',
      },
    ]);
    await writeFile(join(cwd, 'updown.json'), '{ "settings": { "role": "verify_own_role" } }\n');
    for (const scratch of [[], ['--scratch', await serverUrl()]]) {
      const { status, stdout, stderr } = await updown(['verify', '--quiet', ...scratch], { cwd, env });
      assert.is(status, 0, stdout + stderr);
    }
    const left = await psql(await serverUrl(), [
      '-Atc',
      "SELECT count(*) FROM pg_roles WHERE rolname = 'verify_own_role'",
    ]);
    assert.is(left.stdout.trim(), '0');
  }));

test('branches that each add a column are told apart by their order alone, which is no finding', () =>
  withProject({}, async (cwd) => {
    const { status, found } = await verify(cwd, [
      table,
      {
        id: 'bbbbbbbbbbbb',
        parents: ['aaaaaaaaaaaa'],
        up: 'ALTER TABLE t ADD COLUMN b integer;\n',
        down: 'ALTER TABLE t DROP COLUMN b;\n',
      },
      {
        id: 'cccccccccccc',
        parents: ['aaaaaaaaaaaa'],
        up: 'ALTER TABLE t ADD COLUMN c integer;\n',
        down: 'ALTER TABLE t DROP COLUMN c;\n',
      },
      { id: 'dddddddddddd', parents: ['bbbbbbbbbbbb', 'cccccccccccc'], up: '-- a merge\n', down: '-- a merge\n' },
    ]);
    assert.equal([status, found.ok, found.merges[0]?.differences.length], [0, true, 1]);
  }));

test('rows of partitions and of tables that refer to others are counted, and the keys of seeds are no sample', () =>
  withProject({}, async (cwd) => {
    const { found } = await verify(cwd, [
      {
        id: 'aaaaaaaaaaaa',
        up: `CREATE TABLE ev (at date NOT NULL, x integer) PARTITION BY RANGE (at); CREATE TABLE ev_20 PARTITION OF ev FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE pa (id integer PRIMARY KEY); CREATE TABLE ch (pa integer REFERENCES pa ON DELETE CASCADE); CREATE TABLE plans (id integer PRIMARY KEY, name text);\n`,
        down: 'DROP TABLE ev, ch, pa, plans;\n',
      },
      {
        id: 'bbbbbbbbbbbb',
        up: 'ALTER TABLE ev ADD COLUMN k integer;\n',
        down: 'ALTER TABLE ev DROP COLUMN k; DELETE FROM ev;\n',
      },
      {
        id: 'cccccccccccc',
        up: 'ALTER TABLE pa ADD COLUMN k integer;\n',
        down: 'ALTER TABLE pa DROP COLUMN k; DELETE FROM pa;\n',
      },
      {
        id: 'dddddddddddd',
        up: "INSERT INTO plans VALUES (1, 'free'), (2, 'pro') ON CONFLICT (id) DO NOTHING;\n",
        down: 'DELETE FROM plans WHERE id IN (1, 2);\n',
      },
    ]);
    const lost = found.revisions.map(({ rows }) =>
      (rows?.lost as readonly { readonly table: string }[] | undefined)?.map((one) => one.table),
    );
    assert.equal(lost, [[], ['public.ev_20'], ['public.ch', 'public.pa'], []]);
  }));

test('an existing schema may have a materialized view that is not populated', () =>
  withProject({}, async (cwd) => {
    const revisions = [
      { id: 'aaaaaaaaaaaa', up: 'CREATE MATERIALIZED VIEW m AS SELECT 1 AS a;\n', down: 'DROP MATERIALIZED VIEW m;\n' },
    ];
    await writeFile(join(cwd, 'dump.sql'), 'CREATE MATERIALIZED VIEW public.m AS SELECT 1 AS a WITH NO DATA;\n');
    assert.is((await verify(cwd, revisions, '--fresh-existing', 'dump.sql')).status, 0);
  }));

test('several databases at a time find the same', () =>
  withProject({}, async (cwd) => {
    const revisions = Array.from({ length: 7 }, (_, index) => {
      const id = String.fromCharCode(97 + index).repeat(12);
      return {
        id,
        up: `CREATE TABLE t${index} (id integer);\n`,
        down: index % 3 === 1 ? 'SELECT 1;\n' : `DROP TABLE t${index};\n`,
      };
    });
    const one = await verify(cwd, revisions);
    const three = await verify(cwd, [], '--jobs', '3');
    assert.equal(three.found, one.found);
    assert.is(one.found.revisions.length, 7);
  }));

test('a range is judged on what stands below it', () =>
  withProject({}, async (cwd) => {
    const { found } = await verify(
      cwd,
      [
        table,
        { id: 'bbbbbbbbbbbb', up: 'ALTER TABLE t ADD COLUMN b integer;\n', down: 'ALTER TABLE t DROP COLUMN b;\n' },
      ],
      'aaaaaaaaaaaa:head',
    );
    assert.equal(
      found.revisions.map(({ id, restored }) => [id, restored]),
      [['bbbbbbbbbbbb', true]],
    );
  }));

test('what the range stands on can be made in a setup file', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [
      { id: 'bbbbbbbbbbbb', up: 'INSERT INTO elsewhere VALUES (1);\n', down: 'DELETE FROM elsewhere;\n' },
      table,
    ]);
    const args = ['verify', '--json', '--quiet', '--scratch', await serverUrl(), 'bbbbbbbbbbbb:head'];
    const failed = await updown(args, { cwd, env });
    assert.is(failed.status, 1);
    const { error } = JSON.parse(failed.stdout) as { error: { code: string; hint: string; place: { line: number } } };
    assert.equal([error.code, error.place.line], ['sql', 1]);
    assert.match(error.hint, /goes into a file, which "scratch"/);
    await writeFile(join(cwd, 'setup.sql'), 'CREATE TABLE elsewhere (id integer);\n');
    await writeFile(join(cwd, 'updown.json'), '{ "scratch": { "setup": "setup.sql" } }\n');
    const { status, stdout } = await updown(args, { cwd, env });
    assert.is(status, 0, stdout);
  }));

/** Those of other files on this server go by themselves; one that was left here would stay. */
async function awaitNoScratch(url: string): Promise<void> {
  const namesIn = async (condition: string) =>
    (await psql(url, ['-Atc', `SELECT datname FROM pg_database WHERE ${condition}`])).stdout.trim();
  const there = (await namesIn("datname LIKE 'updown_scratch%'")).split('\n');
  const list = there.map((name) => `'${name}'`).join();
  await until('no scratch database is left', async () => (await namesIn(`datname IN (${list})`)) === '');
}

test('an interrupt ends it, and nothing is left', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [{ id: 'aaaaaaaaaaaa', up: 'SELECT pg_sleep(60);\n', down: '-- nothing\n' }]);
    const controller = new AbortController();
    const emit = ({ kind }: { readonly kind: string }) => {
      if (kind === 'step-start') setTimeout(() => controller.abort(), 300);
    };
    const options = { cwd, env: {}, scratch: await serverUrl(), emit, signal: controller.signal };
    const error = await verifyInProcess(options).then(
      () => undefined,
      (thrown: unknown) => thrown as { readonly code: string },
    );
    assert.is(error?.code, 'interrupted');
    await awaitNoScratch(await serverUrl());
  }));

const withExisting = (body: (db: Database, cwd: string) => Promise<void>) =>
  withDatabase((db) => withProject({}, (cwd) => body(db, cwd)));

test('an existing schema is the one of the files, or is told with what differs', () =>
  withExisting(async (_, cwd) => {
    const revisions = [
      table,
      { id: 'bbbbbbbbbbbb', up: 'CREATE INDEX t_note ON t (note);\n', down: 'DROP INDEX t_note;\n' },
    ];
    const dump = [
      '\\restrict abc',
      "SET client_encoding = 'UTF8';",
      'SET standard_conforming_strings = on;',
      "SELECT pg_catalog.set_config('search_path', '', false);",
      'CREATE TABLE public.t (id integer, note text);',
      'CREATE INDEX t_note ON public.t USING btree (note);',
      '\\unrestrict abc',
    ];
    await writeFile(join(cwd, 'same.sql'), `${dump.join('\n')}\n`);
    await writeFile(join(cwd, 'other.sql'), `${dump.filter((line) => !line.includes('INDEX')).join('\n')}\n`);
    const same = await verify(cwd, revisions, '--fresh-existing', 'same.sql');
    assert.equal([same.status, same.found.existing?.differences], [0, []]);
    const other = await verify(cwd, [], '--fresh-existing', 'other.sql');
    assert.is(other.status, 3);
    assert.equal(messages(other.found.existing?.differences ?? []), ['index t_note of table public.t was dropped']);
    await writeFile(
      join(cwd, 'more.sql'),
      `${dump.join('\n')}\nCREATE TABLE public.alembic_version (version_num text);\n`,
    );
    const more = await verify(cwd, [], '--fresh-existing', 'more.sql');
    assert.equal(messages(more.found.existing?.differences ?? []), ['table public.alembic_version was added']);
    await writeFile(join(cwd, 'updown.json'), '{ "ignore": ["table public.alembic_version"] }\n');
    const ignored = await verify(cwd, [], '--fresh-existing', 'more.sql');
    assert.equal([ignored.status, ignored.found.existing?.differences], [0, []]);
  }));

test('an existing schema or a wanted one that is an archive is refused, with the command that writes SQL from it', () =>
  withExisting(async (_, cwd) => {
    await writeProject(cwd, [table]);
    await mkdir(join(cwd, 'folder'));
    for (const path of ['custom', 'folder/toc.dat']) await writeFile(join(cwd, path), 'PGDMP\x01\x0e\xff');
    await writeFile(join(cwd, 's.sql.gz'), gzipSync('SELECT 1;\n'));
    for (const words of [
      ['verify', '--fresh-existing'],
      ['revision', '--autogenerate', '-m', 'm', '--from-schema'],
    ]) {
      const run = async (path: string) => (await updown([...words, path], { cwd, env })).stderr.replaceAll(/\s+/g, ' ');
      assert.match(
        await run('custom'),
        '"custom" is an archive of pg_dump, not SQL next: Nothing was written. Convert it',
      );
      assert.match(await run('custom'), "pg_restore --schema-only -f 'custom.sql' custom");
      assert.match(await run('s.sql.gz'), "gzip -dc 's.sql.gz' > 's-unpacked.sql'");
    }
    const folder = await updown(['verify', '--fresh-existing', 'folder'], { cwd, env });
    assert.match(folder.stderr, "pg_restore --schema-only -f 'folder.sql' folder");
  }));

test('nothing is left on the scratch server, and no role of the files', () =>
  withExisting(async (db, cwd) => {
    const revisions = [
      {
        id: 'aaaaaaaaaaaa',
        up: 'CREATE ROLE verify_role_a; CREATE TABLE t (id integer); GRANT SELECT ON t TO verify_role_a, verify_role_b;\n',
        down: 'DROP TABLE t; DROP ROLE verify_role_a;\n',
      },
    ];
    const { status, found } = await verify(cwd, revisions);
    assert.equal([status, found.revisions[0]?.restored], [0, true]);
    const left = await psql(db.url, [
      '-Atc',
      "SELECT string_agg(rolname, ',') FROM pg_roles WHERE rolname LIKE 'verify_role%'",
    ]);
    assert.is(left.stdout.trim(), '');
    await awaitNoScratch(db.url);
  }));

test('the page that a person reads says which revision, what of it, and that nothing else was touched', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [
      table,
      {
        id: 'bbbbbbbbbbbb',
        up: wrong['leaves an index']!.up,
        down: wrong['leaves an index']!.down,
        message: 'index notes',
      },
      { id: 'cccccccccccc', up: 'CREATE TABLE c (id integer);\n', down: 'DROP TABLE c;\nDROP TABLE nowhere;\n' },
    ]);
    const { stdout, stderr } = await updown(['verify', '--scratch', await serverUrl()], { cwd, env });
    assert.match(
      stdout,
      /✗ bbbbbbbbbbbb index notes\n {2}down\.sql does not restore the schema that up\.sql found:\n {4}\+ index t_note of table public\.t was added\n/,
    );
    assert.match(
      stdout,
      /✗ cccccccccccc add cccccccccccc\n {2}down\.sql fails:\n {4}table "nowhere" does not exist \(42P01\)\n {4}migrations\/\S+\/down\.sql:2:/,
    );
    assert.match(stdout, /3 revisions: 1 restored, 1 not restored, 1 down fails, 1 up fails a second time/);
    assert.match(stdout, /nothing but scratch was touched/);
    assert.match(stderr, /verified/);
    assert.ok(
      stdout.split('\n').every((line) => line.length <= 80),
      stdout,
    );
  }));

test.run();
