import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { concurrently, saysCascade, withJsonb, withoutCascade } from '../../lib/sql/edit.ts';
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
  assert.is(concurrently('REINDEX INDEX i'), 'REINDEX INDEX CONCURRENTLY i');
  assert.is(
    concurrently('REINDEX /* TABLE */ (VERBOSE, TABLESPACE "a) TABLE") /* x */ TABLE /* y */ "table"'),
    'REINDEX /* TABLE */ (VERBOSE, TABLESPACE "a) TABLE") /* x */ TABLE CONCURRENTLY /* y */ "table"',
  );
  assert.is(
    concurrently('REFRESH -- a view\n MATERIALIZED /* m */ VIEW "view"'),
    'REFRESH -- a view\n MATERIALIZED /* m */ VIEW CONCURRENTLY "view"',
  );
});

test.run();
