import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareDowngrade, prepareUpgrade, type Script, upgrade } from '../../lib/index.ts';
import { renderScript } from '../../lib/script/psql.ts';
import { readVersion } from '../../lib/version.ts';
import { withWorld } from '../cli/vocabulary.ts';
import { withDatabase } from '../support/database.ts';
import type { TestRevision } from '../support/project.ts';
import { needsPgDump, needsPsql } from '../support/run.ts';
import { dumpAll, lastLine, print, readEvents, readJournal, runScript } from '../support/script.ts';
import { everything, withSite } from './site.ts';

const revisions: readonly TestRevision[] = [
  { id: 'a1', up: 'CREATE TABLE a (id int PRIMARY KEY, b int);\nSET search_path = nowhere;' },
  {
    id: 'b1',
    up: `RESET ALL;
CREATE TEMP TABLE left_over (id int);
ALTER TABLE a ADD CONSTRAINT self FOREIGN KEY (b) REFERENCES a DEFERRABLE INITIALLY DEFERRED;
INSERT INTO a VALUES (1, 2), (2, 1);`,
    down: 'ALTER TABLE a DROP CONSTRAINT self;\nDELETE FROM a;',
  },
  {
    id: 'c1',
    up: 'ALTER TABLE a ADD COLUMN c int DEFAULT 3;\nCREATE TEMP TABLE left_over (id int);',
    down: 'ALTER TABLE a DROP COLUMN c;',
  },
  { id: 'd1', up: 'SELECT 1 / count(*) FROM gate;', down: '-- nothing' },
];

const whole = { oneTransaction: true } as const;

needsPgDump(test, '--one-transaction ends as a run does, up and down, and run again does nothing', () =>
  withSite(revisions.slice(0, 3), async (site, database) => {
    await withDatabase(async (other) => {
      const there = { ...site, url: other.url };
      const up = await prepareUpgrade({ ...site, ...whole });
      assert.is.not(up.digest, (await prepareUpgrade(site)).digest, 'another text has another digest');
      await upgrade(there);
      for (const said of ['done', 'there was nothing to do'])
        assert.is(lastLine(await runScript(site.url, print(up))), `updown: ${said}, the database is at c1`);
      assert.is(await dumpAll(database), await dumpAll(other));
      assert.equal(await told(database), await told(other));
      assert.equal(
        await database.query(
          'SELECT count(DISTINCT at)::int AS n, count(DISTINCT xmin::text)::int AS x FROM updown.journal',
        ),
        [{ n: 4, x: 1 }],
      );
      const down = await prepareDowngrade({ ...site, ...whole, from: 'c1', target: 'a1' });
      for (const said of ['done', 'there was nothing to do'])
        assert.is(lastLine(await runScript(site.url, print(down))), `updown: ${said}, the database is at a1`);
      assert.match(await readEvents(database), /down c1, down b1$/);
    });
  }),
);

/** The journal without what tells one plan from the other. */
async function told(database: Parameters<typeof readJournal>[0]): Promise<unknown> {
  return (await readJournal(database)).map(({ script: _, ...entry }) => entry);
}

needsPsql(
  test,
  '--one-transaction: a failure in the last step leaves nothing, not even the ledger; mended it goes through',
  () =>
    withSite(revisions, async (site, database) => {
      await database.query('CREATE TABLE gate (id int)');
      const text = print(await prepareUpgrade({ ...site, ...whole, allowExisting: true }));
      const before = await everything(database);
      const failed = await runScript(site.url, text);
      assert.is(failed.status, 3);
      assert.match(failed.stderr, /division by zero/);
      assert.equal(relations(await everything(database)), relations(before));
      await database.query('INSERT INTO gate VALUES (1)');
      assert.is(lastLine(await runScript(site.url, text)), 'updown: done, the database is at d1');
    }),
);

function relations(found: unknown): unknown {
  const [all, journal] = found as [readonly { relname: string }[], unknown];
  return [all.map(({ relname }) => relname), journal];
}

needsPsql(test, '--one-transaction goes on behind steps another run has done, and refuses a wrong start', () =>
  withSite(revisions.slice(0, 3), async (site, database) => {
    const text = print(await prepareUpgrade({ ...site, ...whole }));
    await upgrade({ ...site, target: 'a1' });
    assert.is(lastLine(await runScript(site.url, text)), 'updown: done, the database is at c1');
    const late = print(await prepareUpgrade({ ...site, ...whole, from: 'a1' }));
    assert.is((await runScript(site.url, late)).status, 0);
    await withDatabase(async (other) => {
      const refused = await runScript(other.url, late);
      assert.is(refused.status, 3);
      assert.match(refused.stderr, /this script starts from a1, the database stands at base/);
    });
    assert.match(await readEvents(database), /up c1$/);
  }),
);

needsPsql(test, '--one-transaction: psql -1 and a hostile ~/.psqlrc change nothing of it', () =>
  withSite(revisions.slice(0, 3), async (site) => {
    const text = print(await prepareUpgrade({ ...site, ...whole }));
    for (const options of [
      { args: ['-1'] },
      { psqlrc: '\\set AUTOCOMMIT off\n\\set ON_ERROR_ROLLBACK on\n' },
      { piped: true },
    ])
      await withDatabase(async (other) => {
        assert.is(lastLine(await runScript(other.url, text, options)), 'updown: done, the database is at c1');
        assert.is(await readEvents(other), 'up a1, up b1, up c1');
      });
    assert.ok(site);
  }),
);

const refused: Readonly<Record<string, { readonly up: string; readonly line: number; readonly reason: RegExp }>> = {
  'an index built concurrently': {
    up: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY i ON t_a1 (id);',
    line: 2,
    reason: /CREATE INDEX CONCURRENTLY cannot run inside a transaction/,
  },
  'a file marked no-transaction': {
    up: '-- updown: no-transaction\nSELECT 1;',
    line: 1,
    reason: /marked no-transaction/,
  },
  'a value added to an enum': {
    up: "CREATE TYPE mood AS ENUM ('sad');\nALTER TYPE mood ADD VALUE 'glad';",
    line: 2,
    reason: /a value added to an enum cannot be used before/,
  },
  'one in a file that is not parsed': {
    up: "-- updown: unparsed\nALTER TYPE mood ADD VALUE 'glad';",
    line: 2,
    reason: /a value added to an enum/,
  },
};

for (const [what, { up, line, reason }] of Object.entries(refused))
  test(`--one-transaction is refused with the reason: ${what}`, () =>
    withWorld([{ id: 'a1' }, { id: 'b1', up }], async (world) => {
      const command = 'upgrade --sql --one-transaction --output s.sql';
      await world.refuses(command, {
        code: 'input',
        exit: 2,
        names: reason,
        place: `${world.path('b1')}:${line}:1`,
        hint: '--one-transaction',
      });
      await world.does('upgrade a1 --sql --one-transaction');
    }));

test('--one-transaction and --split are for scripts of psql, one at a time', () =>
  withWorld([{ id: 'a1' }], async (world) => {
    await world.refuses('upgrade --one-transaction', {
      code: 'usage',
      exit: 2,
      names: '--one-transaction',
      hint: '--sql',
    });
    await world.refuses('upgrade --split', { code: 'usage', exit: 2, names: '--split', hint: '--sql' });
    await world.refuses('upgrade --sql --split', { code: 'usage', exit: 2, names: '--split', hint: '--output' });
    await world.refuses('upgrade --sql --split --one-transaction', { code: 'usage', exit: 2, names: 'together' });
    for (const option of ['split', 'one-transaction'])
      await world.refuses(`upgrade --sql --flavor plain --${option}`, { code: 'usage', exit: 2, names: `--${option}` });
  }));

test('--one-transaction: --expect of such a script says that a run does it otherwise; script verify knows the form', () =>
  withWorld([{ id: 'a1' }, { id: 'b1' }], async (world) => {
    await world.does('upgrade --sql --one-transaction --output s.sql');
    const { notes } = await world.refuses('upgrade --expect s.sql', { code: 'digest-differs', exit: 4 });
    assert.equal(notes, ['it was made with --one-transaction, and a run gives each step one of its own']);
    await world.does('script verify s.sql');
  }));

test('--one-transaction: the header says what stands after a failure', () =>
  withSite([{ id: 'a1' }], async (site) => {
    const script: Script = await prepareUpgrade({ ...site, ...whole });
    const text = [...renderScript(script, { tool: readVersion() })].join('');
    assert.match(text, /-- One transaction: all of it or nothing, and every lock is held until its end\./);
    assert.is(text.match(/^BEGIN ISOLATION/gm)?.length, 1);
    assert.is(text.match(/^COMMIT;$/gm)?.length, 1);
  }));

needsPsql(
  test,
  '--one-transaction: what one step settles, the next may defer again, and each step settles its own',
  () => {
    const steps = (rows: string) => [
      {
        id: 'a1',
        up: 'CREATE TABLE o (id int PRIMARY KEY);\nCREATE TABLE l (o int REFERENCES o DEFERRABLE INITIALLY DEFERRED);',
      },
      {
        id: 'b1',
        up: `CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE r (a int REFERENCES p DEFERRABLE INITIALLY DEFERRED);
INSERT INTO r VALUES (1);
INSERT INTO p VALUES (1);
INSERT INTO l VALUES (7);
${rows}`,
      },
      { id: 'c1', up: 'INSERT INTO o VALUES (7);' },
    ];
    return withSite(steps('INSERT INTO o VALUES (7), (8);').slice(0, 2), async (site) => {
      const outcome = await runScript(site.url, print(await prepareUpgrade({ ...site, ...whole })));
      assert.is(lastLine(outcome), 'updown: done, the database is at b1', outcome.stderr);
    }).then(() =>
      withSite(steps(''), async (site) => {
        const { status, stderr } = await runScript(site.url, print(await prepareUpgrade({ ...site, ...whole })));
        assert.is(status, 3);
        assert.match(stderr, 'violates foreign key constraint "l_o_fkey"');
      }),
    );
  },
);

test.run();
