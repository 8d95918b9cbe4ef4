import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readSaid, repeatSaid } from '../../lib/cli/said.ts';
import { parseTarget } from '../../lib/libpq/parse.ts';
import { updown } from '../support/cli.ts';
import { withDatabase } from '../support/database.ts';
import { withProject, writeProject } from '../support/project.ts';

test('what says which files and which ledger are meant is read off the command line, as it was given', () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [['status'], ''],
    [['status', '--ledger-schema', 'other'], '--ledger-schema other'],
    [['--dir=db/my files', 'status', '--json'], "--dir 'db/my files'"],
    [
      ['status', '--ledger-schema', 'a', '--ledger-schema=b', '--config', 'c.json'],
      "--config 'c.json' --ledger-schema b",
    ],
    [['status', '--url', 'pglite:--dir', 'x'], '--url pglite:--dir'],
    [['upgrade', '--', '--dir', 'x'], ''],
  ];
  for (const [argv, said] of cases) assert.is(wordsOf(argv), said, argv.join(' '));
});

function wordsOf(argv: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  return readSaid(argv, env)
    .map(({ words }) => words)
    .join(' ');
}

test('F65: a url is repeated without its password, or by the variable that holds it', () => {
  const cases: readonly (readonly [url: string, words: string])[] = [
    ['pglite:./my data', "'pglite:./my data'"],
    ['postgres://app@db.example.com:6432/shop', 'postgres://app@db.example.com:6432/shop'],
    ['postgres://db/shop?sslmode=verify-full', "'postgres://db/shop?sslmode=verify-full'"],
    ['service=shop', 'service=shop'],
    ['postgres://app:S3KRET@db:6432/shop?sslmode=require', "'postgres://app@db:6432/shop?sslmode=require'"],
    ['postgresql://app:S3KRET@db1,db2:5433/shop', "'postgres://app@/shop?host=db1%2Cdb2&port=%2C5433'"],
    ['postgres://app:S3KRET@[::1]:6432/shop', "'postgres://app@/shop?host=%3A%3A1&port=6432'"],
    ['postgres:///shop?user=app&password=S3KRET', 'postgres://app@/shop'],
    ["host=/tmp dbname='my shop' password='S3KRET S3KRET'", "'postgres:///my%20shop?host=%2Ftmp'"],
    ['jdbc:postgresql://db/shop?user=app&password=S3KRET', 'postgres://app@db/shop'],
    ['postgres://app@db/shop?sslkey=k.pem&sslpassword=S3KRET', "'postgres://app@db/shop?sslkey=k.pem'"],
    // Half a password may stand anywhere in what can't be read.
    ['postgres://app:S3K/RET@db/shop', '<url>'],
    ['postgres://app%3AS3KRET@db/shop', '<url>'],
    ['S3KRET', '<url>'],
  ];
  for (const [url, words] of cases) {
    assert.is(wordsOf(['status', '--url', url]), `--url ${words}`);
    if (!url.includes('S3K')) continue;
    assert.is(wordsOf(['status', '--url', url], { A: 'other', PRODUCTION: url, Z: url }), '--url "$PRODUCTION"');
    const target = (text: string) => parseTarget(text, { PGPASSWORD: 'S3KRET' }, machine);
    const repeated = words.replaceAll("'", '');
    if (repeated !== '<url>' && !url.includes('sslpassword'))
      assert.equal({ ...target(repeated), password: '' }, { ...target(url), password: '' });
  }
});

const machine = { user: 'me', home: '/home/me', socketFolder: '/tmp', read: () => undefined };

test('each command of a hint has it, but where the hint says such an option itself', () => {
  const said = readSaid(['status', '--ledger-schema', 'other'], {});
  const cases: readonly (readonly [string, string])[] = [
    ['Run: updown upgrade b1', 'Run: updown upgrade --ledger-schema other b1'],
    [
      'updown status says which: then updown stamp --only a1',
      'updown status --ledger-schema other says which: then updown stamp --ledger-schema other --only a1',
    ],
    ['updown script verify s.sql', 'updown script verify --ledger-schema other s.sql'],
    ['This version of updown is older', 'This version of updown is older'],
    ['updown upgrade --ledger-schema mine', 'updown upgrade --ledger-schema mine'],
    ['updown upgraded it', 'updown upgraded it'],
  ];
  for (const [hint, whole] of cases) assert.is(repeatSaid(hint, said), whole);
  assert.is(repeatSaid('updown status', []), 'updown status');
});

test('a command that looks for a database has the url, and one to which a url says something else has not', () => {
  const said = readSaid(['upgrade', '--url', 'postgres://app@db/shop', '--dir', 'x'], {});
  const cases: readonly (readonly [string, string])[] = [
    ['updown upgrade b1', 'updown upgrade --dir x --url postgres://app@db/shop b1'],
    [
      'updown check, then updown status',
      'updown check --dir x, then updown status --dir x --url postgres://app@db/shop',
    ],
    [
      'updown upgrade --sql --bootstrap, then updown plan',
      'updown upgrade --dir x --sql --bootstrap, then updown plan --dir x --url postgres://app@db/shop',
    ],
    ['updown check --url <url>', 'updown check --dir x --url postgres://app@db/shop'],
    ['add --url pglite:dev: updown status', 'add --url pglite:dev: updown status --dir x'],
  ];
  for (const [hint, whole] of cases) assert.is(repeatSaid(hint, said), whole);
  const lacking = readSaid(['upgrade', '--url', 'postgres://app:S3KRET@db/shop'], {});
  assert.is(
    repeatSaid('Run: updown status', lacking),
    'Run: updown status --url postgres://app@db/shop # the url is without its password here: set PGPASSWORD',
  );
  assert.is(repeatSaid('Run: updown check', lacking), 'Run: updown check');
});

test('a hint that is obeyed word by word goes on in the ledger and the folder that were named', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [{ id: 'a1' }, { id: 'b1' }], { dir: 'my files' });
    await withDatabase(async ({ url, query }) => {
      const env = { DATABASE_URL: url };
      const options = ['--ledger-schema', 'other', '--dir', 'my files'];
      const next = async () => {
        const { stdout } = await updown(['status', ...options], { cwd, env });
        const [, command = ''] = /next: (?:.*: )?updown (.*)$/m.exec(stdout) ?? [];
        return command
          .replaceAll("'my files'", 'my\\files')
          .split(' ')
          .map((word) => word.replace('\\', ' '));
      };
      assert.is((await updown(['upgrade', 'a1', ...options], { cwd, env })).status, 0);
      const { status, stderr } = await updown(await next(), { cwd, env });
      assert.is(status, 0, stderr);
      assert.equal(await query("SELECT revision FROM other.journal WHERE event = 'up'"), [
        { revision: 'a1' },
        { revision: 'b1' },
      ]);
      const refused = await updown(['upgrade', 'nowhere', ...options, '--json'], { cwd, env });
      assert.match(
        refused.json<{ error: { hint: string } }>().error.hint,
        /updown \w+ --dir 'my files' --ledger-schema other/,
      );
    });
  }));

test('a hint that is obeyed word by word goes on in the database that was named, and shows no password', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, [{ id: 'a1' }, { id: 'b1' }]);
    await withDatabase((other) =>
      withDatabase(async ({ url, query }) => {
        await writeFile(join(cwd, 'updown.json'), JSON.stringify({ url: other.url }));
        const { password } = new URL(url);
        for (const env of [{ PGPASSWORD: password }, { SHOP: url }]) {
          assert.is((await updown(['upgrade', 'a1', '--url', url], { cwd, env })).status, 0);
          const { stdout } = await updown(['status', '--url', url], { cwd, env });
          assert.not.match(stdout, `:${password}@`);
          const [, command = ''] = /next: (?:.*: )?updown (.*?)(?: # the url.*)?$/m.exec(stdout) ?? [];
          const words = command.split(' ').map((word) => (word === '"$SHOP"' ? url : word.replaceAll("'", '')));
          const { status, stderr } = await updown(words, { cwd, env });
          assert.is(status, 0, stderr);
          assert.equal(await query("SELECT revision FROM updown.journal WHERE event = 'up'"), [
            { revision: 'a1' },
            { revision: 'b1' },
          ]);
          assert.equal(await other.query("SELECT FROM pg_namespace WHERE nspname = 'updown'"), []);
          await query('DROP SCHEMA updown CASCADE');
          await query('DROP TABLE t_a1, t_b1');
        }
      }),
    );
  }));

test.run();
