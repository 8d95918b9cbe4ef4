import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareBootstrap, prepareUpgrade, type Script, upgrade } from '../../lib/index.ts';
import { renderBootstrap } from '../../lib/script/bootstrap.ts';
import { renderPlain } from '../../lib/script/plain.ts';
import { compileRest } from '../../lib/script/script.ts';
import { renderSplit } from '../../lib/script/split.ts';
import { type Database, withDatabase } from '../support/database.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';
import { needsPsql } from '../support/run.ts';
import { lastLine, print, readEvents, runScript } from '../support/script.ts';

const plain: TestRevision = { id: 'a1', up: 'CREATE TABLE t (n integer);\n' };
const needing: Readonly<Record<string, TestRevision>> = {
  'a step outside a transaction': {
    id: 'b1',
    up: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY t_n ON t (n);\n',
  },
  'an index that may be there': { id: 'b1', up: 'CREATE INDEX IF NOT EXISTS t_n ON t (n);\n' },
  'a RESET ALL of its own': { id: 'b1', up: 'RESET ALL;\nCREATE INDEX t_n ON t (n);\n' },
};

interface Site {
  readonly cwd: string;
  readonly env: Record<string, never>;
  readonly url: string;
}

/** A database in which a script for psql has made the ledger and applied a1, with these to come. */
async function withCore(
  more: readonly TestRevision[],
  body: (site: Site, database: Database) => Promise<void>,
): Promise<void> {
  await withProject({}, async (cwd) => {
    await writeProject(cwd, [plain]);
    await withDatabase(async (database) => {
      const site = { cwd, env: {}, url: database.url };
      const outcome = await runScript(site.url, print(await prepareUpgrade({ cwd, env: {} })));
      assert.is(lastLine(outcome), 'updown: done, the database is at a1', outcome.stderr);
      assert.is(await isWhole(database), false);
      await writeProject(cwd, [plain, ...more]);
      await body(site, database);
    });
  });
}

async function isWhole({ query }: Database): Promise<unknown> {
  const [row] = await query("SELECT to_regprocedure('updown.resume(text,text,integer)') IS NOT NULL AS whole");
  return row?.whole;
}

for (const [what, b1] of Object.entries(needing)) {
  needsPsql(test, `${what}: a script that finds the ledger in part names the command that completes it`, () =>
    withCore([b1], async (site, database) => {
      const script = print(await prepareUpgrade({ ...site, from: 'a1' }));
      const refused = await runScript(site.url, script);
      assert.is(refused.status, 3);
      assert.match(refused.stderr, 'UD010: the ledger in schema updown lacks the routines that up of b1 needs');
      assert.match(refused.stderr, 'Run the script of updown upgrade --sql --bootstrap first: it adds them.');
      assert.is(await readEvents(database), 'up a1');
      const bootstrap = renderBootstrap(await prepareBootstrap(site), { tool: '0', grantTo: [] });
      for (const run of [1, 2]) assert.is((await runScript(site.url, bootstrap)).status, 0, `run ${run}`);
      assert.is(await isWhole(database), true);
      const outcome = await runScript(site.url, script);
      assert.is(lastLine(outcome), 'updown: done, the database is at b1', outcome.stderr);
    }),
  );

  needsPsql(test, `${what}: a run completes the ledger by itself, and only where it has to`, () =>
    withCore([{ id: 'a2' }, b1], async (site, database) => {
      await upgrade({ ...site, target: 'a2' });
      assert.is(await isWhole(database), false);
      await upgrade(site);
      assert.is(await isWhole(database), true);
      assert.match(await readEvents(database), /^up a1, up a2, .*up b1$/);
    }),
  );

  needsPsql(
    test,
    `${what}: a script from base brings the rest in front of it, and so it does when it is run again`,
    () =>
      withProject({}, async (cwd) => {
        await writeProject(cwd, [plain, b1]);
        await withDatabase(async (database) => {
          const script = await prepareUpgrade({ cwd, env: {} });
          const text = print(script);
          const at = text.indexOf(compileRest(script).text);
          assert.ok(at > text.indexOf('-- 1/2'), 'behind the first step');
          // It broke off where the rest would have come.
          const cut = text.lastIndexOf('\n\n', at);
          assert.is((await runScript(database.url, text.slice(0, cut + 1))).status, 3);
          assert.is(await isWhole(database), false);
          assert.is(await readEvents(database), 'up a1');
          const outcome = await runScript(database.url, text);
          assert.is(lastLine(outcome), 'updown: done, the database is at b1', outcome.stderr);
          assert.is(await isWhole(database), true);
        });
      }),
  );

  needsPsql(test, `${what}: a plain script from base completes the ledger that one for psql has made`, () =>
    withCore([b1], async (site, database) => {
      await database.query("DROP TABLE t; UPDATE updown.journal SET event = 'fail' WHERE event = 'up'");
      for (const text of plainTexts(await prepareUpgrade({ cwd: site.cwd, env: {} })).slice(0, 1))
        assert.is((await runScript(site.url, text)).status, 0);
      assert.is(await isWhole(database), true);
    }),
  );
}

function plainTexts(script: Script): readonly string[] {
  const files = renderPlain(script, { tool: '0' }).filter(({ name }) => name.endsWith('.sql'));
  return files.map(({ pieces }) => [...pieces].join(''));
}

needsPsql(test, 'who does not own the ledger is told who completes it', () =>
  withCore([needing['a step outside a transaction']!], async (site, database) => {
    const role = `r_${database.name}`;
    await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'r'; GRANT USAGE ON SCHEMA updown TO ${role};
      GRANT SELECT, INSERT ON updown.journal, updown.worker TO ${role}; GRANT SELECT ON updown.applied, updown.unfinished TO ${role}`);
    try {
      const url = new URL(site.url);
      Object.assign(url, { username: role, password: 'r' });
      const error = await upgrade({ ...site, url: url.href }).catch((reason: Error) => reason);
      assert.match(String(error), /made by an older version, or in part, and role ".*" does not own it/);
      assert.match(String((error as { hint?: string }).hint), `updown upgrade --sql --bootstrap --grant-to ${role}`);
      assert.is(await readEvents(database), 'up a1');
    } finally {
      await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  }),
);

const second: readonly TestRevision[] = [plain, { id: 'a2' }, { ...needing['an index that may be there']!, id: 'b1' }];

/** What a DBA runs first: a psql script, a folder of them, or files for any client. */
const forms: Readonly<Record<string, (script: Script) => string>> = {
  psql: print,
  split: (script) => [...renderSplit(script, { tool: '0' })[1]!.pieces].join(''),
  plain: (script) => plainTexts(script)[0]!,
};

const stop = { args: ['-v', 'ON_ERROR_STOP=1'] };

for (const [form, first] of Object.entries(forms)) {
  needsPsql(test, `a ${form} script from base tells before its first step who has to complete the ledger`, () =>
    withCore([], async (site, database) => {
      await database.query('DROP TABLE t; DELETE FROM updown.journal WHERE revision IS NOT NULL');
      await writeProject(site.cwd, second);
      const role = `r_${database.name}`;
      await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'r'; GRANT USAGE ON SCHEMA updown TO ${role}; GRANT ALL ON SCHEMA public TO ${role};
        GRANT SELECT, INSERT ON updown.journal, updown.worker TO ${role}; GRANT SELECT ON updown.applied, updown.unfinished TO ${role}`);
      try {
        const url = Object.assign(new URL(site.url), { username: role, password: 'r' }).href;
        const text = first(await prepareUpgrade({ cwd: site.cwd, env: {} }));
        const { stderr, status } = await runScript(url, text, stop);
        assert.is(status, 3, stderr);
        assert.match(stderr, 'UD010: the ledger in schema updown lacks the routines that up of b1 needs');
        const option = form === 'plain' ? ' --flavor plain' : '';
        assert.match(stderr, `Run the script of updown upgrade --sql${option} --bootstrap first: it adds them.`);
        assert.is(await readEvents(database), '');
        await database.query(`GRANT CREATE ON SCHEMA updown TO ${role}`);
        assert.is((await runScript(url, text, stop)).status, 0);
      } finally {
        await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
      }
    }),
  );
}

test.run();
