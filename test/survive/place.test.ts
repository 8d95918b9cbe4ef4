import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stamp } from '../../lib/index.ts';
import { updown } from '../support/cli.ts';
import type { Verdict } from '../support/proxy.ts';
import { readEvents, type Trial, withTrial } from './broken.ts';

const two = [{ id: 'a1' }, { id: 'b1' }];

async function refuses(
  trial: Trial,
  code: string,
  exit = 4,
): Promise<NonNullable<Awaited<ReturnType<Trial['upgrade']>>['error']>> {
  const { error, sent } = await trial.upgrade();
  assert.equal([error?.code, error?.exitStatus], [code, exit], error?.message);
  assert.equal(sent, []);
  return error!;
}

async function hasLedger({ database: { query } }: Trial): Promise<boolean> {
  return (await query("SELECT to_regclass('updown.journal') IS NOT NULL AS there"))[0]?.there === true;
}

test('a database with tables and no ledger is refused with some of their names, before anything is made', () =>
  withTrial(two, async (trial) => {
    await trial.database.query(
      'CREATE TABLE u1 (); CREATE SCHEMA s; CREATE VIEW s.u2 AS SELECT 1; CREATE TABLE u3 (); CREATE TABLE u4 ()',
    );
    const error = await refuses(trial, 'not-empty');
    assert.match(
      error.message,
      'The database has tables (such as public.u1, public.u3, public.u4, s.u2), but no ledger',
    );
    assert.match(error.hint!, 'updown stamp');
    assert.match(error.hint!, '--allow-existing');
    assert.is(await hasLedger(trial), false);
  }));

for (const [what, sql] of [
  ['an extension', 'CREATE EXTENSION pg_stat_statements'],
  ['an extension in a schema of its own', 'CREATE SCHEMA ext; CREATE EXTENSION pg_stat_statements SCHEMA ext'],
  ['functions and types', "CREATE TYPE e AS ENUM ('a'); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'"],
] as const) {
  test(`a database that holds no more than ${what} is empty enough`, () =>
    withTrial(two, async (trial) => {
      await trial.database.query(sql);
      assert.is((await trial.upgrade()).error, undefined);
    }));
}

test('--allow-existing runs beside what is there, and need not be said again', () =>
  withTrial(two, async (trial) => {
    await trial.database.query('CREATE TABLE theirs ()');
    const at = ['--url', trial.database.url];
    const refused = await updown(['upgrade', ...at], trial);
    assert.is(refused.status, 4, refused.stderr);
    assert.match(refused.stderr, 'error (not-empty)');
    const allowed = await updown(['upgrade', 'a1', '--allow-existing', ...at], trial);
    assert.is(allowed.status, 0, allowed.stderr);
    assert.equal((await trial.upgrade()).ran, ['b1']);
  }));

test('stamp is the way out where the revisions made what is there', () =>
  withTrial(two, async (trial) => {
    await trial.database.query('CREATE TABLE "t_a1" (id integer)');
    await refuses(trial, 'not-empty');
    const { url } = trial.database;
    await stamp({ cwd: trial.cwd, env: {}, url, scratch: url, targets: ['a1'] });
    assert.equal((await trial.upgrade()).ran, ['b1']);
    assert.is(await readEvents(trial.database, 'a1'), 'stamp');
  }));

test('F18: tables another run made between our two looks are no reason to refuse', () =>
  withTrial(two, async (trial) => {
    let other: Promise<unknown> | undefined;
    const { error, ran } = await trial.upgrade(
      {},
      {
        onQuery: async ({ text }): Promise<Verdict> => {
          if (!text.includes('c.relkind IN')) return 'pass';
          other ??= trial.upgrade();
          await other;
          return 'pass';
        },
      },
    );
    assert.is(error, undefined, error?.message);
    assert.equal(ran, []);
    assert.ok(other !== undefined, 'it never looked for tables');
    assert.is(await readEvents(trial.database, 'a1'), 'up');
  }));

test('F36: a session that may only read is refused before anything is sent', () =>
  withTrial(two, async (trial) => {
    const { query, name } = trial.database;
    await query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    assert.match((await refuses(trial, 'read-only')).message, 'read-only');
  }));

test('F37: a role that may not make the ledger’s schema is told which right it lacks', () =>
  withTrial(two, async (trial) => {
    const { query, name } = trial.database;
    const role = `role_${name}`;
    await query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
    try {
      const url = new URL(trial.database.url);
      Object.assign(url, { username: role, password: 'secret' });
      const { error } = await trial.at(url.href).upgrade();
      assert.equal([error?.exitStatus, error?.sqlstate], [1, '42501'], error?.message);
      assert.match(error!.message, `permission denied for database ${name}`);
      assert.is(await hasLedger(trial), false);
    } finally {
      await query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  }));

const edits: readonly (readonly [string, string, string, RegExp])[] = [
  [
    'F38: another project’s ledger',
    `UPDATE updown.journal SET detail = '{"project": "other-1", "format": 1}' WHERE event = 'header'`,
    'wrong-project',
    /project "other-1", these files to "test-abc123"/,
  ],
  [
    'F39: an entry’s digest that was changed by hand',
    "UPDATE updown.journal SET digest = 'x' WHERE revision = 'a1'",
    'edited',
    /a1/,
  ],
  [
    'F39: a header that was deleted',
    "DELETE FROM updown.journal WHERE event = 'header'",
    'foreign-ledger',
    /lost its header/,
  ],
  [
    'F39: an entry that was deleted',
    "DELETE FROM updown.journal WHERE revision = 'a1'",
    'damaged-ledger',
    /"b1" was applied on "a1", and nothing says that "a1" was ever applied/,
  ],
  [
    'F39: the last of several entries that was deleted',
    `INSERT INTO updown.journal (revision, event) VALUES ('a1', 'down');
     INSERT INTO updown.journal (revision, event, op, digest, parents) SELECT revision, event, op, digest, parents FROM updown.journal WHERE revision = 'b1'`,
    'damaged-ledger',
    /"b1" was applied on "a1"/,
  ],
  [
    'F40: a newer format',
    `UPDATE updown.journal SET detail = detail || '{"format": 99}' WHERE event = 'header'`,
    'newer-ledger',
    /format 99/,
  ],
  [
    'F40: another tool’s table of that name',
    'DROP SCHEMA updown CASCADE; CREATE SCHEMA updown; CREATE TABLE updown.journal (version bigint, dirty boolean)',
    'foreign-ledger',
    /not updown's/,
  ],
];
for (const [title, sql, code, words] of edits) {
  test(`${title} is refused with exit 4`, () =>
    withTrial([...two, { id: 'c1' }], async (trial) => {
      await trial.upgrade({ target: 'b1' });
      await trial.database.query(sql);
      assert.match((await refuses(trial, code)).message, words);
    }));
}

test('F41: a ledger behind the schema, as after a partial restore, stops at what is there, and stamp settles it', () =>
  withTrial(two, async (trial) => {
    await trial.upgrade({ target: 'a1' });
    await trial.database.query('CREATE TABLE "t_b1" (id integer)');
    const { error } = await trial.upgrade();
    assert.equal([error?.code, error?.sqlstate], ['sql', '42P07'], error?.message);
    assert.match(error!.hint!, 'updown stamp');
    await stamp({ cwd: trial.cwd, env: {}, url: trial.database.url, targets: ['b1'] });
    assert.equal((await trial.upgrade()).ran, []);
  }));

for (const [where, head] of [
  ['in a transaction', ''],
  ['outside a transaction', '-- updown: no-transaction\n'],
] as const) {
  test(`F45: a file that is edited while a run is at work is run and recorded as it was read, ${where}`, () =>
    withTrial([{ id: 'a1' }, { id: 'b1', up: `${head}CREATE TABLE read ();\n` }], async (trial) => {
      let edited: Promise<void> | undefined;
      const edit = () => trial.edit([{ id: 'a1' }, { id: 'b1', up: `${head}CREATE TABLE edited ();\n` }]);
      const { error, ran } = await trial.upgrade(
        {},
        {
          onQuery: async ({ text }): Promise<Verdict> => {
            if (!text.includes(".enter('up', 'a1'")) return 'pass';
            edited ??= edit();
            await edited;
            return 'pass';
          },
        },
      );
      assert.equal([error, ran], [undefined, ['a1', 'b1']]);
      assert.ok(edited !== undefined, 'nothing was edited');
      assert.equal(await trial.database.query("SELECT to_regclass('read') AS read, to_regclass('edited') AS edited"), [
        { read: 'read', edited: null },
      ]);
      assert.match((await refuses(trial, 'edited')).message, 'b1');
    }));
}

test('F42: a step that failed leaves no flag: corrected, it runs', () =>
  withTrial([{ id: 'a1', up: 'SELECT 1 / 0;\n' }], async (trial) => {
    assert.is((await trial.upgrade()).error?.sqlstate, '22012');
    assert.is((await trial.upgrade()).error?.sqlstate, '22012');
    await trial.edit([{ id: 'a1' }]);
    assert.equal((await trial.upgrade()).ran, ['a1']);
    assert.is(await readEvents(trial.database, 'a1'), 'fail, fail, up');
  }));

test.run();
