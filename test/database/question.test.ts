import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openSession } from '../../lib/database/open.ts';
import { ask, askAll, SQL } from '../../lib/database/question.ts';
import { SendError, type Session } from '../../lib/database/session.ts';
import { parseTarget } from '../../lib/libpq/parse.ts';
import type { ConnectionTarget } from '../../lib/libpq/target.ts';
import { withDatabase } from '../support/database.ts';
import { withProxy } from '../support/proxy.ts';

const hostile = `'; DROP TABLE kept; -- \\' "$1" Ü😀`;

async function withSession(place: string | ConnectionTarget, body: (session: Session) => Promise<void>): Promise<void> {
  const target = typeof place === 'string' ? parseTarget(place, {}) : place;
  const session = await openSession(target, { applicationName: 'test', onNotice: () => {} });
  try {
    await body(session);
  } finally {
    await session.close();
  }
}

/** The same on every kind of server. */
async function assertBound(session: Session): Promise<void> {
  assert.equal(
    await ask(session, SQL`SELECT ${hostile}::text AS same, ${41}::integer + 1 AS sum, ${null}::text AS none`),
    [{ same: hostile, sum: '42', none: null }],
  );
  const condition = SQL`SELECT n::text FROM generate_series(1, 5) AS n WHERE n > ${3}::integer`;
  assert.equal(await ask(session, condition.append(SQL` AND n < ${5}::integer`).append(' ORDER BY n')), [{ n: '4' }]);
  assert.equal(await ask(session, SQL`SELECT 1 AS a WHERE ${'a'} = ${'b'}`), []);
  const error = await ask(session, SQL`SELECT ${'x'}::integer`).catch((caught: unknown) => caught);
  assert.instance(error, SendError);
  assert.is((error as SendError).fields?.code, '22P02');
  assert.equal(await session.send("SELECT 1 AS a, current_setting('transaction_read_only') AS r"), [
    [{ a: '1', r: 'off' }],
  ]);
}

test('values are bound, never part of the text, and an error leaves the session as it was', () =>
  withDatabase(({ url, query }) =>
    withProxy(url, {}, async (proxy) => {
      await query('CREATE TABLE kept ()');
      await withSession(proxy.url, assertBound);
      const texts = proxy.queries.map(({ text }) => text).join('\n');
      assert.match(texts, 'SELECT $1::text AS same, $2::integer + 1 AS sum');
      assert.not.match(texts, 'DROP TABLE');
      assert.equal(await query("SELECT to_regclass('kept')::text AS kept"), [{ kept: 'kept' }]);
    }),
  ));

test('the embedded server takes them, too', () =>
  withSession({ kind: 'pglite', apart: true, extensions: [] }, assertBound));

test('a question writes nothing, hears no limit of the session, and finds no function of its path', () =>
  withDatabase(({ url, query }) =>
    withSession(url, async (session) => {
      await query(
        "CREATE TABLE kept (n integer); CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE sql AS $$ SELECT 'planted' $$",
      );
      await session.send("SET statement_timeout = '10ms'; SET search_path = public, pg_catalog");
      const [row] = await ask(session, SQL`SELECT lower(${'A'}) AS a, pg_sleep(${'0.05'}::float8)::text AS slept`);
      assert.is(row?.a, 'a');
      const error = await ask(session, SQL`INSERT INTO public.kept VALUES (${1})`).catch((caught: unknown) => caught);
      assert.is((error as SendError).fields?.code, '25006');
      assert.equal(await session.send('SHOW statement_timeout'), [[{ statement_timeout: '10ms' }]]);
    }),
  ));

test('within a transaction that is open, several questions leave it as it was, and so does one that fails', () =>
  withDatabase(({ url, query }) =>
    withSession(url, async (session) => {
      await session.send(
        "BEGIN; SET LOCAL search_path = public; SET LOCAL statement_timeout = '9s'; CREATE TABLE made ()",
      );
      assert.is(session.isInTransaction(), true);
      const answers = await askAll(session, [
        SQL`SELECT pg_catalog.current_setting('search_path') AS path`,
        SQL`SELECT pg_catalog.to_regclass(${'public.made'})::text AS made`,
      ]);
      assert.equal(answers, [[{ path: 'pg_catalog, pg_temp' }], [{ made: 'public.made' }]]);
      const error = await ask(session, SQL`SELECT ${'x'}::integer`).catch((caught: unknown) => caught);
      assert.is((error as SendError).fields?.code, '22P02');
      assert.equal(await session.send('SHOW search_path; SHOW statement_timeout'), [
        [{ search_path: 'public' }],
        [{ statement_timeout: '9s' }],
      ]);
      await session.send('COMMIT');
      assert.is(session.isInTransaction(), false);
      assert.equal(await query("SELECT to_regclass('made')::text AS made"), [{ made: 'made' }]);
    }),
  ));

test('a connection that is lost in between is told as that', () =>
  withDatabase(({ url }) =>
    withProxy(url, { onQuery: ({ text }) => (text.includes('$1') ? 'drop' : 'pass') }, (proxy) =>
      withSession(proxy.url, async (session) => {
        const error = await ask(session, SQL`SELECT ${1}`).catch((caught: unknown) => caught);
        assert.is((error as SendError).lost, true);
      }),
    ),
  ));

test.run();
