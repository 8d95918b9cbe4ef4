import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { downgrade, prepareUpgrade, UpdownError, upgrade } from '../../lib/index.ts';
import { renderPlain } from '../../lib/script/plain.ts';
import { renderScript } from '../../lib/script/psql.ts';
import { type Database, withDatabase } from '../support/database.ts';
import { withProject, writeProject } from '../support/project.ts';
import { print, readEvents, runScript } from '../support/script.ts';

type Site = { readonly cwd: string; readonly env: Record<string, never>; readonly url: string };

const first = { id: 'a1', up: 'CREATE TABLE t (n integer);\n', down: 'DROP TABLE t;\n' };

async function withLedger(body: (site: Site, database: Database) => Promise<void>): Promise<void> {
  await withProject({}, async (cwd) => {
    await writeProject(cwd, [first]);
    await withDatabase(async (database) => {
      const site = { cwd, env: {}, url: database.url };
      await upgrade(site);
      await body(site, database);
    });
  });
}

/** A revision on top that this is the SQL of, run, and by psql. */
async function refuse(site: Site, database: Database, up: string): Promise<UpdownError> {
  let refused: UpdownError | undefined;
  await withProject({}, async (cwd) => {
    await writeProject(cwd, [first, { id: 'b1', parents: ['a1'], up }]);
    const before = await read(database);
    const error = await errorOf(upgrade({ ...site, cwd }));
    assert.ok(error, `it ran: ${up}`);
    const { status } = await runScript(site.url, print(await prepareUpgrade({ ...site, cwd, from: 'a1' })));
    assert.is(status, 3, up);
    if (!up.includes('no-transaction')) assert.equal(await read(database), before, up);
    refused = error;
  });
  return refused!;
}

function errorOf(promise: Promise<unknown>): Promise<UpdownError | undefined> {
  return promise.then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof UpdownError) return error;
      throw error;
    },
  );
}

function read({ query }: Database): Promise<unknown> {
  return query(`SELECT seq, event, revision FROM updown.journal WHERE event <> 'fail' ORDER BY seq`);
}

const everything = `DO $do$BEGIN EXECUTE (SELECT 'TRUNCATE ' || string_agg(c.oid::regclass::text, ', ') || ' CASCADE' FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname IN ('public', 'updown')); END$do$`;

test('a file that takes the ledger away, or entries of it, is refused with all that it did', () =>
  withLedger(async (site, database) => {
    for (const [up, sqlstate] of [
      ['TRUNCATE updown.journal', 'UD016'],
      [everything, 'UD016'],
      ["DELETE FROM updown.journal WHERE event = 'up'", 'UD016'],
      ["UPDATE updown.journal SET digest = 'x' WHERE event = 'up'", 'UD016'],
      ['ALTER TABLE updown.journal DISABLE TRIGGER ALL; DELETE FROM updown.journal', 'UD016'],
      ['RESET ALL; TRUNCATE updown.journal', 'UD016'],
      [`-- updown: no-transaction\n${everything}`, 'UD016'],
      ['DROP SCHEMA updown CASCADE', '3F000'],
      ['ALTER TABLE updown.journal RENAME TO other', '42P01'],
    ] as const) {
      const error = await refuse(site, database, `${up};\n`);
      assert.is(error.sqlstate, sqlstate, up);
      assert.match(error.message, /ledger/);
      if (up.includes('no-transaction'))
        await database.query("DELETE FROM updown.journal WHERE event IN ('start', 'progress')");
    }
  }));

const eat =
  "CREATE FUNCTION eat() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE FUNCTION change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.revision := NEW.revision || ''x''; RETURN NEW; END'; CREATE FUNCTION gone() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN DELETE FROM updown.journal WHERE seq = NEW.seq; RETURN NULL; END';";

test('an entry that is swallowed or changed fails its step, which names what did it', () =>
  withLedger(async (site, database) => {
    await database.query(eat);
    for (const [made, undone, what] of [
      [
        'CREATE TRIGGER e BEFORE INSERT ON updown.journal FOR EACH ROW EXECUTE FUNCTION eat()',
        'DROP TRIGGER e ON updown.journal',
        'trigger e',
      ],
      [
        'CREATE TRIGGER c BEFORE INSERT ON updown.journal FOR EACH ROW EXECUTE FUNCTION change()',
        'DROP TRIGGER c ON updown.journal',
        'trigger c',
      ],
      [
        'CREATE CONSTRAINT TRIGGER g AFTER INSERT ON updown.journal DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION gone()',
        'DROP TRIGGER g ON updown.journal',
        'trigger g',
      ],
      ['CREATE RULE r AS ON INSERT TO updown.journal DO INSTEAD NOTHING', 'DROP RULE r ON updown.journal', 'rule r'],
    ] as const) {
      await database.query(made);
      const error = await errorOf(downgrade({ ...site, target: 'base' }));
      assert.equal([error?.code, error?.sqlstate], ['damaged-ledger', 'UD015'], made);
      assert.match(error!.hint!, what);
      await database.query(undone);
    }
    await downgrade({ ...site, target: 'base' });
  }));

test('an entry is the newest whatever has become of the sequence behind it', () =>
  withLedger(async (site, database) => {
    const sequence = "pg_get_serial_sequence('updown.journal', 'seq')";
    for (const change of [
      `SELECT setval(${sequence}, 1)`,
      'ALTER TABLE updown.journal ALTER seq RESTART WITH 1',
      `SELECT setval(${sequence}, 500)`,
      'ALTER SEQUENCE updown.journal_seq_seq RESTART WITH 3 CACHE 50',
    ]) {
      await database.query(change);
      await downgrade({ ...site, target: 'base' });
      await upgrade(site);
    }
    const entries = await database.query("SELECT event FROM updown.journal WHERE event <> 'header' ORDER BY seq");
    assert.is(entries.map(({ event }) => event).join(' '), `up${' down up'.repeat(4)}`);
  }));

test('a script in a transaction that is open is refused, says its code, and names --one-transaction', () =>
  withLedger(async (site, database) => {
    const write = 'CREATE TABLE IF NOT EXISTS mine ();\n';
    const stepwise = print(await prepareUpgrade(site));
    const whole = [...renderScript(await prepareUpgrade({ ...site, oneTransaction: true }), { tool: '0' })].join('');
    const refused = async (text: string, options?: { readonly args: readonly string[] }) => {
      const { status, stderr } = await runScript(database.url, text, options);
      assert.is(status, 3);
      assert.match(stderr, 'ERROR:  UD010: a transaction is open already');
      assert.match(stderr, '--one-transaction');
    };
    for (const before of [
      `BEGIN;\n${write}`,
      `\\set AUTOCOMMIT off\n${write}`,
      `START TRANSACTION READ WRITE;\nSAVEPOINT s;\n${write}`,
    ]) {
      for (const text of [stepwise, whole]) await refused(`${before}${text}`);
    }
    for (const before of ['BEGIN;\n', 'START TRANSACTION READ WRITE;\nSAVEPOINT s;\n'])
      await refused(`${before}${stepwise}`);
    await refused(stepwise, { args: ['-1'] });
    const plain = [...renderPlain(await prepareUpgrade(site), { tool: '0' })[0]!.pieces].join('');
    for (const before of ['BEGIN;\n', `START TRANSACTION;\n${write}`])
      await refused(`\\set ON_ERROR_STOP on\n${before}${plain}`);
    await refused(`\\set ON_ERROR_STOP on\n${plain}`, { args: ['-1'] });
    assert.equal(await database.query("SELECT FROM pg_class WHERE relname = 'mine'"), []);
    for (const text of [stepwise, whole]) assert.is((await runScript(database.url, text)).status, 0);
  }));

test('of a transaction that is open and has written nothing, a psqlrc is no reason to refuse, nor is psql -1 where all is one', () =>
  withLedger(async (site) => {
    const stepwise = print(await prepareUpgrade(site));
    const whole = [...renderScript(await prepareUpgrade({ ...site, oneTransaction: true }), { tool: '0' })].join('');
    const psqlrc = '\\set AUTOCOMMIT off\nSET extra_float_digits = 1;\n';
    for (const [text, options] of [
      [stepwise, { psqlrc }],
      [whole, { psqlrc }],
      [whole, { args: ['-1'] }],
    ] as const)
      await withDatabase(async (other) => {
        const outcome = await runScript(other.url, text, options);
        assert.is(outcome.status, 0, outcome.stderr);
        assert.match(await readEvents(other), /^up /);
      });
  }));

test.run();
