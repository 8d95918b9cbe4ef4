import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openSession } from '../../lib/database/open.ts';
import { SendError, type Session } from '../../lib/database/session.ts';
import { isUpdownError } from '../../lib/errors.ts';
import { diff } from '../../lib/schema/diff.ts';
import { readSchema, readSchemaWithin } from '../../lib/schema/read.ts';
import type { Schema } from '../../lib/schema/schema.ts';
import { updown } from '../support/cli.ts';
import { type Database, withDatabase } from '../support/database.ts';
import { withProject, writeProject } from '../support/project.ts';
import { serverUrl } from '../support/server.ts';
import { changesOf, ledger, snapshotOf, withRoles, withSession, wordsOf } from './snapshot.ts';

const everything = `
  CREATE SCHEMA "Odd ""one"; CREATE TYPE "Odd ""one".mood AS ENUM ('a'); CREATE TABLE "Odd ""one"."T.t" (a integer PRIMARY KEY, b text);
  CREATE VIEW v AS SELECT a FROM "Odd ""one"."T.t"; CREATE MATERIALIZED VIEW w AS SELECT 1 AS a;
  CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
  CREATE TRIGGER g AFTER INSERT ON "Odd ""one"."T.t" EXECUTE FUNCTION f(); CREATE PUBLICATION p FOR ALL TABLES;
  CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (password 'sekret');
  ALTER TABLE "Odd ""one"."T.t" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; REVOKE ALL ON SCHEMA public FROM PUBLIC;`;

test('any role reads the same as a superuser does, and no password', () =>
  withDatabase(async ({ url, query, name }) => {
    await query(everything);
    const role = `reader_${name}`;
    await withRoles(await serverUrl(), [`${role} LOGIN PASSWORD 'x'`], async () => {
      const address = new URL(url);
      address.username = role;
      address.password = 'x';
      const [own, theirs] = [await snapshotOf(url), await snapshotOf(address.href)];
      assert.equal(theirs, own);
      assert.is(own.userMappings.length, 1);
      assert.not.match(JSON.stringify(own), 'sekret');
    });
  }));

test('members of an extension are left out, and what others add to it is not', () =>
  withDatabase(({ url }) =>
    withSession(url, async (session) => {
      const words = async (sql: string) =>
        (await changesOf(session, sql)).map(({ kind, name }) => `${kind} ${JSON.stringify(name)}`);
      assert.equal(await words('CREATE EXTENSION hstore; CREATE EXTENSION postgres_fdw'), [
        'extension-added "hstore"',
        'extension-added "postgres_fdw"',
      ]);
      assert.equal(
        await words('CREATE CAST (hstore AS integer) WITH INOUT; CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw'),
        ['cast-added {"source":"public.hstore","target":"integer"}', 'foreign-server-added "s"'],
      );
    }),
  ));

test("the ledger's schema is left out by its name, and so are temporary objects", () =>
  withDatabase(({ url }) =>
    withSession(url, async (session) => {
      const sql = `CREATE SCHEMA updown; CREATE TABLE updown.journal (a integer PRIMARY KEY); CREATE TYPE updown.e AS ENUM ('a');
        CREATE FUNCTION updown.f() RETURNS integer LANGUAGE sql AS 'SELECT 1'; CREATE DOMAIN updown.d AS text CHECK (value <> '');
        COMMENT ON SCHEMA updown IS 'x'; ALTER DEFAULT PRIVILEGES IN SCHEMA updown GRANT SELECT ON TABLES TO PUBLIC; CREATE TEMP TABLE t (a integer)`;
      assert.equal(await changesOf(session, sql), []);
      const other = await readSchema(session, 'another');
      assert.equal(
        other.tables.map(({ name }) => name),
        [{ schema: 'updown', name: 'journal' }],
      );
    }),
  ));

test('a database that updown has made differs in nothing from one made by the same file alone', () =>
  withProject({}, async (folder) => {
    await writeProject(folder, [{ id: 'a1b2', up: everything }]);
    await withDatabase(async (run) => {
      const { status, stderr } = await updown(['upgrade', '--url', run.url], { cwd: folder });
      assert.is(status, 0, stderr);
      await withDatabase(async (plain) => {
        await plain.query(everything);
        assert.equal(wordsOf(await snapshotOf(plain.url), await snapshotOf(run.url)), []);
      });
    });
  }));

test('two snapshots of different major versions are not compared', () =>
  withDatabase(async ({ url }) => {
    const schema = await snapshotOf(url);
    const other: Schema = { ...schema, major: schema.major + 1 };
    const error = caught(() => diff(schema, other));
    assert.ok(isUpdownError(error) && error.code === 'other-major', String(error));
    assert.match(
      String(error),
      `PostgreSQL ${schema.major} can't be compared with one of PostgreSQL ${schema.major + 1}`,
    );
  }));

function caught(body: () => unknown): unknown {
  try {
    return body();
  } catch (error) {
    return error;
  }
}

test('reading changes nothing: neither the session nor the transaction that it may stand in', () =>
  withDatabase(({ url }) =>
    withSession(url, async (session) => {
      await session.send("SET search_path = 'x'; SET timezone = 'Asia/Tokyo'; SET statement_timeout = '9s'");
      await readSchema(session, ledger);
      assert.equal(await stateOf(session), { path: 'x', zone: 'Asia/Tokyo', timeout: '9s' });
      await session.send("BEGIN; SET LOCAL search_path = 'y'; CREATE TABLE public.t (a integer)");
      const within = await readSchemaWithin(session, ledger);
      assert.equal(
        within.tables.map(({ name }) => name),
        [{ schema: 'public', name: 't' }],
      );
      assert.equal(await stateOf(session), { path: 'y', zone: 'Asia/Tokyo', timeout: '9s' });
      await session.send('CREATE TABLE public.u (a integer); COMMIT');
      assert.equal((await readSchema(session, ledger)).tables.length, 2);
    }),
  ));

async function stateOf(session: Session): Promise<unknown> {
  const [rows] =
    await session.send(`SELECT pg_catalog.current_setting('search_path') AS path, pg_catalog.current_setting('timezone') AS zone,
    pg_catalog.current_setting('statement_timeout') AS timeout`);
  return rows?.[0];
}

test('a reading that fails leaves the session usable, and the transaction that it stands in', () =>
  withDatabase(({ url, query }) =>
    withSession(url, async (session) => {
      await query('CREATE TABLE t (a integer CHECK (a > 0)); CREATE VIEW v AS SELECT a FROM t');
      await session.send("SET lock_timeout = '50ms'");
      await withSession(url, async (other) => {
        await other.send('BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE');
        assert.equal(await codesOf(readSchema(session, ledger)), ['busy', '55P03']);
        await session.send('BEGIN; CREATE TABLE u (a integer)');
        assert.equal(await codesOf(readSchemaWithin(session, ledger)), ['busy', '55P03']);
        await other.send('ROLLBACK');
      });
      await session.send('COMMIT');
      assert.is((await readSchema(session, ledger)).tables.length, 2);
    }),
  ));

/** What is said, and what the server said. */
async function codesOf(reading: Promise<unknown>): Promise<readonly (string | undefined)[]> {
  const error = await reading.catch((failure: unknown) => failure);
  const cause = isUpdownError(error) ? error.cause : undefined;
  return [isUpdownError(error) ? error.code : undefined, cause instanceof SendError ? cause.fields?.code : undefined];
}

test('PostgreSQL in this process is read the same way', async () => {
  const session = await openSession(
    { kind: 'pglite', apart: true, extensions: [] },
    { applicationName: 'test', onNotice: () => {} },
  );
  try {
    const before = await readSchema(session, ledger);
    await session.send(everything);
    const after = await readSchema(session, ledger);
    assert.is(after.tables.length, 1);
    assert.equal(wordsOf(before, before), []);
    assert.ok(wordsOf(before, after).includes('table "Odd ""one"."T.t" was added'), wordsOf(before, after).join('\n'));
  } finally {
    await session.close();
  }
});

test('while others change what is read, each snapshot is whole', () =>
  withDatabase((database) =>
    withSession(database.url, async (session) => {
      let ends = false;
      const others = Array.from({ length: 2 }, (_, index) => keepChanging(database, index, () => ends));
      try {
        for (let round = 0; round < 30; round++) {
          const { tables, views } = await readSchema(session, ledger);
          for (const { columns, indexes, constraints } of tables) {
            assert.ok(columns.length > 0);
            for (const { definition } of [...indexes, ...constraints]) assert.type(definition, 'string');
          }
          for (const { definition } of views) assert.type(definition, 'string');
        }
      } finally {
        ends = true;
        await Promise.all(others);
      }
    }),
  ));

function keepChanging({ url }: Database, index: number, ends: () => boolean): Promise<void> {
  return withSession(url, async (session) => {
    while (!ends()) {
      await session.send(`CREATE TABLE t${index} (a integer PRIMARY KEY CHECK (a > 0), b text DEFAULT 'x', c integer GENERATED ALWAYS AS (a * 2) STORED);
        CREATE INDEX ON t${index} (lower(b)) WHERE b <> ''`);
      await session.send(
        `CREATE VIEW v${index} AS SELECT a FROM t${index}; CREATE FUNCTION f${index}(a t${index}) RETURNS integer LANGUAGE sql AS 'SELECT 1'`,
      );
      await session.send(`DROP TABLE t${index} CASCADE`);
      await sleep(60);
    }
  });
}

test.run();
