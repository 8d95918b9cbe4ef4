import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { judge } from '../../lib/review/judge.ts';
import type { MeasuredStatement } from '../../lib/review/measured.ts';
import { type Finding, findingsOf } from '../../lib/review/review.ts';
import type { Scratch } from '../../lib/review/scratch.ts';
import { vacuumPlainly } from '../../lib/review/ways/vacuum.ts';
import { measureAside } from './bench.ts';
import { shareBench } from './shared-bench.ts';

const fixture = `
CREATE TABLE parted (id integer, note text) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (100);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (100) TO (200);
CREATE TABLE above (a integer, b text);
CREATE TABLE below (c integer) INHERITS (above);
CREATE TABLE counted (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text);
CREATE TABLE counting (id integer REFERENCES counted, v text);
CREATE TABLE above_keyed (id integer PRIMARY KEY);
CREATE TABLE below_keyed () INHERITS (above_keyed);
CREATE TABLE keyed (k uuid PRIMARY KEY, id integer UNIQUE NOT NULL, v text);
CREATE TABLE keyless (a integer, b text);
CREATE VIEW seen AS SELECT k AS id, v FROM keyed;
CREATE ROLE reader;
CREATE TABLE guarded (id integer, mine boolean, note text);
GRANT SELECT ON guarded TO reader;
GRANT UPDATE (note) ON guarded TO reader;
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON guarded USING (mine);
CREATE TABLE looked (a integer, b integer, c integer GENERATED ALWAYS AS (b * 2) STORED, t integer, p integer);
CREATE VIEW looks AS SELECT a FROM looked;
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER looked_t BEFORE UPDATE OF t ON looked FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE POLICY p_is_seen ON looked USING (p > 0);
CREATE TYPE shape AS (x integer, y integer);
CREATE TABLE shaped OF shape;
CREATE MATERIALIZED VIEW counts AS SELECT count(*) AS n FROM keyless;
CREATE UNIQUE INDEX counts_n ON counts (n);
CREATE MATERIALIZED VIEW twins AS SELECT 1 AS n;
CREATE MATERIALIZED VIEW unread AS SELECT count(*) AS n FROM keyless WITH NO DATA;
CREATE TABLE occupied (a integer, a_new integer, CONSTRAINT occupied_a_proof CHECK (a_new > 0));
CREATE FUNCTION raise_a() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.a := NEW.a + 1; RETURN NEW; END $$;
CREATE TRIGGER zzz BEFORE INSERT ON occupied FOR EACH ROW EXECUTE FUNCTION raise_a();
CREATE TABLE pointing (id integer REFERENCES above_keyed);
`;
// Emptied first: what was rolled back keeps its places in the file.
const rows = `
TRUNCATE parted, above;
INSERT INTO parted SELECT i, 'n' FROM generate_series(0, 139) AS i;
INSERT INTO above SELECT i, 'a' FROM generate_series(1, 50) AS i;
INSERT INTO below (b) SELECT 'b' FROM generate_series(1, 20) AS i;
`;

async function judgeFor(scratch: Scratch, text: string): Promise<readonly Finding[]> {
  const statements = await measureAside(scratch, `${text};`);
  assert.equal(statements[0]!.error, undefined, text);
  const step = { op: 'up' as const, id: 'x', name: 'x', file: 'x', transactional: true, lockTimeout: '5s', allow: [] };
  return findingsOf(judge({ scratch: '', steps: [{ ...step, statements }] }, undefined));
}

async function rulesFor(scratch: Scratch, text: string): Promise<readonly string[]> {
  return (await judgeFor(scratch, text)).map(({ rule }) => rule);
}

async function adviseFor(scratch: Scratch, text: string, rule: string): Promise<string> {
  const advice = (await judgeFor(scratch, text)).find((finding) => finding.rule === rule)?.advice;
  assert.ok(advice !== undefined, `${text}: ${rule} is not found`);
  return advice;
}

async function query({ session }: Scratch, text: string): Promise<readonly string[]> {
  const sets = await session.send(text);
  return (sets.at(-1) ?? []).map((row) => Object.values(row).join(' '));
}

const open = shareBench([fixture], 'newest');

/** In a transaction of its own on one that all share: starting a PostgreSQL takes longer than all of it. */
async function aside(body: (scratch: Scratch) => Promise<void>): Promise<void> {
  const scratch = open();
  await scratch.session.send(`BEGIN; ${rows}`);
  try {
    await body(scratch);
  } finally {
    await scratch.session.send('ROLLBACK');
  }
}

for (const table of ['parted', 'above']) {
  test(`a batch writes no row of ${table} that an earlier one has written`, async () => {
    const advice = await adviseFor(
      open(),
      `ALTER TABLE ${table} ADD COLUMN z uuid DEFAULT gen_random_uuid()`,
      'volatile-default',
    );
    const [, alter = '', batch = ''] = /^(.*?)(UPDATE .*?;)/s.exec(advice.replace('LIMIT 10000', 'LIMIT 30')) ?? [];
    await aside(async (scratch) => {
      await scratch.session.send(alter);
      const seen: string[] = [];
      for (let round = 0; round < 9; round += 1) {
        await scratch.session.send(batch);
        const filled = await query(scratch, `SELECT z FROM ${table} WHERE z IS NOT NULL`);
        assert.equal(
          seen.filter((one) => !filled.includes(one)),
          [],
        );
        seen.splice(0, seen.length, ...filled);
      }
      assert.equal(await query(scratch, `SELECT count(*) FROM ${table} WHERE z IS NULL`), ['0']);
    });
  });
}

test('ALTER TABLE ONLY stays the matter of that table alone', async () => {
  const advice = await adviseFor(open(), 'ALTER TABLE ONLY above ALTER a SET NOT NULL', 'not-null-scans');
  await aside(async (scratch) => {
    await scratch.session.send(advice);
    assert.equal(
      await query(
        scratch,
        `SELECT attrelid::regclass, attnotnull FROM pg_attribute WHERE attname = 'a' AND attrelid IN ('above'::regclass, 'below'::regclass) ORDER BY 1`,
      ),
      ['above t', 'below f'],
    );
  });
});

test('TRUNCATE without CASCADE still restarts what counts, and empties no child that it let be', async () => {
  const scratch = open();
  assert.match(
    await adviseFor(scratch, 'TRUNCATE counted RESTART IDENTITY CASCADE', 'truncate'),
    'TRUNCATE public.counted, public.counting RESTART IDENTITY;',
  );
  assert.match(
    await adviseFor(scratch, 'TRUNCATE ONLY above_keyed CASCADE', 'truncate'),
    'TRUNCATE ONLY public.above_keyed, public.pointing;',
  );
});

test('batches are cut by a key that the table has and the statement lets be', async () => {
  const scratch = open();
  const advise = (text: string) => adviseFor(scratch, text, 'backfill-at-once');
  assert.match(
    await advise("UPDATE keyed SET v = 'x' WHERE v IS NULL"),
    "UPDATE keyed SET v = 'x'\n  WHERE k BETWEEN … AND …\n  AND (v IS NULL);",
  );
  assert.match(
    await advise('UPDATE keyed SET k = gen_random_uuid()'),
    /^-- not in batches: it sets what a unique index [^;]*$/,
  );
  assert.match(
    await advise('UPDATE keyed AS one SET v = f.b FROM keyless AS f WHERE f.a = one.id'),
    '  WHERE one.k BETWEEN … AND …\n  AND (f.a = one.id);',
  );
  assert.match(await advise("UPDATE seen SET v = 'x'"), /^-- by hand: [^;]*$/);
  assert.match(
    await advise('UPDATE keyed AS one SET (k, id) = (gen_random_uuid(), one.id + 1) FROM keyless WHERE b IS NULL'),
    /^-- not in batches: [^;]*$/,
  );
  assert.match(
    await advise('UPDATE keyless AS one SET a = k.id FROM keyed AS k WHERE k.v = one.b'),
    /^-- by hand: [^;]*$/,
  );
  assert.match(
    await advise('UPDATE above_keyed SET id = id + 1'),
    /^-- not in batches: it sets what a unique index or an exclusion constraint of public.above_keyed is over/,
  );
  assert.match(
    await advise("UPDATE keyless SET a = a + 1 WHERE b <> 'x'"),
    "  SELECT keyless.tableoid, keyless.ctid FROM public.keyless WHERE … AND (b <> 'x') LIMIT 10000)\n  AND … AND (b <> 'x');",
  );
});

test('a DELETE without a key takes rows by their places, and leaves what it is not about', async () => {
  for (const [text, left] of [
    ['DELETE FROM keyless AS one WHERE one.a > 3 RETURNING b', '3'],
    ['DELETE FROM keyless', '0'],
  ] as const) {
    const advice = await adviseFor(open(), text, 'backfill-at-once');
    await aside(async (scratch) => {
      await scratch.session.send('INSERT INTO keyless SELECT generate_series(1, 9)');
      for (let round = 0; round < 3; round += 1) await scratch.session.send(advice.replace('LIMIT 10000', 'LIMIT 3'));
      assert.equal(await query(scratch, 'SELECT count(*) FROM keyless'), [left]);
    });
  }
});

test('what is not to be cut from outside is not given once more', async () => {
  for (const text of [
    "MERGE INTO keyed AS one USING keyless AS f ON f.a = one.id WHEN MATCHED THEN UPDATE SET v = 'x'",
    "WITH done AS (UPDATE keyed SET v = 'x' RETURNING k) SELECT count(*) FROM done",
    "DO $$ BEGIN UPDATE keyed SET v = 'x'; END $$",
  ]) {
    assert.match(await adviseFor(open(), text, 'backfill-at-once'), /^-- by hand: [^;]*$/, text);
  }
  const block = "DO $$ BEGIN ALTER TABLE keyed ADD COLUMN z integer; UPDATE keyed SET v = 'x'; END $$";
  assert.match(await adviseFor(open(), block, 'backfill-with-ddl'), /^-- one revision [^;]*$/);
});

test('a view under the old name shows what the table showed to each', async () => {
  const advice = await adviseFor(open(), 'ALTER TABLE guarded RENAME TO kept', 'rename');
  await aside(async (scratch) => {
    await scratch.session.send("INSERT INTO guarded VALUES (1, true, 'a'), (2, false, 'b')");
    await scratch.session.send(advice);
    await scratch.session.send("SET LOCAL ROLE reader; UPDATE guarded SET note = 'c' WHERE id < 9");
    assert.equal(await query(scratch, 'SELECT id, note FROM guarded'), ['1 c']);
    await scratch.session.send('RESET ROLE');
  });
});

test('where no column can take the place of another, none is made', async () => {
  for (const [text, rule] of [
    ['ALTER TABLE looked RENAME COLUMN a TO aa', 'rename'],
    ['ALTER TABLE looked RENAME COLUMN b TO bb', 'rename'],
    ['ALTER TABLE looked RENAME COLUMN t TO tt', 'rename'],
    ['ALTER TABLE looked RENAME COLUMN p TO pp', 'rename'],
    ['ALTER TABLE parted RENAME COLUMN id TO number', 'rename'],
    ['ALTER TYPE shape ALTER ATTRIBUTE x TYPE bigint CASCADE', 'type-rewrites'],
  ] as const) {
    const advice = await adviseFor(open(), text, rule);
    assert.match(advice, 'no second column can take its place: ');
    assert.is(advice.replace(/^--.*\n/gm, ''), `${text};`);
  }
  assert.match(
    await adviseFor(open(), 'ALTER TABLE guarded RENAME COLUMN note TO remark', 'rename'),
    'ADD COLUMN remark text;',
  );
});

test('REFRESH gets no CONCURRENTLY where it is refused', async () => {
  const scratch = open();
  assert.match(
    await adviseFor(scratch, 'REFRESH MATERIALIZED VIEW counts WITH NO DATA', 'refresh-not-concurrent'),
    /^-- WITH NO DATA [^;]*$/,
  );
  assert.equal(await rulesFor(scratch, 'REFRESH MATERIALIZED VIEW unread'), []);
  assert.match(
    await adviseFor(scratch, 'REFRESH MATERIALIZED VIEW twins', 'refresh-not-concurrent'),
    /^--[^\n]* UNIQUE index [^;]*$/,
  );
  assert.match(
    await adviseFor(scratch, 'DO $$ BEGIN REFRESH MATERIALIZED VIEW counts; END $$', 'refresh-not-concurrent'),
    'REFRESH MATERIALIZED VIEW CONCURRENTLY public.counts;',
  );
});

test('VACUUM loses its FULL, and nothing else', () => {
  const locks = [
    { relation: 'public.t', kind: 'table', mode: 'ACCESS EXCLUSIVE', since: 1 },
    { relation: 'public.t_pkey', kind: 'index', mode: 'ACCESS EXCLUSIVE', since: 1 },
  ] as const;
  for (const [text, plain] of [
    ['VACUUM (FULL, ANALYZE)', 'VACUUM (ANALYZE)'],
    ['VACUUM (VERBOSE, FULL TRUE, FREEZE) t', 'VACUUM (VERBOSE, FREEZE) t'],
    ['VACUUM (full) t, "full"', 'VACUUM t, "full"'],
    ['VACUUM FULL', 'VACUUM'],
    ['VACUUM FULL FREEZE VERBOSE t (a)', 'VACUUM FREEZE VERBOSE t (a)'],
    ['CLUSTER', 'VACUUM public.t'],
    ['CLUSTER VERBOSE t USING t_pkey', 'VACUUM public.t'],
  ] as const) {
    const label = /^\w+/.exec(text)![0];
    const statement = { label, text, locks, rewrites: ['public.t', 'public.t_pkey'] };
    assert.is(vacuumPlainly(statement as unknown as MeasuredStatement), plain);
  }
});

test('CLUSTER marks the index that it goes by, and so does its safe way', async () => {
  const scratch = open();
  const cluster = 'CLUSTER keyed USING keyed_id_key';
  assert.match(await adviseFor(scratch, cluster, 'vacuum-full'), '\nALTER TABLE public.keyed CLUSTER ON keyed_id_key;');
  assert.not.match(await adviseFor(scratch, '-- updown: no-transaction\nVACUUM FULL keyed', 'vacuum-full'), 'CLUSTER');
});

test('what makes a column with constraints says in each way which other one has what it leaves out', async () => {
  const scratch = open();
  const alter = (words: string) => `ALTER TABLE keyed ADD COLUMN z uuid NOT NULL DEFAULT gen_random_uuid() ${words}`;
  const unique = alter('UNIQUE');
  assert.match(
    await adviseFor(scratch, unique, 'volatile-default'),
    '-- (constraint keyed_z_key is left out here: the way of unique-builds-index has it; make z once, in one of them)',
  );
  assert.not.match(await adviseFor(scratch, unique, 'unique-builds-index'), 'left out');
  const all = alter('UNIQUE CHECK (z IS NOT NULL) REFERENCES keyed');
  const names = [
    ['keyed_z_key', 'unique-builds-index'],
    ['keyed_z_check', 'check-validated'],
    ['keyed_z_fkey', 'foreign-key-validated'],
  ] as const;
  const found = await judgeFor(scratch, all);
  for (const rule of ['volatile-default', ...names.map(([, one]) => one)]) {
    const advice = found.find((one) => one.rule === rule)?.advice ?? '';
    for (const [name, has] of names) {
      if (rule === has) assert.match(advice, `CONSTRAINT ${name} `, rule);
      else assert.match(advice, `constraint ${name} is left out here: the way of ${has} has it`, rule);
    }
  }
  const keyed = 'ALTER TABLE keyless ADD COLUMN s serial PRIMARY KEY';
  assert.match(
    await adviseFor(scratch, keyed, 'counted-column'),
    'keyless_pkey is left out here: the way of primary-key',
  );
  assert.not.match(await adviseFor(scratch, keyed, 'primary-key-builds-index'), 'left out');
  const later =
    'ALTER TABLE keyless ADD COLUMN s uuid DEFAULT gen_random_uuid(), ADD CONSTRAINT c CHECK (s IS NULL) NOT VALID';
  assert.match(
    await adviseFor(scratch, later, 'volatile-default'),
    'constraint c is left out here: add it after this, NOT VALID',
  );
});

test('a name that is taken is not used', async () => {
  const scratch = open();
  assert.match(
    await adviseFor(scratch, 'ALTER TABLE occupied ALTER a SET NOT NULL', 'not-null-scans'),
    'DROP CONSTRAINT occupied_a_proof2;',
  );
  const advice = await adviseFor(scratch, 'ALTER TABLE occupied ALTER a TYPE bigint', 'type-rewrites');
  await aside(async () => {
    await scratch.session.send(advice);
    assert.equal(
      await query(
        scratch,
        "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = 'occupied'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY 1",
      ),
      ['a bigint', 'a_new integer'],
    );
  });
});

test('a column beside another gets what all triggers have made of that one', async () => {
  const advice = await adviseFor(open(), 'ALTER TABLE occupied ALTER a TYPE bigint', 'type-rewrites');
  await aside(async (scratch) => {
    await scratch.session.send(advice.slice(0, advice.indexOf('-- in batches')));
    await scratch.session.send('INSERT INTO occupied (a) VALUES (1)');
    assert.equal(await query(scratch, 'SELECT a, a_new2 FROM occupied'), ['2 2']);
  });
});

test('no column stands beside another where a trigger changes a row behind all others', async () => {
  const scratch = open();
  const names = ['"übernahme"', '"élan"', 'zzzzz', 'zzz', 'aa', '"Z"', 'zzzz_late_n_new_film', 'zzzz_late_n_new_filk'];
  let refused = 0;
  for (const name of names) {
    await scratch.session.send(`CREATE TABLE late (id integer, n integer);
      CREATE FUNCTION late_f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.n := NEW.n * 2; RETURN NEW; END';
      CREATE TRIGGER ${name} BEFORE INSERT ON late FOR EACH ROW EXECUTE FUNCTION late_f()`);
    const stored = await adviseFor(
      scratch,
      'ALTER TABLE late ADD COLUMN more integer GENERATED ALWAYS AS (n + 1) STORED',
      'stored-generated',
    );
    const renamed = await adviseFor(scratch, 'ALTER TABLE late RENAME COLUMN n TO m', 'rename');
    const advice = await adviseFor(scratch, 'ALTER TABLE late ALTER n TYPE bigint', 'type-rewrites');
    if (/no second column/.test(advice)) {
      refused += 1;
      for (const one of [advice, renamed, stored]) {
        assert.match(one, `trigger ${name} on public.late, which fires after`);
        assert.not.match(one, 'CREATE TRIGGER');
      }
    } else {
      await aside(async () => {
        await scratch.session.send(advice.slice(0, advice.indexOf('-- in batches')));
        await scratch.session.send('INSERT INTO late (n) VALUES (1)');
        assert.equal(await query(scratch, 'SELECT n, n_new FROM late'), ['2 2'], name);
      });
    }
    await scratch.session.send('DROP TABLE late; DROP FUNCTION late_f()');
  }
  assert.is(refused, 4);
});

const fired = `
CREATE TABLE mg (id bigint PRIMARY KEY, seen integer, updated integer);
CREATE FUNCTION mg_f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.updated := 0; RETURN NEW; END';
CREATE TRIGGER mg_t BEFORE UPDATE ON mg FOR EACH ROW EXECUTE FUNCTION mg_f();
CREATE TRIGGER mg_a BEFORE UPDATE ON mg FOR EACH ROW EXECUTE FUNCTION nothing();
ALTER TABLE mg ENABLE ALWAYS TRIGGER mg_a;
INSERT INTO mg SELECT i, NULL, i FROM generate_series(1, 9) AS i;`;

test('a batch keeps off what the file kept off, and leaves it as the file does', async () => {
  await aside(async (scratch) => {
    await scratch.session.send(fired);
    await scratch.session.send('COMMIT; BEGIN');
  });
  const scratch = open();
  const write = 'UPDATE mg SET seen = updated WHERE seen IS NULL';
  for (const off of ['mg_t', 'USER', 'mg_a']) {
    const text = `ALTER TABLE mg DISABLE TRIGGER ${off};\n${write};\nALTER TABLE mg ENABLE TRIGGER USER`;
    const found = await judgeFor(scratch, text);
    const advice = found.find(({ rule }) => rule === 'backfill-with-ddl')!.advice;
    assert.match(advice, `${off === 'mg_a' ? 'mg_a' : 'mg_t'} on public.mg`);
    assert.match(advice, 'must not fire');
    for (const one of found.filter(({ rule }) => rule === 'work-after-lock')) assert.match(one.advice, 'must not fire');
    await aside(async () => {
      await scratch.session.send(advice.replace('BETWEEN … AND …', 'BETWEEN 1 AND 5'));
      await scratch.session.send(advice.replace('BETWEEN … AND …', 'BETWEEN 6 AND 9'));
      const left = off === 'mg_a' ? ['1 0 9'] : ['9 45 9'];
      assert.equal(
        await query(scratch, 'SELECT count(DISTINCT updated) AS a, sum(updated) AS b, count(seen) AS c FROM mg'),
        left,
        off,
      );
      assert.equal(
        await query(scratch, "SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'mg'::regclass ORDER BY 1"),
        // ENABLE TRIGGER USER of the file makes of ALWAYS what all others are.
        [off === 'mg_t' ? 'mg_a A' : 'mg_a O', 'mg_t O'],
      );
    });
  }
  const make = (name: string) => `CREATE TRIGGER ${name} BEFORE UPDATE ON mg FOR EACH ROW EXECUTE FUNCTION mg_f()`;
  const body = (text: string) => `CREATE OR REPLACE FUNCTION mg_f() RETURNS trigger LANGUAGE plpgsql AS '${text}'`;
  const shapes: Readonly<Record<string, string>> = {
    'taken away and made again': `DROP TRIGGER mg_t ON mg;\nALTER TABLE mg ADD COLUMN z integer;\n${write};\n${make('mg_t')}`,
    'its function made to do nothing, and put back': `ALTER TABLE mg ADD COLUMN z integer;\n${body('BEGIN RETURN NEW; END')};\n${write};\n${body('BEGIN NEW.updated := 0; RETURN NEW; END')}`,
    'its function dropped with it': `DROP FUNCTION mg_f CASCADE;\nALTER TABLE mg ADD COLUMN z integer;\n${write};\n${body('BEGIN NEW.updated := 0; RETURN NEW; END')};\n${make('mg_t')}`,
  };
  for (const [what, text] of Object.entries(shapes)) {
    const written = (await judgeFor(scratch, text)).filter(({ advice }) => advice.includes('BETWEEN … AND …'));
    assert.ok(written.length > 0, what);
    for (const { advice } of written) {
      assert.match(advice, 'mg_t on public.mg must not fire', what);
      assert.not.match(advice, 'mg_a on public.mg must not fire', what);
      await aside(async () => {
        await scratch.session.send(
          advice.slice(advice.indexOf('ALTER TABLE public.mg DISABLE')).replace('BETWEEN … AND …', 'BETWEEN 1 AND 9'),
        );
        assert.equal(await query(scratch, 'SELECT sum(updated) AS b, count(seen) AS c FROM mg'), ['45 9'], what);
      });
    }
  }
  await aside(async () => {
    await scratch.session.send('ALTER TABLE mg DISABLE TRIGGER mg_t');
    const before = await judgeFor(scratch, `ALTER TABLE mg ADD COLUMN z integer;\n${write}`);
    const told = before.filter(({ advice }) => advice.includes('BETWEEN … AND …'));
    assert.ok(told.length > 0);
    for (const { advice } of told) assert.match(advice, 'mg_t on public.mg must not fire: off before this file');
  });
  // What the file leaves off stays off, and what it enables otherwise is enabled so.
  for (const [behind, state] of [
    ['', 'D'],
    [';\nALTER TABLE mg ENABLE ALWAYS TRIGGER mg_t', 'A'],
    [';\nALTER TABLE mg ENABLE TRIGGER mg_t', 'O'],
  ] as const) {
    const found = await judgeFor(scratch, `ALTER TABLE mg DISABLE TRIGGER mg_t;\n${write}${behind}`);
    const about = found.filter(({ advice }) => advice.includes('DISABLE TRIGGER mg_t;'));
    assert.ok(about.some(({ rule }) => rule === 'backfill-with-ddl'));
    for (const { advice } of about) {
      assert.match(advice, 'must not fire');
      await aside(async () => {
        await scratch.session.send(advice.replace('BETWEEN … AND …', 'BETWEEN 1 AND 9'));
        assert.equal(await query(scratch, 'SELECT sum(updated) AS b, count(seen) AS c FROM mg'), ['45 9']);
        assert.equal(await query(scratch, "SELECT tgenabled FROM pg_trigger WHERE tgname = 'mg_t'"), [state]);
      });
    }
  }
  const dropped = await judgeFor(scratch, `ALTER TABLE mg DISABLE TRIGGER mg_t;\n${write};\nDROP TRIGGER mg_t ON mg`);
  for (const { advice } of dropped.filter(({ rule }) => /^(backfill|work-after)/.test(rule)))
    assert.not.match(advice, ';');
  // Settings of the file come along; what can't be written down is not cut.
  const settings = await judgeFor(
    scratch,
    `SET LOCAL session_replication_role = replica;\nALTER TABLE mg ADD COLUMN z integer;\n${write}`,
  );
  for (const { rule, advice } of settings.filter((one) => /^(backfill-at-once|work-after-lock)$/.test(one.rule)))
    assert.match(advice, 'SET LOCAL session_replication_role = replica;', rule);
  const temporary = await judgeFor(
    scratch,
    'CREATE TEMP TABLE ids AS SELECT 1 AS id;\nALTER TABLE keyless ADD COLUMN z integer;\nUPDATE mg SET seen = ids.id FROM ids',
  );
  for (const { advice } of temporary.filter(({ rule }) => /^(backfill|work-after)/.test(rule)))
    assert.not.match(advice, ';');
  await scratch.session.send('DROP TABLE mg; DROP FUNCTION mg_f()');
});

test('a statement that limits itself is not walked through until none is left', async () => {
  const scratch = open();
  for (const condition of [
    'id IN (SELECT id FROM keyed ORDER BY v LIMIT 20000)',
    'id = ANY (ARRAY(SELECT id FROM keyed ORDER BY v LIMIT 20000 FOR UPDATE SKIP LOCKED))',
    'id IN ((SELECT a FROM keyless LIMIT 9) UNION ALL SELECT 1)',
    'id IN (SELECT id FROM keyed FOR UPDATE SKIP LOCKED)',
    'ctid IN (SELECT min(ctid) FROM keyless GROUP BY b)',
    'id > (SELECT avg(k.id) FROM keyed AS k)',
    'random() < 0.1',
  ]) {
    for (const text of [`UPDATE keyed SET v = 'x' WHERE ${condition}`, `DELETE FROM keyed WHERE ${condition}`]) {
      const found = (await judgeFor(scratch, text)).filter(({ rule }) => rule.startsWith('backfill'));
      for (const { advice } of found) {
        assert.not.match(advice, /;|until none/, text);
        assert.match(advice, /^-- not in batches/, text);
      }
    }
  }
  // As many as a batch takes are no backfill at all.
  assert.equal(
    await rulesFor(scratch, "UPDATE keyed SET v = 'x' WHERE id IN (SELECT id FROM keyed ORDER BY v LIMIT 100)"),
    [],
  );
});

const bound = `
CREATE SCHEMA bound;
SET search_path = bound;
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TABLE plain (id integer PRIMARY KEY, n integer, s text, g integer);
CREATE TABLE tree (id integer PRIMARY KEY, parent integer REFERENCES tree ON DELETE SET NULL, n integer);
CREATE TABLE stiff (id integer PRIMARY KEY, parent integer REFERENCES stiff, n integer);
CREATE TABLE round (id integer PRIMARY KEY, other integer);
CREATE TABLE trip (id integer PRIMARY KEY REFERENCES round ON DELETE CASCADE);
ALTER TABLE round ADD FOREIGN KEY (other) REFERENCES trip ON DELETE SET NULL;
CREATE TABLE owner (id integer PRIMARY KEY, g integer);
CREATE TABLE pet (id integer PRIMARY KEY, owner integer REFERENCES owner ON DELETE CASCADE, g integer);
CREATE TABLE pushed (id integer PRIMARY KEY, n integer, s text);
CREATE FUNCTION push() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE pushed SET s = 'hot' WHERE id = NEW.id + 20; RETURN NEW; END $$;
CREATE TRIGGER pushed_on AFTER UPDATE OF n ON pushed FOR EACH ROW EXECUTE FUNCTION push();
CREATE TABLE told (id integer PRIMARY KEY, n integer);
CREATE TRIGGER told_once AFTER UPDATE ON told FOR EACH STATEMENT EXECUTE FUNCTION nothing();
CREATE TABLE uniq (id integer PRIMARY KEY, n integer UNIQUE DEFERRABLE, twice integer GENERATED ALWAYS AS (id * 2) STORED, s text);
CREATE TABLE moved (id integer PRIMARY KEY, n integer UNIQUE, s text);
CREATE FUNCTION moved_n() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF TG_OP = 'UPDATE' THEN NEW.n := OLD.n + 1; END IF; RETURN NEW; END $$;
CREATE TRIGGER moved_n BEFORE UPDATE ON moved FOR EACH ROW EXECUTE FUNCTION moved_n();
CREATE TABLE kept (id integer PRIMARY KEY, s text);
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.s = 'x' THEN RETURN NULL; END IF; RETURN OLD; END $$;
CREATE TRIGGER keep BEFORE DELETE ON kept FOR EACH ROW EXECUTE FUNCTION keep();
CREATE TABLE stamped (id integer PRIMARY KEY, n integer, at timestamptz);
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW IS DISTINCT FROM OLD THEN NEW.at := now(); END IF; RETURN NEW; END $$;
CREATE TRIGGER stamp BEFORE UPDATE ON stamped FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE TABLE parts (id integer, n integer) PARTITION BY LIST (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1, 2, 3);
CREATE FUNCTION count_on() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.n := (SELECT count(*) FROM bound.parts WHERE n > 0); RETURN NEW; END $$;
CREATE TRIGGER count_on BEFORE UPDATE ON parts FOR EACH ROW EXECUTE FUNCTION count_on();
CREATE TABLE elder (id integer, n integer);
CREATE TABLE younger () INHERITS (elder);
CREATE FUNCTION most(integer) RETURNS integer LANGUAGE sql STABLE AS 'SELECT max(n) + $1 FROM bound.plain';
CREATE FUNCTION twice(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
CREATE OPERATOR @@@ (FUNCTION = most, RIGHTARG = integer);
CREATE TABLE ruled (id integer PRIMARY KEY, n integer);
CREATE RULE ruled_up AS ON UPDATE TO ruled DO ALSO DELETE FROM kept;
CREATE RULE ruled_on AS ON DELETE TO ruled DO ALSO NOTHING;
CREATE VIEW highest AS SELECT max(n) AS m FROM plain;
CREATE DOMAIN asked AS integer CHECK (most(VALUE) IS NULL OR VALUE > 0);
CREATE TABLE checking (id integer PRIMARY KEY, n integer CHECK (most(n) > 0));
CREATE TABLE domained (id integer PRIMARY KEY, n asked);
CREATE TABLE policed (id integer PRIMARY KEY, n integer);
ALTER TABLE policed ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON policed USING (n > (SELECT max(n) FROM plain));
CREATE TABLE whenever (id integer PRIMARY KEY, n integer);
CREATE TRIGGER whenever BEFORE UPDATE ON whenever FOR EACH ROW WHEN (most(NEW.n) > 0) EXECUTE FUNCTION nothing();
ALTER TABLE plain ALTER g SET DEFAULT most(1);
RESET search_path;`;

test('a write of which no row is its own matter is not cut into batches', async () => {
  await aside(async (scratch) => {
    await scratch.session.send(`${bound} COMMIT; BEGIN`);
  });
  const scratch = open();
  const adviseAll = async (text: string) => {
    const found = (await judgeFor(scratch, text)).filter(({ rule }) => rule.startsWith('backfill'));
    assert.ok(found.length > 0, text);
    return found.map(({ advice }) => advice);
  };
  for (const [text, why] of [
    ['DELETE FROM bound.tree WHERE parent IS NULL', 'foreign key tree_parent_fkey of bound.tree changes or deletes'],
    ['DELETE FROM bound.stiff', 'foreign key stiff_parent_fkey of bound.stiff refuses a batch'],
    ['DELETE FROM bound.round WHERE other IS NULL', 'lead back to bound.round'],
    ['DELETE FROM bound.owner AS o USING bound.pet AS p WHERE p.g = o.g', 'it reads what foreign keys change'],
    ["UPDATE bound.pushed SET n = n + 100 WHERE s LIKE 'h%'", 'trigger pushed_on on bound.pushed may read or change'],
    ['UPDATE bound.ruled SET n = 1', 'rule ruled_up on bound.ruled'],
    ['UPDATE bound.told SET n = n + 1', 'trigger told_once on bound.told fires once for a statement'],
    ['UPDATE bound.uniq SET n = n + 1', 'is over'],
    ["UPDATE bound.moved SET s = 'x'", 'is over'],
    ['DELETE FROM bound.kept', 'trigger keep on bound.kept may keep rows'],
    ['UPDATE bound.checking SET n = 1', 'constraint checking_n_check of bound.checking asks'],
    ['UPDATE bound.domained SET n = 1', 'constraint asked_check of bound.domained asks'],
    ['UPDATE bound.policed SET n = 1', 'policy seen of bound.policed asks'],
    ['UPDATE bound.whenever SET n = 1', 'trigger whenever on bound.whenever may read'],
    ['UPDATE bound.parts SET n = 1', 'trigger count_on on bound.parts'],
    ['UPDATE bound.parts_1 SET n = 1', 'trigger count_on on bound.parts_1'],
    ['UPDATE bound.younger SET n = (SELECT max(n) FROM bound.elder)', 'it reads bound.elder'],
    ['UPDATE bound.plain SET n = bound.most(id)', 'function most may look at'],
    ['UPDATE bound.plain SET n = OPERATOR(bound.@@@) id', 'operator @@@ may look at'],
    ['UPDATE bound.plain SET g = DEFAULT', 'the default of column g may look at'],
    ['UPDATE bound.plain AS one SET n = n + v.m FROM bound.highest AS v', 'view bound.highest may look at'],
  ] as const) {
    for (const advice of await adviseAll(text)) {
      assert.match(advice, /^-- not in batches: [^;]*$/, text);
      assert.match(advice, why, text);
    }
  }
  for (const text of [
    'UPDATE bound.tree SET n = 1 WHERE parent IS NULL',
    "UPDATE bound.pushed SET s = 'x'",
    'DELETE FROM bound.told WHERE n > 3',
    'DELETE FROM bound.ruled',
    "UPDATE bound.uniq SET s = 'x'",
    'DELETE FROM bound.owner WHERE g > 3',
    'UPDATE bound.stamped SET n = 1',
    'UPDATE bound.plain SET n = bound.twice(n)',
  ]) {
    for (const advice of await adviseAll(text)) assert.match(advice, 'BETWEEN … AND …', text);
  }
  await scratch.session.send(
    'DROP OPERATOR bound.@@@ (NONE, integer); SET client_min_messages = warning; DROP SCHEMA bound CASCADE; RESET client_min_messages',
  );
});

test('what is dropped and made again in two statements is not gone between two revisions', async () => {
  const scratch = open();
  const found = await judgeFor(scratch, 'DROP INDEX counts_n;\nCREATE UNIQUE INDEX counts_n ON counts (n)');
  assert.not.ok(found.some(({ rule }) => rule === 'drop-index-not-concurrent'));
  const trigger = await judgeFor(
    scratch,
    'DROP TRIGGER looked_t ON looked;\nCREATE TRIGGER looked_t BEFORE INSERT ON looked FOR EACH ROW EXECUTE FUNCTION nothing()',
  );
  for (const { advice } of trigger.filter(({ rule }) => rule === 'trigger-locks'))
    assert.match(advice, 'in one revision with statement');
});

test.run();
