import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { startPooler } from '../support/pooler.ts';
import type { ProxyHooks, Query } from '../support/proxy.ts';
import { needsPooler } from '../support/run.ts';
import { startServer } from '../support/server.ts';
import { type Trial, untilBackend, withTrial } from './broken.ts';

/** Its backend is at work for a while after the line is gone. */
const slow = [{ id: 'a1' }, { id: 'b1', up: 'CREATE TABLE t (n integer);\nSELECT pg_sleep(1.5);\n' }];
const sleeping = "datname = current_database() AND query ~ 'pg_sleep' AND state = 'active' AND pid <> pg_backend_pid()";

const isStep = ({ text }: Query): boolean => text.includes(".enter('up', 'b1'");

async function untilDone({ database }: Trial): Promise<void> {
  while ((await database.query(`SELECT FROM pg_stat_activity WHERE ${sleeping}`)).length > 0)
    await new Promise((resolve) => setTimeout(resolve, 20));
}

test('F2, F3: what a backend commits between the two questions of what became of it is not missed', () =>
  withTrial(slow, async (trial) => {
    await trial.upgrade({ target: 'a1' });
    const asked: string[] = [];
    const hooks: ProxyHooks = {
      onQuery: async (query) => {
        if (isStep(query)) return 'last';
        if (query.connection === 1) return 'pass';
        asked.push(query.text);
        const asks = (what: string) => asked.filter((text) => text.includes(what)).length;
        if (query.text.includes('pg_stat_activity') && asks('pg_stat_activity') === 1)
          await untilBackend(trial.database.query, sleeping);
        if (query.text.includes('updown.journal') && asks('updown.journal') === 1) await untilDone(trial);
        return 'pass';
      },
    };
    const { error } = await trial.upgrade({}, hooks);
    assert.is(error?.code, 'connection', error?.message);
    assert.match(error!.notes.join('\n'), 'ledger: b1 is applied');
    const first = (what: string) => asked.findIndex((text) => text.includes(what));
    assert.ok(
      first('pg_stat_activity') !== -1 && first('pg_stat_activity') < first('updown.journal'),
      asked.join('\n'),
    );
  }));

needsPooler(test, 'F2, F25: behind a pooler, too, a backend that is still at work is waited for', async () => {
  const server = await startServer();
  const pooler = await startPooler(server);
  try {
    await withTrial(
      slow,
      async (trial) => {
        await trial.upgrade({ target: 'a1' });
        const pooled = Object.assign(new URL(trial.database.url), { port: new URL(pooler.url).port }).href;
        const { error } = await trial.at(pooled).upgrade({}, { onQuery: (query) => (isStep(query) ? 'last' : 'pass') });
        assert.is(error?.code, 'connection', error?.message);
        assert.match(error!.notes.join('\n'), 'ledger: b1 is applied');
      },
      { server: server.url },
    );
  } finally {
    await pooler.stop();
    await server.stop();
  }
});

test.run();
