import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { updown } from '../support/cli.ts';
import { type Database, withDatabase } from '../support/database.ts';
import { commitAll, git, gitDoes, startRepository } from '../support/git.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';
import { readEvents } from '../support/script.ts';

interface Site extends Database {
  readonly cwd: string;
  readonly run: (...args: readonly string[]) => ReturnType<typeof updown>;
  /** The text of a file of the revision. */
  readonly read: (id: string, name: 'up' | 'down') => Promise<string>;
  readonly manifest: () => Promise<string>;
  readonly folders: () => readonly string[];
}

async function withSite(revisions: readonly TestRevision[], body: (site: Site) => Promise<void>): Promise<void> {
  await withDatabase((database) =>
    withProject({}, async (cwd) => {
      const folders = await writeProject(cwd, revisions);
      await writeFile(join(cwd, 'updown.json'), JSON.stringify({ url: database.url, scratch: database.admin }));
      startRepository(cwd);
      const inside = (...names: readonly string[]) => join(cwd, 'migrations', ...names);
      await body({
        ...database,
        cwd,
        run: (...args) => updown(args, { cwd }),
        read: (id, name) => readFile(inside(folders.get(id) ?? '', `${name}.sql`), 'utf8'),
        manifest: () => readFile(inside('manifest.jsonl'), 'utf8'),
        folders: () => readdirSync(inside()).filter((name) => name !== 'manifest.jsonl'),
      });
    }),
  );
}

const shop: readonly TestRevision[] = [
  {
    id: 's1',
    up: "CREATE TYPE kind AS ENUM ('small');\nCREATE TABLE items (id serial PRIMARY KEY, name text NOT NULL, kind kind);\n",
    down: 'DROP TABLE items;\nDROP TYPE kind;\n',
  },
  {
    id: 's2',
    up: "-- updown: no-transaction\nALTER TYPE kind ADD VALUE 'large';\nCREATE INDEX CONCURRENTLY items_name ON items (name);\n",
    down: '-- updown: no-transaction\nDROP INDEX CONCURRENTLY items_name;\n',
  },
  {
    id: 's3',
    up: "CREATE FUNCTION twice(i integer) RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT 2 * i $$;\nCREATE VIEW doubled AS SELECT twice(id) AS id FROM items WHERE kind = 'large';\n",
    down: 'DROP VIEW doubled;\nDROP FUNCTION twice(integer);\n',
  },
  {
    id: 's4',
    up: 'ALTER TABLE items RENAME COLUMN name TO title;\n',
    down: 'ALTER TABLE items RENAME COLUMN title TO name;\n',
  },
  { id: 's5', up: 'CREATE TABLE orders (item integer REFERENCES items);\n', down: 'DROP TABLE orders;\n' },
];

test('at base the schema is rewritten, keeps the id of the last one, and databases go on', () =>
  withSite(shop, async ({ run, read, manifest, folders, cwd, ...database }) => {
    assert.is((await run('upgrade', 's4')).status, 0);
    const before = await run('snapshot', 's5', '--hash');
    const commit = git(cwd, 'rev-parse', 'HEAD').trim();
    const tried = await run('squash', ':s4', '--dry-run');
    assert.is(tried.status, 0, tried.stderr);
    assert.match(
      tried.stdout,
      's4 would stand for 4 revisions, with SQL written from the schema: the same schema, as ',
    );
    assert.is(git(cwd, 'status', '--porcelain'), '');
    const { status, stdout, stderr } = await run('squash', ':s4');
    assert.is(status, 0, stderr);
    assert.match(stdout, /^migrations\/\d+_\d+_s4_add_s4\/up\.sql\n.*\/down\.sql\ns4 stands for 4 revisions/);
    assert.is(folders().length, 2);
    const line = JSON.parse((await manifest()).split('\n')[1] ?? '');
    assert.equal(line.parents, []);
    assert.equal(line.replaces.revisions, ['s1', 's2', 's3']);
    assert.is(line.replaces.commit, commit);
    assert.match(await read('s4', 'up'), /CREATE INDEX items_name ON public.items USING btree \(title\)/);
    assert.is((await run('snapshot', 's5', '--hash')).stdout, before.stdout);
    assert.is((await run('verify')).status, 0);
    assert.is((await run('check')).status, 0);
    // The one that has all of it goes on, and so does a new one.
    assert.match((await run('status')).stdout, '1 of 2');
    assert.is((await run('upgrade')).status, 0);
    assert.is((await run('check', '--url', database.url)).status, 0);
    await withDatabase(async (other) => {
      assert.is((await run('upgrade', '--url', other.url)).status, 0);
      assert.is(await readEvents(other), 'up s4, up s5');
      assert.is((await run('downgrade', 'base', '--yes', '--url', other.url)).status, 0);
      assert.equal(await other.query("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"), []);
    });
  }));

test('a database half-way goes on as the hint says', () =>
  withSite(shop, async ({ run, cwd, ...database }) => {
    await run('upgrade', 's2');
    assert.is((await run('squash', ':s4')).status, 0);
    commitAll(cwd, 'squash');
    const { status, stderr } = await run('upgrade');
    assert.is(status, 4);
    const hint = stderr.replaceAll(/\s+/g, ' ');
    const [, folder = '', commit = ''] = /git worktree add (\S+) ([0-9a-f]{40}),/.exec(hint) ?? [];
    const [, target = ''] = /and there: updown upgrade (\w+)\./.exec(hint) ?? [];
    git(cwd, 'worktree', 'add', '--quiet', folder, commit);
    try {
      const there = await updown(['upgrade', target], { cwd: join(cwd, folder) });
      assert.is(there.status, 0, there.stderr);
    } finally {
      await rm(join(cwd, folder), { recursive: true });
    }
    assert.is((await run('upgrade')).status, 0);
    assert.is(
      await readEvents(database),
      'up s1, start s2, progress s2, progress s2, up s2, up s3, up s4, unstamp s3, unstamp s2, unstamp s1, stamp s4, up s5',
    );
    assert.is((await run('status', '--schema', '--exit-code')).status, 0);
  }));

const seeded: readonly TestRevision[] = [
  {
    id: 'd1',
    up: "CREATE TABLE plans (name text PRIMARY KEY);\nINSERT INTO plans VALUES ('free'), ('paid');\n",
    down: 'DROP TABLE plans;\n',
  },
  {
    id: 'd2',
    up: "ALTER TABLE plans ADD price integer;\nUPDATE plans SET price = 5\n WHERE name = 'paid'; -- no more\n\nDO $$ BEGIN\n  DELETE FROM plans WHERE name = 'none';\nEND $$;\n",
    down: 'ALTER TABLE plans DROP price;\n',
  },
  { id: 'd3' },
];

test('statements about rows are listed, and kept or left out as is decided', () =>
  withSite(seeded, async ({ run, read, cwd, ...database }) => {
    const refused = await run('squash', ':d2');
    assert.is(refused.status, 2);
    assert.match(refused.stderr, 'error (holds-data): These revisions have 3 statements about rows');
    assert.match(refused.stderr, /_d1_add_d1\/up\.sql:2 INSERT/);
    assert.match(refused.stderr, /_d2_add_d2\/up\.sql:2 UPDATE/);
    assert.match(refused.stderr, /_d2_add_d2\/up\.sql:5 DO/);
    const commands = [...refused.stderr.replaceAll(/\s+/g, ' ').matchAll(/updown (squash \S+ --\w+-data)/g)];
    assert.is(commands.length, 2);
    for (const [, command = ''] of commands) {
      const { status, stdout, stderr } = await run(...command.split(' '));
      assert.is(status, 0, stderr);
      const keeps = command.includes('keep');
      assert.match(stdout, keeps ? 'with their texts joined' : 'not made: 2 rows of public.plans');
      assert.match(stdout, keeps ? /^(?!.*left out)/s : /left out: migrations\/\S+:2 UPDATE/);
      await withDatabase(async (other) => {
        assert.is((await run('upgrade', '--url', other.url)).status, 0);
        const rows = await other.query('SELECT * FROM plans ORDER BY 1');
        assert.equal(
          rows,
          keeps
            ? [
                { name: 'free', price: null },
                { name: 'paid', price: 5 },
              ]
            : [],
        );
        assert.is((await run('downgrade', 'base', '--yes', '--url', other.url)).status, 0);
      });
      git(cwd, 'checkout', '--quiet', '--', '.');
    }
    // Joined without them, the texts keep what else they say.
    assert.is((await run('squash', ':d2', '--join', '--drop-data')).status, 0);
    assert.match(await read('d2', 'up'), /ADD price integer;\n-- left out: UPDATE\n -- no more\n\n-- left out: DO\n$/);
    assert.is((await run('upgrade')).status, 0);
    assert.equal(await database.query('SELECT * FROM plans'), []);
  }));

test('what a revision had put off to the end of its transaction is settled there', () =>
  withSite(
    [
      {
        id: 'k1',
        up: 'CREATE TABLE a (id integer PRIMARY KEY);\nCREATE TABLE b (a integer REFERENCES a DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO b VALUES (1);\nINSERT INTO a VALUES (1);\n',
        down: 'DROP TABLE b;\nDROP TABLE a;\n',
      },
      { id: 'k2', up: 'ALTER TABLE b ADD c integer;\n', down: 'ALTER TABLE b DROP c;\n' },
      {
        id: 'k3',
        up: 'INSERT INTO b VALUES (2);\nINSERT INTO a VALUES (2);\n',
        down: 'DELETE FROM b WHERE a = 2;\nDELETE FROM a WHERE id = 2;\n',
      },
    ],
    async ({ run, ...database }) => {
      const { status, stderr } = await run('squash', ':k3', '--keep-data');
      assert.is(status, 0, stderr);
      assert.is((await run('upgrade')).status, 0);
      assert.equal(await database.query('SELECT a FROM b ORDER BY 1'), [{ a: 1 }, { a: 2 }]);
      assert.is((await run('downgrade', 'base', '--yes')).status, 0);
    },
  ));

test('rows are compared by what they hold, and what differs each time is told', () =>
  withSite(
    [
      {
        id: 'v1',
        up: 'CREATE TABLE a (at text);\nCREATE TABLE b (r integer, t text);\n',
        down: 'DROP TABLE a;\nDROP TABLE b;\n',
      },
      {
        id: 'v2',
        up: 'INSERT INTO a VALUES (clock_timestamp()::text);\nINSERT INTO b VALUES (1), (2);\n',
        down: '-- they go with their tables\n',
      },
    ],
    async ({ run }) => {
      const { status, stdout } = await run('squash', ':v2', '--keep-data');
      assert.is(status, 0);
      assert.match(
        stdout,
        'differs, but is not an error: the rows of public.a have other values each time they are made',
      );
      assert.not.match(stdout, 'public.b');
    },
  ));

test('above other revisions the texts are joined, and what was renamed keeps its rows', () =>
  withSite(
    [
      { id: 'r1', up: 'CREATE TABLE t (a integer);\n', down: 'DROP TABLE t;\n' },
      { id: 'r2', up: '-- updown: lock-timeout=4s\nALTER TABLE t RENAME a TO b', down: 'ALTER TABLE t RENAME b TO a' },
      {
        id: 'r3',
        up: '-- updown: lock-timeout=2s\n-- updown: statement-timeout=1min\nALTER TABLE t RENAME TO u; -- end',
        down: 'ALTER TABLE u RENAME TO t;\n',
      },
      { id: 'r4', up: 'CREATE VIEW v AS SELECT b FROM u;\n', down: 'DROP VIEW v;\n' },
    ],
    async ({ run, read, ...database }) => {
      await run('upgrade', 'r1');
      await database.query('INSERT INTO t VALUES (7)');
      const { status, stdout, stderr } = await run('squash', 'r1:r4', '-m', 'names', '--json');
      assert.is(status, 0, stderr);
      const told = JSON.parse(stdout);
      assert.equal([told.id, told.parents, told.way, told.replaced], ['r4', ['r1'], 'joined', ['r2', 'r3']]);
      const up = await read('r4', 'up');
      assert.is(
        up,
        '-- updown: lock-timeout=2s\n-- updown: statement-timeout=1min\n-- r2 add r2\nALTER TABLE t RENAME a TO b\n;\n\n-- r3 add r3\nALTER TABLE t RENAME TO u; -- end\n\n-- r4 add r4\nCREATE VIEW v AS SELECT b FROM u;\n',
      );
      assert.match((await run('history')).stdout, 'names');
      assert.is((await run('upgrade')).status, 0);
      assert.equal(await database.query('SELECT b FROM v'), [{ b: 7 }]);
      assert.is((await run('downgrade', 'r1', '--yes')).status, 0);
      assert.equal(await database.query('SELECT a FROM t'), [{ a: 7 }]);
      assert.is((await run('verify')).status, 0);
    },
  ));

test('what can not be one text is refused by name, and nothing is changed', () =>
  withSite(
    [
      ...shop,
      { id: 's6', up: "SET work_mem = '8MB';\nCREATE TABLE more ();\n", down: 'DROP TABLE more;\n' },
      { id: 's7' },
      { id: 'left', parents: ['s6'] },
    ],
    async ({ run, cwd }) => {
      const cases = [
        [['s1:s3'], 'input', /s2_add_s2\/up.sql" can't be part of one file: it runs outside a transaction/],
        [['s4:s7'], 'not-closed', /"left" is based on "s6", which would be removed: only "s7" is left of these/],
        [['s5:left'], 'not-closed', /"s7" is based on "s6"/],
        [['s3:s4'], 'usage', /there are not two revisions/],
        [['s4:s2'], 'not-an-ancestor', /below "s4"/],
        [['left:s7'], 'not-an-ancestor', /"left" is not below "s7"/],
        [[':heads'], 'multiple-heads', /several heads/],
        [['s4:base'], 'not-an-ancestor', /below "s4"/],
        [['nothing:s2'], 'unknown-revision', /nothing/],
      ] as const;
      for (const [args, code, words] of cases) {
        const { status, stderr } = await run('squash', ...args);
        assert.is(status, 2, stderr);
        assert.match(stderr, `error (${code})`);
        assert.match(stderr.replaceAll(/\s+/g, ' '), words);
      }
      // Where it is the last one, what it sets holds for nobody else.
      assert.is((await run('squash', 's4:s6', '--dry-run')).status, 0);
      const reversed = await run('squash', 's6:s4', '--dry-run');
      assert.is(reversed.status, 2);
      assert.match(reversed.stderr, 'Write: updown squash s4:s6');
      assert.match((await run('snapshot', 's6:s4')).stderr, 'Write: updown snapshot s4:s6');
      assert.is((await run('rebase', 'left', '--onto', 's7')).status, 0);
      commitAll(cwd, 'rebase');
      const { stderr } = await run('squash', 's4:s7');
      assert.match(
        stderr.replaceAll(/\s+/g, ' '),
        `s6_add_s6/up.sql" can't be part of one file: SET would also apply to the revisions after it`,
      );
      assert.is(git(cwd, 'status', '--porcelain'), '');
    },
  ));

test('what git does not have is not taken away, unless that is said', () =>
  withSite(shop, async ({ run, cwd, folders }) => {
    const file = join(cwd, 'migrations', folders()[1] ?? '', 'down.sql');
    await writeFile(file, `${await readFile(file, 'utf8')}-- mine\n`);
    const { status, stderr } = await run('squash', ':s4');
    assert.is(status, 2);
    assert.match(stderr, 'error (uncommitted)');
    assert.match(stderr.replaceAll(/\s+/g, ' '), /as they are, and would be lost: \S+_s2_add_s2\/down.sql/);
    assert.is(folders().length, 5);
    git(cwd, 'add', 'migrations');
    git(cwd, 'commit', '--quiet', '--message=mine');
    await writeFile(join(cwd, 'migrations', folders()[0] ?? '', 'note.txt'), 'a file that git does not know');
    assert.match((await run('squash', ':s4')).stderr, 'note.txt');
    await rm(join(cwd, '.git'), { recursive: true });
    const without = (await run('squash', ':s4')).stderr.replaceAll(/\s+/g, ' ');
    assert.match(without, 'Git finds no repository at "migrations": the files of these revisions would be lost');
    assert.match(
      without,
      'git init in the top folder of the project, then git -C migrations add . && git -C migrations commit -m migrations.',
    );
    const forced = await run('squash', ':s4', '--force', '--json');
    assert.is(forced.status, 0, forced.stderr);
    assert.is(forced.json<{ commit: null }>().commit, null);
    assert.is(folders().length, 2);
  }));

test('what no git has is taken away once it is committed, as the hint says', () =>
  withSite(shop, async ({ run, cwd, folders }) => {
    await rm(join(cwd, '.git'), { recursive: true });
    assert.is((await run('squash', ':s4')).status, 2);
    git(cwd, 'init', '--quiet');
    git(cwd, '-C', 'migrations', 'add', '.');
    const author = ['-c', 'user.name=n', '-c', 'user.email=e@example.org'];
    git(cwd, ...author, '-C', 'migrations', 'commit', '--quiet', '-m', 'migrations');
    assert.is((await run('squash', ':s4')).status, 0);
    assert.is(folders().length, 2);
  }));

test('a sealed run is a sealed revision, and one that is released in part is refused', () =>
  withSite(shop, async ({ run, cwd, manifest }) => {
    await run('seal', 's3');
    commitAll(cwd, 'seal');
    const refused = await run('squash', ':s4');
    assert.is(refused.status, 2);
    assert.match(refused.stderr, 'error (sealed): "s3" is sealed, and "s4" is not');
    await run('upgrade', 's3');
    const again = refused.stderr.replaceAll(/\s+/g, ' ');
    assert.match(again, 'End the range at "s3". Or, where all of it is released: updown seal s4');
    assert.is((await run('squash', ':s3')).status, 0);
    assert.match(await manifest(), '"sealed"');
    assert.is((await run('check')).status, 0);
    assert.is((await run('status')).status, 0);
    assert.is((await run('upgrade')).status, 0);
  }));

test('a folder that was left over is named, and can be removed', () =>
  withSite(shop, async ({ run, cwd }) => {
    assert.is((await run('squash', ':s4')).status, 0);
    git(cwd, 'checkout', '--quiet', 'HEAD', '--', 'migrations/20250101_0001_s2_add_s2');
    const { stderr } = await run('status');
    assert.match(stderr, 'Folder "migrations/20250101_0001_s2_add_s2" has no line in the manifest');
    const [, command = ''] = /Revision "s4" has replaced it: (rm .*)/.exec(stderr.replaceAll(/\s+/g, ' ')) ?? [];
    execFileSync('sh', ['-ec', command], { cwd });
    assert.is((await run('status')).status, 0);
  }));

test('what can not be written is not begun: the files are as they were', () =>
  withSite(shop, async ({ run, cwd }) => {
    const manifest = join(cwd, 'migrations', 'manifest.jsonl');
    await mkdir(join(cwd, 'migrations', `.manifest.jsonl.${process.pid}`));
    const { status, stderr } = await run('squash', ':s4');
    assert.is(status, 2, stderr);
    assert.match(stderr, 'error (unwritable)');
    await rm(join(cwd, 'migrations', `.manifest.jsonl.${process.pid}`), { recursive: true });
    assert.is(git(cwd, 'status', '--porcelain'), '');
    assert.match(await readFile(manifest, 'utf8'), '"s1"');
  }));

test('where one of them can not be taken back, all of them can not', () =>
  withSite(
    [
      { id: 'i1' },
      { id: 'i2', down: '-- updown: irreversible\n' },
      { id: 'i3', up: '-- nothing\n', down: '-- nothing\n' },
    ],
    async ({ run, read }) => {
      const { status, stdout } = await run('squash', ':i3');
      assert.is(status, 0);
      assert.match(stdout, "It can't be reverted: its down.sql says why.");
      assert.is(
        await read('i3', 'down'),
        '-- updown: irreversible\n-- add i3\n-- There is no way back for revision "i2", which was part of this.\n',
      );
      await run('upgrade');
      assert.match((await run('downgrade', 'base', '--yes')).stderr, 'error (irreversible)');
    },
  ));

test('joined, a way back that was none is none, and in this process it is proven, too', () =>
  withSite(
    [
      { id: 'w1', up: 'CREATE TABLE t (id integer);\nCREATE INDEX i ON t (id);\n', down: 'DROP TABLE t;\n' },
      { id: 'w2', down: 'DROP INDEX none;\n' },
    ],
    async ({ run, read, cwd }) => {
      await writeFile(join(cwd, 'updown.json'), '{}');
      assert.is((await run('squash', ':w2', '--join')).status, 0);
      assert.match(
        await read('w2', 'down'),
        /^-- updown: irreversible\n-- add w2\n-- The down.sql of revision "w2", which was part of this, fails: index "none" does not exist\n$/,
      );
      assert.is((await run('verify')).status, 0);
      git(cwd, 'checkout', '--quiet', '--', '.');
      await writeFile(join(cwd, 'migrations', '20250101_0001_w2_add_w2', 'down.sql'), 'DROP BY ALTER;\n');
      commitAll(cwd, 'broken');
      assert.is((await run('squash', ':w2', '--join', '--dry-run')).status, 0);
      // Written anew it needs none of theirs.
      assert.is((await run('squash', ':w2')).status, 0);
      assert.match(await read('w2', 'down'), 'DROP TABLE public.t;');
    },
  ));

test('a squash of a squash knows the databases of both', () =>
  withSite(shop, async ({ run, cwd, manifest, ...singly }) => {
    await run('upgrade', 's4');
    await withDatabase(async (inner) => {
      await withDatabase(async (half) => {
        assert.is((await run('squash', ':s3')).status, 0);
        commitAll(cwd, 'first');
        await run('upgrade', 's4', '--url', inner.url);
        await run('upgrade', 's3', '--url', half.url);
        assert.is((await run('squash', ':s4')).status, 0);
        const line = JSON.parse((await manifest()).split('\n')[1] ?? '');
        assert.equal([line.replaces.revisions, line.replaces.before], [['s3'], ['s1', 's2']]);
        for (const { url } of [singly, inner]) {
          assert.match((await run('status', '--url', url)).stdout, '1 of 2');
          assert.is((await run('upgrade', '--url', url)).status, 0);
          assert.is((await run('check', '--url', url)).status, 0);
        }
        assert.is(await readEvents(inner), 'up s3, up s4, unstamp s3, stamp s4, up s5');
        assert.match((await run('upgrade', '--url', half.url)).stderr, 'error (half-way)');
      });
    });
  }));

test('check --against takes a squash for what it is, and tells what it has lost', () =>
  withSite(shop, async ({ run, cwd, folders }) => {
    git(cwd, 'checkout', '--quiet', '-b', 'squash');
    await run('squash', ':s4');
    commitAll(cwd, 'squash');
    const same = await run('check', '--against', 'main');
    assert.is(same.status, 0, same.stdout);
    git(cwd, 'checkout', '--quiet', 'main');
    // A branch that has not got it yet.
    assert.is((await run('check', '--against', 'squash')).status, 0);
    for (const folder of folders().filter((name) => /_s[24]_/.test(name)))
      await writeFile(join(cwd, 'migrations', folder, 'up.sql'), 'SELECT 1;\n');
    commitAll(cwd, 'edit');
    git(cwd, 'checkout', '--quiet', 'squash');
    const { status, stdout } = await run('check', '--against', 'main');
    assert.is(status, 3);
    assert.match(stdout, 'Revision "s2", which main has, is not in the files any longer');
    assert.match(stdout, 'Revision "s4", which main has, has another up.sql here');
  }));

test('a branch that was begun before it gets it by a merge, and keeps its own', () =>
  withSite(shop, async ({ run, cwd, manifest }) => {
    git(cwd, 'checkout', '--quiet', '-b', 'feature');
    await run('revision', '-m', 'mine', '--rev-id', 'mine');
    commitAll(cwd, 'mine');
    git(cwd, 'checkout', '--quiet', 'main');
    assert.is((await run('squash', ':s5')).status, 0);
    commitAll(cwd, 'squash');
    const squashed = (await manifest()).trimEnd().split('\n');
    git(cwd, 'checkout', '--quiet', 'feature');
    assert.is(gitDoes(cwd, 'merge', 'main'), false, 'git leaves a conflict');
    assert.is((await run('merge')).status, 0);
    const [head, whole, own, ...more] = (await manifest()).trimEnd().split('\n');
    assert.equal([head, whole, more], [...squashed, []]);
    assert.match(own ?? '', '"id":"mine","parents":["s5"]');
    assert.equal((await run('heads')).stdout.split(' ')[0], 'mine');
  }));

test('a schema that would be another one is refused, and the files stay', () =>
  withSite(
    [
      { id: 'n1', up: 'CREATE TABLE t (id integer);\nCREATE TABLE u ();\n', down: 'DROP TABLE t;\nDROP TABLE u;\n' },
      { id: 'n2', up: 'DO $$ BEGIN CREATE VIEW v AS SELECT id FROM t; END $$;\n', down: 'DROP VIEW v;\n' },
    ],
    async ({ run, cwd }) => {
      const { status, stderr } = await run('squash', ':n2', '--join', '--drop-data');
      assert.is(status, 2);
      assert.match(stderr, 'error (not-proven): One revision would not make what these make');
      assert.match(stderr, 'up.sql: view public.v was dropped');
      assert.is(git(cwd, 'status', '--porcelain'), '');
      assert.is((await run('squash', ':n2', '--drop-data')).status, 0);
      assert.is(existsSync(join(cwd, 'migrations', '20250101_0000_n1_add_n1')), false);
    },
  ));

test.run();
