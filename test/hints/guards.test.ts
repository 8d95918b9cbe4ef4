import postgres from 'postgres';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { downgrade, UpdownError, upgrade } from '../../lib/index.ts';
import { lockKeys } from '../../lib/ledger/name.ts';
import { needsPsql } from '../support/run.ts';
import { runScript } from '../support/script.ts';
import { whileHeld } from '../survive/broken.ts';
import { type Desk, withDesk } from './desk.ts';
import { isSaid } from './scan.ts';

const two = [{ id: 'a1' }, { id: 'b1' }];

/** A role that owns what it makes, and its address. */
async function withRole(desk: Desk, body: (role: string, url: string) => Promise<void>): Promise<void> {
  const { query, name, url } = desk.database;
  const role = `plain_${name}`;
  const own = new URL(url);
  [own.username, own.password] = [role, 'x'];
  await query(
    `CREATE ROLE ${role} LOGIN PASSWORD 'x'; GRANT CREATE ON DATABASE ${name} TO ${role}; GRANT ALL ON SCHEMA public TO ${role}`,
  );
  try {
    await body(role, own.href);
  } finally {
    await query(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
  }
}

function hintIn(stderr: string): string {
  return /HINT: +(.*)/.exec(stderr)?.[1] ?? assert.unreachable(stderr) ?? '';
}

needsPsql(test, 'a script that finds the ledger locked: who holds it is waited for, or ended', () =>
  withDesk(two, async (desk) => {
    await desk.does('upgrade a1');
    const script = (await desk.does('upgrade a1:b1 --sql')).stdout;
    const [product, key] = lockKeys('updown');
    const hold = `SELECT pg_advisory_xact_lock(${product}, ${key})`;
    const url = new URL(desk.database.url);
    await whileHeld(url.href, hold, async () => {
      const { status, stderr } = await runScript(url.href, script);
      assert.is(status, 3, stderr);
      const hint = hintIn(stderr);
      assert.ok(
        isSaid(hint, 'Wait for it and run this again. Or end it: SELECT pg_catalog.pg_terminate_backend(…);'),
        hint,
      );
      await desk.runsSql(hint);
      const again = await runScript(url.href, script);
      assert.is(again.status, 0, again.stderr);
    });
    await desk.does('status --exit-code');
  }),
);

needsPsql(test, 'row level security on the ledger is turned off by its owner, for a run and for a script', () =>
  withDesk(two, async (desk) => {
    await withRole(desk, async (_, url) => {
      await desk.does(`upgrade a1 --url ${url}`);
      const script = (await desk.does('upgrade a1:b1 --sql')).stdout;
      const forced = ['journal', 'worker'].map(
        (table) => `ALTER TABLE updown.${table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`,
      );
      await desk.database.query(forced.join(';'));
      const { status, stderr } = await runScript(url, script);
      assert.is(status, 3, stderr);
      assert.ok(isSaid(hintIn(stderr), 'Nothing was changed. As the owner of the ledger: '), stderr);
      const client = postgres(url, { max: 1, onnotice: () => {} });
      for (const sql of hintIn(stderr).match(/ALTER [^;]*;/g) ?? []) await client.unsafe(sql);
      const passed = await runScript(url, script);
      assert.is(passed.status, 0, passed.stderr);
      await desk.database.query(forced.join(';'));
      const hint = await desk.fails(`downgrade a1 --yes --url ${url}`, 'hidden-ledger');
      const says = 'Nothing was sent: a ledger seen in part would make a wrong plan. As the owner of its tables…: …';
      assert.ok(isSaid(hint, says), hint);
      for (const sql of hint.match(/ALTER [^;]*;/g) ?? []) await client.unsafe(sql);
      await client.end();
      await desk.does(`downgrade a1 --yes --url ${url}`);
    });
  }),
);

test('an event trigger that forces it is disabled, and enabled again', () =>
  withDesk(two, async (desk) => {
    await desk.database.query(`CREATE FUNCTION force() RETURNS event_trigger LANGUAGE plpgsql AS $$ DECLARE one record; BEGIN
      FOR one IN SELECT objid FROM pg_event_trigger_ddl_commands() WHERE object_type = 'table' LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', one.objid::regclass); EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', one.objid::regclass); END LOOP; END $$;
      CREATE EVENT TRIGGER forcing ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION force()`);
    await withRole(desk, async (_, url) => {
      const { stdout } = await desk.run(`upgrade --json --url ${url}`);
      const hint: string = JSON.parse(stdout).error?.hint ?? '';
      assert.ok(
        isSaid(hint, 'An event trigger does that. As a superuser: … then run again, and enable it again afterwards.'),
        stdout,
      );
      await desk.runsSql(hint);
      await desk.does(`upgrade a1 --url ${url}`);
      await desk.database.query('ALTER EVENT TRIGGER forcing ENABLE');
      await desk.does(`upgrade --url ${url}`);
    });
  }));

const inTheWay: Readonly<Record<string, readonly [made: string, undone: (thing: string) => string]>> = {
  'a trigger': [
    "CREATE FUNCTION eat() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER e BEFORE INSERT ON updown.journal FOR EACH ROW EXECUTE FUNCTION eat()",
    (thing) => `DROP ${thing} ON updown.journal`,
  ],
  'a trigger that is disabled': [
    "CREATE FUNCTION eat() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER e BEFORE INSERT ON updown.journal FOR EACH ROW EXECUTE FUNCTION eat()",
    (thing) => `ALTER TABLE updown.journal DISABLE ${thing}`,
  ],
  'a rule': [
    'CREATE RULE r AS ON INSERT TO updown.journal DO INSTEAD NOTHING',
    (thing) => `DROP ${thing} ON updown.journal`,
  ],
};

for (const [what, [made, undone]] of Object.entries(inTheWay)) {
  test(`what keeps entries out of the journal is dropped or disabled, as the hint names it: ${what}`, () =>
    withDesk(two, async (desk) => {
      await desk.does('upgrade a1');
      await desk.database.query(made);
      const hint = await desk.fails('upgrade', 'damaged-ledger');
      assert.ok(isSaid(hint, 'Nothing of this step was kept. '), hint);
      const [, thing] = /The cause may be: (.*)\. Drop or disable it, then run again\./.exec(hint) ?? [];
      await desk.database.query(undone(thing!));
      await desk.does('upgrade');
      await desk.does('status --exit-code');
    }));
}

test('the library: an answer, and an address', () =>
  withDesk(two, async (desk) => {
    const site = { cwd: desk.folder, env: {}, url: desk.database.url };
    await upgrade(site);
    const hintOf = (asked: Promise<unknown>) =>
      asked.then(
        () => '',
        (error: unknown) => (error instanceof UpdownError ? (error.hint ?? '') : String(error)),
      );
    assert.is(await hintOf(downgrade({ ...site, target: 'base', confirm: () => false })), 'Answer y, or add --yes.');
    await desk.does('downgrade a1 --yes');
    const own = { ...site, sql: {} } as Parameters<typeof upgrade>[0];
    assert.is(await hintOf(upgrade(own)), 'Pass the address instead: upgrade({ url }).');
    await upgrade({ ...site });
  }));

test.run();
