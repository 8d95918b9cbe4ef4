import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withDesk } from './project.ts';

/** What hangs on a generated column in all the ways that there are. */
const hung = (type: string) => `CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TABLE target (id integer PRIMARY KEY);
CREATE TABLE t (
  id integer PRIMARY KEY,
  a ${type} NOT NULL,
  g integer GENERATED ALWAYS AS (a * 2) STORED NOT NULL REFERENCES target DEFERRABLE,
  s text GENERATED ALWAYS AS (a::text) STORED,
  CONSTRAINT t_out EXCLUDE USING btree (g WITH =),
  CONSTRAINT t_both CHECK (g > 0 OR a > 0)
);
ALTER TABLE t ALTER s SET STORAGE EXTERNAL, ALTER g SET STATISTICS 77, ALTER g SET (n_distinct = 5);
CREATE UNIQUE INDEX t_g ON t (g);
CREATE INDEX t_part ON t ((g + 1)) WHERE g > 3;
ALTER TABLE t REPLICA IDENTITY USING INDEX t_g;
ALTER TABLE t CLUSTER ON t_g;
CREATE STATISTICS t_stat ON a, g FROM t;
CREATE VIEW v AS SELECT id, g FROM t;
COMMENT ON VIEW v IS 'of t';
CREATE MATERIALIZED VIEW m AS SELECT g FROM v;
CREATE UNIQUE INDEX m_g ON m (g);
CREATE TRIGGER t_update AFTER UPDATE OF g ON t FOR EACH ROW WHEN (NEW.s IS NOT NULL) EXECUTE FUNCTION f();
ALTER TABLE t DISABLE TRIGGER t_update;
CREATE POLICY p ON t USING (g > 3);
CREATE RULE r AS ON DELETE TO t WHERE OLD.g = 99 DO INSTEAD NOTHING;
COMMENT ON COLUMN t.g IS 'twice';
COMMENT ON INDEX t_g IS 'one';
GRANT SELECT (g), INSERT (id) ON t TO PUBLIC;
CREATE PUBLICATION pub FOR TABLE t (id, a) WHERE (a > 0), TABLE target;
CREATE TABLE parted (id integer, a ${type}, g integer GENERATED ALWAYS AS (a * 3) STORED) PARTITION BY RANGE (id);
CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (100);
CREATE INDEX parted_g ON parted (g);
CREATE INDEX part_own ON part (g) WHERE g > 3;
CREATE VIEW of_part AS SELECT g, a FROM part;
COMMENT ON COLUMN part.g IS 'of the partition';
CREATE TABLE above (id integer, a ${type}, g integer GENERATED ALWAYS AS (a * 3) STORED);
CREATE TABLE heir () INHERITS (above);
ALTER TABLE heir ADD CONSTRAINT heir_g CHECK (g > 0);
CREATE STATISTICS heir_stat ON id, g FROM heir;
`;

test('a column of another type takes along what hangs on the columns that are computed from it, and all of it is back', () =>
  withDesk(hung('integer'), async ({ want, generated, upgrade, run, database, cwd }) => {
    await database.query(`INSERT INTO target VALUES (2); INSERT INTO t VALUES (1, 1);
      INSERT INTO parted VALUES (1, 1); INSERT INTO heir VALUES (1, 1)`);
    const before = (await run('snapshot')).stdout;
    await want(hung('bigint'));
    const { notGenerated, destroys, revisions } = await generated();
    assert.equal([notGenerated, destroys], [[], []]);
    assert.equal(
      revisions.map(({ message }) => message),
      ['next', 'next: validate'],
    );
    const up = readFileSync(join(cwd, 'migrations', revisions[0]?.folder ?? '', 'up.sql'), 'utf8');
    const [, aside = ''] = /because it depends on what changes:\n((?:-- {3}.*\n)+)/.exec(up) ?? [];
    for (const one of ['index t_g of table public.t', 'view public.v', 'policy p of table public.t', 'publication pub'])
      assert.match(aside, `--   ${one}\n`);
    await upgrade();
    assert.is((await run('check', '--allow', 'irreversible')).status, 0);
    assert.equal(await database.query('SELECT v.g, m.g AS m, heir.g AS h, of_part.g AS p FROM v, m, heir, of_part'), [
      { g: 2, m: 2, h: 3, p: 3 },
    ]);
    assert.is((await run('downgrade', 'a1', '--yes', '-q')).status, 0);
    assert.is((await run('snapshot')).stdout, before);
  }));

test('keys and foreign keys of a generated column are made again, as the statements that check tells', () =>
  withDesk(referred('integer'), async ({ want, generated, upgrade, run, database, cwd }) => {
    await database.query('INSERT INTO t VALUES (1, 1); INSERT INTO c VALUES (2)');
    await want(referred('bigint'));
    const { stdout } = await run('check', '--allow', 'irreversible');
    const { notGenerated, revisions } = await generated();
    assert.equal([notGenerated, revisions.length], [[], 2]);
    const written = revisions.flatMap(({ folder }) =>
      readFileSync(join(cwd, 'migrations', folder, 'up.sql'), 'utf8')
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('--')),
    );
    assert.equal(
      stdout.split('\n').flatMap((line) => (/^ {2}[A-Z].*;$/.test(line) ? [line.trim()] : [])),
      written,
    );
    assert.ok(written.includes('ALTER TABLE public.t ADD CONSTRAINT t_key UNIQUE (g);'));
    assert.match(written.join('\n'), /REFERENCES public\.t\(g\) NOT VALID;[\s\S]*VALIDATE CONSTRAINT c_g_fkey;/);
    await upgrade();
    assert.is((await run('check', '--allow', 'irreversible')).status, 0);
    assert.is((await run('downgrade', 'a1', '--yes', '-q')).status, 0);
    assert.is((await run('check', '--allow', 'irreversible', '--allow', 'out-of-step')).status, 0);
  }));

const referred = (type: string) => `CREATE TABLE t (
  id integer PRIMARY KEY,
  a ${type} NOT NULL,
  g integer GENERATED ALWAYS AS (a * 2) STORED CONSTRAINT t_key UNIQUE CONSTRAINT t_ok CHECK (g > 0)
);
CREATE TABLE c (g integer REFERENCES t (g));
`;

const byTwo = (type: string) => `CREATE TABLE t (
  id integer PRIMARY KEY,
  a ${type} NOT NULL,
  b ${type} NOT NULL,
  g bigint GENERATED ALWAYS AS (a * b) STORED CONSTRAINT t_ok CHECK (g > 0)
);
CREATE VIEW v AS SELECT a, b, g FROM t;
`;

test('the statements that check tells can be run from top to bottom, where two changes set the same aside', () =>
  withDesk(byTwo('integer'), async ({ want, run, database }) => {
    await database.query('INSERT INTO t VALUES (1, 1, 2)');
    await want(byTwo('bigint'));
    const { findings } = (await run('check', '--json')).json<{ findings: { code: string; notes: string[] }[] }>();
    const told = findings.filter(({ code }) => code === 'out-of-step').flatMap(({ notes }) => notes);
    assert.match(told.join('\n'), /ADD CONSTRAINT t_ok [^;]*NOT VALID;[\s\S]*VALIDATE CONSTRAINT t_ok;/);
    await database.query(told.join('\n'));
    assert.equal(await database.query("SELECT convalidated AS v FROM pg_constraint WHERE conname = 't_ok'"), [
      { v: true },
    ]);
  }));

test('what is new on a computed column comes behind the column, and a column that is computed no more keeps its values', () =>
  withDesk(
    'CREATE TABLE t (id integer, a integer, g integer GENERATED ALWAYS AS (a * 2) STORED, h integer GENERATED ALWAYS AS (a * 3) STORED);\n',
    async ({ want, generated, upgrade, database, run }) => {
      await database.query('INSERT INTO t VALUES (1, 5)');
      await want(`CREATE TABLE t (id integer, a bigint, g integer GENERATED ALWAYS AS (a * 2) STORED, h integer);
CREATE STATISTICS s ON id, g FROM t;
`);
      assert.equal((await generated()).notGenerated, []);
      await upgrade();
      assert.is((await run('check', '--allow', 'irreversible')).status, 0);
      assert.equal(await database.query('SELECT a::int, g, h FROM t'), [{ a: 5, g: 10, h: 15 }]);
    },
  ));

test.run();
