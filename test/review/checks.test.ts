import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { judge } from '../../lib/review/judge.ts';
import { findingsOf } from '../../lib/review/review.ts';
import { rules } from '../../lib/review/rules/all.ts';
import type { Scratch } from '../../lib/review/scratch.ts';
import { measureAside, measureFile, toPiece, withBench } from './bench.ts';
import { schema } from './fixture.ts';

const bare = '-- updown: no-transaction\n';

/** The union of what linters of migrations check, numbered as in the tables A to D it was drawn up in: a rule that answers it, and what it answers. */
const checks: readonly (readonly [check: number, rule: string, sql: string])[] = [
  // A: blocks while it works
  [1, 'index-not-concurrent', 'CREATE INDEX ON parent (note)'],
  [2, 'index-on-partitioned', 'CREATE INDEX ON events (kind)'],
  [3, 'drop-index-not-concurrent', 'DROP INDEX parent_name'],
  [4, 'reindex-not-concurrent', 'REINDEX TABLE parent'],
  [5, 'foreign-key-validated', 'ALTER TABLE loose ADD FOREIGN KEY (z) REFERENCES parent; CREATE INDEX ON loose (z)'],
  [6, 'unique-builds-index', 'ALTER TABLE plain ADD UNIQUE (a)'],
  [7, 'unique-builds-index', 'ALTER TABLE plain ADD COLUMN z integer UNIQUE'],
  [8, 'primary-key-builds-index', 'ALTER TABLE plain ADD PRIMARY KEY (id)'],
  [9, 'primary-key-scans', 'CREATE UNIQUE INDEX u ON loose (z); ALTER TABLE loose ADD PRIMARY KEY USING INDEX u'],
  [10, 'exclude-builds-index', 'ALTER TABLE plain ADD EXCLUDE USING btree (id WITH =)'],
  [11, 'foreign-key-validated', 'ALTER TABLE loose ADD FOREIGN KEY (z) REFERENCES parent'],
  [12, 'reference-locks-parent', 'ALTER TABLE loose ADD COLUMN p integer REFERENCES parent'],
  [13, 'reference-locks-parent', 'CREATE TABLE fresh (p integer REFERENCES parent)'],
  [14, 'check-validated', 'ALTER TABLE loose ADD CHECK (z > 0)'],
  [15, 'check-validated', 'ALTER TABLE loose ADD COLUMN y integer DEFAULT 1 CHECK (y > 0)'],
  [
    16,
    'validate-in-same-transaction',
    'ALTER TABLE loose ADD CONSTRAINT k CHECK (z > 0) NOT VALID; ALTER TABLE loose VALIDATE CONSTRAINT k',
  ],
  [17, 'not-null-scans', 'ALTER TABLE loose ALTER COLUMN z SET NOT NULL'],
  [18, 'type-rewrites', 'ALTER TABLE loose ALTER COLUMN z TYPE bigint'],
  [
    19,
    'type-rechecks',
    "ALTER TABLE child ADD CONSTRAINT k CHECK (label <> ''); ALTER TABLE child ALTER COLUMN label TYPE varchar(40)",
  ],
  [20, 'type-rewrites', 'ALTER TABLE child ALTER COLUMN id TYPE bigint'],
  [
    21,
    'type-rebuilds-index',
    'CREATE INDEX i ON child (label); ALTER TABLE child ALTER COLUMN label TYPE varchar(20) COLLATE "C"',
  ],
  [22, 'volatile-default', 'ALTER TABLE loose ADD COLUMN y timestamptz DEFAULT clock_timestamp()'],
  [23, 'counted-column', 'ALTER TABLE loose ADD COLUMN y serial'],
  [24, 'stored-generated', 'ALTER TABLE loose ADD COLUMN y integer GENERATED ALWAYS AS (z * 2) STORED'],
  [25, 'constrained-domain-column', 'ALTER TABLE loose ADD COLUMN y positive'],
  [26, 'domain-validated', 'ALTER DOMAIN positive ADD CHECK (VALUE < 9)'],
  [27, 'domain-validated', 'ALTER DOMAIN word SET NOT NULL'],
  [28, 'set-logged', 'ALTER TABLE plain SET UNLOGGED'],
  [29, 'table-rewrite', 'ALTER TABLE plain SET ACCESS METHOD heap2'],
  [30, 'vacuum-full', 'CLUSTER parent USING parent_pkey'],
  [31, 'table-rewrite', 'ALTER TABLE plain SET ACCESS METHOD heap2'],
  [32, 'attach-scans', "ALTER TABLE events ATTACH PARTITION events_3 FOR VALUES FROM ('2025-03-01') TO ('2025-04-01')"],
  [
    33,
    'default-partition-scanned',
    "CREATE TABLE fresh PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')",
  ],
  [34, 'partition-of-locks-parent', "CREATE TABLE fresh PARTITION OF regions FOR VALUES IN ('c')"],
  [35, 'detach-not-concurrent', 'ALTER TABLE regions DETACH PARTITION regions_a'],
  [36, 'refresh-not-concurrent', 'REFRESH MATERIALIZED VIEW totals'],
  [37, 'reaches-children', 'ALTER TABLE animals ADD COLUMN y text'],
  [38, 'trigger-locks', 'DROP TRIGGER logs_stamp ON logs'],
  [39, 'drop-locks-referenced', 'ALTER TABLE child DROP CONSTRAINT child_parent_id_fkey'],
  [40, 'explicit-lock', 'LOCK TABLE plain'],
  [40, 'policy-locks', 'ALTER TABLE plain ENABLE ROW LEVEL SECURITY'],
  [40, 'trigger-locks', 'CREATE RULE other AS ON UPDATE TO plain DO ALSO NOTHING'],
  // B: lock hygiene and the transaction's shape
  [41, 'lock-timeout-off', '-- updown: lock-timeout=0\nALTER TABLE plain ADD COLUMN y text'],
  [43, 'work-after-lock', "ALTER TABLE plain ADD COLUMN y text; UPDATE logs SET line = 'x'"],
  [44, 'combine-alters', 'ALTER TABLE plain ALTER COLUMN a TYPE bigint; ALTER TABLE plain ALTER COLUMN c TYPE bigint'],
  [49, 'if-not-exists-hides-invalid', 'DO $$ BEGIN CREATE INDEX IF NOT EXISTS i49 ON plain (a); END $$'],
  [50, 'concurrent-index-corruption', `${bare}CREATE INDEX CONCURRENTLY i50 ON plain (a)`],
  [51, 'backfill-with-ddl', "ALTER TABLE plain ADD COLUMN y text; UPDATE plain SET y = 'x'"],
  [51, 'backfill-at-once', "UPDATE plain SET b = 'x'"],
  [52, 'type-rewrites', "DO $$ BEGIN EXECUTE 'ALTER TABLE plain ALTER COLUMN a TYPE bigint'; END $$"],
  // C: breaks the running application
  [53, 'drop-column', 'ALTER TABLE plain DROP COLUMN a'],
  [54, 'drop-table', 'DROP TABLE plain'],
  [55, 'drop-database', `${bare}DROP DATABASE IF EXISTS other`],
  [56, 'rename', 'ALTER TABLE plain RENAME COLUMN a TO b2'],
  [56, 'rename', 'ALTER TABLE plain RENAME TO plainer'],
  [56, 'rename', 'ALTER SCHEMA audit RENAME TO audits'],
  [57, 'enum-value-renamed', "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'"],
  [58, 'enum-value-position', "ALTER TYPE mood ADD VALUE 'glad'"],
  [59, 'enum-value-too-early', "ALTER TYPE mood ADD VALUE 'glad' AFTER 'ok'; UPDATE parent SET state = 'glad'"],
  [60, 'not-null-without-default', 'ALTER TABLE plain ADD COLUMN y integer NOT NULL'],
  [
    61,
    'default-changed',
    'ALTER TABLE plain ADD COLUMN y integer NOT NULL DEFAULT 1; ALTER TABLE plain ALTER COLUMN y DROP DEFAULT',
  ],
  [62, 'nullable', 'ALTER TABLE parent ALTER COLUMN code DROP NOT NULL'],
  [63, 'default-changed', 'ALTER TABLE grandchild ALTER COLUMN id SET DEFAULT 7'],
  [64, 'json-column', 'ALTER TABLE plain ADD COLUMN y json'],
  [65, 'truncate', 'TRUNCATE parent CASCADE'],
  [66, 'drop-table', 'DROP TABLE IF EXISTS plain; CREATE TABLE plain (id integer)'],
  [67, 'cascade-drops', 'ALTER TABLE parent DROP COLUMN name CASCADE'],
  // D, without style
  [73, 'enum-created', "CREATE TYPE size AS ENUM ('small', 'large')"],
  [74, 'constrained-domain-created', 'CREATE DOMAIN percent AS integer CHECK (VALUE BETWEEN 0 AND 100)'],
  [74, 'constrained-domain-created', 'CREATE DOMAIN given AS text NOT NULL'],
  [75, 'identifier-too-long', `CREATE TABLE ${'t'.repeat(64)} (id integer)`],
  [76, 'fails', 'CREATE TABLE fresh (a integer, a integer)'],
  [78, 'foreign-key-without-index', 'ALTER TABLE loose ADD FOREIGN KEY (z) REFERENCES parent NOT VALID'],
  [79, 'wide-index', 'CREATE INDEX ON parent (name, note, code, amount)'],
  [80, 'allow-unused', '-- updown: allow truncate: no longer\nSELECT 1'],
  [80, 'allow-unknown', '-- updown: allow trunkate: misspelt\nSELECT 1'],
  [80, 'fails', 'SELECT FROM nowhere'],
];

/** Not for a rule over measurements. */
const elsewhere: Readonly<Record<number, string>> = {
  42: 'a setting: statementTimeout in updown.json, or a directive',
  45: 'the file is refused before anything is sent',
  46: 'the file is refused before anything is sent',
  47: 'the file is refused before anything is sent',
  48: 'such a file goes on at the statement where it broke off',
  68: 'style',
  69: 'style',
  70: 'style',
  71: 'style',
  72: 'style',
  77: 'style',
};

test('every one of the 80 checks has a rule that answers it, or somebody else who does', () => {
  const answered = new Set([...checks.map(([check]) => check), ...Object.keys(elsewhere).map(Number)]);
  assert.equal(
    Array.from({ length: 80 }, (_, index) => index + 1).filter((check) => !answered.has(check)),
    [],
  );
  const known = new Set(rules.map(({ id }) => id));
  assert.equal(
    checks.filter(([, rule]) => !known.has(rule)),
    [],
  );
});

test('each rule answers the check that it stands beside', () =>
  withBench(
    [schema, 'CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;'],
    'newest',
    async (scratch) => {
      const missed: string[] = [];
      for (const [check, rule, sql] of checks) {
        const found = await judgeText(scratch, `${sql};\n`);
        if (!found.includes(rule)) missed.push(`${check} ${sql}: ${found}, not ${rule}`);
      }
      assert.equal(missed, []);
    },
  ));

async function judgeText(scratch: Scratch, text: string): Promise<readonly string[]> {
  const { allow, noTransaction, lockTimeout = '5s' } = toPiece('x', text).inspected.source.directives;
  const statements = await (noTransaction ? measureFile : measureAside)(scratch, text);
  const step = {
    op: 'up' as const,
    id: 'x',
    name: 'x',
    file: 'x',
    transactional: !noTransaction,
    lockTimeout,
    allow,
    statements,
  };
  const production = { database: '', version: '14.2', relations: new Map() };
  return findingsOf(judge({ scratch: '', steps: [step] }, production)).map((finding) => finding.rule);
}

test.run();
