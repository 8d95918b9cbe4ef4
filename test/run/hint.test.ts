import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openSession } from '../../lib/database/open.ts';
import { SendError } from '../../lib/database/session.ts';
import { hintFor } from '../../lib/run/hint.ts';
import { updown } from '../support/cli.ts';
import { withDatabase } from '../support/database.ts';
import { withProject, writeProject } from '../support/project.ts';
import { parse } from '../support/target.ts';

const cases: Readonly<Record<string, RegExp | undefined>> = {
  'BEGIN; VACUUM': /head of the file\.$/,
  'BEGIN; ALTER SYSTEM SET work_mem = 1000': /head of the file\.$/,
  "DO $$ BEGIN EXECUTE 'VACUUM'; END $$": /a function and a DO/,
  "BEGIN; DO $$ BEGIN EXECUTE 'VACUUM'; END $$": /a function and a DO/,
  'BEGIN; SELECT 1; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE': /take the SET TRANSACTION out/,
  'BEGIN READ ONLY; SELECT 1; SET TRANSACTION READ WRITE': /take the SET TRANSACTION out/,
  "BEGIN; SELECT 1; SET TRANSACTION SNAPSHOT '1'": /take the SET TRANSACTION out/,
  'BEGIN; SAVEPOINT a; CREATE TEMP TABLE t (); SELECT pg_export_snapshot()': undefined,
};

for (const [sql, says] of Object.entries(cases)) {
  test(`25001: the hint fits ${sql}`, () =>
    withDatabase(async ({ url }) => {
      const session = await openSession(parse(url), { applicationName: 'test', onNotice: () => {} });
      const error = await session.send(sql).then(
        () => assert.unreachable('it was accepted'),
        (thrown: unknown) => thrown,
      );
      await session.close();
      assert.instance(error, SendError);
      const { fields } = error as SendError;
      assert.is(fields?.code, '25001', fields?.message);
      const hint = hintFor(fields!);
      if (says === undefined) assert.is(hint, undefined);
      else assert.match(hint ?? '', says);
    }));
}

test('an extension that an embedded database lacks is there once its url names it, as the hint says', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [{ id: 'a1', up: 'CREATE EXTENSION IF NOT EXISTS "uuid-ossp";\n' }]);
    const config = (url: string) => writeFile(join(cwd, 'updown.json'), JSON.stringify({ url }));
    await config('pglite:.updown/dev');
    const { status, stderr } = await updown(['upgrade'], { cwd });
    assert.is(status, 1, stderr);
    await config(/"url": "([^"]+)"/.exec(stderr)?.[1] ?? '');
    const again = await updown(['upgrade'], { cwd });
    assert.is(again.status, 0, again.stderr);
  }));

test.run();
