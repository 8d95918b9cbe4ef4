import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareUpgrade, renderPlain, UpdownError, upgrade } from '../../lib/index.ts';
import { withDatabase } from '../support/database.ts';
import { withProject, writeProject } from '../support/project.ts';
import { print, runScript } from '../support/script.ts';

test('a schema with something in it is not taken for the ledger’s; emptied, or another one, is', async () => {
  await withProject({}, async (cwd) => {
    await writeProject(cwd, [{ id: 'a1', up: 'SELECT 1;\n' }]);
    await withDatabase(async ({ url, query }) => {
      const options = { cwd, env: {}, url };
      const script = await prepareUpgrade({ ...options, from: 'base' });
      const plain = renderPlain(script, { tool: '0' }).flatMap(({ pieces }) => [...pieces]);
      for (const [made, named] of [
        ['CREATE TABLE updown.theirs (n integer)', 'table "theirs"'],
        ["CREATE FUNCTION updown.enter(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'", 'function "enter"'],
        ['CREATE VIEW updown.applied AS SELECT 1 AS n', 'view "applied"'],
        ["CREATE TYPE updown.state AS ENUM ('a')", 'type "state"'],
        ['CREATE SEQUENCE updown.numbers', 'sequence "numbers"'],
        ['GRANT CREATE ON SCHEMA updown TO PUBLIC', 'a right of everybody'],
      ] as const) {
        await query(`CREATE SCHEMA updown; ${made}`);
        const error = await upgrade(options).then(
          () => undefined,
          (failed: unknown) => failed,
        );
        assert.ok(error instanceof UpdownError, made);
        assert.equal([error.code, error.sqlstate], ['foreign-ledger', 'UD017'], made);
        assert.match(error.message, named);
        assert.match(error.hint ?? '', 'REVOKE CREATE ON SCHEMA updown FROM PUBLIC;');
        for (const text of [print(script), `\\set ON_ERROR_STOP on\n${plain.join('')}`]) {
          const { status, stderr } = await runScript(url, text);
          assert.is(status, 3, made);
          assert.match(stderr, 'UD017');
        }
        await query('DROP SCHEMA updown CASCADE');
      }
      await query('CREATE SCHEMA updown; CREATE TABLE updown.theirs (n integer)');
      await upgrade({ ...options, ledgerSchema: 'other', allowExisting: true });
      await query('DROP TABLE updown.theirs; REVOKE CREATE ON SCHEMA updown FROM PUBLIC');
      await upgrade({ ...options, allowExisting: true });
    });
  });
});

test.run();
