import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withSession } from '../schema/snapshot.ts';
import { withDatabase } from '../support/database.ts';
import { giveSign } from '../support/sign.ts';
import { putBack } from './put-back.ts';

const given = `create schema app; create type app.mood as enum ('sad', 'glad'); create domain app.amount as integer check (value > 0);
  create sequence app.free; create table app.orders (id bigint generated always as identity primary key, note text, mood app.mood, total app.amount);
  create index orders_note on app.orders (lower(note)) where note <> ''; create sequence app.codes;
  create table app.lines (id serial primary key, order_id bigint constraint of_order references app.orders, code bigint default nextval('app.codes'), up bigint references app.lines);
  create view app.notes as select o.id, o.note, l.id as line from app.orders o join app.lines l on l.order_id = o.id;
  create materialized view app.many as select count(*) as n from app.orders;
  create function app.f(a integer) returns bigint language sql begin atomic select count(*) + a from app.orders; end;
  create function app.fact(n integer) returns integer language plpgsql as $$begin if n < 2 then return 1; end if; return n * fact(n - 1); end$$;
  create procedure app.again(n integer) language plpgsql as $$begin if n > 0 then call app.again(n - 1); end if; end$$;
  create table app.facts (a integer default app.fact(3)); create view app.made as select app.fact(a) as b from app.facts;
  create table app.ev (at date not null, k integer, primary key (at)) partition by range (at);
  create table app.ev24 partition of app.ev for values from ('2024-01-01') to ('2025-01-01');
  create policy own on app.orders using (note is not null); create type app.pair as (a integer, b text);
  insert into app.orders (note, mood, total) values ('a', 'sad', 1), ('b', 'glad', 2);
  insert into app.lines (order_id) select id from app.orders; insert into app.ev values ('2024-06-01', 1);
  select nextval('app.free'), nextval('app.free');`;

/** What is left in the tables, which no SQL that is told may lose. */
const rows = `select (select count(note) from app.orders) || ' ' || (select count(order_id) from app.lines) || ' ' || (select count(*) from app.ev)
  || ' ' || (select last_value from app.free) || ' ' || (select last_value from app.codes) as found`;

/** By hand, and the SQL that has to be among what is told. */
const edits: readonly (readonly [sql: string, told: string])[] = [
  ['alter table app.orders rename to orders2', 'ALTER TABLE app.orders2 RENAME TO orders;'],
  ['alter table app.lines rename to "Lines"', 'ALTER TABLE app."Lines" RENAME TO lines;'],
  ['create schema other; alter table app.orders set schema other', 'ALTER TABLE other.orders SET SCHEMA app;'],
  ['alter schema app rename to app2', 'ALTER SCHEMA app2 RENAME TO app;'],
  ['alter table app.orders rename note to remark', 'ALTER TABLE app.orders RENAME COLUMN remark TO note;'],
  ['alter table app.lines rename id to line', 'ALTER TABLE app.lines RENAME COLUMN line TO id;'],
  ['alter table app.ev rename k to key', 'ALTER TABLE app.ev RENAME COLUMN key TO k;'],
  ['alter index app.orders_note rename to by_note', 'ALTER INDEX app.by_note RENAME TO orders_note;'],
  [
    'alter table app.orders rename constraint orders_pkey to p',
    'ALTER TABLE app.orders RENAME CONSTRAINT p TO orders_pkey;',
  ],
  ['alter table app.lines rename constraint of_order to fk', 'ALTER TABLE app.lines RENAME CONSTRAINT fk TO of_order;'],
  ['alter sequence app.codes rename to codes2', 'ALTER SEQUENCE app.codes2 RENAME TO codes;'],
  ['alter sequence app.free rename to free2', 'ALTER SEQUENCE app.free2 RENAME TO free;'],
  ['alter type app.mood rename to feeling', 'ALTER TYPE app.feeling RENAME TO mood;'],
  ['alter domain app.amount rename to sum', 'ALTER DOMAIN app.sum RENAME TO amount;'],
  ['alter type app.pair rename attribute b to c', 'ALTER TYPE app.pair RENAME ATTRIBUTE c TO b;'],
  ['alter materialized view app.many rename to many2', 'ALTER MATERIALIZED VIEW app.many2 RENAME TO many;'],
  ['alter view app.notes rename to notes2', 'ALTER VIEW app.notes2 RENAME TO notes;'],
  ['alter function app.f(integer) rename to g', 'ALTER FUNCTION app.g(integer) RENAME TO f;'],
  ['alter function app.fact(integer) rename to fakt', 'ALTER FUNCTION app.fakt(integer) RENAME TO fact;'],
  // As people do, with the call of itself.
  [
    'alter function app.fact(integer) rename to fakt; create or replace function app.fakt(n integer) returns integer language plpgsql as $$begin if n < 2 then return 1; end if; return n * fakt(n - 1); end$$',
    'ALTER FUNCTION app.fakt(integer) RENAME TO fact;',
  ],
  ['alter procedure app.again(integer) rename to more', 'ALTER PROCEDURE app.more(integer) RENAME TO again;'],
  ['alter table app.ev rename to events', 'ALTER TABLE app.events RENAME TO ev;'],
  ['alter table app.ev24 rename to events24', 'ALTER TABLE app.events24 RENAME TO ev24;'],
  // With something that stands there under the old name.
  [
    'alter table app.orders rename to orders2; create view app.orders as select * from app.orders2',
    'ALTER TABLE app.orders2 RENAME TO orders;',
  ],
  // Two at a time.
  [
    'alter table app.orders rename to orders2; alter table app.orders2 rename note to remark; alter table app.lines rename to rows',
    'ALTER TABLE app.orders2 RENAME TO orders;',
  ],
  [
    'alter type app.mood rename to feeling; alter table app.orders rename mood to feels',
    'ALTER TYPE app.feeling RENAME TO mood;',
  ],
  [
    'alter table app.orders rename to orders2; alter table app.orders2 add extra text, drop total; drop view app.notes',
    'ALTER TABLE app.orders2 RENAME TO orders;',
  ],
];

test('what was renamed by hand has its name back, with all that is in it', () =>
  withDatabase(({ url }) =>
    withSession(url, async (session) => {
      await session.send(given);
      const wrong: string[] = [];
      for (const [sql, statement] of edits) {
        giveSign();
        await session.send('BEGIN');
        const [[before] = []] = await session.send(rows);
        // What is left behind a rename is told by the next look.
        const first = await putBack(session, [sql], true, sql.includes('; ') ? 2 : 1);
        const lines = [...first.told];
        const [[after] = [{ found: 'nothing' }]] = await session.send(rows).catch((error: Error) => {
          lines.push(error.message);
          return [[{ found: 'failed' }]];
        });
        const isTold = lines.some((line) => line.includes(statement));
        const isGood = first.verdict === 'put back';
        if (!isTold || !isGood || before?.found !== after?.found)
          wrong.push(`${sql}: ${first.verdict}, ${before?.found} became ${after?.found}\n  ${lines.join('\n  ')}`);
        await session.send('ROLLBACK');
      }
      assert.is(wrong.join('\n'), '');
    }),
  ));

test.run();
