import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { review } from '../../lib/command/review.ts';
import { isUpdownError } from '../../lib/errors.ts';
import type { Review } from '../../lib/review/review.ts';
import { type Database, withDatabase } from '../support/database.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';
import { startServer } from '../support/server.ts';
import { until } from '../support/until.ts';

/** Of this file alone: its tests read the catalogs of the whole server. */
let server: Promise<string> | undefined;

function scratchServer(): Promise<string> {
  server ??= startServer({ settings: { wal_level: 'logical' } }).then(({ url }) => url);
  return server;
}

async function onServer(body: (database: Database) => Promise<void>): Promise<void> {
  await withDatabase(body, { server: await scratchServer() });
}

async function measure(
  revisions: readonly TestRevision[],
  range: string,
  {
    scratch,
    updown,
    ...options
  }: { readonly scratch?: string; readonly updown?: object; readonly statementTimeout?: string } = {},
): Promise<{ readonly result: Review; readonly warnings: readonly string[] }> {
  const url = scratch ?? (await scratchServer());
  const files = updown === undefined ? {} : { 'updown.json': JSON.stringify(updown) };
  const warnings: string[] = [];
  let result: Review | undefined;
  await withProject(files, async (cwd) => {
    await writeProject(cwd, revisions);
    const emit = (event: { readonly kind: string; readonly message?: string }) =>
      void (event.kind === 'warning' && warnings.push(event.message ?? ''));
    result = await review({ cwd, range, env: {}, emit, ...options, ...(updown === undefined && { scratch: url }) });
  });
  return { result: result!, warnings };
}

/** Everything of the server that a file may change beyond its database. */
const shared = `SELECT pg_catalog.string_agg(line, E'\\n' ORDER BY line) AS all FROM (
  SELECT 'role ' || pg_catalog.concat_ws(' ', rolname, rolsuper, rolcanlogin, rolconnlimit, rolpassword, shobj_description(oid, 'pg_authid')) AS line FROM pg_authid WHERE rolname !~ '^pg_'
  UNION ALL SELECT 'member ' || pg_catalog.concat_ws(' ', roleid::regrole, member::regrole, admin_option) FROM pg_auth_members WHERE roleid >= 16384
  UNION ALL SELECT 'setting ' || pg_catalog.concat_ws(' ', setrole::regrole, (SELECT datname FROM pg_database d WHERE d.oid = setdatabase), setconfig) FROM pg_db_role_setting
  UNION ALL SELECT 'database ' || pg_catalog.concat_ws(' ', datname, datdba::regrole, datconnlimit, (SELECT pg_catalog.string_agg(x::text, ',' ORDER BY x::text) FROM pg_catalog.aclexplode(coalesce(datacl, acldefault('d', datdba))) x))
    FROM pg_database WHERE datname !~ '^test_'
  UNION ALL SELECT 'tablespace ' || spcname FROM pg_tablespace
  UNION ALL SELECT 'slot ' || slot_name FROM pg_replication_slots
  UNION ALL SELECT 'subscription ' || subname FROM pg_subscription
  UNION ALL SELECT 'origin ' || roname FROM pg_replication_origin
  UNION ALL SELECT 'auto.conf ' || pg_catalog.concat_ws(' ', name, setting) FROM pg_file_settings WHERE sourcefile LIKE '%auto.conf'
) AS lines`;

/** Without the lines of a review's own database. */
function withoutScratch(all: unknown): string {
  const lines = String(all).split('\n');
  return lines.filter((line) => !/updown_scratch_[0-9a-f]{12}/.test(line)).join('\n');
}

const busy: readonly TestRevision[] = [
  {
    id: 'aaaaaaaaaaaa',
    up: `DO $$ BEGIN CREATE ROLE by_block; EXECUTE 'ALTER ROLE theirs SET work_mem = ''7MB'''; END $$;
CREATE FUNCTION make() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CREATE ROLE by_function LOGIN PASSWORD 'x'; END $$;
SELECT make();
CREATE TABLE kept (id integer);
GRANT theirs TO by_function; GRANT their_admin TO theirs;
COMMENT ON ROLE theirs IS 'changed'; ALTER ROLE theirs CONNECTION LIMIT 3 PASSWORD 'other';
ALTER ROLE their_second RENAME TO another; DROP ROLE their_third;
GRANT CONNECT ON DATABASE postgres TO by_block; ALTER DATABASE postgres SET work_mem = '9MB';
SELECT pg_replication_origin_create('by_files');
`,
  },
  {
    id: 'bbbbbbbbbbbb',
    up: `-- updown: no-transaction
ALTER SYSTEM SET work_mem = '8MB';
CREATE DATABASE by_files OWNER by_block;
COMMENT ON DATABASE by_files IS 'one of ours';
CREATE SUBSCRIPTION by_files CONNECTION 'host=nowhere.invalid dbname=x' PUBLICATION p;
SELECT pg_create_logical_replication_slot('by_files', 'test_decoding');
DROP DATABASE IF EXISTS their_data;
CREATE ROLE alone;
`,
  },
  {
    id: 'cccccccccccc',
    up: "ALTER ROLE by_function SET statement_timeout = '7h';\nALTER TABLE kept ADD COLUMN z integer;\n",
  },
];

test('what files do to the whole server is taken back, and the same files are reviewed alike again', () =>
  onServer(async ({ query }) => {
    await query(`CREATE ROLE theirs PASSWORD 'secret'; ALTER ROLE theirs SET search_path = app, public; CREATE ROLE their_admin; CREATE ROLE their_second;
      CREATE ROLE their_third CONNECTION LIMIT 5; GRANT their_third TO theirs WITH ADMIN OPTION; COMMENT ON ROLE their_third IS 'old'`);
    await query('CREATE DATABASE their_data');
    const before = (await query(shared))[0]!.all;
    const reports = [];
    for (let time = 0; time < 2; time++) {
      const { result, warnings } = await measure(busy, 'base:head');
      assert.equal(warnings, []);
      assert.equal((await query(shared))[0]!.all, before);
      const errors = result.steps.flatMap(({ statements }) => statements.flatMap(({ error }) => error ?? []));
      assert.equal(errors, []);
      reports.push(
        result.steps.map(({ statements }) =>
          statements.map(({ text, locks, changes, findings, notices }) => ({
            text,
            locks,
            changes,
            findings,
            notices,
          })),
        ),
        result.shared,
      );
    }
    assert.equal(reports.slice(2), reports.slice(0, 2));
    const told = (reports[1] as Review['shared']).map(({ kind, object }) => `${kind} ${object}`);
    for (const one of [
      'made role by_function',
      'made database by_files',
      'left out ALTER SYSTEM',
      'put back role their_third',
    ])
      assert.ok(told.includes(one), `${one} in ${told.join(', ')}`);
    await query('DROP ROLE theirs, their_admin, their_second, their_third');
    await query('DROP DATABASE their_data');
  }));

/** As the catalogs hold it: NULL is what nobody has set. */
async function raw({ query }: Database): Promise<unknown> {
  const [version] = await query("SELECT current_setting('server_version_num')::int >= 150000 AS knows");
  const parameters = version!.knows
    ? "UNION ALL SELECT 'parameter ' || pg_catalog.concat_ws(' ', parname, coalesce(paracl::text, 'NULL')) FROM pg_parameter_acl"
    : '';
  const [row] = await query(`SELECT pg_catalog.string_agg(line, E'\\n' ORDER BY line) AS all FROM (
    SELECT 'database ' || pg_catalog.concat_ws(' ', datname, coalesce(datacl::text, 'NULL')) AS line FROM pg_database WHERE datname !~ '^test_'
    UNION ALL SELECT 'tablespace ' || pg_catalog.concat_ws(' ', spcname, coalesce(spcacl::text, 'NULL'), coalesce(spcoptions::text, 'NULL')) FROM pg_tablespace
    UNION ALL SELECT 'role ' || pg_catalog.concat_ws(' ', rolname, coalesce(rolvaliduntil::text, 'NULL')) FROM pg_authid WHERE rolname !~ '^pg_'
    ${parameters}) AS lines`);
  return row!.all;
}

test('what was never set is as it was in the catalogs, too: privileges of databases, tablespaces and parameters, a limit of time', () =>
  onServer(async (database) => {
    const { query } = database;
    await query("CREATE ROLE theirs; CREATE ROLE timed VALID UNTIL 'infinity'");
    await query('CREATE DATABASE plain_one');
    await query('CREATE DATABASE open_one');
    await query('REVOKE CONNECT ON DATABASE open_one FROM PUBLIC');
    const [version] = await query("SELECT current_setting('server_version_num')::int >= 150000 AS knows");
    const ofParameters = [
      'GRANT SET ON PARAMETER work_mem TO by_files',
      'GRANT ALTER SYSTEM ON PARAMETER maintenance_work_mem TO theirs WITH GRANT OPTION',
      'REVOKE SET ON PARAMETER log_statement FROM postgres',
      'REVOKE ALL ON PARAMETER temp_buffers FROM postgres',
      'GRANT ALL ON PARAMETER vacuum_cost_limit TO by_files',
      'REVOKE SET ON PARAMETER deadlock_timeout FROM theirs',
    ];
    if (version!.knows) await query('GRANT SET ON PARAMETER deadlock_timeout TO theirs');
    const before = [await raw(database), (await query(shared))[0]!.all];
    const shapes = [
      'GRANT CONNECT ON DATABASE plain_one TO by_files',
      'REVOKE TEMPORARY ON DATABASE plain_one FROM PUBLIC',
      'REVOKE ALL ON DATABASE plain_one FROM postgres, PUBLIC',
      'GRANT CREATE ON DATABASE open_one TO theirs',
      'GRANT CREATE ON TABLESPACE pg_default TO by_files',
      "ALTER ROLE theirs VALID UNTIL '2030-01-01'",
      "ALTER ROLE timed VALID UNTIL '2030-01-01'",
      'DROP ROLE timed',
      'DROP ROLE IF EXISTS another; CREATE ROLE another; GRANT CREATE ON TABLESPACE pg_global TO another; DROP OWNED BY another; DROP ROLE another',
      ...(version!.knows ? ofParameters : []),
    ];
    for (const shape of shapes) {
      const { result } = await measure(
        [
          { id: 'aaaaaaaaaaaa', up: 'CREATE ROLE by_files;\n' },
          { id: 'bbbbbbbbbbbb', up: `${shape};\n` },
        ],
        'base:head',
      );
      assert.equal(
        result.steps.flatMap(({ statements }) => statements.flatMap(({ error }) => error ?? [])),
        [],
        shape,
      );
      assert.equal([await raw(database), (await query(shared))[0]!.all], before, shape);
    }
    await query('DROP DATABASE plain_one');
    await query('DROP DATABASE open_one');
    if (version!.knows) await query('REVOKE SET ON PARAMETER deadlock_timeout FROM theirs');
    await query('DROP ROLE theirs, timed');
  }));

test('a replication slot of somebody else that is gone is told', () =>
  onServer(async ({ query }) => {
    const drops = [
      "SELECT pg_drop_replication_slot('their_slot')",
      "DO $$ BEGIN PERFORM pg_drop_replication_slot('their_slot'); END $$",
      "-- updown: no-transaction\nSELECT pg_drop_replication_slot('their_slot')",
      "SELECT pg_drop_replication_slot(slot_name), 1 / (length(slot_name) - 10) FROM pg_replication_slots WHERE slot_name = 'their_slot'",
    ];
    for (const up of drops) {
      await query(
        "SELECT pg_create_physical_replication_slot('their_slot'), pg_create_physical_replication_slot('kept_slot')",
      );
      const { result } = await measure([{ id: 'aaaaaaaaaaaa', up: `${up};\n` }], 'base:head');
      assert.equal(
        result.shared.map(({ kind, object }) => `${kind} ${object}`),
        ['changed replication slot their_slot, which is gone'],
        up,
      );
      const left = await query('SELECT pg_drop_replication_slot(slot_name), slot_name FROM pg_replication_slots');
      assert.equal(
        left.map(({ slot_name }) => slot_name),
        ['kept_slot'],
      );
    }
  }));

const committing: readonly string[] = [
  'CREATE PROCEDURE make() LANGUAGE plpgsql AS $$ BEGIN CREATE ROLE by_call; COMMIT; END $$;\nCALL make();\n',
  "CREATE PROCEDURE make() LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'CREATE ROLE ' || 'by_call'; COMMIT; END $$;\nCALL make();\n",
  'DO $$ BEGIN CREATE USER BY_CALL; COMMIT; END $$;\n',
  `CREATE PROCEDURE make() LANGUAGE plpgsql AS $$ BEGIN CREATE ROLE by_call; CREATE ROLE "by call"; COMMIT; GRANT by_call TO "by call"; COMMIT; END $$;
CREATE PROCEDURE outer_one() LANGUAGE plpgsql AS $$ BEGIN CALL make(); END $$;
CALL outer_one();\n`,
  "DO $$ BEGIN FOR i IN 1..1 LOOP EXECUTE format('CREATE ROLE %I LOGIN', 'by_call'); COMMIT; END LOOP; PERFORM 1 / 0; END $$;\n",
  'DO $$ BEGIN CREATE ROLE by_call; COMMIT; PERFORM pg_sleep(60); END $$;\n',
  // Its session is hung up on, and the server is still at work on it.
  'DO $$ BEGIN CREATE ROLE by_call; COMMIT; LOOP BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN END; END LOOP; END $$;\n',
];

test('a role that the files make in a procedure or block that commits is dropped with scratch', () =>
  onServer(async ({ query }) => {
    const before = (await query(shared))[0]!.all;
    for (const up of committing) {
      for (const range of ['base:head', 'aaaa:head']) {
        if (range === 'aaaa:head' && up.includes('sleep')) continue;
        const { result } = await measure(
          [
            { id: 'aaaaaaaaaaaa', up: `-- updown: no-transaction\n${up}` },
            { id: 'bbbbbbbbbbbb', up: 'SELECT 1;\n' },
          ],
          range,
          { statementTimeout: '2s' },
        );
        assert.is((await query(shared))[0]!.all, before, `${range}: ${up}`);
        const told = result.shared.map(({ kind, object }) => `${kind} ${object}`);
        assert.ok(told.includes('made role by_call'), `${told.join()}: ${up}`);
        assert.not.match(told.join(), 'changed');
      }
    }
  }));

test('a role that a block has committed before its session is lost is dropped with scratch', () =>
  onServer(async ({ query }) => {
    const before = (await query(shared))[0]!.all;
    const up =
      '-- updown: no-transaction\nDO $$ BEGIN CREATE ROLE by_call; COMMIT; PERFORM pg_terminate_backend(pg_backend_pid()); END $$;\n';
    for (const range of ['base:head', 'aaaa:head']) {
      const revisions = [
        { id: 'aaaaaaaaaaaa', up },
        { id: 'bbbbbbbbbbbb', up: 'SELECT 1;\n' },
      ];
      const error = await measure(revisions, range).catch((reason: unknown) => reason);
      assert.ok(isUpdownError(error) && error.code === 'connection', String(error));
      assert.is((await query(shared))[0]!.all, before, range);
    }
  }));

test('roles that files name are made on a scratch server too, in the history and in the plan, and dropped', () =>
  onServer(async ({ query }) => {
    const before = (await query(shared))[0]!.all;
    const { result } = await measure(
      [
        {
          id: 'aaaaaaaaaaaa',
          up: 'CREATE TABLE t (id integer);\nGRANT SELECT ON t TO "Reader One";\nALTER TABLE t OWNER TO owner_one;\n',
        },
        {
          id: 'bbbbbbbbbbbb',
          up: `CREATE POLICY p ON t TO policy_one USING (true);
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO default_one;
DO $$ BEGIN GRANT SELECT ON t TO block_one; END $$;
SET LOCAL ROLE acting_one;
RESET ROLE;
ALTER TABLE t ADD COLUMN z integer;
`,
        },
        {
          id: 'cccccccccccc',
          up: '-- updown: no-transaction\nGRANT SELECT ON t TO bare_one;\nREASSIGN OWNED BY gone_one TO bare_one;\n',
        },
      ],
      'aaaa:head',
    );
    assert.equal(
      result.steps.flatMap(({ statements }) => statements.flatMap(({ error }) => error?.message ?? [])),
      [],
    );
    assert.equal(
      result.shared.map(({ object }) => object).sort(),
      ['Reader One', 'acting_one', 'bare_one', 'block_one', 'default_one', 'gone_one', 'owner_one', 'policy_one'].map(
        (name) => `role ${name}`,
      ),
    );
    assert.equal((await query(shared))[0]!.all, before);
  }));

test('what a killed review left is found by its mark and dropped, and nothing of somebody else under the same name', () =>
  onServer(async ({ query }) => {
    await query('CREATE DATABASE updown_scratch_00000000000a');
    await query('CREATE ROLE left_behind; CREATE ROLE somebody_elses');
    await query('CREATE DATABASE left_database OWNER left_behind');
    const [row] =
      await query(`SELECT pg_catalog.json_build_object('updown', 'scratch', 'made', pg_catalog.json_build_array(
      pg_catalog.json_build_object('kind', 'role', 'name', 'left_behind', 'oid', 'left_behind'::regrole::oid::bigint),
      pg_catalog.json_build_object('kind', 'database', 'name', 'left_database', 'oid', (SELECT oid::bigint FROM pg_database WHERE datname = 'left_database')),
      pg_catalog.json_build_object('kind', 'role', 'name', 'somebody_elses', 'oid', 1),
      pg_catalog.json_build_object('kind', 'database', 'name', 'in_between', 'oid', 0)))::text AS mark`);
    await query(`COMMENT ON DATABASE updown_scratch_00000000000a IS '${String(row!.mark)}'`);
    const { warnings } = await measure([{ id: 'aaaaaaaaaaaa', up: 'CREATE TABLE t (id integer);\n' }], 'base:head');
    const names = await query(
      "SELECT rolname AS name FROM pg_roles WHERE rolname IN ('left_behind', 'somebody_elses') UNION ALL SELECT datname FROM pg_database WHERE datname ~ '^(left_|updown_scratch)'",
    );
    assert.equal(
      names.map(({ name }) => name),
      ['somebody_elses'],
    );
    assert.is(warnings.length, 1);
    assert.match(warnings[0]!, 'may have left the database "in_between"');
    await query('DROP ROLE somebody_elses');
  }));

test('killed while it ran, it has left a mark of what it had made', () =>
  onServer(async ({ query }) => {
    const stop = new AbortController();
    const looking = (async () => {
      for (let left = 200; left > 0; left--) {
        const [row] = await query(
          "SELECT shobj_description(oid, 'pg_database') AS mark FROM pg_database WHERE datname ~ '^updown_scratch'",
        );
        if (String(row?.mark).includes('"marked_one"')) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error('no mark');
    })().finally(() => stop.abort());
    const url = await scratchServer();
    await withProject({}, async (cwd) => {
      await writeProject(cwd, [
        { id: 'aaaaaaaaaaaa', up: 'CREATE ROLE marked_one;\n' },
        { id: 'bbbbbbbbbbbb', up: 'SELECT pg_sleep(60);\n' },
      ]);
      const error = await review({ cwd, range: 'base:head', env: {}, scratch: url, signal: stop.signal }).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      await looking;
      assert.ok(isUpdownError(error) && error.code === 'interrupted', String(error));
    });
    assert.equal(await query("SELECT FROM pg_roles WHERE rolname = 'marked_one'"), []);
  }));

test('what can not be put back is refused before it is committed', () =>
  onServer(async ({ query }) => {
    await query("CREATE ROLE reviewer LOGIN CREATEDB CREATEROLE PASSWORD 'x'; CREATE ROLE untouched");
    const own = new URL(await scratchServer());
    own.username = 'reviewer';
    own.password = 'x';
    const { result } = await measure(
      [{ id: 'aaaaaaaaaaaa', up: 'CREATE TABLE t (id integer);\nGRANT SELECT ON t TO named_one;\n' }],
      'base:head',
      { scratch: own.href },
    );
    assert.equal(
      [result.steps[0]!.statements.map(({ error }) => error), result.shared.length],
      [[undefined, undefined], 1],
    );
    await query('ALTER ROLE reviewer NOCREATEROLE');
    const { result: refused } = await measure(
      [{ id: 'aaaaaaaaaaaa', up: 'CREATE TABLE t (id integer);\nGRANT SELECT ON t TO named_one;\n' }],
      'base:head',
      { scratch: own.href },
    );
    assert.is(refused.steps[0]!.statements.at(-1)!.error?.code, '42704');
    assert.is((await query("SELECT FROM pg_database WHERE datname ~ '^updown_scratch'")).length, 0);
    await query('DROP ROLE reviewer, untouched');
  }));

test('what others do to the server meanwhile stands, and is not put down to the files', () =>
  onServer(async ({ query }) => {
    await query('CREATE ROLE victim; CREATE ROLE reader');
    await query('CREATE DATABASE victim_db');
    await query('CREATE DATABASE updown_scratch_of_another');
    const other = `ALTER ROLE victim %LOGIN; ALTER DATABASE victim_db SET work_mem = '%MB'; %GRANT;
      ALTER DATABASE victim_db CONNECTION LIMIT %; ALTER ROLE reader PASSWORD '%'; COMMENT ON ROLE reader IS '%'`;
    const shapes = [
      '-- updown: no-transaction\nDO $$ BEGIN COMMIT; PERFORM pg_sleep(4); END $$;\n',
      `-- updown: no-transaction
CREATE PROCEDURE wait() LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(4); COMMIT; END $$;
CALL wait();
`,
      'CREATE TABLE u (id integer);\nSELECT pg_sleep(4);\n',
    ];
    for (const [at, up] of shapes.entries()) {
      const changed = (async () => {
        await until(
          'the files sleep',
          async () => (await query("SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'")).length > 0,
        );
        const words = {
          LOGIN: at === 1 ? 'NOLOGIN' : 'LOGIN',
          GRANT: at === 1 ? 'REVOKE victim FROM reader' : 'GRANT victim TO reader',
        };
        await query(
          other
            .replaceAll('%LOGIN', words.LOGIN)
            .replaceAll('%GRANT', words.GRANT)
            .replaceAll('%', String(at + 5)),
        );
        await query(`CREATE ROLE new_${at} LOGIN PASSWORD 'x'`);
        await query(`CREATE DATABASE fresh_${at}`);
        // As DROP DATABASE leaves it where it is stopped, and before it is done.
        await query("UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'updown_scratch_of_another'");
        return withoutScratch((await query(shared))[0]!.all);
      })();
      const [{ result }, then] = await Promise.all([measure([{ id: 'aaaaaaaaaaaa', up }], 'base:head'), changed]);
      assert.is(withoutScratch((await query(shared))[0]!.all), then, up);
      assert.equal(
        result.steps.flatMap(({ statements }) => statements.flatMap(({ error }) => error ?? [])),
        [],
      );
      const told = result.shared.map(({ kind, object }) => `${kind} ${object}`);
      assert.equal(
        told.filter((one) => !one.startsWith('changed ')),
        [],
      );
      // What a procedure commits may be anybody's: it is told, and only there.
      assert.is(told.includes(`changed role new_${at}`), at < 2, told.join(', '));
      assert.not.match(told.join(), 'updown_scratch');
      await query('UPDATE pg_database SET datconnlimit = -1 WHERE datconnlimit = -2');
    }
    for (const at of shapes.keys()) await query(`DROP DATABASE fresh_${at}`);
    await query('DROP DATABASE victim_db');
    await query('DROP DATABASE IF EXISTS updown_scratch_of_another');
    await query('DROP ROLE victim, reader, new_0, new_1, new_2');
  }));

test('a template of the server stands for what the history does not make; it is named where it can not be copied', () =>
  onServer(async ({ query, name }) => {
    await query('CREATE SCHEMA auth; CREATE TABLE auth.users (id integer PRIMARY KEY)');
    const revisions = [
      { id: 'aaaaaaaaaaaa', up: 'CREATE TABLE t (id integer REFERENCES auth.users);\n' },
      { id: 'bbbbbbbbbbbb', up: 'ALTER TABLE t ADD COLUMN z integer;\n' },
    ];
    const updown = { scratch: { url: await scratchServer(), template: name } };
    const { result: lacking } = await measure(revisions, 'aaaa:head');
    assert.equal(
      lacking.missing.map(({ message }) => message),
      ['schema "auth" does not exist'],
    );
    const refused = await measure(revisions, 'aaaa:head', { updown }).catch((error: unknown) => error);
    assert.ok(isUpdownError(refused) && refused.hint?.includes(`"${name}"`), String(refused));
    await query(`CREATE DATABASE stock TEMPLATE ${name}`);
    const { result } = await measure(revisions, 'aaaa:head', {
      updown: { scratch: { ...updown.scratch, template: 'stock' } },
    });
    assert.equal([result.missing, result.steps[0]!.statements[0]!.error], [[], undefined]);
    await query('DROP DATABASE stock');
  }));

test.run();
