import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mayChangeServer } from '../../lib/verify/server-wide.ts';

const changing: readonly string[] = [
  'CREATE ROLE app',
  'create user app',
  'ALTER GROUP staff ADD USER app',
  'DROP OWNED BY app',
  'ALTER DATABASE shop SET work_mem = 1',
  "COMMENT ON TABLESPACE fast IS 'x'",
  'GRANT admin TO app',
  'REVOKE admin FROM app',
  'ALTER SYSTEM SET work_mem = 1',
  "DO $$ BEGIN EXECUTE 'CREATE ' || 'ROLE x'; END $$",
  "SELECT pg_create_logical_replication_slot('a', 'b')",
  'CREATE SUBSCRIPTION s CONNECTION x PUBLICATION p',
  'SET SESSION AUTHORIZATION app',
  'UPDATE pg_authid SET rolname = 1',
];

const others: readonly string[] = [
  'SELECT a FROM t GROUP BY a',
  'SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a) FROM t',
  'GRANT SELECT ON t TO app',
  'CREATE TABLE users (user_id integer, role_name text)',
  '-- the role of a user\nSELECT 1',
  'ALTER TABLE t OWNER TO app',
];

test('what may change the whole server is looked at, and nothing else', () => {
  for (const text of changing) assert.ok(mayChangeServer(['SELECT 1', text]), text);
  for (const text of others) assert.not.ok(mayChangeServer([text]), text);
});

test.run();
