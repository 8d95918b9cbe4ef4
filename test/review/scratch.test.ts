import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { annotate } from '../../lib/command/annotate.ts';
import { review } from '../../lib/command/review.ts';
import { prepareUpgrade } from '../../lib/command/upgrade.ts';
import { isUpdownError, type UpdownError } from '../../lib/errors.ts';
import { isIncomplete, type Review } from '../../lib/review/review.ts';
import { withDatabase } from '../support/database.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';
import { serverUrl } from '../support/server.ts';

const env = {};

interface Asked {
  readonly files?: Readonly<Record<string, string>>;
  readonly range?: string;
  readonly statementTimeout?: string;
  readonly scratch?: string;
  readonly url?: string;
}

function measure(revisions: readonly TestRevision[], { files = {}, ...options }: Asked = {}): Promise<Review> {
  return within(revisions, files, (cwd) => review({ cwd, env, range: 'base:head', ...options }));
}

async function within<T>(
  revisions: readonly TestRevision[],
  files: Readonly<Record<string, string>>,
  body: (cwd: string) => Promise<T>,
): Promise<T> {
  let result: T | undefined;
  await withProject(files, async (cwd) => {
    await writeProject(cwd, revisions);
    result = await body(cwd);
  });
  return result!;
}

async function refusal(asked: Promise<unknown>): Promise<UpdownError> {
  const error = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(isUpdownError(error), String(error));
  return error as UpdownError;
}

function told({ steps }: Review): readonly string[] {
  return steps.flatMap(({ statements }) =>
    statements.map(({ number, error, findings }) =>
      `${number} ${error?.code ?? 'ok'} ${findings.map(({ rule }) => rule).join()}`.trim(),
    ),
  );
}

const endless: readonly string[] = [
  'DO $$ BEGIN LOOP PERFORM 1; EXIT WHEN EXISTS (SELECT FROM t WHERE a = 1); END LOOP; END $$',
  'CREATE TABLE n AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT (i + 1) % 9 FROM n) SELECT count(*) FROM n',
  'SELECT pg_sleep(600)',
  '-- updown: no-transaction\nDO $$ BEGIN LOOP EXIT WHEN EXISTS (SELECT FROM t); COMMIT; END LOOP; END $$',
];

test('a statement that never ends is stopped when its time is over: in process, where nothing can be cancelled, and on a server', async () => {
  for (const scratch of [undefined, await serverUrl()]) {
    for (const text of scratch === undefined ? endless.slice(0, 2) : endless) {
      const result = await measure(
        [
          { id: 'aaaaaaaaaaaa', up: 'CREATE TABLE t (id bigint PRIMARY KEY, a integer);\n' },
          { id: 'bbbbbbbbbbbb', up: `${text};\n` },
          { id: 'cccccccccccc' },
        ],
        { range: 'aaaa:head', statementTimeout: '1500ms', ...(scratch !== undefined && { scratch }) },
      );
      assert.equal(told(result), ['1 57014 fails'], text);
      const [finding] = result.steps[0]!.statements[0]!.findings;
      assert.match(finding!.message, 'still running after 1.5 s');
      assert.match(finding!.advice, '--statement-timeout');
      assert.equal(result.unmeasured, ['cccccccccccc']);
    }
  }
});

test('one in the history, or in the setup, ends the review, and says what to do', async () => {
  const loop = { id: 'aaaaaaaaaaaa', up: 'DO $$ BEGIN LOOP PERFORM 1; END LOOP; END $$;\n' };
  const error = await refusal(measure([loop, { id: 'bbbbbbbbbbbb' }], { range: 'aaaa:head', statementTimeout: '1s' }));
  assert.match(error.message, 'still running after 1 s');
  assert.match(error.hint!, '"setup"');
  const { code } = await refusal(measure([loop], { statementTimeout: 'soon' }));
  assert.is(code, 'usage');
});

test('in process, an interrupt is heard while a statement runs', async () => {
  const stop = new AbortController();
  const asked = within([{ id: 'aaaaaaaaaaaa', up: 'SELECT 1;\nSELECT pg_sleep(600);\n' }], {}, (cwd) =>
    review({
      ...{ cwd, env, range: 'base:head', signal: stop.signal },
      emit: (event) => void (event.kind === 'statement' && event.position === 2 && setTimeout(() => stop.abort(), 200)),
    }),
  );
  assert.is((await refusal(asked)).code, 'interrupted');
});

const lacking: readonly TestRevision[] = [
  {
    id: 'aaaaaaaaaaaa',
    up: `CREATE EXTENSION vector;
CREATE EXTENSION postgis;
CREATE TABLE plain (id bigint PRIMARY KEY, a integer);
CREATE TABLE items (id bigint, embedding vector(3));
CREATE INDEX ON items (id);
`,
  },
  {
    id: 'bbbbbbbbbbbb',
    up: `CREATE TABLE profiles (id bigint REFERENCES auth.users, role text);
CREATE TABLE notes (id bigint, text text);
GRANT SELECT ON notes TO anybody;
`,
  },
  {
    id: 'cccccccccccc',
    up: '-- updown: no-transaction\nSELECT cron.schedule($$x$$);\nCREATE INDEX CONCURRENTLY ON notes (id);\n',
  },
];

const planned: TestRevision = {
  id: 'dddddddddddd',
  up: 'ALTER TABLE items ADD COLUMN x integer;\nALTER TABLE plain ALTER COLUMN a TYPE bigint;\nCREATE EXTENSION pg_repack;\nALTER TABLE notes ADD COLUMN y integer;\n',
};

test('all that scratch lacks is named at once, and what needs none of it is measured', async () => {
  const result = await measure(
    [...lacking, planned, { id: 'eeeeeeeeeeee', up: 'ALTER TABLE plain ADD COLUMN z integer;\n' }],
    {
      range: 'cccc:head',
    },
  );
  assert.equal(
    result.missing
      .filter(({ follows }) => !follows)
      .map(({ file, line, message }) => `${file.split('/').at(-2)!.slice(14, 18)}:${line} ${message}`),
    [
      'aaaa:1 extension "vector" is not available',
      'aaaa:2 extension "postgis" is not available',
      'bbbb:1 schema "auth" does not exist',
      'cccc:2 schema "cron" does not exist',
    ],
  );
  assert.equal(
    result.missing.filter(({ follows }) => follows).map(({ line }) => line),
    [4, 5],
  );
  assert.equal(told(result), ['1 42P01 not-measured', '2 ok type-rewrites', '3 0A000 not-measured', '4 ok', '1 ok']);
  assert.equal([result.unmeasured, isIncomplete(result)], [[], true]);
  for (const words of ['"vector"', '"postgis"', '"auth"', '"cron"', '"setup"'])
    assert.match(result.warnings.join(), words);
});

const elsewhere: readonly string[] = [
  'CREATE TABLE auth.sessions (id bigint)',
  'ALTER TABLE plain ADD COLUMN who bigint REFERENCES auth.users',
  'INSERT INTO plain (id) SELECT id FROM auth.users',
  'ALTER TABLE plain ADD COLUMN r auth.role',
  'SELECT cron.schedule($$x$$)',
  'ALTER TABLE plain ADD COLUMN e vector(3)',
  'ALTER TABLE plain ADD COLUMN u text DEFAULT nobody_makes_this()',
  'CREATE TRIGGER stamp BEFORE UPDATE ON plain FOR EACH ROW EXECUTE FUNCTION moddatetime(a)',
  'CREATE FUNCTION f() RETURNS int LANGUAGE plv8 AS $$ 1 $$',
  'CREATE INDEX ON plain USING hnsw (a)',
  'CREATE INDEX ON plain (a gin_trgm_ops)',
  'ALTER EXTENSION postgis UPDATE',
  'DO $$ BEGIN INSERT INTO auth.users VALUES (1); END $$',
  '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY ON auth.users (id)',
];
const ownFault: readonly string[] = [
  'SELECT FROM misspelt',
  'ALTER TABLE public.misspelt ADD COLUMN x integer',
  'ALTER TABLE plain ADD COLUMN x integer REFERENCES other.gone',
  'ALTER TABLE plain DROP CONSTRAINT nowhere',
  'ALTER TABLE plain DROP COLUMN nowhere',
  "SELECT length(1, 2), 'x'",
  'SELECT 1 || 1',
  'DROP INDEX nowhere',
  'CREATE TABLE later.x ()',
];

test('a revision that needs what no file makes ends no review: schemas, types, functions, languages and the like', async () => {
  const base: TestRevision = {
    id: 'aaaaaaaaaaaa',
    up: 'CREATE TABLE plain (id bigint PRIMARY KEY, a integer);\nCREATE SCHEMA other;\n',
  };
  const last: TestRevision = { id: 'ffffffffffff', up: 'ALTER TABLE plain ALTER COLUMN a TYPE bigint;\n' };
  const asked = (statements: readonly string[], scratch?: string) =>
    measure([base, ...statements.map((up, at) => ({ id: `${at + 10}`.padEnd(12, 'd'), up: `${up};\n` })), last], {
      range: 'aaaa:head',
      ...(scratch !== undefined && { scratch }),
    });
  const all = await asked(elsewhere);
  assert.equal(
    all.steps.flatMap(({ statements }) =>
      statements.map(({ error, findings }) => (error?.cause === 'missing' ? findings.map(({ rule }) => rule) : error)),
    ),
    [...elsewhere.map(() => ['not-measured']), undefined],
  );
  assert.equal([all.unmeasured, all.missing, isIncomplete(all)], [[], [], true]);
  for (const words of ['"auth"', '"cron"', '"vector"', 'nobody_makes_this', '"plv8"', '"hnsw"', '"postgis"', '"setup"'])
    assert.match(all.warnings.join(), words);
  // Each of them alone, since what fails behind something missing may need just that.
  const scratch = await serverUrl();
  for (const statement of elsewhere) assert.equal((await asked([statement], scratch)).unmeasured, [], statement);
});

test('a name that is misspelt, or that the files make elsewhere, fails as before', async () => {
  const scratch = await serverUrl();
  for (const statement of ownFault) {
    const result = await measure(
      [
        {
          id: 'aaaaaaaaaaaa',
          up: 'CREATE TABLE plain (id bigint PRIMARY KEY, a integer);\nCREATE SCHEMA other;\n',
        },
        { id: 'bbbbbbbbbbbb', up: `${statement};\n` },
        { id: 'cccccccccccc', up: 'CREATE SCHEMA later;\n' },
      ],
      { range: 'aaaa:head', scratch },
    );
    assert.equal(
      [result.steps[0]!.statements.flatMap(({ findings }) => findings.map(({ rule }) => rule)), result.unmeasured],
      [['fails'], ['cccccccccccc']],
      statement,
    );
  }
});

test('a table that no file makes and the database has is not there on scratch: what is behind it is measured', () =>
  withDatabase(async ({ url, query }) => {
    await query('CREATE TABLE of_another_tool (id integer)');
    const revisions: readonly TestRevision[] = [
      { id: 'aaaaaaaaaaaa', up: 'ALTER TABLE of_another_tool ADD COLUMN x integer;\n' },
      { id: 'bbbbbbbbbbbb', up: 'CREATE TABLE own ();\nSELECT FROM of_nobody;\n' },
    ];
    const without = await measure(revisions);
    assert.equal([told(without), without.unmeasured], [['1 42P01 fails'], ['bbbbbbbbbbbb']]);
    const beside = await measure(revisions.slice(0, 1), { url });
    assert.equal(told(beside), ['1 42P01 not-measured']);
  }));

test('a statement that lacks several things names them all: the server stops at the first', async () => {
  const text = (name: string) =>
    `CREATE TABLE ${name} (id integer REFERENCES auth.users(id), s serial, c made, e citext2);\n`;
  const head =
    'SET LOCAL search_path = other, public;\nCREATE SCHEMA IF NOT EXISTS other;\nCREATE DOMAIN made AS text;\n';
  const result = await measure(
    [
      { id: 'aaaaaaaaaaaa', up: `${head}${text('a')}CREATE TABLE here (id integer);\n` },
      { id: 'bbbbbbbbbbbb', up: `-- updown: no-transaction\n${text('b').replace('made', 'text')}` },
      { id: 'cccccccccccc', up: `${text('c').replace('made', 'text')}SELECT id FROM other.here;\n` },
    ],
    { range: 'bbbb:head' },
  );
  const words = 'type "citext2" does not exist, and neither does schema "auth"';
  assert.equal(
    result.missing.map(({ line, message }) => `${line} ${message}`),
    [`4 ${words}`, `2 ${words}`],
  );
  const [failed, found] = result.steps.at(-1)!.statements;
  assert.is(failed!.error?.message, words);
  // What is asked in between leaves the search path as the file has set it.
  assert.is(found!.error, undefined);
});

test('comments of a script are made of the whole schema or not at all: annotate names all that is missing', async () => {
  const error = await refusal(
    within([...lacking, planned], {}, async (cwd) =>
      annotate(await prepareUpgrade({ cwd, env, target: 'head', from: 'cccc' }), { cwd, env }),
    ),
  );
  assert.is(error.notes.length, 4);
  assert.match(error.hint!, '"setup"');
});

const auth = {
  'updown.json': '{ "scratch": { "setup": "db/scratch.sql" } }',
  'db/scratch.sql': `CREATE SCHEMA auth;
CREATE TABLE auth.users (id bigint PRIMARY KEY);
CREATE SCHEMA cron; CREATE FUNCTION cron.schedule(text) RETURNS void LANGUAGE sql AS '';
GRANT USAGE ON SCHEMA auth TO authenticated;
`,
};

test('a setup file makes what the history stands on: for a review, for comments, and for a plan that starts at base', async () => {
  const revisions = [
    lacking[1]!,
    lacking[2]!,
    { id: 'dddddddddddd', up: 'ALTER TABLE profiles ADD COLUMN x integer;\n' },
  ];
  const result = await measure(revisions, { range: 'cccc:head', files: auth });
  assert.equal([told(result), result.missing, result.setup], [['1 ok'], [], 'db/scratch.sql']);
  assert.is((await measure(revisions, { files: auth })).missing.length, 0);
  const impact = await within(revisions, auth, async (cwd) =>
    annotate(await prepareUpgrade({ cwd, env, target: 'head', from: 'cccc' }), { cwd, env }),
  );
  assert.match(JSON.stringify([...impact.values()]), 'profiles');
});

test('a setup file is a file like any other, inside of the project', async () => {
  const asked = (setup: string, text?: string) =>
    refusal(
      measure([{ id: 'aaaaaaaaaaaa' }], {
        files: { 'updown.json': JSON.stringify({ scratch: { setup } }), ...(text !== undefined && { [setup]: text }) },
      }),
    );
  assert.is((await asked('../outside.sql')).code, 'unsafe-path');
  assert.is((await asked('/etc/passwd')).code, 'unsafe-path');
  assert.is((await asked('nowhere.sql')).code, 'config');
  const dumped = await asked('dump.sql', 'CREATE SCHEMA auth;\n\\restrict abc\n');
  assert.equal([dumped.code, dumped.place?.line], ['input', 2]);
  assert.match(dumped.hint!, 'pg_dump');
  const rows = await asked('rows.sql', 'CREATE TABLE t (id integer);\nCOPY t (id) FROM stdin;\n1\n\\.\n');
  assert.match(rows.hint!, '--inserts');
  const failing = await asked('failing.sql', 'CREATE SCHEMA auth;\nSELECT nothing;\n');
  assert.equal([failing.code, failing.place?.file, failing.place?.line], ['sql', 'failing.sql', 2]);
  const template = await refusal(
    measure([{ id: 'aaaaaaaaaaaa' }], { files: { 'updown.json': '{ "scratch": { "template": "stock" } }' } }),
  );
  assert.is(template.code, 'config');
  const unknown = await refusal(
    measure([{ id: 'aaaaaaaaaaaa' }], { files: { 'updown.json': '{ "scratch": { "setups": "x.sql" } }' } }),
  );
  assert.match(unknown.hint!, 'setup');
});

test('a file may act as a role that may not do much, and is measured on', async () => {
  const result = await measure([
    {
      id: 'aaaaaaaaaaaa',
      up: 'CREATE ROLE few;\nCREATE TABLE t (id integer);\nSET LOCAL ROLE few;\nSELECT 1;\nRESET ROLE;\nALTER TABLE t ADD COLUMN z integer;\n',
    },
  ]);
  assert.equal(
    result.steps[0]!.statements.map(({ error }) => error?.message),
    Array(6).fill(undefined),
  );
});

test.run();
