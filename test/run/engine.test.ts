import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openSession } from '../../lib/database/open.ts';
import { readRelations } from '../../lib/database/relations.ts';
import { prepareUpgrade, status, UpdownError, upgrade } from '../../lib/index.ts';
import { parseTarget } from '../../lib/libpq/parse.ts';
import { cutPieces } from '../../lib/run/one-by-one.ts';
import { begin } from '../../lib/script/block.ts';
import { updown } from '../support/cli.ts';
import { type Database, withDatabase } from '../support/database.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';
import { print, readEvents, runScript } from '../support/script.ts';

test('the first piece ends with BEGIN, each other one is a command, and every character but the space between is sent', () => {
  const file = `CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END;\n-- a; b\nSELECT ';' /* ; */, $$;$$;\nCREATE TABLE "a;b" ()`;
  const text = `SET LOCAL updown.run = ';';\n${begin}DO $u$ BEGIN NULL; END $u$;\n${file};\nCOMMIT;\n`;
  const pieces = cutPieces(text).map(({ start, end, commands }) => ({ text: text.slice(start, end), commands }));
  assert.equal(pieces, [
    { text: `SET LOCAL updown.run = ';';\n${begin.trimEnd()}`, commands: ['SET', 'BEGIN'] },
    { text: 'DO $u$ BEGIN NULL; END $u$;', commands: ['DO'] },
    { text: 'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END;', commands: ['CREATE'] },
    { text: "SELECT ';' /* ; */, $$;$$;", commands: ['SELECT'] },
    { text: 'CREATE TABLE "a;b" ();', commands: ['CREATE'] },
    { text: 'COMMIT;', commands: ['COMMIT'] },
  ]);
});

/**
 * Citus is in no package here. As its coordinator does, this server refuses some kinds of DDL where the message holds more than one command
 * (measured with Citus 13.2), and it has the catalogs and functions that are asked.
 */
const standIn = `SET allow_system_table_mods = on;
INSERT INTO pg_catalog.pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
  SELECT 99999, 'citus', oid, 11, false, '13.2-1' FROM pg_catalog.pg_roles WHERE rolname = current_user;
CREATE TABLE pg_catalog.pg_dist_partition (logicalrelid regclass);
CREATE FUNCTION pg_catalog.citus_is_coordinator() RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION pg_catalog.citus_total_relation_size(regclass, boolean) RETURNS bigint LANGUAGE sql AS 'SELECT 2600000::bigint';
RESET allow_system_table_mods;
CREATE FUNCTION public.forward() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_query() ~ ';\\s*\\S' THEN
    RAISE EXCEPTION 'cannot insert multiple commands into a prepared statement' USING ERRCODE = '42601';
  END IF;
END $$;
CREATE EVENT TRIGGER forward ON ddl_command_start WHEN TAG IN ('CREATE INDEX', 'DROP INDEX', 'ALTER TABLE') EXECUTE FUNCTION public.forward();`;

interface Site {
  readonly cwd: string;
  readonly env: Record<string, never>;
  readonly url: string;
}

async function withCoordinator(
  revisions: readonly TestRevision[],
  body: (site: Site, database: Database) => Promise<void>,
): Promise<void> {
  await withProject({}, async (cwd) => {
    await writeProject(cwd, revisions);
    await withDatabase(async (database) => {
      await database.query(standIn);
      await database.query(`ALTER DATABASE ${database.name} SET citus.multi_shard_modify_mode = 'parallel'`);
      await body({ cwd, env: {}, url: database.url }, database);
    });
  });
}

const up = `CREATE TABLE d (id int, v text);
CREATE INDEX d_v ON d (v);
ALTER TABLE d RENAME v TO w;
ALTER TABLE d ALTER w SET NOT NULL;
CREATE TABLE modes AS SELECT current_setting('citus.multi_shard_modify_mode') AS mode;
DROP INDEX d_v;
`;

async function failureOf(run: Promise<unknown>): Promise<UpdownError> {
  const error = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.instance(error, UpdownError);
  return error as UpdownError;
}

test('on a coordinator of Citus the commands of a step are sent one by one, with the setting that they need, as psql sends them', () =>
  withCoordinator([{ id: 'a1', up }], async (site, database) => {
    assert.equal((await upgrade(site)).heads, ['a1']);
    assert.equal(await database.query('SELECT mode FROM modes'), [{ mode: 'sequential' }]);
    const script = print(await prepareUpgrade(site));
    await withDatabase(async (other) => {
      await other.query(standIn);
      await other.query(`ALTER DATABASE ${other.name} SET citus.multi_shard_modify_mode = 'parallel'`);
      const outcome = await runScript(other.url, script);
      assert.is(outcome.status, 0, outcome.stderr);
      assert.equal(await other.query('SELECT mode FROM modes'), [{ mode: 'sequential' }]);
      assert.is(await readEvents(other), await readEvents(database));
    });
    // Without the extension the same server takes a message for one of PostgreSQL's, and its trigger shows that it was one.
    await withDatabase(async (other) => {
      await other.query(`${standIn}; DELETE FROM pg_catalog.pg_extension WHERE extname = 'citus'`);
      assert.match((await failureOf(upgrade({ ...site, url: other.url }))).message, /multiple commands/);
    });
  }));

test('a step that fails among commands sent one by one leaves nothing, and shows its place', () =>
  withCoordinator(
    [
      { id: 'a1', up },
      { id: 'b1', up: '-- ä😀\nCREATE TABLE half ();\nCREATE INDEX i ON d (w);\nSELECT 1,\n  nothing FROM d;\n' },
    ],
    async (site, database) => {
      const error = await failureOf(upgrade(site));
      assert.equal([error.sqlstate, error.place?.line, error.place?.column], ['42703', 5, 3]);
      assert.is(await readEvents(database), 'up a1, fail b1');
      assert.equal(await database.query("SELECT relname FROM pg_class WHERE relname IN ('half', 'i')"), []);
      await writeProject(site.cwd, [
        { id: 'a1', up },
        { id: 'b1', up: 'DO $$ BEGIN PERFORM 1 / 0; END $$;\n' },
      ]);
      const inside = await failureOf(upgrade(site));
      assert.equal([inside.sqlstate, inside.place?.line], ['22012', 1]);
    },
  ));

test('a worker is said to be one, and nothing is run on it', () =>
  withCoordinator([{ id: 'a1' }], async (site, database) => {
    assert.equal((await status(site)).server.engine, 'Citus');
    assert.match(
      (await updown(['status', '--url', site.url], site)).stdout,
      /^ {2}server {6}PostgreSQL [\d.]+, Citus$/m,
    );
    await database.query(
      "SET allow_system_table_mods = on; CREATE OR REPLACE FUNCTION pg_catalog.citus_is_coordinator() RETURNS boolean LANGUAGE sql AS 'SELECT false'",
    );
    assert.match(
      (await updown(['status', '--url', site.url], site)).stdout.replace(/\n {4,}/g, ' '),
      /Citus \(a worker: a schema is changed on the coordinator\)$/m,
    );
    const error = await failureOf(upgrade(site));
    assert.equal([error.code, error.hint], ['read-only', 'Connect to the coordinator.']);
    assert.equal(await database.query("SELECT nspname FROM pg_namespace WHERE nspname = 'updown'"), []);
  }));

test('the size of a distributed table is that of its shards', () =>
  withCoordinator([], async ({ url }, database) => {
    await database.query(
      "CREATE TABLE d (id int); CREATE TABLE local (id int); INSERT INTO pg_catalog.pg_dist_partition VALUES ('d')",
    );
    const session = await openSession(parseTarget(url, {}), { applicationName: 'test', onNotice: () => {} });
    try {
      const found = await readRelations(session, ['public.d', 'public.local']);
      assert.equal([found.get('public.d')?.bytes, found.get('public.local')?.bytes], [2_600_000, 0]);
    } finally {
      await session.close();
    }
  }));

test.run();
