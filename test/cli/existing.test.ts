import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { updown } from '../support/cli.ts';
import { withProject, writeProject } from '../support/project.ts';
import { needsPsql } from '../support/run.ts';
import { includes, withWorld } from './vocabulary.ts';

const two = [{ id: 'a1' }, { id: 'b1' }];

const theirs =
  'CREATE TABLE u1 (); CREATE SCHEMA s; CREATE VIEW s.u2 AS SELECT 1; CREATE TABLE u3 (); CREATE TABLE u4 ()';

test('a dry run, and a script from the database, refuse one in use like a run', () =>
  withWorld(two, async (world) => {
    await world.database.query(theirs);
    for (const command of ['upgrade', 'upgrade --dry-run', 'upgrade --sql --from-database']) {
      const expected = {
        code: 'not-empty',
        exit: 4,
        names: '(such as public.u1, public.u3, public.u4, s.u2)',
        hint: '--allow-existing',
      };
      await world.refuses(command, expected);
      if (command !== 'upgrade') await world.does(`${command} --allow-existing`);
    }
    await world.does('upgrade --dry-run --from base');
  }));

test('a table is named as it is, whatever it is called', () =>
  withWorld(two, async (world) => {
    await world.database.query('CREATE TABLE "{schema}" ()');
    await world.refuses('upgrade', { code: 'not-empty', exit: 4, names: '(such as public."{schema}")' });
  }));

needsPsql(test, 'a script from base refuses a database in use, unless it was emitted for one', () =>
  withWorld(two, async (world) => {
    await world.database.query(theirs);
    const { status, stderr } = await world.script('upgrade --sql');
    assert.is(status, 3);
    includes(stderr, 'the database has tables (such as public.u1, public.u3, public.u4, s.u2), but no ledger');
    includes(stderr, 'Nothing was changed');
    assert.is(await world.value("SELECT to_regnamespace('updown')"), null);
    const allowed = await world.script('upgrade a1 --sql --allow-existing');
    assert.is(allowed.status, 0, allowed.stderr);
    // From here on the ledger says what stands.
    const again = await world.script('upgrade --sql --from a1');
    assert.is(again.status, 0, again.stderr);
    assert.equal(await world.journal(), ['up up a1', 'up up b1']);
  }),
);

needsPsql(test, 'F39: a ledger that tells of nothing, made beforehand or emptied by hand, is as none', () =>
  withWorld([{ id: 'a1', up: 'UPDATE acct SET i = i * 2;\n' }], async (world) => {
    await world.database.query('CREATE TABLE acct AS SELECT 100 AS i');
    const made = await world.script('upgrade --sql --bootstrap');
    assert.is(made.status, 0, made.stderr);
    const refused = async () => {
      for (const command of ['upgrade', 'upgrade --sql --from-database'])
        await world.refuses(command, { code: 'not-empty', exit: 4, names: 'but no ledger, or an empty one' });
      const { status, stderr } = await world.script('upgrade --sql');
      assert.is(status, 3);
      includes(stderr, 'but no ledger, or an empty one');
    };
    await refused();
    await world.does('upgrade --allow-existing');
    await world.database.query('DELETE FROM updown.journal WHERE revision IS NOT NULL');
    await refused();
    assert.is(await world.value('SELECT i FROM acct'), 200);
  }),
);

needsPsql(test, 'where there are only extensions, or the ledger of another project, a script is at home', () =>
  withWorld([{ id: 'a1', up: 'SELECT 1;\n', down: 'SELECT 1;\n' }], async (world) => {
    await world.database.query('CREATE SCHEMA ext; CREATE EXTENSION pg_stat_statements SCHEMA ext');
    await world.does('upgrade');
    const { status, stderr } = await world.script('upgrade --sql --ledger-schema other');
    assert.is(status, 0, stderr);
  }),
);

needsPsql(test, "what an engine keeps in a schema of its own is nobody's table, in a run and in a script", () =>
  withWorld(two, async (world) => {
    await world.database.query(
      'CREATE SCHEMA _timescaledb_internal; CREATE TABLE _timescaledb_internal._hyper_1_1_chunk ()',
    );
    const { status, stderr } = await world.script('upgrade a1 --sql --ledger-schema other');
    assert.is(status, 0, stderr);
    await world.database.query('DROP TABLE t_a1');
    await world.does('upgrade');
  }),
);

test('two projects in one database: the advice of wrong-project leads on', () =>
  withWorld([{ id: 'a1', up: 'SELECT 1;\n' }], async (world) => {
    await world.does('upgrade');
    await withProject({}, async (folder) => {
      await writeProject(folder, two, { project: 'other-def456' });
      const options = { cwd: folder, env: { DATABASE_URL: world.database.url } };
      const refused = await updown(['upgrade'], options);
      assert.is(refused.status, 4);
      includes(refused.stderr, 'error (wrong-project)');
      includes(refused.stderr.replaceAll(/\s+/g, ' '), '"ledger": { "schema": "..." } in updown.json');
      const { status, stderr } = await updown(['upgrade', '--ledger-schema', 'other'], options);
      assert.is(status, 0, stderr);
    });
  }));

test("a schema's own tables are strangers, whatever they are called and beside whichever ledger", () =>
  withWorld(two, async (world) => {
    await world.does('upgrade --ledger-schema one');
    await world.database.query('DROP TABLE t_a1, t_b1; CREATE TABLE journal (); CREATE TABLE one.theirs ()');
    await world.refuses('upgrade --ledger-schema two', {
      code: 'not-empty',
      exit: 4,
      names: '(such as one.theirs, public.journal)',
    });
  }));

test.run();
