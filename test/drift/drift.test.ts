import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { embeddedMajor } from '../../lib/database/embedded-major.ts';
import { updown } from '../support/cli.ts';
import { psql, withDatabase } from '../support/database.ts';
import { withProject, writeProject } from '../support/project.ts';
import { serverUrl } from '../support/server.ts';
import { until } from '../support/until.ts';

const schema = `CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('sad', 'glad');
CREATE TABLE app.orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, total numeric NOT NULL DEFAULT 0, note text, mood app.mood);
CREATE TABLE app.lines (order_id bigint REFERENCES app.orders, amount integer CONSTRAINT positive CHECK (amount > 0));
CREATE TABLE app.events (at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE app.events_2024 PARTITION OF app.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE INDEX orders_total ON app.orders (total);
CREATE INDEX "a ON ONLY b" ON app.events (at);
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER touched BEFORE UPDATE ON app.orders FOR EACH ROW EXECUTE FUNCTION app.touch();
CREATE VIEW app.totals AS SELECT sum(total) AS total FROM app.orders;
ALTER TABLE app.orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON app.orders FOR SELECT USING (total > 0);
GRANT SELECT ON app.orders TO drift_reader;
COMMENT ON TABLE app.orders IS 'what was bought';
`;

const revisions = [
  { id: 'aaaaaaaaaaaa', up: schema, down: 'DROP SCHEMA app CASCADE;\n' },
  { id: 'bbbbbbbbbbbb', up: 'CREATE TABLE app.pending (id integer);\n', down: 'DROP TABLE app.pending;\n' },
];

interface Document {
  readonly ok: boolean;
  readonly database: string | null;
  readonly compared: boolean;
  readonly findings: readonly {
    readonly code: string;
    readonly severity: string;
    readonly message: string;
    readonly notes: readonly string[];
  }[];
}

/** Something that somebody changes by hand, and what is said of it; whether the SQL that is written puts it back. */
const edits: readonly (readonly [sql: string, messages: readonly string[], isBack?: false])[] = [
  ['DROP INDEX app.orders_total', ['index orders_total of table app.orders was dropped']],
  ['DROP INDEX app."a ON ONLY b"', ['index "a ON ONLY b" of table app.events was dropped']],
  ['ALTER TABLE app.orders ADD COLUMN extra text', ['column extra of table app.orders was added']],
  [
    'ALTER TABLE app.orders RENAME COLUMN note TO remark',
    ['column note of table app.orders was dropped', 'column remark of table app.orders was added'],
  ],
  ['ALTER TABLE app.orders DROP COLUMN note', ['column note of table app.orders was dropped']],
  [
    'ALTER TABLE app.orders ALTER COLUMN total DROP NOT NULL',
    ['column total of table app.orders: NOT NULL was dropped'],
  ],
  ['ALTER TABLE app.orders ALTER COLUMN total SET DEFAULT 7', ['column total of table app.orders: default 0 became 7']],
  [
    'ALTER TABLE app.lines ALTER COLUMN amount TYPE bigint',
    ['column amount of table app.lines: type integer became bigint'],
  ],
  ['ALTER TABLE app.orders DISABLE TRIGGER touched', ['trigger touched of table app.orders: ENABLE became DISABLE']],
  ['GRANT INSERT ON app.orders TO drift_reader', ['table app.orders: INSERT was granted to drift_reader']],
  ['REVOKE SELECT ON app.orders FROM drift_reader', ['table app.orders: SELECT was revoked from drift_reader']],
  [
    "CREATE OR REPLACE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN old; END'",
    ['function app.touch(): body BEGIN RETURN new; END became BEGIN RETURN old; END'],
  ],
  ['ALTER TABLE app.lines OWNER TO drift_reader', ['table app.lines: owner postgres became drift_reader']],
  [
    "CREATE TABLE app.events_2025 PARTITION OF app.events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
    ['table app.events_2025 was added'],
  ],
  [
    'ALTER TABLE app.events DETACH PARTITION app.events_2024',
    ["table app.events_2024: partition of app.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') was dropped"],
  ],
  ['ALTER TABLE app.lines DROP CONSTRAINT positive', ['constraint positive of table app.lines was dropped']],
  ['ALTER TABLE app.lines ADD CONSTRAINT small CHECK (amount < 9)', ['constraint small of table app.lines was added']],
  ['COMMENT ON TABLE app.orders IS NULL', ["table app.orders: comment 'what was bought' was dropped"]],
  ['DROP POLICY seen ON app.orders', ['policy seen of table app.orders was dropped']],
  ['ALTER TABLE app.orders DISABLE ROW LEVEL SECURITY', ['table app.orders: row level security was disabled']],
  [
    'CREATE OR REPLACE VIEW app.totals AS SELECT sum(total) + 1 AS total FROM app.orders',
    [
      'view app.totals: query changed: line 1, "SELECT sum(orders.total) AS total", became "SELECT (sum(orders.total) + (1)::numeric) AS total"',
    ],
  ],
  [
    "ALTER TYPE app.mood ADD VALUE 'mad'",
    ["enum type app.mood: labels ('sad', 'glad') became ('sad', 'glad', 'mad')"],
    false,
  ],
  ['DROP VIEW app.totals', ['view app.totals was dropped']],
  ['CREATE TABLE app.left_over (id integer)', ['table app.left_over was added']],
  [
    'CREATE FUNCTION app.f(integer) RETURNS integer LANGUAGE sql AS $$SELECT $1$$',
    ['function app.f(integer) was added'],
  ],
];

test('what is changed by hand is found and worded, nothing else is, and the SQL that is written puts it back', () =>
  withDatabase(({ url }) =>
    withProject({}, async (cwd) => {
      await writeProject(cwd, revisions);
      await psql(url, ['-q', '-c', 'CREATE ROLE drift_reader']);
      try {
        assert.is((await updown(['upgrade', 'aaaaaaaaaaaa', '--url', url], { cwd })).status, 0);
        const args = ['check', '--json', '--quiet', '--url', url, '--scratch', await serverUrl()];
        const check = async () => (await updown(args, { cwd })).json<Document>();
        const clean = await check();
        assert.equal([clean.ok, clean.compared, clean.findings], [true, true, []]);
        const wrong: string[] = [];
        for (const [sql, messages, isBack = true] of edits) {
          await psql(url, ['-q', '-v', 'ON_ERROR_STOP=1', '-c', sql]);
          const { ok, findings } = await check();
          const said = findings.filter(({ severity }) => severity === 'error').map(({ message }) => message);
          if (ok || said.join('\n') !== messages.join('\n')) wrong.push(`${sql}: ${said.join('; ')}`);
          const remedy = findings.flatMap(({ notes }) => notes).join('\n');
          const back = isBack ? remedy : undo[sql];
          const outcome = await psql(url, ['-q', '-v', 'ON_ERROR_STOP=1', '-c', back ?? '']);
          const after = await check();
          if (!after.ok)
            wrong.push(
              `${sql}: not put back by ${back}: ${outcome.stderr} ${after.findings.map(({ message }) => message)}`,
            );
        }
        assert.equal(wrong, []);
      } finally {
        await psql(url, ['-q', '-c', 'DROP OWNED BY drift_reader; DROP ROLE drift_reader']);
      }
    }),
  ));

/** Where none can be written. */
const undo: Readonly<Record<string, string>> = {
  "ALTER TYPE app.mood ADD VALUE 'mad'":
    "ALTER TYPE app.mood RENAME TO old; CREATE TYPE app.mood AS ENUM ('sad', 'glad'); ALTER TABLE app.orders ALTER COLUMN mood TYPE app.mood USING mood::text::app.mood; DROP TYPE app.old",
};

const tables = [
  { id: 'aaaaaaaaaaaa', up: 'CREATE TABLE t (id integer);\nCREATE INDEX t_id ON t (id);\n', down: 'DROP TABLE t;\n' },
];

test('an INVALID index is drift, and an index built again is none', () =>
  withDatabase(({ url }) =>
    withProject({}, async (cwd) => {
      await writeProject(cwd, tables);
      await updown(['upgrade', '--url', url], { cwd });
      await psql(url, ['-c', "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't_id'::regclass"]);
      const { stdout, status } = await updown(['check', '--quiet', '--url', url, '--scratch', await serverUrl()], {
        cwd,
      });
      assert.is(status, 3);
      assert.match(stdout, /index t_id of table public\.t: became invalid/);
      assert.match(stdout, /REINDEX INDEX CONCURRENTLY public\.t_id;/);
      await psql(url, ['-c', 'REINDEX INDEX CONCURRENTLY public.t_id']);
      assert.is((await updown(['check', '--quiet', '--url', url, '--scratch', await serverUrl()], { cwd })).status, 0);
    }),
  ));

test('what REINDEX CONCURRENTLY is at is no drift, and what it leaves where it fails is', () =>
  withDatabase(({ url }) =>
    withProject({}, async (cwd) => {
      await writeProject(cwd, tables);
      await updown(['upgrade', '--url', url], { cwd });
      const scratch = await serverUrl();
      const check = () => updown(['check', '--quiet', '--url', url, '--scratch', scratch], { cwd });
      const isThere = async (condition: string) =>
        (await psql(url, ['-Atc', `SELECT count(*) FROM ${condition}`])).stdout.trim() === '1';
      const cancel = (start: string) =>
        psql(url, [
          '-c',
          `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '${start}%'`,
        ]);
      const writer = psql(url, ['-c', 'BEGIN; INSERT INTO t VALUES (1); SELECT pg_sleep(300); COMMIT;']);
      await until('there is a writer', () =>
        isThere("pg_locks WHERE relation = 't'::regclass AND mode = 'RowExclusiveLock'"),
      );
      const again = psql(url, ['-c', 'REINDEX INDEX CONCURRENTLY t_id']);
      await until('REINDEX is at work', () => isThere("pg_class WHERE relname = 't_id_ccnew'"));
      const { status, stdout } = await check();
      assert.ok(await isThere("pg_class WHERE relname = 't_id_ccnew'"), 'it is still at work');
      assert.is(status, 0, stdout);
      await cancel('REINDEX');
      await again;
      assert.match(
        (await check()).stdout,
        /index t_id_ccnew of table public\.t was added\n {2}DROP INDEX public\.t_id_ccnew;/,
      );
      await cancel('BEGIN; INSERT');
      await writer;
    }),
  ));

test('other sessions at work are not in its way, and it is not in theirs', () =>
  withDatabase(({ url }) =>
    withProject({}, async (cwd) => {
      await writeProject(cwd, tables);
      await updown(['upgrade', '--url', url], { cwd });
      const writer = psql(url, [
        '-c',
        'BEGIN; INSERT INTO t VALUES (1); LOCK TABLE t IN SHARE ROW EXCLUSIVE MODE; SELECT pg_sleep(3); COMMIT;',
      ]);
      const { status } = await updown(['check', '--quiet', '--url', url, '--scratch', await serverUrl()], { cwd });
      assert.is(status, 0);
      assert.is((await writer).status, 0);
    }),
  ));

test('what is ignored is no drift, neither by name nor by kind, and no part of the hash', () =>
  withDatabase(({ url }) =>
    withProject({}, async (cwd) => {
      await writeProject(cwd, tables);
      await writeFile(join(cwd, 'updown.json'), '{ "ignore": ["table jobs.*", "schema jobs", "table-comment"] }\n');
      await updown(['upgrade', '--url', url], { cwd });
      const scratch = ['--scratch', await serverUrl()];
      assert.is((await updown(['verify', '--quiet', '--write', ...scratch], { cwd })).status, 0);
      await psql(url, ['-c', "CREATE SCHEMA jobs; CREATE TABLE jobs.one (id integer); COMMENT ON TABLE t IS 'x'"]);
      assert.is((await updown(['check', '--quiet', '--url', url, ...scratch], { cwd })).status, 0);
      const { stdout } = await updown(['status', '--schema', '--url', url], { cwd });
      assert.match(
        stdout,
        /✓ The ledger matches the files, and the schema is what they make \(by the hash that is kept for it\)\./,
      );
    }),
  ));

test('status compares with the hash that verify keeps, and without one on scratch; nothing that it cannot say is a ✓', () =>
  withDatabase(({ url }) =>
    withProject({}, async (cwd) => {
      await writeProject(cwd, tables);
      await updown(['upgrade', '--url', url], { cwd });
      const scratch = ['--scratch', await serverUrl()];
      const onScratch = await updown(['status', '--schema', '--quiet', '--url', url, ...scratch], { cwd });
      assert.match(onScratch.stdout, /✓ .*the schema is what they make \(by what they make on scratch\)/);
      await updown(['verify', '--quiet', '--write', ...scratch], { cwd });
      const line = JSON.parse(await readFile(join(cwd, 'migrations/schema.jsonl'), 'utf8')) as object;
      assert.equal(Object.keys(line), ['heads', 'major', 'files', 'hash']);
      const status = () => updown(['status', '--schema', '--exit-code', '--json', '--url', url], { cwd });
      const same = await status();
      assert.equal(
        [same.status, same.json<{ comparison: object }>().comparison],
        [0, { by: 'hash', same: true, failed: null, differences: [] }],
      );
      await psql(url, ['-c', 'DROP INDEX t_id']);
      const other = await status();
      assert.equal(
        [other.status, other.json<{ comparison: object }>().comparison],
        [3, { by: 'hash', same: false, failed: null, differences: [] }],
      );
      // PostgreSQL in this process would be of another version: the server to compare on is part of the command.
      const { stdout } = await updown(['status', '--schema', '--quiet', '--url', url], { cwd });
      const next = stdout.replaceAll(/\s+/g, ' ').trim();
      const named = line as { readonly major: number };
      const server = named.major === embeddedMajor ? '' : ` --scratch <url of a server of PostgreSQL ${named.major}>`;
      assert.match(next, new RegExp(`updown check --url postgres://\\S+${server} # the url is without its password`));
      const told = await updown(['status', '--schema', '--quiet', '--url', url, ...scratch], { cwd });
      assert.not.match(told.stdout, /✓/);
      assert.match(told.stdout, /index t_id of table public\.t was dropped/);
      assert.match(
        told.stdout,
        /next: see what differs, with the SQL that puts it back: updown check --url postgres:\/\/\S+\s+--scratch <url>/,
      );
    }),
  ));

test('a line that updown has not written is refused, and written again', () =>
  withDatabase(({ url }) =>
    withProject({}, async (cwd) => {
      await writeProject(cwd, tables);
      await updown(['upgrade', '--url', url], { cwd });
      await writeFile(join(cwd, 'migrations/schema.jsonl'), '<<<<<<< ours\n');
      const status = () => updown(['status', '--schema', '--json', '--url', url], { cwd });
      const refused = (await status()).json<{ comparison: { same: boolean; failed: string } }>().comparison;
      assert.is(refused.same, false);
      assert.match(
        refused.failed,
        /is not one that updown has written.*Take it out, and write it again: updown verify --write/,
      );
      await writeFile(join(cwd, 'migrations/schema.jsonl'), '');
      await updown(['verify', '--quiet', '--write', '--scratch', await serverUrl()], { cwd });
      assert.is((await status()).json<{ comparison: { same: boolean } }>().comparison.same, true);
    }),
  ));

test('a database that no revision explains is told with all that it has', () =>
  withDatabase(({ url }) =>
    withProject({}, async (cwd) => {
      await writeProject(cwd, tables);
      await psql(url, ['-c', 'CREATE TABLE somebody (id integer)']);
      const scratch = ['--scratch', await serverUrl()];
      const { status, stdout } = await updown(['check', '--quiet', '--url', url, ...scratch], { cwd });
      assert.is(status, 3);
      assert.match(stdout, /table public\.somebody was added/);
      const told = await updown(['status', '--schema', '--quiet', '--url', url, ...scratch], { cwd });
      assert.not.match(told.stdout, /✓/);
    }),
  ));

test('upgrade --refuse-drift sends nothing where the schema is another one', () =>
  withDatabase(({ url }) =>
    withProject({}, async (cwd) => {
      await writeProject(cwd, [...tables, { id: 'bbbbbbbbbbbb' }]);
      const scratch = ['--scratch', await serverUrl()];
      await updown(['upgrade', 'aaaaaaaaaaaa', '--url', url], { cwd });
      await psql(url, ['-c', 'DROP INDEX t_id']);
      const upgrade = () =>
        updown(['upgrade', '--refuse-drift', '--json', '--quiet', '--url', url, ...scratch], { cwd });
      const refused = await upgrade();
      const { error } = refused.json<{ error: { code: string; notes: readonly string[]; hint: string } }>();
      assert.equal(
        [refused.status, error.code, error.notes],
        [4, 'drift', ['index t_id of table public.t was dropped']],
      );
      await psql(url, ['-c', 'CREATE INDEX t_id ON t (id)']);
      assert.is((await upgrade()).status, 0);
    }),
  ));

test('a database is compared though a down.sql is at fault, and where an up.sql is that is said', () =>
  withDatabase(({ url }) =>
    withProject({}, async (cwd) => {
      const folders = await writeProject(cwd, tables);
      const scratch = ['--scratch', await serverUrl()];
      await updown(['upgrade', '--url', url], { cwd });
      const folder = join(cwd, 'migrations', folders.get('aaaaaaaaaaaa')!);
      await writeFile(join(folder, 'down.sql'), 'DROP TABLE t DROP;\n');
      await psql(url, ['-c', 'DROP INDEX t_id']);
      const check = () => updown(['check', '--quiet', '--url', url, ...scratch], { cwd });
      const compared = await check();
      assert.equal([compared.status, compared.stdout.includes('index t_id of table public.t was dropped')], [3, true]);
      await writeFile(join(folder, 'up.sql'), 'CREATE TABLE t;\n');
      const refused = await check();
      assert.equal(
        [refused.status, refused.stdout.includes('Not compared with the schema of')],
        [3, true],
        refused.stdout,
      );
    }),
  ));

test('whoever looks, and whoever of several has migrated, nothing is drift that the files made', () =>
  withDatabase(({ url }) =>
    withProject({}, async (cwd) => {
      const roles = ['drift_dep1', 'drift_dep2', 'drift_looker', 'drift_between'];
      await writeProject(cwd, [
        {
          id: 'aaaaaaaaaaaa',
          up: `CREATE TABLE t (id integer PRIMARY KEY); GRANT SELECT ON t TO drift_dep2, drift_looker;
            ALTER DEFAULT PRIVILEGES GRANT USAGE ON SEQUENCES TO drift_between; ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;\n`,
          down: 'DROP TABLE t;\n',
        },
        {
          id: 'bbbbbbbbbbbb',
          up: 'CREATE TABLE u (id integer); GRANT SELECT ON u TO drift_dep2; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO drift_between; ALTER DEFAULT PRIVILEGES GRANT INSERT ON TABLES TO drift_looker; ALTER DEFAULT PRIVILEGES GRANT UPDATE ON SEQUENCES TO drift_looker; ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO drift_looker;\n',
          down: 'DROP TABLE u;\n',
        },
      ]);
      const as = (role: string) => {
        const other = new URL(url);
        other.username = role;
        if (role !== 'postgres') other.password = 'drift';
        return other.href;
      };
      await psql(url, [
        '-q',
        '-c',
        roles.map((role) => `CREATE ROLE ${role} LOGIN SUPERUSER PASSWORD 'drift'`).join('; '),
      ]);
      try {
        const first = await updown(['upgrade', 'aaaaaaaaaaaa', '--url', as('drift_dep1')], { cwd });
        assert.is(first.status, 0, first.stderr);
        const second = await updown(['upgrade', '--url', as('drift_dep2')], { cwd });
        assert.is(second.status, 0, second.stderr);
        await psql(url, ['-q', '-c', 'GRANT CREATE ON SCHEMA public TO drift_dep1, drift_dep2']);
        const scratch = ['--scratch', await serverUrl()];
        await updown(['verify', '--quiet', '--write', ...scratch], { cwd });
        for (const role of ['drift_dep1', 'drift_dep2', 'drift_looker', 'postgres']) {
          const { stdout } = await updown(['check', '--json', '--quiet', '--url', as(role), ...scratch], { cwd });
          assert.equal(
            (JSON.parse(stdout) as Document).findings.map(({ message }) => message),
            [],
            role,
          );
        }
        await psql(url, ['-q', '-c', 'ALTER TABLE t OWNER TO drift_looker']);
        const { stdout } = await updown(['check', '--json', '--quiet', '--url', as('drift_looker'), ...scratch], {
          cwd,
        });
        const [owner] = (JSON.parse(stdout) as Document).findings;
        assert.equal(
          [owner?.message, owner?.notes],
          ['table public.t: owner drift_dep1 became drift_looker', ['ALTER TABLE public.t OWNER TO drift_dep1;']],
        );
      } finally {
        await psql(url, [
          '-q',
          '-c',
          roles.map((role) => `DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`).join('; '),
        ]);
      }
    }),
  ));

test('what is ignored is left out of tables with keys and statistics, too', () =>
  withDatabase(({ url }) =>
    withProject({}, async (cwd) => {
      const up =
        'CREATE TABLE t (i integer PRIMARY KEY, j integer); CREATE STATISTICS s ON i, j FROM t; CREATE SERVER x FOREIGN DATA WRAPPER y;\n';
      await writeProject(cwd, [
        {
          id: 'aaaaaaaaaaaa',
          up: `CREATE FOREIGN DATA WRAPPER y; ${up}`,
          down: 'DROP TABLE t; DROP FOREIGN DATA WRAPPER y CASCADE;\n',
        },
      ]);
      await writeFile(join(cwd, 'updown.json'), '{ "ignore": ["table partman.*", "*-comment"] }\n');
      await updown(['upgrade', '--url', url], { cwd });
      const written = await updown(['verify', '--quiet', '--write', '--scratch', await serverUrl()], { cwd });
      assert.is(written.status, 0, written.stderr);
      assert.is((await updown(['status', '--schema', '--exit-code', '--url', url], { cwd })).status, 0);
      await psql(url, ['-c', "ALTER SERVER x OPTIONS (password 'geheim')"]);
      const { stdout } = await updown(['check', '--quiet', '--url', url, '--scratch', await serverUrl()], { cwd });
      assert.match(stdout, /foreign server x/);
      assert.not.match(stdout, /geheim/);
      assert.not.match((await updown(['snapshot', '--json', '--url', url], { cwd })).stdout, /geheim/);
    }),
  ));

test('a step that was broken off goes on under --refuse-drift', () =>
  withDatabase(({ url }) =>
    withProject({}, async (cwd) => {
      const folders = await writeProject(cwd, [
        {
          id: 'aaaaaaaaaaaa',
          up: '-- updown: no-transaction\nCREATE TABLE b (id integer);\nSELECT 1 / 0;\n',
          down: 'DROP TABLE b;\n',
        },
      ]);
      const args = ['upgrade', '--refuse-drift', '--url', url, '--scratch', await serverUrl()];
      assert.is((await updown(args, { cwd })).status, 1);
      const file = join(cwd, 'migrations', folders.get('aaaaaaaaaaaa')!, 'up.sql');
      await writeFile(file, '-- updown: no-transaction\nCREATE TABLE b (id integer);\nSELECT 1;\n');
      const again = await updown(args, { cwd });
      assert.is(again.status, 0, again.stderr);
    }),
  ));

test('what is locked is named, and nobody waits behind the comparison', () =>
  withDatabase(({ url }) =>
    withProject({}, async (cwd) => {
      await writeProject(cwd, [
        {
          id: 'aaaaaaaaaaaa',
          up: 'CREATE TABLE t (id integer); CREATE VIEW v AS SELECT id FROM t;\n',
          down: 'DROP VIEW v; DROP TABLE t;\n',
        },
      ]);
      await updown(['upgrade', '--url', url], { cwd });
      const holder = psql(url, ['-c', 'BEGIN; LOCK TABLE v IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(8); COMMIT;']);
      await until(
        'the lock is held',
        async () =>
          (
            await psql(url, [
              '-Atc',
              "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'v'::regclass AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            ])
          ).stdout.trim() !== '0',
      );
      const { stdout, status } = await updown(['check', '--quiet', '--url', url, '--scratch', await serverUrl()], {
        cwd,
      });
      assert.is(status, 3);
      assert.match(stdout, /The schema could not be read within 3 s: another session holds a lock/);
      await holder;
    }),
  ));

test('the ledger is compared, too: edited, unknown and late', () =>
  withDatabase(({ url }) =>
    withProject({}, async (cwd) => {
      const folders = await writeProject(cwd, [...tables, { id: 'bbbbbbbbbbbb' }]);
      const scratch = ['--scratch', await serverUrl()];
      await updown(['upgrade', '--url', url], { cwd });
      const check = () => updown(['check', '--json', '--quiet', '--url', url, ...scratch], { cwd });
      await writeFile(
        join(cwd, 'migrations', folders.get('bbbbbbbbbbbb')!, 'up.sql'),
        'CREATE TABLE t_bbbbbbbbbbbb (id integer); -- edited\n',
      );
      const edited = await check();
      assert.equal([edited.status, edited.json<Document>().findings[0]?.code], [3, 'edited']);
      const manifest = join(cwd, 'migrations/manifest.jsonl');
      const lines = (await readFile(manifest, 'utf8')).trimEnd().split('\n');
      await writeFile(manifest, `${lines.slice(0, 2).join('\n')}\n`);
      const { rm } = await import('node:fs/promises');
      await rm(join(cwd, 'migrations', folders.get('bbbbbbbbbbbb')!), { recursive: true });
      const unknown = (await check()).json<Document>();
      assert.equal([unknown.compared, unknown.findings.map(({ code }) => code)], [false, ['unknown-applied']]);
    }),
  ));

test.run();
