import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withProject } from '../support/project.ts';
import { verify } from './document.ts';

/** The first makes what the second one's down.sql loses, by a name that stands two levels above the rows. */
const losses: Readonly<Record<string, readonly [made: string, up: string, down: string, lost: readonly object[]]>> = {
  'partitions of partitions': [
    `CREATE TABLE p (at date NOT NULL, kind text NOT NULL, note text) PARTITION BY RANGE (at);
CREATE TABLE below PARTITION OF p FOR VALUES FROM ('2020-01-01') TO ('2021-01-01') PARTITION BY LIST (kind);
CREATE TABLE deepest PARTITION OF below FOR VALUES IN ('x', 'y');`,
    'ALTER TABLE p ADD COLUMN k integer;',
    'ALTER TABLE p DROP COLUMN k, DROP COLUMN note; ALTER TABLE p ADD COLUMN note text;',
    [{ table: 'public.deepest', column: 'note', count: 1, by: 'down' }],
  ],
  'partitions that the sample does not fit into': [
    `CREATE TABLE p (at date NOT NULL, "Kind" text NOT NULL, note text) PARTITION BY RANGE (at, "Kind");
CREATE TABLE below PARTITION OF p FOR VALUES FROM ('1999-01-01', 'o''k, )') TO ('2001-01-01', MINVALUE) PARTITION BY LIST ("Kind");
CREATE TABLE deepest PARTITION OF below FOR VALUES IN ('y', 'z');`,
    'ALTER TABLE p ADD COLUMN k integer;',
    'ALTER TABLE p DROP COLUMN k, DROP COLUMN note; ALTER TABLE p ADD COLUMN note text;',
    [{ table: 'public.deepest', column: 'note', count: 1, by: 'down' }],
  ],
  grandchildren: [
    'CREATE TABLE p (note text); CREATE TABLE below (a integer) INHERITS (p); CREATE TABLE deepest (b integer) INHERITS (below);',
    'ALTER TABLE p ADD COLUMN k integer;',
    'ALTER TABLE p DROP COLUMN k, DROP COLUMN note; ALTER TABLE p ADD COLUMN note text;',
    ['below', 'deepest', 'p'].map((name) => ({ table: `public.${name}`, column: 'note', count: 1, by: 'down' })),
  ],
};

test('a loss is seen in what inherits from what inherits', () =>
  withProject({}, async (cwd) => {
    for (const [title, [made, up, down, lost]] of Object.entries(losses)) {
      const { found } = await verify(cwd, [
        { id: 'aaaaaaaaaaaa', up: `${made}\n`, down: 'DROP TABLE p CASCADE;\n' },
        { id: 'bbbbbbbbbbbb', up: `${up}\n`, down: `${down}\n` },
      ]);
      assert.equal(found.revisions[1]?.rows?.lost, lost, title);
    }
  }));

test.run();
