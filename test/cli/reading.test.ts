import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TestRevision } from '../support/project.ts';
import { bothWays } from './vocabulary.ts';

const noTransaction = '-- updown: no-transaction\n';

const asDumped = `SET client_encoding = 'UTF8';
SET NAMES 'utf-8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('client_encoding', 'UTF8', false);
CREATE TABLE made AS SELECT 'größe\\' AS s;
`;

for (const [where, head] of Object.entries({ 'in a transaction': '', 'outside one': noTransaction })) {
  bothWays(
    test,
    `F60, F64: what says what is so anyway, as dumps do, is run ${where}`,
    [{ id: 'a1', up: `${head}${asDumped}` }],
    async ({ value }, { upgrade }) => {
      const { status, stderr } = await upgrade();
      assert.is(status, 0, stderr);
      assert.is(await value('SELECT s FROM made'), 'größe\\');
    },
  );
}

const settings = { client_encoding: 'LATIN1', standard_conforming_strings: 'off' };

for (const [name, value] of Object.entries(settings)) {
  const define = `CREATE FUNCTION turns() RETURNS void LANGUAGE sql AS $$ SELECT set_config('${name}', '${value}', false) $$;\n`;
  const ways = {
    'in a DO': `DO $$ BEGIN EXECUTE 'SET ' || '${name}' || ' = ''${value}'''; END $$;\n`,
    'in a function': 'SELECT turns();\n',
  };
  for (const [where, hidden] of Object.entries(ways)) {
    bothWays(
      test,
      `F60, F64: ${name}, changed ${where}, stops the step, and nothing of it stands`,
      around(define, `CREATE TABLE made (s text);\n${hidden}INSERT INTO made VALUES ('größe');\n`),
      async (world, { upgrade, channel }) => {
        const { status, stderr } = await upgrade({ args: ['-v', 'VERBOSITY=verbose'] });
        assert.is(status, channel === 'run' ? 1 : 3, stderr);
        assert.match(stderr, /b1 has changed client_encoding, standard_conforming_strings or backslash_quote/);
        assert.is(await world.value("SELECT to_regclass('made')"), null);
        assert.is(await world.value("SELECT to_regclass('t_c1')"), null);
        assert.equal(await world.journal(), channel === 'run' ? ['up up a1', 'fail up b1'] : ['up up a1']);
        const state =
          channel === 'run' ? await world.value("SELECT error FROM updown.journal WHERE event = 'fail'") : stderr;
        assert.match(String(state), /\bUD012\b/);
      },
    );
    bothWays(
      test,
      `F60, F64: ${name}, changed ${where} outside a transaction, is not recorded, and nothing runs behind it`,
      around(define, `${noTransaction}CREATE TABLE made (s text);\n${hidden}INSERT INTO made VALUES ('größe');\n`),
      async (world, { upgrade, channel }) => {
        const { status, stderr } = await upgrade();
        assert.is(status, channel === 'run' ? 1 : 3, stderr);
        assert.match(stderr, /b1 has changed client_encoding, standard_conforming_strings or backslash_quote/);
        assert.is(await world.value('SELECT count(*)::int FROM made'), 0);
        assert.is(await world.value("SELECT to_regclass('t_c1')"), null);
        const stands = ['up up a1', 'start up b1 0', 'progress up b1 1'];
        assert.equal((await world.journal()).slice(0, 4), channel === 'run' ? [...stands, 'fail up b1 2'] : stands);
      },
    );
  }
}

function around(define: string, up: string): readonly TestRevision[] {
  return [{ id: 'a1', up: define }, { id: 'b1', up }, { id: 'c1' }];
}

test.run();
