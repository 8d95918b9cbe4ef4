import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { updown } from '../support/cli.ts';
import { psql, withDatabase } from '../support/database.ts';
import { withProject, writeProject } from '../support/project.ts';
import { serverUrl } from '../support/server.ts';

const revisions = [
  {
    id: 'aaaaaaaaaaaa',
    up: 'CREATE TABLE t (id integer PRIMARY KEY, note text);\nCREATE VIEW v AS SELECT id FROM t;\n',
    down: 'DROP VIEW v;\nDROP TABLE t;\n',
  },
];

interface Finding {
  readonly code: string;
  readonly severity: string;
  readonly message: string;
  readonly notes: readonly string[];
  readonly hint: string;
}

/** A project whose updown.json names what the schema is to be. */
async function withSchema(
  files: Readonly<Record<string, string>>,
  schema: string,
  body: (check: () => Promise<{ status: number; findings: readonly Finding[] }>, cwd: string) => Promise<void>,
): Promise<void> {
  await withProject({}, async (cwd) => {
    await writeProject(cwd, revisions);
    await writeFile(join(cwd, 'updown.json'), JSON.stringify({ schema }));
    await mkdir(join(cwd, 'schema'));
    for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, name), text);
    const scratch = await serverUrl();
    await body(async () => {
      const run = await updown(['check', '--json', '--quiet', '--scratch', scratch], { cwd });
      return { status: run.status ?? -1, findings: run.json<{ findings: readonly Finding[] }>().findings };
    }, cwd);
  });
}

test('check says in which way the revisions do not make what schema.sql says, with the SQL of a revision that does', () =>
  withSchema(
    {
      'schema.sql':
        'CREATE TABLE t (id bigint PRIMARY KEY, note text);\nCREATE INDEX t_note ON t (note);\nCREATE VIEW v AS SELECT id FROM t;\n',
    },
    'schema.sql',
    async (check, cwd) => {
      const { status, findings } = await check();
      assert.is(status, 3);
      assert.equal(
        findings.map(({ code, message }) => [code, message]),
        [
          [
            'out-of-step',
            'column id of table public.t: "schema.sql" has type bigint, and the revisions make type integer',
          ],
          ['out-of-step', 'index t_note of table public.t is in "schema.sql", and no revision makes it'],
          [
            'out-of-step',
            'column id of view public.v: "schema.sql" has type bigint, and the revisions make type integer',
          ],
        ],
      );
      assert.not.match(findings[0]?.hint ?? '', 'Values that do not fit');
      // What the hint says writes the SQL that is told, and brings the two together.
      assert.match(findings[1]?.hint ?? '', 'updown revision --autogenerate -m "in step"');
      assert.match(findings[1]?.hint ?? '', 'correct "schema.sql": updown snapshot heads --sql prints their schema');
      const kept = readFileSync(join(cwd, 'schema.sql'));
      const printed = await updown(['snapshot', 'heads', '--sql', '--scratch', await serverUrl()], { cwd });
      await writeFile(join(cwd, 'schema.sql'), printed.stdout);
      assert.equal((await check()).findings, []);
      await writeFile(join(cwd, 'schema.sql'), kept);
      const revise = ['revision', '--autogenerate', '-m', 'in step', '--scratch', await serverUrl(), '--json'];
      const written = await updown(revise, { cwd });
      assert.is(written.status, 0, written.stderr);
      const files = readdirSync(join(cwd, 'migrations'), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('up.sql'))
        .map((name) => readFileSync(join(cwd, 'migrations', name), 'utf8'));
      for (const line of findings.flatMap(({ notes }) => notes))
        assert.ok(
          files.some((text) => text.includes(line)),
          line,
        );
      assert.match(findings[1]?.notes.join('') ?? '', 'CREATE INDEX CONCURRENTLY');
      const after = await check();
      assert.equal([after.status, after.findings], [0, []]);
    },
  ));

test('the text of check has SQL as it is indented, each next step once, and no order of columns', () =>
  withSchema(
    {
      'schema.sql': `CREATE TABLE t (note text, id integer PRIMARY KEY);
CREATE VIEW v AS SELECT id FROM t;
CREATE TABLE u (a integer,
  b text);
CREATE INDEX t_note ON t (note);
`,
    },
    'schema.sql',
    async (check, cwd) => {
      const scratch = ['--scratch', await serverUrl()];
      const { stdout } = await updown(['check', '--quiet', ...scratch], { cwd });
      assert.match(stdout, '\n  CREATE TABLE public.u (\n    a integer,\n    b text\n  );\n');
      assert.is(stdout.match(/next:/g)?.length, 1, stdout);
      assert.not.match(stdout, 'order');
      assert.is((await updown(['revision', '--autogenerate', '-m', 'u', ...scratch], { cwd })).status, 0);
      const applied = await updown(['check', '--quiet', ...scratch], { cwd });
      assert.equal(
        [applied.status, applied.stdout],
        [0, '✓ The files are in order: 3 revisions, 1 head. No database was asked.\n'],
      );
      const [order] = (await check()).findings;
      assert.equal([order?.severity, order?.code], ['note', 'out-of-step']);
      assert.match(order?.message ?? '', '"schema.sql" has order note, id, and the revisions make order id, note');
    },
  ));

test('check asks of what may have been renamed, with a command for each answer, and does what it says', () =>
  withSchema(
    { 'schema.sql': 'CREATE TABLE t2 (id integer PRIMARY KEY, remark text);\nCREATE VIEW v AS SELECT id FROM t2;\n' },
    'schema.sql',
    async (check, cwd) => {
      const { status, findings } = await check();
      assert.is(status, 3);
      assert.equal(
        findings.map(({ code, message }) => [code, message]),
        [['out-of-step', '2 objects may have been renamed, or dropped: the schema does not say which']],
      );
      const [table, column, renames = '', drops = ''] = findings[0]?.notes ?? [];
      assert.equal(
        [table, column],
        [
          'table public.t is missing, and public.t2 is new: 1 of 2 columns are the same',
          'column public.t.note is missing, and public.t2.remark is new: both are of type text',
        ],
      );
      assert.match(drops, '--drop public.t ');
      const unsaid = await updown(['revision', '--autogenerate', '-m', 'in step', '--scratch', await serverUrl()], {
        cwd,
      });
      assert.is(unsaid.status, 2, unsaid.stderr);
      for (const line of [findings[0]?.message ?? '', table, column]) assert.match(unsaid.stderr, line ?? '');
      const words = renames.replace("'in step'", 'in-step').split(' ').slice(1);
      assert.is((await updown([...words, '--scratch', await serverUrl()], { cwd })).status, 0, renames);
      assert.equal(await check(), { status: 0, findings: [] });
    },
  ));

test('files of a folder may need each other in any order', () =>
  withSchema(
    {
      'schema/1_view.sql': 'CREATE VIEW v AS SELECT id FROM t;\n',
      'schema/2_table.sql': 'CREATE TABLE t (id integer PRIMARY KEY, note text);\n',
    },
    'schema/',
    async (check) => assert.equal(await check(), { status: 0, findings: [] }),
  ));

test('what is made by revisions alone is told, too, and a file that can not run with its place', () =>
  withSchema(
    { 'schema.sql': 'CREATE TABLE t (id integer PRIMARY KEY, note text);\n' },
    'schema.sql',
    async (check, cwd) => {
      const { status, findings } = await check();
      assert.equal(
        [status, findings.map(({ message }) => message)],
        [3, ['view public.v is made by the revisions, and is not in "schema.sql"']],
      );
      assert.match(findings[0]?.hint ?? '', 'This drops what is in it, too.');
      await writeFile(join(cwd, 'schema.sql'), 'SELECT 1;\nCREATE TABEL t ();\n');
      const [broken] = (await check()).findings;
      assert.equal([broken?.code, broken?.severity], ['input', 'error']);
      await writeFile(join(cwd, 'schema.sql'), 'SELECT 1;\nCREATE VIEW v AS SELECT * FROM nothing;\n');
      const [failed] = (await check()).findings;
      assert.equal(
        [failed?.code, failed?.message],
        ['sql', '"schema.sql" can\'t be run on an empty database: relation "nothing" does not exist'],
      );
      await writeFile(join(cwd, 'updown.json'), '{ "schema": "nowhere.sql" }');
      const [missing] = (await check()).findings;
      assert.equal([missing?.code, missing?.message], ['config', '"nowhere.sql" is missing']);
      await writeFile(join(cwd, 'updown.json'), '{ "schema": "../out.sql" }');
      assert.is((await check()).findings[0]?.code, 'unsafe-path');
    },
  ));

test('a database is read as text where there is no project', () =>
  withDatabase(({ url }) =>
    withProject({}, async (cwd) => {
      await psql(url, ['-q', '-c', 'CREATE TABLE t (id integer)']);
      const { status, stdout, stderr } = await updown(['snapshot', '--url', url], { cwd });
      assert.is(status, 0, stderr);
      assert.match(stdout, /\nCREATE TABLE public\.t \(/);
      const refused = await updown(['snapshot', 'head'], { cwd });
      assert.match(refused.stderr, 'There is no manifest');
    }),
  ));

test.run();
