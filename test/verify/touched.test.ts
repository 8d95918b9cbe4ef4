import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { FileUnderTest } from '../../lib/review/file-under-test.ts';
import { readSchema } from '../../lib/schema/read.ts';
import type { Schema } from '../../lib/schema/schema.ts';
import { inspect } from '../../lib/sql/gate.ts';
import { loadParser } from '../../lib/sql/parser.ts';
import { readSql } from '../../lib/sql/read.ts';
import { makesTheSame, touchedTables } from '../../lib/verify/touched.ts';
import { ledger, withSession } from '../schema/snapshot.ts';
import { withDatabase } from '../support/database.ts';

const plain = `create table people (id integer primary key); create table houses (id integer primary key, person integer references people);
  create table rooms (house integer references houses on delete cascade); create table alone (note text default 'x');
  create table days (at date) partition by range (at); create table one_day partition of days default;`;

const coded = `${plain} create function tick() returns integer language sql as 'select 1'; create table clocks (n integer default tick());
  create view shown as select note from alone; create table heard (id integer);
  create function ring() returns trigger language plpgsql as 'begin delete from alone; return new; end';
  create trigger bell after insert on heard for each row execute function ring();`;

/** What a file may touch, and whether it makes the same each time; among tables alone, and among functions, triggers and views. */
const files: readonly (readonly [sql: string, touched: string, isSame: boolean, withCode?: string])[] = [
  ['create table more (id integer);', '', true],
  ["insert into alone (note) values ('a');", 'alone', true],
  ['insert into alone select 1;', 'alone', false],
  ['delete from houses;', 'houses rooms', false],
  ['update people p set id = 2;', 'houses people rooms', false],
  ['alter table days add k integer;', 'days one_day', true],
  ['truncate people cascade;', 'all', false],
  ['do $$ begin delete from alone; end $$;', 'all', false],
  ['create table if not exists more (id integer);', '', false],
  ['create or replace view v as select 1 as a;', '', false],
  ['create view v as select 1 as a;', '', true],
  ['select 1;', '', false],
  ['insert into clocks values (1);', '', true, 'all'],
  ['insert into clocks (n) values (tick());', '', true, 'all'],
  ['insert into heard values (1);', '', true, 'all'],
  ["insert into shown values ('a');", '', true, 'all'],
];

async function toFile(text: string): Promise<FileUnderTest> {
  await loadParser();
  const source = readSql(Buffer.from(text), 'up.sql');
  return { op: 'up', id: 'a', name: 'a', inspected: inspect(source, { direction: 'up' }) };
}

async function schemaOf(text: string): Promise<Schema> {
  let found: Schema | undefined;
  await withDatabase(({ url }) =>
    withSession(url, async (session) => {
      await session.send(text);
      found = await readSchema(session, ledger);
    }),
  );
  assert.ok(found);
  return found;
}

test('what a file may touch is what it names, unless code runs that it does not show', async () => {
  const [tables, all] = [await schemaOf(plain), await schemaOf(coded)];
  for (const [sql, touched, isSame, withCode = touched] of files) {
    const file = await toFile(sql);
    for (const [schema, expected] of [
      [tables, touched],
      [all, withCode],
    ] as const) {
      const found = schema.tables.filter(touchedTables([file], [schema])).map(({ name }) => name.name);
      const word = found.length === schema.tables.length ? 'all' : found.sort().join(' ');
      assert.is(word, expected, sql);
    }
    assert.is(makesTheSame(file, tables), isSame, sql);
    if (withCode !== touched) assert.not(makesTheSame(file, all), sql);
  }
});

test.run();
