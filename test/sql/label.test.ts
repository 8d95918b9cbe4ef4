import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { pass } from './vocabulary.ts';

const labels: readonly (readonly [string, string])[] = [
  ['CREATE TABLE IF NOT EXISTS t (a int)', 'CREATE TABLE'],
  ['create or replace function f() returns int language sql return 1', 'CREATE FUNCTION'],
  ['CREATE UNIQUE INDEX i ON t (a)', 'CREATE INDEX'],
  ['CREATE TEMP TABLE t (a int)', 'CREATE TABLE'],
  ['DROP MATERIALIZED VIEW m', 'DROP MATERIALIZED VIEW'],
  ['CREATE FOREIGN DATA WRAPPER w', 'CREATE FOREIGN DATA WRAPPER'],
  ['ALTER TABLE ONLY t ADD a int', 'ALTER TABLE'],
  ['ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO x', 'ALTER DEFAULT PRIVILEGES'],
  ['INSERT INTO t VALUES (1)', 'INSERT'],
  ['WITH a AS (SELECT 1) SELECT * FROM a', 'WITH'],
  ['(SELECT 1)', 'SQL'],
  ['REFRESH MATERIALIZED VIEW m', 'REFRESH MATERIALIZED VIEW'],
  ['-- c\nCOMMENT ON TABLE t IS $$x$$', 'COMMENT'],
  ['DO $$ BEGIN END $$', 'DO'],
];

for (const [text, label] of labels) {
  test(`${text.split('\n').at(-1)} is called ${label}`, () => {
    assert.is(pass(text).statements[0]?.label, label);
  });
}

test.run();
