import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Host } from '../../lib/cli/host.ts';
import { main } from '../../lib/cli/main.ts';
import { loadParser } from '../../lib/sql/parser.ts';
import { base, edits } from '../schema/edits.ts';
import { withRoles, withSession } from '../schema/snapshot.ts';
import { updown } from '../support/cli.ts';
import { withDatabase } from '../support/database.ts';
import { withProject } from '../support/project.ts';
import { serverUrl } from '../support/server.ts';
import { giveSign } from '../support/sign.ts';
import { judge, verdicts } from './judge.ts';
import { withDesk } from './project.ts';

/** One of each ten: npm run measure:autogenerate judges all of them. */
const sample = edits.filter((_, index) => index % 10 === 0);

test('of a sample of edits, the files make what is wanted and take it back, or say what they do not', async () => {
  await loadParser();
  const server = await serverUrl();
  const wrong: string[] = [];
  const seen = new Set<string>();
  await withRoles(server, ['lab_owner', 'lab_reader'], () =>
    withDatabase(async ({ url, name }) => {
      await withSession(url, (session) => session.send(base));
      for (const edit of sample) {
        const { verdict, told } = await judge({ server, template: name, user: 'postgres' }, edit);
        giveSign();
        seen.add(verdict);
        if (verdict === 'wrong' || verdict === 'error') wrong.push(`${edit.title}: ${verdict}\n  ${told.join('\n  ')}`);
      }
    }),
  );
  assert.equal(wrong, []);
  assert.ok(seen.has('exact') && seen.has('asked'), [...seen].join());
});

test('docs/autogenerate.md has the table of all edits, with none that is wrong', () => {
  const page = readFileSync(new URL('../../docs/autogenerate.md', import.meta.url), 'utf8');
  const [, all = ''] = /^\| all \| (.*) \|$/m.exec(page) ?? [];
  const [count, ...counts] = all.split(' | ').map(Number);
  assert.is(count, edits.length);
  assert.is(
    counts.reduce((sum, one) => sum + one, 0),
    edits.length,
  );
  assert.is(counts[verdicts.indexOf('wrong')], 0);
  assert.is(counts[verdicts.indexOf('error')], 0);
  assert.match(page.replaceAll(/\s+/g, ' '), `${edits.length} edits of a schema`);
});

test('what would lock for long is several revisions, which a database takes up and down, and check finds in step', () =>
  withDesk(
    'CREATE TABLE a (id integer PRIMARY KEY);\nCREATE TABLE b (id integer PRIMARY KEY, a integer, n integer, v text);\n',
    async ({ want, generated, generate, upgrade, run, database, cwd }) => {
      await database.query("INSERT INTO a VALUES (1); INSERT INTO b VALUES (1, 1, 5, 'x')");
      await want(`CREATE TABLE a (id integer PRIMARY KEY);
CREATE TABLE b (id integer PRIMARY KEY, a integer REFERENCES a, n integer CHECK (n IN (5, 6)), v varchar(20));
CREATE INDEX b_a ON b (a);
CREATE TABLE c (id integer PRIMARY KEY, b integer REFERENCES b);
CREATE INDEX c_b ON c (b);
`);
      const { revisions, notGenerated } = await generated();
      assert.equal(
        [revisions.map(({ message }) => message), notGenerated],
        [['next', 'next: indexes', 'next: validate'], []],
      );
      const read = (at: number, name: string) =>
        readFileSync(join(cwd, 'migrations', revisions[at]?.folder ?? '', `${name}.sql`), 'utf8');
      assert.match(read(0, 'up'), 'FOREIGN KEY (a) REFERENCES public.a(id) NOT VALID;');
      assert.match(read(0, 'up'), 'Tables that are rewritten, and can not be read meanwhile:\n--   public.b\n');
      assert.match(read(0, 'up'), '\nCREATE INDEX c_b ON public.c');
      assert.match(read(1, 'up'), /^-- updown: no-transaction\n(?:--.*\n)*\nCREATE INDEX CONCURRENTLY b_a ON/);
      assert.match(read(1, 'down'), '\nDROP INDEX CONCURRENTLY public.b_a;\n');
      assert.match(read(2, 'up'), '\nALTER TABLE public.b VALIDATE CONSTRAINT b_a_fkey;\n');
      await upgrade();
      assert.is((await run('check')).status, 0);
      assert.is((await generate()).status, 3);
      assert.is((await run('downgrade', 'a1', '--yes', '-q')).status, 0);
      assert.equal(await database.query('SELECT * FROM b'), [{ id: 1, a: 1, n: 5, v: 'x' }]);
      assert.is((await run('check', '--allow', 'out-of-step')).status, 0);
    },
  ));

test('keys, NOT NULL, and indexes that go or become others lock nobody out of a table that is there', () =>
  withDesk(
    `CREATE TABLE t (a integer NOT NULL, b text, c integer);
CREATE INDEX t_b ON t (b);
CREATE INDEX t_gone ON t (c, b);
CREATE INDEX t_with_c ON t (c);
CREATE UNIQUE INDEX t_same ON t (a, b);
CREATE TABLE u (id integer PRIMARY KEY, code text);
`,
    async ({ want, generated, upgrade, run, database, cwd }) => {
      await database.query("INSERT INTO t VALUES (1, 'x', 2); INSERT INTO u VALUES (1, 'y')");
      const tables = await run('snapshot');
      await want(`CREATE TABLE t (a integer PRIMARY KEY, b text, d integer, UNIQUE (b) DEFERRABLE, CONSTRAINT t_same UNIQUE (a, b));
CREATE INDEX t_b ON t (lower(b));
CREATE TABLE u (id integer PRIMARY KEY, code text NOT NULL UNIQUE);
CREATE TABLE v (code text REFERENCES u (code));
`);
      const { revisions, notGenerated } = await generated('--drop', 't.c');
      assert.equal(
        [revisions.map(({ message }) => message), notGenerated],
        [['next', 'next: indexes', 'next: validate'], []],
      );
      const read = (at: number, name: string) =>
        readFileSync(join(cwd, 'migrations', revisions[at]?.folder ?? '', `${name}.sql`), 'utf8');
      // What goes with a column, or is needed by what is made here, is no matter of its own.
      assert.match(read(0, 'up'), 'ADD CONSTRAINT t_same UNIQUE USING INDEX t_same;');
      assert.match(read(0, 'up'), 'ADD CONSTRAINT u_code_key UNIQUE (code);');
      assert.match(read(0, 'up'), 'ADD CONSTRAINT u_code_proof CHECK ((code IS NOT NULL)) NOT VALID;');
      assert.not.match(read(0, 'up'), 'INDEX public.t_b');
      const [, statements = ''] = read(1, 'up').split('\n\n', 2);
      assert.is(
        read(1, 'up').slice(read(1, 'up').indexOf(statements)),
        `CREATE UNIQUE INDEX CONCURRENTLY t_b_key ON public.t USING btree (b);
ALTER TABLE public.t ADD CONSTRAINT t_b_key UNIQUE USING INDEX t_b_key DEFERRABLE INITIALLY IMMEDIATE;

CREATE UNIQUE INDEX CONCURRENTLY t_pkey ON public.t USING btree (a);
ALTER TABLE public.t ADD CONSTRAINT t_pkey PRIMARY KEY USING INDEX t_pkey;

CREATE INDEX CONCURRENTLY t_b_new ON public.t USING btree (lower(b));
DROP INDEX CONCURRENTLY public.t_b;
ALTER INDEX public.t_b_new RENAME TO t_b;
`,
      );
      assert.match(
        read(2, 'up'),
        `VALIDATE CONSTRAINT u_code_proof;
ALTER TABLE public.u ALTER COLUMN code SET NOT NULL;
ALTER TABLE public.u DROP CONSTRAINT u_code_proof;
`,
      );
      const before = await run('check');
      assert.is(before.status, 0, before.stdout);
      await upgrade();
      assert.is((await generated('--empty')).notGenerated.length, 0);
      assert.is((await run('downgrade', 'a1', '--yes', '-q')).status, 0);
      assert.is((await run('snapshot')).stdout, tables.stdout);
      assert.equal(await database.query('SELECT * FROM t, u'), [{ a: 1, b: 'x', c: null, id: 1, code: 'y' }]);
    },
  ));

test('an index that nobody needs any more goes while all go on writing, and check says so', () =>
  withDesk(
    'CREATE TABLE t (a integer, b text);\nCREATE INDEX t_b ON t (b);\n',
    async ({ want, generated, read, run }) => {
      await want('CREATE TABLE t (a integer NOT NULL, b text);\n');
      const { stdout } = await run('check');
      assert.match(stdout, 'DROP INDEX CONCURRENTLY public.t_b;');
      assert.match(stdout, 'ADD CONSTRAINT t_a_proof CHECK ((a IS NOT NULL)) NOT VALID;');
      const { revisions, notGenerated } = await generated();
      assert.equal([revisions.length, notGenerated], [3, []]);
      assert.match(read('down'), 'ALTER TABLE public.t ALTER COLUMN a DROP NOT NULL;');
    },
  ));

test('what rows have no value for is named in the file, up and down, and the rest is done', () =>
  withDesk(
    'CREATE TABLE t (id integer, code integer NOT NULL);\n',
    async ({ want, generate, upgrade, database, read }) => {
      await database.query('INSERT INTO t VALUES (1, 1)');
      await want('CREATE TABLE t (id integer, name text NOT NULL);\nCREATE TABLE u (name text NOT NULL);\n');
      const { status, stdout } = await generate();
      assert.is(status, 3);
      const { notGenerated, destroys } = JSON.parse(stdout);
      assert.equal(notGenerated, [
        'up.sql: column name of table public.t: NOT NULL was set (rows that are there have no value for it: give them one in front of this)',
        'down.sql: column code of table public.t: NOT NULL was set (rows that are there have no value for it: give them one in front of this)',
      ]);
      assert.equal(destroys, ['column code of table public.t is dropped']);
      assert.match(read('up'), '\n-- not generated: column name of table public.t: NOT NULL was set');
      assert.match(read('up'), '\n--   ALTER TABLE public.t ALTER COLUMN name SET NOT NULL;\n');
      assert.match(read('down'), '\n--   ALTER TABLE public.t ALTER COLUMN code SET NOT NULL;\n');
      await upgrade();
      assert.equal(await database.query('SELECT * FROM t'), [{ id: 1, name: null }]);
    },
  ));

test('a label that goes takes its type along, with what uses it, and a row that has it is told', () =>
  withDesk(
    `CREATE TYPE s AS ENUM ('a', 'b', 'c');
CREATE TABLE t (id integer PRIMARY KEY, s s NOT NULL DEFAULT 'a', all_s s[] DEFAULT '{a}') PARTITION BY RANGE (id);
CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (10);
CREATE INDEX t_s ON t (s) WHERE s = 'c';
ALTER TABLE t ADD CONSTRAINT t_ok CHECK (s <> 'c');
CREATE VIEW v AS SELECT s FROM t;
CREATE FUNCTION f(s) RETURNS boolean LANGUAGE sql AS $$ SELECT $1 = 'a' $$;
`,
    async ({ want, generated, upgrade, run, database, read, cwd }) => {
      await database.query("INSERT INTO t VALUES (1, 'a', '{a,c}')");
      const first = readFileSync(join(cwd, 'schema.sql'), 'utf8');
      await want(first.replace("('a', 'b', 'c')", "('c', 'a', 'new')"));
      assert.equal((await generated('--drop', 's.b')).notGenerated, []);
      assert.match(
        read('up'),
        "\n-- This is an error where a row has 'b': give such rows another label first.\nALTER TYPE",
      );
      assert.match(read('up'), 'ALTER COLUMN all_s TYPE public.s[] USING all_s::text[]::public.s[];');
      await upgrade();
      assert.equal(await database.query("SELECT *, 'new'::s AS made, f(s) FROM t"), [
        { id: 1, s: 'a', all_s: '{a,c}', made: 'new', f: true },
      ]);
      assert.is((await run('check', '--allow', 'irreversible')).status, 0);
      assert.is((await run('downgrade', '-1', '--yes', '-q')).status, 0);
      assert.equal(await database.query('SELECT s, all_s FROM v JOIN t USING (s)'), [{ s: 'a', all_s: '{a,c}' }]);
    },
  ));

test('a column of another type takes along what is written with the old one, and is cast where no assignment does it', () =>
  withDesk(
    `CREATE TYPE s AS ENUM ('a', 'b');
CREATE TABLE t (id integer PRIMARY KEY, s s NOT NULL DEFAULT 'a', yes boolean, n integer CHECK (n > 0));
CREATE INDEX t_s ON t (s) WHERE s = 'a';
ALTER TABLE t ADD CONSTRAINT t_ok CHECK (s IN ('a', 'b'));
`,
    async ({ want, generated, upgrade, run, database }) => {
      await database.query('INSERT INTO t (id, yes, n) VALUES (1, true, 1)');
      await want(`CREATE TYPE answer AS ENUM ('true', 'false');
CREATE TABLE t (id integer PRIMARY KEY, s text NOT NULL DEFAULT 'a', yes answer, n boolean CHECK (n));
CREATE INDEX t_s ON t (s) WHERE s = 'a';
ALTER TABLE t ADD CONSTRAINT t_ok CHECK (s IN ('a', 'b'));
`);
      assert.equal((await generated()).notGenerated, []);
      await upgrade();
      assert.equal(await database.query('SELECT * FROM t'), [{ id: 1, s: 'a', yes: 'true', n: true }]);
      assert.is((await run('check', '--allow', 'irreversible')).status, 0);
      assert.is((await run('downgrade', 'a1', '--yes', '-q')).status, 0);
      assert.equal(await database.query('SELECT * FROM t'), [{ id: 1, s: 'a', yes: true, n: 1 }]);
    },
  ));

test('a generated column that becomes one of its own, beside one that goes the other way, is no rename', () =>
  withDesk(
    'CREATE TABLE t (id integer, a integer GENERATED ALWAYS AS (id * 2) STORED, b integer);\n',
    async ({ want, generated, upgrade, database }) => {
      await database.query('INSERT INTO t (id, b) VALUES (1, 7)');
      await want('CREATE TABLE t (id integer, a integer, b integer GENERATED ALWAYS AS (id * 3) STORED);\n');
      const { notGenerated, destroys } = await generated();
      assert.equal(
        [notGenerated, destroys],
        [[], ['column b of table public.t: generated value (id * 3) (stored) was set']],
      );
      await upgrade();
      assert.equal(await database.query('SELECT * FROM t'), [{ id: 1, a: 2, b: 3 }]);
    },
  ));

test('what the server refuses in a text of its own is named, and nothing of it is run', () =>
  withDesk(
    'CREATE TYPE c AS (n integer);\nCREATE TABLE t (id integer, at date, c c);\n',
    async ({ want, generate, read }) => {
      await want('CREATE TYPE c AS (n integer);\nCREATE TABLE t (id integer, at integer, c text);\n');
      const { status, stdout } = await generate();
      assert.is(status, 3);
      assert.match(
        JSON.parse(stdout).notGenerated[0],
        'type date became integer (column "at" cannot be cast automatically',
      );
      assert.match(read('up'), '\n-- not generated: column at of table public.t: type date became integer');
    },
  ));

test('labels that are used at once are committed in a revision before', () =>
  withDesk(
    "CREATE TYPE s AS ENUM ('a');\nCREATE TABLE t (id integer, s s);\n",
    async ({ want, generated, upgrade, run }) => {
      await want("CREATE TYPE s AS ENUM ('a', 'b');\nCREATE TABLE t (id integer, s s DEFAULT 'b');\n");
      const { revisions } = JSON.parse((await updownOf(generated)).stdout);
      assert.equal(
        revisions.map(({ message }: { message: string }) => message),
        ['next', 'next: change'],
      );
      await upgrade();
      assert.is((await run('check')).status, 0);
    },
  ));

/** A label is never taken away again: the way down names it. */
async function updownOf(generated: () => Promise<unknown>): Promise<{ readonly stdout: string }> {
  try {
    return { stdout: JSON.stringify(await generated()) };
  } catch (error) {
    const { message } = error as Error;
    return { stdout: message.slice(message.indexOf('{'), message.lastIndexOf('}') + 1) };
  }
}

test('on a terminal each rename is asked with what speaks for it', () =>
  withDesk('CREATE TABLE t (id integer, old text);\n', async ({ want, cwd, read }) => {
    await want('CREATE TABLE t (id integer, fresh text);\n');
    const said = { stdout: '', stderr: '' };
    const collect = (name: keyof typeof said) =>
      Object.assign(
        new Writable({
          write: (chunk, _, done) => {
            said[name] += chunk;
            done();
          },
        }),
        { isTTY: true, columns: 120 },
      );
    const events = new EventEmitter();
    const stdin = Object.assign(new PassThrough(), { isTTY: true });
    const host = {
      ...{ stdin, stdout: collect('stdout'), stderr: collect('stderr'), env: { NO_COLOR: '1' }, cwd: () => cwd },
      ...{ on: () => events, removeListener: () => events, exit: () => {} },
    } as unknown as Host;
    stdin.write('1\n');
    assert.is(await main(['revision', '--autogenerate', '-m', 'next'], host), 0, said.stderr);
    assert.match(said.stderr, 'column public.t.old is missing, and public.t.fresh is new: both are of type text.');
    assert.match(said.stderr, '  2  drop column public.t.old with its data, and create public.t.fresh\n');
    assert.match(read('up'), 'RENAME COLUMN old TO fresh;');
  }));

test('the first revision is the schema word by word, in this process, and the next one an edit of it', () =>
  withProject({ 'schema.sql': '-- the shop\nCREATE TABLE t (id integer PRIMARY KEY);\n' }, async (cwd) => {
    assert.is((await updown(['init', '--bare'], { cwd })).status, 0);
    await writeFile(
      join(cwd, 'updown.json'),
      JSON.stringify({ dir: 'migrations', url: 'pglite:.updown/dev', schema: 'schema.sql' }),
    );
    const first = await updown(['revision', '--autogenerate', '-m', 'first'], { cwd });
    assert.is(first.status, 0, first.stderr);
    const [up = '', down = ''] = first.stdout.split('\n').map((line) => line.trim());
    assert.ok(readFileSync(join(cwd, up), 'utf8').endsWith(`\n\n${readFileSync(join(cwd, 'schema.sql'), 'utf8')}`));
    assert.match(readFileSync(join(cwd, down), 'utf8'), '\nDROP TABLE public.t;\n');
    await writeFile(join(cwd, 'schema.sql'), 'CREATE TABLE t (id integer PRIMARY KEY, note text);\n');
    const second = await updown(['revision', '--autogenerate', '-m', 'second'], { cwd });
    assert.is(second.status, 0, second.stderr);
    assert.match(
      readFileSync(join(cwd, second.stdout.split('\n')[0] ?? ''), 'utf8'),
      'ALTER TABLE public.t ADD COLUMN note text;',
    );
    const third = await updown(['revision', '--autogenerate', '-m', 'third'], { cwd });
    assert.equal([third.status, third.stdout], [3, 'Nothing to do: the revisions make what "schema.sql" says.\n']);
  }));

test.run();
