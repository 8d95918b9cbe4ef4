import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { printMessages } from '../../lib/schema/catalog/rows.ts';
import { dependenciesQuestion } from '../../lib/schema/dependencies.ts';
import { base } from '../schema/edits.ts';
import { ledger, withRoles, withSession } from '../schema/snapshot.ts';
import { updown } from '../support/cli.ts';
import { psql, withDatabase } from '../support/database.ts';
import { withProject, writeProject } from '../support/project.ts';
import { serverUrl } from '../support/server.ts';
import { until } from '../support/until.ts';

test('what is asked takes no lock but ACCESS SHARE, of tables and views of every kind', async () => {
  await withRoles(await serverUrl(), ['lock_owner', 'lock_reader'], () =>
    withDatabase(({ url }) =>
      withSession(url, async (session) => {
        // Another file of tests has roles of those names on the same server.
        await session.send(base.replaceAll('lab_', 'lock_'));
        const major = Number.parseInt(session.parameters.get('server_version') ?? '', 10);
        const questions = printMessages({ major, ledger: `'${ledger}'` }).map(({ text }) => text);
        await session.send(`BEGIN;\n${questions.join('')}${dependenciesQuestion};`);
        const [rows = []] = await session.send(
          "SELECT DISTINCT mode AS mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND relation >= 16384",
        );
        await session.send('COMMIT');
        assert.equal(
          rows.map(({ mode }) => mode),
          ['AccessShareLock'],
        );
      }),
    ),
  );
});

test('an ALTER TABLE that waits for another transaction is not in its way for long, and it is not in that one’s', () =>
  withDatabase(({ url }) =>
    withProject({}, async (cwd) => {
      await writeProject(cwd, [
        {
          id: 'aaaaaaaaaaaa',
          up: 'CREATE TABLE t (id integer); CREATE VIEW v AS SELECT id FROM t;\n',
          down: 'DROP VIEW v; DROP TABLE t;\n',
        },
      ]);
      await updown(['upgrade', '--url', url], { cwd });
      const holder = psql(url, ['-c', 'BEGIN; SELECT FROM t; SELECT pg_sleep(12); COMMIT;']);
      const count = async (condition: string) =>
        (
          await psql(url, ['-Atc', `SELECT count(*) FROM pg_locks WHERE relation = 't'::regclass AND ${condition}`])
        ).stdout.trim();
      await until('the reader is there', async () => (await count("mode = 'AccessShareLock'")) !== '0');
      const alter = psql(url, ['-c', 'ALTER TABLE t ADD COLUMN extra text']);
      await until('ALTER TABLE waits', async () => (await count('NOT granted')) === '1');
      const { stdout, status } = await updown(['check', '--quiet', '--url', url, '--scratch', await serverUrl()], {
        cwd,
      });
      assert.is(status, 3);
      assert.match(stdout.replaceAll(/\s+/g, ' '), 'The schema could not be read within 3 s');
      // It has left the queue: what waits there now is the ALTER TABLE alone.
      assert.is(await count('NOT granted'), '1');
      assert.is((await holder).status, 0);
      assert.is((await alter).status, 0);
    }),
  ));

test.run();
