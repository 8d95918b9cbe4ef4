import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareUpgrade } from '../../lib/index.ts';
import { needsPsql } from '../support/run.ts';
import { print, runScript } from '../support/script.ts';
import { type Desk, withDesk } from './desk.ts';

const bare = (sql: string) => `-- updown: no-transaction\n${sql}`;
const table = { id: 'a1', up: 'CREATE TABLE t (n integer, s text);\nINSERT INTO t VALUES (1, $$a$$), (1, $$b$$);\n' };
const with_ = (up: string) => [table, { id: 'b1', up }];
const clean = 'DELETE FROM t WHERE s = $$b$$;\n';

async function readIndexes({ database }: Desk): Promise<string> {
  const rows = await database.query(
    `SELECT c.relname || CASE WHEN i.indisvalid THEN '' ELSE ' INVALID' END AS words
       FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = 't'::regclass ORDER BY 1`,
  );
  return rows.map(({ words }) => words).join(', ');
}

/** A build that failed, and what is put in front of it then. */
const builds: Readonly<Record<string, { build: string; mends: string; ends: string }>> = {
  'one statement in front': { build: 'CREATE UNIQUE INDEX CONCURRENTLY one ON t (n);', mends: clean, ends: 'one' },
  'three statements in front': {
    build: 'CREATE UNIQUE INDEX CONCURRENTLY one ON t (n);',
    mends: `UPDATE t SET n = 2 WHERE s = $$b$$;\nCREATE INDEX CONCURRENTLY two ON t (s);\nVACUUM t;\n`,
    ends: 'one, two',
  },
  'of an index without a name': {
    build: 'CREATE UNIQUE INDEX CONCURRENTLY ON t (n);',
    mends: clean,
    ends: 't_n_idx',
  },
  'of an IF NOT EXISTS': {
    build: 'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS one ON t (n);',
    mends: clean,
    ends: 'one',
  },
  'of an expression': {
    build: 'CREATE UNIQUE INDEX CONCURRENTLY one ON t (abs(n));',
    mends: clean,
    ends: 'one',
  },
};
for (const [what, { build, mends, ends }] of Object.entries(builds)) {
  test(`23505: a build that failed is rebuilt behind what the hint asks for: ${what}`, () =>
    withDesk(with_(bare(`${build}\n`)), async (desk) => {
      const hint = await desk.fails('upgrade', 'sql');
      assert.match(hint, 'correct the data in a statement right before this one');
      assert.match(await readIndexes(desk), 'INVALID');
      await desk.write('b1', bare(`${mends}${build}\n`));
      await desk.does('upgrade');
      assert.is(await readIndexes(desk), ends);
    }));
}

test('23505: so it is behind statements that are recorded, and where the data was mended by hand', () =>
  withDesk(with_(bare('CREATE TABLE u ();\nCREATE UNIQUE INDEX CONCURRENTLY one ON t (n);\n')), async (desk) => {
    await desk.fails('upgrade', 'sql');
    await desk.write(
      'b1',
      bare(`CREATE TABLE u ();\nCREATE TABLE v ();\n${clean}CREATE UNIQUE INDEX CONCURRENTLY one ON t (n);\n`),
    );
    await desk.does('upgrade');
    assert.is(await readIndexes(desk), 'one');
    assert.match(await desk.journal(), /fail b1, start b1, progress b1, progress b1, progress b1, up b1$/);
  }));

needsPsql(test, '23505: a script that is emitted again does the same', () =>
  withDesk(with_(bare('CREATE UNIQUE INDEX CONCURRENTLY one ON t (n);\n')), async (desk) => {
    const emit = async () => print(await prepareUpgrade({ cwd: desk.folder, env: {} }));
    assert.is((await runScript(desk.database.url, await emit())).status, 3);
    await desk.write('b1', bare(`${clean}CREATE UNIQUE INDEX CONCURRENTLY one ON t (n);\n`));
    const { status, stderr } = await runScript(desk.database.url, await emit());
    assert.is(status, 0, stderr);
    assert.is(await readIndexes(desk), 'one');
  }),
);

test('an index of the same name that somebody else left INVALID is dropped by hand, as the hint says', () =>
  withDesk(with_(bare('CREATE UNIQUE INDEX CONCURRENTLY one ON t (n);\n')), async (desk) => {
    await desk.does('upgrade a1');
    await desk.database.query('CREATE UNIQUE INDEX CONCURRENTLY one ON t (n)').catch(() => {});
    assert.match(await desk.fails('upgrade', 'sql'), 'drop it with DROP INDEX CONCURRENTLY');
    await desk.database.query('DROP INDEX CONCURRENTLY one');
    await desk.database.query(clean);
    await desk.does('upgrade');
    assert.is(await readIndexes(desk), 'one');
  }));

/** What else has the name, as the server words it; of a name that must be quoted, too. */
const taken: Readonly<Record<string, string>> = {
  'table public.one': 'CREATE TABLE one ()',
  'table public.one_p': 'CREATE TABLE one_p (n integer) PARTITION BY RANGE (n)',
  'view public.one_v': 'CREATE VIEW one_v AS SELECT 1 AS n',
  'materialized view public.one_m': 'CREATE MATERIALIZED VIEW one_m AS SELECT 1 AS n',
  'sequence public.one_s': 'CREATE SEQUENCE one_s',
  'type public.one_c': 'CREATE TYPE one_c AS (n integer)',
  'index public.one_i on public.other': 'CREATE INDEX one_i ON other (n)',
  'index public.other_pkey on public.other': 'ALTER TABLE other ADD PRIMARY KEY (n)',
  'view public."One of 2"': 'CREATE VIEW "One of 2" AS SELECT 1 AS n',
  'table public.t': 'SELECT 1',
};
const makes = `${table.up}CREATE TABLE other (n integer);\n${Object.values(taken).join(';\n')};\n`;
/** The forms of the statement, behind another one; and the line that it begins on. */
const forms: readonly (readonly [head: string, word: string, line: number])[] = [
  ['', '', 2],
  ['-- updown: no-transaction\n', 'CONCURRENTLY ', 3],
  ['-- updown: no-transaction\n', '', 3],
];

test('an index that is not needed gives way to a comment, where the file holds nothing else, either', () =>
  withDesk(
    [
      { id: 'a1', up: makes },
      { id: 'b1', up: '' },
    ],
    async (desk) => {
      const name = /public\.(".*"|\w+)/.exec(Object.keys(taken)[0] ?? '')?.[1];
      await desk.write('b1', '-- Nothing is made.\n', 'down');
      for (const [head, word] of forms) {
        await desk.does('upgrade a1');
        await desk.write('b1', `${head}CREATE INDEX ${word}IF NOT EXISTS ${name} ON t (s);\n`);
        const hint = await desk.fails('upgrade', 'sql');
        assert.match(hint, 'write a comment that says so in its place');
        await desk.write('b1', `${head}-- No index is needed.\n`);
        await desk.does('upgrade');
        await desk.does('downgrade a1 --yes');
      }
    },
  ));

needsPsql(test, 'IF NOT EXISTS that the server skips is said as that, alike in and outside a transaction', () =>
  withDesk(
    [
      { id: 'a1', up: makes },
      { id: 'b1', up: '' },
    ],
    async (desk) => {
      await desk.does('upgrade a1');
      for (const [n, what] of Object.keys(taken).entries()) {
        const name = /public\.(".*"|\w+)/.exec(what)![1]!;
        const said = `statement 2 of b1, on line LINE: the server skipped CREATE INDEX IF NOT EXISTS ${name.replaceAll('"', '')} on t, since ${what} has that name`;
        // Each in one of the forms; the first in all of them.
        for (const [head, word, line] of n === 0 ? forms : [forms[n % forms.length]!]) {
          const build = (as: string) =>
            `${head}SELECT 1;\nCREATE INDEX ${word}IF NOT EXISTS ${as} ON t (s);\nINSERT INTO t SELECT 2, $$c$$;\n`;
          await desk.write('b1', build(name));
          const { error } = JSON.parse((await desk.run('upgrade --json')).stdout);
          assert.is(error.message, said.replace('LINE', String(line)));
          assert.match(error.hint, 'Give it another name in this statement; or, if none is needed, write a comment');
          assert.equal([error.place?.line, error.place?.column], [line, 1], JSON.stringify(error));
          await desk.does('stamp --forget b1');
          const { status, stderr } = await runScript(
            desk.database.url,
            (await desk.does('upgrade --sql --from a1')).stdout,
          );
          assert.equal(
            [status, stderr.includes(`UD008: ${error.message}`), stderr.includes(error.hint)],
            [3, true, true],
            stderr,
          );
          if (head !== '') {
            const refused = await desk.fails('upgrade --resume-at 3', 'unfinished');
            assert.match(refused, 'Run again without --resume-at');
            assert.match(refused, 'If that one should not run at all, write a comment in its place.');
          }
          await desk.write('b1', word === '' ? build('two') : `${head}SELECT 1;\nINSERT INTO t SELECT 2, $$c$$;\n`);
          await desk.does('upgrade');
          await desk.does('status --exit-code');
          assert.is(/\btwo\b/.test(await readIndexes(desk)), word === '', what);
          await desk.database.query('DROP INDEX IF EXISTS two');
          await desk.does('stamp a1');
        }
      }
    },
  ),
);

/** Files of which the server has skipped nothing that is missing, or of which the end does not show it any more. */
const passing: readonly string[] = [
  'CREATE INDEX IF NOT EXISTS own ON t (s);\nCREATE INDEX IF NOT EXISTS own ON t (s);',
  'CREATE INDEX IF NOT EXISTS own ON t (s);\nALTER TABLE t RENAME TO old;\nCREATE TABLE t (n integer, s text);',
  'CREATE INDEX IF NOT EXISTS own ON t (s);\nDROP INDEX own;\nCREATE VIEW own AS SELECT 1 AS n;',
  'CREATE INDEX IF NOT EXISTS own ON t (s);\nALTER INDEX own RENAME TO mine;\nCREATE TABLE own ();',
  'CREATE INDEX IF NOT EXISTS own ON t (s);\nDO $$ BEGIN ALTER TABLE t RENAME TO old; CREATE TABLE t (s text); END $$;',
  'CREATE INDEX IF NOT EXISTS own ON t (s);\nALTER TABLE t SET SCHEMA other;\nCREATE TABLE t ();\nCREATE SEQUENCE own;',
  'CREATE INDEX IF NOT EXISTS own ON t (s);\nSET LOCAL search_path = other;\nCREATE TABLE t ();\nCREATE TABLE own ();',
  'CREATE INDEX IF NOT EXISTS own ON other.u (s);\nCREATE TABLE own ();',
  'CREATE INDEX IF NOT EXISTS own ON t (s);\nDROP TABLE t;',
  'CREATE TABLE IF NOT EXISTS t (n integer);\nALTER TABLE t ADD COLUMN IF NOT EXISTS s integer;',
];
test('IF NOT EXISTS that has made its index, or found it, passes, whatever its file does with the names afterwards', () =>
  withDesk(
    [
      { id: 'a1', up: 'CREATE SCHEMA other;\nCREATE TABLE other.u (s text);\nCREATE TABLE t (n integer, s text);\n' },
      { id: 'b1', up: '' },
    ],
    async (desk) => {
      for (const up of passing) {
        await desk.does('upgrade a1');
        await desk.write('b1', `${up}\n`);
        await desk.does('upgrade');
        await desk.database.query(
          'DROP SCHEMA other CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT ALL ON SCHEMA public TO PUBLIC',
        );
        await desk.does('stamp base');
      }
    },
  ));

/** What breaks a constraint, what the hint says, and the file as that says. */
const rows: Readonly<Record<string, { up: string; hint: RegExp; mended: string }>> = {
  '23502, a column that is added': {
    up: 'ALTER TABLE t ADD COLUMN c integer NOT NULL;',
    hint: /^The table has rows, and the new column is NULL in all of them: give it a DEFAULT;/,
    mended: 'ALTER TABLE t ADD COLUMN c integer NOT NULL DEFAULT 0;',
  },
  '23502, a column that is added, then filled': {
    up: 'ALTER TABLE t ADD c integer NOT NULL;',
    hint: /or add it without NOT NULL, fill it in a statement after this one, then SET NOT NULL\.$/,
    mended: 'ALTER TABLE t ADD c integer;\nUPDATE t SET c = n;\nALTER TABLE t ALTER c SET NOT NULL;',
  },
  '23502, a column that is there': {
    up: 'ALTER TABLE t ADD COLUMN c integer;\nALTER TABLE t ALTER c SET NOT NULL;',
    hint: /^Rows hold NULL there: fill them in a statement right before this one\.$/,
    mended: 'ALTER TABLE t ADD COLUMN c integer;\nUPDATE t SET c = n;\nALTER TABLE t ALTER c SET NOT NULL;',
  },
  '23502, a row that is written': {
    up: 'CREATE TABLE u (c integer NOT NULL);\nINSERT INTO u VALUES (NULL);',
    hint: /^This statement writes NULL to the column: have it write a value/,
    mended: 'CREATE TABLE u (c integer NOT NULL);\nINSERT INTO u VALUES (1);',
  },
  '23505, a column that is added': {
    up: 'ALTER TABLE t ADD COLUMN c integer DEFAULT 0 UNIQUE;',
    hint: /add the column without the constraint, fill it in a statement after this one, then add the constraint\.$/,
    mended: 'ALTER TABLE t ADD COLUMN c integer;\nUPDATE t SET c = ascii(s);\nALTER TABLE t ADD UNIQUE (c);',
  },
  '23505, a row that is written': {
    up: 'CREATE TABLE u (c integer UNIQUE);\nINSERT INTO u VALUES (1), (1);',
    hint: /^This statement writes a value that exists already, or writes it twice/,
    mended: 'CREATE TABLE u (c integer UNIQUE);\nINSERT INTO u VALUES (1), (1) ON CONFLICT DO NOTHING;',
  },
  '23505, a key': {
    up: 'ALTER TABLE t ADD PRIMARY KEY (n);',
    hint: /^Rows hold the same value twice: correct the data in a statement right before this one\.$/,
    mended: `${clean}ALTER TABLE t ADD PRIMARY KEY (n);`,
  },
  '23503, a column that is added': {
    up: 'CREATE TABLE p (id integer PRIMARY KEY);\nALTER TABLE t ADD COLUMN c integer DEFAULT 7 REFERENCES p;',
    hint: /in no row of the other table: add the column without the constraint/,
    mended:
      'CREATE TABLE p (id integer PRIMARY KEY);\nALTER TABLE t ADD COLUMN c integer;\nUPDATE t SET c = NULL;\nALTER TABLE t ADD FOREIGN KEY (c) REFERENCES p;',
  },
  '23503, a row that is taken away': {
    up: 'CREATE TABLE p (id integer PRIMARY KEY);\nCREATE TABLE c (p integer REFERENCES p);\nINSERT INTO p VALUES (1);\nINSERT INTO c VALUES (1);\nDELETE FROM p;',
    hint: /^Rows still refer to what this statement removes: delete those/,
    mended:
      'CREATE TABLE p (id integer PRIMARY KEY);\nCREATE TABLE c (p integer REFERENCES p);\nINSERT INTO p VALUES (1);\nINSERT INTO c VALUES (1);\nDELETE FROM c;\nDELETE FROM p;',
  },
  '23503, a row that is written': {
    up: 'CREATE TABLE p (id integer PRIMARY KEY);\nCREATE TABLE c (p integer REFERENCES p);\nINSERT INTO c VALUES (1);',
    hint: /add the row that it refers to in a statement right before this one\.$/,
    mended:
      'CREATE TABLE p (id integer PRIMARY KEY);\nCREATE TABLE c (p integer REFERENCES p);\nINSERT INTO p VALUES (1);\nINSERT INTO c VALUES (1);',
  },
  '23503, a key': {
    up: 'CREATE TABLE p (id integer PRIMARY KEY);\nALTER TABLE t ADD FOREIGN KEY (n) REFERENCES p;',
    hint: /^Rows refer to rows that do not exist: correct the data in a statement right before this one\.$/,
    mended:
      'CREATE TABLE p (id integer PRIMARY KEY);\nINSERT INTO p VALUES (1);\nALTER TABLE t ADD FOREIGN KEY (n) REFERENCES p;',
  },
  '23514, a column that is added': {
    up: 'ALTER TABLE t ADD COLUMN c integer DEFAULT 0 CHECK (c > 0);',
    hint: /breaks the constraint: add the column without the constraint/,
    mended: 'ALTER TABLE t ADD COLUMN c integer;\nUPDATE t SET c = 1;\nALTER TABLE t ADD CHECK (c > 0);',
  },
  '23514, a check': {
    up: 'ALTER TABLE t ADD CHECK (s <> $$b$$);',
    hint: /correct the data in a statement right before this one, or add it NOT VALID/,
    mended: `${clean}ALTER TABLE t ADD CHECK (s <> $$b$$);`,
  },
  '23514, a row that is written': {
    up: 'CREATE TABLE u (c integer CHECK (c > 0));\nINSERT INTO u VALUES (0);',
    hint: /^This statement writes rows that break the constraint/,
    mended: 'CREATE TABLE u (c integer CHECK (c > 0));\nINSERT INTO u VALUES (1);',
  },
};
test('rows that break a constraint: the hint fits the statement, and the file as it says runs', () =>
  withDesk(with_(''), async (desk) => {
    await desk.does('upgrade a1');
    let n = 0;
    for (const [what, { up, hint, mended }] of Object.entries(rows)) {
      n++;
      const names = (sql: string) =>
        sql
          .replaceAll(/\b(TABLE|INTO|FROM|REFERENCES|UPDATE) (p|u|c)\b/g, `$1 $2${n}`)
          .replaceAll('UPDATE t', 'UPDATE t');
      await desk.rewrite([table, { id: 'b1', up: names(up) }]);
      assert.match(await desk.fails('upgrade', 'sql'), hint, what);
      await desk.write('b1', names(mended));
      await desk.does('upgrade');
      await desk.database.query(
        'ALTER TABLE t DROP COLUMN IF EXISTS c; DELETE FROM t; INSERT INTO t VALUES (1, $$a$$); ALTER TABLE t DROP CONSTRAINT IF EXISTS t_pkey; ALTER TABLE t DROP CONSTRAINT IF EXISTS t_n_fkey; INSERT INTO t VALUES (1, $$c$$)',
      );
      await desk.database.query(
        'ALTER TABLE t DROP CONSTRAINT IF EXISTS t_s_check; UPDATE t SET s = $$b$$ WHERE s = $$c$$',
      );
      await desk.does('stamp a1');
    }
  }));

test('42P07: what already exists is recorded as the hint says, and no other revision with it', () =>
  withDesk([table, { id: 'b1', up: 'CREATE TABLE u ();' }, { id: 'c1', up: 'CREATE TABLE v ();' }], async (desk) => {
    await desk.does('upgrade a1');
    await desk.database.query('CREATE TABLE u ()');
    await desk.obeys(await desk.fails('upgrade', 'sql'));
    await desk.does('upgrade');
    assert.is(await desk.journal(), 'up a1, fail b1, stamp b1, up c1');
  }));

test.run();
