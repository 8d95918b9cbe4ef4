import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { downgrade, prepareDowngrade, prepareStamp, prepareUpgrade, stamp, upgrade } from '../../lib/index.ts';
import { everything, type Site, withSite } from '../script/site.ts';
import { type Database, withDatabase } from '../support/database.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';
import { needsBaseBackup, needsPgDump, needsPsql } from '../support/run.ts';
import { dumpAll, lastLine, print, type RunOptions, readEvents, readJournal, runScript } from '../support/script.ts';
import { startServer } from '../support/server.ts';

async function refuses(database: Database, text: string, message: RegExp, options: RunOptions = {}): Promise<void> {
  const before = await everything(database);
  const { status, stderr, stdout } = await runScript(database.url, text, options);
  assert.is(status, 3, stderr + stdout);
  assert.match(stderr, message);
  assert.is(stderr.match(/ERROR/g)?.length, 1, stderr);
  assert.equal(await everything(database), before, 'a refused script changed something');
}

async function completes(url: string, text: string, heads: string, options: RunOptions = {}): Promise<void> {
  const outcome = await runScript(url, text, options);
  assert.is(outcome.status, 0, outcome.stderr);
  assert.is(lastLine(outcome), `updown: done, the database is at ${heads}`);
}

// a1 - b1 - c1 - d1 - e1, and x1 beside c1.
const line: readonly TestRevision[] = [
  { id: 'a1' },
  { id: 'b1' },
  { id: 'c1' },
  { id: 'd1' },
  { id: 'e1' },
  { id: 'x1', parents: ['b1'] },
];

/** The ledger says so; the tables are not there. */
async function standAt(site: Site, database: Database, ids: readonly string[]): Promise<void> {
  await stamp({ ...site, targets: ['heads'], force: true });
  await stamp({ ...site, targets: ['base'] });
  const script = await prepareStamp({ ...site, targets: ['heads'] });
  const digests = new Map(script.steps[0]?.entries.map(({ id, digest }) => [id, digest]));
  for (const id of ids) {
    const parents = line.find((one) => one.id === id)?.parents ?? [
      line[line.findIndex((one) => one.id === id) - 1]?.id,
    ];
    const list = parents.flatMap((parent) => (parent === undefined ? [] : [`'${parent}'`])).join(', ');
    await database.query(
      `CALL updown.record('stamp', NULL, '${id}', '${digests.get(id)}', ARRAY[${list}]::text[], NULL, NULL)`,
    );
  }
}

const scripts: Readonly<Record<string, (site: Site) => Promise<string>>> = {
  upgrade: async (site) => print(await prepareUpgrade({ ...site, from: 'b1', target: 'd1' })),
  downgrade: async (site) => print(await prepareDowngrade({ ...site, from: 'd1', target: 'b1' })),
  stamp: async (site) => print(await prepareStamp({ ...site, from: 'b1', targets: ['d1'] })),
  'stamp down': async (site) => print(await prepareStamp({ ...site, from: 'd1', targets: ['b1'] })),
};

/** Where a database may stand that none of them is for, and how it is named. */
const wrongStarts: Readonly<Record<string, readonly [applied: readonly string[], stands: RegExp]>> = {
  'nothing is applied': [[], /stands at base/],
  'the database is behind': [['a1'], /stands at a1/],
  'the database is ahead': [['a1', 'b1', 'c1', 'd1', 'e1'], /stands at e1/],
  'it is on another branch': [['a1', 'b1', 'x1'], /stands at x1/],
  'another branch is applied, too': [['a1', 'b1', 'c1', 'd1', 'x1'], /stands at (d1, x1|x1, d1)/],
  'a revision in the middle is missing': [['a1', 'b1', 'd1'], /stands at (b1, d1|d1, b1)/],
  'a revision below the start is missing': [['b1'], /stands at b1/],
  'a revision the files do not know is applied': [['a1', 'b1', 'zz9'], /stands at (b1, zz9|zz9, b1)/],
};

for (const [name, write] of Object.entries(scripts)) {
  needsPsql(test, `a script for ${name} is refused wherever it does not start, and changes nothing`, () =>
    withSite(line, async (site, database) => {
      const text = await write(site);
      const start = name === 'downgrade' || name === 'stamp down' ? 'd1' : 'b1';
      for (const [state, [applied, stands]] of Object.entries(wrongStarts)) {
        await standAt(site, database, applied);
        const message = new RegExp(`this script starts from ${start}, the database ${stands.source}`);
        await refuses(database, text, message).catch((error: Error) => {
          error.message = `${state}: ${error.message}`;
          throw error;
        });
      }
    }),
  );

  needsPsql(test, `a script for ${name} is refused where there is no ledger, and makes none`, () =>
    withSite(line, async (site, database) => refuses(database, await write(site), /the database stands at base/)),
  );

  needsPsql(test, `F38: a script for ${name} is refused by another project’s ledger`, () =>
    withSite(line, async (site, database) => {
      await withProject({}, async (cwd) => {
        await writeProject(cwd, line, { project: 'other-1' });
        await stamp({
          ...site,
          cwd,
          targets: [name === 'downgrade' || name === 'stamp down' ? 'd1' : 'b1'],
          force: true,
        });
      });
      await refuses(database, await write(site), /belongs to project "other-1", this script to "test-abc123"/);
    }),
  );

  needsPsql(test, `F36: a script for ${name} is refused by a read-only session`, () =>
    withSite(line, async (site, database) => {
      await stamp({ ...site, targets: [name === 'downgrade' || name === 'stamp down' ? 'd1' : 'b1'], force: true });
      await refuses(database, await write(site), /this session is read-only/, {
        env: { PGOPTIONS: '-c default_transaction_read_only=on' },
      });
    }),
  );
}

needsBaseBackup(test, 'F36: a script is refused by a standby', async () => {
  const primary = await startServer();
  const standby = await startServer({ standbyOf: primary });
  try {
    await withSite(line, async (site) => {
      const text = print(await prepareUpgrade({ ...site, target: 'd1' }));
      const { status, stderr } = await runScript(standby.url, text);
      assert.is(status, 3);
      assert.match(stderr, /this server is a standby/);
    });
  } finally {
    await standby.stop();
    await primary.stop();
  }
});

needsPsql(test, 'an upgrade’s script is refused where an applied revision was made from other SQL', () =>
  withSite(line, async (site, database) => {
    const text = await scripts.upgrade!(site);
    const other = (id: string) =>
      database.query(`CALL updown.record('stamp', NULL, '${id}', repeat('0', 64), '{}', NULL, NULL)`);
    await standAt(site, database, ['a1', 'b1']);
    await other('a1');
    await refuses(database, text, /the right revisions are applied, but at least one of them from other SQL/);
    await standAt(site, database, ['a1', 'b1', 'c1']);
    await other('c1');
    await refuses(database, text, /revision c1 was applied from other SQL than this script holds/);
  }),
);

needsPsql(test, 'an upgrade’s script emitted from edited files is refused', () =>
  withSite([{ id: 'a1' }, { id: 'b1' }], async (site, database) => {
    await upgrade({ ...site, target: 'a1' });
    await writeProject(site.cwd, [{ id: 'a1', up: 'SELECT 1;' }, { id: 'b1' }]);
    await refuses(database, print(await prepareUpgrade(site)), /revision a1 was applied from other SQL/);
    await refuses(
      database,
      print(await prepareUpgrade({ ...site, from: 'a1' })),
      /the right revisions are applied, but at least one of them from other SQL/,
    );
  }),
);

needsPsql(test, 'a downgrade’s script goes on from where another left off', () =>
  withSite(line, async (site, database) => {
    await upgrade({ ...site, target: 'd1' });
    const text = await scripts.downgrade!(site);
    await downgrade({ ...site, target: 'c1' });
    const outcome = await runScript(database.url, text);
    assert.is(lastLine(outcome), 'updown: done, the database is at b1');
    assert.match(outcome.stdout, /^1 of 2 steps are done already\n2\/2 down c1 add c1\n/);
    assert.is(await readEvents(database), 'up a1, up b1, up c1, up d1, down d1, down c1');
  }),
);

const slow = 'SELECT pg_sleep(1.5);\n';

/** Runs the script until a backend of this database runs the slow statement, then does something to it. */
async function whileSlow(
  database: Database,
  text: string,
  act: (pids: { readonly psql: number; readonly backend: number }) => Promise<void> | void,
): ReturnType<typeof runScript> {
  let psql = 0;
  const running = runScript(database.url, text, {
    spawned: (child) => {
      psql = child.pid!;
    },
  });
  const backend = await untilSlow(database);
  await act({ psql, backend });
  return running;
}

async function untilSlow({ query, name }: Database): Promise<number> {
  for (;;) {
    const [row] = await query(
      `SELECT pid FROM pg_stat_activity WHERE datname = '${name}' AND state = 'active' AND query LIKE '%pg_sleep(1.5)%' AND pid <> pg_backend_pid()`,
    );
    if (row) return row.pid as number;
    await sleep(10);
  }
}

async function untilAlone({ query, name }: Database): Promise<void> {
  for (;;) {
    const [row] = await query(
      `SELECT FROM pg_stat_activity WHERE datname = '${name}' AND application_name <> 'updown-test'`,
    );
    if (!row) return;
    await sleep(10);
  }
}

needsPsql(test, 'a script whose psql was killed in a step goes on when it is run again', () =>
  withSite(
    [{ id: 'a1' }, { id: 'b1', up: `CREATE TABLE half (id int);\n${slow}` }, { id: 'c1' }],
    async (site, database) => {
      const text = print(await prepareUpgrade(site));
      const killed = await whileSlow(database, text, ({ psql }) => void process.kill(psql, 'SIGKILL'));
      assert.is(killed.signal, 'SIGKILL');
      await refuses(database, text, /another run holds the lock/);
      await untilAlone(database);
      assert.is(await readEvents(database), 'up a1');
      assert.equal(await database.query("SELECT to_regclass('half') AS half"), [{ half: null }]);
      await completes(site.url, text, 'c1');
      assert.is(await readEvents(database), 'up a1, up b1, up c1');
    },
  ),
);

needsPsql(
  test,
  'a script whose connection was ended in a step stops with exit 2, and goes on when it is run again',
  () =>
    withSite([{ id: 'a1' }, { id: 'b1', up: slow }, { id: 'c1' }], async (site, database) => {
      const text = print(await prepareUpgrade(site));
      const ended = await whileSlow(database, text, async ({ backend }) => {
        await database.query(`SELECT pg_terminate_backend(${backend})`);
      });
      assert.is(ended.status, 2);
      assert.is(await readEvents(database), 'up a1');
      await completes(site.url, text, 'c1');
    }),
);

needsPsql(
  test,
  'a script that was killed outside a transaction goes on behind what is recorded when it is run again',
  () =>
    withSite(
      [
        { id: 'a1' },
        { id: 'b1', up: `-- updown: no-transaction\nCREATE TABLE one (id int);\n${slow}CREATE TABLE two (id int);` },
      ],
      async (site, database) => {
        const text = print(await prepareUpgrade(site));
        await whileSlow(database, text, ({ psql }) => void process.kill(psql, 'SIGKILL'));
        await untilAlone(database);
        assert.is(await readEvents(database), 'up a1, start b1, progress b1');
        await completes(site.url, text, 'b1');
        assert.is(
          await readEvents(database),
          'up a1, start b1, progress b1, start b1, progress b1, progress b1, up b1',
        );
      },
    ),
);

needsPsql(test, 'a stamp’s script settles a step that was left unfinished, once', () =>
  withSite(
    [{ id: 'a1' }, { id: 'b1', down: '-- updown: no-transaction\nDROP TABLE t_b1;\nSELECT 1 / 0;' }],
    async (site, database) => {
      await upgrade(site);
      await downgrade({ ...site, target: 'a1' }).then(
        () => assert.unreachable(),
        () => {},
      );
      const script = await prepareStamp({ ...site, targets: ['b1'], fromDatabase: true });
      await database.query('CREATE TABLE t_b1 (id int)');
      await completes(site.url, print(script), 'b1');
      assert.equal(await database.query('SELECT FROM updown.unfinished'), []);
      assert.is(await readEvents(database), 'up a1, up b1, start b1, progress b1, fail b1, stamp b1');
      const again = await runScript(site.url, print(script));
      assert.is(lastLine(again), 'updown: there was nothing to do, the database is at b1');
    },
  ),
);

needsPsql(test, 'a script stops at an error with exit 3; emitted again from the mended file it goes on', () =>
  withSite(
    [{ id: 'a1' }, { id: 'b1', up: 'CREATE TABLE half (id int);\nSELECT 1 / 0;\n' }, { id: 'c1' }],
    async (site, database) => {
      const outcome = await runScript(site.url, print(await prepareUpgrade(site)));
      assert.is(outcome.status, 3);
      assert.match(outcome.stderr, /division by zero/);
      assert.is(await readEvents(database), 'up a1');
      assert.equal(await database.query("SELECT to_regclass('half') AS half"), [{ half: null }]);
      await writeProject(site.cwd, [{ id: 'a1' }, { id: 'b1', up: 'CREATE TABLE half (id int);\n' }, { id: 'c1' }]);
      const mended = await runScript(site.url, print(await prepareUpgrade(site)));
      assert.is(lastLine(mended), 'updown: done, the database is at c1');
      assert.match(mended.stdout, /^1 of 3 steps are done already\n2\/3 up b1 add b1\n3\/3 up c1 add c1\n/);
      assert.is(await readEvents(database), 'up a1, up b1, up c1');
    },
  ),
);

needsPsql(test, 'F21: a script stops where a file’s procedure ends its own transaction', () =>
  withSite(
    [
      { id: 'a1', up: 'CREATE PROCEDURE p() LANGUAGE plpgsql AS $$BEGIN COMMIT; END$$;' },
      { id: 'b1', up: '-- updown: unparsed\nSELECT 1;\nCALL p();' },
    ],
    async (site, database) => {
      const outcome = await runScript(site.url, print(await prepareUpgrade(site)));
      assert.is(outcome.status, 3);
      assert.match(outcome.stderr, /invalid transaction termination/);
      assert.is(await readEvents(database), 'up a1');
    },
  ),
);

needsPsql(test, 'F18, F19: of four psql at once each revision is run by one, and the others stop or find it done', () =>
  withSite(
    Array.from({ length: 6 }, (_, n) => ({ id: `r${n}`, up: `CREATE TABLE t${n} (id int);\nSELECT pg_sleep(0.05);` })),
    async (site, database) => {
      const text = print(await prepareUpgrade(site));
      const outcomes = await Promise.all([1, 2, 3, 4].map(() => runScript(site.url, text)));
      for (const { status, stderr } of outcomes) {
        assert.ok(status === 0 || status === 3, `${status}: ${stderr}`);
        if (status === 3)
          assert.match(stderr, /another (migration )?run|it is already applied|this script starts from/);
      }
      const all = 'up r0, up r1, up r2, up r3, up r4, up r5';
      const events = await readEvents(database);
      assert.ok(all.startsWith(events), events);
      assert.is((await runScript(site.url, text)).status, 0);
      assert.is(await readEvents(database), all);
      assert.equal(await database.query("SELECT count(*)::int AS n FROM updown.journal WHERE event = 'header'"), [
        { n: 1 },
      ]);
    },
  ),
);

// What a psqlrc, an encoding or a string setting may turn into something else.
const touchy: readonly TestRevision[] = [
  {
    id: 'a1',
    up: `CREATE TABLE "Größe" (n int, a int[], s text DEFAULT 'it''s \\', t text DEFAULT E'\\'\\n');
INSERT INTO "Größe" (n, a) VALUES (2, '{1,2,3}');
UPDATE "Größe" SET a = a[1:n], s = s || '日本 \\' || $x$ ' \\ $x$

WHERE n = 2;
CREATE FUNCTION atom(a int) RETURNS int BEGIN ATOMIC SELECT 1; SELECT a + 1; END;
INSERT INTO "Größe" (s) VALUES (':n :''n'' :"n" \`id\`');
`,
    down: 'DROP TABLE "Größe"; DROP FUNCTION atom;',
  },
  {
    id: 'b1',
    up: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY "größer\\" ON "Größe" (n);\nRESET ALL;\nINSERT INTO public."Größe" (s) VALUES (\'ß\\\');',
    down: '-- updown: no-transaction\nDROP INDEX CONCURRENTLY "größer\\";',
  },
  {
    id: 'c1',
    up: 'CREATE VIEW "sïcht" AS SELECT s FROM "Größe"',
    down: 'DROP VIEW "sïcht"',
    message: 'the `view` \\q :n ï',
  },
];

const psqlrc = `\\set AUTOCOMMIT off
\\set ON_ERROR_ROLLBACK on
\\set ON_ERROR_STOP off
\\set SINGLELINE on
\\set QUIET off
\\set ECHO all
\\set ECHO_HIDDEN on
\\set FETCH_COUNT 1
\\set n 'DROP SCHEMA public CASCADE;'
\\set updown_run false
\\set updown_idle maybe
\\set updown_heads nowhere
\\set VERBOSITY verbose
\\set PROMPT1 '%/ > '
\\pset format html
\\pset tuples_only on
\\pset null NULL
\\pset expanded on
\\timing on
SET search_path = nowhere;
SET default_transaction_isolation = 'repeatable read';
`;

const conditions: Readonly<Record<string, RunOptions>> = {
  'a hostile ~/.psqlrc': { psqlrc },
  'a script on standard input': { piped: true },
  'a script on standard input after a hostile ~/.psqlrc': { piped: true, psqlrc },
  'psql -S -a -e -E -q -t -A -z': {
    args: ['-S', '-a', '-e', '-E', '-q', '-t', '-A', '-z', '-v', 'n=1', '-v', 'ON_ERROR_STOP=0'],
  },
  'PGCLIENTENCODING=LATIN1': { env: { PGCLIENTENCODING: 'LATIN1' } },
  'PGCLIENTENCODING=SJIS': { env: { PGCLIENTENCODING: 'SJIS' } },
  'standard_conforming_strings off': { env: { PGOPTIONS: '-c standard_conforming_strings=off' } },
  'other defaults of the session': {
    env: {
      PGOPTIONS:
        '-c search_path=nowhere -c default_transaction_isolation=serializable -c row_security=off -c bytea_output=escape -c client_min_messages=error -c timezone=Asia/Tokyo -c DateStyle=German -c check_function_bodies=off -c lock_timeout=1ms',
      PGAPPNAME: 'somebody',
    },
  },
};

for (const schema of ['updown', 'Jöurnal \\']) {
  for (const [name, options] of Object.entries(conditions)) {
    needsPgDump(test, `${name} (ledger in ${schema}): the same comes out, and nothing the second time`, () =>
      withSite(
        touchy,
        async (site, database) => {
          const up = print(await prepareUpgrade(site));
          const down = print(await prepareDowngrade({ ...site, from: 'c1', target: 'a1' }));
          await upgrade(site);
          await withDatabase(async (other) => {
            for (const [text, heads] of [
              [up, 'c1'],
              [down, 'a1'],
            ] as const) {
              await completes(other.url, text, heads, options);
              assert.equal(await readJournal(other, schema), await readJournal(database, schema));
              assert.is(await dumpAll(other, schema), await dumpAll(database, schema));
              const again = await runScript(other.url, text, options);
              assert.is(again.status, 0, again.stderr);
              assert.is(lastLine(again), `updown: there was nothing to do, the database is at ${heads}`);
              assert.equal(await readJournal(other, schema), await readJournal(database, schema));
              if (heads === 'c1') await downgrade({ ...site, target: 'a1' });
            }
          });
        },
        { ledger: { schema } },
      ),
    );

    if (schema === 'updown') continue;
    needsPsql(
      test,
      `${name} (ledger in ${schema}): an error still stops it with exit 3, and the step leaves nothing`,
      () =>
        withSite(
          [{ id: 'a1' }, { id: 'b1', up: 'CREATE TABLE "hälf" (s text);\nSELECT 1 / 0;\n' }, { id: 'c1' }],
          async (site, database) => {
            const outcome = await runScript(site.url, print(await prepareUpgrade(site)), options);
            assert.is(outcome.status, 3, outcome.stderr);
            assert.match(outcome.stderr, /division by zero/);
            assert.is(await readEvents(database, schema), 'up a1');
            assert.equal(await database.query("SELECT relname FROM pg_class WHERE relname IN ('hälf', 't_c1')"), []);
          },
          { ledger: { schema } },
        ),
    );
  }
}

needsPsql(test, 'a script of no steps changes nothing, not even the ledger’s absence', () =>
  withSite([{ id: 'a1' }], async (site, database) => {
    const nothing = print(await prepareUpgrade({ ...site, target: 'base' }));
    const before = await everything(database);
    const outcome = await runScript(site.url, nothing);
    assert.is(outcome.status, 0, outcome.stderr);
    assert.is(lastLine(outcome), 'updown: there was nothing to do, the database is at base');
    assert.equal(await everything(database), before);

    const atHead = print(await prepareUpgrade({ ...site, from: 'a1' }));
    await refuses(database, atHead, /this script starts from a1, the database stands at base/);
    await upgrade(site);
    const there = await runScript(site.url, atHead);
    assert.is(lastLine(there), 'updown: there was nothing to do, the database is at a1');
    await refuses(database, nothing, /this script starts from base, the database stands at a1/);
  }),
);

test.run();
