import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Classified, classify } from '../../lib/sql/classify.ts';
import { parse } from '../../lib/sql/parser.ts';
import { given } from '../support/given.ts';
import { file } from './vocabulary.ts';

function classified(text: string): Classified {
  const [statement] = parse({ file, text });
  if (statement === undefined) throw new Error(`No statement in ${text}`);
  return given(classify(statement.node));
}

// Each of these was sent to PostgreSQL 15 inside BEGIN: 25001 for the first list, not for the second.
const outside = `CREATE INDEX CONCURRENTLY i ON t (a)
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)
DROP INDEX CONCURRENTLY IF EXISTS s.i
REINDEX INDEX CONCURRENTLY i
REINDEX (CONCURRENTLY, VERBOSE) TABLE t
REINDEX DATABASE d
REINDEX SCHEMA s
REINDEX SYSTEM d
VACUUM
VACUUM (FULL) t
VACUUM ANALYZE t
CLUSTER
CREATE DATABASE d
DROP DATABASE IF EXISTS d
CREATE TABLESPACE x LOCATION '/x'
DROP TABLESPACE x
ALTER SYSTEM SET work_mem = '4MB'
ALTER SYSTEM RESET ALL
ALTER DATABASE d SET TABLESPACE x
ALTER TABLE p DETACH PARTITION c CONCURRENTLY
DISCARD ALL
CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p
CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (create_slot)
CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (connect = true, enabled = false)
ALTER SUBSCRIPTION s REFRESH PUBLICATION
ALTER SUBSCRIPTION s SET PUBLICATION p
ALTER SUBSCRIPTION s SET (failover = true)
DROP SUBSCRIPTION s`.split('\n');

const inside = `CREATE INDEX i ON t (a)
DROP INDEX i
REINDEX TABLE t
REINDEX (CONCURRENTLY false) TABLE t
REINDEX (CONCURRENTLY off) INDEX i
ANALYZE
ANALYZE t
CLUSTER t USING i
ALTER DATABASE d SET work_mem = '4MB'
ALTER TABLE p DETACH PARTITION c
ALTER TABLE t SET TABLESPACE x
DISCARD PLANS
CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (connect = false)
CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (create_slot = off)
ALTER SUBSCRIPTION s SET PUBLICATION p WITH (refresh = false)
ALTER SUBSCRIPTION s ENABLE
ALTER TYPE e ADD VALUE 'x'
CHECKPOINT
REFRESH MATERIALIZED VIEW CONCURRENTLY m
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE
DO $$ BEGIN COMMIT; END $$
CALL p()
SELECT 'VACUUM'`.split('\n');

for (const text of outside) {
  test(`25001: ${text} runs outside a transaction`, () => {
    assert.not(classified(text).transactional);
  });
}

for (const text of inside) {
  test(`${text} runs inside a transaction`, () => {
    assert.ok(classified(text).transactional);
    assert.is(classified(text).verb, undefined);
  });
}

test('F20: transaction verbs are told apart from savepoints', () => {
  const verb = (text: string) => classified(text).verb;
  for (const text of ['BEGIN', 'START TRANSACTION READ ONLY', 'BEGIN WORK']) assert.is(verb(text), 'begin');
  for (const text of ['COMMIT', 'END', 'COMMIT AND CHAIN', 'ROLLBACK', 'ABORT', 'ROLLBACK AND CHAIN']) {
    assert.is(verb(text), 'end');
  }
  for (const text of ["PREPARE TRANSACTION 'x'", "COMMIT PREPARED 'x'", "ROLLBACK PREPARED 'x'"])
    assert.is(verb(text), 'end');
  for (const text of ['SAVEPOINT a', 'ROLLBACK TO a', 'ROLLBACK WORK TO SAVEPOINT a', 'RELEASE a']) {
    assert.is(verb(text), 'savepoint');
  }
});

test('F24: what a concurrent statement leaves behind is named as written', () => {
  const index = (text: string) => {
    const { shape: _, ...named } = classified(text).index ?? {};
    return classified(text).index && named;
  };
  assert.equal(index('CREATE INDEX CONCURRENTLY "I x" ON s.t (a)'), {
    action: 'create',
    schema: 's',
    name: 'I x',
    table: { schema: 's', name: 't' },
  });
  assert.equal(index('CREATE INDEX CONCURRENTLY ON T (a)'), { action: 'create', table: { name: 't' } });
  assert.equal(index('DROP INDEX CONCURRENTLY s.i'), { action: 'drop', schema: 's', name: 'i' });
  assert.equal(index('REINDEX INDEX CONCURRENTLY s.i'), { action: 'reindex', schema: 's', name: 'i' });
  assert.equal(index('REINDEX TABLE CONCURRENTLY t'), { action: 'reindex', table: { name: 't' } });
  assert.equal(index('REINDEX SCHEMA CONCURRENTLY s'), { action: 'reindex', schema: 's' });
  assert.is(index('CREATE INDEX i ON t (a)'), undefined);
});

test('F24: what an index must look like to be the statement’s is told as the catalog has it', () => {
  const shape = (text: string) => classified(`CREATE ${text}`).index?.shape;
  const plain = { unique: false, method: 'btree', columns: ['a'], keys: 1, partial: false };
  assert.equal(shape('INDEX CONCURRENTLY ON t (A)'), { ...plain, exact: { keys: [''], tail: '', names: ['a'] } });
  assert.equal(
    shape('UNIQUE INDEX CONCURRENTLY ON t USING rtree ("A" DESC, b NULLS FIRST) INCLUDE (c) NULLS NOT DISTINCT'),
    {
      unique: true,
      method: 'gist',
      columns: ['A', 'b', 'c'],
      keys: 2,
      partial: false,
      exact: { keys: [' DESC', ' NULLS FIRST'], tail: ' NULLS NOT DISTINCT', names: ['A', 'b', 'c'] },
    },
  );
  assert.equal(shape('INDEX CONCURRENTLY ON t (a) WHERE a > 0'), { ...plain, partial: true });
  const called = { ...plain, columns: [null] };
  assert.equal(shape('INDEX CONCURRENTLY ON t (lower(a) DESC)'), {
    ...called,
    exact: { keys: ['lower(a) DESC'], tail: '', names: ['lower'] },
  });
  for (const more of ["f(a, 'b')", 'f(VARIADIC a)', 's.f(a)', '"F"(a)', 'f(g(a))', 'f(a)::text'])
    assert.equal(shape(`INDEX CONCURRENTLY ON t ((${more}))`), called, more);
  assert.equal(
    shape('INDEX CONCURRENTLY ON t ((a))'),
    shape('INDEX CONCURRENTLY ON t (a)'),
    'the server makes it a column',
  );
  for (const more of ['a text_ops', 'a COLLATE "C"']) assert.equal(shape(`INDEX CONCURRENTLY ON t (${more})`), plain);
  assert.equal(shape('INDEX CONCURRENTLY ON t (a) WITH (fillfactor = 70)'), plain);
});

test('F60: only what keeps standard_conforming_strings on leaves strings alone', () => {
  const changes = (text: string) => classified(text).reading === 'standard_conforming_strings';
  for (const value of ['off', "'off'", 'false', '0', 'DEFAULT', "'no'"]) {
    assert.ok(changes(`SET LOCAL "standard_conforming_strings" = ${value}`), value);
  }
  assert.ok(changes('RESET standard_conforming_strings'));
  for (const value of ['on', "'on'", 'true', '1', 'ON', "'yes'"]) {
    assert.not(changes(`SET standard_conforming_strings TO ${value}`), value);
  }
  assert.not(changes('SET search_path = off'));
});

test.run();
