import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { updown } from '../support/cli.ts';
import { withDatabase } from '../support/database.ts';
import { newestUrl } from '../support/newest.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';
import { needsPsql } from '../support/run.ts';
import { lastLine, readJournal, runScript } from '../support/script.ts';
import { serverUrl } from '../support/server.ts';

const revisions: readonly TestRevision[] = [
  {
    id: 'a1',
    up: 'CREATE TABLE orders (id integer PRIMARY KEY, total integer);\nCREATE TABLE small (id integer, total integer);\nCREATE VIEW totals AS SELECT total FROM small;\n',
    down: 'DROP TABLE orders, small CASCADE;\n',
  },
  {
    id: 'b1',
    up: '-- wider\n\nALTER TABLE small ADD COLUMN z integer;\nSELECT 1;\nALTER TABLE orders\n  ALTER COLUMN total TYPE bigint;\n',
    down: 'ALTER TABLE small DROP COLUMN z;\n',
  },
  {
    id: 'c1',
    up: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY i ON orders (total);\nDROP TABLE small CASCADE;\n',
    down: '-- updown: no-transaction\nDROP INDEX CONCURRENTLY i;\nCREATE TABLE small (id integer);\n',
  },
  { id: 'd1', up: 'SELECT 1;\n', down: 'SELECT 1;\n' },
];

const env = {
  PGHOST: undefined,
  PGDATABASE: undefined,
  DATABASE_URL: undefined,
} as unknown as NodeJS.ProcessEnv;

interface Site {
  readonly cwd: string;
  readonly emit: (command: string) => Promise<string>;
}

/** What it measures, it measures on a server, unless the test is about the embedded database. */
async function withSite(
  list: readonly TestRevision[],
  body: (site: Site) => Promise<void>,
  place: 'in process' | 'newest' = 'newest',
): Promise<void> {
  const config = place === 'newest' ? { scratch: await newestUrl() } : {};
  await withProject({ 'updown.json': JSON.stringify(config) }, async (cwd) => {
    await writeProject(cwd, list);
    const emit = async (command: string) => {
      const { status, stdout, stderr } = await updown(command.split(' '), { cwd, env });
      assert.is(status, 0, stderr);
      return stdout;
    };
    await body({ cwd, emit });
  });
}

/** Without the comments that only an annotated script has. */
function strip(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^(-- line \d+, |-- {11}\S)/.test(line))
    .join('\n');
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.startsWith('-- line '));
}

/** A note that takes several lines has the place of its statement in each of them. */
function notesOf(text: string): readonly string[] {
  const notes: string[] = [];
  for (const line of linesOf(text)) {
    const [place = ''] = /^-- line \d+, [^:]*: /.exec(line) ?? [];
    if (place !== '' && notes.at(-1)?.startsWith(place)) notes.push(`${notes.pop()} ${line.slice(place.length)}`);
    else notes.push(line);
  }
  return notes;
}

const measured = [
  '-- line 3, ALTER TABLE: ACCESS EXCLUSIVE on public.small',
  '-- line 5, ALTER TABLE: ACCESS EXCLUSIVE on public.orders; rewrites public.orders, public.orders_pkey; reads all of public.orders; still held: ACCESS EXCLUSIVE on public.small (line 3)',
  '-- line 2, CREATE INDEX CONCURRENTLY: builds public.i; reads all of public.orders',
  '-- line 3, DROP TABLE: ACCESS EXCLUSIVE on public.small, public.totals; drops table public.small, view public.totals (taken along)',
];

test('an upgrade says in its header what each step does, and above each statement what that one does', () =>
  withSite(
    revisions,
    async ({ emit }) => {
      const text = await emit('upgrade heads --sql --annotate --from a1');
      assert.equal(notesOf(text), measured);
      const head = text.slice(0, text.indexOf('\n\n'));
      const impact = head.split('\n').filter((line) => /^-- {11}\S/.test(line));
      assert.match(impact[0]!, /^-- {11}measured on PostgreSQL 18\.\d+ \(in-process\):$/);
      assert.equal(
        impact.slice(1).map((line) => line.slice(13)),
        [
          'ACCESS EXCLUSIVE on public.orders (line 5), public.small (line 3)',
          'rewrites public.orders, public.orders_pkey',
          'reads all of public.orders',
          'ACCESS EXCLUSIVE on public.small (line 3), public.totals (line 3)',
          'builds public.i',
          'reads all of public.orders',
          'drops table public.small, view public.totals (taken along)',
          'blocks no reads and no writes',
        ],
      );
      const above = linesOf(text).filter((line) => line.startsWith('-- line 5, '));
      assert.is(above.length, 2, 'a screen shows each line whole');
      assert.match(
        text,
        `-- wider\n\n${measured[0]}\nALTER TABLE small ADD COLUMN z integer;\nSELECT 1;\n${above.join('\n')}\nALTER TABLE orders\n`,
      );
      assert.match(text, `${measured[2]}\nCREATE INDEX CONCURRENTLY i`);
    },
    'in process',
  ));

for (const flavor of ['psql', 'plain']) {
  for (const command of ['upgrade b1 --sql', 'downgrade b1:base --sql']) {
    test(`${command}, ${flavor}: the same bytes each time; without the annotations the bytes and the digest of a bare one; script verify takes it`, () =>
      withSite(revisions, async ({ emit }) => {
        const bare = await emit(`${command} --flavor ${flavor}`);
        const first = await emit(`${command} --flavor ${flavor} --annotate`);
        assert.is(await emit(`${command} --flavor ${flavor} --annotate`), first);
        assert.ok(notesOf(first).length > 0);
        assert.is(strip(first), bare);
        await emit(`${command} --flavor ${flavor} --annotate --output s.sql`);
        assert.match(await emit('script verify s.sql'), /\S/);
      }));
  }
}

const crowded =
  "/* one\n */ DROP VIEW totals; ALTER TABLE small ADD COLUMN s text DEFAULT 'a\n  b'; DROP TABLE small;\n  DROP TABLE orders";

for (const flavor of ['psql', 'plain'])
  test(`${flavor}: statements that share a line share the place above it, and no note is put within another statement`, () =>
    withSite([revisions[0]!, { id: 'b1', up: crowded }], async ({ emit }) => {
      const text = await emit(`upgrade --sql --annotate --from a1 --flavor ${flavor}`);
      assert.is(notesOf(text).length, 4);
      const lines = linesOf(text);
      const isLast = (line: string) => line.startsWith('-- line 4, ');
      const [above, last] = [lines.filter((line) => !isLast(line)), lines.filter(isLast)];
      const body = `${above.join('\n')}\n${crowded.replace('  DROP', `${last.join('\n')}\n  DROP`)}\n;\n`;
      assert.ok(text.includes(body), text);
    }));

test('a table that is rewritten and then emptied in one step is emptied, not read', () =>
  withSite(
    [revisions[0]!, { id: 'b1', up: 'ALTER TABLE orders ALTER COLUMN total TYPE bigint;\nTRUNCATE orders;\n' }],
    async ({ emit }) => {
      const notes = notesOf(await emit('upgrade --sql --annotate --from a1'));
      assert.match(notes[1]!, /^-- line 2, TRUNCATE: empties public\.orders/);
    },
  ));

test('a downgrade is measured from where it starts', () =>
  withSite(revisions, async ({ emit }) => {
    assert.equal(notesOf(await emit('downgrade c1:a1 --sql --annotate')), [
      '-- line 2, DROP INDEX CONCURRENTLY: drops index public.i',
      '-- line 1, ALTER TABLE: line 1 fails on scratch, SQLSTATE 42703',
    ]);
  }));

test('a folder of plain files has the same notes, and is verified', () =>
  withSite(revisions, async ({ emit, cwd }) => {
    await emit('upgrade heads --sql --flavor plain --annotate --from a1 --output out');
    const { readdirSync, readFileSync } = await import('node:fs');
    const text = readdirSync(`${cwd}/out`)
      .filter((name) => name.endsWith('.sql'))
      .map((name) => readFileSync(`${cwd}/out/${name}`, 'utf8'))
      .join('');
    assert.equal(notesOf(text), measured);
    await emit('script verify out');
  }));

test('a scratch server of another name each time leaves no trace, not even where a file names things after its database', () =>
  withSite(
    [
      revisions[0]!,
      {
        id: 'b1',
        up: "DO $$ BEGIN EXECUTE format('CREATE VIEW %I AS SELECT id FROM orders', current_database()); END $$;\n",
      },
      {
        id: 'c1',
        up: "-- updown: no-transaction\nCREATE INDEX CONCURRENTLY i ON orders (total);\nREINDEX TABLE CONCURRENTLY orders;\nDO $$ BEGIN EXECUTE format('DROP VIEW %I', current_database()); END $$;\nALTER TABLE small SET SCHEMA pg_temp;\n",
      },
      { id: 'd1', up: 'DROP TABLE orders;\n' },
    ],
    async ({ emit }) => {
      const command = `upgrade heads --sql --annotate --scratch ${await serverUrl()}`;
      const first = await emit(command);
      assert.is(await emit(command), first);
      assert.match(first, 'drops view public.updown_scratch');
      assert.not.match(first, /updown_scratch_/);
      assert.match(first, /line 5 fails on scratch, SQLSTATE \w{5}/);
      assert.match(
        first,
        /\n-- +\d+ {2}up d1 .*\n(-- {9}[A-Z].*\n)*-- {11}not measured: a step before it fails on scratch\n/,
      );
    },
  ));

needsPsql(test, 'psql runs it as it runs the bare one, and names in what was measured stay comments', () =>
  withSite(
    [
      revisions[0]!,
      revisions[1]!,
      // An escape character is refused where it stands, and passes as this.
      { id: 'n1', up: 'CREATE TABLE U&"t\n\\\\! touch pwned\n`x` */ \\001b[31m" (id integer);\n' },
      { id: 'n2', up: 'DROP TABLE U&"t\n\\\\! touch pwned\n`x` */ \\001b[31m";\n' },
    ],
    async ({ emit }) => {
      const annotated = await emit('upgrade --sql --annotate');
      const bare = await emit('upgrade --sql');
      assert.match(annotated, 'drops table public."t \\! touch pwned');
      assert.is(strip(annotated), bare);
      const journals: unknown[] = [];
      for (const text of [annotated, bare]) {
        await withDatabase(async (database) => {
          const outcome = await runScript(database.url, text);
          assert.is(lastLine(outcome), 'updown: done, the database is at n2', outcome.stderr);
          journals.push(await readJournal(database));
        });
      }
      assert.equal(journals[0], journals[1]);
    },
  ),
);

test('--annotate belongs to a script, and --scratch to --annotate', () =>
  withSite(revisions, async ({ cwd }) => {
    for (const command of [
      'upgrade --annotate',
      'upgrade --sql --scratch postgres://x/y',
      'upgrade --sql --bootstrap --annotate',
      'stamp head --sql --annotate',
    ])
      assert.is((await updown(command.split(' '), { cwd, env })).status, 2, command);
  }));

test.run();
