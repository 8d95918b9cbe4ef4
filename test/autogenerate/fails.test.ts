import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isWider } from '../../lib/autogenerate/wider.ts';
import { updown } from '../support/cli.ts';
import { type Desk, withDesk } from './project.ts';

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
          'a value of column at of public.t does not fit into date, or breaks a key or a check with its new value',
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

test('which types hold all values of another one', () => {
  const wider = ['smallint bigint', 'integer numeric', 'character varying(5) character varying(9)', 'date text'];
  const other = ['bigint integer', 'numeric(9,2) numeric(9,3)', 'text integer', 'character varying(9) character(5)'];
  assert.ok([...wider, 'numeric(9,2) numeric(10,2)', 'integer[] bigint[]'].every((one) => isWider(...halve(one))));
  assert.not.ok(other.some((one) => isWider(...halve(one))));
  assert.ok(isWider('timestamp(3) without time zone', 'timestamp without time zone'));
});

function halve(text: string): [string, string] {
  const words = text.split(/ (?!varying)/);
  return [words[0] ?? '', words[1] ?? ''];
}

test.run();
