import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareDowngrade, prepareUpgrade, type Script } from '../../lib/index.ts';
import { renderPlain } from '../../lib/script/plain.ts';
import { renderSplit } from '../../lib/script/split.ts';
import { withClient } from '../script/site.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';
import { needsPsql } from '../support/run.ts';
import { print, readEvents, runScript } from '../support/script.ts';
import { breakOff, cutBeforeRecord, withTrial } from './broken.ts';

const bare = '-- updown: no-transaction\n';

function list(count: number, make: (n: number) => string): string {
  return Array.from({ length: count }, (_, index) => `${make(index + 1)};\n`).join('');
}

/** What a file may hold many of, outside a transaction. */
const kinds: Readonly<Record<string, (n: number) => string>> = {
  UPDATE: (n) => `UPDATE t SET a = ${n}`,
  'CREATE INDEX CONCURRENTLY': (n) => `CREATE INDEX CONCURRENTLY t_i${n} ON t${n} (a)`,
  'DROP INDEX CONCURRENTLY': (n) => `DROP INDEX CONCURRENTLY t_i${n}`,
  VACUUM: (n) => `VACUUM t${n}`,
  'a DO that sets something': (n) => `DO $$ BEGIN SET app.x${n} = 'a'; END $$`,
  'CREATE INDEX IF NOT EXISTS': (n) => `CREATE INDEX IF NOT EXISTS t_i${n} ON t${n} (a)`,
};

const flavours: Readonly<Record<string, (script: Script) => string>> = {
  psql: print,
  split: (script) => renderSplit(script, { tool: '0' }).map(textOf).join(''),
  plain: (script) => renderPlain(script, { tool: '0' }).map(textOf).join(''),
};

function textOf({ pieces }: { readonly pieces: Iterable<string> }): string {
  return [...pieces].join('');
}

for (const [kind, make] of Object.entries(kinds)) {
  test(`twice as many statements are twice the script, no more: ${kind}`, async () => {
    const [small, large, most] = [await emit(100, make), await emit(200, make), await emit(300, make)];
    for (const flavour of Object.keys(flavours)) {
      const [first, second] = [large[flavour]! - small[flavour]!, most[flavour]! - large[flavour]!];
      assert.ok(second < first * 1.1, `${flavour}: ${first} characters for 100 more, then ${second}`);
    }
  });
}

async function emit(count: number, make: (n: number) => string): Promise<Readonly<Record<string, number>>> {
  const sizes: Record<string, number> = {};
  await withProject({}, async (cwd) => {
    await writeProject(cwd, [{ id: 'a1', up: `${bare}${list(count, (n) => make(n + 1000))}` }]);
    const script = await prepareUpgrade({ cwd, env: {} });
    for (const [flavour, printed] of Object.entries(flavours)) sizes[flavour] = printed(script).length;
  });
  return sizes;
}

const count = 60;
const revisions: readonly TestRevision[] = [
  { id: 'a1', up: list(count, (n) => `CREATE TABLE t${n} (a integer)`) },
  {
    id: 'b1',
    up: `${bare}CREATE TABLE late (a integer);\n${list(count, (n) => `CREATE INDEX CONCURRENTLY ${n % 2 ? `i${n} ` : ''}ON t${n} (a)`)}CREATE INDEX CONCURRENTLY i_late ON late (a);\n`,
    down: `${bare}${list(count, (n) => `DROP INDEX CONCURRENTLY ${n % 2 ? `i${n}` : `t${n}_a_idx`}`)}DROP TABLE late;\n`,
  },
];

async function countIndexes(query: (sql: string) => Promise<readonly Record<string, unknown>[]>): Promise<unknown> {
  const [row] = await query(
    "SELECT count(*)::integer AS count FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace = 'public'::regnamespace AND i.indisvalid",
  );
  return row?.count;
}

test('of many, each that ran but was not recorded is recorded, and each that broke off is rebuilt', () =>
  withTrial(revisions, async (trial) => {
    await trial.upgrade({ target: 'a1' });
    // Statement 1 makes a table, so that t1 is what statement 2 is about.
    for (const statement of [4, 5, 40]) {
      const { error } = await trial.upgrade({}, cutBeforeRecord(statement));
      assert.match(error?.notes.join('\n') ?? '', `with ${statement - 1} of its statements recorded`);
    }
    const held = await breakOff(trial.database, 'INSERT INTO t45 VALUES (1)', () => trial.upgrade());
    assert.is(held.error?.code, 'connection');
    const { error, sent } = await trial.upgrade({}, cutBeforeRecord(62));
    assert.is(error?.code, 'connection', error?.message);
    assert.is(sent[0], 'DROP INDEX CONCURRENTLY i45');
    const last = await trial.upgrade();
    assert.is(last.error, undefined, last.error?.message);
    assert.equal(last.sent, []);
    assert.is(await countIndexes(trial.database.query), count + 1);
  }));

needsPsql(
  test,
  'of many, a script takes back what has run already, and no more than that, by psql and by any client',
  () =>
    withTrial(revisions, async ({ cwd, database, upgrade }) => {
      const { query, url } = database;
      assert.is((await upgrade()).error, undefined);
      const down = await prepareDowngrade({ cwd, env: {}, from: 'b1', target: 'a1' });
      const broken = print(down).replace(
        /(DROP INDEX CONCURRENTLY i51;[\s\S]*?)CALL updown\.resume/,
        '$1SELECT 1/0;\nCALL updown.resume',
      );
      assert.match((await runScript(url, broken)).stderr, 'division by zero');
      assert.is(await countIndexes(query), count + 1 - 51);
      const { status, stdout, stderr } = await runScript(url, print(down));
      assert.is(status, 0, stderr);
      assert.match(stdout, 'statement 51 has run already');
      assert.match(await readEvents(database), /down b1$/);

      const plain = renderPlain(await prepareUpgrade({ cwd, env: {}, from: 'a1' }), { tool: '0' });
      const files = plain.filter(({ name }) => name.endsWith('.sql'));
      for (const { name, pieces } of files)
        await withClient(url, 'whole', async ({ send }) => {
          const text = [...pieces].join('');
          assert.equal(await send(text), [], name);
          // Where it is not its turn any more, it is refused and changes nothing.
          if (!name.endsWith('record_30.sql')) return;
          assert.match((await send(text))[0] ?? '', 'after statement 29: the ledger stands at 30');
        });
      assert.is(await countIndexes(query), count + 1);
      assert.match(await readEvents(database), /up b1$/);
    }),
);

test.run();
