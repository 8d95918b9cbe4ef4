import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lockKeys } from '../../lib/ledger/name.ts';
import { updown } from '../support/cli.ts';
import { type Database, withDatabase } from '../support/database.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';

const revisions = [
  {
    id: 'aaaaaaaaaaaa',
    up: `CREATE SCHEMA app;
CREATE TYPE app.state AS ENUM ('new', 'paid');
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;
CREATE TABLE app.orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state app.state NOT NULL);
CREATE TRIGGER touch BEFORE UPDATE ON app.orders FOR EACH ROW EXECUTE FUNCTION app.touch();
CREATE TABLE notes (id serial PRIMARY KEY, orders bigint REFERENCES app.orders);
CREATE VIEW paid AS SELECT id FROM app.orders WHERE state = 'paid';
CREATE PUBLICATION orders FOR TABLE app.orders;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC;
`,
    down: '-- updown: irreversible\n',
  },
  {
    id: 'bbbbbbbbbbbb',
    up: 'CREATE EXTENSION hstore;\nCREATE TABLE kept (value hstore);\n',
    down: 'DROP TABLE kept;\nDROP EXTENSION hstore;\n',
  },
];

interface Site extends Database {
  readonly cwd: string;
  readonly run: (...args: readonly string[]) => ReturnType<typeof updown>;
}

async function withSite(config: object, body: (site: Site) => Promise<void>): Promise<void> {
  await withDatabase((database) =>
    withProject({}, async (cwd) => {
      await writeProject(cwd, revisions);
      const { url } = database;
      await writeFile(join(cwd, 'updown.json'), JSON.stringify({ url, scratch: url, ...config }));
      await body({ ...database, cwd, run: (...args) => updown(args, { cwd }) });
    }),
  );
}

const tables = `SELECT string_agg(oid::regclass::text, ' ' ORDER BY oid::regclass::text) AS all FROM pg_class
  WHERE relkind IN ('r', 'v') AND relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'app', 'jobs'))`;

test('reset drops all in the schemas of the revisions, leaves others and extensions, and upgrades again', () =>
  withSite({ development: true }, async ({ run, query, cwd }) => {
    await run('upgrade');
    await query(`INSERT INTO app.orders (state) VALUES ('new'); CREATE TABLE stray (a integer); CREATE VIEW stray_view AS SELECT * FROM stray;
      ALTER TABLE notes ADD COLUMN hint text; CREATE SCHEMA jobs; CREATE TABLE jobs.queue (id integer); CREATE EXTENSION citext; CREATE TABLE named (name citext)`);
    // What an older version of a file has made goes as well.
    await writeProject(cwd, [
      { ...revisions[0]!, up: revisions[0]!.up.replace('VIEW paid', 'VIEW paid_now') },
      revisions[1]!,
    ]);
    const asked = await run('reset');
    assert.is(asked.status, 2);
    assert.match(asked.stderr, 'needs-yes');
    const byHand = 'view public.paid, table public.stray, view public.stray_view, column hint of table public.notes';
    assert.match(
      asked.stderr.replaceAll(/\s+/g, ' '),
      /No revision makes, and nothing would bring back: ([a-z_. ]+(, )?)+/,
    );
    for (const one of byHand.split(', ')) assert.match(asked.stderr.replaceAll(/\s+/g, ' '), one);
    assert.match((await run('status')).stdout, '2 of 2');
    const done = await run('reset', '--yes', '--json');
    assert.is(done.status, 0, done.stderr);
    const { dropped, handMade, kept, heads } = done.json<Record<'dropped' | 'handMade' | 'kept' | 'heads', string[]>>();
    assert.equal(handMade.toSorted(), [...byHand.split(', '), 'table public.named'].toSorted());
    assert.equal(heads, ['bbbbbbbbbbbb']);
    assert.ok(dropped.includes('table app.orders') && dropped.includes('extension hstore'), dropped.join());
    assert.equal(kept, ['jobs']);
    const [row] = await query(tables);
    assert.is(row?.all, 'app.orders jobs.queue kept notes paid_now');
    assert.is((await query('SELECT count(*)::int AS n FROM app.orders'))[0]?.n, 0);
    assert.is((await query("SELECT count(*)::int AS n FROM pg_extension WHERE extname = 'citext'"))[0]?.n, 1);
    assert.is((await run('reset', '+1', '--yes')).status, 0);
    assert.match((await run('current')).stdout, 'aaaaaaaaaaaa');
  }));

test('a database that nothing marks is emptied only where its name is given', () =>
  withSite({}, async ({ run, query, name }) => {
    await run('upgrade');
    const refused = await run('reset', '--yes');
    assert.is(refused.status, 2);
    assert.match(refused.stderr, 'error (not-development)');
    assert.match(refused.stderr, `updown reset --yes-destroy ${name}`);
    const other = await run('reset', '--yes-destroy', 'other');
    assert.is(other.status, 2);
    assert.match(other.stderr, `"--yes-destroy" names "other", and`);
    assert.is((await query(tables))[0]?.all, 'app.orders kept notes paid');
    const done = await run('reset', '--yes-destroy', name);
    assert.is(done.status, 0, done.stderr);
    assert.match(done.stdout, /^Dropped: \d+ objects$/m);
    assert.not.match(done.stdout, 'no revision makes');
    await query('CREATE TABLE stray (id serial PRIMARY KEY)');
    const again = await run('reset', '--yes-destroy', name);
    assert.match(again.stdout, /^No revision makes these objects, which were dropped too: table public.stray$/m);
  }));

test('the mark is that of the url beside it', () =>
  withDatabase((other) =>
    withSite({ development: true }, async ({ run }) => {
      await run('upgrade', '--url', other.url);
      const { status, stderr } = await run('reset', '--yes', '--url', other.url);
      assert.is(status, 2);
      assert.match(stderr, 'not-development');
    }),
  ));

test('what is to stay and needs what is to go is named, and nothing is dropped', () =>
  withSite({ development: true }, async ({ run, query }) => {
    await run('upgrade');
    await query(`CREATE SCHEMA reports; CREATE VIEW reports.all_orders AS SELECT id FROM app.orders;
      CREATE TABLE reports.of_orders (id bigint REFERENCES app.orders)`);
    const { status, stderr } = await run('reset', '--yes');
    assert.is(status, 4);
    assert.match(stderr, 'view reports.all_orders needs table app.orders');
    assert.match(stderr, 'table reports.of_orders needs table app.orders');
    assert.is((await query(tables))[0]?.all, 'app.orders kept notes paid');
    await query('DROP SCHEMA reports CASCADE');
    assert.is((await run('reset', '--yes')).status, 0);
  }));

test('where another project keeps its ledger, nothing is dropped', () =>
  withSite({ development: true }, async ({ run, query, cwd }) => {
    await run('upgrade');
    await writeProject(cwd, [{ id: 'cccccccccccc' }], { dir: 'other', project: 'other-abc123' });
    await run('upgrade', '--dir', 'other', '--ledger-schema', 'second', '--allow-existing');
    const { status, stderr } = await run('reset', '--yes');
    assert.is(status, 4);
    assert.match(stderr, 'Another project keeps its ledger in this database, in "second"');
    assert.match((await run('reset', '--yes', '--ledger-schema', 'second')).stderr, 'wrong-project');
    assert.is((await query(tables))[0]?.all, 'app.orders kept notes paid t_cccccccccccc');
    await query('DROP SCHEMA app CASCADE; DROP TABLE kept, notes; DROP EXTENSION hstore; DROP PUBLICATION orders');
    assert.is((await run('stamp', 'base', '--purge')).status, 0);
    assert.is((await run('upgrade', '--allow-existing')).status, 0);
  }));

test('what a reset that broke off has left is mended by another one, wherever that was', () =>
  withSite({ development: true }, async ({ run, query }) => {
    await run('upgrade');
    // Behind the drop, before the ledger knows of it.
    await query(`DROP SCHEMA app CASCADE; DROP TABLE kept, notes; DROP EXTENSION hstore; DROP PUBLICATION orders`);
    assert.is((await run('reset', '--yes')).status, 0);
    // Behind the ledger, before the upgrade; and with part of that.
    await run('stamp', 'base', '--purge');
    assert.is((await run('reset', '--yes')).status, 0);
    await run('reset', '+1', '--yes');
    assert.is((await run('reset', '--yes')).status, 0);
    assert.is((await query(tables))[0]?.all, 'app.orders kept notes paid');
  }));

test('a revision of another branch is forgotten, and one that fails on scratch is told before the upgrade tells it', () =>
  withSite({ development: true }, async ({ run, query, cwd }) => {
    await run('upgrade');
    const write = async (...all: readonly TestRevision[]) => {
      await rm(join(cwd, 'migrations'), { recursive: true });
      await writeProject(cwd, all);
    };
    await write(revisions[0]!, { id: 'cccccccccccc', up: 'SELECT missing();\n', down: '-- nothing\n' });
    const { status, stderr } = await run('reset', '--yes');
    assert.is(status, 1);
    assert.match(stderr, 'fails on scratch, so that what it makes is not known: function missing() does not exist');
    assert.is((await query(tables))[0]?.all, 'app.orders notes paid');
    assert.match((await run('current')).stdout, 'aaaaaaaaaaaa');
    // The extension was made by what the files do not have any more, and is left alone.
    await write(revisions[0]!);
    assert.is((await run('reset', '--yes')).status, 0);
  }));

test('a file that could not be sent is found before anything is dropped', () =>
  withSite({ development: true }, async ({ run, query, cwd }) => {
    await run('upgrade');
    await writeProject(cwd, [revisions[0]!, { id: 'cccccccccccc', up: 'SELEC 1;\n', down: '-- nothing\n' }]);
    assert.is((await run('reset', '--yes')).status, 2);
    assert.is((await query(tables))[0]?.all, 'app.orders kept notes paid');
  }));

test('while others are at work nothing is dropped, and behind them it is', () =>
  withSite({ development: true, lockTimeout: '100ms' }, async ({ run, query }) => {
    await run('upgrade');
    const keys = lockKeys('updown').join();
    await query(`SELECT pg_advisory_lock(${keys})`);
    const held = await run('reset', '--yes', '--wait', '0');
    assert.is(held.status, 5);
    assert.match(held.stderr, 'Another run is at work on the database');
    await query(`SELECT pg_advisory_unlock(${keys})`);
    await query('BEGIN; SELECT FROM notes');
    const locked = await run('reset', '--yes', '--wait', '0');
    assert.is(locked.status, 5);
    assert.match(locked.stderr, "can't be dropped: canceling statement due to lock timeout");
    assert.is((await query(tables))[0]?.all, 'app.orders kept notes paid');
    const waiting = run('reset', '--yes');
    await query(
      'DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) LOOP PERFORM pg_sleep(0.01); END LOOP; END $$',
    );
    await query('COMMIT');
    assert.is((await waiting).status, 0);
  }));

test('of an embedded database it is one word, before it is made and behind', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [{ id: 'aaaaaaaaaaaa' }]);
    await writeFile(join(cwd, 'updown.json'), JSON.stringify({ url: 'pglite:dev' }));
    const first = await updown(['reset'], { cwd });
    assert.is(first.status, 0, first.stderr);
    assert.match(first.stdout, '1 revision applied');
    const again = await updown(['reset'], { cwd });
    assert.is(again.status, 0, again.stderr);
    assert.match(again.stdout, 'Dropped: 1 object');
    assert.match((await updown(['status'], { cwd })).stdout, '1 of 1');
  }));

test.run();
