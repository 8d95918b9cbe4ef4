import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareUpgrade, UpdownError, upgrade } from '../../lib/index.ts';
import { renderPlain } from '../../lib/script/plain.ts';
import { withDatabase } from '../support/database.ts';
import { withProject, writeProject } from '../support/project.ts';
import { print, runScript } from '../support/script.ts';

test('in a schema that already exists, what a role has put that does not own it is not taken for the ledger’s own', async () => {
  await withProject({}, async (cwd) => {
    await writeProject(cwd, [{ id: 'a1', up: 'SELECT 1;\n' }]);
    await withDatabase(async ({ url, query, name }) => {
      const options = { cwd, env: {}, url };
      const script = await prepareUpgrade({ ...options, from: 'base' });
      const plain = renderPlain(script, { tool: '0' }).flatMap(({ pieces }) => [...pieces]);
      const [owner, other] = [`owner_${name}`, `other_${name}`];
      await query(`CREATE ROLE ${owner}; CREATE ROLE ${other}`);
      const begin = `CREATE SCHEMA updown AUTHORIZATION ${owner}; GRANT ALL ON SCHEMA updown TO PUBLIC`;
      try {
        for (const [made, named] of [
          ['CREATE TABLE updown.theirs (n integer)', 'table "theirs"'],
          ["CREATE FUNCTION updown.enter(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'", 'function "enter"'],
          ['CREATE VIEW updown.applied AS SELECT 1 AS n', 'view "applied"'],
          ["CREATE TYPE updown.state AS ENUM ('a')", 'type "state"'],
          ['CREATE SEQUENCE updown.numbers', 'sequence "numbers"'],
        ] as const) {
          await query(`${begin}; SET ROLE ${other}; ${made}; RESET ROLE`);
          const error = await upgrade(options).then(
            () => undefined,
            (failed: unknown) => failed,
          );
          assert.ok(error instanceof UpdownError, made);
          assert.equal([error.code, error.sqlstate], ['foreign-ledger', 'UD017'], made);
          assert.match(error.message, `${named} of role "${other}"`);
          assert.match(error.hint ?? '', `REVOKE CREATE ON SCHEMA updown FROM ${other}, PUBLIC;`);
          for (const text of [print(script), `\\set ON_ERROR_STOP on\n${plain.join('')}`]) {
            const { status, stderr } = await runScript(url, text);
            assert.is(status, 3, made);
            assert.match(stderr, 'UD017');
          }
          await query('DROP SCHEMA updown CASCADE');
        }
        await query(`${begin}; SET ROLE ${other}; CREATE TABLE updown.theirs (n integer); RESET ROLE`);
        await upgrade({ ...options, ledgerSchema: 'other', allowExisting: true });
        await query(`DROP TABLE updown.theirs; REVOKE CREATE ON SCHEMA updown FROM ${other}, PUBLIC`);
        await upgrade({ ...options, allowExisting: true });
        // What its owner has there is let be, and what a superuser has.
        await query(
          `DROP SCHEMA updown CASCADE; ${begin}; CREATE TABLE updown.notes (); SET ROLE ${owner}; CREATE TABLE updown.own (); RESET ROLE`,
        );
        await upgrade({ ...options, allowExisting: true });
      } finally {
        await query(`RESET ROLE; DROP SCHEMA IF EXISTS updown CASCADE; DROP ROLE ${owner}; DROP ROLE ${other}`);
      }
    });
  });
});

test.run();
