import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withSession } from '../schema/snapshot.ts';
import { withDatabase } from '../support/database.ts';
import { giveSign } from '../support/sign.ts';
import { putBack } from './put-back.ts';

const given = `create schema app; create function app.fire() returns trigger language plpgsql as 'begin return new; end';
  create table app.ref (id integer primary key);
  create table app.ev (at date not null, k text collate "C", n integer default 1 check (n > 0), r integer references app.ref, primary key (at), unique (at, k)) partition by range (at);
  create table app.ev24 partition of app.ev for values from ('2024-01-01') to ('2025-01-01') partition by range (at);
  create table app.ev24a partition of app.ev24 for values from ('2024-01-01') to ('2024-07-01');
  create table app.ev24b partition of app.ev24 for values from ('2024-07-01') to ('2025-01-01');
  create table app.ev25 partition of app.ev for values from ('2025-01-01') to ('2026-01-01');
  create index ev_k on app.ev (k); create trigger ev_t after insert on app.ev for each row execute function app.fire();
  create table app.p (id integer, note text constraint p_note check (note <> ''), n integer default 1);
  create table app.c () inherits (app.p); create table app.d (more text) inherits (app.c);
  create table app.l (at date, n integer) partition by range (at); create table app.l24 partition of app.l for values from ('2024-01-01') to ('2025-01-01');
  create table app.lp (n integer); create table app.lc () inherits (app.lp);
  alter table app.l add constraint late check (n > 0) not valid; alter table app.lp add constraint late check (n > 0) not valid;`;

/** By hand, and of how many things it is told. */
const edits: readonly (readonly [sql: string, told: number])[] = [
  ['alter table app.ev add x integer', 1],
  ['alter table app.ev drop n', 2],
  ['alter table app.ev rename k to key', 2],
  ['alter table app.ev alter n type bigint', 1],
  ['alter table app.ev alter n set default 2', 1],
  ['alter table app.ev alter n drop default', 1],
  ['alter table app.ev alter n set not null', 1],
  ['alter table app.ev add constraint small check (n < 100)', 1],
  ['alter table app.ev drop constraint ev_n_check', 1],
  ['alter table app.l validate constraint late', 1],
  ['alter table app.lp validate constraint late', 1],
  ['alter table app.ev rename constraint ev_n_check to positive', 2],
  ['alter table app.ev rename constraint ev_pkey to ev_key', 2],
  ['alter table app.ev drop constraint ev_pkey', 1],
  ['alter table app.ev drop constraint ev_r_fkey', 1],
  [
    'alter table app.ev drop constraint ev_r_fkey; alter table app.ev add constraint ev_r_fkey foreign key (r) references app.ref on delete cascade',
    1,
  ],
  ['alter table app.ev add unique (at, n)', 1],
  ['create index ev_n on app.ev (n)', 1],
  ['drop index app.ev_k', 1],
  ['drop index app.ev_k; create index ev_k on app.ev (k desc)', 1],
  ['alter index app.ev_k rename to by_k', 2],
  ['drop trigger ev_t on app.ev', 1],
  ['create trigger ev_u before update on app.ev for each row execute function app.fire()', 1],
  [
    'drop trigger ev_t on app.ev; create trigger ev_t after delete on app.ev for each row execute function app.fire()',
    1,
  ],
  ['alter table app.ev disable trigger ev_t', 1],
  ['alter trigger ev_t on app.ev rename to ev_v', 2],
  ['alter table app.p add x integer', 1],
  ['alter table app.p drop n', 1],
  ['alter table app.p alter n set default 2', 1],
  ['alter table app.p alter note set not null', 1],
  ['alter table app.p rename note to remark', 2],
  ['alter table app.p drop constraint p_note', 1],
  ['alter table app.p rename constraint p_note to filled', 2],
  ['alter table app.p add constraint small check (n < 100)', 1],
  ['alter table app.p alter id type bigint', 1],
  // By hand at one partition alone.
  ['alter table app.ev24a alter n set default 3', 1],
  ['create index ev24a_n on app.ev24a (n)', 1],
  ['alter table app.ev25 drop constraint ev_n_check', 0],
  // A partition replaced.
  [
    "alter table app.ev detach partition app.ev25; alter table app.ev25 rename to old; create table app.ev25 partition of app.ev for values from ('2025-01-01') to ('2026-01-01')",
    -1,
  ],
  [
    "drop table app.ev25; create table app.ev25 (like app.ev including all); alter table app.ev attach partition app.ev25 for values from ('2025-01-01') to ('2026-01-01')",
    0,
  ],
  [
    "alter table app.ev detach partition app.ev25; alter table app.ev attach partition app.ev25 for values from ('2025-01-01') to ('2027-01-01')",
    -1,
  ],
  ['alter table app.ev detach partition app.ev25; alter table app.ev25 drop constraint ev25_pkey', -1],
  ['drop table app.ev25', 1],
  ['alter table app.ev detach partition app.ev24', -1],
];

test('an edit of a partitioned table is told once, and so is one of what others inherit', () =>
  withDatabase(({ url }) =>
    withSession(url, async (session) => {
      await session.send(given);
      const wrong: string[] = [];
      for (const [sql, most] of edits) {
        giveSign();
        await session.send('BEGIN');
        const { verdict, told } = await putBack(session, [sql], true, 2);
        const count = told.filter((line) => !line.startsWith('left: ')).length;
        const isGood =
          verdict === 'put back' || (most === 0 && (verdict === 'refused by the server' || verdict === 'no drift'));
        if (!isGood || (most >= 0 && verdict === 'put back' && count > most))
          wrong.push(`${sql}: ${verdict}, told ${count} for ${most}\n  ${told.join('\n  ')}`);
        await session.send('ROLLBACK');
      }
      assert.is(wrong.join('\n'), '');
    }),
  ));

test.run();
