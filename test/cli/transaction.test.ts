import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TestRevision } from '../support/project.ts';
import { needsPsql } from '../support/run.ts';
import { runScript } from '../support/script.ts';
import { bothWays, type World, withWorld } from './vocabulary.ts';

const procedure = `CREATE TABLE seen (n int);
CREATE PROCEDURE commits() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen VALUES (1); COMMIT; END $$;
`;

/** a1 makes the table `seen` and the procedure `commits`; b1 is this; c1 makes its table. */
function around(up: string): readonly TestRevision[] {
  return [{ id: 'a1', up: procedure }, { id: 'b1', up }, { id: 'c1' }];
}

/** b1 fails in a run and in psql, leaves nothing of its own, and c1 never starts. `at` is `line:column` in it. */
function fails(title: string, up: string, at: string, expected: { sqlstate: string; hint: RegExp }): void {
  test(title, () =>
    withWorld(around(up), async (world) => {
      const error = await world.refuses('upgrade', {
        code: 'sql',
        exit: 1,
        place: `${world.path('b1')}:${at}`,
        hint: expected.hint,
        changes: true,
      });
      assert.is(error.sqlstate, expected.sqlstate);
      assert.equal(await world.journal(), ['up up a1', 'fail up b1']);
      assert.is(await world.value('SELECT count(*)::int FROM seen'), 0);
      assert.is(await world.value("SELECT to_regclass('t_c1')"), null);
    }),
  );
  needsPsql(test, `${title}, in psql too`, () =>
    withWorld(around(up), async (world) => {
      const { status, stderr } = await world.script('upgrade --sql', { args: ['-v', 'VERBOSITY=verbose'] });
      assert.is(status, 3);
      assert.ok(stderr.includes(expected.sqlstate), stderr);
      assert.equal(await world.journal(), ['up up a1']);
      assert.is(await world.value('SELECT count(*)::int FROM seen'), 0);
      assert.is(await world.value("SELECT to_regclass('t_c1')"), null);
    }),
  );
}

fails(
  'F21: COMMIT in a DO is stopped by the server',
  '\nDO $$\nBEGIN\n  INSERT INTO seen VALUES (2);\n  COMMIT;\nEND\n$$;\n',
  '5:3',
  { sqlstate: '2D000', hint: /no-transaction/ },
);
fails(
  'F21: ROLLBACK in a DO is stopped by the server',
  'DO $$ BEGIN INSERT INTO seen VALUES (2); ROLLBACK; END $$;\n',
  '1:4',
  { sqlstate: '2D000', hint: /no-transaction/ },
);
fails('F21: CALL of a procedure that commits is stopped by the server', 'SELECT 1;\nCALL commits();\n', '2:1', {
  sqlstate: '2D000',
  hint: /no-transaction/,
});

/** No COMMIT in a file gets past the gate: the wire is tripped by one that somebody has put into an emitted script. */
for (const verb of ['COMMIT', 'ROLLBACK', 'COMMIT; BEGIN', 'COMMIT AND CHAIN', 'ROLLBACK; BEGIN']) {
  needsPsql(test, `F20: ${verb} that was put into a script trips the wire`, () =>
    withWorld(around('INSERT INTO seen VALUES (3);\nCREATE TABLE later ();\n'), async (world) => {
      const { stdout } = await world.run('upgrade --sql');
      const { status, stderr } = await runScript(
        world.database.url,
        stdout.replace('CREATE TABLE later ();', `${verb};\nCREATE TABLE later ();`),
      );
      assert.is(status, 3, stderr);
      assert.match(stderr, /UD007: revision b1 ended its own transaction/);
      assert.equal(await world.journal(), ['up up a1']);
      assert.is(await world.value("SELECT to_regclass('t_c1')"), null);
      const stands = await world.value('SELECT count(*)::int FROM seen WHERE n = 3');
      assert.is(stands, verb.startsWith('COMMIT') ? 1 : 0);
    }),
  );
}

/** A file with this in it is recorded like any other, and c1 starts as if nothing had been set. */
function leavesNoTrace(title: string, set: string, probe: string, expected: unknown): void {
  const revisions = [
    { id: 'a1', up: 'CREATE TABLE seen (n int);\n' },
    { id: 'b1', up: `INSERT INTO public.seen VALUES (1);\n${set}\nINSERT INTO public.seen VALUES (2);\n` },
    { id: 'c1', up: `CREATE TABLE probe AS SELECT (${probe})::text AS v;\n` },
  ];
  const look = async (world: World, channel: string): Promise<void> => {
    assert.equal(await world.journal(), ['up up a1', 'up up b1', 'up up c1']);
    assert.is(await world.value('SELECT count(*)::int FROM seen'), 2);
    assert.is(await world.value('SELECT v FROM public.probe'), expected);
    const written = await world.database.query(
      "SELECT DISTINCT channel, who, tool IS NOT NULL AS tool, length(script) AS plan FROM updown.journal WHERE event = 'up'",
    );
    assert.equal(written, [{ channel, who: 'postgres', tool: true, plan: 64 }]);
  };
  test(`${title}: neither the record nor the next revision notices`, () =>
    withWorld(revisions, async (world) => {
      await world.does('upgrade');
      await look(world, 'run');
    }));
  needsPsql(test, `${title}: nor do they in psql`, () =>
    withWorld(revisions, async (world) => {
      const { status, stderr } = await world.script('upgrade --sql');
      assert.is(status, 0, stderr);
      await look(world, 'script');
    }),
  );
}

leavesNoTrace(
  "F30: SET search_path = ''",
  "SET search_path = '';",
  "current_setting('search_path')",
  '"$user", public',
);
leavesNoTrace(
  'F30: set_config of search_path for the session, as pg_dump writes it',
  "SELECT pg_catalog.set_config('search_path', '', false);",
  "current_setting('search_path')",
  '"$user", public',
);
test('F33: RESET ALL is recorded as well, and the next revision has its pins', () =>
  withWorld(around("SET work_mem = '77MB'; RESET ALL; INSERT INTO seen VALUES (1);\n"), async (world) => {
    await world.write(world.path('c1'), "CREATE TABLE probe AS SELECT current_setting('lock_timeout') AS v;\n");
    await world.does('upgrade');
    assert.equal(await world.journal(), ['up up a1', 'up up b1', 'up up c1']);
    assert.is(await world.value('SELECT v FROM probe'), '5s');
  }));
leavesNoTrace(
  'F33: SET of what nobody pins',
  "SET work_mem = '77MB';",
  "current_setting('work_mem') <> '77MB'",
  'true',
);
leavesNoTrace(
  'F33: SET of what is pinned',
  "SET timezone = 'Asia/Tokyo'; SET statement_timeout = '1h'; SET row_security = off;",
  "concat_ws(' ', current_setting('timezone'), current_setting('statement_timeout'), current_setting('row_security'))",
  'UTC 0 on',
);
leavesNoTrace(
  'F33: SET session_replication_role',
  'SET session_replication_role = replica;',
  "current_setting('session_replication_role')",
  'origin',
);
leavesNoTrace(
  'F31: SET ROLE',
  'SET ROLE pg_monitor; RESET ROLE; GRANT INSERT ON public.seen TO pg_monitor; SET ROLE pg_monitor;',
  'current_user',
  'postgres',
);
leavesNoTrace(
  'F31: SET SESSION AUTHORIZATION',
  'GRANT INSERT ON public.seen TO pg_monitor; SET SESSION AUTHORIZATION pg_monitor;',
  'session_user',
  'postgres',
);
leavesNoTrace(
  'F32: a temporary table named like the ledger',
  'CREATE TEMP TABLE journal (LIKE updown.journal); CREATE TEMP VIEW applied AS SELECT 1; SET search_path = pg_temp, updown;',
  '1',
  '1',
);

bothWays(
  test,
  "F33: a lock_timeout of the file's own stands for the statements behind it, outside a transaction too",
  [
    {
      id: 'a1',
      up: `-- updown: no-transaction
CREATE TABLE probe AS SELECT current_setting('lock_timeout') AS v;
SET lock_timeout = '7s';
INSERT INTO probe VALUES (current_setting('lock_timeout'));
UPDATE probe SET v = v || ' ' || current_setting('lock_timeout') WHERE v = '7s';
set SESSION Lock_Timeout to '8s';
INSERT INTO probe VALUES (current_setting('lock_timeout'));
`,
    },
    { id: 'b1', up: "INSERT INTO probe VALUES (current_setting('lock_timeout'));\n" },
  ],
  async ({ database }, { upgrade }) => {
    const { status, stderr } = await upgrade();
    assert.is(status, 0, stderr);
    const seen = (await database.query('SELECT v FROM probe ORDER BY ctid')).map(({ v }) => v);
    assert.equal([...seen].sort(), ['5s', '5s', '7s 7s', '8s']);
  },
);

test.run();
