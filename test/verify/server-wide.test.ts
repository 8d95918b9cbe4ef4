import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { inspect } from '../../lib/sql/gate.ts';
import { loadParser } from '../../lib/sql/parser.ts';
import { readSql } from '../../lib/sql/read.ts';
import { mayChangeServer } from '../../lib/verify/server-wide.ts';

test.before(async () => void (await loadParser()));

const file = (text: string) => ({
  ...({ op: 'up', id: 'a', name: '' } as const),
  inspected: inspect(readSql(`-- updown: no-transaction\n${text}`, 'up.sql'), { direction: 'up' }),
});

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
  "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p",
  'GRANT admin TO app /* on purpose */',
  'GRANT SET ON PARAMETER log_statement TO app',
  'GRANT CONNECT ON DATABASE shop TO app',
  "SELECT '--'; CREATE ROLE app",
  'CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CREATE ROLE x; END $$',
];

const others: readonly string[] = [
  'SELECT a FROM t GROUP BY a',
  'SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a) FROM t',
  'GRANT SELECT ON t TO app',
  'CREATE TABLE users (user_id integer, role_name text)',
  '-- the role of a user\nSELECT 1',
  'ALTER TABLE t OWNER TO app',
  'CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN new.at := now(); RETURN new; END $$',
  'DO $$ BEGIN UPDATE t SET a = 1; END $$',
];

test('what may change the whole server is looked at, and nothing else', () => {
  for (const text of changing) assert.ok(mayChangeServer([file('SELECT 1;'), file(`${text};`)]), text);
  for (const text of others) assert.not.ok(mayChangeServer([file(`${text};`)]), text);
});

test.run();
