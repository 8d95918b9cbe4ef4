import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { status, UpdownError, upgrade } from '../../lib/index.ts';
import { type Database, withDatabase } from '../support/database.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';

type Site = { readonly cwd: string; readonly env: Record<string, never>; readonly url: string };

const revisions: readonly TestRevision[] = [
  { id: 'a1', up: 'CREATE TABLE public.t (n integer);\n' },
  { id: 'b1', up: 'CREATE TABLE public.b (n integer);\n' },
  { id: 'c1', up: 'ALTER TABLE public.t ADD c integer;\n' },
];

/** At a1, and b1 and c1 pending. */
async function withLedger(body: (site: Site, database: Database) => Promise<void>): Promise<void> {
  await withProject({ 'updown.json': '{"lockTimeout":"500ms"}' }, async (cwd) => {
    await writeProject(cwd, revisions);
    await withDatabase(async (database) => {
      const site = { cwd, env: {}, url: database.url };
      await upgrade({ ...site, target: 'a1' });
      await body(site, database);
    });
  });
}

async function errorOf(promise: Promise<unknown>): Promise<UpdownError> {
  const error = await promise.then(
    () => undefined,
    (failed: unknown) => failed,
  );
  assert.ok(error instanceof UpdownError, `it ended well, or with ${error}`);
  return error;
}

const events = async ({ query }: Database): Promise<string> =>
  (await query("SELECT event, revision FROM ONLY updown.journal WHERE event NOT IN ('header', 'fail') ORDER BY seq"))
    .map(({ event, revision }) => `${event} ${revision}`)
    .join(', ');

/** The view of what is applied, made anew: without these. */
const applied = (without: string): string => `CREATE OR REPLACE VIEW updown.applied AS
  SELECT revision, at, who, channel, digest, script, parents, event, seq FROM updown.journal
   WHERE event IN ('up', 'stamp') AND ${without}`;

test('nothing is called done that a view in the place of the ledger’s own does not tell', () =>
  withLedger(async (site, database) => {
    await database.query(applied("revision <> 'b1'"));
    const error = await errorOf(upgrade({ ...site, target: 'b1', wait: 0 }));
    assert.is(error.code, 'damaged-ledger');
    assert.match(error.message, 'The up of revision "b1" has run, and the ledger does not say so');
    assert.is(await events(database), 'up a1, up b1');
  }));

test('nor one that tells it of other contents', () =>
  withLedger(async (site, database) => {
    await database.query(
      applied('true').replace('digest, script', "CASE revision WHEN 'b1' THEN 'x' ELSE digest END AS digest, script"),
    );
    assert.is((await errorOf(upgrade({ ...site, target: 'b1', wait: 0 }))).code, 'damaged-ledger');
  }));

test('what this run has done is not done again, whatever the ledger tells behind a wait', () =>
  withLedger(async (site, database) => {
    await database.query(applied("revision <> 'b1'"));
    // c1 waits for this, is refused, and the run reads and plans again.
    await database.query('BEGIN; LOCK TABLE public.t');
    const error = await errorOf(upgrade({ ...site, wait: 20_000 })).finally(() => database.query('ROLLBACK'));
    assert.is(error.code, 'damaged-ledger');
    assert.match(error.message, 'The up of revision "b1" was done by this run, and the ledger says no more of it');
    assert.is(await events(database), 'up a1, up b1');
  }));

test('a view that forgets what is applied runs nothing twice', () =>
  withLedger(async (site, database) => {
    await database.query(applied('false'));
    const error = await errorOf(upgrade({ ...site, wait: 0 }));
    assert.match(error.message, /a1/);
    assert.is(await events(database), 'up a1');
  }));

test('a child of the journal that no entry can follow fails the step', () =>
  withLedger(async (site, database) => {
    await database.query('CREATE TABLE public.kid () INHERITS (updown.journal)');
    await database.query("INSERT INTO public.kid (seq, revision, event) VALUES (9223372036854775807, 'k', 'fail')");
    const error = await errorOf(upgrade({ ...site, wait: 0 }));
    assert.match(error.sqlstate ?? '', /^(UD015)$/);
    assert.is(await events(database), 'up a1');
    await database.query('DROP TABLE public.kid');
    await upgrade(site);
  }));

test('row security that a file turns on for its owner fails the step', () =>
  withLedger(async (site, database) => {
    const role = `${database.name}_owner`;
    await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
    try {
      for (const relation of ['TABLE updown.journal', 'TABLE updown.worker', 'TABLE public.t', 'SCHEMA updown'])
        await database.query(`ALTER ${relation} OWNER TO ${role}`);
      await database.query(`GRANT CREATE, USAGE ON SCHEMA public TO ${role}`);
      await database.query(`GRANT ALL ON ALL TABLES IN SCHEMA updown TO ${role}`);
      const url = new URL(site.url);
      url.username = role;
      url.password = 'x';
      const hiding = 'ALTER TABLE updown.journal ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;\n';
      for (const policy of [
        '',
        'CREATE POLICY p ON updown.journal USING (false);\n',
        "CREATE POLICY p ON updown.journal USING (event = 'header') WITH CHECK (true);\n",
      ])
        await withProject({}, async (cwd) => {
          await writeProject(cwd, [revisions[0]!, { id: 'p1', up: `${hiding}${policy}` }]);
          const error = await errorOf(upgrade({ ...site, cwd, url: url.href, wait: 0 }));
          assert.match(error.sqlstate ?? '', /^(UD014|UD015|UD016|42501)$/, policy);
          assert.is(await events(database), 'up a1', policy);
        });
      assert.is((await status({ ...site, url: url.href })).pending.length, 2);
    } finally {
      await database.query(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
    }
  }));

test.run();
