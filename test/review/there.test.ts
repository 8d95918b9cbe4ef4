import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { review } from '../../lib/command/review.ts';
import { formats } from '../../lib/report/format.ts';
import { renderReview } from '../../lib/report/render.ts';
import { findThere, findUsed, keyOf, withoutMade, wordBuiltin } from '../../lib/review/builtins.ts';
import { compareCatalogs } from '../../lib/review/changes.ts';
import { takeInventory } from '../../lib/review/inventory.ts';
import { judge } from '../../lib/review/judge.ts';
import { findNewer } from '../../lib/review/newer.ts';
import { findingsOf, type Review } from '../../lib/review/review.ts';
import { createSnapshotTaker } from '../../lib/review/snapshots.ts';
import { withDatabase } from '../support/database.ts';
import { withProject, writeProject } from '../support/project.ts';
import { measureAside, withBench } from './bench.ts';
import { schema } from './fixture.ts';

/** What a server refuses or takes by its version: the highest number is the first one that takes it. */
const syntax: Readonly<Record<string, number>> = {
  'ALTER TABLE o ADD v int GENERATED ALWAYS AS (a * 2) VIRTUAL': 18,
  'ALTER TABLE o ADD v int GENERATED ALWAYS AS (a * 2)': 18,
  'ALTER TABLE o ADD v int GENERATED ALWAYS AS (a * 2) STORED': 12,
  'ALTER TABLE o ADD CHECK (a > 0) NOT ENFORCED': 18,
  'CREATE TABLE c (a int REFERENCES o NOT ENFORCED)': 18,
  'ALTER TABLE o ADD CONSTRAINT n NOT NULL a NOT VALID': 18,
  'CREATE TABLE b (id int, v daterange, UNIQUE (id, v WITHOUT OVERLAPS))': 18,
  'ALTER TABLE o ADD FOREIGN KEY (a, PERIOD v) REFERENCES p (a, PERIOD v)': 18,
  'UPDATE o SET a = 1 RETURNING old.a': 18,
  'INSERT INTO o VALUES (1) RETURNING WITH (OLD AS x) x.a': 18,
  'ANALYZE ONLY o': 18,
  'ALTER TABLE o ALTER CONSTRAINT c NOT ENFORCED': 18,
  'MERGE INTO o USING s ON o.a = s.a WHEN MATCHED THEN DELETE RETURNING o.a': 17,
  'MERGE INTO o USING s ON o.a = s.a WHEN NOT MATCHED BY SOURCE THEN DELETE': 17,
  'MERGE INTO o USING s ON o.a = s.a WHEN MATCHED THEN DELETE': 15,
  "SELECT * FROM JSON_TABLE('[]', '$[*]' COLUMNS (a int PATH '$')) t": 17,
  'ALTER TABLE o ALTER a SET EXPRESSION AS (1)': 17,
  'GRANT MAINTAIN ON o TO x': 17,
  "COPY o FROM '/x' (ON_ERROR ignore)": 17,
  'GRANT a TO b WITH INHERIT FALSE': 16,
  'SELECT * FROM (SELECT 1)': 16,
  'SELECT a IS JSON FROM o': 16,
  'CREATE UNIQUE INDEX i ON o (a) NULLS NOT DISTINCT': 15,
  'CREATE VIEW v WITH (security_invoker = true) AS SELECT 1': 15,
  'CREATE FUNCTION f() RETURNS int RETURN 1': 14,
  'CREATE OR REPLACE TRIGGER t BEFORE INSERT ON o FOR EACH ROW EXECUTE FUNCTION f()': 14,
  'DO $$ BEGIN IF true THEN ALTER TABLE o ADD v int GENERATED ALWAYS AS (1) VIRTUAL; END IF; END $$': 18,
  "DO $$ BEGIN EXECUTE 'MERGE INTO o USING s ON o.a = s.a WHEN MATCHED THEN DELETE'; END $$": 15,
  "CREATE FUNCTION g() RETURNS void LANGUAGE sql AS 'ALTER TABLE o ADD CHECK (a > 0) NOT ENFORCED'": 18,
  'ALTER TABLE o ADD CHECK (a > 0) NOT VALID': 0,
  'CREATE TABLE c (a int NOT NULL, b int REFERENCES o, CHECK (a > b))': 0,
  'ALTER TABLE o ALTER a SET NOT NULL': 0,
  'UPDATE o SET a = 1 RETURNING a': 0,
  'ANALYZE o': 0,
  'CREATE SEQUENCE s': 0,
  'GRANT SELECT ON o TO x': 0,
};

test('what a version does not know is found by the tree, in blocks and bodies too', () =>
  withBench([], 'newest', async () => {
    const found = Object.keys(syntax).map((text) => [text, Math.max(0, ...findNewer(text).map(({ since }) => since))]);
    assert.equal(Object.fromEntries(found), syntax);
  }));

test('built-in functions, types, settings and roles that a plan uses are asked for by name', () =>
  withBench([], 'newest', async ({ session }) => {
    const used = [
      'CREATE TABLE o (id uuid DEFAULT uuidv7(), r int8multirange)',
      'DO $$ BEGIN PERFORM pg_catalog.casefold(x) FROM o; PERFORM mine(1); END $$',
      'SELECT random(1, 10), random(), no_such_function(1), public.uuidv4()',
      "SET transaction_timeout = '5s'",
      'GRANT pg_maintain TO x',
      'SELECT * FROM pg_stat_io',
      'SELECT mine(1)',
    ].flatMap(findUsed);
    const builtins = await findThere(
      session,
      withoutMade(used, ['CREATE FUNCTION mine(int) RETURNS int RETURN 1']),
      'server',
    );
    assert.equal([...new Set(builtins.map(wordBuiltin))].sort(), [
      'function casefold',
      'function random with 0 arguments',
      'function random with 2 arguments',
      'function uuidv7 with 0 arguments',
      'relation pg_stat_io',
      'role pg_maintain',
      'setting transaction_timeout',
      'type int8multirange',
      'type uuid',
    ]);
  }));

test('a finding where the database lacks it, and none where it has it', () =>
  withBench(
    ['CREATE TABLE o (id integer) PARTITION BY LIST (id); CREATE TABLE p (id integer PRIMARY KEY);'],
    'newest',
    async (scratch) => {
      const judged = async (text: string, version: string, lacks: readonly string[] = []) => {
        const statements = await measureAside(scratch, text);
        const step = {
          ...{ op: 'up' as const, id: 'x', name: '', file: 'x', transactional: true, lockTimeout: '5s', allow: [] },
          statements,
        };
        const gone = new Set(
          findUsed(text)
            .filter(({ name }) => lacks.includes(name))
            .map(keyOf),
        );
        const production = { database: '', version, relations: new Map(), lacks: gone };
        return findingsOf(judge({ scratch: '', steps: [step] }, production)).flatMap(({ rule, message }) =>
          rule === 'newer-than-database' ? [message] : [],
        );
      };
      const key = 'ALTER TABLE o ADD FOREIGN KEY (id) REFERENCES p NOT VALID';
      assert.equal([(await judged(key, '15.20')).length, (await judged(key, '18.1')).length], [1, 0]);
      const uuid = 'CREATE TABLE u (id uuid DEFAULT uuidv7())';
      assert.match((await judged(uuid, '15.20', ['uuidv7']))[0]!, 'function uuidv7 with 0 arguments');
      assert.equal(await judged(uuid, '18.1'), []);
      assert.match(
        (await judged('ALTER TABLE p ADD v int GENERATED ALWAYS AS (id) VIRTUAL', '17.6'))[0]!,
        'VIRTUAL (18)',
      );
    },
  ));

test('an inventory names things as changes do', () =>
  withBench([schema], 'newest', async (scratch) => {
    const after = await createSnapshotTaker(scratch).outside();
    const empty = {
      relations: new Map(),
      columns: new Map(),
      constraints: new Map(),
      objects: new Map(),
      path: [],
      enumValues: new Map(),
      locks: [],
    };
    const made = compareCatalogs({ base: empty, origin: empty, before: empty, after, text: '' });
    const items = takeInventory(after);
    const unknown = made.filter(
      ({ object, kind, type }) => kind === 'created' && type !== 'composite type' && !items.has(object),
    );
    assert.equal(
      unknown.map(({ object }) => object),
      [],
    );
    assert.ok(made.length > 40);
  }));

const base = `CREATE TABLE o (id bigint PRIMARY KEY, g text, h text, k integer, only_here integer);
CREATE TABLE quiet (id bigint PRIMARY KEY, a integer);
CREATE TABLE gone (id bigint);
CREATE TABLE parent (id bigint PRIMARY KEY);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION dropped() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE VIEW known AS SELECT h FROM o;
`;

const byHand = `CREATE VIEW hand_made AS SELECT id, g FROM o;
CREATE INDEX o_k ON o (k);
CREATE TRIGGER t BEFORE INSERT ON o FOR EACH ROW EXECUTE FUNCTION f();
DROP TABLE gone;
ALTER TABLE o DROP COLUMN only_here;
ALTER TABLE o ADD COLUMN new integer;
CREATE TABLE fresh (id integer);
CREATE TABLE referring (id bigint REFERENCES parent);
CREATE VIEW calls AS SELECT dropped();
CREATE VIEW of_a AS SELECT a FROM quiet;
CREATE INDEX o_maybe ON o (k);
`;

const plan: readonly (readonly [statement: string, rule: string, words: string])[] = [
  ['ALTER TABLE o DROP COLUMN g', 'drift-refused', 'view public.hand_made depends on column public.o.g'],
  ['CREATE INDEX o_k ON o (k)', 'drift-refused', 'index public.o_k already exists'],
  [
    'CREATE INDEX IF NOT EXISTS o_maybe ON o (k)',
    'drift',
    'index public.o_maybe already exists: the statement is skipped',
  ],
  [
    'CREATE TRIGGER t BEFORE INSERT ON o FOR EACH ROW EXECUTE FUNCTION f()',
    'drift-refused',
    'trigger t on public.o already exists',
  ],
  ['ALTER TABLE gone ADD COLUMN a integer', 'drift-refused', 'public.gone is not there'],
  ['ALTER TABLE o DROP COLUMN only_here', 'drift-refused', 'column public.o.only_here is not there'],
  ['ALTER TABLE o ADD COLUMN new integer', 'drift-refused', 'column public.o.new already exists'],
  ['CREATE TABLE fresh (id integer)', 'drift-refused', 'table public.fresh already exists'],
  [
    'DROP TABLE parent',
    'drift-refused',
    'constraint referring_id_fkey on public.referring depends on table public.parent',
  ],
  ['DROP FUNCTION dropped()', 'drift-refused', 'view public.calls depends on function public.dropped()'],
  ['ALTER TABLE quiet ALTER COLUMN a TYPE bigint', 'drift-refused', 'view public.of_a uses column public.quiet.a'],
  ['DROP VIEW known', '', ''],
  ['ALTER TABLE o DROP COLUMN h', '', ''],
];

test('a database that somebody changed by hand: the server refuses what it refuses, and the report says so before', () =>
  withDatabase(async ({ url, query }) => {
    await query(base);
    await query(byHand);
    await withProject({}, async (cwd) => {
      const up = `${plan.map(([statement]) => statement).join(';\n')};\n`;
      await writeProject(cwd, [
        { id: 'aaaaaaaaaaaa', up: base },
        { id: 'bbbbbbbbbbbb', up },
      ]);
      const result = await review({ cwd, url, env: {}, range: 'aaaa:head' });
      const { statements } = result.steps[0]!;
      for (const [index, [text, rule, words]] of plan.entries()) {
        const hits = statements[index]!.findings.filter((finding) => finding.rule.startsWith('drift'));
        if (rule === '') assert.equal(hits, [], text);
        else
          assert.ok(
            hits.some((hit) => hit.rule === rule && hit.message.includes(words)),
            `${text}: ${hits.map(({ message }) => message).join(' | ')}`,
          );
        const isRefused = await query(`BEGIN; ${text}; ROLLBACK`).then(
          () => false,
          () => true,
        );
        await query('ROLLBACK').catch(() => {});
        if (text !== 'ALTER TABLE o DROP COLUMN h') assert.is(isRefused, rule === 'drift-refused', text);
      }
      const more = statements[0]!.findings.filter(({ rule }) => rule === 'drift').map(({ message }) => message);
      assert.match(more.join(), 'it has index public.o_k');
      assert.match(more.join(), 'it lacks column public.o.only_here');
      await saysWhatDiffers(result);
    });
  }));

/** Where the test server is not of the version of scratch, every format says so. */
async function saysWhatDiffers(result: Review): Promise<void> {
  const major = Number.parseInt(result.production!.version, 10);
  if (result.scratch.includes(`PostgreSQL ${major}.`)) return;
  const said = `PostgreSQL ${result.production!.version}`;
  for (const format of ['text', 'html', ...Object.keys(formats)] as const)
    assert.match((await renderReview(result, format as 'text')).replace(/\s+/g, ' '), said, format);
  assert.match(result.warnings.join(), said);
}

test('a database that does not stand where the plan starts is not compared, and the report says so', () =>
  withDatabase(async ({ url, query }) => {
    await withProject({}, async (cwd) => {
      const { upgrade } = await import('../../lib/command/upgrade.ts');
      await writeProject(cwd, [
        { id: 'aaaaaaaaaaaa', up: 'CREATE TABLE o (id bigint);\n' },
        { id: 'bbbbbbbbbbbb' },
        { id: 'cccccccccccc', up: 'ALTER TABLE o ADD COLUMN a integer;\n' },
      ]);
      await upgrade({ cwd, url, env: {}, target: 'aaaa' });
      const ahead = await review({ cwd, url, env: {}, range: 'bbbb:head' });
      assert.match(ahead.warnings.join(), 'does not stand where the plan starts');
      assert.is(ahead.production!.drift, undefined);
      await query('CREATE TABLE "t_bbbbbbbbbbbb" (id integer)');
      const taken = await review({ cwd, url, env: {} });
      assert.equal(
        findingsOf(taken.steps).flatMap(({ rule }) => (rule.startsWith('drift') ? [rule] : [])),
        ['drift-refused'],
      );
    });
  }));

test('a database that stands elsewhere is not compared, one that tells of nothing is where it holds tables', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [
      { id: 'a1', up: 'CREATE TABLE a (i integer);\n' },
      { id: 'b1', up: 'ALTER TABLE a ADD COLUMN c integer;\n' },
    ]);
    await withDatabase(async ({ url, query }) => {
      const rulesOf = async () => {
        const result = await review({ cwd, env: {}, url, range: 'a1:b1' });
        return [findingsOf(result.steps).map(({ rule }) => rule), result.warnings.join(' ')] as const;
      };
      const [empty, told] = await rulesOf();
      assert.not.ok(empty.includes('drift-refused'), empty.join());
      assert.match(told, 'it does not stand where the plan starts');
      await query('CREATE TABLE other ()');
      assert.ok((await rulesOf())[0].includes('drift-refused'));
    });
  }));

test.run();
