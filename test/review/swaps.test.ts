import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Finding } from '../../lib/review/review.ts';
import type { Scratch } from '../../lib/review/scratch.ts';
import { judged } from './advice-follow.ts';
import { measureAside, withBench } from './bench.ts';

const schema = `
CREATE TABLE swp (id int PRIMARY KEY, n text);
CREATE TABLE swp_new (id bigint PRIMARY KEY, n text);
CREATE TABLE rich (id integer PRIMARY KEY, n varchar(10) NOT NULL DEFAULT 'x' UNIQUE, c integer CHECK (c > 0), gone text);
CREATE INDEX rich_c ON rich (c);
CREATE TABLE points (rich integer REFERENCES rich);
CREATE VIEW seen AS SELECT id FROM rich;
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER rich_t BEFORE UPDATE ON rich FOR EACH ROW EXECUTE FUNCTION nothing();
GRANT SELECT ON rich TO pg_monitor;
ALTER TABLE rich ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON rich USING (true);
CREATE TABLE columns (a integer, a_new bigint);
`;

async function findAll(scratch: Scratch, sql: string): Promise<readonly Finding[]> {
  const measured = await measureAside(scratch, sql);
  assert.equal(measured.map(({ error }) => error).filter(Boolean), [], sql);
  return judged(measured);
}

const about = new Set(['rename', 'drop-table', 'swapped-table-lacks']);

test('a table that takes the name of another one is no rename and no drop, and what is lost between them is told', () =>
  withBench([schema], 'newest', async (scratch) => {
    const find = async (sql: string) =>
      (await findAll(scratch, sql))
        .filter(({ rule }) => about.has(rule))
        .map(({ rule, message }) => `${rule}: ${message}`);

    const swap = (name: string) =>
      `ALTER TABLE ${name} RENAME TO ${name}_old;\nALTER TABLE ${name}_new RENAME TO ${name};`;
    assert.equal(await find(swap('swp')), []);
    assert.equal(await find(`DO $$ BEGIN ${swap('swp')} END $$;`), []);
    assert.equal(
      await find('ALTER TABLE columns RENAME COLUMN a TO a_old;\nALTER TABLE columns RENAME COLUMN a_new TO a;'),
      [],
    );

    const anew = (like: string) =>
      `CREATE TABLE rich_new (LIKE rich${like});\nINSERT INTO rich_new SELECT * FROM rich;\n`;
    const [hit, ...others] = await find(`${anew(' INCLUDING ALL')}${swap('rich')}`);
    assert.equal(others, []);
    assert.is(
      hit,
      'swapped-table-lacks: public.rich is another table from here on, and lacks: foreign key points_rich_fkey of public.points, which points to it; ' +
        'trigger rich_t; policy own; ROW LEVEL SECURITY; grants; view public.seen, which goes on showing the old one',
    );

    const bare = await find(
      `ALTER TABLE rich DROP COLUMN gone;\n${anew('')}DROP TABLE rich CASCADE;\nALTER TABLE rich_new RENAME TO rich;`,
    );
    const lost = bare.find((one) => one.startsWith('swapped-table-lacks')) ?? '';
    for (const word of [
      'default of column n',
      'index public.rich_c',
      'primary key rich_pkey',
      'unique rich_n_key',
      'check rich_c_check',
      'trigger rich_t',
      'grants',
    ])
      assert.match(lost, word);
    assert.not.ok(bare.some((one) => one.startsWith('drop-table: drops table public.rich')));

    // With all of it, nothing is lost.
    assert.equal(
      await find(
        'CREATE TABLE swp_3 (LIKE swp INCLUDING ALL);\nINSERT INTO swp_3 SELECT * FROM swp;\nDROP TABLE swp;\nALTER TABLE swp_3 RENAME TO swp;',
      ),
      [],
    );
  }));

test('what only looks like a swap is found as before', () =>
  withBench([schema], 'newest', async (scratch) => {
    const rulesOf = async (sql: string) =>
      (await findAll(scratch, sql)).filter(({ rule }) => about.has(rule)).map(({ rule }) => rule);
    assert.equal(await rulesOf('ALTER TABLE swp RENAME TO swp_old;'), ['rename']);
    assert.equal(await rulesOf('ALTER TABLE swp RENAME TO a;\nALTER TABLE swp_new RENAME TO b;'), ['rename', 'rename']);
    assert.equal(await rulesOf('DROP TABLE swp;\nCREATE TABLE swp (id int PRIMARY KEY, n text);'), ['drop-table']);
    // Made and never filled.
    assert.equal(
      await rulesOf('CREATE TABLE swp_3 (LIKE swp INCLUDING ALL);\nDROP TABLE swp;\nALTER TABLE swp_3 RENAME TO swp;'),
      ['drop-table'],
    );
    // Nobody knows whether it was filled.
    assert.equal(await rulesOf('DROP TABLE swp;\nALTER TABLE swp_new RENAME TO swp;'), ['swapped-table-lacks']);
  }));

test.run();
