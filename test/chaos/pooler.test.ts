import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { updown } from '../support/cli.ts';
import { startPooler } from '../support/pooler.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';
import { needsPooler } from '../support/run.ts';
import { startServer } from '../support/server.ts';
import { ask } from './ask.ts';
import { printTable } from './report.ts';
import { runChaos, shortForm } from './run.ts';

const revisions: readonly TestRevision[] = [
  { id: 'a1' },
  { id: 'b2', up: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY ON t_a1 (id);\n' },
];

needsPooler(
  test,
  'F25, F26: through a pooler a transaction runs, and what can’t be in one is refused unasked',
  async () => {
    const server = await startServer();
    const pooler = await startPooler(server);
    try {
      await withProject({}, async (cwd) => {
        await writeProject(cwd, revisions);
        const run = (...args: readonly string[]) => updown([...args, '--url', pooler.url], { cwd });
        const refused = await run('upgrade', '--json');
        assert.is(refused.status, 4, refused.stderr);
        const { error } = refused.json<{ error: { code: string; message: string; hint: string } }>();
        assert.is(error.code, 'pooler');
        assert.match(error.message, /"b2" runs outside a transaction/);
        assert.match(error.hint, /Connect to the server itself/);
        assert.equal(await ask(server.url, "SELECT to_regclass('updown.journal')::text AS ledger"), [{ ledger: null }]);
        const first = await run('upgrade', 'a1');
        assert.is(first.status, 0, first.stderr);
        const straight = await updown(['upgrade', '--url', server.url], { cwd });
        assert.is(straight.status, 0, straight.stderr);
        const status = await run('status', '--exit-code');
        assert.is(status.status, 0, status.stderr);
      });
    } finally {
      await pooler.stop();
      await server.stop();
    }
  },
);

const seed = Number(process.env.UPDOWN_CHAOS_SEED ?? 1);

needsPooler(test, `F25: runners at once through a pooler, faults by seed ${seed}: each revision once`, async () => {
  const summary = await runChaos({ ...shortForm, bare: 0, seed, pooled: true });
  printTable([summary]);
  assert.is(summary.problems.join('\n'), '');
});

test.run();
