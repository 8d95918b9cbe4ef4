import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findData } from '../../lib/sql/data.ts';
import { inspect } from '../../lib/sql/gate.ts';
import { loadParser } from '../../lib/sql/parser.ts';
import { readSql } from '../../lib/sql/read.ts';

test.before(async () => {
  await loadParser();
});

const labels = (text: string) =>
  findData(inspect(readSql(text, 'up.sql'), { direction: 'up' })).map(({ label, line }) => `${line} ${label}`);

test('what makes, changes or takes away rows, and what may call it', () => {
  const all = [
    'INSERT INTO t VALUES (1)',
    'UPDATE t SET a = 1',
    'DELETE FROM t',
    'MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE',
    'TRUNCATE t',
    'CREATE TABLE v AS SELECT 1 AS a',
    'SELECT 1 AS a INTO w',
    "SELECT setval('s', 4)",
    'WITH gone AS (DELETE FROM t RETURNING a) INSERT INTO u SELECT a FROM gone',
    'DO $$ BEGIN NULL; END $$',
    'CALL p()',
    "COPY t FROM '/tmp/rows'",
  ];
  assert.equal(
    all.filter((text) => labels(`${text};\n`).length === 0),
    [],
  );
  assert.equal(labels('CREATE TABLE t ();\n\nINSERT INTO t\n VALUES (1);\nDROP TABLE t;\n'), ['3 INSERT']);
});

test('what says such a word and makes no rows', () => {
  const none = [
    'CREATE TABLE "select" (a integer)',
    'CREATE VIEW v AS SELECT 1 AS a',
    'CREATE MATERIALIZED VIEW m AS SELECT 1 AS a',
    'CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ DELETE FROM t $$',
    'CREATE TRIGGER d AFTER DELETE ON t EXECUTE FUNCTION f()',
    'GRANT INSERT, UPDATE ON t TO PUBLIC',
    'CREATE RULE r AS ON UPDATE TO t DO INSTEAD DELETE FROM u',
    'ALTER TABLE t ADD COLUMN a integer DEFAULT 1',
    "COMMENT ON TABLE t IS 'insert into t'",
  ];
  assert.equal(
    none.filter((text) => labels(`${text};\n`).length > 0),
    [],
  );
});

test.run();
