import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readSaid, repeatSaid } from '../../lib/cli/said.ts';
import { updown } from '../support/cli.ts';
import { withDatabase } from '../support/database.ts';
import { withProject, writeProject } from '../support/project.ts';

test('what says which files and which ledger are meant is read off the command line, as it was given', () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [['status'], ''],
    [['status', '--ledger-schema', 'other'], ' --ledger-schema other'],
    [['--dir=db/my files', 'status', '--json'], " --dir 'db/my files'"],
    [
      ['status', '--ledger-schema', 'a', '--ledger-schema=b', '--config', 'c.json'],
      " --config 'c.json' --ledger-schema b",
    ],
    [['status', '--url', '--dir', 'x'], ''],
    [['upgrade', '--', '--dir', 'x'], ''],
  ];
  for (const [argv, said] of cases) assert.is(readSaid(argv), said, argv.join(' '));
});

test('each command of a hint has it, but where the hint says such an option itself', () => {
  const said = ' --ledger-schema other';
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
  assert.is(repeatSaid('updown status', ''), 'updown status');
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

test.run();
