import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { TLSSocketOptions } from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openSession } from '../../lib/database/open.ts';
import type { UpdownError } from '../../lib/errors.ts';
import { parseTarget } from '../../lib/libpq/parse.ts';
import { withDatabase } from '../support/database.ts';
import { type Front, withAuthority, withFront } from '../support/tls.ts';

/** `encrypted` or `plain` as the front saw it, or the error's message. */
async function outcome(url: string, seen: Front, query: string): Promise<string> {
  const before = { ...seen };
  try {
    const session = await openSession(parseTarget(`${url}?${query}`, {}), {
      applicationName: 'tls-test',
      onNotice: () => {},
    });
    assert.equal(await session.send('SELECT 1 AS a'), [[{ a: '1' }]]);
    assert.ok(session.backendPid > 0);
    await session.close();
    return seen.encrypted > before.encrypted ? 'encrypted' : 'plain';
  } catch (error) {
    assert.is((error as UpdownError).code, 'connection', String(error));
    return (error as UpdownError).message;
  }
}

test('each sslmode encrypts, verifies and falls back as libpq does', async () => {
  await withAuthority(async ({ path, pem }) => {
    await withDatabase(async (database) => {
      const certificateOf = async (name: string): Promise<TLSSocketOptions> => ({
        cert: await pem(`${name}.crt`),
        key: await pem(`${name}.key`),
      });

      await withFront(database.url, await certificateOf('localhost'), async (url, seen) => {
        for (const mode of ['prefer', 'require'])
          assert.is(await outcome(url, seen, `sslmode=${mode}`), 'encrypted', mode);
        for (const mode of ['disable', 'allow']) assert.is(await outcome(url, seen, `sslmode=${mode}`), 'plain', mode);
        for (const mode of ['require', 'verify-ca', 'verify-full']) {
          assert.is(await outcome(url, seen, `sslmode=${mode}&sslrootcert=${path('ca.crt')}`), 'encrypted', mode);
          assert.match(
            await outcome(url, seen, `sslmode=${mode}&sslrootcert=${path('stranger.crt')}`),
            /TLS failed/,
            mode,
          );
        }
        assert.match(await outcome(url, seen, 'sslmode=verify-full&sslrootcert=system'), /TLS failed/);
        const strange = parseTarget(`${url}?sslmode=require&sslrootcert=${path('stranger.crt')}`, {});
        const error = await openSession(strange, { applicationName: 'tls-test', onNotice: () => {} }).catch((e) => e);
        assert.match(
          error.hint,
          `put the authority that signed the server's into "${path('stranger.crt')}" (sslrootcert)`,
        );
      });

      await withFront(database.url, await certificateOf('elsewhere'), async (url, seen) => {
        assert.is(await outcome(url, seen, `sslmode=verify-ca&sslrootcert=${path('ca.crt')}`), 'encrypted');
        assert.match(await outcome(url, seen, `sslmode=verify-full&sslrootcert=${path('ca.crt')}`), /TLS failed/);
      });

      await withFront(database.url, await certificateOf('elsewhere'), async (url, seen) => {
        const named = (host: string) => `sslmode=verify-full&sslrootcert=${path('ca.crt')}&host=${host}`;
        const { address } = await lookup('localhost');
        for (const rest of [`&hostaddr=${address}`, `&hostaddr=${address}&sslsni=0`]) {
          assert.is(await outcome(url, seen, named('elsewhere') + rest), 'encrypted');
          for (const other of ['localhost', 'db.invalid', ''])
            assert.match(await outcome(url, seen, named(other) + rest), /TLS failed/, other);
        }
      });

      await withFront(database.url, undefined, async (url, seen) => {
        assert.is(await outcome(url, seen, 'sslmode=prefer'), 'plain');
        assert.match(await outcome(url, seen, 'sslmode=require'), /does not offer TLS/);
      });
    });
  });
});

test('a client certificate is shown to the server, and a cancel goes through TLS too', async () => {
  await withAuthority(async ({ path, pem }) => {
    await withDatabase(async (database) => {
      const certificate = { cert: await pem('localhost.crt'), key: await pem('localhost.key') };
      const strict = { ...certificate, ca: await pem('ca.crt'), requestCert: true, rejectUnauthorized: true };
      await withFront(database.url, strict, async (url, seen) => {
        const own = `sslcert=${path('client.crt')}&sslkey=${path('client.key')}`;
        assert.is(await outcome(url, seen, `sslmode=require&${own}`), 'encrypted');

        const target = parseTarget(`${url}?sslmode=require&${own}`, {});
        const session = await openSession(target, { applicationName: 'tls-test', onNotice: () => {} });
        const sending = session.send('SELECT pg_sleep(30)').catch((error) => error.fields.code);
        const { query } = database;
        const running = `SELECT 1 FROM pg_stat_activity WHERE pid = ${session.backendPid} AND state = 'active'`;
        while ((await query(running)).length === 0);
        const before = seen.encrypted;
        await session.cancel();
        assert.is(await sending, '57014');
        assert.is(seen.encrypted, before + 1);
        await session.close();
      });
    });
  });
});

test('a certificate file that cannot be read is named', async () => {
  await withDatabase(async (database) => {
    await withFront(database.url, {}, async (url) => {
      const target = parseTarget(`${url}?sslmode=verify-ca&sslrootcert=/no/such.crt`, {});
      await openSession(target, { applicationName: 'tls-test', onNotice: () => {} }).then(
        () => assert.unreachable(),
        (error: UpdownError) => {
          assert.is(error.code, 'config');
          assert.match(error.message, /"\/no\/such\.crt" \(sslrootcert\)/);
        },
      );
    });
  });
});

test('text slipped in before the handshake is refused', async () => {
  await withDatabase(async (database) => {
    const front = createServer((client) =>
      client.on('error', () => {}).once('data', () => client.write('Sextra')),
    ).listen(0, 'localhost');
    await once(front, 'listening');
    const url = new URL(database.url);
    url.hostname = 'localhost';
    url.port = String((front.address() as AddressInfo).port);
    assert.match(await outcome(url.href, { encrypted: 0, plain: 0 }, 'sslmode=require'), /before the TLS handshake/);
    front.close();
  });
});

test.run();
