import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withDatabase } from '../support/database.ts';
import { whileHeld } from '../survive/broken.ts';
import { type Desk, withDesk } from './desk.ts';
import { isSaid } from './scan.ts';

const bare = '-- updown: no-transaction\n';
const table = 'CREATE TABLE t (n integer, s text);\nINSERT INTO t VALUES (1, $$a$$);\n';

/** A file that the server refuses, the hint as test/hints/table.txt has it, and what is done then. */
interface Refusal {
  readonly says: string;
  readonly up: string;
  /** The file as the hint says. */
  readonly to?: string;
  /** In the place of that: what is done elsewhere. */
  readonly obey?: (desk: Desk, hint: string) => Promise<void>;
  readonly before?: (desk: Desk) => Promise<void>;
}

const deferred = `CREATE TABLE u (n integer REFERENCES v DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO u VALUES (1);\n`;

const refusals: readonly Refusal[] = [
  {
    says: 'PostgreSQL refuses this in a transaction: put `-- updown: no-transaction` at the head of the file.',
    up: '-- updown: unparsed\nVACUUM t;\n',
    to: `${bare}-- updown: unparsed\nVACUUM t;\n`,
  },
  {
    says: 'PostgreSQL refuses this in a transaction, a function and a DO: write it as a statement of its own, in a file with `-- updown: no-transaction` at its head.',
    up: "DO $$ BEGIN EXECUTE 'VACUUM t'; END $$;\n",
    to: `${bare}VACUUM t;\n`,
  },
  {
    says: "The step's transaction has begun before the file does, and its mode is fixed: take the SET TRANSACTION out.",
    up: 'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\nSELECT 1;\n',
    to: 'SELECT 1;\n',
  },
  {
    says: 'Other objects depend on it: drop those first, in this revision.',
    up: 'DROP TABLE t;\n',
    to: 'DROP VIEW w;\nDROP TABLE t;\n',
    before: ({ database }) => database.query('CREATE VIEW w AS SELECT * FROM t').then(() => {}),
  },
  {
    says: 'A COMMIT or ROLLBACK inside a procedure or DO needs a file of its own, with `-- updown: no-transaction` at its head.',
    up: 'DO $$ BEGIN UPDATE t SET n = 2; COMMIT; END $$;\n',
    to: `${bare}DO $$ BEGIN UPDATE t SET n = 2; COMMIT; END $$;\n`,
  },
  {
    says: 'Deferred triggers are pending: put SET CONSTRAINTS ALL IMMEDIATE before the ALTER, or split the revision in two.',
    up: `CREATE TABLE v (n integer PRIMARY KEY);\nINSERT INTO v VALUES (1);\n${deferred}ALTER TABLE u ADD COLUMN m integer;\n`,
    to: `CREATE TABLE v (n integer PRIMARY KEY);\nINSERT INTO v VALUES (1);\n${deferred}SET CONSTRAINTS ALL IMMEDIATE;\nALTER TABLE u ADD COLUMN m integer;\n`,
  },
  {
    says: 'A new enum value may not be used in the transaction that adds it: split the revision in two.',
    up: "ALTER TYPE mood ADD VALUE 'glad';\nSELECT 'glad'::mood;\n",
    obey: async (desk) => {
      await desk.rewrite([
        { id: 'a1', up: table },
        { id: 'b1', up: "ALTER TYPE mood ADD VALUE 'glad';\n" },
        { id: 'c1', up: "SELECT 'glad'::mood;\n" },
      ]);
    },
    before: ({ database }) => database.query("CREATE TYPE mood AS ENUM ('sad')").then(() => {}),
  },
  {
    says: 'Raise it for this file with `-- updown: statement-timeout=10min`, if a statement timeout did this.',
    up: 'SELECT pg_sleep(0.4);\n',
    before: (desk) => desk.put('updown.json', '{ "statementTimeout": "100ms" }'),
    obey: async (desk, hint) => {
      await desk.write('b1', `${/`(-- updown: [^`]+)`/.exec(hint)?.[1]}\nSELECT pg_sleep(0.4);\n`);
    },
  },
  {
    says: 'The server ran out of a resource. Correct that, then run the command again.',
    up: 'SELECT i FROM generate_series(1, 200000) AS i ORDER BY i % 1000, i DESC;\n',
    before: async ({ database: { query, name } }) => {
      await query(`ALTER DATABASE ${name} SET temp_file_limit = '64kB'`);
      await query(`ALTER DATABASE ${name} SET work_mem = '64kB'`);
    },
    obey: async ({ database: { query, name } }) => {
      await query(`ALTER DATABASE ${name} RESET temp_file_limit`);
    },
  },
  {
    says: 'Correct the file, then run the command again: it goes on with this revision.',
    up: 'SELECT 1 / 0;\n',
    to: 'SELECT 1;\n',
  },
  {
    says: 'Remove that from the file: a revision must not truncate, delete from, update or drop what is in the schema of the ledger.',
    up: 'CREATE TABLE own ();\nTRUNCATE updown.journal;\n',
    to: 'CREATE TABLE own ();\n',
  },
  {
    says: 'Remove that from the file: a revision must not truncate, delete from, update or drop what is in the schema of the ledger.',
    up: 'CREATE TABLE own ();\nDROP SCHEMA updown CASCADE;\n',
    to: 'CREATE TABLE own ();\n',
  },
  {
    says: 'Remove that: the SQL after it would be read differently from how it was reviewed.',
    up: "DO $$ BEGIN PERFORM set_config('client_' || 'encoding', 'latin1', true); END $$;\nSELECT 1;\n",
    to: 'SELECT 1;\n',
  },
  {
    says: 'Correct it in updown.json: "settings", "lockTimeout" or "statementTimeout".…',
    up: 'SELECT 1;\n',
    before: (desk) => desk.put('updown.json', '{ "settings": { "work_mem": "plenty" } }'),
    obey: (desk) => desk.put('updown.json', '{ "settings": { "work_mem": "8MB" } }'),
  },
];

for (const [number, { says, up, to, obey, before }] of refusals.entries()) {
  test(`what the server refuses is mended as its hint says, and runs (${number}): ${says}`, () =>
    withDesk(
      [
        { id: 'a1', up: table },
        { id: 'b1', up },
      ],
      async (desk) => {
        await desk.does('upgrade a1');
        await before?.(desk);
        const { stdout } = await desk.run('upgrade --json');
        const hint: string = JSON.parse(stdout).error?.hint ?? '';
        assert.ok(isSaid(hint, says), stdout);
        if (to !== undefined) await desk.write('b1', to);
        await obey?.(desk, hint);
        await desk.does('upgrade');
        await desk.does('status --exit-code');
      },
    ));
}

test('the encoding of a database, a role without a right, a session that may not write: mended where the hint says', () =>
  withDesk(
    [
      { id: 'a1', up: table },
      { id: 'b1', up: "SELECT '€';\n" },
    ],
    async (desk) => {
      const { query, name } = desk.database;
      await withDatabase(
        async ({ url }) => {
          const { stdout } = await desk.run(`upgrade --json --url ${url}`);
          const says = "The database's encoding has no such character: use a database in UTF8.";
          assert.is(JSON.parse(stdout).error.hint, says);
        },
        { encoding: 'LATIN1' },
      );
      await query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
      const readOnly = await desk.fails('upgrade', 'read-only');
      assert.ok(
        isSaid(readOnly, 'Connect with a role that may write, or lift the setting on the role or the database.'),
      );
      await query(`BEGIN READ WRITE; ALTER DATABASE ${name} RESET default_transaction_read_only; COMMIT`);
      await desk.does('upgrade');
    },
  ));

test('the right that a statement lacks is granted, or the owner connects', () =>
  withDesk(
    [
      { id: 'a1', up: 'SELECT * FROM theirs;\n' },
      { id: 'b1', up: 'ALTER TABLE theirs ADD COLUMN m integer;\n' },
    ],
    async (desk) => {
      const { query, name, url } = desk.database;
      const weak = new URL(url);
      [weak.username, weak.password] = [`weak_${name}`, 'x'];
      await query(
        `CREATE TABLE theirs (n integer); CREATE ROLE weak_${name} LOGIN PASSWORD 'x'; GRANT CREATE ON DATABASE ${name} TO weak_${name}`,
      );
      try {
        const says = 'The role lacks a privilege: grant it, or connect as the owner of the object.';
        assert.is(await desk.fails(`upgrade --allow-existing --url ${weak.href}`, 'sql'), says);
        await query(`GRANT SELECT ON theirs TO weak_${name}`);
        await desk.does(`upgrade a1 --allow-existing --url ${weak.href}`);
        assert.is(await desk.fails(`upgrade --url ${weak.href}`, 'sql'), says);
        await desk.does('upgrade');
      } finally {
        await query(`DROP OWNED BY weak_${name} CASCADE; DROP ROLE weak_${name}`);
      }
    },
  ));

test('a run that does not get its turn waits longer, comes again, or has what is in the way ended', () =>
  withDesk(
    [
      { id: 'a1', up: table },
      { id: 'b1', up: 'ALTER TABLE t ADD COLUMN m integer;\n', down: 'ALTER TABLE t DROP COLUMN m;\n' },
    ],
    async (desk) => {
      await desk.does('upgrade a1');
      const says = 'Try again when it is done, or wait longer with --wait <seconds>.…';
      await whileHeld(desk.database.url, 'LOCK TABLE t', async (release) => {
        const hint = await desk.fails('upgrade --wait 1', 'busy');
        assert.ok(isSaid(hint, says), hint);
        const waiting = desk.does(`upgrade ${/--wait <seconds>/.exec(hint)?.[0].replace('<seconds>', '20')}`);
        await new Promise((resolve) => setTimeout(resolve, 300));
        await release();
        await waiting;
      });
      await desk.does('downgrade a1 --yes');
      await whileHeld(desk.database.url, 'LOCK TABLE t', async () => {
        await desk.runsSql(await desk.fails('upgrade --wait 1', 'busy'));
        await desk.does('upgrade --wait 5');
      });
    },
  ));

test('a server that gives no answer is looked at, and the command run again', () =>
  withDesk([{ id: 'a1' }, { id: 'b1' }], async (desk) => {
    await desk.does('upgrade a1');
    await whileHeld(desk.database.url, 'LOCK TABLE updown.journal', async () => {
      const hint = await desk.fails('upgrade --wait 1', 'connection');
      assert.ok(
        isSaid(
          hint,
          'See what the server is busy with, or whether something between it and updown lets nothing through; then run the command again.',
        ),
      );
    });
    await desk.does('upgrade');
  }));

test.run();
