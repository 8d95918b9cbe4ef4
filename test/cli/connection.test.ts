import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { includes, withWorld } from './vocabulary.ts';

const two = [{ id: 'a1' }, { id: 'b1' }];

interface Expected {
  readonly code: string;
  readonly exit: number;
  readonly names: string | RegExp;
  readonly hint?: string | RegExp;
}

/** This address is refused, and the password in it is nowhere to be seen, not even with UPDOWN_DEBUG=1. */
function refusesUrl(title: string, url: string, expected: Expected): void {
  test(title, () =>
    withWorld(two, async (world) => {
      const { text, ...error } = await world.refuses('upgrade', expected, {
        env: { DATABASE_URL: url, UPDOWN_DEBUG: '' },
      });
      assert.not.match(text + JSON.stringify(error), secret);
      const { status, stdout, stderr } = await world.run(`status --json --url '${url}'`, {
        env: { UPDOWN_DEBUG: '1' },
      });
      assert.is(status, expected.exit, stderr);
      includes(stderr, `UpdownError`);
      assert.not.match(stdout + stderr, secret);
    }),
  );
}

const secret = /s3|cret/;
const malformed = { code: 'config', exit: 2, hint: 'postgres://<user>:<password>@<host>:5432/<database>' };

for (const [title, url, names] of [
  ['a "/" in the password', 'postgres://u:s3/cret@127.0.0.1:1/d', '"@" stands after the first "/"'],
  ['an "@" in the password', 'postgres://u:s3@cret@127.0.0.1:1/d', 'two "@"'],
  ['a "%" in the password', 'postgres://u:s3%cret@127.0.0.1:1/d', '"%"'],
  ['a port that is no number', 'postgres://u:s3cret@127.0.0.1:x1/d', 'port'],
  ['a port that is too high', 'postgres://u:s3cret@127.0.0.1:99999/d', 'port'],
  ['a "#" and a bad port', 'postgres://u:s3#cret@127.0.0.1:x/d', 'port'],
  ['a bracket that is not closed', 'postgres://u:s3cret@[::1/d', 'brackets'],
  ['the scheme of another database', 'mysql://u:s3cret@127.0.0.1/d', 'it is for MySQL, and updown for PostgreSQL'],
  ['no scheme', 'u:s3cret@127.0.0.1/d', 'postgres://'],
  ['a query parameter without a value', 'postgres://u:s3cret@127.0.0.1/d?s3cret', '"="'],
] as const) {
  refusesUrl(`F65: a url with ${title} is refused without its password`, url, { ...malformed, names });
}
for (const [title, url, names] of [
  ['an unknown parameter', 'postgres://u:s3cret@127.0.0.1:1/d?fooo=1', '"fooo"'],
  ['an unknown sslmode', 'postgres://u:s3cret@127.0.0.1:1/d?sslmode=never', '"sslmode"'],
  ['more ports than hosts', 'postgres://u:s3cret@h1,h2/d?port=1,2,3', '"port" lists 3'],
  ['words and values and a blank in the password', 'host=127.0.0.1 password=s3 cret', 'malformed'],
  ['words and values and a bad port', 'host=127.0.0.1 password=s3cret port=99999', '"port"'],
] as const) {
  refusesUrl(`F65: a url with ${title} is refused without its password`, url, { code: 'config', exit: 2, names });
}

const connection = { code: 'connection', exit: 1 };
refusesUrl('a server that is down', 'postgres://u:s3cret@127.0.0.1:1/d', {
  ...connection,
  names: 'postgres://u@127.0.0.1:1/d: connection refused',
  hint: 'port 1',
});
refusesUrl('a server that is down, with a "#" in the password', 'postgres://u:s3#cret@127.0.0.1:1/d', {
  ...connection,
  names: 'connection refused',
});
refusesUrl('a server that is down, with the password as a parameter', 'postgres://u@127.0.0.1:1/d?password=s3cret', {
  ...connection,
  names: 'connection refused',
});
refusesUrl('two servers that are down', 'host=127.0.0.1,127.0.0.1 port=1,2 password=s3cret', {
  ...connection,
  names: 'none of its 2 hosts will do',
  hint: 'port 1',
});
refusesUrl('a host that is unknown', 'postgres://u:s3cret@nohost.invalid/d', {
  ...connection,
  names: '"nohost.invalid"',
  hint: 'spelled',
});
refusesUrl('a folder without a socket', 'postgres://u:s3cret@/d?host=/nonexistent', {
  ...connection,
  names: '"/nonexistent"',
});

test('a wrong password', () =>
  withWorld(two, async (world) => {
    const url = world.database.url.replace(/:[^:@]*@/, ':s3cret@');
    const { text } = await world.refuses(
      'upgrade',
      { ...connection, names: 'password authentication failed', hint: 'Check user and password' },
      { env: { DATABASE_URL: url } },
    );
    assert.not.match(text, secret);
  }));
test('no password', () =>
  withWorld(two, async (world) => {
    const url = world.database.url.replace(/:[^:@]*@/, '@');
    await world.refuses(
      'upgrade',
      { ...connection, names: /password/, hint: 'PGPASSWORD' },
      { env: { DATABASE_URL: url, PGPASSFILE: '/nonexistent' } },
    );
  }));
test('a database that is not there', () =>
  withWorld(two, async (world) => {
    const url = world.database.url.replace(/[^/]*$/, 'nowhere');
    await world.refuses(
      'upgrade',
      { ...connection, names: '"nowhere" does not exist', hint: 'createdb' },
      { env: { DATABASE_URL: url } },
    );
  }));
test('a user that is not there', () =>
  withWorld(two, async (world) => {
    const url = world.database.url.replace('//postgres:', '//nobody_here:');
    await world.refuses('upgrade', { ...connection, names: 'nobody_here' }, { env: { DATABASE_URL: url } });
  }));
test('a load balancer without a server behind it', () =>
  withWorld(two, async (world) => {
    const balancer = createServer((socket) => void socket.on('error', () => {}).end()).listen(0, '127.0.0.1');
    await once(balancer, 'listening');
    const url = `postgres://u:s3cret@127.0.0.1:${(balancer.address() as AddressInfo).port}/d`;
    try {
      await world.refuses(
        'upgrade',
        { ...connection, names: 'closed the connection', hint: 'load balancer' },
        { env: { DATABASE_URL: url } },
      );
    } finally {
      balancer.close();
    }
  }));
test('F65: a password in the SQL of a migration is not shown where it fails', () =>
  withWorld([{ id: 'a1', up: "SELECT 1;\nALTER ROLE no_such_role PASSWORD 's3cret';\n" }], async (world) => {
    for (const command of ['upgrade', 'upgrade --json']) {
      const { status, stdout, stderr } = await world.run(command, { env: { UPDOWN_DEBUG: '1' } });
      assert.is(status, 1);
      includes(stderr, 'no_such_role');
      assert.not.match(stdout + stderr, secret);
    }
    assert.not.match(JSON.stringify(await world.database.query('SELECT * FROM updown.journal')), secret);
  }));
test('no command that reads files alone minds a server that is down', () =>
  withWorld(two, async (world) => {
    const env = { DATABASE_URL: 'postgres://u:s3cret@127.0.0.1:1/d' };
    for (const command of ['heads', 'branches', 'upgrade --sql', 'upgrade --dry-run --from base', 'revision -m more'])
      await world.does(command, { env });
    for (const command of ['history', 'show head'])
      includes((await world.does(command, { env })).stderr, 'what is applied is not shown');
  }));

test.run();
