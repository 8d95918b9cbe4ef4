import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readSchema } from '../../lib/schema/read.ts';
import type { Schema } from '../../lib/schema/schema.ts';
import { type Database, psql, withDatabase } from '../support/database.ts';
import { needsPgDump } from '../support/run.ts';
import { ledger, snapshotOf, withSession, wordsOf } from './snapshot.ts';

/** Another way to the same schema, which is no change. */
const roads: Readonly<Record<string, readonly [string, string]>> = {
  'columns that were dropped leave a gap': [
    'CREATE TABLE t (a integer, b text, c date)',
    'CREATE TABLE t (a integer, x text, b text); ALTER TABLE t DROP COLUMN x, ADD COLUMN c date',
  ],
  'storage parameters in another order': [
    'CREATE TABLE t (a integer) WITH (fillfactor = 70, autovacuum_enabled = off); CREATE INDEX i ON t (a) WITH (fillfactor = 70, deduplicate_items = off)',
    'CREATE TABLE t (a integer) WITH (autovacuum_enabled = off, fillfactor = 70); CREATE INDEX i ON t (a) WITH (deduplicate_items = off, fillfactor = 70)',
  ],
  'keys and checks inside and behind': [
    'CREATE TABLE t (a integer PRIMARY KEY, b integer UNIQUE CHECK (b > 0), c integer REFERENCES t)',
    `CREATE TABLE t (a integer NOT NULL, b integer, c integer); CREATE UNIQUE INDEX t_pkey ON t (a); ALTER TABLE t ADD PRIMARY KEY USING INDEX t_pkey,
       ADD UNIQUE (b), ADD CHECK (b > 0) NOT VALID, ADD FOREIGN KEY (c) REFERENCES t NOT VALID;
     ALTER TABLE t VALIDATE CONSTRAINT t_b_check, VALIDATE CONSTRAINT t_c_fkey`,
  ],
  'serial by hand': [
    'CREATE TABLE t (a serial)',
    "CREATE SEQUENCE t_a_seq AS integer; CREATE TABLE t (a integer NOT NULL DEFAULT nextval('t_a_seq')); ALTER SEQUENCE t_a_seq OWNED BY t.a",
  ],
  'a counter that has counted': [
    'CREATE SEQUENCE s; CREATE TABLE t (a integer GENERATED ALWAYS AS IDENTITY)',
    "CREATE SEQUENCE s; CREATE TABLE t (a integer GENERATED ALWAYS AS IDENTITY); SELECT nextval('s'); INSERT INTO t DEFAULT VALUES",
  ],
  'partitions made and attached': [
    `CREATE TABLE m (at date NOT NULL, v integer CHECK (v > 0), PRIMARY KEY (at)) PARTITION BY RANGE (at); CREATE INDEX m_v ON m (v);
     CREATE TABLE m_1 PARTITION OF m FOR VALUES FROM ('2024-01-01') TO ('2025-01-01'); CREATE TABLE u (at date CONSTRAINT u_at REFERENCES m)`,
    `CREATE TABLE m (at date NOT NULL, v integer CHECK (v > 0), PRIMARY KEY (at)) PARTITION BY RANGE (at); CREATE INDEX m_v ON m (v);
     CREATE TABLE u (at date CONSTRAINT u_at REFERENCES m); CREATE TABLE m_1 (at date NOT NULL, v integer CONSTRAINT m_v_check CHECK (v > 0));
     CREATE UNIQUE INDEX m_1_pkey ON m_1 (at); ALTER TABLE m_1 ADD PRIMARY KEY USING INDEX m_1_pkey;
     ALTER TABLE m ATTACH PARTITION m_1 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')`,
  ],
  'names of NOT NULL': ['CREATE TABLE t (a integer NOT NULL)', 'CREATE TABLE t (a integer CONSTRAINT other NOT NULL)'],
  'privileges in another order, and those that go without saying': [
    "CREATE TABLE t (a integer); GRANT SELECT, INSERT ON t TO PUBLIC; CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    `CREATE TABLE t (a integer); GRANT INSERT ON t TO PUBLIC; GRANT ALL ON t TO postgres; GRANT SELECT ON t TO PUBLIC;
     CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION f FROM PUBLIC; GRANT EXECUTE ON FUNCTION f TO PUBLIC`,
  ],
  'search paths': [
    `CREATE SCHEMA app; CREATE SEQUENCE app.s; CREATE TYPE app.e AS ENUM ('a'); CREATE DOMAIN app.d AS bigint DEFAULT nextval('app.s');
     CREATE FUNCTION app.f(app.e) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'; CREATE TABLE app.t (a app.e DEFAULT 'a' CHECK (app.f(a)), b app.d);
     CREATE INDEX i ON app.t (app.f(a)); CREATE VIEW app.v AS SELECT a FROM app.t WHERE app.f(a); CREATE PUBLICATION p FOR TABLE app.t`,
    `CREATE SCHEMA app; SET search_path = app; CREATE SEQUENCE s; CREATE TYPE e AS ENUM ('a'); CREATE DOMAIN d AS bigint DEFAULT nextval('s');
     CREATE FUNCTION f(e) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'; CREATE TABLE t (a e DEFAULT 'a' CHECK (f(a)), b d);
     CREATE INDEX i ON t (f(a)); CREATE VIEW v AS SELECT a FROM t WHERE f(a); CREATE PUBLICATION p FOR TABLE t`,
  ],
  'an enum that has grown': [
    "CREATE TYPE e AS ENUM ('a', 'b', 'c', 'd')",
    "CREATE TYPE e AS ENUM ('b'); ALTER TYPE e ADD VALUE 'd'; ALTER TYPE e ADD VALUE 'a' BEFORE 'b'; ALTER TYPE e ADD VALUE 'c' BEFORE 'd'",
  ],
  'settings of the session': [
    "CREATE TABLE t (a timestamptz DEFAULT '2020-01-01 12:00+00', b interval DEFAULT '1 day 2 hours', c date CHECK (c > '2020-02-01'))",
    `SET timezone = 'Asia/Tokyo'; SET datestyle = 'German'; SET intervalstyle = 'iso_8601'; SET quote_all_identifiers = on;
     CREATE TABLE t (a timestamptz DEFAULT '2020-01-01 12:00+00', b interval DEFAULT '1 day 2 hours', c date CHECK (c > '2020-02-01'))`,
  ],
  'what the server keeps with a column for itself': [
    'CREATE TABLE t (a integer); ALTER TABLE t ALTER COLUMN a SET (n_distinct = 5)',
    `CREATE TABLE t (a integer); ALTER TABLE t ALTER COLUMN a SET (n_distinct = 5);
     UPDATE pg_attribute SET attoptions = '{pg_attver=17,n_distinct=5,unheard=1}' WHERE attrelid = 't'::regclass AND attname = 'a'`,
  ],
};

for (const [title, [one, other]] of Object.entries(roads)) {
  test(`two roads to the same schema: ${title}`, () =>
    withDatabase(async ({ url: first }) => {
      await withDatabase(async ({ url: second }) => {
        const [before, after] = await Promise.all([made(first, one), made(second, other)]);
        assert.equal(wordsOf(before, after), []);
        assert.equal(wordsOf(after, before), []);
        // Another number for each table: in a file that is kept, each snapshot would differ.
        assert.not.match(JSON.stringify([before, after]), 'pg_attver');
      });
    }));
}

/** Read in the session that made it, whatever that has set. */
function made(url: string, sql: string): Promise<Schema> {
  return withSession(url, async (session) => {
    await session.send(sql);

    return readSchema(session, ledger);
  });
}

const fixture = (name: string) => readFileSync(new URL(`../fixtures/schema/${name}`, import.meta.url), 'utf8');
const expressions = fixture('expressions.sql');

test('what the server printed is no change when it has read and printed it again', () =>
  withDatabase(async (first) => {
    await first.query(expressions);
    await withDatabase(async (second) => {
      await second.query(expressions);
      await printAgain(second);
      const [before, after] = [await snapshotOf(first.url), await snapshotOf(second.url)];
      assert.is.not(await printed(first), await printed(second), 'the server itself prints other texts');
      assert.equal(wordsOf(before, after), []);
    });
  }));

test('what differs in such a text is a change', () =>
  withDatabase(async (first) => {
    await first.query(expressions);
    await withDatabase(async (second) => {
      await second.query(
        expressions.replace("v IN ('a', 'b'))", "v IN ('a', 'B'))").replace("SELECT 1, 'y'", "SELECT 1, 'Y'"),
      );
      const words = wordsOf(await snapshotOf(first.url), await snapshotOf(second.url));
      assert.equal(
        words.map((line) => line.split(':')[0]),
        ['constraint in_varchar of table app.t', 'view app.nameless'],
      );
    });
  }));

/** Each view and each check by the text that the server has for it. */
async function printAgain({ query }: Database): Promise<void> {
  await query(`DO $$ DECLARE each record; BEGIN SET LOCAL search_path = pg_catalog;
    FOR each IN SELECT format('CREATE OR REPLACE VIEW %s AS %s', oid::regclass, pg_get_viewdef(oid)) AS sql FROM pg_class
      WHERE relkind = 'v' AND relnamespace = 'app'::regnamespace LOOP EXECUTE each.sql; END LOOP;
    FOR each IN SELECT format('ALTER TABLE %1$s DROP CONSTRAINT %2$I; ALTER TABLE %1$s ADD CONSTRAINT %2$I %3$s', conrelid::regclass, conname,
      pg_get_constraintdef(oid)) AS sql FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0 AND connamespace = 'app'::regnamespace
      LOOP EXECUTE each.sql; END LOOP; END $$`);
}

async function printed({ query }: Database): Promise<string> {
  const rows = await query(
    `SELECT string_agg(pg_get_constraintdef(oid), ' ' ORDER BY conname) AS all FROM pg_constraint WHERE connamespace = 'app'::regnamespace`,
  );
  return String(rows[0]?.all);
}

const dumps: Readonly<Record<string, string>> = {
  'app.kept': expressions,
  'app.mv_totals': fixture('base.sql').replace(/grant [^;]* to lab_reader;/g, ''),
};

for (const [view, sql] of Object.entries(dumps)) {
  needsPgDump(test, `a dump that was restored is no change, but that ${view} is empty`, () =>
    withDatabase(async (first) => {
      await first.query(sql);
      await withDatabase(async (second) => {
        const stdin = await first.dump();
        const { status, stderr } = await psql(second.url, ['-q', '-v', 'ON_ERROR_STOP=1', '-f', '-'], { stdin });
        assert.is(status, 0, stderr);
        const words = wordsOf(await snapshotOf(first.url), await snapshotOf(second.url));
        assert.equal(words, [`materialized view ${view}: is not populated any more`]);
      });
    }),
  );
}

test.run();
