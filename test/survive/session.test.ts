import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Event, prepareUpgrade } from '../../lib/index.ts';
import type { TestRevision } from '../support/project.ts';
import { needsPsql } from '../support/run.ts';
import { sample } from '../support/sample.ts';
import { print, runScript } from '../support/script.ts';
import { type Trial, withTrial } from './broken.ts';

/** Two revisions: what the first does to its session must not be seen by the second, nor by the ledger. */
function pair(first: string, second: string, noTransaction = false): readonly TestRevision[] {
  const head = noTransaction ? '-- updown: no-transaction\n' : '';
  return [
    { id: 'a1', up: 'CREATE SCHEMA other;\nCREATE TABLE seen (what text);\n' },
    { id: 'b1', up: `${head}${first}` },
    { id: 'c1', up: second },
  ];
}

async function succeeds(trial: Trial): Promise<void> {
  const { error } = await trial.upgrade();
  assert.is(error, undefined, `${error?.message} ${error?.notes.join(' ')}`);
  assert.equal(await trial.database.query('SELECT revision FROM updown.applied ORDER BY seq'), [
    { revision: 'a1' },
    { revision: 'b1' },
    { revision: 'c1' },
  ]);
}

async function readSeen({ database }: Trial): Promise<readonly unknown[]> {
  return (await database.query('SELECT what FROM public.seen ORDER BY what')).map(({ what }) => what);
}

const see = (expression: string): string => `INSERT INTO public.seen VALUES (${expression});\n`;

interface Leak {
  readonly title: string;
  readonly first: string;
  /** Asked in the revision after it, and what must come out. */
  readonly ask: string;
  readonly answer: string;
}

const leaks: readonly Leak[] = [
  {
    title: 'F30: search_path',
    first: 'SET search_path = other;\n',
    ask: "current_setting('search_path')",
    answer: '"$user", public',
  },
  {
    title: "F30: set_config('search_path', '', false), as pg_dump writes it",
    first: "SELECT pg_catalog.set_config('search_path', '', false);\n",
    ask: "current_setting('search_path')",
    answer: '"$user", public',
  },
  { title: 'F31: SET ROLE', first: 'SET ROLE pg_monitor;\n', ask: 'current_user', answer: 'postgres' },
  {
    title: 'F31: SET SESSION AUTHORIZATION',
    first: 'SET SESSION AUTHORIZATION pg_monitor;\n',
    ask: "session_user || ' ' || current_user",
    answer: 'postgres postgres',
  },
  {
    title: 'F32: a temporary table named journal',
    first: 'CREATE TEMP TABLE journal (LIKE updown.journal);\n',
    ask: "coalesce(to_regclass('pg_temp.journal')::text, 'none')",
    answer: 'none',
  },
  {
    title: 'F33: statement_timeout',
    first: "SET statement_timeout = '77s';\n",
    ask: "current_setting('statement_timeout')",
    answer: '0',
  },
  {
    title: 'F33: timezone',
    first: "SET timezone = 'Asia/Tokyo';\n",
    ask: "current_setting('timezone')",
    answer: 'UTC',
  },
  {
    title: 'F33: check_function_bodies and session_replication_role',
    first: 'SET check_function_bodies = off;\nSET session_replication_role = replica;\n',
    ask: "current_setting('check_function_bodies') || ' ' || current_setting('session_replication_role')",
    answer: 'on origin',
  },
  {
    title: 'F33: a setting of one’s own',
    first: "SET app.tenant = 'one';\n",
    ask: "coalesce(nullif(current_setting('app.tenant', true), ''), 'none')",
    answer: 'none',
  },
  {
    title: 'F33: a prepared statement',
    first: 'PREPARE p AS SELECT 1;\n',
    ask: '(SELECT count(*)::text FROM pg_prepared_statements)',
    answer: '0',
  },
  {
    title: 'F33: a cursor that outlives its transaction',
    first: 'DECLARE c CURSOR WITH HOLD FOR SELECT 1;\n',
    ask: '(SELECT count(*)::text FROM pg_cursors)',
    answer: '0',
  },
  {
    title: 'F33: LISTEN',
    first: 'LISTEN news;\n',
    ask: '(SELECT count(*)::text FROM pg_listening_channels())',
    answer: '0',
  },
  {
    title: 'F33: a sequence’s last value',
    first: "CREATE SEQUENCE s;\nSELECT nextval('s');\n",
    ask: '(SELECT count(*)::text FROM pg_temp.try_lastval())',
    answer: '0',
  },
  {
    title: 'F33: a session’s advisory lock',
    first: 'SELECT pg_advisory_lock(42), pg_advisory_lock_shared(1, 2);\n',
    ask: "(SELECT count(*)::text FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND classid <> 1970300014)",
    answer: '0',
  },
];

for (const { title, first, ask, answer } of sample(leaks, 2)) {
  for (const outside of [false, true]) {
    test(`${title} of one revision is not there in the next${outside ? ', nor where it was set outside a transaction' : ''}`, () =>
      withTrial(pair(first, preface(ask) + see(ask), outside), async (trial) => {
        await succeeds(trial);
        assert.equal(await readSeen(trial), [answer]);
      }));
  }
}

/** `lastval` fails where there is none. */
function preface(ask: string): string {
  if (!ask.includes('try_lastval')) return '';
  return `CREATE FUNCTION pg_temp.try_lastval() RETURNS SETOF bigint LANGUAGE plpgsql AS $$
BEGIN RETURN NEXT lastval(); EXCEPTION WHEN object_not_in_prerequisite_state THEN RETURN; END $$;
`;
}

const resets: readonly (readonly [what: string, sql: string, kept: boolean])[] = [
  ['RESET ALL', 'reset  all;\n', true],
  ['RESET ALL in a DO', "DO $$ BEGIN EXECUTE 'RESET ALL'; END $$;\n", true],
  ['RESET ALL and DISCARD TEMP', 'RESET ALL;\nDISCARD TEMP;\nRESET ALL;\n', true],
  ['RESET ALL made up from pieces', "DO $$ BEGIN EXECUTE 'RESET' || ' ALL'; END $$;\n", false],
  ['RESET ALL and DEALLOCATE ALL', 'RESET ALL;\nDEALLOCATE ALL;\n', false],
];
for (const [what, sql, kept] of resets) {
  const revisions = [{ id: 'a1' }, { id: 'b1', up: sql }, { id: 'c1', up: sql }, { id: 'd1' }];
  const read =
    "SELECT channel, script IS NOT NULL AS script, tool IS NOT NULL AS tool, application_name AS name FROM updown.journal WHERE revision = 'c1'";
  const name = 'updown test-abc123';

  test(`F33: the entry of a step with ${what} ${kept ? 'says' : 'does not say'} who ran which plan`, () =>
    withTrial(revisions, async (trial) => {
      assert.equal((await trial.upgrade()).ran, ['a1', 'b1', 'c1', 'd1']);
      const wanted = kept
        ? { channel: 'run', script: true, tool: true }
        : { channel: 'script', script: false, tool: false };
      assert.equal(await trial.database.query(read), [{ ...wanted, name }]);
    }));

  needsPsql(test, `F33: so does it in psql (${what})`, () =>
    withTrial(revisions, async (trial) => {
      const script = print(await prepareUpgrade({ cwd: trial.cwd, env: {} }));
      const { status, stdout, stderr } = await runScript(trial.database.url, script);
      assert.is(status, 0, stderr);
      assert.not.match(stdout, 'set_config');
      assert.equal(await trial.database.query(read), [
        { channel: 'script', script: kept, tool: kept, name: kept ? name : 'psql' },
      ]);
    }),
  );
}

test('F29: a run that failed leaves no lock behind, and the next one need not wait', () =>
  withTrial([{ id: 'a1', up: 'SELECT 1 / 0;\n' }], async (trial) => {
    for (let n = 0; n < 2; n++) {
      const waits: Event[] = [];
      const { error } = await trial.upgrade({ emit: (event) => void (event.kind === 'waiting' && waits.push(event)) });
      assert.is(error?.sqlstate, '22012');
      assert.equal(waits, []);
      assert.equal(
        await trial.database.query(
          "SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        ),
        [],
      );
    }
  }));

test('F34: what the role or the database sets by default does not reach a revision', () =>
  withTrial(
    [
      { id: 'a1', up: 'CREATE TABLE seen (what text);\n' },
      {
        id: 'b1',
        up: `SELECT pg_sleep(0.2);\n${see("current_setting('search_path') || current_setting('lock_timeout')")}`,
      },
      {
        id: 'c1',
        up: `-- updown: no-transaction\nSELECT pg_sleep(0.2);\nVACUUM seen;\n${see("current_setting('timezone')")}`,
      },
    ],
    async (trial) => {
      const { query, name } = trial.database;
      const role = `role_${name}`;
      await query(`CREATE ROLE ${role} SUPERUSER LOGIN PASSWORD 'secret'`);
      try {
        for (const setting of ["statement_timeout = '100ms'", 'search_path = pg_catalog', "lock_timeout = '1ms'"])
          await query(`ALTER ROLE ${role} SET ${setting}; ALTER DATABASE ${name} SET ${setting}`);
        await query(`ALTER DATABASE ${name} SET timezone = 'Asia/Tokyo'`);
        const url = new URL(trial.database.url);
        Object.assign(url, { username: role, password: 'secret' });
        const { error } = await trial.at(url.href).upgrade();
        assert.is(error, undefined, error?.message);
        assert.equal(await readSeen(trial), ['"$user", public5s', 'UTC']);
      } finally {
        await query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
      }
    },
  ));

test('F34: timestamp to timestamptz rewrites nothing on a server in another time zone, and keeps UTC', () =>
  withTrial(
    [
      { id: 'a1', up: "CREATE TABLE t (at timestamp);\nINSERT INTO t VALUES ('2025-07-01 12:00');\n" },
      { id: 'b1', up: 'ALTER TABLE t ALTER COLUMN at TYPE timestamptz;\n' },
    ],
    async (trial) => {
      const { query, name } = trial.database;
      await query(`ALTER DATABASE ${name} SET timezone = 'Europe/Oslo'`);
      const file = async (): Promise<unknown> => (await query("SELECT pg_relation_filenode('t') AS node"))[0]?.node;
      await trial.upgrade({ target: 'a1' });
      const before = await file();
      assert.is((await trial.upgrade()).error, undefined);
      assert.is(await file(), before, 'the table was rewritten');
      assert.equal(await query("SELECT (at AT TIME ZONE 'UTC')::text AS at FROM t"), [{ at: '2025-07-01 12:00:00' }]);
      await query("SET timezone = 'Europe/Oslo'; ALTER TABLE t ALTER COLUMN at TYPE timestamp");
      assert.is.not(await file(), before, 'without the pin it would have been');
    },
  ));

test('F35: a ledger whose rows a policy hides is refused, and not taken for an empty one', () =>
  withTrial([{ id: 'a1' }], async (trial) => {
    const { query, name } = trial.database;
    const role = `role_${name}`;
    assert.is((await trial.upgrade()).error, undefined);
    await query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
    try {
      await query(`GRANT ALL ON SCHEMA updown, public TO ${role}; GRANT ALL ON ALL TABLES IN SCHEMA updown TO ${role}`);
      await query('ALTER TABLE updown.journal ENABLE ROW LEVEL SECURITY');
      const url = new URL(trial.database.url);
      Object.assign(url, { username: role, password: 'secret' });
      const { error, sent } = await trial.at(url.href).upgrade();
      assert.equal([error?.code, error?.exitStatus], ['hidden-ledger', 4], error?.message);
      assert.match(
        error!.message,
        'A row security policy hides entries of the ledger in schema "updown" from this role',
      );
      assert.match(error!.hint!, 'ALTER TABLE updown.journal DISABLE ROW LEVEL SECURITY');
      assert.equal(sent, []);
    } finally {
      await query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  }));

test.run();
