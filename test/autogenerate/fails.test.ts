import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { updown } from '../support/cli.ts';
import { type Desk, type Generated, withDesk } from './project.ts';

const readAll = (cwd: string, folders: readonly { readonly folder: string }[], name: 'up' | 'down') =>
  folders.map(({ folder }) => readFileSync(join(cwd, 'migrations', folder, `${name}.sql`), 'utf8')).join('\n');

/** What the heads of the files say, a line each. */
function failuresIn(text: string): readonly string[] {
  const words = text.replaceAll(/\n-- {5}/g, ' ');
  return [...words.matchAll(/^-- It fails, and .*, where:\n((?:-- {3}.*\n)+)/gm)].flatMap(([, lines = '']) =>
    lines
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(5)),
  );
}

async function failures(desk: Desk, ...options: readonly string[]): Promise<readonly string[]> {
  const { revisions, fails } = await desk.generated(...options);
  assert.equal(new Set(failuresIn(readAll(desk.cwd, revisions, 'up'))), new Set(fails));
  return fails;
}

test('each file says which rows it fails on, and so does the command', () =>
  withDesk(
    `CREATE TYPE s AS ENUM ('a', 'b', 'c');
CREATE DOMAIN d AS integer;
CREATE TABLE other (id integer PRIMARY KEY);
CREATE TABLE t (id integer, n integer, k integer, r integer, x integer, at text, s s, d d, big serial);
CREATE TABLE parted (id integer) PARTITION BY RANGE (id);
CREATE TABLE rest PARTITION OF parted DEFAULT;
CREATE SEQUENCE q;
`,
    async (desk) => {
      await desk.want(`CREATE TYPE s AS ENUM ('a', 'c');
CREATE DOMAIN d AS integer NOT NULL CHECK (VALUE > 0);
CREATE TABLE other (id integer PRIMARY KEY);
CREATE TABLE t (id integer PRIMARY KEY, n integer NOT NULL CHECK (n > 5), k integer UNIQUE, r integer REFERENCES other,
  x integer, at date, s s, d d, big bigserial, EXCLUDE USING btree (x WITH =));
CREATE UNIQUE INDEX t_more ON t (x) WHERE n > 7;
CREATE TABLE parted (id integer) PARTITION BY RANGE (id);
CREATE TABLE rest PARTITION OF parted DEFAULT;
CREATE TABLE one PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE SEQUENCE q MAXVALUE 10;
`);
      assert.equal(
        new Set(await failures(desk, '--drop', 's.b')),
        new Set([
          "a row has 'b' in a column of type public.s",
          'a column of domain public.d holds NULL',
          'a value of domain public.d does not satisfy CHECK ((VALUE > 0))',
          'a row of public.rest belongs to FOR VALUES FROM (0) TO (10)',
          'sequence public.q has counted beyond its new range',
          'a value of column at of public.t is out of range for date, or breaks a key or a check with its new value',
          'two rows of public.t exclude each other by t_x_excl',
          'two rows of public.t have the same (id), or one holds NULL there',
          'two rows of public.t have the same (k)',
          'two rows of public.t have the same (x) where (n > 7)',
          'a row of public.t holds NULL in column id',
          'a row of public.t holds NULL in column n',
          'a row of public.t does not satisfy CHECK ((n > 5))',
          'a row of public.t refers by (r) to a row that public.other does not have',
        ]),
      );
    },
  ));

test('values that another type rounds or cuts without an error are told of, in both files and by the command', () =>
  withDesk(
    'CREATE TABLE t (id integer, w double precision, at timestamptz, n integer, s varchar(5));\n',
    async (desk) => {
      await desk.want('CREATE TABLE t (id bigint, w integer, at date, n numeric(6,2), s varchar(9));\n');
      const { status, stdout } = await updown(['revision', '--autogenerate', '-m', 'types'], desk);
      assert.is(status, 0);
      const told = ['w of public.t has more than integer holds', 'at of public.t has more than date holds'];
      for (const one of told) assert.match(stdout, `rounds or cuts where a value of column ${one}\n`);
      assert.is(stdout.split('rounds or cuts').length, told.length + 1);
      const heading = 'It rounds or cuts values without an error, where:';
      assert.match(
        desk.read('up'),
        `-- ${heading}\n${told.map((one) => `--   a value of column ${one}\n`).join('')}--\n`,
      );
      assert.match(
        desk.read('down'),
        `-- ${heading}\n--   a value of column n of public.t has more than integer holds\n--\n`,
      );
    },
  ));

test('what failed on scratch in one direction is told of that one', () =>
  withDesk('CREATE TABLE t (id integer, a text);\n', async (desk) => {
    await desk.want('CREATE TABLE t (id integer, a date);\n');
    assert.is((await failures(desk)).length, 1);
    assert.not.match(desk.read('down'), 'It fails');
  }));

test('a new column without a default can be NOT NULL in the second revision, which says where it fails', () =>
  withDesk('CREATE TABLE t (id integer);\n', async (desk) => {
    await desk.database.query('INSERT INTO t VALUES (1)');
    await desk.want('CREATE TABLE t (id integer, name text NOT NULL);\n');
    assert.is((await desk.generate()).status, 3);
    const { status, stdout } = await updown(['revision', '--autogenerate', '-m', 'not null'], desk);
    assert.is(status, 0);
    assert.match(stdout, 'fails where a row of public.t holds NULL in column name\n');
    assert.match(
      desk.read('up'),
      '-- It fails, and changes nothing, where:\n--   a row of public.t holds NULL in column name\n',
    );
  }));

test('where nothing can be generated no file is written, however often it is tried', () =>
  withDesk('CREATE TABLE t (id integer) PARTITION BY RANGE (id);\n', async ({ want, cwd, run, generate }) => {
    await want('CREATE TABLE t (id integer) PARTITION BY LIST (id);\n');
    const before = readdirSync(join(cwd, 'migrations'));
    for (let time = 0; time < 2; time++) {
      const { status, stdout } = await updown(['revision', '--autogenerate', '-m', 'next'], { cwd });
      assert.is(status, 3);
      assert.match(stdout, /^Nothing was written: .*\nnot generated up\.sql: table public\.t: .*has to be made again/);
    }
    assert.equal(readdirSync(join(cwd, 'migrations')), before);
    assert.is((await run('check', '--allow', 'irreversible')).status, 3);
    assert.is((await generate('--empty')).json<{ files: readonly string[] }>().files.length, 2);
  }));

test('SQL that changes nothing, since what it depends on can not be changed, is not written', () => {
  const schema = (zip: string, more = '') => `CREATE TYPE addr AS (street text, zip ${zip});
CREATE TABLE t (id integer, a addr, more addr[], CONSTRAINT t_zip CHECK ((a).zip <> ''));
${more}`;
  return withDesk(schema('varchar(5)'), async ({ want, cwd, generate }) => {
    await want(schema('text', 'CREATE TABLE other (id integer);\n'));
    const first = await generate();
    const { revisions, notGenerated } = first.json<Generated>();
    assert.equal([first.status, revisions.length], [3, 1]);
    assert.not.match(readAll(cwd, revisions, 'up').replaceAll(/^--.*$/gm, ''), 't_zip');
    assert.match(notGenerated.join('\n'), /addr: type .*\n.*t_zip of table public\.t: .*its SQL changes nothing/);
    const again = await generate();
    assert.equal([again.status, again.json<Generated>().revisions], [3, []]);
  });
});

test('lines of the head are no longer than 80 columns, and the sequence of a serial column is altered once', () =>
  withDesk('CREATE TABLE t (id serial PRIMARY KEY, b text);\n', async ({ want, generated, read }) => {
    const long = 'a_column_with_a_very_long_name_that_fills_most_of_a_line';
    await want(`CREATE TABLE t (id bigserial PRIMARY KEY, b text, ${long} integer DEFAULT 5);\n`);
    const { fails } = await generated();
    assert.equal(fails, []);
    assert.is(read('up').split('ALTER SEQUENCE').length, 2);
    assert.is(read('down').split('ALTER SEQUENCE').length, 2);
    const lines = `${read('up')}${read('down')}`.split('\n').filter((line) => line.startsWith('--'));
    assert.equal(
      lines.filter((line) => line.length > 80),
      [],
    );
    assert.match(read('down'), '--   sequence public.t_id_seq has counted beyond its new range\n');
  }));

test.run();
