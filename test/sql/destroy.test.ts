import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { inspect } from '../../lib/sql/gate.ts';
import { loadParser } from '../../lib/sql/parser.ts';
import { readSql } from '../../lib/sql/read.ts';

await loadParser();

const destroyed: Readonly<Record<string, readonly string[]>> = {
  'DROP TABLE orders, app."Old Orders"': ['DROP TABLE orders, app."Old Orders"'],
  'DROP TABLE IF EXISTS orders CASCADE': ['DROP TABLE orders CASCADE'],
  'DROP SCHEMA app': ['DROP SCHEMA app'],
  'DROP MATERIALIZED VIEW m': ['DROP MATERIALIZED VIEW m'],
  'DROP SEQUENCE s': ['DROP SEQUENCE s'],
  'DROP TYPE app.mood': ['DROP TYPE app.mood'],
  'DROP DOMAIN d': ['DROP DOMAIN d'],
  'DROP EXTENSION citext': ['DROP EXTENSION citext'],
  'DROP VIEW v CASCADE': ['DROP VIEW v CASCADE'],
  'DROP FUNCTION f(int) CASCADE': ['DROP FUNCTION f CASCADE'],
  'DROP OWNED BY me': ['DROP OWNED'],
  'ALTER TABLE t DROP COLUMN a, ADD COLUMN b int, DROP COLUMN "C" CASCADE': [
    'DROP COLUMN t.a',
    'DROP COLUMN t."C" CASCADE',
  ],
  'ALTER TABLE app.t ALTER a TYPE bigint': ['ALTER COLUMN app.t.a TYPE'],
  'ALTER TYPE pair DROP ATTRIBUTE a': ['DROP COLUMN pair.a'],
  'TRUNCATE a, b CASCADE': ['TRUNCATE a, b CASCADE'],
  'DELETE FROM t': ['DELETE FROM t without WHERE'],
  'WITH gone AS (DELETE FROM t RETURNING *) INSERT INTO u SELECT * FROM gone': ['DELETE FROM t without WHERE'],
  'CREATE TABLE n AS WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone': ['DELETE FROM t without WHERE'],
  'MERGE INTO app.t USING s ON t.id = s.id WHEN MATCHED THEN DELETE': ['MERGE INTO app.t that deletes'],
  'MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET a = 1': [],
  'EXPLAIN ANALYZE DELETE FROM t': ['DELETE FROM t without WHERE'],
  'EXPLAIN DELETE FROM t': [],
  ...Object.fromEntries(
    [
      ...['true', '1 = 1', '(1 = 1) AND true', 'id = 5 OR true', 'NOT false', "'t'::boolean", '1::bool', "'a' = 'a'"],
      ...['2 > 1', '1 <> 2', 'NOT (id = 5 AND false)', 'CAST(true AS boolean)'],
    ].map((where) => [`DELETE FROM app.t WHERE ${where}`, ['DELETE FROM app.t with a WHERE that is always true']]),
  ),
  'WITH gone AS (DELETE FROM t WHERE 1 = 1 RETURNING *) SELECT 1': ['DELETE FROM t with a WHERE that is always true'],
  ...Object.fromEntries(
    [
      ...['false', '1 = 2', 'id = id', 'id = 5 AND true', 'NOT true', 'NULL', 'f()', "'a' = 'b'", "1 = '1'", "'t'"],
      ...['id IS NOT NULL', "'no'::boolean", 'true AND id > 0', 'CURRENT OF c', '1 = ANY (a)'],
    ].map((where) => [`DELETE FROM t WHERE ${where}`, []]),
  ),
  "DO $$ BEGIN EXECUTE format('drop table %I', 't'); END $$": ['DO with EXECUTE, DROP in it'],
  "DO LANGUAGE plpgsql 'BEGIN DELETE FROM t; END'": ['DO with DELETE in it'],
  'DO $$ BEGIN PERFORM dropped FROM t; END $$': [],
  'DO $$ BEGIN ALTER TABLE t ALTER COLUMN a TYPE int USING NULL; END $$': ['DO with ALTER COLUMN TYPE in it'],
  'DO $$ BEGIN ALTER TABLE t ALTER a SET DATA TYPE int; END $$': ['DO with ALTER COLUMN TYPE in it'],
  "DO $$ BEGIN ALTER TYPE mood ADD VALUE 'meh'; END $$": [],
  'PREPARE p AS DELETE FROM t': ['DELETE FROM t without WHERE'],
  "COPY (DELETE FROM t RETURNING *) TO '/dev/null'": ['DELETE FROM t without WHERE'],
  'DROP INDEX i': [],
  'DROP VIEW v': [],
  'ALTER TABLE t DROP CONSTRAINT c': [],
  'UPDATE t SET a = 1': [],
  'CREATE TABLE t (a int)': [],
};

test('what no later statement brings back is named, and what the history makes again is not', () => {
  for (const [sql, words] of Object.entries(destroyed)) {
    const [statement] = inspect(readSql(sql, 'up.sql'), { direction: 'up' }).statements;
    assert.equal(statement?.destroys ?? [], words, sql);
  }
});

test('a value added to an enum is known, and a renamed one is none', () => {
  const adds = (sql: string) => inspect(readSql(sql, 'up.sql'), { direction: 'up' }).statements[0]?.addsValue ?? false;
  assert.is(adds("ALTER TYPE mood ADD VALUE IF NOT EXISTS 'meh' AFTER 'sad'"), true);
  assert.is(adds("ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'"), false);
});

test.run();
