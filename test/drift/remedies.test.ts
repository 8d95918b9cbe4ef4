import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Session } from '../../lib/database/session.ts';
import { type Edit, edits as theirEdits, base as theirs, unsafeNewLabel } from '../schema/edits.ts';
import { withRoles, withSession } from '../schema/snapshot.ts';
import { withDatabase } from '../support/database.ts';
import { sample } from '../support/sample.ts';
import { serverUrl } from '../support/server.ts';
import { giveSign } from '../support/sign.ts';
import { type Outcome, putBack } from './put-back.ts';

/** Another file of tests has roles of those names on the same server. */
const withOwnRoles = (sql: string): string => sql.replaceAll('lab_', 'mend_');
const base = withOwnRoles(theirs);
const edits: readonly Edit[] = theirEdits.map((edit) => ({
  ...edit,
  given: withOwnRoles(edit.given),
  sql: withOwnRoles(edit.sql),
}));

const tried = sample(edits, 3);
const ofTried = (titles: readonly string[]) => titles.filter((one) => tried.some(({ title }) => title === one));

/** There is no SQL for them, and why is said. */
const unwritten = [
  'index: invalid (failed CIC) -> valid',
  'inherit: no inherit',
  'more: index attached to the one of the partitioned table',
];

/** They belong to the server or the database, or may differ where nothing is wrong. */
const undetected = [
  'role: create role',
  'db setting: alter database set',
  'more: column order',
  'more: extension version',
  'more: materialized view not populated any more',
  'more: setting of a role in this database',
  'more: attribute of a role',
  'more: comment on the database',
  'more: privilege on the database',
  'more: large object',
];

async function outcomeOf(session: Session, { given, sql }: Edit): Promise<Outcome> {
  await session.send(`BEGIN;\n${given}`);
  try {
    const outcome = await putBack(session, [sql]);
    return outcome.told[0] === unsafeNewLabel ? await putBackAlone(sql) : outcome;
  } finally {
    await session.send('ROLLBACK');
  }
}

/** A new label of an enum is used only behind the transaction that it was added in. */
async function putBackAlone(sql: string): Promise<Outcome> {
  let outcome: Outcome | undefined;
  await withDatabase(({ url }) =>
    withSession(url, async (session) => {
      await session.send(base);
      outcome = await putBack(session, sql.trim().split('\n'), false);
    }),
  );
  assert.ok(outcome);
  return outcome;
}

test('of the edits of a schema, what is told puts back all but those that have no SQL, and docs/drift.md counts them', async () => {
  const found: { readonly title: string; readonly outcome: Outcome }[] = [];
  let major = 0;
  await withRoles(await serverUrl(), ['mend_owner', 'mend_reader'], () =>
    withDatabase(({ url }) =>
      withSession(url, async (session) => {
        await session.send(base);
        major = Number.parseInt(session.parameters.get('server_version') ?? '', 10);
        for (const edit of tried) {
          found.push({ title: edit.title, outcome: await outcomeOf(session, edit) });
          giveSign();
        }
      }),
    ),
  );
  const titled = (verdict: Outcome['verdict']) => found.filter(({ outcome }) => outcome.verdict === verdict);
  const wrong = titled('wrong').map(({ title, outcome }) => `${title}\n  ${outcome.told.join('\n  ')}`);
  assert.is(wrong.join('\n'), '');
  if (major < 15) return;
  const titles = (verdict: Outcome['verdict']) => titled(verdict).map(({ title }) => title);
  assert.equal(titles('not written'), ofTried(unwritten));
  assert.equal(titles('no drift'), ofTried(undetected));
  assert.ok(titled('refused by the server').length <= 3, titles('refused by the server').join('\n'));
  const told = edits.length - undetected.length;
  const page = readFileSync(new URL('../../docs/drift.md', import.meta.url), 'utf8').replaceAll(/\s+/g, ' ');
  assert.match(
    page,
    `Of ${edits.length} edits by hand, ${undetected.length} are not drift. Of the other ${told}, ${unwritten.length} have no SQL`,
  );
});

test('what is made again has what it had, and not what default privileges would give it', async () => {
  const edit: Edit = {
    title: 'view, function and tables dropped where default privileges are',
    given: `create table app.by_column (id integer, e text, s text); grant select (id, e) on app.by_column to mend_reader;
      create view app.by_view as select 1 as a, 2 as b; grant select (a) on app.by_view to mend_reader;
      alter default privileges in schema app grant select on tables to mend_reader;
      alter default privileges revoke execute on functions from public;`,
    sql: 'drop view app.v_orders; drop function app.add(int, int); drop table app.lonely cascade; drop table app.by_column; drop view app.by_view;',
  };
  await withRoles(await serverUrl(), ['mend_owner', 'mend_reader'], () =>
    withDatabase(({ url }) =>
      withSession(url, async (session) => {
        await session.send(base);
        const { verdict, told } = await outcomeOf(session, edit);
        assert.is(verdict, 'put back', told.join('\n'));
      }),
    ),
  );
});

const onPartitions = `create function app.fire() returns trigger language plpgsql as 'begin return new; end';
  create table app.ev (at date primary key, k text) partition by range (at);
  create table app.ev24 partition of app.ev for values from ('2024-01-01') to ('2025-01-01');
  create index ev_k on app.ev (k);
  create trigger ev_t after insert on app.ev for each row execute function app.fire();`;

const many: readonly Edit[] = [
  {
    title: 'the function of a trigger of a partitioned table renamed',
    given: onPartitions,
    sql: 'alter function app.fire() rename to fire2;',
  },
  {
    title: 'an index of a partitioned table made otherwise',
    given: onPartitions,
    sql: 'drop index app.ev_k; create index ev_k on app.ev (k desc);',
  },
  {
    title: 'a materialized view made otherwise, without its index',
    given: 'create materialized view app.mv as select 1 as a; create unique index mv_a on app.mv (a);',
    sql: 'drop materialized view app.mv; create materialized view app.mv as select 2 as a;',
  },
  {
    title: 'a table that refers to one that stays, and takes its foreign key with it',
    given: `create table app.one (id integer primary key);
      create table app.two (id integer primary key, one integer constraint two_one references app.one);`,
    sql: 'create table app.three (id integer primary key); alter table app.two add constraint two_three foreign key (one) references app.three;',
  },
  {
    title: 'a table renamed, whose key keeps its name',
    given: 'create table app.one (id integer primary key, n text unique);',
    sql: 'alter table app.one rename to two;',
  },
  {
    title: 'a table with a sequence renamed',
    given: 'create table app.one (id serial primary key);',
    sql: 'alter table app.one rename to two;',
  },
  {
    title: 'a sequence renamed that a column takes its values from',
    given: 'create table app.one (id serial, n text);',
    sql: 'alter sequence app.one_id_seq rename to other;',
  },
];

test('what is told runs in its order where one edit changes several things', async () =>
  withRoles(await serverUrl(), ['mend_owner', 'mend_reader'], () =>
    withDatabase(({ url }) =>
      withSession(url, async (session) => {
        await session.send(base);
        const wrong: string[] = [];
        for (const edit of many) {
          const { verdict, told } = await outcomeOf(session, edit);
          if (verdict !== 'put back') wrong.push(`${edit.title}: ${verdict}\n  ${told.join('\n  ')}`);
        }
        assert.is(wrong.join('\n'), '');
      }),
    ),
  ));

test.run();
