import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { judge } from '../../lib/review/judge.ts';
import { findingsOf } from '../../lib/review/review.ts';
import { type Scratch, withScratch } from '../../lib/review/scratch.ts';
import { sample } from '../support/sample.ts';
import { measureAside, measureFile, withBench } from './bench.ts';
import { schema } from './fixture.ts';

type Case = readonly [rule: string, sql: string];

const block = (sql: string): string => `DO $do$ BEGIN ${sql}; END $do$`;
const dynamic = (sql: string): string => `DO $do$ BEGIN EXECUTE $sql$${sql}$sql$; END $do$`;
/** Nothing of it stands where it is called. */
const routine = (sql: string): string =>
  `CREATE FUNCTION hidden() RETURNS void LANGUAGE plpgsql AS $do$ BEGIN ${sql}; END $do$; SELECT hidden()`;

/** Each is found as it stands here, in a block, in a string that a block runs, and in a function. */
const anywhere: readonly Case[] = [
  ['index-not-concurrent', 'CREATE INDEX fresh ON plain (c)'],
  ['index-on-partitioned', 'CREATE INDEX fresh ON events (kind)'],
  ['drop-index-not-concurrent', 'DROP INDEX parent_name'],
  ['drop-index-not-concurrent', 'DROP INDEX events_at'],
  ['reindex-not-concurrent', 'REINDEX TABLE parent'],
  ['unique-builds-index', 'ALTER TABLE plain ADD UNIQUE (a)'],
  ['foreign-key-validated', 'ALTER TABLE events ADD FOREIGN KEY (id) REFERENCES animals'],
  ['domain-validated', 'ALTER DOMAIN positive ADD CHECK (VALUE < 99999999)'],
  ['domain-validated', 'ALTER DOMAIN word SET NOT NULL'],
  ['type-rewrites', 'ALTER TABLE plain ALTER a TYPE bigint'],
  ['attach-scans', "ALTER TABLE events ATTACH PARTITION events_3 FOR VALUES FROM ('2025-03-01') TO ('2025-04-01')"],
  ['partition-of-locks-parent', "CREATE TABLE fresh PARTITION OF regions FOR VALUES IN ('c')"],
  ['detach-not-concurrent', 'ALTER TABLE regions DETACH PARTITION regions_a'],
  ['refresh-not-concurrent', 'REFRESH MATERIALIZED VIEW totals'],
  ['reference-locks-parent', 'CREATE TABLE fresh (p integer REFERENCES parent)'],
  ['explicit-lock', 'LOCK TABLE plain'],
  ['policy-locks', 'ALTER TABLE plain ENABLE ROW LEVEL SECURITY'],
  ['policy-locks', 'ALTER TABLE grandchild FORCE ROW LEVEL SECURITY'],
  ['policy-locks', 'ALTER TABLE plain OWNER TO pg_monitor'],
  ['policy-locks', 'CREATE POLICY mine ON plain USING (true)'],
  ['backfill-at-once', 'DELETE FROM loose'],
  ['backfill-at-once', 'UPDATE loose SET z = 5'],
  ['backfill-at-once', 'MERGE INTO loose AS t USING child AS s ON t.id = s.id WHEN MATCHED THEN UPDATE SET z = 1'],
  ['drop-table', 'DROP TABLE logs'],
  ['drop-column', 'ALTER TABLE plain DROP COLUMN a'],
  ['drop-column', 'ALTER TYPE pair DROP ATTRIBUTE b'],
  ['rename', 'ALTER TYPE pair RENAME ATTRIBUTE b TO c'],
  ['drop-object', 'DROP FUNCTION foldable()'],
  ['drop-object', 'DROP PROCEDURE mend()'],
  ['drop-object', 'DROP TYPE pair'],
  ['truncate', 'TRUNCATE logs'],
  ['detach-reads-referring', 'ALTER TABLE "Odd" DETACH PARTITION "Odd One"'],
  ['primary-key-builds-index', 'ALTER TABLE kept ATTACH PARTITION kept_1 FOR VALUES FROM (0) TO (1000)'],
  ['foreign-key-validated', 'ALTER TABLE kept ATTACH PARTITION kept_1 FOR VALUES FROM (0) TO (1000)'],
  ['attach-scans', 'ALTER TABLE kept ATTACH PARTITION kept_1 FOR VALUES FROM (0) TO (500)'],
  ['foreign-key-off', 'ALTER TABLE child DISABLE TRIGGER ALL'],
  ['trigger-locks', 'ALTER TABLE child DISABLE TRIGGER ALL'],
  ['default-changed', 'ALTER TABLE parent ALTER code ADD GENERATED ALWAYS AS IDENTITY'],
];

const found: readonly Case[] = [
  ['backfill-at-once', 'WITH gone AS (DELETE FROM loose RETURNING id) SELECT count(*) FROM gone'],
  ['backfill-at-once', 'UPDATE loose SET z = 5 WHERE z IS NULL'],
  ['backfill-at-once', 'UPDATE loose SET z = 5 WHERE id = 3 OR z IS NULL'],
  ['backfill-at-once', 'UPDATE regions SET id = 5'],
  ['backfill-at-once', 'CREATE RULE more AS ON INSERT TO logs DO ALSO DELETE FROM loose; INSERT INTO logs VALUES (1)'],
  ['backfill-with-ddl', block('ALTER TABLE plain ADD COLUMN y integer; UPDATE plain SET a = 1')],
  [
    'foreign-key-validated',
    'ALTER TABLE child DROP CONSTRAINT child_parent_id_fkey, ADD CONSTRAINT child_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES parent ON DELETE CASCADE',
  ],
  ['check-validated', 'ALTER TABLE proven DROP CONSTRAINT proven_id, ADD CONSTRAINT proven_id CHECK (id > 0)'],
  ['primary-key-builds-index', 'ALTER TABLE watched ADD b integer, DROP CONSTRAINT watched_pkey, ADD PRIMARY KEY (b)'],
  ['index-not-concurrent', block('DROP INDEX parent_name; CREATE INDEX parent_name ON parent (name, code)')],
  [
    'foreign-key-without-index',
    'ALTER TABLE grandchild DROP CONSTRAINT grandchild_child_id_fkey, ADD CONSTRAINT grandchild_child_id_fkey FOREIGN KEY (child_id) REFERENCES child NOT VALID',
  ],
  ['not-null-scans', 'ALTER TABLE plain ADD y integer DEFAULT 5, ALTER y SET NOT NULL'],
  ['not-null-scans', block('ALTER TABLE plain ADD y integer DEFAULT 5; ALTER TABLE plain ALTER y SET NOT NULL')],
  [
    'domain-validate-waits',
    `ALTER DOMAIN positive ADD CONSTRAINT q CHECK (VALUE > 0) NOT VALID; ${block('ALTER DOMAIN positive VALIDATE CONSTRAINT q')}`,
  ],
  [
    'domain-validate-waits',
    'ALTER DOMAIN positive ADD CONSTRAINT q CHECK (VALUE > 0) NOT VALID; ALTER DOMAIN positive VALIDATE CONSTRAINT q',
  ],
  ['type-rebuilds-index', 'ALTER TABLE events ALTER kind TYPE text COLLATE "C"'],
  ['type-rebuilds-index', 'ALTER TABLE events ALTER kind TYPE varchar'],
  [
    'type-rechecks',
    "ALTER TABLE child ADD CONSTRAINT k CHECK (label <> ''); ALTER TABLE child ALTER label TYPE varchar(40), ADD CHECK (opt > 0)",
  ],
  [
    'backfill-with-ddl',
    'DO $do$ DECLARE r record; BEGIN ALTER TABLE plain ADD y integer; FOR r IN SELECT id FROM plain LOOP UPDATE plain SET a = 1 WHERE id = r.id; END LOOP; END $do$',
  ],
  ['work-under-lock', block('LOCK TABLE plain; PERFORM count(*) FROM plain')],
  ['work-under-lock', block('ALTER TABLE parent ALTER code DROP NOT NULL; ALTER TABLE parent ALTER code SET NOT NULL')],
  ['work-under-lock', block('ALTER TABLE plain ADD CONSTRAINT k CHECK (a > 0); ALTER TABLE plain DROP CONSTRAINT k')],
  ['rename', 'ALTER TABLE plain RENAME TO plain_old; CREATE TABLE plain (id integer)'],
  ['drop-table', 'DROP VIEW parents; CREATE TABLE parents (id integer)'],
  ['lock-timeout-off', 'SET lock_timeout = 0; ALTER TABLE plain ADD COLUMN y integer'],
  ['lock-timeout-off', "SELECT set_config('lock_timeout', '0', false); ALTER TABLE plain ADD COLUMN y integer"],
  ['lock-timeout-off', block("PERFORM set_config('lock_timeout', '0', true); ALTER TABLE plain ADD COLUMN y integer")],
];

const letBe: readonly Case[] = [
  ['backfill-at-once', 'UPDATE loose SET z = 5 WHERE id = 3'],
  ['backfill-at-once', 'DELETE FROM loose WHERE id IN (3, 4) AND z IS NULL'],
  ['backfill-at-once', 'INSERT INTO loose SELECT * FROM loose'],
  ['backfill-at-once', 'SELECT FROM loose FOR UPDATE'],
  ['backfill-at-once', block('PERFORM FROM loose')],
  ['backfill-with-ddl', 'ALTER TABLE plain ADD COLUMN y integer; UPDATE logs SET id = 1'],
  ['backfill-with-ddl', block('ALTER TABLE loose ADD CHECK (z > 0)')],
  ['backfill-with-ddl', block('ALTER DOMAIN positive ADD CHECK (VALUE < 9)')],
  ['backfill-with-ddl', block('ALTER TABLE loose ADD FOREIGN KEY (z) REFERENCES parent')],
  [
    'backfill-with-ddl',
    block("CREATE TABLE fresh PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')"),
  ],
  ['explicit-lock', block('ALTER TABLE loose ADD FOREIGN KEY (z) REFERENCES parent')],
  ['explicit-lock', block('CREATE TRIGGER t BEFORE INSERT ON plain FOR EACH ROW EXECUTE FUNCTION stamp()')],
  ['explicit-lock', block('DROP TABLE logs')],
  ['explicit-lock', block('LOCK TABLE plain IN ROW SHARE MODE')],
  ['not-null-scans', 'ALTER TABLE plain ADD y integer NOT NULL DEFAULT 5'],
  ['not-null-scans', 'ALTER TABLE plain ADD y integer NOT NULL DEFAULT 5 CHECK (y > 0)'],
  ['lock-timeout-off', 'ALTER TABLE plain ADD COLUMN y integer; SET lock_timeout = 0'],
  ['lock-timeout-off', 'SAVEPOINT s; SET lock_timeout = 0; ROLLBACK TO s; ALTER TABLE plain ADD COLUMN y integer'],
  ['policy-locks', 'ALTER TABLE plain SET (fillfactor = 50)'],
  ['policy-locks', 'DROP TABLE grandchild'],
  ['reference-locks-parent', 'ALTER SEQUENCE tickets INCREMENT 5'],
  ['reference-locks-parent', 'ALTER SEQUENCE tickets OWNED BY plain.id'],
  ['reference-locks-parent', 'ALTER SEQUENCE tickets AS integer'],
  ['reference-locks-parent', 'ALTER SEQUENCE tickets RESTART'],
  ['reference-locks-parent', 'ALTER TABLE child ALTER COLUMN id SET GENERATED ALWAYS'],
  ['reference-locks-parent', 'ALTER TABLE child DISABLE TRIGGER ALL'],
  ['reference-locks-parent', 'CREATE TRIGGER t BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION stamp()'],
  [
    'index-on-partitioned',
    "ALTER TABLE events ATTACH PARTITION events_3 FOR VALUES FROM ('2025-03-01') TO ('2025-04-01')",
  ],
  ['index-on-partitioned', 'ALTER TABLE events ALTER kind TYPE varchar(50)'],
  ['drop-object', "DROP FUNCTION foldable(); CREATE FUNCTION foldable() RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$"],
  ['drop-object', 'DROP TABLE logs'],
  ['type-rechecks', 'ALTER TABLE child ALTER label TYPE varchar(40), ADD CHECK (opt > 0)'],
  ['type-rechecks', 'ALTER TABLE child ALTER label TYPE varchar(40), ALTER opt SET NOT NULL'],
  ['type-rebuilds-index', 'ALTER TABLE child ALTER label TYPE text, ADD UNIQUE (opt)'],
  ['backfill-with-ddl', block('LOCK TABLE plain; PERFORM count(*) FROM plain')],
  [
    'backfill-with-ddl',
    block('ALTER TABLE parent ALTER code DROP NOT NULL; ALTER TABLE parent ALTER code SET NOT NULL'),
  ],
  ['backfill-with-ddl', "ALTER TABLE plain ADD y integer; INSERT INTO plain VALUES (1, 2, 'x', 3)"],
  ['backfill-with-ddl', 'ALTER TABLE plain ADD y integer; UPDATE plain SET y = 1 WHERE id = 1'],
  ['rename', 'ALTER TABLE plain RENAME TO plain_old; CREATE VIEW plain AS SELECT * FROM plain_old'],
  ['drop-table', 'DROP VIEW parents; CREATE VIEW parents AS SELECT id FROM parent'],
  [
    'drop-table',
    'CREATE MATERIALIZED VIEW fresh AS SELECT 1 AS n; DROP MATERIALIZED VIEW totals; ALTER MATERIALIZED VIEW fresh RENAME TO totals',
  ],
  ['work-under-lock', 'REFRESH MATERIALIZED VIEW CONCURRENTLY placed'],
  ['work-under-lock', 'TRUNCATE shelves CASCADE'],
  [
    'work-under-lock',
    'ALTER TABLE loose ADD FOREIGN KEY (z) REFERENCES watched; ALTER TABLE watched ALTER COLUMN id TYPE oid',
  ],
  ['work-under-lock', 'ALTER TABLE loose ADD FOREIGN KEY (z) REFERENCES "Odd"'],
  ['work-under-lock', 'ALTER TABLE parent ADD COLUMN z integer NOT NULL'],
  ['work-under-lock', 'ALTER TABLE loose ADD FOREIGN KEY (z) REFERENCES parent'],
  ['attach-scans', 'ALTER TABLE kept ATTACH PARTITION kept_1 FOR VALUES FROM (0) TO (1000)'],
  ['work-under-lock', 'ALTER TABLE kept ATTACH PARTITION kept_1 FOR VALUES FROM (0) TO (1000)'],
  ['detach-reads-referring', 'ALTER TABLE regions DETACH PARTITION regions_a'],
  ['foreign-key-off', 'ALTER TABLE child DISABLE TRIGGER USER'],
  ['foreign-key-off', 'ALTER TABLE child ENABLE TRIGGER ALL'],
  ['default-changed', 'ALTER TABLE parent ALTER code ADD GENERATED BY DEFAULT AS IDENTITY'],
  ['reaches-children', 'ALTER TABLE animals ALTER COLUMN name TYPE varchar(5)'],
  ['rename', 'SET LOCAL quote_all_identifiers = on; SELECT 1'],
  ['reaches-children', 'SET LOCAL quote_all_identifiers = on; SELECT 1'],
  ['unique-builds-index', 'ALTER TABLE watched ALTER COLUMN id TYPE bigint'],
  ['primary-key-builds-index', 'ALTER TABLE watched ALTER COLUMN id TYPE bigint'],
  ['primary-key-builds-index', 'ALTER TABLE watched ALTER COLUMN id TYPE integer USING id + 1'],
  ['check-validated', 'ALTER TABLE proven ALTER COLUMN id TYPE integer USING id + 1'],
  ['foreign-key-validated', 'ALTER TABLE grandchild ALTER COLUMN child_id TYPE bigint'],
  ['foreign-key-validated', 'ALTER TABLE child ALTER COLUMN id TYPE bigint'],
  ['index-not-concurrent', 'ALTER TABLE parent ALTER COLUMN code TYPE integer USING code + 1'],
];

async function judgeText(scratch: Scratch, text: string): Promise<readonly string[]> {
  const statements = await measureAside(scratch, `${text};`);
  const step = {
    op: 'up' as const,
    id: 'x',
    name: 'x',
    file: 'x',
    transactional: true,
    lockTimeout: '5s',
    allow: [],
    statements,
  };
  return findingsOf(judge({ scratch: '', steps: [step] }, undefined)).map(({ rule }) => rule);
}

const more =
  'CREATE PROCEDURE mend() LANGUAGE plpgsql AS $$ BEGIN END $$; CREATE INDEX events_kind ON events (kind); CREATE TABLE plots (o integer REFERENCES "Odd"); CREATE TABLE kept (id integer PRIMARY KEY, up integer REFERENCES parent) PARTITION BY RANGE (id); CREATE TABLE kept_1 (id integer NOT NULL, up integer, CHECK (id >= 0 AND id < 1000));';

test('it makes no difference whether a statement stands in the file, in a block, in a string or in a function', () =>
  withBench([schema, more], 'newest', async (scratch) => {
    const missed: string[] = [];
    const forms = [(one: string) => one, block, dynamic, routine];
    const texts = anywhere.flatMap(([rule, sql]) => forms.map((hide) => ({ rule, text: hide(sql) })));
    for (const { rule, text } of sample(texts, 7)) {
      const all = await judgeText(scratch, text);
      if (!all.includes(rule)) missed.push(`${text}: ${all}, not ${rule}`);
    }
    assert.equal(missed, []);
  }));

test('what else writes whole tables, or waits without end, is found; what only looks like it is let be', () =>
  withBench([schema, more], 'newest', async (scratch) => {
    const wrong: string[] = [];
    for (const [rule, sql] of found) {
      const all = await judgeText(scratch, sql);
      if (!all.includes(rule)) wrong.push(`missed: ${sql}: ${all}, not ${rule}`);
    }
    for (const [rule, sql] of letBe) {
      const all = await judgeText(scratch, sql);
      if (all.includes(rule) || all.includes('fails')) wrong.push(`false alarm: ${sql}: ${all}`);
    }
    assert.equal(wrong, []);
  }));

test('a file without a transaction waits without end where it says so, but for what goes on beside normal work', () =>
  withBench(
    [
      schema,
      'CREATE TABLE apart (a integer) PARTITION BY LIST (a); CREATE TABLE apart_1 PARTITION OF apart FOR VALUES IN (1);',
    ],
    'newest',
    async (scratch) => {
      const off = 'SET lock_timeout = 0';
      assert.equal(await judgeBare(scratch, `${off}; ALTER TABLE plain ADD COLUMN y integer`), ['lock-timeout-off']);
      assert.equal(await judgeBare(scratch, 'ALTER TABLE plain ADD COLUMN yy integer'), []);
      assert.equal(await judgeBare(scratch, `${off}; ALTER TABLE apart DETACH PARTITION apart_1 CONCURRENTLY`), []);
    },
  ));

test('a materialized view that is copied is told of once', () =>
  withBench([schema], 'newest', async (scratch) =>
    assert.equal(await judgeBare(scratch, 'VACUUM FULL totals'), ['vacuum-full']),
  ));

async function judgeBare(scratch: Scratch, text: string): Promise<readonly string[]> {
  const statements = await measureFile(scratch, `-- updown: no-transaction\n${text};\n`);
  const step = { ...{ op: 'up' as const, id: 'x', name: 'x', file: 'x', lockTimeout: '5s' }, allow: [], statements };
  return findingsOf(judge({ scratch: '', steps: [{ ...step, transactional: false }] }, undefined)).map(
    ({ rule }) => rule,
  );
}

test('an extension that is dropped is found', () =>
  withScratch(
    { target: undefined, extensions: ['citext'], applicationName: 'test', signal: undefined },
    async (scratch) => {
      await scratch.session.send('CREATE EXTENSION citext');
      assert.equal(await judgeText(scratch, 'DROP EXTENSION citext'), ['drop-object']);
      assert.equal(await judgeText(scratch, block('DROP EXTENSION citext')), ['drop-object']);
    },
  ));

test('a copy of a table that becomes unlogged is told of once, its indexes with it', () =>
  withBench([schema], 'newest', async (scratch) => {
    for (const sql of ['ALTER TABLE quick SET LOGGED', 'ALTER TABLE logs SET UNLOGGED']) {
      assert.equal(await judgeText(scratch, sql), ['set-logged'], sql);
    }
  }));

test.run();
