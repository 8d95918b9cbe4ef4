import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { updown } from '../support/cli.ts';
import { psql, withDatabase } from '../support/database.ts';
import { withProject, writeProject } from '../support/project.ts';
import { serverUrl } from '../support/server.ts';

const up = `CREATE TABLE orders (id integer PRIMARY KEY, note text);
CREATE TABLE lines (id integer PRIMARY KEY, order_id integer CONSTRAINT of_order REFERENCES orders);
CREATE TABLE parcels (line_id integer CONSTRAINT of_line REFERENCES lines, order_id integer CONSTRAINT of_order REFERENCES orders);
CREATE INDEX parcels_line ON parcels (line_id);
CREATE VIEW seen AS SELECT id FROM orders;
INSERT INTO orders VALUES (1);
INSERT INTO lines VALUES (1, 1);
INSERT INTO parcels VALUES (1, 1);
`;

interface Document {
  readonly ok: boolean;
  readonly findings: readonly { readonly message: string; readonly notes: readonly string[] }[];
}

for (const [title, sql, left] of [
  [
    'a table that is made again',
    'DROP TABLE orders CASCADE',
    [
      'constraint of_order of table public.lines: became NOT VALID',
      'constraint of_order of table public.parcels: became NOT VALID',
    ],
  ],
  [
    'rows that came meanwhile',
    'ALTER TABLE lines DROP CONSTRAINT of_order; INSERT INTO lines VALUES (2, 7)',
    ['constraint of_order of table public.lines: became NOT VALID'],
  ],
] as const)
  test(`a foreign key is put back although rows lack what they refer to, and checked last: ${title}`, () =>
    withDatabase(({ url }) =>
      withProject({}, async (cwd) => {
        await writeProject(cwd, [{ id: 'aaaaaaaaaaaa', up, down: 'DROP TABLE orders, lines, parcels CASCADE;\n' }]);
        await updown(['upgrade', '--url', url], { cwd });
        await psql(url, ['-v', 'ON_ERROR_STOP=1', '-c', `${sql}; DROP INDEX parcels_line`]);
        const scratch = await serverUrl();
        const check = async () =>
          (await updown(['check', '--json', '--quiet', '--url', url, '--scratch', scratch], { cwd })).json<Document>();
        const told = (await check()).findings.flatMap(({ notes }) => notes);
        // As somebody would paste it.
        const pasted = await psql(url, ['-f', '-'], { stdin: told.join('\n') });
        assert.match(pasted.stderr, 'violates foreign key constraint "of_order"');
        assert.equal((await check()).findings.map(({ message }) => message).sort(), left);
        assert.match((await psql(url, ['-c', 'INSERT INTO lines VALUES (3, 9)'])).stderr, '"of_order"');
        // What can't be valid yet keeps nothing else from being put back.
        await psql(url, ['-c', "COMMENT ON TABLE parcels IS 'x'; ALTER TABLE parcels ADD more text"]);
        const others = (await check()).findings.flatMap(({ notes }) => notes).join('\n');
        await psql(url, ['-v', 'ON_ERROR_STOP=1', '-f', '-'], { stdin: others });
        assert.equal((await check()).findings.map(({ message }) => message).sort(), left);
        await psql(url, ['-v', 'ON_ERROR_STOP=1', '-c', 'INSERT INTO orders VALUES (1), (7) ON CONFLICT DO NOTHING']);
        const last = (await check()).findings.flatMap(({ notes }) => notes).join('\n');
        const outcome = await psql(url, ['-v', 'ON_ERROR_STOP=1', '-1', '-f', '-'], { stdin: last });
        assert.is(outcome.status, 0, outcome.stderr);
        assert.equal((await check()).findings, []);
      }),
    ));

test.run();
