import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type World, withWorld } from '../cli/vocabulary.ts';
import { needsPsql } from '../support/run.ts';
import { type RunOptions, runScript } from '../support/script.ts';
import { withClient } from './site.ts';

interface Pipeline {
  readonly name: string;
  readonly url: string;
  readonly env: { readonly DATABASE_URL: string };
}

/** A pipeline's role: it may make tables in public, and nothing in the database. */
async function withPipeline(world: World, body: (role: Pipeline) => Promise<void>): Promise<void> {
  const name = `${world.database.name} "pipeline"`;
  const quoted = `"${name.replaceAll('"', '""')}"`;
  const url = new URL(world.database.url);
  [url.username, url.password] = [name, 'secret'];
  await world.database.query(
    `CREATE ROLE ${quoted} LOGIN PASSWORD 'secret'; GRANT CREATE ON SCHEMA public TO ${quoted}`,
  );
  try {
    await body({ name, url: url.href, env: { DATABASE_URL: url.href } });
  } finally {
    await world.database.query(`DROP OWNED BY ${quoted}; DROP ROLE ${quoted}`);
  }
}

const revisions = [
  { id: 'a1' },
  {
    id: 'b1',
    up: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY i ON t_a1 (id);',
    down: '-- updown: no-transaction\nDROP INDEX CONCURRENTLY i;',
  },
  { id: 'c1' },
];

async function emit(world: World, roles: readonly string[], flavor: string): Promise<string> {
  const grants = roles.map((role) => ` --grant-to '${role}'`).join('');
  return (await world.does(`upgrade --sql --bootstrap --flavor ${flavor}${grants}`)).stdout;
}

const flavors: Readonly<Record<string, (url: string, text: string, options?: RunOptions) => Promise<string>>> = {
  psql: async (url, text, options) => (await runScript(url, text, options)).stderr,
  plain: async (url, text, options) => {
    let errors: readonly string[] = [];
    const settings = options?.env?.PGOPTIONS === undefined ? {} : { default_transaction_read_only: 'on' };
    await withClient(
      url,
      'each',
      async ({ send }) => {
        errors = (await send(text)).slice(0, 1);
      },
      settings,
    );
    return errors.join('\n');
  },
};

for (const [flavor, run] of Object.entries(flavors)) {
  needsPsql(
    test,
    `--bootstrap (${flavor}): behind it a role without CREATE on the database goes up, down and by script`,
    () =>
      withWorld(revisions, (world) =>
        withPipeline(world, async (role) => {
          // As strict as a database gets: not even functions are everybody's.
          await world.database.query('ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON ROUTINES FROM PUBLIC');
          assert.is((await world.run('upgrade', role)).status, 1, 'without it the role can make no ledger');
          const text = await emit(world, [role.name], flavor);
          assert.is(await run(world.database.url, text), '');
          assert.equal(await world.journal(), []);
          await world.does('upgrade b1', role);
          await world.does('downgrade base --yes', role);
          await world.does('stamp a1 --force', role);
          await world.does('stamp base', role);
          const { stdout } = await world.does('upgrade --sql');
          const outcome = await runScript(role.url, stdout);
          assert.is(outcome.status, 0, outcome.stderr);
          assert.is((await world.run('status --exit-code', role)).status, 0);
        }),
      ),
  );

  needsPsql(test, `--bootstrap (${flavor}) run again changes nothing, and may share with one role more`, () =>
    withWorld(revisions, (world) =>
      withPipeline(world, async (role) => {
        assert.is(await run(world.database.url, await emit(world, [], flavor)), '');
        await world.does('upgrade a1');
        const before = await world.value('SELECT json_agg(j ORDER BY seq)::text FROM updown.journal j');
        assert.is(await run(world.database.url, await emit(world, [], flavor)), '');
        assert.is((await world.run('current', role)).status, 1);
        assert.is(await run(world.database.url, await emit(world, [role.name, 'postgres'], flavor)), '');
        assert.is(await world.value('SELECT json_agg(j ORDER BY seq)::text FROM updown.journal j'), before);
        await world.does('stamp c1', role);
      }),
    ),
  );

  needsPsql(test, `--bootstrap (${flavor}) is refused where it does not belong, and makes nothing`, () =>
    withWorld(revisions, async (world) => {
      const text = await emit(world, [], flavor);
      const there = () => world.value("SELECT to_regclass('updown.journal')::text");
      const readOnly = { env: { PGOPTIONS: '-c default_transaction_read_only=on' } };
      assert.match(await run(world.database.url, text, readOnly), /this session is read-only/);
      assert.match(
        await run(world.database.url, await emit(world, ['nobody "x"'], flavor)),
        /there is no role "nobody "x"" to grant to/,
      );
      assert.is(await there(), null);
      await world.does('upgrade a1');
      await world.edit('migrations/manifest.jsonl', 'test-abc123', 'other-1');
      assert.match(
        await run(world.database.url, await emit(world, [], flavor)),
        /belongs to project "test-abc123", this script to "other-1"/,
      );
    }),
  );
}

test('--bootstrap is only emitted, takes no target, and --grant-to belongs to it', () =>
  withWorld(revisions, async (world) => {
    await world.refuses('upgrade --bootstrap', { code: 'usage', exit: 2, names: '--bootstrap', hint: '--sql' });
    await world.refuses('upgrade b1 --bootstrap --sql', { code: 'usage', exit: 2, names: 'no target' });
    await world.refuses('upgrade --sql --grant-to me', {
      code: 'usage',
      exit: 2,
      names: '--grant-to',
      hint: '--bootstrap',
    });
  }));

test.run();
