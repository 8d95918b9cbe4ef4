import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { psql } from '../support/database.ts';
import { needsPsql } from '../support/run.ts';
import { bothWays, type World, withWorld } from './vocabulary.ts';

interface Role {
  readonly name: string;
  /** This database's address for the role. */
  readonly env: { readonly DATABASE_URL: string };
}

/** A role of its own for one test, since roles belong to the whole server. */
let made = 0;

async function withRole(world: World, body: (role: Role) => Promise<void>): Promise<void> {
  const name = `${world.database.name}_role${++made}`;

  const url = new URL(world.database.url);
  [url.username, url.password] = [name, 'secret'];
  await world.database.query(`CREATE ROLE ${name} LOGIN PASSWORD 'secret'`);
  try {
    await body({ name, env: { DATABASE_URL: url.href } });
  } finally {
    await world.database.query(`DROP OWNED BY ${name}; DROP ROLE ${name}`);
  }
}

const two = [{ id: 'a1' }, { id: 'b1' }];

test('F37: a role that may not create a schema is told which right it lacks', () =>
  withWorld(two, (world) =>
    withRole(world, async (role) => {
      await world.refuses(
        'upgrade',
        {
          code: 'privilege',
          exit: 1,
          names: /permission denied.*database/,
          hint: 'GRANT CREATE ON DATABASE',
        },
        role,
      );
      const { pending } = (await world.run('status --json', role)).json<{ pending: string[] }>();
      assert.equal(pending, ['a1', 'b1'], 'reading needs no such right');
    }),
  ));

needsPsql(test, 'F37: so is one that runs the script', () =>
  withWorld(two, (world) =>
    withRole(world, async (role) => {
      const { stdout } = await world.does('upgrade --sql');
      await world.write('s.sql', stdout);
      const { status, stderr } = await psql(role.env.DATABASE_URL, ['-f', `${world.folder}/s.sql`]);
      assert.is(status, 3);
      assert.match(stderr, /permission denied for database/);
      assert.equal(await world.journal(), []);
    }),
  ),
);

test('F37: a role that may create its ledger but not in public keeps the ledger and names the statement', () =>
  withWorld(two, (world) =>
    withRole(world, async (role) => {
      await world.database.query(`GRANT CREATE ON DATABASE ${world.database.name} TO ${role.name}`);
      const error = await world.refuses(
        'upgrade',
        {
          code: 'sql',
          exit: 1,
          names: 'permission denied for schema public',
          hint: 'grant',
          place: `${world.path('a1')}:1:14`,
          changes: true,
        },
        role,
      );
      assert.is(error.sqlstate, '42501');
      assert.equal(await world.journal(), ['fail up a1']);
    }),
  ));

test("F37: a role without USAGE on the ledger's schema is told which grants it needs", () =>
  withWorld(two, (world) =>
    withRole(world, async (role) => {
      await world.does('upgrade a1');
      for (const command of ['upgrade', 'status', 'current'])
        await world.refuses(
          command,
          { code: 'privilege', exit: 1, names: '"updown"', hint: 'GRANT USAGE ON SCHEMA updown' },
          role,
        );
      await world.database.query(
        `GRANT USAGE ON SCHEMA updown TO ${role.name}; GRANT SELECT ON updown.journal, updown.applied, updown.unfinished TO ${role.name}`,
      );
      assert.is((await world.run('status', role)).status, 0, 'the grants that the hint names are enough to read');
      await world.database.query(`GRANT CREATE ON SCHEMA public TO ${role.name}`);
      await world.refuses(
        'upgrade',
        { code: 'privilege', exit: 1, names: 'journal', hint: 'GRANT', changes: true },
        role,
      );
      assert.equal(await world.journal(), ['up up a1']);
      await world.database.query(`GRANT INSERT ON updown.journal TO ${role.name}`);
      assert.is((await world.run('upgrade', role)).status, 0, 'and these to write');
      assert.equal(await world.journal(), ['up up a1', 'up up b1']);
    }),
  ));

test('F37: who only reads is asked for SELECT alone, which is enough', () =>
  withWorld(two, (world) =>
    withRole(world, async (role) => {
      await world.does('upgrade a1');
      for (const command of ['status', 'current', 'upgrade --sql --from-database']) {
        const { error } = (await world.run(`${command} --json`, role)).json<{
          error: { code: string; hint: string };
        }>();
        assert.is(error.code, 'privilege');
        assert.not.match(error.hint, /INSERT|--grant-to/);
        const [grants = ''] = /GRANT USAGE.*;/.exec(error.hint) ?? [];
        await world.database.query(grants);
        assert.is((await world.run(command, role)).status, 0, `${command}: ${grants}`);
        await world.database.query(`DROP OWNED BY ${role.name}`);
      }
    }),
  ));

test('F35: a policy on the journal or the worker that hides rows is an error, not a shorter history', () =>
  withWorld(two, (world) =>
    withRole(world, async (role) => {
      await world.does('upgrade');
      await world.database.query(
        `GRANT USAGE ON SCHEMA updown TO ${role.name}; GRANT SELECT, INSERT ON updown.journal TO ${role.name}; GRANT SELECT ON updown.applied, updown.unfinished TO ${role.name}; ALTER TABLE updown.journal ENABLE ROW LEVEL SECURITY`,
      );
      await world.refuses('upgrade', { code: 'hidden-ledger', exit: 4, names: 'ledger' }, role);
      await world.refuses('status', { code: 'hidden-ledger', exit: 4, names: 'ledger' }, role);
      await world.database.query(
        'ALTER TABLE updown.journal DISABLE ROW LEVEL SECURITY; ALTER TABLE updown.worker ENABLE ROW LEVEL SECURITY',
      );
      for (const command of ['upgrade', 'status'])
        await world.refuses(
          command,
          { code: 'hidden-ledger', exit: 4, hint: 'ALTER TABLE updown.worker DISABLE' },
          role,
        );
    }),
  ));

for (const table of ['journal', 'worker'])
  needsPsql(test, `F35: a policy on the ${table} is an error to its owner, too, where it is forced`, () =>
    withWorld(two, (world) =>
      withRole(world, async (role) => {
        const { name } = world.database;
        await world.database.query(
          `GRANT CREATE ON DATABASE ${name} TO ${role.name}; GRANT CREATE ON SCHEMA public TO ${role.name}`,
        );
        assert.is((await world.run('upgrade a1', role)).status, 0);
        const script = (await world.does('upgrade --sql')).stdout;
        await world.database.query(
          `ALTER TABLE updown.${table} ENABLE ROW LEVEL SECURITY; ALTER TABLE updown.${table} FORCE ROW LEVEL SECURITY`,
        );
        const refusal = {
          code: 'hidden-ledger',
          exit: 4,
          names: 'ledger',
          hint: `ALTER TABLE updown.${table} DISABLE`,
        };
        for (const command of ['upgrade', 'status']) await world.refuses(command, refusal, role);
        await world.write('s.sql', script);
        const { status, stderr } = await psql(role.env.DATABASE_URL, ['-f', `${world.folder}/s.sql`]);
        assert.is(status, 3, stderr);
        assert.match(stderr, 'a row security policy hides entries of the ledger from this role');
      }),
    ),
  );

test('F34: what a role or a database sets by default does not reach a revision', () =>
  withWorld(
    [
      {
        id: 'a1',
        up: "CREATE TABLE probe AS SELECT current_setting('search_path') AS path, current_setting('statement_timeout') AS timeout, current_setting('timezone') AS zone, pg_sleep(1)::text;\n",
      },
      { id: 'b1' },
    ],
    (world) =>
      withRole(world, async (role) => {
        await world.database.query(`
        GRANT CREATE ON DATABASE ${world.database.name} TO ${role.name}; GRANT CREATE ON SCHEMA public TO ${role.name};
        ALTER ROLE ${role.name} SET search_path = '';
        ALTER ROLE ${role.name} SET statement_timeout = '500ms';
        ALTER ROLE ${role.name} SET timezone = 'Asia/Tokyo';
        ALTER ROLE ${role.name} SET standard_conforming_strings = off;
        ALTER ROLE ${role.name} SET default_transaction_isolation = 'serializable';
        ALTER ROLE ${role.name} SET client_encoding = 'LATIN1'`);
        const { status, stderr } = await world.run('upgrade', role);
        assert.is(status, 0, stderr);
        assert.equal(await world.database.query('SELECT path, timeout, zone FROM public.probe'), [
          { path: '"$user", public', timeout: '0', zone: 'UTC' },
        ]);
      }),
  ));

test('F34: default_transaction_read_only is refused with its name', () =>
  withWorld(two, (world) =>
    withRole(world, async (role) => {
      await world.database.query(
        `GRANT CREATE ON DATABASE ${world.database.name} TO ${role.name}; GRANT CREATE ON SCHEMA public TO ${role.name}; ALTER ROLE ${role.name} SET default_transaction_read_only = on`,
      );
      await world.refuses(
        'upgrade',
        { code: 'read-only', exit: 4, names: 'default_transaction_read_only', hint: 'lift' },
        role,
      );
      await world.refuses('stamp head --force', { code: 'read-only', exit: 4 }, role);
      assert.is((await world.run('status', role)).status, 0);
      await world.does('upgrade');
    }),
  ));

for (const set of ['SET ROLE', 'SET SESSION AUTHORIZATION'])
  needsPsql(test, `F31: a script is refused where the session has ${set} before it`, () =>
    withWorld(two, (world) =>
      withRole(world, async (role) => {
        const { name } = world.database;
        await world.database.query(`GRANT CREATE ON DATABASE ${name} TO ${role.name}`);
        await world.write('s.sql', (await world.does('upgrade --sql')).stdout);
        const args = ['-c', `${set} ${role.name}`, '-f', `${world.folder}/s.sql`];
        const { status, stderr } = await psql(world.database.url, args);
        assert.is(status, 3, stderr);
        assert.match(stderr, /this session has set its role to/);
        assert.match(stderr, /Nothing was changed/);
        assert.is(await world.value("SELECT to_regnamespace('updown')"), null);
        assert.is(await world.value("SELECT to_regclass('t_a1')"), null);
      }),
    ),
  );

bothWays(
  test,
  "F31: a role's own default role is no such thing, and each step runs as it",
  two,
  (world, { upgrade, channel }) =>
    withRole(world, async (role) => {
      const { name } = world.database;
      await world.database.query(`
      GRANT pg_monitor TO ${role.name}; ALTER ROLE ${role.name} SET role = pg_monitor;
      GRANT CREATE ON DATABASE ${name} TO pg_monitor; GRANT CREATE ON SCHEMA public TO pg_monitor`);
      const { status, stderr } = await upgrade(role);
      assert.is(status, 0, stderr);
      assert.equal(
        await world.database.query("SELECT DISTINCT tableowner AS owner FROM pg_tables WHERE tablename LIKE 't\\__1'"),
        [{ owner: 'pg_monitor' }],
      );
      assert.equal(await world.database.query("SELECT DISTINCT who, channel FROM updown.journal WHERE event = 'up'"), [
        { who: role.name, channel },
      ]);
    }),
);

test('F31: outside a transaction, too, the ledger is written by the role that a login begins with', () =>
  withWorld(
    [
      { id: 'a1', up: 'CREATE TABLE t (n integer);\n' },
      { id: 'b1', up: '-- updown: no-transaction\nSET ROLE pg_monitor;\nSELECT 1;\nRESET ROLE;\nVACUUM t;\n' },
    ],
    (world) =>
      withRole(world, async (login) => {
        await withRole(world, async (owner) => {
          await world.database.query(
            `GRANT ALL ON DATABASE ${world.database.name} TO ${owner.name}; GRANT ALL ON SCHEMA public TO ${owner.name};
             GRANT pg_monitor TO ${owner.name}, ${login.name};
             ALTER ROLE ${login.name} NOINHERIT; GRANT ${owner.name} TO ${login.name}; ALTER ROLE ${login.name} SET role = ${owner.name}`,
          );
          const { status, stderr } = await world.does('upgrade', login);
          assert.is(status, 0, stderr);
        });
      }),
  ));

test.run();
