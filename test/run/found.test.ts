import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareUpgrade, UpdownError, upgrade } from '../../lib/index.ts';
import { withDatabase } from '../support/database.ts';
import { withProject, writeProject } from '../support/project.ts';
import { print, runScript } from '../support/script.ts';

const made = 'CREATE TABLE t (c int, d int);\nCREATE INDEX taken ON t (d);\n';

/** What IF NOT EXISTS finds is another index of the same table: a guarantee that nobody has. */
const others: readonly string[] = [
  'CREATE UNIQUE INDEX IF NOT EXISTS taken ON t (c);',
  'CREATE UNIQUE INDEX IF NOT EXISTS taken ON t (d);',
  'CREATE INDEX IF NOT EXISTS taken ON t (d) WHERE d > 0;',
  'CREATE INDEX IF NOT EXISTS taken ON t USING hash (d);',
  'SELECT 1;\nCREATE INDEX IF NOT EXISTS taken ON t (d, c);\nINSERT INTO t VALUES (1, 1);',
  '-- updown: no-transaction\nCREATE INDEX IF NOT EXISTS taken ON t (c);',
  '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS taken ON t (c);',
];

const same: readonly string[] = [
  'CREATE INDEX IF NOT EXISTS taken ON t (d);',
  'CREATE INDEX IF NOT EXISTS own ON t (c);\nALTER TABLE t RENAME c TO e;',
  'CREATE UNIQUE INDEX IF NOT EXISTS own ON t ((c + 1)) INCLUDE (d);\nALTER TABLE t ALTER d TYPE bigint;',
  'CREATE INDEX IF NOT EXISTS own ON t (c);\nALTER TABLE t DROP COLUMN c;',
  '-- updown: no-transaction\nCREATE INDEX IF NOT EXISTS taken ON t (d);',
];

async function outcomeOf(up: string): Promise<readonly [run: UpdownError | undefined, script: string]> {
  let run: UpdownError | undefined;
  let script = '';
  await withProject({}, async (cwd) => {
    await writeProject(cwd, [
      { id: 'a1', up: made },
      { id: 'b1', up },
    ]);
    await withDatabase(async ({ url }) => {
      await upgrade({ cwd, env: {}, url }).catch((error: unknown) => {
        if (!(error instanceof UpdownError)) throw error;
        run = error;
      });
    });
    await withDatabase(async ({ url }) => {
      const { status, stderr } = await runScript(url, print(await prepareUpgrade({ cwd, env: {} })));
      script = `${status} ${stderr}`;
    });
  });
  return [run, script];
}

for (const up of others)
  test(`an index of that name on that table that is another one is refused, in a run and a script: ${up}`, async () => {
    const [run, script] = await outcomeOf(up);
    assert.is(run?.sqlstate, 'UD008');
    assert.match(
      run!.message,
      /index taken on t existed before, and differs: CREATE INDEX taken ON public.t USING btree \(d\)/,
    );
    assert.is(run!.place?.line, up.slice(0, up.indexOf('CREATE')).split('\n').length);
    assert.match(script, /^3 [\s\S]*index taken on t existed before, and differs/);
  });

test('the place comes from the number that the check tells, and from no words: a file may raise the same code and say anything', async () => {
  const raises = "DO $$ BEGIN RAISE EXCEPTION 'statement 1 of b1, on line 1: mine' USING ERRCODE = 'UD008'; END $$;";
  const [run] = await outcomeOf(`SELECT 1;\n\n${raises}`);
  assert.equal([run?.sqlstate, run?.place?.line], ['UD008', 3]);
  const [found] = await outcomeOf(`SELECT 1;\n\nCREATE INDEX IF NOT EXISTS taken ON t (c);\nSELECT 2;`);
  assert.match(found!.message, /statement 2 of b1, on line 3: index taken/);
  assert.is(found!.place?.line, 3);
});

for (const up of same)
  test(`what IF NOT EXISTS makes, or finds as it would make it, passes: ${up}`, async () => {
    const [run, script] = await outcomeOf(up);
    assert.is(run, undefined);
    assert.match(script, /^0 /);
  });

test.run();
