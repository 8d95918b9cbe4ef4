import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { psql, untilTrue } from '../support/database.ts';
import { needsBaseBackup } from '../support/run.ts';
import { startServer } from '../support/server.ts';
import { withWorld } from './vocabulary.ts';

needsBaseBackup(test, 'F36: a standby is read, and refused where something is to be written', async () => {
  const primary = await startServer({ settings: { max_wal_senders: '3' } });
  const standby = await startServer({ standbyOf: primary });
  try {
    await withWorld(
      [{ id: 'a1' }, { id: 'b1' }],
      async (world) => {
        const address = new URL(standby.url);
        address.pathname = `/${world.database.name}`;
        const env = { DATABASE_URL: address.href };
        const replayed = async (): Promise<void> => {
          const target = await world.value('SELECT pg_current_wal_flush_lsn()::text');
          await untilTrue(address.href, `pg_last_wal_replay_lsn() >= '${target}'`);
        };
        await replayed();
        const refusal = { code: 'read-only', exit: 4, names: 'standby', hint: 'primary' };
        await world.refuses('upgrade', refusal, { env });
        await world.does('upgrade a1');
        await replayed();
        await world.refuses('upgrade', refusal, { env });
        await world.refuses('downgrade base --yes', refusal, { env });
        await world.refuses('stamp head', refusal, { env });
        await world.refuses(
          'upgrade',
          { ...refusal, hint: 'target_session_attrs' },
          { env: { DATABASE_URL: `${address.href}?target_session_attrs=read-write` } },
        );
        const { stdout } = await world.does('upgrade --sql');
        await world.write('s.sql', stdout);
        const run = await psql(address.href, ['-f', `${world.folder}/s.sql`]);
        assert.is(run.status, 3);
        assert.match(run.stderr, /standby/);

        const status = await world.does('status --json', { env });
        assert.equal(status.json<{ pending: string[] }>().pending, ['b1']);
        assert.is((await world.does('current', { env })).stdout, 'a1 add a1\n');
        await world.does('upgrade --dry-run', { env });
        await world.does('upgrade b1');
        await replayed();
        const { steps } = (await world.does('upgrade --json', { env })).json<{ steps: object[] }>();
        assert.equal(steps, [], 'where nothing is to be done, nothing needs to be written');
      },
      { server: primary.url },
    );
  } finally {
    await standby.stop();
    await primary.stop();
  }
});

test.run();
