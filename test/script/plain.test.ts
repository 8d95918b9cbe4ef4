import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  downgrade,
  prepareDowngrade,
  prepareStamp,
  prepareUpgrade,
  type Script,
  stamp,
  upgrade,
} from '../../lib/index.ts';
import { lockKeys } from '../../lib/ledger/name.ts';
import { renderPlain } from '../../lib/script/plain.ts';
import { readVersion } from '../../lib/version.ts';
import { type Database, withDatabase } from '../support/database.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';
import { needsPgDump } from '../support/run.ts';
import { dumpAll, readEvents, readJournal } from '../support/script.ts';
import { everything, type Site, standAt, type Way, withClient, withSite } from './site.ts';

interface File {
  readonly name: string;
  readonly text: string;
}

function files(script: Script): readonly File[] {
  return renderPlain(script, { tool: readVersion() })
    .filter(({ name }) => name.endsWith('.sql'))
    .map(({ name, pieces }) => ({ name, text: [...pieces].join('') }));
}

function onlyFile(script: Script): string {
  const [file, ...more] = files(script);
  assert.is(more.length, 0);
  return file!.text;
}

const ways: Readonly<Record<Way, string>> = {
  whole: 'sent as one simple query',
  each: 'sent statement by statement by a client that goes on after errors',
  savepoints: 'sent by a client that goes on after errors from a savepoint of its own',
};

async function send(
  url: string,
  way: Way,
  text: string,
  settings?: Record<string, string>,
): Promise<readonly string[]> {
  let errors: readonly string[] = [];
  await withClient(
    url,
    way,
    async (client) => {
      errors = await client.send(text);
    },
    settings,
  );
  return errors;
}

async function refuses(database: Database, way: Way, text: string, message: RegExp, settings?: Record<string, string>) {
  const before = await everything(database);
  const errors = await send(database.url, way, text, settings);
  assert.match(way === 'savepoints' ? errors.join('\n') : (errors[0] ?? 'no error'), message);
  assert.equal(await everything(database), before, 'a refused script changed something');
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

async function stand(site: Site, database: Database, ids: readonly string[], edited?: string): Promise<void> {
  const script = await prepareStamp({ ...site, targets: ['heads'] });
  const digests = new Map(script.steps[0]?.entries.map(({ id, digest }) => [id, digest]));
  const parentsOf = (id: string) => {
    const at = line.findIndex((one) => one.id === id);
    return line[at]?.parents ?? (at > 0 ? [line[at - 1]!.id] : []);
  };
  const digest = (id: string) => (id === edited ? '0'.repeat(64) : (digests.get(id) ?? ''));
  await standAt(
    site,
    database,
    ids.map((id) => [id, parentsOf(id), digest(id)] as const),
  );
}

const scripts: Readonly<Record<string, (site: Site) => Promise<Script>>> = {
  upgrade: (site) => prepareUpgrade({ ...site, from: 'b1', target: 'd1' }),
  downgrade: (site) => prepareDowngrade({ ...site, from: 'd1', target: 'b1' }),
  stamp: (site) => prepareStamp({ ...site, from: 'b1', targets: ['d1'] }),
  'stamp down': (site) => prepareStamp({ ...site, from: 'd1', targets: ['b1'] }),
};

/** Where a database may stand that none of them is for. */
const wrongStarts: Readonly<Record<string, readonly string[]>> = {
  'nothing is applied': [],
  'it is behind': ['a1'],
  'it is ahead': ['a1', 'b1', 'c1', 'd1', 'e1'],
  'half of the plan is done': ['a1', 'b1', 'c1'],
  'it is on another branch': ['a1', 'b1', 'x1'],
  'another branch is applied, too': ['a1', 'b1', 'c1', 'd1', 'x1'],
  'a revision in the middle is missing': ['a1', 'b1', 'd1'],
  'a revision below the start is missing': ['b1'],
  'a revision the files do not know is applied': ['a1', 'b1', 'zz9'],
};

for (const [name, prepare] of Object.entries(scripts)) {
  test(`plain ${name}, ${ways.savepoints}: a wrong start changes nothing, and neither does the right one`, () =>
    withSite(line, async (site, database) => {
      const text = onlyFile(await prepare(site));
      for (const [state, applied] of Object.entries(wrongStarts)) {
        await stand(site, database, applied);
        await refuses(database, 'savepoints', text, /^UD004 this script starts from/m).catch((error: Error) => {
          error.message = `${state}: ${error.message}`;
          throw error;
        });
      }
      const start = name === 'downgrade' || name === 'stamp down' ? ['a1', 'b1', 'c1', 'd1'] : ['a1', 'b1'];
      await stand(site, database, start);
      await refuses(database, 'savepoints', text, /"nothing_is_kept_turn_off_your_clients_savepoints"/);
    }));
}

test(`plain, ${ways.savepoints}: a step that failed in part is not kept, nor what follows it`, () =>
  withSite(
    [
      { id: 'a1', up: 'CREATE TABLE acc (id int PRIMARY KEY, bal int);\nINSERT INTO acc VALUES (1, 100);\n' },
      {
        id: 'b1',
        up: 'INSERT INTO acc VALUES (2, 100);\nINSERT INTO acc VALUES (1, 100);\nUPDATE acc SET bal = bal + 10;\n',
      },
      { id: 'c1', up: 'UPDATE acc SET bal = bal + 10;\n' },
    ],
    async (site, database) => {
      await upgrade({ ...site, target: 'a1' });
      const text = onlyFile(await prepareUpgrade({ ...site, from: 'a1' }));
      await refuses(database, 'savepoints', text, /^23505 duplicate key value violates unique constraint "acc_pkey"/m);
      assert.equal(await database.query('SELECT * FROM acc'), [{ id: 1, bal: 100 }]);
    },
  ));

test(`plain, ${ways.savepoints}: what is done already is not done again`, () =>
  withSite(
    [
      { id: 'a1', up: 'CREATE TABLE acc (id int PRIMARY KEY, bal int);\nINSERT INTO acc VALUES (1, 100);\n' },
      { id: 'b1', up: 'UPDATE acc SET bal = bal + 10;\n' },
    ],
    async (site, database) => {
      const text = onlyFile(await prepareUpgrade(site));
      assert.equal(await send(site.url, 'each', text), []);
      await refuses(database, 'savepoints', text, /^UD004 /m);
      assert.equal(await database.query('SELECT bal FROM acc'), [{ bal: 110 }]);
    },
  ));

for (const way of ['whole', 'each'] as const) {
  for (const [name, prepare] of Object.entries(scripts)) {
    const start = name === 'downgrade' || name === 'stamp down' ? 'd1' : 'b1';

    test(`plain ${name}, ${ways[way]}: a wrong start changes nothing`, () =>
      withSite(line, async (site, database) => {
        const text = onlyFile(await prepare(site));
        await refuses(database, way, text, /^UD004 this script starts from .., the database stands at base/);
        for (const [state, applied] of Object.entries(wrongStarts)) {
          await stand(site, database, applied);
          await refuses(database, way, text, /^UD004 this script starts from/).catch((error: Error) => {
            error.message = `${state}: ${error.message}`;
            throw error;
          });
        }
      }));

    test(`plain ${name}, ${ways[way]}: another project, a read-only session and a held lock change nothing`, () =>
      withSite(line, async (site, database) => {
        const text = onlyFile(await prepare(site));
        await withProject({}, async (cwd) => {
          await writeProject(cwd, line, { project: 'other-1' });
          await stamp({ ...site, cwd, targets: [start], force: true });
        });
        await refuses(database, way, text, /^UD003 .*belongs to project "other-1"/);
        await database.query('DROP SCHEMA updown CASCADE');
        await stamp({ ...site, targets: [start], force: true });
        await refuses(database, way, text, /^UD006 this session is read-only/, { default_transaction_read_only: 'on' });
        await database.query('BEGIN');
        await database.query(`SELECT pg_advisory_xact_lock(${lockKeys('updown').join(', ')})`);
        await refuses(database, way, text, /^UD001 another run holds the lock/);
        await database.query('COMMIT');
      }));
  }

  test(`plain upgrade, ${ways[way]}: revisions applied from other SQL are refused`, () =>
    withSite(line, async (site, database) => {
      const text = onlyFile(await scripts.upgrade!(site));
      await stand(site, database, ['a1', 'b1'], 'a1');
      await refuses(database, way, text, /^UD005 the right revisions are applied, but at least one of them from other/);
    }));

  needsPgDump(test, `plain, ${ways[way]}: up, down and stamps end as a run does; run again, they change nothing`, () =>
    withSite(touchy, async (site, database) => {
      await withDatabase(async (other) => {
        const there = { ...site, url: other.url };
        const trips: readonly (readonly [Script, () => Promise<unknown>])[] = [
          [await prepareUpgrade(site), () => upgrade(there)],
          [await prepareDowngrade({ ...site, from: 'c1', target: 'a1' }), () => downgrade({ ...there, target: 'a1' })],
          [await prepareStamp({ ...site, from: 'a1', targets: ['c1'] }), () => stamp({ ...there, targets: ['c1'] })],
          [await prepareStamp({ ...site, from: 'c1', targets: ['a1'] }), () => stamp({ ...there, targets: ['a1'] })],
          [await prepareUpgrade({ ...site, from: 'a1' }), () => upgrade(there)],
          [
            await prepareDowngrade({ ...site, from: 'c1', target: 'base' }),
            () => downgrade({ ...there, target: 'base' }),
          ],
        ];
        for (const [script, run] of trips) {
          const text = onlyFile(script);
          assert.equal(await send(site.url, way, text), []);
          await run();
          assert.equal(await readJournal(database), await readJournal(other));
          assert.is(await dumpAll(database), await dumpAll(other));
          await refuses(database, way, text, /^UD004 this script starts from/);
        }
      });
    }),
  );

  test(`plain, ${ways[way]}: what follows a step that fails is refused, and nothing of it stands`, () =>
    withSite(
      [
        { id: 'a1' },
        { id: 'b1', up: 'CREATE TABLE half (id int);\nSELECT 1 / (SELECT count(*) FROM gate);' },
        { id: 'c1' },
      ],
      async (site, database) => {
        await database.query('CREATE TABLE gate (id int)');
        const text = onlyFile(await prepareUpgrade({ ...site, allowExisting: true }));
        const errors = await send(site.url, way, text);
        assert.match(errors[0]!, /division by zero/);
        if (way === 'each') {
          assert.ok(
            errors.some((error) => /cannot run up of c1: b1 is not applied/.test(error)),
            errors.join('\n'),
          );
          assert.match(errors.at(-1)!, /the script ended, but b1 is not applied/);
        }
        assert.is(await readEvents(database), 'up a1');
        assert.equal(await database.query("SELECT to_regclass('half') AS half"), [{ half: null }]);
        // The cause is mended outside: who goes on after errors may simply run it again, all others from the step on.
        await database.query('INSERT INTO gate VALUES (1)');
        const rest = way === 'each' ? text : text.slice(text.indexOf('-- 2/3'));
        const again = await send(site.url, way, rest);
        assert.ok(!again.some((error) => /division/.test(error)), again.join('\n'));
        assert.is(await readEvents(database), 'up a1, up b1, up c1');
      },
    ));

  test(`plain, ${ways[way]}: a step whose parents are there, but not this script’s step before it, is refused`, () =>
    withSite(
      [{ id: 'a1' }, { id: 'b1', up: 'SELECT 1 / 0' }, { id: 'c1', parents: ['a1'] }],
      async (site, database) => {
        const script = await prepareUpgrade({ ...site, target: 'heads' });
        assert.equal(
          script.steps.map(({ entries }) => entries[0]?.id),
          ['a1', 'b1', 'c1'],
        );
        const errors = await send(site.url, way, onlyFile(script));
        assert.match(errors[0]!, /division by zero/);
        if (way === 'each') assert.ok(errors.some((error) => /^UD004 cannot run the step of c1/.test(error)));
        assert.is(await readEvents(database), 'up a1');
      },
    ));

  test(`F60: plain, ${ways[way]}: a server that reads strings otherwise is refused`, () =>
    withSite([{ id: 'a1', up: `SELECT 'a\\'; -- '` }, { id: 'b1' }], async (site, database) => {
      await upgrade({ ...site, target: 'a1' });
      const text = onlyFile(await prepareUpgrade({ ...site, from: 'a1' }));
      await refuses(database, way, text, /^UD012 standard_conforming_strings is off/, {
        standard_conforming_strings: 'off',
      });
    }));
}

const touchy: readonly TestRevision[] = [
  {
    id: 'a1',
    up: `CREATE TABLE "Größe" (n int, s text DEFAULT 'it''s \\', t text DEFAULT E'\\'\\n');
INSERT INTO "Größe" (s) VALUES (':n $plain$ $ledger$ ? \`id\`');
CREATE FUNCTION atom(a int) RETURNS int BEGIN ATOMIC SELECT 1; SELECT a + 1; END;
CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $f$BEGIN EXECUTE $g$ SELECT ';' $g$; RETURN 'COMMIT;'; END$f$;
`,
    down: 'DROP TABLE "Größe"; DROP FUNCTION atom; DROP FUNCTION f',
  },
  { id: 'b1', up: 'RESET ALL; CREATE TABLE public.b (id int); -- no line end', down: 'DROP TABLE public.b' },
  {
    id: 'c1',
    up: 'CREATE VIEW "sïcht" AS SELECT s FROM "Größe"',
    down: 'DROP VIEW "sïcht"',
    message: 'the `view` \\q :n ï',
  },
];

const skipped: Readonly<Record<string, readonly TestRevision[]>> = {
  'CREATE INDEX CONCURRENTLY': [
    { id: 'a1', up: 'CREATE TABLE t (n int)' },
    { id: 'b1', up: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY i ON t (n);' },
  ],
  'DROP INDEX CONCURRENTLY': [
    { id: 'a1', up: 'CREATE TABLE t (n int); CREATE INDEX i ON t (n);' },
    { id: 'b1', up: '-- updown: no-transaction\nDROP INDEX CONCURRENTLY i;' },
  ],
  'DETACH PARTITION CONCURRENTLY': [
    { id: 'a1', up: 'CREATE TABLE t (n int) PARTITION BY LIST (n); CREATE TABLE p PARTITION OF t FOR VALUES IN (1);' },
    { id: 'b1', up: '-- updown: no-transaction\nALTER TABLE t DETACH PARTITION p CONCURRENTLY;' },
  ],
};

const bare: readonly TestRevision[] = [
  { id: 'a1', up: 'CREATE TABLE t (n int, s text);\nINSERT INTO t SELECT g, g FROM generate_series(1, 100) g;' },
  {
    id: 'b1',
    up: `-- updown: no-transaction
SET work_mem = '5MB';
CREATE UNIQUE INDEX CONCURRENTLY one ON t (n);
INSERT INTO t VALUES (1000, current_setting('work_mem'));
RESET ALL;
CREATE INDEX CONCURRENTLY ON t (s);
VACUUM t`,
    down: '-- updown: no-transaction\nDROP INDEX CONCURRENTLY one;\nDELETE FROM t WHERE n = 1000;\nDROP INDEX CONCURRENTLY t_s_idx;',
  },
  { id: 'c1' },
];

for (const way of ['whole', 'each'] as const) {
  for (const sessions of ['one session', 'a session each']) {
    needsPgDump(
      test,
      `plain files of steps outside a transaction, ${ways[way]}, in ${sessions}, end as a run does`,
      () =>
        withSite(bare, async (site, database) => {
          await withDatabase(async (other) => {
            const there = { ...site, url: other.url };
            const trips: readonly (readonly [Script, () => Promise<unknown>])[] = [
              [await prepareUpgrade(site), () => upgrade(there)],
              [
                await prepareDowngrade({ ...site, from: 'c1', target: 'a1' }),
                () => downgrade({ ...there, target: 'a1' }),
              ],
            ];
            for (const [script, run] of trips) {
              const all = files(script);
              if (sessions === 'one session')
                await withClient(site.url, way, async ({ send }) => {
                  for (const { name, text } of all) assert.equal(await send(text), [], name);
                });
              else for (const { name, text } of all) assert.equal(await send(site.url, way, text), [], name);
              await run();
              assert.is(await dumpAll(database), await dumpAll(other));
              assert.equal(await outcomes(database), await outcomes(other));
              assert.equal(await database.query('SELECT FROM updown.unfinished'), []);
            }
          });
        }),
    );
  }

  test(`plain files, ${ways[way]}: each that is run out of turn is refused and changes nothing`, () =>
    withSite(bare, async (site, database) => {
      const all = files(await prepareUpgrade(site));
      const guarded = all.filter(({ name }) => !isAlone(name, all));
      for (const [index, { name, text }] of all.entries()) {
        for (const late of guarded) {
          // Of VACUUM nothing in the database shows whether it has run: the file behind it says so.
          if (all.indexOf(late) === index || late.name.includes('record_6')) continue;
          const before = await readEvents(database).catch(() => '');
          await send(site.url, way, late.text);
          const after = await readEvents(database).catch(() => '');
          assert.is(withoutStarts(after), withoutStarts(before), `${late.name} before ${name}`);
        }
        assert.equal(await send(site.url, way, text), [], name);
      }
    }));

  test(`F24: plain files, ${ways[way]}: a build that failed is not recorded, and goes on once it is corrected`, () =>
    withSite(bare, async (site, database) => {
      const all = files(await prepareUpgrade(site));
      const file = (part: string) => all.find(({ name }) => name.includes(part))!.text;
      await send(site.url, way, all[0]!.text);
      await database.query('INSERT INTO t VALUES (1)');
      assert.equal(await send(site.url, way, file('statement_1')), []);
      assert.match((await send(site.url, way, file('statement_2')))[0]!, /could not create unique index/);
      assert.match((await send(site.url, way, file('record_2')))[0]!, /^UD008 index one on t is INVALID/);
      await database.query('DELETE FROM t WHERE s IS NULL');
      const [, question = ''] = /^-- {3}(SELECT pg_catalog\.format[^;]*);$/m.exec(file('statement_2')) ?? [];
      const [{ format } = {}] = await database.query(question.replace(/^-- {3}/gm, ''));
      await database.query(String(format));
      const from = all.findIndex(({ name }) => name.includes('statement_2'));
      for (const { name, text } of all.slice(from)) assert.equal(await send(site.url, way, text), [], name);
      assert.match(await readEvents(database), /up b1, up c1$/);
    }));

  for (const [what, revision] of Object.entries(skipped)) {
    test(`plain files, ${ways[way]}: ${what} that was left out is not recorded`, () =>
      withSite(revision, async (site, database) => {
        const all = files(await prepareUpgrade(site));
        for (const { name, text } of all) if (!isAlone(name, all)) await send(site.url, way, text);
        const events = await readEvents(database);
        assert.match(events, /^up a1, start b1/);
        assert.not.match(events, /progress b1|up b1/);
      }));
  }

  test(`plain files, ${ways[way]}: of a statement that leaves no trace the files say that it has run`, () =>
    withSite(
      [
        {
          id: 'a1',
          up: 'CREATE TABLE t (n int); CREATE PROCEDURE p() LANGUAGE plpgsql AS $$BEGIN INSERT INTO t VALUES (1); COMMIT; END$$;',
        },
        { id: 'b1', up: '-- updown: no-transaction\nCALL p();\nINSERT INTO t VALUES (2);\nCALL p();' },
      ],
      async (site, database) => {
        for (const { name, text } of files(await prepareUpgrade(site)))
          assert.equal(await send(site.url, way, text), [], name);
        assert.equal(await database.query('SELECT n FROM t ORDER BY ctid'), [{ n: 1 }, { n: 2 }, { n: 1 }]);
        assert.match(await readEvents(database), /up b1$/);
      },
    ));
}

/** What stands in the ledger in the end, whatever the number of tries. */
function outcomes({ query }: Database): Promise<readonly object[]> {
  return query(`SELECT revision, event, digest, script, parents, statement FROM updown.journal
    WHERE event <> 'start' AND NOT (event = 'progress' AND statement IS NULL) ORDER BY seq`);
}

function isAlone(name: string, all: readonly File[]): boolean {
  const number = /statement_(\d+)/.exec(name)?.[1];
  return number !== undefined && all.some((file) => file.name.endsWith(`_record_${number}.sql`));
}

function withoutStarts(events: string): string {
  return events.replace(/start \w+(, )?/g, '').replace(/, $/, '');
}

test.run();
