import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { updown } from '../support/cli.ts';
import { psql, withDatabase } from '../support/database.ts';
import { withProject, writeProject } from '../support/project.ts';
import { serverUrl } from '../support/server.ts';

const revisions = [
  {
    id: 'aaaaaaaaaaaa',
    up: "CREATE TYPE mood AS ENUM ('sad', 'it''s fine');\nCREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, m mood DEFAULT 'sad');\n",
    down: 'DROP TABLE t; DROP TYPE mood;\n',
  },
  {
    id: 'bbbbbbbbbbbb',
    up: "CREATE INDEX t_m ON t (m);\nCOMMENT ON INDEX t_m IS 'by mood';\n",
    down: 'DROP INDEX t_m;\n',
  },
];

test('the schema that the files make is the one of a database where they ran', () =>
  withDatabase(({ url }) =>
    withProject({}, async (cwd) => {
      await writeProject(cwd, revisions);
      assert.is((await updown(['upgrade', '--url', url], { cwd })).status, 0);
      const live = await updown(['snapshot', '--url', url], { cwd });
      assert.is(live.status, 0);
      const made = await updown(['snapshot', 'head', '--quiet', '--scratch', await serverUrl()], { cwd });
      assert.is(made.stdout, live.stdout);
      assert.match(live.stdout, /^-- A schema of PostgreSQL \d+, as updown snapshot 1\n\nCREATE SCHEMA public;\n/);
      assert.match(live.stdout, /\nCREATE TYPE public\.mood AS ENUM \(\n {2}'sad',\n {2}'it''s fine'\n\);\n/);
      assert.match(
        live.stdout,
        /\nCREATE INDEX t_m ON public\.t USING btree \(m\);\nCOMMENT ON INDEX public\.t_m IS 'by mood';\n/,
      );
      assert.not.match(live.stdout, /updown\.|journal/);
      const below = await updown(['snapshot', 'aaaaaaaaaaaa', '--quiet', '--scratch', await serverUrl()], { cwd });
      assert.not.match(below.stdout, /t_m/);
    }),
  ));

test('a hash is one line, the same for the same schema, and another one for another', () =>
  withDatabase(({ url }) =>
    withProject({}, async (cwd) => {
      await writeProject(cwd, revisions);
      await updown(['upgrade', '--url', url], { cwd });
      const hash = async (...args: readonly string[]) =>
        (await updown(['snapshot', '--hash', ...args], { cwd })).stdout;
      const live = await hash('--url', url);
      assert.match(live, /^[0-9a-f]{64}\n$/);
      assert.is(await hash('head', '--quiet', '--scratch', await serverUrl()), live);
      const { stdout } = await updown(['snapshot', '--json', '--url', url], { cwd });
      const document = JSON.parse(stdout) as {
        hash: string;
        database: string;
        snapshot: { tables: { name: object }[] };
      };
      assert.is(`${document.hash}\n`, live);
      assert.equal(
        document.snapshot.tables.map(({ name }) => name),
        [{ schema: 'public', name: 't' }],
      );
      await psql(url, ['-c', 'ALTER TABLE t ADD COLUMN more text']);
      assert.is.not(await hash('--url', url), live);
    }),
  ));

test('a file that is there is not overwritten', () =>
  withDatabase(({ url }) =>
    withProject({}, async (cwd) => {
      await writeProject(cwd, revisions);
      const written = await updown(['snapshot', '--url', url, '-o', 'schema.sql'], { cwd });
      assert.match(written.stdout, /^schema\.sql: \d+ objects of PostgreSQL \d+\n$/);
      const text = await readFile(join(cwd, 'schema.sql'), 'utf8');
      assert.match(text, /^-- A schema of PostgreSQL/);
      const again = await updown(['snapshot', '--url', url, '-o', 'schema.sql'], { cwd });
      assert.is(again.status, 2);
      assert.is(await readFile(join(cwd, 'schema.sql'), 'utf8'), text);
    }),
  ));

test.run();
