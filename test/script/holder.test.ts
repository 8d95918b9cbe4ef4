import postgres from 'postgres';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareUpgrade, upgrade } from '../../lib/index.ts';
import { lockKeys } from '../../lib/ledger/name.ts';
import { renderBootstrap } from '../../lib/script/bootstrap.ts';
import { renderPlain } from '../../lib/script/plain.ts';
import { withDatabase } from '../support/database.ts';
import { withProject, writeProject } from '../support/project.ts';
import { needsPsql } from '../support/run.ts';
import { print, runScript } from '../support/script.ts';

needsPsql(test, "a script says who holds the ledger's lock, for how long, what they run, and how to end them", () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [{ id: 'a1' }, { id: 'b1', up: 'ALTER TABLE kept ADD n integer;\n' }]);
    await withDatabase(async (database) => {
      const site = { cwd, env: {}, url: database.url };
      const role = `${database.name}_plain`;
      await database.query(
        `CREATE ROLE ${role} LOGIN PASSWORD 'secret'; GRANT CREATE ON DATABASE ${database.name} TO ${role}`,
      );
      const address = new URL(database.url);
      [address.username, address.password] = [role, 'secret'];
      const script = await prepareUpgrade(site);
      const texts = [
        print(script),
        renderBootstrap(script, { tool: '0', grantTo: [] }),
        ...renderPlain(script, { tool: '0' }).flatMap(({ name, pieces }) =>
          name.endsWith('.sql') ? [[...pieces].join('')] : [],
        ),
      ];
      const other = postgres(database.url, { max: 1, connection: { application_name: 'night job' } });
      try {
        const [{ pid } = {}] = await other`SELECT pg_backend_pid() AS pid`;
        const holds = async (query: string) => {
          await other.unsafe(`BEGIN; SELECT pg_advisory_xact_lock(${lockKeys('updown').join(', ')}); ${query}`);
        };
        const refused = async (text: string, url: string, runs: RegExp) => {
          const { status, stderr } = await runScript(url, text, { args: ['-v', 'ON_ERROR_STOP=1'] });
          assert.is(status, 3);
          assert.match(stderr, 'UD001: ');
          assert.match(stderr, `DETAIL:  Pid ${pid} (night job, user `);
          assert.match(stderr, runs);
          assert.match(stderr, `SELECT pg_catalog.pg_terminate_backend(${pid});`);
          assert.not.match(stderr, 'sesame');
        };
        // Where the ledger has to be made, whichever way; a password is left out.
        await holds("SELECT 'nothing' AS password_sesame");
        for (const text of texts)
          await refused(text, database.url, /, idle in transaction for [\d:]+, ran last: BEGIN; SELECT pg_advisory/);
        await refused(texts[0]!, address.href, /address hidden\), since when is hidden, runs: hidden from role /);
        await other.unsafe('COMMIT');

        // Where there is one; a step of ours is named as that.
        await upgrade({ ...site, target: 'a1' });
        await database.query(
          `GRANT USAGE ON SCHEMA updown TO ${role}; GRANT SELECT, INSERT ON updown.journal, updown.worker TO ${role}; GRANT SELECT ON updown.applied, updown.unfinished, updown.lock_holders TO ${role}; CREATE TABLE kept ()`,
        );
        const next = print(await prepareUpgrade({ ...site, from: 'a1' }));
        await holds("SELECT 1 /* CALL updown.enter('up', 'z9' */");
        await refused(next, database.url, /ran last: up of revision z9/);
        await refused(next, address.href, /hidden from role .* \(a member of pg_read_all_stats sees it\)/);
        await other.unsafe('COMMIT');

        // A lock timeout of a file's own statement: the header's query finds who is in the way.
        await other.unsafe('BEGIN; SELECT FROM kept');
        const timedOut = await runScript(database.url, next);
        assert.is(timedOut.status, 3);
        assert.match(timedOut.stderr, 'canceling statement due to lock timeout');
        const query = /^-- After "canceling .*": (SELECT .*;)/m.exec(next)?.[1];
        const rows = await database.query(query!);
        assert.equal(
          rows.filter(({ relation }) => relation === 'kept').map((row) => [row.pid, row.application_name, row.mode]),
          [[pid, 'night job', 'AccessShareLock']],
        );
      } finally {
        await other.end({ timeout: 1 });
        await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
      }
    });
  }),
);

test.run();
