import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ignoring } from '../../lib/drift/ignore.ts';
import { withSession } from '../schema/snapshot.ts';
import { withDatabase } from '../support/database.ts';
import { putBack } from './put-back.ts';

const given = `create schema app; create table app.t (id integer, note text); create view app.seen as select id, note from app.t;
  create view app.above as select id from app.seen;
  create function app.g(integer) returns integer language sql as $$select 1$$; create view app.called as select app.g(1) as g;`;

/** By hand, what is ignored of it, and what is said of the thing that can't be put back. */
const edits: readonly (readonly [sql: string, ignored: readonly string[], told: RegExp])[] = [
  [
    'create table app.extra (id integer); create view app.v as select * from app.extra',
    ['view app.v'],
    /table app\.extra was added: "ignore" in updown\.json leaves view app\.v as it is/,
  ],
  [
    'create schema more; create table more.extra (id integer); create view app.v as select * from more.extra',
    ['view app.v'],
    /schema more was added: PostgreSQL can't take it away while something uses it: table more\.extra/,
  ],
  [
    'drop view app.above, app.seen; alter table app.t alter id type bigint; create view app.own as select id from app.t; create view app.seen as select id::integer, note from app.t; create view app.above as select id from app.seen',
    ['view app.*'],
    /column id of table app\.t: type .*"ignore" in updown\.json leaves view app\./,
  ],
  [
    'create function app.f() returns integer language sql as $$select 1$$; create table app.e (id integer default app.f())',
    ['table app.e'],
    /function app\.f\(\) was added: "ignore"/,
  ],
  [
    'drop view app.above; drop view app.seen',
    ['view app.seen'],
    /view app\.above was dropped: "ignore" in updown\.json leaves view app\.seen as it is, which is not there/,
  ],
  [
    'alter table app.t add more text; create view app.v as select more from app.t',
    ['view app.v'],
    /column more of table app\.t was added: "ignore"/,
  ],
];

test('what is ignored is left alone, and what it keeps from being put back says so', () =>
  withDatabase(({ url }) =>
    withSession(url, async (session) => {
      await session.send(given);
      const wrong: string[] = [];
      for (const [sql, ignored, pattern] of edits) {
        await session.send('BEGIN');
        const { verdict, told } = await putBack(session, [sql], true, 1, ignoring(ignored));
        if (verdict !== 'not written' || !told.some((line) => pattern.test(line)))
          wrong.push(`${sql}: ${verdict}\n  ${told.join('\n  ')}`);
        await session.send('ROLLBACK');
      }
      assert.is(wrong.join('\n'), '');
    }),
  ));

const retyped = `drop view app.above, app.seen; alter table app.t alter id type bigint;
  create view app.seen as select id, note from app.t; create view app.above as select id from app.seen`;

/** By hand, with what has to be made again; what is ignored is as it was made by hand once that is done. */
const kept: readonly (readonly [sql: string, ignored: readonly string[], question: string])[] = [
  [
    `${retyped}; alter view app.seen owner to pg_monitor`,
    ['*-owner'],
    "select relowner::regrole::text as found from pg_class where oid = 'app.seen'::regclass",
  ],
  [
    `${retyped}; grant select on app.above to pg_monitor`,
    ['view-grants'],
    "select relacl::text as found from pg_class where oid = 'app.above'::regclass",
  ],
  [
    `${retyped}; comment on view app.seen is 'by hand'`,
    ['*-comment'],
    "select obj_description('app.seen'::regclass) as found",
  ],
  [
    `${retyped}; comment on column app.seen.id is 'by hand'`,
    ['column-comment'],
    "select col_description('app.seen'::regclass, 1) as found",
  ],
  [
    'alter function app.g(integer) owner to pg_monitor; drop view app.called; drop function app.g(integer); create function app.g(integer) returns bigint language sql as $$select 2::bigint$$; alter function app.g(integer) owner to pg_monitor; create view app.called as select app.g(1)::integer as g',
    ['*-owner'],
    "select proowner::regrole::text as found from pg_proc where oid = 'app.g(integer)'::regprocedure",
  ],
];

test('what is made again is made with what is ignored of it as it stands there', () =>
  withDatabase(({ url }) =>
    withSession(url, async (session) => {
      await session.send(given);
      const wrong: string[] = [];
      for (const [sql, ignored, question] of kept) {
        await session.send('BEGIN');
        let before: string | undefined;
        const look = async () => (await session.send(question))[0]?.[0]?.found?.toString();
        const outcome = await putBack(session, [sql], true, 1, ignoring(ignored), async () => {
          before = await look();
        });
        const after = await look();
        if (outcome.verdict !== 'put back' || before === undefined || before !== after)
          wrong.push(`${sql}: ${outcome.verdict}, ${before} became ${after}\n  ${outcome.told.join('\n  ')}`);
        await session.send('ROLLBACK');
      }
      assert.is(wrong.join('\n'), '');
    }),
  ));

test.run();
