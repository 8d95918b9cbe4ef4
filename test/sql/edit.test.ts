import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  actionsOf,
  saysCascade,
  setLocally,
  withConcurrently,
  withJsonb,
  withoutCascade,
  withoutFull,
} from '../../lib/sql/edit.ts';
import { loadParser } from '../../lib/sql/parser.ts';

test.before(async () => void (await loadParser()));

test('CASCADE is left out where it drops, and nowhere else', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['DROP TABLE logs /* nobody CASCADEs */ CASCADE', 'DROP TABLE logs /* nobody CASCADEs */'],
    ['DROP TABLE "cascade" -- CASCADE\n  cascade', 'DROP TABLE "cascade"'],
    ['ALTER TABLE t DROP a -- CASCADE\nCASCADE, DROP b', 'ALTER TABLE t DROP a, DROP b'],
    ['DROP TABLE cascade /* é */ CASCADE', 'DROP TABLE cascade /* é */'],
    [
      'ALTER TABLE t DROP COLUMN cascade CASCADE, DROP a CASCADE, ADD FOREIGN KEY (b) REFERENCES p ON DELETE CASCADE',
      'ALTER TABLE t DROP COLUMN cascade, DROP a, ADD FOREIGN KEY (b) REFERENCES p ON DELETE CASCADE',
    ],
    [
      "ALTER TABLE t DROP COLUMN a, ADD b text DEFAULT 'CASCADE'",
      "ALTER TABLE t DROP COLUMN a, ADD b text DEFAULT 'CASCADE'",
    ],
    ['ALTER TYPE pair DROP ATTRIBUTE a CASCADE', 'ALTER TYPE pair DROP ATTRIBUTE a'],
    ['ALTER DOMAIN d DROP CONSTRAINT "c CASCADE" CASCADE', 'ALTER DOMAIN d DROP CONSTRAINT "c CASCADE"'],
  ];
  for (const [text, without] of cases) assert.is(withoutCascade(text), without);
  assert.equal(
    cases.map(([text]) => saysCascade(text)),
    [true, true, true, true, true, false, true, true],
  );
});

test('json becomes jsonb as the type of a column alone', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['ALTER TABLE t ADD COLUMN json json', 'ALTER TABLE t ADD COLUMN json jsonb'],
    ['ALTER TABLE json ADD "json" "json"', 'ALTER TABLE json ADD "json" jsonb'],
    [
      'ALTER TABLE t /* é json */ ADD a /* json */ pg_catalog /* . */ . /* é */ json -- json\n DEFAULT \'{"json": 1}\', ADD json JSON[]',
      'ALTER TABLE t /* é json */ ADD a /* json */ pg_catalog /* . */ . /* é */ jsonb -- json\n DEFAULT \'{"json": 1}\', ADD json jsonb[]',
    ],
    [
      'ALTER TABLE t ALTER json TYPE json USING json::json, ADD b text',
      'ALTER TABLE t ALTER json TYPE jsonb USING json::json, ADD b text',
    ],
    ['ALTER TABLE t ADD COLUMN json text', undefined],
  ];
  for (const [text, edited] of cases) assert.is(withJsonb(text), edited);
});

test('CONCURRENTLY stands behind the kind, whatever the options and comments say', () => {
  assert.is(withConcurrently('REINDEX INDEX i'), 'REINDEX INDEX CONCURRENTLY i');
  assert.is(
    withConcurrently('REINDEX /* TABLE */ (VERBOSE, TABLESPACE "a) TABLE") /* x */ TABLE /* y */ "table"'),
    'REINDEX /* TABLE */ (VERBOSE, TABLESPACE "a) TABLE") /* x */ TABLE CONCURRENTLY /* y */ "table"',
  );
  assert.is(
    withConcurrently('REFRESH -- a view\n MATERIALIZED /* m */ VIEW "view"'),
    'REFRESH -- a view\n MATERIALIZED /* m */ VIEW CONCURRENTLY "view"',
  );
});

test('a setting is made local, and keeps its name and its value', () => {
  assert.is(setLocally("SET work_mem = '1MB'"), "SET LOCAL work_mem = '1MB'");
  assert.is(setLocally('SET /* SESSION */ SESSION work_mem = 5'), 'SET LOCAL work_mem = 5');
  assert.is(setLocally('SET LOCAL work_mem = 5'), 'SET LOCAL work_mem = 5');
  assert.is(setLocally('SET session.local TO 1'), 'SET LOCAL session.local TO 1');
  assert.is(setLocally("SET SESSION AUTHORIZATION 'a'"), "SET LOCAL SESSION AUTHORIZATION 'a'");
  assert.is(setLocally('SET TIME ZONE LOCAL'), 'SET LOCAL TIME ZONE LOCAL');
});

test('VACUUM loses its FULL, and nothing else', () => {
  assert.is(withoutFull('VACUUM /* FULL */ FULL VERBOSE "full"'), 'VACUUM VERBOSE "full"');
  assert.is(withoutFull('VACUUM (/* FULL, really */ FULL, ANALYZE /* a */ ON) t'), 'VACUUM (ANALYZE /* a */ ON) t');
  assert.is(withoutFull('VACUUM (FULL) "a (b, full)" (x)'), 'VACUUM "a (b, full)" (x)');
});

test('the actions of an ALTER TABLE stand behind its name, however that is written', () => {
  assert.is(
    actionsOf('ALTER TABLE IF EXISTS ONLY /* t */ a . /* . */ "b c" /* d */ ADD x int, DROP y'),
    'ADD x int, DROP y',
  );
  assert.is(actionsOf('ALTER TABLE é * DROP y'), 'DROP y');
  assert.is(actionsOf('ALTER TABLE ONLY (t) DROP y'), 'DROP y');
  assert.is(actionsOf('DROP TABLE t'), undefined);
});

test.run();
