import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hintForLogin } from '../../lib/database/login-hint.ts';
import { openSession } from '../../lib/database/open.ts';
import { parseTarget } from '../../lib/libpq/parse.ts';
import { candidatesOf } from '../../lib/libpq/target.ts';
import { startPooler } from '../support/pooler.ts';
import { needsPooler } from '../support/run.ts';
import { startServer } from '../support/server.ts';
import { parse } from '../support/target.ts';

function hint(code: string, message: string, query = ''): string {
  return hintForLogin(code, message, candidatesOf(parse(`postgres://ada:pw@h/shop${query}`))[0]!);
}

test('what a pooler refuses with 08P01 is answered by what it says', () => {
  assert.match(hint('08P01', 'no such database: shop'), /knows no database "shop"/);
  assert.match(hint('08P01', 'no such user: ada'), /knows the user "ada"/);
  assert.match(hint('08P01', 'SASL authentication failed'), /Check user and password/);
  assert.match(hint('08P01', 'no more connections allowed (max_client_conn)'), /raise the limit/);
  assert.match(hint('08P01', 'pgbouncer cannot connect to server'), /but its server does not/);
  assert.match(
    hint('08P01', 'server login has been failing, try again later (server_login_retry)'),
    /but its server does not/,
  );
  assert.match(hint('08P01', 'client_login_timeout (server down)'), /but its server does not/);
  assert.match(hint('08P01', 'query_wait_timeout'), /but its server does not/);
  assert.match(hint('XX000', 'Tenant or user not found'), /knows the user "ada"/);
  assert.match(hint('08P01', 'bouncer config error'), /its log may say more/);
});

test('only a refused start-up parameter is answered with advice on options, and what they set is not lost', () => {
  const refused = 'unsupported startup parameter in options: search_path';
  assert.match(hint('08P01', refused, '?options=-csearch_path%3Dapp'), /"settings" in updown\.json.*PGOPTIONS/);
  assert.match(hint('08P01', 'unsupported startup parameter: extra'), /ignore_startup_parameters/);
  for (const message of ['no such database: shop', 'bouncer config error', 'no such user: ada', 'shutting down'])
    assert.not.match(hint('08P01', message, '?options=-csearch_path%3Dapp'), /PGOPTIONS/, message);
  // A server says what it means by its code.
  assert.match(hint('3D000', 'database "startup parameter" does not exist'), /createdb/);
  assert.match(hint('42501', 'permission denied'), /GRANT CONNECT ON DATABASE "?shop"? TO "?ada"?;/);
});

needsPooler(test, "pgbouncer's own errors at the login get the hint that fits", async () => {
  const server = await startServer();
  const pooler = await startPooler(server);
  const refusal = async (change: (url: URL) => void): Promise<Error & { hint: string }> => {
    const url = new URL(pooler.url);
    change(url);
    const opening = openSession(parseTarget(url.href, {}), { applicationName: 'hint-test', onNotice: () => {} });
    return opening.then(
      () => assert.unreachable() as never,
      (error) => error,
    );
  };
  try {
    const user = await refusal((url) => {
      url.username = 'nobody_here';
    });
    assert.match(user.hint, /the pooler knows the user "nobody_here"|Check user and password/, user.message);
    const database = await refusal((url) => {
      url.pathname = '/nosuch';
    });
    assert.match(database.message, 'nosuch');
    assert.match(database.hint, /createdb|knows no database "nosuch"/, database.message);
    const options = await refusal((url) => {
      url.search = '?options=-csearch_path%3Dapp';
    });
    assert.match(options.message, 'startup parameter');
    assert.match(options.hint, /"settings" in updown\.json/);
    for (const { hint } of [user, database]) assert.not.match(hint, /PGOPTIONS/);
  } finally {
    await pooler.stop();
    await server.stop();
  }
});

test.run();
