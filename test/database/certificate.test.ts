import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocketOptions } from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openSession } from '../../lib/database/open.ts';
import type { UpdownError } from '../../lib/errors.ts';
import { readMachine } from '../../lib/libpq/machine.ts';
import { parseTarget } from '../../lib/libpq/parse.ts';
import { psql, withDatabase } from '../support/database.ts';
import { needsPsql } from '../support/run.ts';
import { type Authority, type Front, openssl, withAuthority, withFront } from '../support/tls.ts';

interface Site extends Authority {
  readonly home: string;
  readonly url: string;
  /** The server's certificate and key. */
  readonly server: TLSSocketOptions;
  /** Puts a file of the authority into `~/.postgresql`. */
  install(name: string, as: string): Promise<void>;
  remove(name: string): Promise<void>;
}

async function withSite(body: (site: Site) => Promise<void>): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'home-'));
  const folder = join(home, '.postgresql');
  await mkdir(folder);
  try {
    await withAuthority(async (authority) => {
      const server = { cert: await authority.pem('localhost.crt'), key: await authority.pem('localhost.key') };
      const install = async (name: string, as: string): Promise<void> => {
        await copyFile(authority.path(name), join(folder, as));
        await chmod(join(folder, as), 0o600);
      };
      const remove = (name: string): Promise<void> => rm(join(folder, name));
      await withDatabase(async ({ url }) => await body({ ...authority, home, url, server, install, remove }));
    });
  } finally {
    await rm(home, { recursive: true });
  }
}

/** `encrypted` or `plain` as the front saw it, or the error. */
async function outcome(url: string, seen: Front, home: string, query: string): Promise<string> {
  const before = { ...seen };
  try {
    const session = await openSession(parseTarget(`${url}?${query}`, {}, { ...readMachine(), home }), {
      applicationName: 'certificate-test',
      onNotice: () => {},
    });
    await session.send('SELECT 1');
    await session.close();
    return seen.encrypted > before.encrypted && seen.plain === before.plain ? 'encrypted' : 'plain';
  } catch (error) {
    return `${(error as UpdownError).code}: ${(error as UpdownError).message}`;
  }
}

async function outcomeOfPsql(url: string, seen: Front, home: string, query: string): Promise<string> {
  const before = { ...seen };
  const { status } = await psql(`${url}?${query}`, ['-c', 'SELECT 1'], { env: { HOME: home } });
  if (status !== 0) return 'refused';
  return seen.plain === before.plain ? 'encrypted' : 'plain';
}

needsPsql(test, 'with and without ~/.postgresql/root.crt every sslmode ends as it does for psql', async () => {
  await withSite(async ({ home, url, server, install, remove }) => {
    await withFront(url, server, async (front, seen) => {
      const compare = async (expected: Readonly<Record<string, string>>): Promise<void> => {
        for (const [mode, end] of Object.entries(expected)) {
          const ours = await outcome(front, seen, home, `sslmode=${mode}`);
          assert.is(/^(connection|config)/.test(ours) ? 'refused' : ours, end, `${mode}: ${ours}`);
          assert.is(await outcomeOfPsql(front, seen, home, `sslmode=${mode}`), end, `psql ${mode}`);
        }
      };
      const lax = { disable: 'plain', allow: 'plain' };
      await compare({ ...lax, prefer: 'encrypted', require: 'encrypted', 'verify-ca': 'refused' });
      await install('ca.crt', 'root.crt');
      await compare({ ...lax, prefer: 'encrypted', require: 'encrypted', 'verify-full': 'encrypted' });
      await install('stranger.crt', 'root.crt');
      await compare({ ...lax, prefer: 'plain', require: 'refused', 'verify-ca': 'refused', 'verify-full': 'refused' });
      await remove('root.crt');
      assert.match(await outcome(front, seen, home, 'sslmode=verify-full'), /^config: .*root\.crt" \(sslrootcert\)/);
    });
  });
});

test('the client certificate in ~/.postgresql is shown to a server that asks, unless sslcertmode=disable', async () => {
  await withSite(async ({ home, url, server, install, pem, remove }) => {
    const strict = { ...server, ca: await pem('ca.crt'), requestCert: true, rejectUnauthorized: true };
    await withFront(url, strict, async (front, seen) => {
      const end = (query: string): Promise<string> => outcome(front, seen, home, `sslmode=require&${query}`);
      assert.match(await end(''), /^connection/);
      await install('client.crt', 'postgresql.crt');
      assert.match(await end(''), /^config: .*postgresql\.key" \(sslkey\) cannot be read/);
      await install('client.key', 'postgresql.key');
      assert.is(await end(''), 'encrypted');
      assert.match(await end('sslcertmode=disable'), /^connection/);
      await remove('postgresql.crt');
      assert.match(await end(''), /^connection/);
    });
  });
});

test('a key that others may read is refused with what to do', async () => {
  await withSite(async ({ home, path, url, server, install }) => {
    await withFront(url, server, async (front, seen) => {
      await install('client.crt', 'postgresql.crt');
      await install('client.key', 'postgresql.key');
      const own = `sslcert=${path('client.crt')}&sslkey=${path('client.key')}`;
      const isRoot = process.getuid?.() === 0;
      for (const [mode, ends] of [
        [0o600, true],
        [0o400, true],
        [0o640, isRoot],
        [0o660, false],
        [0o604, false],
        [0o644, false],
      ] as const) {
        await chmod(path('client.key'), mode);
        await chmod(join(home, '.postgresql/postgresql.key'), mode);
        for (const query of ['', own]) {
          const end = await outcome(front, seen, home, `sslmode=require&${query}`);
          if (ends) assert.is(end, 'encrypted', mode.toString(8));
          else assert.match(end, /^config: The key file ".*\.key" \(sslkey\) is open to others/, mode.toString(8));
        }
      }
      await withFront(url, undefined, async (plainFront, plainSeen) => {
        assert.is(await outcome(plainFront, plainSeen, home, 'sslmode=prefer'), 'plain', 'it is not needed there');
      });
    });
  });
});

test('an encrypted key is opened with sslpassword, and a wrong one is not shown', async () => {
  await withSite(async ({ home, path, url, server, pem }) => {
    await openssl(['pkcs8', '-topk8', '-in', path('client.key'), '-out', path('locked.key'), '-passout', 'pass:right']);
    const strict = { ...server, ca: await pem('ca.crt'), requestCert: true, rejectUnauthorized: true };
    await withFront(url, strict, async (front, seen) => {
      const own = `sslmode=require&sslcert=${path('client.crt')}&sslkey=${path('locked.key')}`;
      assert.is(await outcome(front, seen, home, `${own}&sslpassword=right`), 'encrypted');
      for (const end of [
        await outcome(front, seen, home, own),
        await outcome(front, seen, home, `${own}&sslpassword=s3cret`),
      ]) {
        assert.match(end, /^connection: .*TLS failed/);
        assert.not.match(end, /s3cret/);
      }
    });
  });
});

test('a server whose certificate was revoked is refused, by sslcrl and by ~/.postgresql/root.crl', async () => {
  await withSite(async ({ home, path, url, server, install }) => {
    await install('ca.crt', 'root.crt');
    await withFront(url, server, async (front, seen) => {
      const full = 'sslmode=verify-full';
      await writeList(path, 'none.crl', []);
      await writeList(path, 'revoked.crl', ['localhost.crt']);
      assert.is(await outcome(front, seen, home, `${full}&sslcrl=${path('none.crl')}`), 'encrypted');
      assert.match(await outcome(front, seen, home, `${full}&sslcrl=${path('revoked.crl')}`), /TLS failed.*revoked/);
      await install('revoked.crl', 'root.crl');
      assert.match(await outcome(front, seen, home, full), /TLS failed.*revoked/);
      assert.match(await outcome(front, seen, home, `${full}&sslcrl=/no/such`), /^config: .*\(sslcrl\)/);
    });
  });
});

test('the versions of TLS and the name in the handshake are as asked', async () => {
  await withSite(async ({ home, url, server }) => {
    const names: string[] = [];
    const old = {
      ...server,
      maxVersion: 'TLSv1.2' as const,
      SNICallback: (name: string, done: (error: null) => void) => {
        names.push(name);
        done(null);
      },
    };
    await withFront(url, old, async (front, seen) => {
      assert.is(await outcome(front, seen, home, 'sslmode=require&ssl_max_protocol_version=TLSv1.2'), 'encrypted');
      assert.equal(names, ['localhost']);
      assert.is(await outcome(front, seen, home, 'sslmode=require&sslsni=0'), 'encrypted');
      assert.equal(names, ['localhost']);
      const newer = await outcome(front, seen, home, 'sslmode=require&ssl_min_protocol_version=TLSv1.3');
      assert.match(newer, /TLS failed/);
    });
  });
});

/** The authority's list of revoked certificates. */
async function writeList(path: Site['path'], name: string, revoked: readonly string[]): Promise<void> {
  await writeFile(path('index'), '');
  await writeFile(
    path('ca.cnf'),
    `[ca]\ndefault_ca=own\n[own]\ndatabase=${path('index')}\ndefault_md=sha256\ndefault_crl_days=2\n`,
  );
  const own = ['ca', '-config', path('ca.cnf'), '-cert', path('ca.crt'), '-keyfile', path('ca.key')];
  for (const certificate of revoked) await openssl([...own, '-revoke', path(certificate)]);
  await openssl([...own, '-gencrl', '-out', path(name)]);
}

test.run();
